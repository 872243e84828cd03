//! What officials are asked and told: categories, symptoms, the questions that severity is made of, and how an answer
//! reads inside a sentence. Data of the program, in `hub/data`, checked by tests.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::report::Sites;
use crate::escalation::{Axis, Functions, Severity};

/// A kind of incident, with what to ask, what to do in the first hour and what not to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// `EPOLLBOOK_CHECKIN`.
    pub code: String,
    /// As responders call it.
    pub name: String,
    /// As an official would say it.
    pub plain_name: String,
    /// What it usually touches, in the order of the policy.
    pub functions: Functions,
    /// How bad it is until more is known.
    pub starting_severity: Severity,
    /// What a responder asks.
    pub ask: Vec<String>,
    /// What the official does meanwhile, in this order.
    pub first_hour: Vec<String>,
    /// What to keep as evidence.
    pub preserve: Vec<String>,
    /// Whom to bring in.
    pub loop_in: Vec<String>,
    /// What makes it worse.
    pub do_not: Vec<String>,
    /// Classes of the Reference Security Incident Taxonomy, for export.
    pub rsit: Vec<String>,
    /// Actions of VERIS, for export.
    pub veris: Vec<String>,
    /// Techniques of DISARM, for export.
    pub disarm: Vec<String>,
}

/// What an official sees.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// `CANNOT_CHECK_IN`.
    pub code: String,
    /// `Voters cannot check in`.
    pub text: String,
    /// The code of the category that it speaks for, until a responder says otherwise.
    #[serde(rename = "proposes")]
    pub category: String,
    #[serde(default)]
    sets: Sets,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sets {
    exercise: bool,
}

impl Symptom {
    /// Whether it says that this is a drill.
    pub fn exercise(&self) -> bool {
        self.sets.exercise
    }
}

/// One of the seven plain questions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Which.
    pub axis: Axis,
    /// As it is asked.
    #[serde(rename = "question")]
    pub text: String,
    /// What can be answered, mildest first, `unknown` last.
    pub answers: Vec<Answer>,
}

/// One plain answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `stopped_at_sites`.
    pub code: String,
    /// As the official reads it.
    pub text: String,
    /// How bad it is; nothing for `unknown`. For showing: what counts is the escalation policy's.
    pub level: Option<Severity>,
}

/// All of it.
#[derive(Debug)]
pub struct Catalogue {
    categories: Vec<Category>,
    /// Where [`UNCLASSIFIED`] is among them.
    unclassified: usize,
    symptoms: Vec<Symptom>,
    questions: Vec<Question>,
    phrases: Phrases,
}

#[derive(Debug, Deserialize)]
struct Phrases {
    answers: BTreeMap<Axis, BTreeMap<String, String>>,
    categories: BTreeMap<String, String>,
}

/// What stands where nothing better is known.
pub const UNCLASSIFIED: &str = "UNCLASSIFIED";

/// The catalogue of this program.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the files are part of the program and read by its tests")]
        read().expect("hub/data is well formed")
    });
    &CATALOGUE
}

fn read() -> serde_json::Result<Catalogue> {
    #[derive(Deserialize)]
    struct Taxonomy {
        categories: Vec<Category>,
    }
    #[derive(Deserialize)]
    struct Symptoms {
        symptoms: Vec<Symptom>,
    }
    #[derive(Deserialize)]
    struct Questions {
        axes: Vec<Question>,
    }
    let Taxonomy { categories } = serde_json::from_str(include_str!("../../data/taxonomy.json"))?;
    let Symptoms { symptoms } = serde_json::from_str(include_str!("../../data/symptoms.json"))?;
    let Questions { axes } = serde_json::from_str(include_str!("../../data/severity-questions.json"))?;
    let phrases = serde_json::from_str(include_str!("../../data/phrases.json"))?;
    let unclassified = categories
        .iter()
        .position(|category| category.code == UNCLASSIFIED)
        .ok_or_else(|| serde::de::Error::custom("the category UNCLASSIFIED is missing"))?;
    Ok(Catalogue { categories, unclassified, symptoms, questions: axes, phrases })
}

impl Catalogue {
    /// Every category, in the order in which they are listed.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Every symptom, in the order in which they are listed.
    pub fn symptoms(&self) -> &[Symptom] {
        &self.symptoms
    }

    /// The seven questions.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The category of this code.
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    /// The category of what nobody has classified yet.
    pub fn unclassified(&self) -> &Category {
        &self.categories[self.unclassified]
    }

    /// The symptom of this code.
    pub fn symptom(&self, code: &str) -> Option<&Symptom> {
        self.symptoms.iter().find(|symptom| symptom.code == code)
    }

    /// The question of this axis.
    pub fn question(&self, axis: Axis) -> Option<&Question> {
        self.questions.iter().find(|question| question.axis == axis)
    }

    /// The answer of this code to the question of this axis.
    pub fn answer(&self, axis: Axis, code: &str) -> Option<&Answer> {
        self.question(axis)?.answers.iter().find(|answer| answer.code == code)
    }

    /// An answer as a phrase for a sentence: `voting is stopped at 3 of 57 sites with no working fallback`. A code that
    /// nobody knows any more reads as the code.
    pub fn answer_words(&self, axis: Axis, code: &str, sites: Option<Sites>) -> String {
        let phrase = self.phrases.answers.get(&axis).and_then(|answers| answers.get(code));
        phrase
            .map_or_else(|| format!("{}: {}", axis.label(), code.replace('_', " ")), |phrase| with_sites(phrase, sites))
    }

    /// A category's starting severity as a phrase for a sentence: `voters cannot be checked in`.
    pub fn category_words(&self, code: &str) -> &str {
        let phrase = self.phrases.categories.get(code).or_else(|| self.phrases.categories.get(UNCLASSIFIED));
        phrase.map_or(&self.unclassified().plain_name, |phrase| phrase)
    }
}

fn with_sites(phrase: &str, sites: Option<Sites>) -> String {
    let words = sites.filter(|sites| sites.affected > 0).map_or_else(|| "one or more sites".to_owned(), Sites::words);
    phrase.replace("{sites}", &words)
}

/// The codes that somebody who wrote this may have meant, nearest first, at most three.
pub fn near<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |code: &str| code.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let written = plain(written);
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|code| {
            let other = plain(code);
            // Half a code is what people remember; a typing error is what they make.
            let part = if written.len() > 3 && other.contains(&written) { 0.9 } else { 0.0 };
            (strsim::jaro_winkler(&written, &other).max(part), code)
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|(one, a), (two, b)| two.total_cmp(one).then(a.cmp(b)));
    scored.into_iter().take(3).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::escalation::{Answers, Policy};

    #[test]
    fn every_code_leads_somewhere() {
        let all = catalogue();
        assert_eq!((all.categories().len(), all.symptoms().len(), all.questions().len()), (20, 24, Axis::ALL.len()));
        for symptom in all.symptoms() {
            assert!(all.category(&symptom.category).is_some(), "{}", symptom.code);
        }
        assert!(all.symptom("DRILL").unwrap().exercise() && !all.symptom("QUESTION").unwrap().exercise());
        for category in all.categories() {
            assert!(!category.first_hour.is_empty(), "{}", category.code);
            assert!(all.phrases.categories.contains_key(&category.code), "{} has no phrase", category.code);
        }
        assert_eq!(all.unclassified().code, UNCLASSIFIED);
        let codes: BTreeSet<_> = all.categories().iter().map(|category| &category.code).collect();
        assert_eq!(codes.len(), all.categories().len(), "each code once");
        assert_eq!(all.phrases.categories.len(), all.categories().len(), "no phrase without its category");
    }

    #[test]
    fn every_answer_has_a_phrase_and_only_answers_have() {
        let all = catalogue();
        for axis in Axis::ALL {
            let question = all.question(*axis).unwrap();
            let answers: BTreeSet<_> = question.answers.iter().map(|answer| answer.code.as_str()).collect();
            let phrases: BTreeSet<_> = all.phrases.answers[axis].keys().map(String::as_str).collect();
            assert_eq!(answers, phrases, "{axis}");
            assert!(all.answer(*axis, Answers::UNKNOWN).unwrap().level.is_none());
            assert!(question.answers.iter().all(|answer| answer.level.is_some() != (answer.code == Answers::UNKNOWN)));
        }
    }

    #[test]
    fn levels_are_those_of_the_policy() {
        let policy = Policy::default();
        for question in catalogue().questions() {
            for answer in &question.answers {
                assert_eq!(
                    policy.level(question.axis, &answer.code),
                    answer.level,
                    "{}.{}",
                    question.axis,
                    answer.code
                );
            }
        }
    }

    #[test]
    fn phrases_fit_the_sentence() {
        let all = catalogue();
        let sites = Some(Sites { affected: 3, total: Some(57) });
        assert_eq!(
            all.answer_words(Axis::AbilityToVote, "stopped_at_sites", sites),
            "voting is stopped at 3 of 57 sites with no working fallback"
        );
        assert_eq!(
            all.answer_words(Axis::AbilityToVote, "stopped_at_sites", None),
            "voting is stopped at one or more sites with no working fallback"
        );
        assert_eq!(all.answer_words(Axis::People, "long_gone", None), "people: long gone");
        assert_eq!(all.category_words("EPOLLBOOK_CHECKIN"), "voters cannot be checked in");
        assert_eq!(all.category_words("LONG_GONE"), all.category_words(UNCLASSIFIED));
        let phrases = all.phrases.answers.values().flat_map(BTreeMap::values).chain(all.phrases.categories.values());
        for phrase in phrases {
            assert!(!phrase.ends_with('.') && !phrase.starts_with(char::is_uppercase), "{phrase}");
        }
    }

    #[test]
    fn near_codes_are_what_was_meant() {
        let codes = || catalogue().categories().iter().map(|category| category.code.as_str());
        assert_eq!(near("EPOLLBOOK", codes())[0], "EPOLLBOOK_CHECKIN");
        assert_eq!(near("ransomwear", codes()), ["RANSOMWARE"]);
        assert_eq!(near("checkin", codes()), ["EPOLLBOOK_CHECKIN"]);
        assert_eq!(near("x", codes()), Vec::<&str>::new());
    }
}
