//! What a change would move, without making it: the same rules on copies of what the viewer may read.

use super::queries::{Foreseen, known_from, whole};
use super::row::moves;
use super::{Change, Stand, moves as kept, rules};
use crate::authority::by_id;
use crate::election::{ElectionView, keeper};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::{Occasion, reassess, row as incident};
use crate::time::Ts;

/// What `change` would move among the incidents that the viewer may read, the most urgent first, and what the election
/// would be. Without an election: what an election that is added would move.
///
/// # Errors
/// As the change itself.
pub async fn rehearse(
    hub: &Hub,
    viewer: &Viewer,
    election: &ElectionView,
    change: Option<&Change>,
    now: Ts,
) -> Result<(ElectionView, Vec<Foreseen>)> {
    let old = Stand { election: election.into(), standing: election.standing, runoff_of: election.runoff_of.clone() };
    let (new, undoes) = match change {
        None => (old, None),
        Some(change) => {
            let undone = if let Change::Undone { version } = change { Some(*version) } else { None };
            let before = match undone {
                Some(version) => whole(hub, viewer, election, &old, version).await?,
                None => None,
            };
            (rules::apply(change, &old, before, now)?, undone)
        }
    };
    let system = keeper();
    let owner = crate::authority::row::with_slug(&election.authority);
    let owner = hub.db.read(&system).find::<crate::authority::row::Entity>().filter(owner).one().await?;
    let owner = owner.ok_or(Error::NotFound)?;
    let edition = hub.edition().await?.with(owner.id, &new);
    let relatives = edition.relatives(owner.id);
    let reader = hub.db.read(viewer);
    let open = reader.find::<incident::Entity>().filter(incident::open()).filter(incident::of(relatives));
    let rows = open.ascending(incident::Column::Id).all().await?;
    let authorities = by_id(&reader, rows.iter().map(|row| row.authority_id).collect()).await?;
    let known = match undoes {
        Some(version) => reader.find::<moves::Entity>().filter(moves::of(&election.id, version)).all().await?,
        None => Vec::new(),
    };
    let mut foreseen = Vec::new();
    for row in rows {
        let Some(authority) = authorities.get(&row.authority_id) else { continue };
        let before = kept::Standing::of(&row);
        let mut after = row.clone();
        if let Some(known) = known.iter().find(|known| known.incident_id == row.id) {
            kept::take_back(known, &mut after)?;
        }
        let policy = hub.policy_of(&row.policy);
        let laid_out = edition.calendar(row.authority_id, row.election_id.as_deref(), &policy);
        drop(reassess(&mut after, &policy, &laid_out, &authority.zone, now, Occasion::Boundary));
        let after = kept::Standing::of(&after);
        if (before.priority, before.due) != (after.priority, after.due) {
            foreseen.push(known_from(&row, authority, &before, &after));
        }
    }
    foreseen.sort_by_key(|one| one.after);
    let view = ElectionView {
        name: new.election.name,
        zone: new.election.zone,
        windows: new.election.windows,
        milestones: new.election.milestones,
        standing: new.standing,
        runoff_of: new.runoff_of,
        ..election.clone()
    };
    Ok((ElectionView { phase: view.stands(now).code, ..view }, foreseen))
}
