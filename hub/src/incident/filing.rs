//! How often somebody files. Nobody is ever refused: on the worst day an office files more than on all others. What
//! comes past the limits is marked for responders, and whoever is on duty is told, since an account may be in wrong hands.

use jiff::SignedDuration;

use crate::config::Limits;
use crate::rate::Rate;
use crate::time::Ts;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What was filed of late, by person and by authority.
#[derive(Debug, Clone)]
pub(crate) struct Filing {
    people: Rate<i64>,
    authorities: Rate<i64>,
    limits: (Option<usize>, Option<usize>),
}

impl Filing {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (person, authority) = (limits.incidents_per_hour, limits.incidents_per_authority_per_hour);
        Self {
            people: Rate::new(person, HOUR),
            authorities: Rate::new(authority, HOUR),
            limits: (person.most(), authority.most()),
        }
    }

    /// Counts one, and says what is unusual about it.
    pub(super) fn unusual(&self, person: i64, authority: i64, now: Ts) -> Option<String> {
        let words = |who: &str, most: Option<usize>| {
            let most = most.unwrap_or_default();
            format!("{who} has filed more than {most} incidents within an hour. Ring back before you act on this one.")
        };
        let of_authority = self.authorities.take(authority, now).is_err();
        if self.people.take(person, now).is_err() {
            return Some(words("This person", self.limits.0));
        }
        of_authority.then(|| words("This authority", self.limits.1))
    }
}
