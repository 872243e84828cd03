//! Waiting for the next event of a room: what a client does that has no live channel.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::log::{Log, events};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::live::{Signal, rest};

/// How long a nudge may be missing before the log is looked at.
const COMPARE: Duration = Duration::from_secs(1);
/// At least this long between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How long one may wait at most.
const LONGEST: Duration = Duration::from_secs(25);

/// [`events`](super::events) that waits for the first where there is none yet: at most `wait`, by the machine's clock.
/// Whoever calls this asks afterwards whether the reader may still read.
///
/// # Errors
/// As [`events`](super::events); a wait of more than 25 s.
pub async fn wait(
    hub: &Hub,
    viewer: &Viewer,
    reference: &str,
    after: i64,
    limit: Option<u64>,
    epoch: Option<&str>,
    wait: Duration,
) -> Result<Log> {
    // From before the first look, so that nothing falls between it and the first nudge.
    let mut signals = hub.bus.listen();
    let mut log = events(hub, viewer, reference, after, limit, epoch).await?;
    if wait > LONGEST {
        return Err(Error::invalid("wait", "Wait for 0 to 25 seconds."));
    }
    if !log.items.is_empty() || wait.is_zero() {
        return Ok(log);
    }
    let room = log.incident;
    let waiting = async {
        loop {
            let nudge = tokio::time::timeout(COMPARE, async {
                loop {
                    match signals.recv().await {
                        Ok(Signal::Room(nudge)) if nudge.room == Some(room) => return Ok(()),
                        Ok(Signal::Lost) | Err(RecvError::Lagged(_)) => return Ok(()),
                        Ok(_) => {}
                        Err(RecvError::Closed) => return Err(()),
                    }
                }
            });
            if let Ok(Err(())) = nudge.await {
                std::future::pending::<()>().await;
            }
            let next = events(hub, viewer, reference, after, limit, epoch).await?;
            if !next.items.is_empty() {
                return Ok::<_, Error>(next);
            }
            // What is new there may be for the other side alone, or be no more than said.
            rest(PAUSE).await;
        }
    };
    if let Ok(next) = tokio::time::timeout(wait, waiting).await {
        log = next?;
    }
    Ok(log)
}
