//! The clockwork: it owns the story's clock beside the request extractor, sleeps until something falls due, and sweeps.

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::sweep::sweep;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::row;
use crate::notify;
use crate::time::Ts;

/// It looks at least this often, whatever it believes: another node may have written.
const LONGEST: SignedDuration = SignedDuration::from_secs(1);

/// Runs until it is told to stop.
pub async fn run(hub: Hub, stop: CancellationToken) {
    loop {
        let now = hub.clock.now();
        let done = turn(&hub, now).await;
        if let Err(error) = &done {
            tracing::error!(%error, cause = ?std::error::Error::source(error), "the sweep failed; it is tried again");
        }
        // A demonstration's clock runs fast: what is long for it is short for us.
        let latest = now.plus(LONGEST * i32::try_from(hub.clock.speed()).unwrap_or(i32::MAX));
        let next = match (done, earliest(&hub).await) {
            (Ok(true), Ok(due)) => due.min(latest),
            // What failed, or is in somebody's hands, is still due, and trying it without a pause would help nobody.
            _ => latest,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.wake.notified() => {}
            () = hub.clock.sleep_until(next) => {}
        }
    }
}

/// One turn: everything that is due at `now` is done, and told; `false` where somebody else is at work in an authority,
/// which was left alone.
///
/// # Errors
/// If the database does not answer; what was done until then stays done.
pub async fn turn(hub: &Hub, now: Ts) -> Result<bool> {
    let done = do_due(hub, now).await;
    notify::deliver(hub, now).await?;
    done
}

/// The first half of a turn: everything that is due at `now` is done, and nobody is told yet.
///
/// # Errors
/// As [`turn`].
pub async fn do_due(hub: &Hub, now: Ts) -> Result<bool> {
    hub.policies.refresh(&hub.db.read(&Viewer::system("clockwork"))).await?;
    sweep(hub, now, None).await
}

/// When something falls due next.
async fn earliest(hub: &Hub) -> Result<Ts> {
    let system = Viewer::system("clockwork");
    let reader = hub.db.read(&system);
    let open = || reader.find::<row::Entity>().filter(row::open()).limit(1);
    let boundary = open().ascending(row::Column::AssessAt).one().await?;
    let step = open().ascending(row::Column::StepAt).one().await?;
    let due = [boundary.map(|row| row.assess_at), step.map(|row| row.step_at)];
    Ok(due.into_iter().flatten().min().unwrap_or(Ts::LAST))
}
