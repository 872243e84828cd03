//! Elections of others, imported to be looked at: shown with their phases, never counted, changed by nobody.

mod queries;
pub(crate) mod row;

pub(crate) use queries::{all, one};

use super::import::{Imported, Note};
use super::queries::{ElectionView, plain};
use super::{Election, Milestone, Window};
use crate::time::Ts;

impl row::Model {
    /// The row of an election that a file tells of.
    pub(crate) fn of(one: &Imported, now: Ts) -> Self {
        // Lists of texts and codes always can be written.
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        Self {
            id: one.id.clone(),
            name: one.name.clone(),
            authority: one.authority.clone(),
            certainty: one.certainty.clone(),
            source: one.source.clone(),
            zone: one.zone.clone(),
            windows: json(serde_json::to_string(&one.windows)),
            milestones: json(serde_json::to_string(&one.milestones)),
            notes: json(serde_json::to_string(&one.notes)),
            version: 1,
            imported_at: now,
            changed_at: now,
        }
    }

    /// Whether it tells the same.
    pub(crate) fn tells_the_same(&self, other: &Self) -> bool {
        let same =
            |row: &Self| Self { version: 0, imported_at: self.imported_at, changed_at: self.changed_at, ..row.clone() };
        same(self) == same(other)
    }

    /// As it is read at `now`.
    pub(crate) fn view(&self, now: Ts) -> ElectionView {
        let windows: Vec<Window> = serde_json::from_str(&self.windows).unwrap_or_default();
        let milestones: Vec<Milestone> = serde_json::from_str(&self.milestones).unwrap_or_default();
        let notes: Vec<Note> = serde_json::from_str(&self.notes).unwrap_or_default();
        let election = Election {
            id: self.id.clone(),
            name: self.name.clone(),
            authority: String::new(),
            authority_name: self.authority.clone(),
            zone: self.zone.clone(),
            windows,
            milestones,
        };
        let origin = Some((self.certainty.clone(), self.source.clone()));
        let view = ElectionView { version: self.version, notes, reference: true, origin, ..plain(&election) };
        ElectionView { phase: view.stands(now).code, ..view }
    }
}
