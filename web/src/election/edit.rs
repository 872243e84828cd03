//! The forms of elections: adding one, changing one, letting polls close later. A form that cannot be saved comes back
//! as it was typed, with what is wrong beside each field.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::election::change::Change;
use hub::election::{
    ElectionBody, ElectionView, Extend as ExtendBody, MilestoneBody, MilestoneKind, WindowBody, WindowKind, create,
    drafted, extend, get, may, update,
};
use hub::identity::{Reach, Right};
use hub::{Error, Problems};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::check::{Asked as Looked, check, looked_at, overtaken, problems, unsaid};
use super::forms::{Edit, Extend, MOST, MilestoneRow, WindowRow, filled};
use super::page::{Calendar, ONE};
use crate::answer::see_other;
use crate::app::App;
use crate::authority::all_authorities;
use crate::error::{Failure, heading};
use crate::extract::{Asked, Caller, Filled, Params, Sent};
use crate::face::{Choice, Problem};
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::{Typed, civil};
use crate::when::Times;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const WHO: Access = Access::Reach(Right::EditElections.roles());
    const NEW: &str = r#"{"name": "Alder County runoff", "zone": "America/New_York", "authority": "alder"}"#;
    const CHANGED: &str = r#"{"name": "Alder County general", "zone": "America/New_York"}"#;
    const LATER: &str = r#"{"window": "0", "closes": "2030-11-05T21:00"}"#;
    table
        .get("/elections/new", Access::Roles(Right::EditElections.roles()), Sample::NONE, new)
        .post("/elections/new", Access::Roles(Right::EditElections.roles()), Sample::NONE.with(NEW), add)
        .get("/elections/{id}/edit", WHO, ONE, edit)
        .post("/elections/{id}/edit", WHO, ONE.with(CHANGED), save)
        .get("/elections/{id}/extend", WHO, ONE, later)
        .post("/elections/{id}/extend", WHO, ONE.with(LATER), move_close)
}

/// Where a change leads: to what it moved.
fn done(id: &str, caller: &Caller) -> Response {
    see_other(&format!("/elections/{id}/moved?at={}", caller.now))
}

async fn new(app: App, theme: Theme, caller: Caller) -> Result<Response, Failure> {
    let authorities = choices(&app, &caller).await?;
    // A new election lies in the zone of its authority, where there is only one to hold it.
    let own = all_authorities(app.hub(), &caller.viewer).await?;
    let zone = match (caller.viewer.reach(), own.as_slice()) {
        (Reach::One(_), [only]) => only.zone.as_str(),
        _ => "",
    };
    let typed = Typed::new([("zone", zone)], Vec::new());
    Ok(Page::ok(page(&app, theme, &caller, None, typed, authorities).await).into_response())
}

async fn add(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let rows = Rows::read(&form);
    let text = |name: &str| Some(form.text(name).to_owned()).filter(|text| !text.is_empty());
    let (authority, runoff_of) = (text("authority"), text("runoff_of"));
    let body = ElectionBody { authority, runoff_of, name: text("name"), zone: text("zone"), ..rows.body() };
    let back = !form.text("back").is_empty();
    let told = match back {
        true => Problems::default(),
        false if form.text("checked").is_empty() => {
            let looked = async {
                let draft = drafted(app.hub(), &caller.actor(), &body).await?;
                let asked = Looked {
                    election: &draft,
                    change: None,
                    title: format!("Add {}?", draft.name),
                    words: "It counts from the moment it is added.".to_owned(),
                    action: "/elections/new".to_owned(),
                    button: "Add the election".to_owned(),
                    back: true,
                };
                check(&app, theme, &caller, asked, Some(&form), Problems::default()).await
            };
            match looked.await {
                Ok(page) => return Ok(page),
                Err(error) => problems(error)?,
            }
        }
        false => match create(app.hub(), &caller.actor(), &body).await {
            Ok(answer) => return Ok(done(answer.body["election"]["id"].as_str().unwrap_or_default(), &caller)),
            Err(error) => problems(error)?,
        },
    };
    let typed = rows.typed(&form, told);
    let authorities = choices(&app, &caller).await?;
    let page = page(&app, theme, &caller, None, typed, authorities).await;
    let status = if back { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::with(status, page).into_response())
}

/// Why, and on whose order, as a form says it.
pub(super) fn why(form: &Filled) -> [Option<String>; 3] {
    ["reason", "order", "order_text"]
        .map(|name| Some(form.text(name).to_owned()).filter(|text| !text.trim().is_empty()))
}

/// Where a change leads: to what it moved, or where it waits for a second person.
pub(super) fn made(answer: &hub::Answer, id: &str, caller: &Caller) -> Response {
    match answer.body.pointer("/proposal/id").and_then(serde_json::Value::as_str) {
        Some(proposal) if answer.status == 202 => see_other(&format!("/elections/{id}/proposals/{proposal}")),
        _ => done(id, caller),
    }
}

/// The authorities whose elections the caller may make.
async fn choices(app: &App, caller: &Caller) -> Result<Vec<Choice>, Failure> {
    let all = all_authorities(app.hub(), &caller.viewer).await?;
    let mut choices: Vec<Choice> = all.into_iter().map(|one| Choice::new(one.slug, one.name)).collect();
    if choices.len() > 1 {
        choices.insert(0, Choice::new("", "Choose"));
    }
    Ok(choices)
}

/// The election, for whoever may change it.
pub(super) async fn reached(app: &App, caller: &Caller, params: &Params) -> Result<ElectionView, Failure> {
    let id = params.text("id");
    may(app.hub(), &caller.viewer, id).await?;
    Ok(get(app.hub(), &caller.viewer, id, caller.now).await?)
}

async fn edit(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    // What is over stands last: nobody comes to change it.
    let calendar = Calendar { election: &election, now: caller.now };
    let mut stored: Vec<_> = election.windows.iter().collect();
    stored.sort_by_key(|window| (calendar.is_over(window), window.opens));
    let windows = stored.into_iter().map(|window| WindowRow {
        id: window.id.clone(),
        kind: window.kind.code().to_owned(),
        opens: typed_time(window.opens),
        closes: typed_time(window.closes),
        zone: window.zone.clone().unwrap_or_default(),
    });
    let milestones = election.milestones.iter().map(|milestone| MilestoneRow {
        id: milestone.id.clone(),
        kind: milestone.kind.code().to_owned(),
        at: typed_time(milestone.at),
        zone: milestone.zone.clone().unwrap_or_default(),
    });
    let (windows, milestones): (Vec<_>, Vec<_>) = (windows.collect(), milestones.collect());
    let typed = filled(election.version, &election.name, &election.zone, &windows, &milestones);
    Ok(Page::ok(page(&app, theme, &caller, Some(&election), typed, Vec::new()).await).into_response())
}

/// A civil time as people read and type it: year-month-day, 24 hours.
fn typed_time(at: DateTime) -> String {
    at.strftime(if at.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

async fn save(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let form = sent.form().await?;
    let rows = Rows::read(&form);
    let text = |name: &str| Some(form.text(name).to_owned());
    let [reason, order, order_text] = why(&form);
    let body = ElectionBody { name: text("name"), zone: text("zone"), reason, order, order_text, ..rows.body() };
    let version: Option<i64> = form.text("version").parse().ok();
    let back = !form.text("back").is_empty();
    let checked = !form.text("checked").is_empty();
    let change = Change::Changed(ElectionBody { reason: None, order: None, order_text: None, ..body.clone() });
    let asked = || Looked {
        election: &election,
        change: Some(&change),
        title: format!("Change {}?", election.name),
        words: "This is what would become of it.".to_owned(),
        action: format!("/elections/{}/edit", election.id),
        button: "Save the calendar".to_owned(),
        back: true,
    };
    let failed = if back {
        None
    } else if version.is_some_and(|version| version != election.version) {
        Some(Error::Stale(Box::default()))
    } else if !checked || form.text("reason").trim().is_empty() {
        let missing = if checked { unsaid(&form) } else { Problems::default() };
        match check(&app, theme, &caller, asked(), Some(&form), missing).await {
            Ok(page) => return Ok(page),
            Err(error) => Some(error),
        }
    } else {
        match update(app.hub(), &caller.actor(), &election.id, version, &body).await {
            Ok(answer) => return Ok(made(&answer, &election.id, &caller)),
            Err(Error::Invalid(told))
                if told.0.iter().all(|one| one.field.starts_with("order") || one.field == "reason") =>
            {
                return Ok(check(&app, theme, &caller, asked(), Some(&form), told).await?);
            }
            Err(error) => Some(error),
        }
    };
    let (typed, status) = match failed {
        None => (rows.typed(&form, Problems::default()), StatusCode::OK),
        // Theirs stands as it was typed; saving it once more is then meant.
        Some(Error::Stale(_)) => (rows.typed(&form, stale()).with("version", election.version), StatusCode::CONFLICT),
        Some(error) => (rows.typed(&form, problems(error)?), StatusCode::UNPROCESSABLE_ENTITY),
    };
    Ok(Page::with(status, page(&app, theme, &caller, Some(&election), typed, Vec::new()).await).into_response())
}

fn stale() -> Problems {
    let mut problems = Problems::default();
    problems.add(
        "",
        "Somebody else has changed this calendar in the meantime. Yours stands below, not saved. Look at the calendar \
         as it is now; save again to put yours in its place.",
    );
    problems
}

async fn page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    election: Option<&ElectionView>,
    typed: Typed,
    authorities: Vec<Choice>,
) -> Edit {
    let title = election.map_or_else(|| "Add an election".to_owned(), |election| format!("Edit {}", election.name));
    let kind = |code: &str, label: &str| Choice::new(code, heading(label));
    Edit {
        shell: app.shell(Some(&caller.viewer), theme, title, Place::Elections).await,
        id: election.map(|election| election.id.clone()),
        typed,
        authorities,
        firsts: if election.is_none() { firsts(app, caller).await } else { Vec::new() },
        window_kinds: WindowKind::ALL.iter().map(|one| kind(one.code(), one.label())).collect(),
        milestone_kinds: MilestoneKind::ALL.iter().map(|one| kind(one.code(), one.label())).collect(),
    }
}

/// The elections that a new one can be the run-off of: those of the authorities whose elections the caller makes.
async fn firsts(app: &App, caller: &Caller) -> Vec<Choice> {
    // Without the list the form still makes an election.
    let own = all_authorities(app.hub(), &caller.viewer).await.unwrap_or_default();
    let all = app.hub().elections().await.unwrap_or_default();
    let theirs = all.into_iter().filter(|election| own.iter().any(|one| one.slug == election.authority));
    let known = theirs.map(|election| Choice::new(election.id.clone(), election.name.clone()));
    std::iter::once(Choice::new("", "None")).chain(known).collect()
}

/// The rows of a form that mean something: neither blank nor removed, each with its place in the form.
struct Rows {
    windows: Vec<(usize, WindowBody)>,
    milestones: Vec<(usize, MilestoneBody)>,
}

impl Rows {
    fn read(form: &Filled) -> Self {
        let part = |list: &str, row: usize, part: &str| form.text(&format!("{list}.{row}.{part}")).trim().to_owned();
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let meant = |list: &str, row: usize, parts: &[&str]| {
            part(list, row, "remove") != "true" && parts.iter().any(|name| !part(list, row, name).is_empty())
        };
        let windows = (0..MOST).filter(|row| meant("windows", *row, &["id", "kind", "opens", "closes", "zone"]));
        let milestones = (0..MOST).filter(|row| meant("milestones", *row, &["id", "kind", "at", "zone"]));
        let window = |row| WindowBody {
            id: some(part("windows", row, "id")),
            kind: part("windows", row, "kind"),
            opens: civil(&part("windows", row, "opens")),
            closes: civil(&part("windows", row, "closes")),
            zone: some(part("windows", row, "zone")),
        };
        let milestone = |row| MilestoneBody {
            id: some(part("milestones", row, "id")),
            kind: part("milestones", row, "kind"),
            at: civil(&part("milestones", row, "at")),
            zone: some(part("milestones", row, "zone")),
        };
        Self {
            windows: windows.map(|row| (row, window(row))).collect(),
            milestones: milestones.map(|row| (row, milestone(row))).collect(),
        }
    }

    fn body(&self) -> ElectionBody {
        ElectionBody {
            windows: Some(self.windows.iter().map(|(_, window)| window.clone()).collect()),
            milestones: Some(self.milestones.iter().map(|(_, milestone)| milestone.clone()).collect()),
            ..ElectionBody::default()
        }
    }

    /// The form as it was typed, each problem at the row that it is about: the hub counts only rows that mean something.
    fn typed(&self, form: &Filled, problems: Problems) -> Typed {
        let place = |field: &str| {
            let (list, rest) = field.split_once('[')?;
            let (index, part) = rest.split_once("].")?;
            let index: usize = index.parse().ok()?;
            let row = match list {
                "windows" => self.windows.get(index)?.0,
                _ => self.milestones.get(index)?.0,
            };
            Some(format!("{list}.{row}.{part}"))
        };
        let told = problems.0.into_iter().map(|problem| {
            let words = words_of(&problem.message).to_owned();
            Problem { field: place(&problem.field).unwrap_or(problem.field), words }
        });
        Typed::new(form.pairs().iter().cloned(), told.collect())
    }
}

/// What the API asks for, as a form asks for it.
fn words_of(message: &str) -> &str {
    match message {
        known if known.starts_with("Give a local date and time") => "Give a day and a time.",
        known if known.contains("is no window kind") || known.contains("is no milestone kind") => "Choose a kind.",
        other => other,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    window: Option<String>,
}

async fn later(app: App, theme: Theme, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let Which { window } = asked.read(&[])?;
    let next = Calendar { election: &election, now: caller.now }.extendable();
    // Who names none comes for the one that closes next.
    let wanted = window.or_else(|| next.into_iter().next().map(|(id, _)| id));
    let found = election.windows.iter().find(|one| wanted.as_deref() == Some(one.id.as_str()));
    let typed = match found {
        Some(window) => [("window", window.id.clone()), ("closes", typed_time(window.closes))],
        None => [("window", String::new()), ("closes", String::new())],
    };
    Ok(Page::ok(extend_page(&app, theme, &caller, &election, Typed::new(typed, Vec::new())).await).into_response())
}

async fn move_close(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let form = sent.form().await?;
    let [reason, order, order_text] = why(&form);
    let (window, closes) = (form.text("window").to_owned(), civil(form.text("closes")));
    let body = ExtendBody { window, closes, reason, order, order_text };
    let back = !form.text("back").is_empty();
    let version = looked_at(&form);
    let checked = version.is_some();
    let change = Change::Extended(ExtendBody { reason: None, order: None, order_text: None, ..body.clone() });
    let (title, words) = Calendar { election: &election, now: caller.now }.extending(&body);
    let asked = || Looked {
        election: &election,
        change: Some(&change),
        title: title.clone(),
        words: words.clone(),
        action: format!("/elections/{}/extend", election.id),
        button: "Extend the close".to_owned(),
        back: true,
    };
    let failed = if back {
        None
    } else if !checked || form.text("reason").trim().is_empty() {
        let missing = if checked { unsaid(&form) } else { Problems::default() };
        match check(&app, theme, &caller, asked(), Some(&form), missing).await {
            Ok(page) => return Ok(page),
            Err(error) => Some(error),
        }
    } else {
        match extend(app.hub(), &caller.actor(), &election.id, version, &body).await {
            Ok(answer) => return Ok(made(&answer, &election.id, &caller)),
            Err(Error::Invalid(told))
                if told.0.iter().all(|one| one.field.starts_with("order") || one.field == "reason") =>
            {
                return Ok(check(&app, theme, &caller, asked(), Some(&form), told).await?);
            }
            Err(Error::Stale(_)) => {
                let election = reached(&app, &caller, &params).await?;
                let asked = Looked { election: &election, ..asked() };
                return Ok(check(&app, theme, &caller, asked, Some(&form), overtaken()).await?);
            }
            Err(error) => Some(error),
        }
    };
    let told = failed.map(problems).transpose()?.unwrap_or_default().0.into_iter().map(|problem| {
        let words = match problem.field.as_str() {
            "window" => "Choose the window whose close moves.".to_owned(),
            _ => words_of(&problem.message).to_owned(),
        };
        Problem { field: problem.field, words }
    });
    let typed = Typed::new(form.pairs().iter().cloned(), told.collect());
    let page = extend_page(&app, theme, &caller, &election, typed).await;
    let status = if back { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::with(status, page).into_response())
}

async fn extend_page(app: &App, theme: Theme, caller: &Caller, election: &ElectionView, typed: Typed) -> Extend {
    let calendar = Calendar { election, now: caller.now };
    let times = Times::local(calendar.zone(None));
    let windows = calendar.extendable().into_iter().map(|(id, words)| Choice::new(id, words));
    let chosen = election.windows.iter().find(|window| window.id == typed.value("window"));
    let title = chosen.map_or_else(
        || "Extend a close".to_owned(),
        |window| format!("Extend {}, {}", window.kind.label(), calendar.date(window.opens)),
    );
    Extend {
        shell: app.shell(Some(&caller.viewer), theme, title, Place::Elections).await,
        id: election.id.clone(),
        election: election.name.clone(),
        there: times.civil(caller.now.timestamp()),
        keep: chosen.map_or_else(
            || "Keep it as it is".to_owned(),
            |window| format!("Keep {}", window.closes.strftime("%H:%M")),
        ),
        windows: windows.collect(),
        typed,
    }
}
