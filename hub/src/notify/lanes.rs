//! Carrying deliveries out. Each channel is a lane: strictly in order, one at a time, and slow for itself alone. Any
//! number of nodes may carry out: whoever takes a delivery up leases it, and where a lease is lost with its node, the
//! next one sends the same once more, under the same id.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::channel::{self, row as channel_row};
use super::delivery::{State, row};
use super::expand::expand;
use super::notice::{Notice, Occasion};
use super::reaching::Failed;
use super::{PAGE, backoff, row as outbox};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Viewer, viewers};
use crate::live::{Signal, rest};
use crate::time::Ts;

/// So many lanes are busy at a time.
const LANES: usize = 64;
/// For how long a delivery is one node's: longer than any attempt.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// At least this long between two looks, and at most, whatever is heard: another node may have written.
const SOONEST: Duration = Duration::from_millis(50);
const LATEST: Duration = Duration::from_secs(1);
/// What is on its way at the end is given so long; then its lease runs out and it is sent once more.
const GOODBYE: Duration = Duration::from_secs(5);
/// What an attempt came to is written in so many tries.
const TRIES: usize = 3;

/// Carries out on this node.
#[derive(Debug, Clone)]
struct Carrier {
    hub: Hub,
    me: String,
    busy: Arc<Mutex<HashSet<i64>>>,
    lanes: Arc<Semaphore>,
    tasks: TaskTracker,
    bell: Arc<Notify>,
}

/// Carries out until it is told to stop.
pub async fn run(hub: Hub, stop: CancellationToken) {
    let carrier = Carrier::new(hub);
    let mut signals = carrier.hub.bus.listen();
    loop {
        if let Err(error) = carrier.turn().await {
            tracing::error!(%error, cause = ?std::error::Error::source(&error), "notices wait; it is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = carrier.bell.notified() => {}
            () = heard(&mut signals) => {}
            () = rest(LATEST) => {}
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = rest(SOONEST) => {}
        }
    }
    carrier.tasks.close();
    // Those that take longer are sent again by whoever comes next.
    let _ = tokio::time::timeout(GOODBYE, carrier.tasks.wait()).await;
}

/// Waits until something was stored.
async fn heard(signals: &mut tokio::sync::broadcast::Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Room(_) | Signal::Lost) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Carries out all that is due now, and ends when nothing is.
///
/// # Errors
/// If the database does not answer.
pub async fn turn(hub: &Hub) -> Result<()> {
    let carrier = Carrier::new(hub.clone());
    loop {
        let began = carrier.turn().await?;
        carrier.tasks.close();
        carrier.tasks.wait().await;
        if began == 0 {
            return Ok(());
        }
        carrier.tasks.reopen();
    }
}

/// How much is still to be told outside: what waits in the outbox, and the deliveries that are tried.
///
/// # Errors
/// If the database does not answer.
pub async fn pending(hub: &Hub) -> Result<u64> {
    let system = Viewer::system("outbox");
    let reader = hub.db.read(&system);
    let unexpanded = reader.find::<outbox::Entity>().filter(outbox::unexpanded()).count().await?;
    Ok(unexpanded + reader.find::<row::Entity>().filter(row::waiting()).count().await?)
}

/// A channel on which a lane is at work; free again however that ends.
struct Busy<'a> {
    carrier: &'a Carrier,
    channel: i64,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.carrier.busy().remove(&self.channel);
        // What came while the lane ended is seen by another look.
        self.carrier.bell.notify_one();
    }
}

impl Carrier {
    fn new(hub: Hub) -> Self {
        Self {
            hub,
            me: crate::id::fresh().to_string(),
            busy: Arc::default(),
            lanes: Arc::new(Semaphore::new(LANES)),
            tasks: TaskTracker::new(),
            bell: Arc::default(),
        }
    }

    fn busy(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees what is to be done, and lets a lane go for each channel on which something is; how many those are.
    async fn turn(&self) -> Result<usize> {
        let now = self.hub.wall.now();
        let expanded = expand(&self.hub, now).await;
        let system = Viewer::system("outbox");
        let reader = self.hub.db.read(&system);
        let heads: Vec<row::Head> = reader.find::<row::Entity>().filter(row::waiting()).shaped(row::heads).await?;
        let firsts = row::with_ids(heads.iter().map(|head| head.first)).add(row::free(now));
        let due = reader.find::<row::Entity>().filter(firsts).all().await?;
        let mut began = 0;
        for head in due {
            if self.busy().insert(head.channel_id) {
                began += 1;
                let (carrier, channel) = (self.clone(), head.channel_id);
                self.tasks.spawn(async move { carrier.lane(channel).await });
            }
        }
        expanded?;
        Ok(began)
    }

    /// Carries out what waits on a channel, until nothing is due there or something fails.
    async fn lane(&self, channel: i64) {
        let _busy = Busy { carrier: self, channel };
        if let Ok(_turn) = self.lanes.acquire().await {
            loop {
                match Box::pin(self.next(channel)).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "a delivery cannot be taken up; it is tried again");
                        break;
                    }
                }
            }
        }
    }

    /// Carries out the first delivery on a channel; whether the next may follow.
    async fn next(&self, channel: i64) -> Result<bool> {
        let system = Viewer::system("outbox");
        let reader = self.hub.db.read(&system);
        let first = reader.find::<row::Entity>().filter(row::waiting().add(row::on(channel)));
        let Some(first) = first.ascending(row::Column::Id).limit(1).one().await? else { return Ok(false) };
        let now = self.hub.wall.now();
        if first.next_at > now {
            return Ok(false);
        }
        let to = reader.instance::<channel_row::Entity>().filter(channel_row::with_id(channel)).one().await?;
        let to = to.ok_or(Error::NotFound)?;
        // Asked at the last moment: whoever was disabled since it was made is told nothing more.
        let gone = viewers(&self.hub.db, [first.person_id]).await?.is_empty();
        let refused = match to.removed_at {
            _ if gone => Some("who it was for is not here any more"),
            Some(_) => Some("this channel was removed"),
            None => None,
        };
        if refused.is_none()
            && let Err(too_soon) = self.hub.reaching.may_send(&to, now)
        {
            let later = now.plus(SignedDuration::from_secs(too_soon.0.into()));
            self.write(&first, row::delayed(first.id, later)).await?;
            return Ok(false);
        }
        let leased = row::leased(first.id, &self.me, now, now.plus(LEASE));
        if self.write(&first, leased).await? == 0 {
            return Ok(false);
        }
        let notice = match refused {
            Some(why) => Err(why),
            // What can never be said must not keep back what stands behind it.
            None => self.notice(&first, now).map_err(|_| "what it is about cannot be read"),
        };
        let tried = notice.is_ok();
        let sent = match notice {
            Ok(notice) => Box::pin(self.hub.reaching.send(&to, &notice, now)).await,
            Err(why) => Err(Failed::for_good(why)),
        };
        let done = self.hub.wall.now();
        let became = became(&first, &sent, done);
        self.count(became.state);
        let state = became.state;
        self.note(&first, became).await?;
        if tried {
            channel::came_of(&self.hub, &to, &sent, done).await?;
        }
        Ok(state != State::Waiting)
    }

    fn notice(&self, delivery: &row::Model, now: Ts) -> Result<Notice> {
        if delivery.reference.starts_with('/') {
            // Not of an incident: where it stands in the hub.
            let (uid, occasion) = (delivery.uid.clone(), Occasion::Notice);
            return Ok(Notice {
                uid,
                occasion,
                url: self.hub.reaching.page(&delivery.reference),
                about: None,
                at: now,
            });
        }
        let reference = delivery.reference.parse().map_err(Error::broken)?;
        Ok(Notice {
            uid: delivery.uid.clone(),
            occasion: if delivery.what == PAGE { Occasion::Page } else { Occasion::Notice },
            url: self.hub.reaching.page(&format!("/incidents/{reference}?told={}", delivery.uid)),
            about: Some((reference, delivery.priority)),
            at: now,
        })
    }

    /// Writes what an attempt came to. Where that cannot be written the notice is sent again, so it is tried hard.
    async fn note(&self, delivery: &row::Model, became: row::Became) -> Result<()> {
        for _ in 1..TRIES {
            match self.write(delivery, row::ended(delivery.id, &self.me, became.clone())).await {
                Err(Error::Busy) => rest(LATEST).await,
                other => return other.map(drop),
            }
        }
        self.write(delivery, row::ended(delivery.id, &self.me, became)).await.map(drop)
    }

    async fn write(&self, delivery: &row::Model, change: impl FnOnce(row::Rows) -> row::Rows) -> Result<u64> {
        let actor = Actor::system("outbox", self.hub.wall.now());
        let work = self.hub.db.work(&actor, delivery.authority_id).await?;
        let changed = work.update::<row::Entity>(change).await?;
        work.keep().await?;
        Ok(changed)
    }

    fn count(&self, state: State) {
        let counts = &self.hub.reaching.counts;
        let count = match state {
            State::Accepted => &counts.accepted,
            State::Waiting => &counts.retried,
            State::GivenUp | State::Cancelled => &counts.given_up,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a delivery is after an attempt.
fn became(delivery: &row::Model, sent: &Result<(), Failed>, now: Ts) -> row::Became {
    let nothing = row::Became { state: State::Waiting, next_at: now, accepted_at: None, ended_at: None, reason: None };
    match sent {
        Ok(()) => row::Became { state: State::Accepted, accepted_at: Some(now), ..nothing },
        Err(failed) => {
            let reason = Some(failed.why.clone());
            let again = backoff::next(delivery.created_at, delivery.attempts + 1, now, crate::id::number());
            match again.filter(|_| !failed.for_good) {
                Some(next_at) => row::Became { next_at, reason, ..nothing },
                None => row::Became { state: State::GivenUp, ended_at: Some(now), reason, ..nothing },
            }
        }
    }
}
