//! A row of the log as one reader reads it: who did what, in one sentence, in their own time. The page and the live
//! channel say the same, because both ask here.

use askama::Template;
use hub::audit::{By, EventView as Event, Kind};
use hub::escalation::{Axis, Function, Priority, Recipient, Severity, Urgency};
use hub::identity::{Role, Side};
use hub::incident::{Cause, IncidentView, Sites, Source, Status, Tlp, Veracity, catalogue};
use hub::time::Ts;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::event::{Entry, EventView, Said, icon};
use super::text::{Piece, blocks};
use crate::when::Times;

/// How one reader reads one room.
#[derive(Debug, Clone)]
pub struct Reading {
    side: Side,
    times: Times,
    reference: String,
    authority: String,
}

impl Reading {
    /// For a reader of this side, in the room of an incident of an authority in `zone`.
    pub fn new(side: Side, reference: &str, authority: &str, zone: &str) -> Self {
        Self { side, times: times(side, zone), reference: reference.to_owned(), authority: authority.to_owned() }
    }

    /// The same from the incident.
    pub fn of(incident: &IncidentView, side: Side) -> Self {
        Self::new(side, &incident.reference, &incident.authority_name, &incident.zone)
    }

    /// How they read instants.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// Whether they stand on the response side.
    pub fn responds(&self) -> bool {
        self.side == Side::Response
    }

    /// One row; none where it is not in this side's room.
    pub fn event(&self, event: &Event) -> Option<EventView> {
        let kind = event.kind.parse::<Kind>().ok();
        let internal = event.internal || kind == Some(Kind::Note);
        if internal && !self.responds() {
            return None;
        }
        let at = event.at.timestamp();
        let entry = match (kind, &event.by) {
            (Some(Kind::Message), Some(by)) => Entry::Message(said(event, by, about(by))),
            (Some(Kind::Note), Some(by)) => {
                Entry::Note { said: said(event, by, "to responders".to_owned()), hidden_from: self.authority.clone() }
            }
            _ => {
                let kind = kind.map_or("other", Kind::code);
                Entry::Happened { icon: icon(kind), hot: rises(event), pieces: self.sentence(event) }
            }
        };
        Some(EventView {
            seq: event.seq,
            kind: kind.map_or("other", Kind::code),
            at,
            clock: self.times.clock(at),
            local: self.times.beside_clock(at),
            entry,
        })
    }

    /// What happened, in one sentence.
    fn sentence(&self, event: &Event) -> Vec<Piece> {
        let data = &event.data;
        let told = Told::default();
        if data["erased"] == true {
            return told.say("The words of this entry were erased.").0;
        }
        let who = event.by.as_ref().map_or("The hub", |by| by.name.as_str());
        match event.kind.parse::<Kind>() {
            Ok(Kind::Filed) => self.filed(told.name(who), event),
            Ok(Kind::Changed) => self.changed(told.name(who), data),
            Ok(Kind::Priority) => self.priority(told, who, data),
            Ok(Kind::LoweringProposed) => {
                let to = text(&data["to"]);
                told.say("The table now says ").name(to).say(". It stays as it is until a responder confirms.")
            }
            Ok(Kind::SeverityConfirmed) => {
                told.name(who).say(" has confirmed how bad it is. From here on the answers count alone.")
            }
            Ok(Kind::Acknowledged) => told.name(who).say(" has acknowledged: a person has seen this."),
            Ok(Kind::Claimed) => told.name(who).say(" has claimed this and works on it."),
            Ok(Kind::Released) => told.name(who).say(" has given this back to the queue").because(&data["reason"]),
            Ok(Kind::Assigned) => told.name(who).say(" has assigned this to ").name(text(&data["to"]["name"])).say("."),
            Ok(Kind::Paged) => paged(told, data),
            Ok(Kind::Lapsed) => {
                let silent = text(&data["of"]["name"]);
                let told = match silent.is_empty() {
                    true => told.say("Nobody has done anything on this for a while."),
                    false => told.name(silent).say(" has been silent for too long."),
                };
                told.say(" The acknowledgement has lapsed: others are told now.")
            }
            Ok(Kind::HandedOver) => {
                let told = told.name(who).say(" has taken this over");
                let told = match text(&data["from"]["name"]) {
                    "" => told,
                    from => told.say(" from ").name(from),
                };
                told.say(" at the end of a shift.")
            }
            Ok(Kind::Resolved) => told.name("Resolved").say(" by ").name(who).say(".").quoting(event.text.as_deref()),
            Ok(Kind::Closed) => told.name("Closed").say(" by ").name(who).say(". The room is read only from here."),
            Ok(Kind::Reopened) => told.name("Reopened").say(" by ").name(who).because(&data["reason"]),
            Ok(Kind::Unusual) => told.say(event.text.clone().unwrap_or_default()),
            Ok(Kind::Message | Kind::Note) => told.say("Somebody wrote here.").quoting(event.text.as_deref()),
            Ok(Kind::Election | Kind::Joined) | Err(_) => {
                told.name(who).say(format!(": {}.", event.kind.replace('_', " "))).quoting(event.text.as_deref())
            }
        }
        .0
    }

    fn filed(&self, told: Told, event: &Event) -> Told {
        let data = &event.data;
        let told = match code::<Source>(&data["source"]) {
            Some(Source::Phone) => told.say(" has filed ").reference(&self.reference).say(" as told by telephone."),
            Some(Source::Mail) => told.say(" has filed ").reference(&self.reference).say(" as told by mail."),
            Some(Source::InPerson) => told.say(" has filed ").reference(&self.reference).say(" as told in person."),
            _ => told.say(" has filed ").reference(&self.reference).say("."),
        };
        let told = match code::<Priority>(&data["priority"]) {
            Some(priority) => told.say(" Priority ").name(priority.code()),
            None => told,
        };
        let severity = code::<Severity>(&data["severity"]).map(Severity::label);
        let urgency = code::<Urgency>(&data["urgency"]).map(Urgency::label);
        let told = match (severity, urgency) {
            (Some(severity), Some(urgency)) => told.say(format!(" ({severity}, {urgency}).")),
            _ => told.say("."),
        };
        let told = if data["voting_stopped"] == true { told.say(" Voting is stopped.") } else { told };
        told.quoting(event.text.as_deref())
    }

    fn changed(&self, told: Told, data: &Value) -> Told {
        let Some(fields) = data["fields"].as_object().filter(|fields| !fields.is_empty()) else {
            return told.say(" has changed what is known.");
        };
        // A status is news of its own, not a correction.
        if let (Some(status), 1) = (fields.get("status"), fields.len()) {
            return match code::<Status>(&status[1]) {
                Some(Status::Waiting) if self.responds() => told.say(format!(" waits for {}.", self.authority)),
                Some(Status::Waiting) => told.say(" waits for your answer."),
                Some(Status::Working) => told.say(" has answered: work goes on."),
                _ => told.say(" has changed the status."),
            };
        }
        let words: Vec<String> = fields.iter().flat_map(|(name, pair)| changes(name, &pair[0], &pair[1])).collect();
        told.say(format!(" has changed: {}.", words.join("; ")))
    }

    fn priority(&self, told: Told, who: &str, data: &Value) -> Told {
        let (from, to) = (text(&data["from"]), text(&data["to"]));
        let verb = if from > to { "Raised to " } else { "Lowered to " };
        let told = told.name(format!("{verb}{to}")).say(format!(", was {from}, "));
        let told = match text(&data["cause"]) {
            "override" => told.say("by ").name(who).because(&data["reason"]),
            "confirmed" => told.say("confirmed by ").name(who).say("."),
            "change" => told.say("by itself: what is known has changed."),
            "policy" => told.say("by ").name(who).say(": it was moved to another policy."),
            _ => told.say("by itself: by the calendar."),
        };
        let parts = &data["why"]["parts"];
        let (what, near) = (text(&parts["what"]), text(&parts["near"]));
        let told =
            if what.is_empty() || near.is_empty() { told } else { told.say(format!(" Because {what} and {near}.")) };
        match data["due"].as_str().and_then(|due| due.parse::<Ts>().ok()) {
            Some(due) => told.say(format!(" Next due {}.", self.times.both(due.timestamp()))),
            None => told,
        }
    }
}

/// Who was told, and what for; who should have been and was not there.
fn paged(told: Told, data: &Value) -> Told {
    let names = |list: &Value, word: fn(&Value) -> String| -> Vec<String> {
        list.as_array().into_iter().flatten().map(word).filter(|word| !word.is_empty()).collect()
    };
    let to = names(&data["to"], |one| text(&one["name"]).to_owned());
    let posts =
        names(&data["nobody"], |one| code::<Recipient>(one).map_or_else(String::new, |one| one.absent().to_owned()));
    let told = match (to.is_empty(), posts.is_empty()) {
        (true, true) => return told.say("Somebody was paged."),
        (true, false) => told.say(format!("Nobody could be paged: {}", posts.join(", "))),
        (false, _) => told.say("Paged: ").name(to.join(", ")),
    };
    let step = data["step"].as_i64().unwrap_or_default();
    let told = match (text(&data["of"]), text(&data["after"])) {
        ("unanswered", "") => told,
        ("unanswered", after) => told.say(format!(", after {after} without an answer")),
        ("update_missed", _) if step > 1 => told.say(", because an update was missed again"),
        ("update_missed", _) => told.say(", because the next update is late"),
        _ => told.say(", because nothing has been done on this for a while"),
    };
    let told = if to.is_empty() || posts.is_empty() { told } else { told.say(format!("; {}", posts.join(", "))) };
    told.say(".")
}

/// The row as HTML, as the page renders it; empty where it is not in this side's room.
pub fn event_html(event: &Event, reading: &Reading) -> String {
    let row = reading.event(event).and_then(|event| event.render().ok());
    row.map(|row| row.trim().to_owned()).unwrap_or_default()
}

/// How a reader of this side reads the instants of an authority in `zone`.
pub fn times(side: Side, zone: &str) -> Times {
    let zone = hub::election::calendar::zone(zone).unwrap_or(TimeZone::UTC);
    if side == Side::Response { Times::utc(zone) } else { Times::local(zone) }
}

/// "Official lead, Alder County"; of the response team the role is enough.
pub(crate) fn about(by: &By) -> String {
    match by.role.parse::<Role>() {
        Ok(role) if role.side() == Side::Authority => format!("{}, {}", role.label(), by.office),
        Ok(role) => role.label().to_owned(),
        Err(_) => by.office.clone(),
    }
}

/// Whether they are of the response team.
pub(crate) fn of_the_team(by: &By) -> bool {
    by.role.parse::<Role>().is_ok_and(|role| role.side() == Side::Response)
}

fn said(event: &Event, by: &By, about: String) -> Said {
    Said {
        id: event.id.clone(),
        name: by.name.clone(),
        about,
        team: of_the_team(by),
        body: blocks(event.text.as_deref().unwrap_or_default()),
        files: Vec::new(),
        mark: if event.text.is_none() { "The words were erased".to_owned() } else { String::new() },
        seen: String::new(),
    }
}

fn rises(event: &Event) -> bool {
    let (from, to) = (code::<Priority>(&event.data["from"]), code::<Priority>(&event.data["to"]));
    event.kind == Kind::Priority.code() && from.zip(to).is_some_and(|(from, to)| to < from)
}

/// A sentence as it grows.
#[derive(Default)]
struct Told(Vec<Piece>);

impl Told {
    fn say(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Plain(words.into()));
        self
    }

    fn name(mut self, name: impl Into<String>) -> Self {
        self.0.push(Piece::Strong(name.into()));
        self
    }

    fn reference(mut self, reference: &str) -> Self {
        self.0.push(Piece::Reference(reference.to_owned()));
        self
    }

    /// The end of the sentence, with the reason that a person gave.
    fn because(self, reason: &Value) -> Self {
        match reason.as_str().map(str::trim).filter(|reason| !reason.is_empty()) {
            Some(reason) => self.say(format!(": “{reason}”")),
            None => self.say("."),
        }
    }

    /// What was written with it, below it.
    fn quoting(mut self, text: Option<&str>) -> Self {
        for block in blocks(text.unwrap_or_default()) {
            self.0.push(Piece::Break);
            self.0.extend(block.pieces);
        }
        self
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn code<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// One changed field in words, present value first; answers one by one.
fn changes(name: &str, old: &Value, new: &Value) -> Vec<String> {
    if name == "answers" {
        return answers(old, new);
    }
    let was = |words: String, old: Option<String>| match old.filter(|old| !old.is_empty()) {
        Some(old) => format!("{words}, was {old}"),
        None => words,
    };
    let label = |value: &Value| value_words(name, value);
    vec![match name {
        "summary" => format!("the summary, now “{}”", hub::text::cut(text(new), 400)),
        "voting_stopped" if *new == true => "voting is stopped".to_owned(),
        "voting_stopped" => "voting is not stopped any more".to_owned(),
        "election" => "the election it belongs to".to_owned(),
        _ => was(format!("{} {}", name.replace('_', " "), label(new).unwrap_or_else(|| "none".to_owned())), label(old)),
    }]
}

/// A field's value as people read it.
pub(super) fn value_words(name: &str, value: &Value) -> Option<String> {
    match name {
        "category" => catalogue().category(text(value)).map(|category| category.plain_name.clone()),
        "functions" => {
            let functions: Vec<Function> = code(value)?;
            Some(functions.iter().map(|function| function.label()).collect::<Vec<_>>().join(", "))
        }
        "sites" => code::<Option<Sites>>(value)?.map(Sites::words),
        "tlp" => code::<Tlp>(value).map(|tlp| format!("TLP:{}", tlp.code())),
        "status" => code::<Status>(value).map(|status| status.label().to_owned()),
        "veracity" => code::<Veracity>(value).map(|veracity| veracity.label().to_owned()),
        "cause" => code::<Cause>(value).map(|cause| cause.label().to_owned()),
        "voting_stopped" => Some(if *value == true { "stopped" } else { "not stopped" }.to_owned()),
        _ => value.as_str().map(str::to_owned),
    }
}

fn answers(old: &Value, new: &Value) -> Vec<String> {
    let changed = Axis::ALL.iter().filter(|axis| old[axis.code()] != new[axis.code()]);
    changed.map(|axis| format!("{}: {}", axis.label(), answer_words(*axis, text(&new[axis.code()])))).collect()
}

/// An answer as its official read it.
pub(super) fn answer_words(axis: Axis, code: &str) -> String {
    catalogue().answer(axis, code).map_or_else(|| code.replace('_', " "), |answer| answer.text.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, data: Value) -> Event {
        let (name, office, role) = ("Rosa Field".to_owned(), "Response team".to_owned(), "responder".to_owned());
        Event {
            seq: 3,
            kind: kind.to_owned(),
            at: "2026-10-28T07:14:08Z".parse().unwrap(),
            by: Some(By { name, office, role }),
            text: None,
            data,
            id: None,
            internal: false,
            actor: 1,
        }
    }

    fn reading(side: Side) -> Reading {
        Reading::new(side, "ALD-42", "Alder County", "America/New_York")
    }

    fn told(side: Side, event: &Event) -> String {
        let html = event_html(event, &reading(side));
        let text: String = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_kind_is_a_sentence_and_an_unknown_one_is_none_the_less() {
        let kinds = Kind::ALL.iter().map(|kind| kind.code()).chain(["handed_over", "a_kind_of_next_year"]);
        for kind in kinds {
            for side in [Side::Authority, Side::Response] {
                let words = told(side, &event(kind, json!({})));
                let hidden = kind == "note" && side == Side::Authority;
                assert_eq!(words.is_empty(), hidden, "{kind}: {words}");
                assert!(!words.contains("null") && !words.contains('_'), "{kind}: {words}");
            }
        }
    }

    #[test]
    fn the_sentences_are_plain() {
        let say = |kind, data| told(Side::Response, &event(kind, data));
        assert_eq!(say("claimed", json!({})), "Rosa Field has claimed this and works on it.07:1403:14 local");
        let data = json!({"from": "P2", "to": "P1", "cause": "override", "reason": "It spreads", "due": "2026-10-28T07:20:00Z"});
        assert!(
            say("priority", data)
                .starts_with("Raised to P1, was P2, by Rosa Field: “It spreads” Next due 07:20 UTC (03:20 EDT).")
        );
        let fields = json!({"fields": {
            "sites": [null, {"affected": 4, "total": 57}],
            "answers": [{"people": "none"}, {"people": "happening_now"}],
            "voting_stopped": [false, true],
            "tlp": ["AMBER", "RED"],
        }});
        let words = say("changed", fields);
        for part in ["people: happening now", "sites 4 of 57 sites", "tlp TLP:RED, was TLP:AMBER", "voting is stopped"]
        {
            assert!(words.contains(part), "{part}: {words}");
        }
        let waits = json!({"fields": {"status": ["working", "waiting"]}});
        assert!(say("changed", waits.clone()).contains("waits for Alder County"));
        assert!(told(Side::Authority, &event("changed", waits)).contains("waits for your answer"));
    }

    #[test]
    fn what_is_internal_is_nothing_to_an_official() {
        let mut cause = event("changed", json!({"fields": {"cause": [null, "malicious"]}}));
        assert!(told(Side::Response, &cause).contains("malicious act"));
        cause.internal = true;
        assert_eq!(event_html(&cause, &reading(Side::Authority)), "");
    }
}
