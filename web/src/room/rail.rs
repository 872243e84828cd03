//! What stands beside a room: what the reader may do, what is known, who is here.

use hub::audit::{By, EventView as Event, Kind};
use hub::duty::{Shift, responders};
use hub::escalation::{Axis, Priority};
use hub::identity::{Right, Role, Side};
use hub::incident::{Cause, ClockState, IncidentView, Status, catalogue};
use hub::live::Present as Inside;
use hub::time::Ts;

use super::actions::Actions;
use super::heads::{may_acknowledge, may_claim, may_edit, may_say_stopped};
use super::tell::{about, answer_words, of_the_team, times};
use super::view::{FactsView, PeopleView, Present};
use crate::app::App;
use crate::error::Failure;
use crate::extract::Caller;
use crate::face::{Choice, Fact, ticking};
use crate::incident::questions;
use crate::typed::Typed;
use crate::when::duration;

/// What the caller may do now.
pub(super) async fn actions(
    app: &App,
    caller: &Caller,
    incident: &IncidentView,
    typed: Typed,
) -> Result<Actions, Failure> {
    let viewer = &caller.viewer;
    let has = |right| viewer.role().has(right);
    let (open, over) = (incident.status.is_open(), !incident.status.is_open());
    let respond = has(Right::Respond);
    let owner = incident.owner_id == Some(viewer.id());
    let assign = open && (has(Right::Assign) || (owner && respond));
    let others: Vec<Choice> = if assign {
        let all = responders(app.hub()).await?.into_iter().filter(|person| Some(person.id) != incident.owner_id);
        all.map(|person| Choice::new(person.email, person.name)).collect()
    } else {
        Vec::new()
    };
    let levels = if open { levels(incident.priority, viewer.role()) } else { Vec::new() };
    let official = viewer.side() == Side::Authority;
    let worse = levels.first().filter(|_| official).and_then(|level| level.value.parse().ok());
    let known = incident.answers.0.iter().map(|(axis, code)| (axis.code().to_owned(), code.clone()));
    Ok(Actions {
        reference: incident.reference.clone(),
        version: incident.version,
        claim: may_claim(viewer, incident),
        acknowledge: may_acknowledge(viewer, incident),
        status: match incident.status {
            Status::Working if respond => Some(Choice::new("waiting", "Wait for the authority")),
            Status::Waiting if respond => Some(Choice::new("working", "Go on working")),
            _ => None,
        },
        lowering: incident.lowering_proposed.filter(|_| respond && open),
        severity: if respond && open { questions() } else { Vec::new() },
        answers: known.collect(),
        assign: others,
        levels_hint: match (has(Right::OverrideUp), has(Right::OverrideDown)) {
            (false, _) => "One level up, twice a day.",
            (true, false) => "Up to any level; a shift lead lowers.",
            (true, true) => "Lower holds until the next boundary.",
        }
        .to_owned(),
        levels: if official { Vec::new() } else { levels },
        worse,
        stops: may_say_stopped(viewer, incident),
        release: respond && open && incident.owner.is_some() && (owner || has(Right::Assign)),
        causes: if respond && open {
            Cause::ALL.iter().map(|cause| Choice::new(cause.code(), cause.label())).collect()
        } else {
            Vec::new()
        },
        close: respond && incident.status == Status::Resolved,
        reopen: over && has(Right::Reopen),
        edit: may_edit(viewer, incident),
        typed,
    })
}

/// The levels that a person of this role may set.
fn levels(now: Priority, role: Role) -> Vec<Choice> {
    let may = |to: &Priority| match (role.side(), to.cmp(&now)) {
        (_, std::cmp::Ordering::Equal) => false,
        (Side::Authority, _) => to.number() == now.number() - 1,
        (Side::Response, std::cmp::Ordering::Less) => role.has(Right::OverrideUp),
        (Side::Response, std::cmp::Ordering::Greater) => role.has(Right::OverrideDown),
    };
    let words = |to: &Priority| if *to < now { format!("{to}, raised") } else { format!("{to}, lowered") };
    Priority::ALL.iter().filter(|to| may(to)).map(|to| Choice::new(to.code(), words(to))).collect()
}

/// What was reported and what is known.
pub(super) fn facts(caller: &Caller, incident: &IncidentView) -> FactsView {
    let responds = caller.responds();
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: Option<String>| facts.extend(value.map(|value| Fact::new(name, value)));
    let symptom = incident.symptom.as_deref().and_then(|code| catalogue().symptom(code));
    fact(if responds { "They see" } else { "You see" }, symptom.map(|symptom| symptom.text.clone()));
    let category = catalogue().category(&incident.category);
    fact("Category", category.filter(|_| responds).map(|category| category.name.clone()));
    fact("Voting", Some(if incident.voting_stopped { "Stopped" } else { "Not stopped" }.to_owned()));
    fact("Sites", incident.sites.map(hub::incident::Sites::words));
    fact("Where", incident.place.clone());
    fact("Began", incident.since.clone());
    fact("Still happening", incident.still_happening.map(|still| if still { "Yes" } else { "No" }.to_owned()));
    let callback = incident.callback.as_ref().map(|callback| match callback.outside_affected_system {
        Some(true) => format!("{}, outside the affected system", callback.number),
        _ => callback.number.to_string(),
    });
    fact("Call-back", callback);
    fact("Done so far", incident.done_so_far.clone());
    fact("Already told", incident.already_told.clone());
    let functions: Vec<&str> = incident.functions.iter().map(|function| function.label()).collect();
    fact("Affected", Some(functions.join(", ")));
    if responds {
        fact("Filed", Some(incident.source.label().to_owned()));
        fact("Verified", incident.verified_how.clone());
        fact("Veracity", incident.veracity.map(|veracity| veracity.label().to_owned()));
        fact("Cause", incident.cause.map(|cause| cause.label().to_owned()));
    }
    let sharing = crate::error::sentence(incident.tlp.label());
    fact("Sharing", Some(format!("{}, TLP:{}", sharing.trim_end_matches('.'), incident.tlp.code())));
    let answered = Axis::ALL.iter().filter_map(|axis| {
        let words = answer_words(*axis, incident.answers.get(*axis)?);
        let name = crate::error::sentence(axis.label());
        Some(Fact::new(name.trim_end_matches('.'), words))
    });
    FactsView {
        answers: answered.collect(),
        facts,
        fold: responds,
        edit: if may_edit(&caller.viewer, incident) {
            format!("/incidents/{}/edit", incident.reference)
        } else {
            String::new()
        },
    }
}

/// Every promise, for responders.
pub(super) fn clocks(app: &App, incident: &IncidentView, now: Ts) -> Vec<Fact> {
    let times = times(Side::Response, &incident.zone);
    let targets = app.hub().policy_of(&incident.why.policy).target(incident.priority, incident.urgency);
    let told = incident.clocks.iter().map(|clock| {
        let due = times.moment(clock.due.timestamp(), now.timestamp());
        let words = match (clock.state, clock.met_at) {
            (_, Some(met)) => {
                let late = if met > clock.due { "late" } else { "met" };
                format!("{}, {late}", ticking(met.since(incident.opened_at).as_secs()))
            }
            (ClockState::Paused, _) => "stands still while we wait".to_owned(),
            (ClockState::Breached, _) => format!("was due {due}"),
            _ => format!("due {due}"),
        };
        let name = crate::error::sentence(clock.kind.label());
        Fact::new(name.trim_end_matches('.'), words)
    });
    let mut facts: Vec<Fact> = told.collect();
    if incident.status.is_open() {
        facts.push(Fact::new("Every", format!("{} an update", duration(targets.next_update.as_secs()))));
    }
    facts
}

/// Who is in it now, who has it, who wrote, who is on duty.
pub(super) fn people(
    caller: &Caller,
    incident: &IncidentView,
    events: &[Event],
    here: &[Inside],
    duty: &[Shift],
) -> PeopleView {
    let times = times(caller.viewer.side(), &incident.zone);
    let now = caller.now;
    let moment = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let mut people: Vec<Present> = Vec::new();
    let mut add = |name: &str, about: String, team, rest: String, away| {
        if people.iter().all(|person| person.name != name) {
            let presence = rest.clone();
            people.push(Present { name: name.to_owned(), about, team, presence, away, rest });
        }
    };
    if let Some(owner) = &incident.owner {
        add(&owner.name, about(owner), true, "Has it".to_owned(), !incident.status.is_open());
    }
    if incident.status.is_open() {
        for shift in duty {
            let role = shift.role.parse::<Role>().map_or("Response team", Role::label);
            let about = match shift.over {
                true => format!("{role} on duty until somebody takes over"),
                false => format!("{role} on duty until {}", moment(shift.to)),
            };
            add(&shift.name, about, true, "On duty".to_owned(), true);
        }
    }
    for event in events.iter().rev() {
        let (Some(by), message) = (&event.by, event.kind == Kind::Message.code()) else { continue };
        if message || event.kind == Kind::Filed.code() {
            let verb = if message { "Wrote" } else { "Filed" };
            add(&by.name, about(by), of_the_team(by), format!("{verb} {}", moment(event.at)), true);
        }
    }
    // The script says the same of whoever comes and goes.
    for one in here.iter().filter(|one| one.state != "on_duty") {
        let words = if one.state == "active" { "Here" } else { "Away" };
        let by = By { name: one.name.clone(), office: one.office.clone(), role: one.role.clone() };
        if people.iter().all(|person| person.name != one.name) {
            let (name, rest) = (one.name.clone(), String::new());
            people.push(Present {
                name,
                about: about(&by),
                team: of_the_team(&by),
                presence: rest.clone(),
                away: true,
                rest,
            });
        }
        if let Some(person) = people.iter_mut().find(|person| person.name == one.name) {
            (person.presence, person.away) = (words.to_owned(), one.state == "away");
        }
    }
    let count = |words: &str| people.iter().filter(|person| person.presence == words).count();
    let count = match (count("Here"), count("On duty")) {
        (here, 0) => format!("{here} here"),
        (here, duty) => format!("{here} here, {duty} on duty"),
    };
    PeopleView { people, fold: caller.responds(), count }
}
