//! Proof of delivery in words, under what somebody was to be told.

use hub::notify::{Proof, Reached, State};

use super::event::Told;
use crate::when::duration;

/// One person, one line.
pub(super) fn words(proof: &Proof) -> Told {
    let Proof { name, cancelled, waiting, ways } = proof;
    let (said, lost) = match (ways.as_slice(), cancelled, waiting) {
        ([], true, _) => ("not needed any more".to_owned(), false),
        ([], false, true) => ("on its way".to_owned(), false),
        ([], false, false) => ("in the hub’s own pages alone".to_owned(), false),
        (ways, ..) => {
            let all: Vec<String> = ways.iter().map(way).collect();
            (all.join("; "), ways.iter().all(|way| way.state == State::GivenUp))
        }
    };
    Told { words: format!("{name}: {said}"), lost }
}

fn way(reached: &Reached) -> String {
    let kind = match reached.way {
        hub::notify::channel::Way::Mail => "mail",
        hub::notify::channel::Way::Webhook => "webhook",
        hub::notify::channel::Way::Push => "browser push",
    };
    let why = reached.reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let mut words = match (reached.state, reached.attempts) {
        (State::Waiting, 0) => format!("{kind} on its way"),
        (State::Waiting, tried) => format!("{kind} tried {}, not accepted yet{why}", times(tried)),
        (State::Accepted, _) => {
            format!("{kind} accepted after {}", duration(reached.accepted.unwrap_or_default()))
        }
        (State::GivenUp, tried) => format!("{kind} given up after {}{why}", tries(tried)),
        (State::Cancelled, _) => format!("{kind} not needed any more"),
    };
    for (what, after) in [("delivered", reached.delivered), ("opened", reached.opened)] {
        if let Some(after) = after {
            words.push_str(&format!(", {what} after {}", duration(after)));
        }
    }
    words
}

fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{many} times"),
    }
}

fn tries(count: i64) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

#[cfg(test)]
mod tests {
    use hub::notify::channel::Way;

    use super::*;

    fn reached(state: State, attempts: i64) -> Reached {
        Reached { way: Way::Mail, state, attempts, accepted: None, delivered: None, opened: None, reason: None }
    }

    fn said(cancelled: bool, waiting: bool, ways: Vec<Reached>) -> (String, bool) {
        let told = words(&Proof { name: "Rosa Field".to_owned(), cancelled, waiting, ways });
        (told.words, told.lost)
    }

    #[test]
    fn each_state_has_its_words_and_what_reached_nobody_is_marked() {
        let opened = Reached { accepted: Some(2), opened: Some(190), ..reached(State::Accepted, 1) };
        let push = Reached { way: Way::Push, delivered: Some(1), accepted: Some(0), ..reached(State::Accepted, 1) };
        let given_up = Reached { reason: Some("it answers 500".to_owned()), ..reached(State::GivenUp, 290) };
        let lines = [
            said(false, false, vec![opened, push]),
            said(false, false, vec![reached(State::Waiting, 2), reached(State::Waiting, 0)]),
            said(false, false, vec![given_up]),
            said(true, false, vec![]),
            said(false, true, vec![]),
            said(false, false, vec![]),
            said(false, false, vec![reached(State::Cancelled, 0)]),
        ];
        let expected = [
            (
                "mail accepted after 2 s, opened after 3 min; browser push accepted after 0 s, delivered after 1 s",
                false,
            ),
            ("mail tried twice, not accepted yet; mail on its way", false),
            ("mail given up after 290 attempts (it answers 500)", true),
            ("not needed any more", false),
            ("on its way", false),
            ("in the hub’s own pages alone", false),
            ("mail not needed any more", false),
        ];
        for ((line, lost), (words, marked)) in lines.iter().zip(expected) {
            assert_eq!((line.as_str(), *lost), (format!("Rosa Field: {words}").as_str(), marked));
        }
    }
}
