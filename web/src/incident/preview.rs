//! What a report would come to if it were sent now: beside the form, before anything is stored.

use hub::election::calendar;
use hub::escalation::sentence::{Telling, why};
use hub::escalation::{Facts, Priority, assess};
use hub::incident::{Category, Report, catalogue, clocks};
use hub::time::Ts;

use super::report::Outcome;
use crate::app::App;
use crate::page::CallLine;

/// Whose report it is: the key and zone of an authority.
#[derive(Debug, Clone)]
pub(super) struct Whose {
    pub id: i64,
    pub zone: String,
}

/// The panel beside the form. `authority` is none for responders who have not said whose report it is.
pub(super) async fn outcome(
    app: &App,
    whose: Option<&Whose>,
    sent: &Report,
    by_phone: bool,
    now: Ts,
) -> hub::Result<Outcome> {
    let hub = app.hub();
    let on_duty: Vec<String> = hub::duty::answering(hub, now).await?.into_iter().map(|shift| shift.name).collect();
    let promise = if on_duty.is_empty() { "It is kept at any hour" } else { "A person answers, at any hour" };
    let blank = Outcome {
        priority: None,
        promise: promise.to_owned(),
        because: format!(
            "How soon depends on what {} and on how near the election is: within {} where it is most urgent.",
            if by_phone { "they see" } else { "you see" },
            hub.policy().handling(Priority::P1).first_response.in_words()
        ),
        by_phone,
        on_duty,
        call_line: app.config().call_line.as_deref().and_then(CallLine::new),
        first_hour: Vec::new(),
        do_not: Vec::new(),
    };
    // What is wrong elsewhere in the form changes nothing of how bad it is.
    let said = Report {
        symptom: sent.symptom.clone(),
        summary: Some("-".to_owned()),
        answers: sent.answers.clone(),
        voting_stopped: sent.voting_stopped,
        ..Report::default()
    };
    let anything = sent.symptom.is_some() || sent.voting_stopped == Some(true) || sent.summary.is_some();
    let (Some(whose), Ok(report)) = (whose.filter(|_| anything), said.check(catalogue(), usize::MAX)) else {
        return Ok(blank);
    };
    let facts = Facts {
        starting_severity: report.category.starting_severity,
        severity_confirmed: false,
        functions: report.functions,
        answers: report.answers.clone(),
        voting_stopped: report.voting_stopped,
    };
    let laid_out = hub.laid_out(whose.id, sent.election.as_deref()).await?;
    let found = assess(&hub.policy(), &laid_out.calendar, &facts, now);
    let words = |axis, code: &str| catalogue().answer_words(axis, code, None);
    let telling = Telling {
        priority: found.priority,
        overridden: false,
        due: None,
        zone: &whose.zone,
        sites: None,
        words: &words,
    };
    let why = why(&hub.policy(), &laid_out.calendar, &facts, &found, &telling, now);
    let targets = clocks::targets(&hub.policy(), found.priority, found.urgency, now);
    let chosen = report.symptom.map(|_| report.category);
    Ok(Outcome {
        priority: Some(found.priority),
        promise: match blank.on_duty.is_empty() {
            true => blank.promise.clone(),
            false => format!("A person answers within {}", hub::election::words::length(targets.first_response)),
        },
        because: format!("Because {} and {}.", why.parts.what, why.parts.near),
        first_hour: chosen.map(|category: &Category| category.first_hour.clone()).unwrap_or_default(),
        do_not: chosen.map(|category| category.do_not.clone()).unwrap_or_default(),
        ..blank
    })
}

/// "EDT, UTC−4", as it is now.
pub(super) fn offset(zone: &str, now: Ts) -> String {
    let zone = calendar::zone(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    crate::when::Times::local(zone).offset(now.timestamp())
}
