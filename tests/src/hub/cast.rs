//! Somebody of the cast, and what they do.

use hub::audit::EventView;
use hub::identity::{Actor, Idempotency, Viewer};
use hub::incident::{self, Filter, IncidentView, Report};
use hub::room::{self, Said, Say};
use hub::store::Page;
use hub::{Error, Hub, Refusal, Result, election};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An incident that was filed, by its reference.
pub type Filed = String;

/// A person, acting through one node at its present instant.
#[derive(Debug, Clone)]
pub struct Someone {
    hub: Hub,
    /// Where they are reached.
    pub email: String,
    /// What they may see.
    pub viewer: Viewer,
    key: Option<String>,
}

/// A body as the API takes it.
///
/// # Panics
/// If it is none: a test that sends nonsense says so at the surface, not here.
pub fn body<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"))
}

impl Someone {
    pub(super) fn new(hub: Hub, email: String, viewer: Viewer) -> Self {
        Self { hub, email, viewer, key: None }
    }

    /// The same person at another node.
    #[must_use]
    pub fn at(&self, hub: &Hub) -> Self {
        Self { hub: hub.clone(), ..self.clone() }
    }

    /// The same person, whose next requests carry a key of their own.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The same person, whose place here has become another one.
    #[must_use]
    pub fn as_now(&self, viewer: Viewer) -> Self {
        Self { viewer, ..self.clone() }
    }

    /// Ready to act now.
    pub fn acts(&self) -> Actor {
        Actor::new(self.viewer.clone(), self.hub.clock.now(), hub::id::fresh())
    }

    /// Ready to act with what is sent, which a key stands for.
    fn sends(&self, what: &str, body: &Value) -> Actor {
        let request = hex::encode(Sha256::digest(format!("{what} {body}")));
        let idempotency = self.key.clone().map(|key| Idempotency { key, request });
        Actor { idempotency, ..self.acts() }
    }

    /// The hub's answer, as soon as it may be given.
    async fn answered<T>(&self, verb: impl Future<Output = Result<T>>) -> Result<T> {
        self.hub.db.settled(Box::pin(verb)).await.and_then(|answer| answer)
    }

    /// Files what they see, in one sentence.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn files(&self, summary: &str) -> Filed {
        let view = self.reports(json!({ "summary": summary })).await.expect("it is filed");
        view["ref"].as_str().expect("a reference").to_owned()
    }

    /// Files a report: the incident.
    pub async fn reports(&self, report: Value) -> Result<Value> {
        let actor = self.sends("POST /incidents", &report);
        Ok(self.answered(incident::file(&self.hub, &actor, &body::<Report>(report))).await?.body)
    }

    /// Claims it.
    pub async fn claims(&self, r: &str) -> Result<Value> {
        let actor = self.sends(&format!("claim {r}"), &Value::Null);
        Ok(self.answered(incident::claim(&self.hub, &actor, r)).await?.body)
    }

    /// Acknowledges it.
    pub async fn acknowledges(&self, r: &str) -> Result<Value> {
        Ok(incident::acknowledge(&self.hub, &self.acts(), r).await?.body)
    }

    /// Gives it back.
    pub async fn releases(&self, r: &str) -> Result<Value> {
        Ok(incident::release(&self.hub, &self.acts(), r, &body(json!({"reason": "my shift ends"}))).await?.body)
    }

    /// Gives it to somebody.
    pub async fn assigns(&self, r: &str, to: &Self) -> Result<Value> {
        Ok(incident::assign(&self.hub, &self.acts(), r, &body(json!({"to": to.email}))).await?.body)
    }

    /// Sets its priority.
    pub async fn overrides(&self, r: &str, priority: &str) -> Result<Value> {
        let sent = json!({"priority": priority, "reason": "I know this place"});
        let actor = self.sends(&format!("override {r}"), &sent);
        Ok(incident::override_priority(&self.hub, &actor, r, &body(sent)).await?.body)
    }

    /// Confirms how bad it is.
    pub async fn confirms_severity(&self, r: &str, answers: Value) -> Result<Value> {
        let sent = json!({ "answers": answers });
        Ok(incident::confirm_severity(&self.hub, &self.acts(), r, &body(sent)).await?.body)
    }

    /// Confirms that its priority falls.
    pub async fn confirms_lowering(&self, r: &str) -> Result<Value> {
        Ok(incident::confirm_lowering(&self.hub, &self.acts(), r).await?.body)
    }

    /// Says that the work is done.
    pub async fn resolves(&self, r: &str) -> Result<Value> {
        let sent = json!({"cause": "fault", "text": "A cable was loose."});
        Ok(incident::resolve(&self.hub, &self.acts(), r, &body(sent)).await?.body)
    }

    /// Says that there is work left.
    pub async fn reopens(&self, r: &str) -> Result<Value> {
        Ok(incident::reopen(&self.hub, &self.acts(), r, &body(json!({"reason": "It is back."}))).await?.body)
    }

    /// Files it away.
    pub async fn closes(&self, r: &str) -> Result<Value> {
        Ok(incident::close(&self.hub, &self.acts(), r).await?.body)
    }

    /// Changes what is known of it, whatever version it is at.
    pub async fn patches(&self, r: &str, change: Value) -> Result<Value> {
        Ok(Box::pin(incident::patch(&self.hub, &self.acts(), r, None, &body(change))).await?.body)
    }

    /// Changes what is known of it if it is still as they saw it.
    pub async fn patches_at(&self, r: &str, version: i64, change: Value) -> Result<Value> {
        Ok(Box::pin(incident::patch(&self.hub, &self.acts(), r, Some(version), &body(change))).await?.body)
    }

    /// Writes to both sides.
    pub async fn says(&self, r: &str, text: &str) -> Result<Said> {
        self.sends_to_room(r, json!({"id": hub::id::fresh(), "text": text})).await
    }

    /// Writes to responders alone.
    pub async fn notes(&self, r: &str, text: &str) -> Result<Said> {
        self.sends_to_room(r, json!({"id": hub::id::fresh(), "text": text, "note": true})).await
    }

    /// Writes, with everything that can be said about it.
    pub async fn sends_to_room(&self, r: &str, sent: Value) -> Result<Said> {
        let actor = self.sends(&format!("say {r}"), &sent);
        self.answered(room::say(&self.hub, &actor, r, &body::<Say>(sent))).await
    }

    /// The incident as they see it.
    pub async fn sees(&self, r: &str) -> Result<IncidentView> {
        incident::get(&self.hub, &self.viewer, r, self.hub.clock.now()).await
    }

    /// The room's log as they read it.
    ///
    /// # Panics
    /// If they may not.
    pub async fn log(&self, r: &str) -> Vec<EventView> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |event: &EventView| event.seq);
            let log = room::events(&self.hub, &self.viewer, r, after, Some(3), None).await.expect("they may read it");
            all.extend(log.items);
            if log.next.is_none() {
                assert_eq!(all.last().map_or(0, |event| event.seq), log.seq, "the log ends at its newest number");
                return all;
            }
        }
    }

    /// The kinds of the room's events as they read them, in order.
    pub async fn story(&self, r: &str) -> Vec<String> {
        self.log(r).await.into_iter().map(|event| event.kind).collect()
    }

    /// The same without the pages: who was told, and that nobody was there.
    pub async fn deeds(&self, r: &str) -> Vec<String> {
        self.story(r).await.into_iter().filter(|kind| kind != "paged").collect()
    }

    /// Everything that a filter lets through, read in pages of seven.
    pub async fn lists(&self, filter: &Filter) -> Result<Vec<IncidentView>> {
        let mut all = Vec::new();
        let mut page = Page { limit: Some(7), ..Page::default() };
        loop {
            let now = self.hub.clock.now();
            let found = incident::list(&self.hub, &self.viewer, filter, &page, now).await?;
            all.extend(found.items);
            match found.next {
                Some(next) => page.cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// The references of the queue, in its order.
    ///
    /// # Panics
    /// If they may not see it.
    pub async fn queue(&self) -> Vec<String> {
        let rows = self.lists(&Filter::default()).await.expect("they may see it");
        rows.into_iter().map(|row| row.reference).collect()
    }

    /// Changes an election: the whole answer.
    pub async fn moves(&self, id: &Value, change: Value) -> Result<Value> {
        let id = id.as_str().expect("an id");
        Ok(election::update(&self.hub, &self.acts(), id, None, &body(change)).await?.body)
    }

    /// Lets the polls of an election with one window close later: the whole answer.
    pub async fn extends(&self, election: &Value, closes: &str) -> Result<Value> {
        let sent = json!({"window": election["windows"][0]["id"], "closes": closes, "reason": "There are queues."});
        let id = election["id"].as_str().expect("an id");
        Ok(election::extend(&self.hub, &self.acts(), id, None, &body(sent)).await?.body)
    }

    /// Agrees to what somebody else proposed: the whole answer.
    pub async fn agrees(&self, proposed: &Value) -> Result<Value> {
        let text = |place: &str| proposed.pointer(place).and_then(Value::as_str).expect("a proposal").to_owned();
        let (election, id) = (text("/proposal/election"), text("/proposal/id"));
        let nothing = body(json!({}));
        Ok(election::change::confirm(&self.hub, &self.acts(), &election, &id, &nothing).await?.body)
    }

    /// Declines it: the whole answer.
    pub async fn declines(&self, proposed: &Value) -> Result<Value> {
        let text = |place: &str| proposed.pointer(place).and_then(Value::as_str).expect("a proposal").to_owned();
        let (election, id) = (text("/proposal/election"), text("/proposal/id"));
        let nothing = body(json!({}));
        Ok(election::change::decline(&self.hub, &self.acts(), &election, &id, &nothing).await?.body)
    }

    /// Takes the latest change of an election back: the whole answer.
    pub async fn takes_back(&self, id: &Value) -> Result<Value> {
        let (id, sent) = (id.as_str().expect("an id"), body(json!({"reason": "It was the wrong county."})));
        Ok(election::change::undo(&self.hub, &self.acts(), id, None, &sent).await?.body)
    }
}

/// What can be asked of an answer that is no success.
pub trait Refused {
    /// Whether it says that there is no such thing.
    fn is_not_found(&self) -> bool;

    /// The fields that must be put right.
    fn fields(&self) -> Vec<&str>;

    /// Whether the role lacks the right, or the person.
    fn is_forbidden(&self) -> bool;

    /// Whether the status does not allow it.
    fn is_unlawful(&self) -> bool;
}

impl<T> Refused for Result<T> {
    fn is_not_found(&self) -> bool {
        matches!(self, Err(Error::NotFound))
    }

    fn fields(&self) -> Vec<&str> {
        match self {
            Err(Error::Invalid(problems)) => problems.0.iter().map(|problem| problem.field.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    fn is_forbidden(&self) -> bool {
        matches!(self, Err(Error::Refused(Refusal::NotAllowed(_) | Refusal::Forbidden(_))))
    }

    fn is_unlawful(&self) -> bool {
        matches!(self, Err(Error::Refused(Refusal::Unlawful(_))))
    }
}
