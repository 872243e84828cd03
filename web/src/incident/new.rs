//! `/incidents/new`: the form, and what becomes of it.

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use hub::identity::{Idempotency, Right, Role};
use hub::incident::{Report as Body, catalogue};
use hub::store::Page as Cut;
use hub::{Error, Problems};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::preview::{Whose, offset, outcome};
use super::report::{ByPhone, Question, Report, Symptoms};
use crate::answer::see_other;
use crate::app::App;
use crate::error::{Failure, heading};
use crate::extract::{Caller, Filled, Kind, Sent, Shape};
use crate::face::{Choice, Problem};
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::Typed;

/// Who writes.
pub(crate) const WRITERS: &[Role] =
    &[Role::Official, Role::OfficialLead, Role::Responder, Role::ShiftLead, Role::Supervisor];

/// What of the form is no text.
const SHAPE: &Shape = &[
    ("voting_stopped", Kind::Bool),
    ("still_happening", Kind::Bool),
    ("exercise", Kind::Bool),
    ("callback.outside_affected_system", Kind::Bool),
    ("sites.affected", Kind::Number),
    ("sites.total", Kind::Number),
    ("functions", Kind::List),
];

/// The one more question under a symptom, where its category leaves the most important thing open.
const FOLLOW: [(&str, &str); 12] = [
    ("CANNOT_CHECK_IN", "ability_to_vote"),
    ("CHECK_IN_WRONG", "ability_to_vote"),
    ("MACHINE_ODD", "ability_to_vote"),
    ("WEBSITE_DOWN", "public_service"),
    ("SITE_CHANGED", "integrity_of_record"),
    ("COUNTING_ODD", "integrity_of_record"),
    ("VOTER_LIST_WRONG", "integrity_of_record"),
    ("CLICKED_SOMETHING", "control_of_systems"),
    ("SIGNED_IN_AS_US", "control_of_systems"),
    ("PRETENDS_TO_BE_US", "public_confidence"),
    ("FAKE_MEDIA", "public_confidence"),
    ("FALSE_VOTING_RULES", "public_confidence"),
];

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const FILLED: Sample =
        Sample::NONE.with(r#"{"symptom": "WEBSITE_DOWN", "summary": "Our site has timed out since 02:30."}"#);
    table
        .get("/incidents/new", Access::Reach(WRITERS), Sample::NONE, blank)
        .post("/incidents/new", Access::Reach(WRITERS), FILLED, file)
        .get("/incidents/new/outcome", Access::Reach(WRITERS), Sample::NONE, preview)
}

/// Whoever runs the instance knows of no incident, not even how one is filed.
fn may_file(caller: &Caller) -> Result<(), Failure> {
    if caller.viewer.role() == Role::Admin {
        return Err(Failure::NOT_FOUND);
    }
    Ok(caller.viewer.may(Right::File)?)
}

async fn blank(app: App, theme: Theme, caller: Caller) -> Result<Response, Failure> {
    may_file(&caller)?;
    let form = Filled::default();
    page(&app, theme, &caller, &form, Problems::default(), StatusCode::OK).await
}

async fn preview(app: App, caller: Caller, asked: Uri) -> Result<Response, Failure> {
    may_file(&caller)?;
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(asked.query().unwrap_or_default()).unwrap_or_default();
    let form = Filled::from(pairs);
    let (whose, _) = whose(&app, &caller, &form).await?;
    let outcome = outcome(&app, whose.as_ref(), &lenient(&form), caller.responds(), caller.now).await?;
    let html = outcome.render().map_err(Error::broken)?;
    Ok(Html(html).into_response())
}

async fn file(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    may_file(&caller)?;
    let form = sent.form().await?;
    let filed = match body(&form, &caller) {
        Ok(body) => {
            let mut actor = caller.actor();
            actor.idempotency = once(&form);
            hub::incident::file(app.hub(), &actor, &body).await
        }
        Err(failure) => Err(Error::Invalid(failure.problems()?)),
    };
    let (problems, status) = match filed {
        Ok(answer) => return Ok(to_the_receipt(&answer)),
        Err(Error::Replay(answer)) => return Ok(to_the_receipt(&answer)),
        Err(Error::Invalid(problems)) => (problems, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Error::Busy) => {
            let words = "The hub is busy and nothing was stored. All you wrote is kept here: send it again.";
            let mut problems = Problems::default();
            problems.add("", words);
            (problems, StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(error) => return Err(error.into()),
    };
    page(&app, theme, &caller, &form, problems, status).await
}

fn to_the_receipt(answer: &hub::Answer) -> Response {
    see_other(&format!("/incidents/{}/receipt", answer.body["ref"].as_str().unwrap_or_default()))
}

/// The form as the API's body: without its own id, and without what nobody answered. "Not sure" is no truth value; as
/// the answer to a question it is kept, so that a person asks again.
fn body(form: &Filled, caller: &Caller) -> Result<Body, Failure> {
    let given = form.only(|name, value| {
        let unsure = value == "unknown" && !name.starts_with("answers.");
        let not_theirs = name == "authority" && !caller.responds();
        name != "id" && !unsure && !not_theirs && !value.trim().is_empty()
    });
    let one_box = given.only(|name, value| name != "callback.outside_affected_system" || value == "true");
    one_box.read(SHAPE)
}

/// As much of a half-filled form as says how bad it is.
fn lenient(form: &Filled) -> Body {
    let filled = |name: &str| Some(form.text(name).to_owned()).filter(|text| !text.trim().is_empty());
    let answers = form.pairs().iter().filter_map(|(name, value)| {
        let axis = name.strip_prefix("answers.")?;
        (!value.is_empty()).then(|| (axis.to_owned(), value.clone()))
    });
    Body {
        symptom: filled("symptom"),
        summary: filled("summary"),
        answers: Some(answers.collect()),
        voting_stopped: Some(form.text("voting_stopped") == "true"),
        ..Body::default()
    }
}

/// The form's own id makes the same form one report, however often the button was pressed.
fn once(form: &Filled) -> Option<Idempotency> {
    let id = form.text("id").parse::<Uuid>().ok()?;
    let mut all = Sha256::new();
    for (name, value) in form.pairs() {
        all.update(format!("{name}={}\n{value}\n", value.len()));
    }
    Some(Idempotency { key: id.to_string(), request: hex::encode(all.finalize()) })
}

/// Whose report this is, and the choice that a responder has.
async fn whose(app: &App, caller: &Caller, form: &Filled) -> Result<(Option<Whose>, Option<ByPhone>), Failure> {
    let mut all = Vec::new();
    let mut page = Cut::first(200);
    loop {
        let found = hub::authority::list(app.hub(), &caller.viewer, &page).await?;
        all.extend(found.items);
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    let mut authorities = vec![Choice::new("", "Choose one")];
    authorities.extend(all.iter().map(|authority| Choice::new(&authority.slug, &authority.name)));
    let chosen = form.text("authority");
    let found = all.into_iter().find(|authority| !caller.responds() || authority.slug == chosen);
    let whose = found.map(|authority| Whose { id: authority.id, zone: authority.zone });
    Ok((whose, caller.responds().then_some(ByPhone { authorities })))
}

async fn page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    form: &Filled,
    problems: Problems,
    status: StatusCode,
) -> Result<Response, Failure> {
    let (whose, by_phone) = whose(app, caller, form).await?;
    let mut id = form.text("id").parse::<Uuid>().unwrap_or_else(|_| hub::id::fresh());
    let mut told = Vec::new();
    for problem in problems.0 {
        let (mut field, mut words) = (problem.field, problem.message);
        if field == "Idempotency-Key" {
            // Sent, gone back, changed and sent again: the first is filed, and this is something else.
            id = hub::id::fresh();
            field = String::new();
            words = "You have sent this form before, in other words, and it is filed: you find it under Home. Send this only if it is something new.".to_owned();
        } else if let Some(known) = field.strip_prefix("functions.") {
            field = format!("functions-{known}");
        }
        told.push(Problem { field, words });
    }
    let elections = match &whose {
        Some(whose) => app.hub().elections_of(whose.id).await?,
        None => Vec::new(),
    };
    let mut choices: Vec<Choice> = elections.iter().map(|election| Choice::new(&election.id, &election.name)).collect();
    if choices.len() > 1 {
        choices.insert(0, Choice::new("", "Not sure"));
    }
    let symptom = form.text("symptom");
    let follow = FOLLOW.iter().find(|(code, _)| *code == symptom).map(|(_, axis)| *axis);
    let mut questions: Vec<Question> = questions().into_iter().filter(|question| question.axis != "people").collect();
    let follow = follow.and_then(|axis| questions.iter().position(|question| question.axis == axis));
    let follow = follow.map(|at| questions.remove(at));
    let symptoms = catalogue().symptoms().iter().map(|symptom| (symptom.code.as_str(), symptom.text.as_str()));
    let report = Report {
        shell: app
            .shell(
                Some(&caller.viewer),
                theme,
                "Report an incident",
                if caller.responds() { Place::Queue } else { Place::Incidents },
            )
            .await,
        id: id.to_string(),
        typed: Typed::new(form.pairs().iter().cloned(), told),
        by_phone,
        symptoms: Symptoms::new(symptoms),
        follow,
        questions,
        elections: choices,
        offset: whose
            .as_ref()
            .map_or_else(|| "in the authority’s own time".to_owned(), |whose| offset(&whose.zone, caller.now)),
        outcome: outcome(app, whose.as_ref(), &lenient(form), caller.responds(), caller.now).await?,
    };
    Ok(Page::with(status, report).into_response())
}

/// The seven questions with their answers, as forms ask them.
pub(crate) fn questions() -> Vec<Question> {
    let question = |question: &hub::incident::Question| Question {
        axis: question.axis.code().to_owned(),
        words: question.text.clone(),
        answers: question.answers.iter().map(|answer| Choice::new(&answer.code, heading(&answer.text))).collect(),
    };
    catalogue().questions().iter().map(question).collect()
}
