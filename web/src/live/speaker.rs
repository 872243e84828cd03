//! What a socket's person says: one after the other, in a task of its own, so that a message that was begun is stored
//! or refused whatever becomes of the socket.

use axum::extract::ws::Utf8Bytes;
use hub::identity::{Actor, Credential};
use hub::rate::TooSoon;
use hub::room::say;
use hub::{Error, Refusal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::frames::{self, Code, Refused, Says};
use crate::app::App;

/// How many messages may wait for the one that is being stored.
const WAITING: usize = 64;

/// The task, once something was said.
#[derive(Debug)]
pub(super) struct Speaker {
    messages: mpsc::Sender<Says>,
    task: JoinHandle<()>,
}

impl Speaker {
    pub(super) fn start(app: App, credential: Credential, answers: mpsc::UnboundedSender<Utf8Bytes>) -> Self {
        let (messages, mut waiting) = mpsc::channel::<Says>(WAITING);
        let task = tokio::spawn(async move {
            while let Some(says) = waiting.recv().await {
                // Nobody hears the answer any more when the socket is gone; it is stored all the same.
                let _ = answers.send(speak(&app, &credential, &says).await);
            }
        });
        Self { messages, task }
    }

    /// Says it, after what was said before; not where too much waits.
    pub(super) fn say(&self, says: Says) -> Result<(), Says> {
        self.messages.try_send(says).map_err(|error| match error {
            mpsc::error::TrySendError::Full(says) | mpsc::error::TrySendError::Closed(says) => says,
        })
    }

    /// Waits until all is stored or refused.
    pub(super) async fn finish(self) {
        drop(self.messages);
        // A panic in there is in the log.
        let _ = self.task.await;
    }
}

async fn speak(app: &App, credential: &Credential, says: &Says) -> Utf8Bytes {
    let refused = |refused: Refused| frames::with(refused, &says.room, &says.id).frame();
    if says.id.parse::<Uuid>().is_err() {
        let words = "Give a UUID of your own making, the same one when you send it again.";
        return refused(Refused::new(Code::Invalid, words));
    }
    let hub = app.hub();
    let viewer = match hub::identity::still(&hub.db, credential, hub.wall.now()).await {
        Ok(Some(viewer)) => viewer,
        Ok(None) => return refused(Refused::new(Code::NotAllowed, "You are signed out. Nothing was stored.")),
        Err(error) => return refused(Refused::of(error)),
    };
    if let Err(TooSoon(seconds)) = app.rates().message(&viewer, hub.wall.now()) {
        let words = format!("You have sent many messages within a minute. Send this one again in {seconds} seconds.");
        return refused(Refused::new(Code::Rate, words));
    }
    let actor = Actor::new(viewer, app.now(), hub::id::fresh());
    let body = says.body();
    let done = hub.db.settled(Box::pin(say(hub, &actor, &says.room, &body))).await.flatten();
    if let Err(error) = hub::identity::used(&hub.db, credential, hub.wall.now()).await {
        tracing::warn!(%error, "a session cannot be kept awake");
    }
    match done {
        Ok(said) => frames::said(&says.room, &says.id, &said),
        Err(Error::Refused(Refusal::Unseen(events))) => frames::unseen(&says.room, &says.id, &events),
        Err(error) => refused(Refused::of(error)),
    }
}
