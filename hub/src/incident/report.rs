//! What somebody files: half a form is still an incident, and everything that is wrong is told at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, Category, Symptom, near};
use super::lifecycle::{Source, Tlp};
use crate::error::Problems;
use crate::escalation::{Answers, Axis, Function, Functions};
use crate::text::{Line, Prose, cut, grouped, shown};

/// Most characters of a title.
pub const TITLE: usize = 80;
/// Most characters of the other lines of a report: place, since, who was told.
pub const SHORT: usize = 200;
/// Most sites that an authority can have.
const MOST_SITES: i64 = 1_000_000;

/// The body of `POST /api/v1/incidents`, as it came. One of `summary`, `symptom`, `category` is required.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// Code of what is seen.
    pub symptom: Option<String>,
    /// Code of the kind of incident; else the one that the symptom proposes.
    pub category: Option<String>,
    /// What is seen, in own words; at most 2,000 characters.
    pub summary: Option<String>,
    /// Plain answers: axis to code.
    pub answers: Option<BTreeMap<String, String>>,
    /// The one-press button.
    pub voting_stopped: Option<bool>,
    /// What is affected, `all` for everything; else what the category usually touches.
    pub functions: Option<Vec<String>>,
    /// How many sites, of how many.
    pub sites: Option<ReportedSites>,
    /// Where.
    pub place: Option<String>,
    /// Since when, in own words.
    pub since: Option<String>,
    /// Whether it goes on.
    pub still_happening: Option<bool>,
    /// Where a responder can ring.
    pub callback: Option<ReportedCallback>,
    /// What was done so far.
    pub done_so_far: Option<String>,
    /// Who knows already.
    pub already_told: Option<String>,
    /// Who may know; else `AMBER+STRICT`.
    pub tlp: Option<String>,
    /// The id of the election that it is about.
    pub election: Option<String>,
    /// Whether it is a drill.
    pub exercise: Option<bool>,
    /// The slug of the authority, where a responder files for it.
    pub authority: Option<String>,
    /// By which door it came, where a responder files.
    pub source: Option<String>,
    /// How the responder made sure who is speaking.
    pub verified_how: Option<String>,
}

/// How many sites, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportedSites {
    /// How many are affected.
    pub affected: Option<i64>,
    /// Of how many.
    pub total: Option<i64>,
}

/// Where a responder can ring, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportedCallback {
    /// The number.
    pub number: Option<String>,
    /// Whether it works without the system that is affected.
    pub outside_affected_system: Option<bool>,
}

/// How many sites are affected, of how many if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sites {
    /// How many are affected; at most `total`.
    pub affected: u32,
    /// How many there are.
    pub total: Option<u32>,
}

impl Sites {
    /// `3 of 57 sites`, `1 site`.
    pub fn words(self) -> String {
        let affected = grouped(self.affected as usize);
        match self.total {
            Some(total) => {
                format!("{affected} of {} {}", grouped(total as usize), if total == 1 { "site" } else { "sites" })
            }
            None => format!("{affected} {}", if self.affected == 1 { "site" } else { "sites" }),
        }
    }
}

/// Where a responder can ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// The number, as it was written.
    pub number: Line,
    /// Whether it works without the system that is affected; nothing where nobody said.
    pub outside_affected_system: Option<bool>,
}

/// A report that can be filed. Whether the authority and the election exist, and whether this person may file for
/// them, is for whoever files to see.
#[derive(Debug, Clone)]
pub struct Checked {
    /// A short name for lists, at most 80 characters.
    pub title: Line,
    /// What is seen, in own words.
    pub summary: Option<Prose>,
    /// The kind of incident: given, or proposed by the symptom, or not yet classified.
    pub category: &'static Category,
    /// What is seen, as chosen.
    pub symptom: Option<&'static Symptom>,
    /// What is affected.
    pub functions: Functions,
    /// Plain answers, `unknown` among them.
    pub answers: Answers,
    /// The one-press button.
    pub voting_stopped: bool,
    /// How many sites, of how many.
    pub sites: Option<Sites>,
    /// Where.
    pub place: Option<Line>,
    /// Since when, in own words.
    pub since: Option<Line>,
    /// Whether it goes on.
    pub still_happening: Option<bool>,
    /// Where a responder can ring.
    pub callback: Option<Callback>,
    /// What was done so far.
    pub done_so_far: Option<Prose>,
    /// Who knows already.
    pub already_told: Option<Prose>,
    /// Who may know.
    pub tlp: Tlp,
    /// The id of the election that it is about, as it came.
    pub election: Option<Line>,
    /// Whether it is a drill: said, or by its symptom.
    pub exercise: bool,
    /// The slug of the authority, as it came.
    pub authority: Option<Line>,
    /// By which door it came, where that was said.
    pub source: Option<Source>,
    /// How the responder made sure who is speaking.
    pub verified_how: Option<Line>,
}

impl Report {
    /// Takes what can be filed, or tells everything that is wrong.
    ///
    /// Answers are taken as they are. That "nobody is in danger" does not make an incident smaller than its category
    /// starts at is the work of the escalation policy, whose floor holds until a responder confirms the severity.
    pub fn check(&self, catalogue: &'static Catalogue, longest: usize) -> Result<Checked, Problems> {
        let mut problems = Problems::default();
        let at = &mut problems;

        let symptom = filled(&self.symptom).and_then(|code| check_symptom(catalogue, code, at));
        let category = filled(&self.category).and_then(|code| check_category(catalogue, code, at));
        let summary = check_summary(self.summary.as_deref(), longest, at);
        if [&self.symptom, &self.category, &self.summary].iter().all(|field| filled(field).is_none()) {
            at.add("summary", "Say in one sentence what you see, or choose a symptom.");
        }
        let category =
            category.or_else(|| catalogue.category(&symptom?.category)).unwrap_or_else(|| catalogue.unclassified());
        let functions = self.functions.as_ref().and_then(|codes| check_functions(codes, at));

        let callback = self.callback.as_ref().and_then(|callback| check_callback(callback, at));
        let checked = Checked {
            title: title(summary.as_ref(), symptom, category),
            summary,
            symptom,
            functions: functions.unwrap_or(category.functions),
            answers: self.answers.as_ref().map(|answers| check_answers(catalogue, answers, at)).unwrap_or_default(),
            voting_stopped: self.voting_stopped.unwrap_or_default(),
            sites: self.sites.as_ref().and_then(|sites| check_sites(sites, at)),
            place: line("place", &self.place, SHORT, at),
            since: line("since", &self.since, SHORT, at),
            still_happening: self.still_happening,
            callback,
            done_so_far: prose("done_so_far", &self.done_so_far, longest, at),
            already_told: prose("already_told", &self.already_told, longest, at),
            tlp: filled(&self.tlp)
                .and_then(|code| check_code("tlp", code, Tlp::ALL, Tlp::code, at))
                .unwrap_or_default(),
            election: line("election", &self.election, SHORT, at),
            exercise: self.exercise.unwrap_or_default() || symptom.is_some_and(Symptom::exercise),
            authority: line("authority", &self.authority, SHORT, at),
            source: filled(&self.source).and_then(|code| check_code("source", code, Source::ALL, Source::code, at)),
            verified_how: line("verified_how", &self.verified_how, SHORT, at),
            category,
        };
        if problems.is_empty() { Ok(checked) } else { Err(problems) }
    }
}

/// The symptom of this code, or a problem that names the near ones.
pub fn check_symptom(catalogue: &'static Catalogue, code: &str, problems: &mut Problems) -> Option<&'static Symptom> {
    let found = catalogue.symptom(code.trim());
    if found.is_none() {
        let known: Vec<&str> = catalogue.symptoms().iter().map(|symptom| symptom.code.as_str()).collect();
        problems.add("symptom", unknown(code, "symptom", &known));
    }
    found
}

/// The category of this code, or a problem that names the near ones.
pub fn check_category(catalogue: &'static Catalogue, code: &str, problems: &mut Problems) -> Option<&'static Category> {
    let found = catalogue.category(code.trim());
    if found.is_none() {
        let known: Vec<&str> = catalogue.categories().iter().map(|category| category.code.as_str()).collect();
        problems.add("category", unknown(code, "category", &known));
    }
    found
}

/// A summary that fits, or a problem.
pub fn check_summary(typed: Option<&str>, longest: usize, problems: &mut Problems) -> Option<Prose> {
    kept("summary", Prose::optional(typed, longest), problems)
}

/// Answers whose questions and codes there are; problems with the others, named `answers.people`.
pub fn check_answers(catalogue: &Catalogue, answers: &BTreeMap<String, String>, problems: &mut Problems) -> Answers {
    let mut checked = Answers::default();
    for (axis, code) in answers {
        let field = format!("answers.{}", shown(axis));
        let Ok(known) = axis.parse::<Axis>() else {
            problems
                .add(field, unknown(axis, "question", &Axis::ALL.iter().map(|axis| axis.code()).collect::<Vec<_>>()));
            continue;
        };
        // A form sends an empty value for a question that nobody touched.
        if code.trim().is_empty() {
            continue;
        }
        if catalogue.answer(known, code).is_some() {
            checked.0.insert(known, code.clone());
        } else {
            let codes: Vec<&str> = catalogue
                .question(known)
                .map(|question| question.answers.iter().map(|answer| answer.code.as_str()).collect())
                .unwrap_or_default();
            problems.add(field, unknown(code, "answer to this question", &codes));
        }
    }
    checked
}

/// Functions, `all` for all nine; problems with those that there are not, named `functions.0`.
pub fn check_functions(codes: &[String], problems: &mut Problems) -> Option<Functions> {
    let known: Vec<&str> = Function::ALL.iter().map(|function| function.code()).chain([Functions::EVERY]).collect();
    let mut named = Vec::with_capacity(codes.len());
    for (at, code) in codes.iter().enumerate() {
        if known.contains(&code.trim()) {
            named.push(code.trim());
        } else {
            problems.add(format!("functions.{at}"), unknown(code, "function", &known));
        }
    }
    if codes.is_empty() {
        problems.add("functions", "Name at least one function, or leave the field out.");
    }
    Functions::parse(&named).ok()
}

/// Sites that can be: none below zero, no more affected than there are.
pub fn check_sites(sites: &ReportedSites, problems: &mut Problems) -> Option<Sites> {
    let mut count = |field: &str, number: i64| {
        let fits = u32::try_from(number).ok().filter(|_| number <= MOST_SITES);
        if fits.is_none() {
            problems.add(field, "Give a number of sites from 0 to 1,000,000.");
        }
        fits
    };
    let affected = sites.affected.map(|number| count("sites.affected", number));
    let total = sites.total.map(|number| count("sites.total", number));
    match (affected, total) {
        (None, None) => None,
        (None, Some(_)) => {
            problems.add("sites.affected", "Say how many of the sites are affected, 0 if none.");
            None
        }
        (Some(affected), total) => {
            let (affected, total) = (affected?, total.flatten());
            if total.is_some_and(|total| affected > total) {
                problems.add("sites.affected", "No more sites can be affected than there are: correct one of the two.");
                return None;
            }
            Some(Sites { affected, total })
        }
    }
}

/// The label of this code, or a problem.
pub fn check_code<T: Copy>(
    field: &str,
    code: &str,
    all: &[T],
    name: fn(T) -> &'static str,
    problems: &mut Problems,
) -> Option<T> {
    let found = all.iter().copied().find(|known| name(*known) == code.trim());
    if found.is_none() {
        let known: Vec<&str> = all.iter().map(|known| name(*known)).collect();
        problems.add(field, format!("`{}` is not known here; use one of {}.", shown(code), known.join(", ")));
    }
    found
}

fn check_callback(callback: &ReportedCallback, problems: &mut Problems) -> Option<Callback> {
    let number = filled(&callback.number)?;
    let number = kept("callback.number", Line::new(number, 40), problems)?;
    if number.as_str().chars().filter(char::is_ascii_digit).count() < 3 {
        problems.add("callback.number", "Give a number that we can ring, as +1 999 555 0163.");
        return None;
    }
    Some(Callback { number, outside_affected_system: callback.outside_affected_system })
}

/// A short name for lists: the first sentence or line of the summary, else the symptom, else the category; at most 80
/// characters, cut between words.
pub fn title(summary: Option<&Prose>, symptom: Option<&Symptom>, category: &Category) -> Line {
    let told = summary.and_then(|summary| {
        let first = summary.as_str().lines().map(str::trim).find(|line| !line.is_empty())?;
        // The first sentence, where it fits and says something: "Help. The site is down" needs both.
        let end = [". ", "! ", "? "].iter().filter_map(|stop| first.find(stop)).min();
        let sentence = end.map_or(first, |end| &first[..=end]);
        let telling = (20..=TITLE).contains(&sentence.chars().count());
        Some(if telling { sentence.trim_end_matches('.') } else { first.trim_end_matches('.') })
    });
    let text = told
        .filter(|told| !told.is_empty())
        .or_else(|| symptom.map(|symptom| symptom.text.as_str()))
        .unwrap_or(&category.plain_name);
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Line::stored(cut(&spaced, TITLE))
}

fn unknown(code: &str, what: &str, known: &[&str]) -> String {
    let code = shown(code);
    match near(&code, known.iter().copied())[..] {
        [] => format!("`{code}` is no {what}; use one of {}.", known.join(", ")),
        [nearest] => format!("`{code}` is no {what}; did you mean {nearest}?"),
        ref nearest => format!("`{code}` is no {what}; did you mean {}?", nearest.join(" or ")),
    }
}

/// What was given, if anything was.
fn filled(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.trim().is_empty())
}

fn line(field: &str, typed: &Option<String>, most: usize, problems: &mut Problems) -> Option<Line> {
    kept(field, Line::optional(typed.as_deref(), most), problems)
}

fn prose(field: &str, typed: &Option<String>, most: usize, problems: &mut Problems) -> Option<Prose> {
    kept(field, Prose::optional(typed.as_deref(), most), problems)
}

fn kept<T>(field: &str, checked: Result<impl Into<Option<T>>, String>, problems: &mut Problems) -> Option<T> {
    match checked {
        Ok(fits) => fits.into(),
        Err(message) => {
            problems.add(field, message);
            None
        }
    }
}

#[cfg(test)]
mod tests;
