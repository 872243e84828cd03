//! The frames of both directions, as docs/live.md has them.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use hub::audit::EventView;
use hub::identity::{Right, Viewer};
use hub::live::{Board, Fresh, Gone, Joined, People, Place, Present, Shown, Told};
use hub::notify::Heard;
use hub::room::{Said, Say};
use hub::{Error, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::Fragments;
use crate::extract::{Strict, has_nul};

/// The bytes that were made of an event or a board, each form once, when the first asks for it.
#[derive(Debug, Default)]
pub struct Kept {
    forms: [OnceCell<Utf8Bytes>; 6],
}

/// What a client asks.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Asks {
    Join { room: String, after: Option<i64>, epoch: Option<String> },
    Leave { room: String },
    Say(Says),
    Typing { room: String, note: Option<bool> },
    Read { room: String, seq: i64 },
    Ping { n: Option<Value> },
    Watch { view: String },
    Unwatch { view: String },
}

const OPS: &[&str] = &["join", "leave", "say", "typing", "read", "ping", "watch", "unwatch"];

/// What somebody says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub room: String,
    pub id: String,
    text: String,
    note: Option<bool>,
    seen: Option<i64>,
    anyway: Option<bool>,
}

impl Says {
    pub(super) fn body(&self) -> Say {
        let Self { id, text, note, seen, anyway, .. } = self;
        Say { id: id.clone(), text: text.clone(), note: *note, seen: *seen, anyway: *anyway }
    }
}

/// The codes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Code {
    Malformed,
    UnknownOp,
    NotFound,
    NotAllowed,
    Invalid,
    IdReused,
    Rate,
    ClosedToYou,
}

/// An `error` frame.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    op: &'static str,
    pub code: Code,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<String>,
}

impl Refused {
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { op: "error", code, text: text.into(), id: None, room: None, view: None }
    }

    /// What the hub says, in the words of the channel.
    pub(super) fn of(error: Error) -> Self {
        let code = match &error {
            Error::NotFound => Code::NotFound,
            Error::Refused(Refusal::NotAllowed(_) | Refusal::Forbidden(_) | Refusal::Unlawful(_)) => Code::NotAllowed,
            // The id's form is looked at before, so what is wrong with it is that it was used.
            Error::Invalid(problems) if problems.0.iter().any(|problem| problem.field == "id") => Code::IdReused,
            Error::Busy => Code::Rate,
            Error::Broken(source) => {
                tracing::error!(error = %source, "a live frame failed");
                return Self::new(Code::Rate, "Something failed here. Send it again in a moment.");
            }
            _ => Code::Invalid,
        };
        let text = match error {
            Error::NotFound => "There is nothing here, or it is not yours to see.".to_owned(),
            Error::Invalid(problems) => problems.0.into_iter().map(|one| one.message).collect::<Vec<_>>().join(" "),
            other => crate::error::sentence(&other.to_string()),
        };
        Self::new(code, text)
    }

    pub(super) fn about(self, asked: &About) -> Self {
        let About { id, room, view } = asked.clone();
        Self { id, room, view, ..self }
    }

    pub(super) fn room(self, room: &str) -> Self {
        Self { room: Some(room.to_owned()), ..self }
    }

    pub(super) fn view(self, view: &str) -> Self {
        Self { view: Some(view.to_owned()), ..self }
    }

    pub(super) fn frame(&self) -> Utf8Bytes {
        write(self)
    }
}

/// What a frame was about, so that its error says so.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    id: Option<String>,
    room: Option<String>,
    view: Option<String>,
}

impl About {
    fn of(frame: &Value) -> Self {
        // Whoever sends more than a name gets no echo of it.
        let named = |name| frame.get(name)?.as_str().filter(|text| text.len() <= 64).map(str::to_owned);
        Self { id: named("id"), room: named("room"), view: named("view") }
    }
}

/// Reads a frame, or says what is wrong with it.
pub(super) fn read(text: &str) -> Result<(Asks, About), Refused> {
    let Strict(frame) = serde_json::from_str(text)
        .map_err(|error| Refused::new(Code::Malformed, format!("Send one JSON object a frame: {error}.")))?;
    let about = About::of(&frame);
    let Some(op) = frame.get("op").and_then(Value::as_str) else {
        return Err(Refused::new(Code::Malformed, "Say in `op` what to do.").about(&about));
    };
    if !OPS.contains(&op) {
        let words = format!("There is no such op here; use one of {}.", OPS.join(", "));
        return Err(Refused::new(Code::UnknownOp, words).about(&about));
    }
    if has_nul(&frame) {
        return Err(Refused::new(Code::Invalid, "Leave the NUL character out.").about(&about));
    }
    match serde_json::from_value(frame) {
        // It is sent back, and is no way to have something carried about.
        Ok(Asks::Ping { n: Some(n) }) if n.to_string().len() > 64 => {
            Err(Refused::new(Code::Malformed, "Give in `n` a number, or a text of up to 60 characters."))
        }
        Ok(asks) => Ok((asks, about)),
        Err(error) => Err(Refused::new(Code::Malformed, format!("This frame cannot be read: {error}.")).about(&about)),
    }
}

pub(super) fn pong(n: Option<Value>) -> Utf8Bytes {
    write(&json!({"op": "pong", "n": n}))
}

pub(super) fn said(room: &str, id: &str, said: &Said) -> Utf8Bytes {
    let Said { event, again } = said;
    write(&json!({"op": "said", "room": room, "id": id, "seq": event.seq, "at": event.at, "again": again}))
}

pub(super) fn unseen(room: &str, id: &str, events: &[Value]) -> Utf8Bytes {
    write(&json!({"op": "unseen", "room": room, "id": id, "events": events}))
}

/// An event with its fragment.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    event: &'a EventView,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// For whom frames are made: who may have which of the shared forms.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub viewer: &'a Viewer,
    pub html: bool,
    pub fragments: &'a dyn Fragments,
}

impl Reader<'_> {
    async fn entry<'a>(&self, place: &Place, event: &'a EventView) -> Entry<'a> {
        let html = if self.html { self.fragments.event(place, self.viewer.side(), event).await } else { None };
        Entry { event, html }
    }

    async fn entries<'a>(&self, place: &Place, events: &'a [Arc<Fresh<Kept>>]) -> Vec<Entry<'a>> {
        let mut entries = Vec::with_capacity(events.len());
        for fresh in events {
            entries.push(self.entry(place, &fresh.event).await);
        }
        entries
    }

    pub(super) async fn joined(&self, joined: &Joined<Kept>) -> Utf8Bytes {
        #[derive(Serialize)]
        struct Frame<'a> {
            op: &'static str,
            room: &'a str,
            seq: i64,
            epoch: &'a str,
            recovered: bool,
            events: Vec<Entry<'a>>,
            more: bool,
            people: &'a [Present],
        }
        write(&Frame {
            op: "joined",
            room: &joined.place.reference,
            seq: joined.seq,
            epoch: &joined.epoch,
            recovered: joined.recovered,
            events: self.entries(&joined.place, &joined.events).await,
            more: joined.more,
            people: &joined.people.list,
        })
    }

    /// The frames of what a session is told, in order, and whether they are a page: pages are large and wait their turn.
    pub(super) async fn frames(&self, told: &Told<Kept>) -> (Vec<Utf8Bytes>, bool) {
        let one = match told {
            Told::Events(place, events) => {
                let mut frames = Vec::with_capacity(events.len());
                for fresh in events {
                    frames.push(self.event(place, fresh).await);
                }
                return (frames, false);
            }
            Told::Page(place, events, more) => return (vec![self.page(place, events, *more).await], true),
            Told::People(place, people) => presence(place, people).await,
            Told::Typing(place, by) => write(&json!({"op": "typing", "room": place.reference, "by": by})),
            Told::Read(place, by, seq) => write(&json!({"op": "read", "room": place.reference, "by": by, "seq": seq})),
            Told::Person(Heard { reference, priority, what }) => {
                write(&json!({"op": "told", "ref": reference, "priority": priority, "what": what}))
            }
            Told::Board(board, next) => self.board(board, *next).await,
            Told::RoomClosed(place) => closed().room(&place.reference).frame(),
            Told::BoardClosed(view) => closed().view(view.code()).frame(),
        };
        (vec![one], false)
    }

    async fn event(&self, place: &Place, fresh: &Fresh<Kept>) -> Utf8Bytes {
        #[derive(Serialize)]
        struct Frame<'a> {
            op: &'static str,
            room: &'a str,
            #[serde(flatten)]
            entry: Entry<'a>,
        }
        let [plain, html, ..] = &fresh.kept.forms;
        let form = if self.html { html } else { plain };
        let make = async || {
            write(&Frame { op: "event", room: &place.reference, entry: self.entry(place, &fresh.event).await })
        };
        form.get_or_init(make).await.clone()
    }

    async fn page(&self, place: &Place, events: &[Arc<Fresh<Kept>>], more: bool) -> Utf8Bytes {
        #[derive(Serialize)]
        struct Frame<'a> {
            op: &'static str,
            room: &'a str,
            events: Vec<Entry<'a>>,
            more: bool,
        }
        write(&Frame { op: "events", room: &place.reference, events: self.entries(place, events).await, more })
    }

    /// Whole, or only what changed where the reader has the revision before.
    async fn board(&self, board: &Board<Kept>, next: bool) -> Utf8Bytes {
        #[derive(Serialize)]
        struct Frame<'a, T> {
            op: &'static str,
            view: &'static str,
            rev: u64,
            as_of: hub::time::Ts,
            #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
            reference: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            html: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<T>,
        }
        let changed = board.changed.as_ref().filter(|_| next);
        let claims = self.viewer.role().has(Right::Respond);
        let [view, one, view_claims, one_claims, view_reads, one_reads] = &board.kept.forms;
        let form = match (self.html, claims, changed.is_some()) {
            (false, _, false) => view,
            (false, _, true) => one,
            (true, true, false) => view_claims,
            (true, true, true) => one_claims,
            (true, false, false) => view_reads,
            (true, false, true) => one_reads,
        };
        let make = async || {
            let html = if self.html { self.fragments.board(board, claims).await } else { None };
            let frame = Frame {
                op: if changed.is_some() { "changed" } else { "view" },
                view: board.view.code(),
                rev: board.rev,
                as_of: board.as_of,
                reference: changed.map(|(reference, _)| reference.as_str()),
                html,
                data: None::<&Shown>,
            };
            match (self.html, changed) {
                (true, _) => write(&frame),
                (false, None) => write(&Frame { data: Some(&board.shown), ..frame }),
                (false, Some((_, incident))) => {
                    let Frame { op, view, rev, as_of, reference, html, .. } = frame;
                    write(&Frame { op, view, rev, as_of, reference, html, data: Some(incident) })
                }
            }
        };
        form.get_or_init(make).await.clone()
    }
}

/// Who is in a room; made once for all who get it.
async fn presence(place: &Place, people: &People<Kept>) -> Utf8Bytes {
    let [form, ..] = &people.kept.forms;
    let make = async || write(&json!({"op": "presence", "room": place.reference, "people": people.list}));
    form.get_or_init(make).await.clone()
}

/// An error about a message.
pub(super) fn with(refused: Refused, room: &str, id: &str) -> Refused {
    Refused { room: Some(room.to_owned()), id: Some(id.to_owned()), ..refused }
}

fn closed() -> Refused {
    Refused::new(Code::ClosedToYou, "This is not yours to see any more.")
}

/// What the session answers to something that was asked.
pub(super) fn refused(gone: Gone) -> Result<Refused, Gone> {
    match gone {
        Gone::Failed(error) => Ok(Refused::of(error)),
        gone => Err(gone),
    }
}

fn write(frame: &impl Serialize) -> Utf8Bytes {
    match serde_json::to_string(frame) {
        Ok(text) => text.into(),
        Err(error) => {
            // Only a map whose keys are no text cannot be written, and no frame has one.
            tracing::error!(%error, "a frame cannot be written");
            Utf8Bytes::from_static(
                r#"{"op":"error","code":"rate","text":"Something failed here. Load the page again."}"#,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        read(text).unwrap_err().code
    }

    #[test]
    fn what_cannot_be_read_is_told_apart_from_what_is_not_known() {
        for text in ["", "hello", "[]", "{}", "7", r#"{"op":7}"#, r#"{"op":"join"}"#, r#"{"op":"leave","room":7}"#] {
            assert_eq!(code(text), Code::Malformed, "{text}");
        }
        assert_eq!(code(r#"{"op":"join","room":"ALD-1","extra":1}"#), Code::Malformed);
        assert_eq!(code(r#"{"op":"say","room":"ALD-1","id":"x"}"#), Code::Malformed);
        assert_eq!(
            code(r#"{"op":"ping","op":"join","room":"ALD-1"}"#),
            Code::Malformed,
            "which of two is nobody's guess"
        );
        assert_eq!(code(&format!(r#"{{"op":"ping","n":"{}"}}"#, "x".repeat(70))), Code::Malformed);
        assert_eq!(code(r#"{"op":"say","room":"ALD-1","id":"x","text":"a\u0000b"}"#), Code::Invalid, "as in a body");
        assert_eq!(code(r#"{"op":"shout"}"#), Code::UnknownOp);
        assert!(read(r#"{"op":"join","room":"ALD-1","after":null}"#).is_ok());
        assert!(read(r#"{"op":"say","room":"ALD-1","id":"x","text":"y","note":true,"seen":3,"anyway":false}"#).is_ok());
    }

    #[test]
    fn an_error_names_what_it_is_about() {
        let refused = read(r#"{"op":"say","room":"ALD-1","id":"x"}"#).unwrap_err();
        let frame: Value = serde_json::from_str(&refused.frame()).unwrap();
        assert_eq!((&frame["op"], &frame["code"]), (&json!("error"), &json!("malformed")));
        assert_eq!((&frame["room"], &frame["id"]), (&json!("ALD-1"), &json!("x")));
        assert_eq!(frame.get("view"), None);
    }
}
