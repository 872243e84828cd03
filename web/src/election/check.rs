//! The page before a change: what it would move, why it is made, and one button. Nothing is saved before it; what was
//! typed is carried along.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::Problems;
use hub::election::change::{Change, Order, at_once, rehearse, rules};
use hub::election::{ElectionView, Milestone, Window};

use super::page::{Calendar, moves_of};
use super::view::Move;
use crate::app::App;
use crate::error::{Failure, heading};
use crate::extract::{Caller, Filled};
use crate::face::{Choice, Problem};
use crate::page::{Page, Place, Shell};
use crate::theme::Theme;
use crate::typed::Typed;

/// What comes before every change of a calendar: posts to `action`.
///
/// Fields: `checked` (the version that was looked at), `reason`, `order`, `order_text`, those of the form before it,
/// and `back` to go back to that form.
#[derive(Debug, Template)]
#[template(path = "election/check.html")]
pub struct Check {
    /// The frame; its title asks: "Extend early voting, Wednesday 28 October?"
    pub shell: Shell,
    /// The election; none for one that is added.
    pub id: Option<String>,
    /// Its name.
    pub election: String,
    /// A sentence on it.
    pub words: String,
    /// What of the calendar becomes another thing, a line each.
    pub differences: Vec<String>,
    /// What would move among the incidents that the reader may read.
    pub moves: Vec<Move>,
    /// What was typed before: names and values.
    pub fields: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    /// The version that was looked at.
    pub version: i64,
    /// What the button does.
    pub button: String,
    /// The way back: where to, and its words.
    pub keep: (String, String),
    /// Whether the form before can be gone back to with what was typed.
    pub back: bool,
    /// Whether a reason is asked for.
    pub ask: bool,
    /// Whose order it can be.
    pub orders: Vec<Choice>,
    /// `reason`, `order`, `order_text`.
    pub typed: Typed,
    /// What a second person has to do with it; empty where nothing.
    pub second: String,
}

impl Check {
    pub(crate) fn rises(&self) -> String {
        super::view::rises(&self.moves)
    }
}

/// What of a check a handler knows.
pub(super) struct Asked<'a> {
    /// As it stands; of one that is added, as it will.
    pub election: &'a ElectionView,
    /// None for one that is added.
    pub change: Option<&'a Change>,
    pub title: String,
    pub words: String,
    pub action: String,
    pub button: String,
    pub back: bool,
}

/// The fields of this page itself.
const OWN: [&str; 5] = ["checked", "back", "reason", "order", "order_text"];

/// The check of a change, or what keeps it from being made.
pub(super) async fn check(
    app: &App,
    theme: Theme,
    caller: &Caller,
    asked: Asked<'_>,
    form: Option<&Filled>,
    problems: Problems,
) -> hub::Result<Response> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let Asked { election, change, title, words, action, button, back } = asked;
    let (after, moves) = rehearse(hub, viewer, election, change, now).await?;
    let guarded = change.is_some() && rules::is_guarded(&election.into(), now) && after_moves(election, &after);
    let at_once = match change {
        Some(change) => at_once(hub, viewer, election, change, now).await?,
        None => false,
    };
    let second = match (guarded, at_once) {
        (false, _) => "",
        (true, true) => {
            "The polls are open or close soon: it is done at once, and a second person is asked to agree afterwards."
        }
        (true, false) => {
            "So near to the election it takes two persons: this is proposed, and a second one confirms it. Until then \
             nothing changes."
        }
    };
    let status = match problems.0.first() {
        None => StatusCode::OK,
        // Only what is told by `overtaken` is of no field.
        Some(problem) if problem.field.is_empty() => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let told = problems.0.into_iter().map(|problem| Problem { field: problem.field, words: problem.message });
    let pairs = form.map(Filled::pairs).unwrap_or_default();
    let fields = pairs.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect();
    let page = Check {
        shell: app.shell(Some(viewer), theme, title, Place::Elections).await,
        id: change.map(|_| election.id.clone()),
        election: election.name.clone(),
        words,
        differences: change.map(|_| differences(election, &after, now)).unwrap_or_default(),
        moves: moves_of(moves, election, caller),
        fields,
        action,
        version: election.version,
        button: if guarded && !at_once { format!("Propose: {}", lowercase(&button)) } else { button },
        keep: match change {
            Some(_) => (format!("/elections/{}", election.id), "Keep it as it is".to_owned()),
            None => ("/elections".to_owned(), "Add nothing".to_owned()),
        },
        back,
        ask: change.is_some(),
        orders: orders(),
        typed: Typed::new(pairs.iter().cloned(), told.collect()),
        second: second.to_owned(),
    };
    Ok(Page::with(status, page).into_response())
}

fn after_moves(before: &ElectionView, after: &ElectionView) -> bool {
    before.standing != after.standing
        || (&before.windows, &before.milestones, &before.zone) != (&after.windows, &after.milestones, &after.zone)
}

/// The version that was looked at before the button was pressed: none where nothing was, or where it cannot be read.
pub(super) fn looked_at(form: &Filled) -> Option<i64> {
    form.text("checked").trim().parse().ok()
}

/// What is told where the calendar is not the one that was looked at.
pub(super) fn overtaken() -> Problems {
    let mut problems = Problems::default();
    problems.add(
        "",
        "This is not the calendar that you looked at: it was changed since, and nothing was done. Below is what would \
         move now; press the button again if you still mean it.",
    );
    problems
}

/// What is still missing before a change is made: a reason.
pub(super) fn unsaid(form: &Filled) -> Problems {
    let mut problems = Problems::default();
    if form.text("reason").trim().is_empty() {
        problems.add("reason", "Say why, in one sentence.");
    }
    problems
}

fn orders() -> Vec<Choice> {
    let known = Order::ALL.iter().map(|order| Choice::new(order.code(), order.label()));
    std::iter::once(Choice::new("", "Nobody's")).chain(known).collect()
}

fn lowercase(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// What of a calendar becomes another thing, a line each.
pub(super) fn differences(before: &ElectionView, after: &ElectionView, now: hub::time::Ts) -> Vec<String> {
    let (old, new) = (Calendar { election: before, now }, Calendar { election: after, now });
    let mut lines = Vec::new();
    let zone = |own: &Option<String>| own.as_ref().map(|zone| format!(" {zone}")).unwrap_or_default();
    let window = |calendar: &Calendar<'_>, window: &Window| {
        let closes = match window.opens.date() == window.closes.date() {
            true => window.closes.strftime("%H:%M").to_string(),
            false => format!("{}, {}", calendar.date(window.closes), window.closes.strftime("%H:%M")),
        };
        let opens = window.opens.strftime("%H:%M");
        let day = calendar.date(window.opens);
        format!("{}, {day}, {opens} to {closes}{}", heading(window.kind.label()), zone(&window.zone))
    };
    let milestone = |calendar: &Calendar<'_>, one: &Milestone| {
        let at = one.at.strftime("%H:%M");
        format!("{}, {}, {at}{}", heading(one.kind.label()), calendar.date(one.at), zone(&one.zone))
    };
    if before.name != after.name {
        lines.push(format!("Its name becomes {}", after.name));
    }
    if before.zone != after.zone {
        lines.push(format!("Its zone becomes {} in place of {}", after.zone, before.zone));
    }
    if before.standing != after.standing {
        lines.push(format!("It is {} in place of {}", after.standing.label(), before.standing.label()));
    }
    for was in &before.windows {
        match after.windows.iter().find(|one| one.id == was.id) {
            None => lines.push(format!("{} goes", window(&old, was))),
            Some(is) if is != was => lines.push(format!("{} becomes {}", window(&old, was), window(&new, is))),
            Some(_) => {}
        }
    }
    let fresh = after.windows.iter().filter(|one| before.windows.iter().all(|was| was.id != one.id));
    lines.extend(fresh.map(|one| format!("{} comes", window(&new, one))));
    for was in &before.milestones {
        match after.milestones.iter().find(|one| one.id == was.id) {
            None => lines.push(format!("{} goes", milestone(&old, was))),
            Some(is) if is != was => lines.push(format!("{} becomes {}", milestone(&old, was), milestone(&new, is))),
            Some(_) => {}
        }
    }
    let fresh = after.milestones.iter().filter(|one| before.milestones.iter().all(|was| was.id != one.id));
    lines.extend(fresh.map(|one| format!("{} comes", milestone(&new, one))));
    lines
}

/// What keeps a change from being made, as problems of a form; everything else is told as it is.
pub(super) fn problems(error: hub::Error) -> Result<Problems, Failure> {
    Failure::from(error).problems()
}
