//! `/policy`: the policy in force, and what came before it, for everybody signed in. Everything that is a decision of people is read from the
//! policy; what a rule is about is said here in words.

use hub::escalation::policy::Handling;
use hub::escalation::{Approach, Function, Policy as Rules, Priority, Promise, Recipient, Urgency};
use hub::identity::Right;
use hub::incident::catalogue;
use hub::policy::{State, Version, versions};
use hub::time::Ts;
use jiff::tz::TimeZone;

use super::view::{Answer, FunctionRule, Ladder, Policy, Question, Rung, Target, VersionRow};
use crate::app::App;
use crate::error::{Failure, sentence};
use crate::extract::Caller;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::when::Times;
use crate::why::Matrix;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/policy", Access::SignedIn, Sample::NONE, page)
}

async fn page(app: App, theme: Theme, caller: Caller) -> Result<Page<Policy>, Failure> {
    let all = versions(app.hub(), &caller.viewer).await?;
    let rules = app.hub().policy();
    let mut page = tables(&app, theme, &caller, &rules, "Policy").await;
    let elsewhere = all.iter().filter(|one| !one.in_force).filter_map(|one| one.open).sum();
    page.elsewhere = elsewhere;
    page.may_write = caller.viewer.role().has(Right::EditPolicy);
    page.versions = all.iter().map(|one| row(one, caller.now)).collect();
    Ok(Page::ok(page))
}

/// A policy in its tables, with nothing around them.
pub(super) async fn tables(app: &App, theme: Theme, caller: &Caller, rules: &Rules, title: &str) -> Policy {
    Policy {
        shell: app.shell(Some(&caller.viewer), theme, title, Place::Elsewhere).await,
        version: rules.version.clone(),
        in_force: app.hub().policy().version == rules.version,
        may_write: false,
        elsewhere: 0,
        versions: Vec::new(),
        about: None,
        matrix: Matrix::new(|severity, urgency| rules.priority(severity, urgency), None),
        questions: questions(rules),
        targets: targets(rules),
        ladders: rules.approaches().into_iter().map(ladder).collect(),
        functions: Function::ALL.iter().map(|function| about(*function)).collect(),
    }
}

/// A version in the list.
fn row(version: &Version, now: Ts) -> VersionRow {
    VersionRow {
        version: version.version.clone(),
        tag: match version.state {
            _ if version.in_force => "in force",
            State::Adopted => "",
            state => state.label(),
        },
        words: history(version, now),
        open: version.open.filter(|open| *open > 0 && version.state == State::Adopted),
    }
}

/// What became of a version, in sentences.
pub(super) fn history(version: &Version, now: Ts) -> String {
    let utc = Times::utc(TimeZone::UTC);
    let at = |at: Ts| {
        let moment = utc.moment(at.timestamp(), now.timestamp());
        format!("{moment} UTC")
    };
    let who = |name: &Option<String>| name.clone().unwrap_or_else(|| "the settings".to_owned());
    let reason = version.reason.as_ref().map(|reason| format!("{} ", sentence(reason))).unwrap_or_default();
    let written = format!("Written by {}", who(&version.written_by));
    let words = match (version.state, version.adopted_at) {
        (State::Adopted, Some(adopted)) if version.written_by.is_none() => {
            format!("By the file of the settings, {}.", at(adopted))
        }
        (State::Adopted, Some(adopted)) => {
            format!("{written}, adopted by {}, {}.", who(&version.adopted_by), at(adopted))
        }
        (State::Proposed, _) => {
            let when = version.proposed_at.map(at).unwrap_or_default();
            format!("{written}, proposed by {}, {when}.", who(&version.proposed_by))
        }
        _ => format!("{written}, {}. Not proposed yet.", at(version.written_at)),
    };
    format!("{reason}{words}")
}

fn questions(rules: &Rules) -> Vec<Question> {
    let question = |asked: &hub::incident::Question| {
        let answers = asked.answers.iter().filter_map(|answer| {
            let level = rules.level(asked.axis, &answer.code)?;
            Some(Answer { words: answer.text.clone(), level: level.label().to_owned() })
        });
        Question { words: asked.text.clone(), answers: answers.collect() }
    };
    catalogue().questions().iter().map(question).collect()
}

fn targets(rules: &Rules) -> Vec<Target> {
    let row = |name: &str, cell: &dyn Fn(&Handling) -> String| {
        let mut cells: [String; 5] = Default::default();
        for (place, priority) in cells.iter_mut().zip(Priority::ALL) {
            *place = cell(rules.handling(*priority));
        }
        Target { name: name.to_owned(), cells }
    };
    vec![
        row("First human response", &|handling| promise(handling, Promise::FirstResponse)),
        row("Responder in the room", &|handling| promise(handling, Promise::LiveRoom)),
        row("Next update", &|handling| match handling.next_update_from {
            Some((from, length)) => format!("{length} from {from} up, else {}", handling.next_update),
            None => handling.next_update.to_string(),
        }),
        row("Told at once", &|handling| names(&handling.told_at_once)),
        row("Then told, after", &|handling| {
            let steps = handling.chain.iter().map(|step| format!("+{} {}", step.after, names(&step.tell)));
            or_none(steps.collect::<Vec<_>>().join(", "))
        }),
        row("Update missed", &|handling| {
            let lists = handling.update_missed.iter().zip(["", "again: "]);
            or_none(lists.map(|(list, again)| format!("{again}{}", names(list))).collect::<Vec<_>>().join("; "))
        }),
    ]
}

fn promise(handling: &Handling, promise: Promise) -> String {
    or_none(handling.promised(promise, Urgency::U0).map(|length| length.to_string()).unwrap_or_default())
}

fn names(recipients: &[Recipient]) -> String {
    or_none(recipients.iter().map(|recipient| recipient.label()).collect::<Vec<_>>().join(", "))
}

fn or_none(words: String) -> String {
    if words.is_empty() { "none".to_owned() } else { words }
}

fn ladder(approach: Approach) -> Ladder {
    let (name, there) = match approach.to {
        "polling" => ("To the opening of a polling window", "while it is open"),
        "milestone" => ("To a milestone", "on the last day of a deadline"),
        "session" => ("To a session of the count, an audit or a recount", "while it is open"),
        _ => ("To the certification", ""),
    };
    let mut steps: Vec<Rung> = approach
        .steps
        .into_iter()
        .map(|(urgency, before)| Rung { from: format!("{before} before"), urgency })
        .collect();
    steps.extend(approach.there.map(|urgency| Rung { from: there.to_owned(), urgency }));
    Ladder { name: name.to_owned(), steps }
}

/// Which windows and milestones a function looks at: the same for every policy.
fn about(function: Function) -> FunctionRule {
    let words = match function {
        Function::Registration => {
            "The registration deadline, open on its day until its minute, and shortly after it. What check-in looks at, lower."
        }
        Function::BallotIssue => {
            "Every way of voting. The mailing of ballots and their release for print, and shortly after these."
        }
        Function::Checkin => "Early voting and Election Day.",
        Function::Voting => "Every way of voting: early, on the day, abroad, over the internet.",
        Function::Tabulation => {
            "The logic and accuracy test. The count from the last close to the last result, its sessions, audits and recounts."
        }
        Function::ResultsPublication => {
            "The count from the last close to the last result, open counting sessions and recounts. Then canvass, certification and contest."
        }
        Function::VoterInformation => "Early voting and Election Day, and the registration deadline.",
        Function::Office => {
            "Lower than the nearest of all others, and never far from the first polls to the end of the canvass."
        }
        Function::People => "The nearest of all others, and never far: danger does not wait for the calendar.",
    };
    let name = sentence(function.label());
    FunctionRule { name: name.trim_end_matches('.').to_owned(), words: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_policy_says() {
        let rules = Rules::default();
        let targets = targets(&rules);
        assert_eq!(targets[0].cells, ["5 min", "15 min", "60 min", "4 h", "24 h"]);
        assert_eq!(targets[1].cells[2], "none");
        assert_eq!(targets[2].cells[0], "15 min from U4 up, else 30 min");
        assert_eq!(targets[5].cells[1], "owner, shift lead; again: supervisor");
        let questions = questions(&rules);
        assert_eq!(questions.len(), 7);
        assert!(questions.iter().all(|question| question.answers.len() > 2));
        let ladders: Vec<Ladder> = rules.approaches().into_iter().map(ladder).collect();
        assert_eq!(ladders[0].steps.last().unwrap().from, "while it is open");
        assert_eq!(ladders[0].steps[0].from, "90 days before");
    }
}
