//! The auditor: beside the engine, on a connection of its own, it asks once a minute whether any open incident is past
//! a boundary or a step of its chain without anything having been done. It does nothing about it: it says so.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::hub::Hub;
use crate::incident::{late, row};
use crate::store::Lookout;
use crate::time::Ts;

/// It looks so often.
const EVERY: SignedDuration = SignedDuration::from_secs(60);
/// What is due for so long was forgotten; a turn of the engine takes a second.
const LATE: SignedDuration = SignedDuration::from_secs(60);
/// A look that is older than this says nothing any more.
const STALE: SignedDuration = SignedDuration::from_secs(180);

/// What the auditor saw last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// How many open incidents are past their instant for more than a minute.
    pub late: u64,
    /// When the oldest of them was due, as the story's clock says.
    pub oldest: Option<Ts>,
    /// When it looked: the machine's clock.
    pub at: Ts,
}

/// What is known of it, shared by whoever tells.
#[derive(Debug, Clone, Default)]
pub struct Auditor(Arc<Mutex<Seen>>);

/// Since when it looks, and what it saw last.
#[derive(Debug, Default)]
struct Seen {
    began: Option<Ts>,
    finding: Option<Finding>,
}

impl Auditor {
    /// What it saw last; nothing before its first look.
    pub fn finding(&self) -> Option<Finding> {
        self.lock().finding
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is not green at `now`, as the machine's clock says; nothing where it is.
    pub fn complaint(&self, now: Ts) -> Option<String> {
        let began = self.lock().began?;
        let Some(finding) = self.finding() else {
            return (now.since(began) > STALE).then(|| "The auditor has not been able to look yet.".to_owned());
        };
        match finding {
            finding if now.since(finding.at) > STALE => {
                Some(format!("The auditor has not been able to look since {}.", finding.at))
            }
            Finding { late: 0, .. } => None,
            // Anybody may read it: not how many, and not whose.
            Finding { .. } => Some("Something is past its boundary or its step for more than a minute.".to_owned()),
        }
    }

    fn saw(&self, finding: Finding) {
        self.lock().finding = Some(finding);
    }
}

/// Runs until it is told to stop.
pub async fn run(hub: Hub, lookout: Lookout, stop: CancellationToken) {
    hub.auditor.lock().began = Some(hub.wall.now());
    loop {
        let began = hub.wall.now();
        if let Err(error) = look(&hub, &lookout).await {
            tracing::error!(%error, "the auditor cannot look");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.wall.sleep_until(began.plus(EVERY)) => {}
        }
    }
}

/// One look.
///
/// # Errors
/// If the database does not answer; then what was seen before gets old.
pub async fn look(hub: &Hub, lookout: &Lookout) -> Result<Finding> {
    // A demonstration's clock runs fast: what is a minute for us is long for it.
    let patience = LATE * i32::try_from(hub.clock.speed()).unwrap_or(i32::MAX);
    let before = hub.clock.now().plus(-patience);
    let due = late(&lookout.reader(), before).await?;
    let finding = Finding { late: due.count(), oldest: due.oldest(), at: hub.wall.now() };
    if finding.late > 0 {
        tracing::error!(late = finding.late, oldest = ?finding.oldest, "incidents are past what is due for them");
    }
    hub.auditor.lock().began.get_or_insert(finding.at);
    hub.auditor.saw(finding);
    Ok(finding)
}

/// Since when the oldest thing that the engine has still to do is due; nothing where nothing is due.
///
/// # Errors
/// If the database does not answer.
pub async fn due_since(hub: &Hub, lookout: &Lookout) -> Result<Option<Ts>> {
    Ok(late(&lookout.reader(), hub.clock.now()).await?.oldest())
}

impl row::Due {
    fn count(&self) -> u64 {
        u64::try_from(self.count).unwrap_or_default()
    }

    fn oldest(&self) -> Option<Ts> {
        self.boundary.into_iter().chain(self.step).min().filter(|_| self.count > 0)
    }
}
