//! The report: five questions, one of them enough, the rest behind one line.

use askama::Template;
use askama::filters::HtmlSafe;
use hub::escalation::Priority;

use crate::face::Choice;
use crate::page::{CallLine, Shell};
use crate::typed::Typed;

/// `/incidents/new`, empty or as it comes back with what is wrong.
///
/// It posts to itself. Fields: `id` (hidden), `answers.people`, `voting_stopped` (`true`, `false`, `unknown`), `symptom`,
/// `summary`, `callback.number`, `callback.outside_affected_system` (`true`); behind "Anything else": `place`, `since`,
/// `still_happening` (`true`, `false`, blank), `sites.affected`, `sites.total`, `done_so_far`, `already_told`, `election`,
/// `answers.…` for the other axes, `exercise` (`true`), `tlp`; for responders `authority` and `verified_how` as well.
/// `unknown` and blank count for nothing; a blank field is one that was not sent.
#[derive(Debug, Template)]
#[template(path = "incident/report.html")]
pub struct Report {
    /// The frame; its title is the heading.
    pub shell: Shell,
    /// The form's own id (UUID): pressing twice files once.
    pub id: String,
    /// What was typed before, and what is to be put right.
    pub typed: Typed,
    /// For responders, who file what they are told by telephone; officials file for their own office.
    pub by_phone: Option<ByPhone>,
    /// What one may see.
    pub symptoms: Symptoms,
    /// At most one more question about the chosen symptom.
    pub follow: Option<Question>,
    /// The other questions of severity; without `people`, which stands on top, and without the one of `follow`.
    pub questions: Vec<Question>,
    /// The elections the incident may belong to; none or one is not asked.
    pub elections: Vec<Choice>,
    /// The office's zone beside "since when": "EDT, UTC−4".
    pub offset: String,
    /// What happens when this is sent.
    pub outcome: Outcome,
}

/// What a responder adds to a report told by telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByPhone {
    /// Every authority; the value is the slug.
    pub authorities: Vec<Choice>,
}

/// One question of severity, field `answers.<axis>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The axis's code.
    pub axis: String,
    /// As officials read it.
    pub words: String,
    /// Codes and words, `unknown` with them.
    pub answers: Vec<Choice>,
}

impl Question {
    /// `answers.public_service`: the field's name, and its id.
    pub(crate) fn field(&self) -> String {
        format!("answers.{}", self.axis)
    }
}

/// The symptoms in the form's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symptoms {
    /// The common ones and "none of these", as cards.
    pub(crate) common: Vec<Symptom>,
    /// The others, behind one line.
    pub(crate) others: Vec<Choice>,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Symptom {
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) icon: &'static str,
    pub(crate) hint: &'static str,
}

/// Code, icon and a word of example of the cards, in their order.
const COMMON: [(&str, &str, &str); 9] = [
    ("CANNOT_CHECK_IN", "tablet", "Devices slow, wrong or offline"),
    ("WEBSITE_DOWN", "globe", "Finder, portal, results"),
    ("CLICKED_SOMETHING", "mail", "A link, file or sign-in request"),
    ("SIGNED_IN_AS_US", "key", "Account or mailbox"),
    ("PRETENDS_TO_BE_US", "link", "Looks like us, is not us"),
    ("FAKE_MEDIA", "voice", "An official appears to say something"),
    ("FALSE_VOTING_RULES", "megaphone", "Posts, calls, letters"),
    ("THREAT_TO_US", "user-alert", "By any channel"),
    ("NOT_SURE", "question", "Just describe it"),
];

impl Symptoms {
    /// From all symptoms, code and text, in the data's order.
    pub fn new<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut others: Vec<Choice> = all.into_iter().map(|(code, text)| Choice::new(code, text)).collect();
        let mut common = Vec::new();
        for (code, icon, hint) in COMMON {
            if let Some(at) = others.iter().position(|symptom| symptom.value == code) {
                let Choice { value: code, label: text } = others.remove(at);
                common.push(Symptom { code, text, icon, hint });
            }
        }
        Self { common, others }
    }

    /// Whether the choice is one of the others: they are shown open then.
    pub(crate) fn among_others(&self, code: &str) -> bool {
        self.others.iter().any(|symptom| symptom.value == code)
    }
}

/// What happens when the report is sent, as far as it is known yet. Beside the form; the script fetches it anew as
/// answers are given and replaces it by its id, `outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "incident/_outcome.html")]
pub struct Outcome {
    /// The priority these answers give; none before the first answer.
    pub priority: Option<Priority>,
    /// "A person answers within 5 minutes".
    pub promise: String,
    /// "Because a public service is down with no second place, and registration closes today at 17:00."
    pub because: String,
    /// Whether a responder enters what they are told: they know who is on duty and need no number to ring.
    pub by_phone: bool,
    /// Who is on duty; nobody is said, not hidden.
    pub on_duty: Vec<String>,
    /// The telephone, for who would rather talk.
    pub call_line: Option<CallLine>,
    /// The first hour of the category, word for word; empty before a symptom is chosen.
    pub first_hour: Vec<String>,
    /// Its "do not" lines, word for word.
    pub do_not: Vec<String>,
}

impl HtmlSafe for Outcome {}

impl Outcome {
    fn class(&self) -> &'static str {
        match self.priority {
            Some(Priority::P1) => "",
            Some(Priority::P2) => "p2v",
            _ => "p3v",
        }
    }
}

/// What a report may be shared as, plain words first: value, words, hint. The second is the usual choice.
pub(crate) const SHARING: [(&str, &str, &str); 5] = [
    ("RED", "Only the people in this incident", ""),
    ("AMBER+STRICT", "Our office and the response team", "The usual choice. You can change it later."),
    ("AMBER", "Also our state office and suppliers", ""),
    ("GREEN", "Other authorities too, without our name", ""),
    ("CLEAR", "Anyone", ""),
];

/// The fields behind "Anything else you know", apart from the questions.
const OPTIONAL: [&str; 10] = [
    "place",
    "since",
    "still_happening",
    "sites",
    "sites.affected",
    "sites.total",
    "done_so_far",
    "already_told",
    "election",
    "exercise",
];

impl Report {
    /// The optional part is shown open when something of it was filled in.
    fn more_is_open(&self) -> bool {
        self.typed.any(&OPTIONAL)
            || !self.typed.error("tlp").is_empty()
            || self.questions.iter().any(|question| self.typed.any(&[&question.field()]))
    }

    /// The sharing that is picked: what was sent, else the default of the form.
    fn shares(&self, label: &str) -> bool {
        match self.typed.value("tlp") {
            "" => label == "AMBER+STRICT",
            picked => picked == label,
        }
    }
}

#[cfg(test)]
impl Report {
    /// As Ana first sees it.
    pub(crate) fn sample(shell: Shell) -> Self {
        let data: serde_json::Value = serde_json::from_str(include_str!("../../tests/data/report.json")).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
        let symptoms = list(&data["symptoms"]);
        let symptoms = symptoms.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
        let question = |value: &serde_json::Value| Question {
            axis: text(&value["axis"]),
            words: text(&value["question"]),
            answers: list(&value["answers"]).iter().map(|pair| Choice::new(text(&pair[0]), text(&pair[1]))).collect(),
        };
        Self {
            id: "0199b2f4-5b1e-7c3a-8f00-000000000042".to_owned(),
            typed: Typed::default(),
            by_phone: None,
            symptoms: Symptoms::new(symptoms),
            follow: None,
            questions: list(&data["axes"]).iter().map(question).collect(),
            elections: Vec::new(),
            offset: "EDT, UTC−4".to_owned(),
            outcome: Outcome {
                priority: None,
                promise: "A person answers, at any hour".to_owned(),
                because: "How soon depends on what you see and on how near the election is: within 5 minutes at the most urgent.".to_owned(),
                by_phone: false,
                on_duty: vec!["Rosa Field".to_owned(), "Ravi Nair".to_owned()],
                call_line: shell.call_line.clone(),
                first_hour: Vec::new(),
                do_not: Vec::new(),
            },
            shell,
        }
    }

    /// Filled in, and sent without what is needed.
    pub(crate) fn sample_again(shell: Shell) -> Self {
        let mut report = Self::sample(shell);
        let problem =
            |field: &str, words: &str| crate::face::Problem { field: field.to_owned(), words: words.to_owned() };
        report.typed = Typed::new(
            [
                ("answers.people", "none"),
                ("voting_stopped", "false"),
                ("symptom", "WEBSITE_DOWN"),
                ("answers.public_service", "down_no_second_place"),
                (
                    "summary",
                    "The registration portal and the polling-place finder both time out since about 02:30. Our host says very heavy traffic.",
                ),
                ("callback.outside_affected_system", "true"),
                ("place", "www.alder.example"),
                ("since", "02:30"),
                ("sites.affected", "60"),
                ("sites.total", "57"),
            ],
            vec![
                problem("callback.number", "Give a number we can ring tonight"),
                problem("sites.affected", "Give at most as many sites as there are in total"),
            ],
        );
        let at = report.questions.iter().position(|question| question.axis == "public_service").unwrap();
        let mut follow = report.questions.remove(at);
        follow.words = "can people get it at a second published place?".to_owned();
        follow.answers = vec![
            Choice::new("down_second_place_works", "Yes"),
            Choice::new("down_no_second_place", "No"),
            Choice::new("unknown", "Not sure"),
        ];
        report.follow = Some(follow);
        report.outcome = Outcome {
            priority: Some(Priority::P1),
            promise: "A person answers within 5 minutes".to_owned(),
            because: "Because a public service is down with no second place, and registration closes today at 17:00."
                .to_owned(),
            on_duty: vec!["Rosa Field".to_owned()],
            first_hour: super::owned(&super::FIRST_HOUR),
            do_not: super::owned(&super::DO_NOT),
            ..report.outcome
        };
        report
    }

    /// As Rosa files what she is told.
    pub(crate) fn sample_by_phone(shell: Shell) -> Self {
        let authorities = vec![Choice::new("alder", "Alder County"), Choice::new("bellwood", "Bellwood County")];
        let elections = vec![Choice::new("e1", "Alder County general"), Choice::new("e2", "Franklin run-off")];
        Self { by_phone: Some(ByPhone { authorities }), elections, ..Self::sample(shell) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symptom_is_on_the_form_once() {
        let symptoms =
            Symptoms::new([("DRILL", "This is a drill"), ("NOT_SURE", "None of these"), ("WEBSITE_DOWN", "Down")]);
        let codes: Vec<&str> = symptoms.common.iter().map(|symptom| symptom.code.as_str()).collect();
        assert_eq!(codes, ["WEBSITE_DOWN", "NOT_SURE"]);
        assert!(symptoms.among_others("DRILL") && !symptoms.among_others("NOT_SURE"));
    }
}
