//! `policy eval`: cases as JSON Lines in, results out. Needs no database.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Write};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::DateTime;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{
    Answers, Assessment, Axis, Calendar, Counted, Facts, Functions, Policy, Priority, Relation, Severity, assess,
};
use crate::election::{Election, Milestone, Window};
use crate::time::Ts;

/// Evaluates every line. True where all were good; a bad one is answered with what to do and the rest go on. Fails
/// where reading or writing fails.
pub fn eval_lines(mut input: impl BufRead, mut output: impl Write, policy: &Policy) -> io::Result<bool> {
    let mut good = true;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        // Some editors begin a file with a mark of its byte order.
        let text = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if text.trim_ascii().is_empty() {
            continue;
        }
        match Case::read(text, policy) {
            Ok(case) => {
                let calendar = Calendar::new(policy, &case.elections);
                let assessment = assess(policy, &calendar, &case.facts, case.now);
                serde_json::to_writer(&mut output, &Answer::new(&case.id, &assessment))?;
            }
            Err(error) => {
                good = false;
                let id = id_of(text);
                serde_json::to_writer(&mut output, &Refusal { id: id.as_deref(), line: number, error: &error })?;
            }
        }
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(good)
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    severity: Severity,
    urgency: super::Urgency,
    priority: Priority,
    function: super::Function,
    winner: Option<Winner<'a>>,
    next_change: Option<NextChange>,
}

#[derive(Serialize)]
struct Winner<'a> {
    election: &'a str,
    window: &'static str,
}

#[derive(Serialize)]
struct NextChange {
    at: Ts,
    priority: Priority,
}

#[derive(Serialize)]
struct Refusal<'a> {
    id: Option<&'a str>,
    line: u64,
    error: &'a str,
}

impl<'a> Answer<'a> {
    fn new(id: &'a str, assessment: &'a Assessment) -> Self {
        Self {
            id,
            severity: assessment.severity,
            urgency: assessment.urgency,
            priority: assessment.priority,
            function: assessment.function,
            winner: assessment
                .winner
                .as_ref()
                .map(|winner| Winner { election: &winner.election, window: winner.window.code() }),
            next_change: assessment.next_change.map(|next| NextChange { at: next.at, priority: next.priority }),
        }
    }
}

/// A line that was read and checked.
struct Case {
    id: String,
    now: Ts,
    facts: Facts,
    elections: Vec<Counted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseLine {
    id: String,
    #[serde(deserialize_with = "instant")]
    now: Ts,
    #[serde(deserialize_with = "code")]
    starting_severity: Severity,
    severity_confirmed: bool,
    functions: Vec<String>,
    #[serde(deserialize_with = "answers")]
    answers: Answers,
    voting_stopped: bool,
    elections: Vec<Object<ElectionLine>>,
    #[serde(default, rename = "expect")]
    _expect: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ElectionLine {
    id: String,
    zone: String,
    #[serde(deserialize_with = "code")]
    relation: Relation,
    windows: Vec<Object<WindowLine>>,
    milestones: Vec<Object<MilestoneLine>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowLine {
    #[serde(deserialize_with = "code")]
    kind: crate::election::WindowKind,
    #[serde(deserialize_with = "civil")]
    opens: DateTime,
    #[serde(deserialize_with = "civil")]
    closes: DateTime,
    zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MilestoneLine {
    #[serde(deserialize_with = "code")]
    kind: crate::election::MilestoneKind,
    #[serde(deserialize_with = "civil")]
    at: DateTime,
    zone: Option<String>,
}

/// Read from an object alone: what serde derives takes a list of the values, too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        from.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

impl Case {
    fn read(text: &[u8], policy: &Policy) -> Result<Self, String> {
        let Object(line): Object<CaseLine> = serde_json::from_slice(text).map_err(|error| in_words(&error))?;
        let functions = Functions::parse(&line.functions).map_err(|error| format!("functions: {error}"))?;
        for (axis, code) in &line.answers.0 {
            if code != Answers::UNKNOWN && policy.level(*axis, code).is_none() {
                let known = policy.answers.get(axis).into_iter().flatten().map(|(code, _)| code.as_str());
                let known = known.chain([Answers::UNKNOWN]).collect::<Vec<_>>().join(", ");
                return Err(format!("answers.{axis}: `{code}` is no answer; use one of {known}"));
            }
        }
        let mut elections = Vec::with_capacity(line.elections.len());
        for (place, Object(line)) in line.elections.into_iter().enumerate() {
            let relation = line.relation;
            let election = line.election();
            if let Some((field, sentence)) = election.problems().into_iter().next() {
                return Err(format!("elections[{place}].{field}: {sentence}"));
            }
            elections.push(Counted { election: Arc::new(election), relation });
        }
        let facts = Facts {
            starting_severity: line.starting_severity,
            severity_confirmed: line.severity_confirmed,
            functions,
            answers: line.answers,
            voting_stopped: line.voting_stopped,
        };
        Ok(Self { id: line.id, now: line.now, facts, elections })
    }
}

impl ElectionLine {
    /// As the hub has it. A case has no names: the id stands for them.
    fn election(self) -> Election {
        let windows = self.windows.into_iter().enumerate().map(|(place, Object(window))| Window {
            id: place.to_string(),
            kind: window.kind,
            opens: window.opens,
            closes: window.closes,
            zone: window.zone,
        });
        let milestones = self.milestones.into_iter().enumerate().map(|(place, Object(milestone))| Milestone {
            id: place.to_string(),
            kind: milestone.kind,
            at: milestone.at,
            zone: milestone.zone,
        });
        Election {
            name: format!("election {}", self.id),
            authority: String::new(),
            authority_name: String::new(),
            zone: self.zone,
            windows: windows.collect(),
            milestones: milestones.collect(),
            id: self.id,
        }
    }
}

/// The parser's reason, with the column alone: there is one line.
fn in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    if error.is_data() {
        format!("{reason} (at column {})", error.column())
    } else {
        format!("write one case as a JSON object on a line of its own: {reason} (at column {})", error.column())
    }
}

fn code<'de, T: FromStr<Err = super::UnknownCode>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Ts, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = |_| format!("{text:?} is no instant; write it as 2026-11-03T12:00:00Z");
    text.parse().map_err(wrong).map_err(serde::de::Error::custom)
}

/// A civil time has neither an offset nor a zone in it: the zone stands beside it.
fn civil<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
    let text = String::deserialize(from)?;
    let bare = text.bytes().skip(10).all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.' | b'T' | b't' | b' '));
    let wrong = || format!("{text:?} is no civil time; write it as 2026-11-03T06:00:00, with the zone beside it");
    let read = text.parse().ok().filter(|_| bare && text.len() > 10);
    read.ok_or_else(wrong).map_err(serde::de::Error::custom)
}

/// Answers by question. A question that is answered twice is refused: which of the two holds is not ours to say.
fn answers<'de, D: Deserializer<'de>>(from: D) -> Result<Answers, D::Error> {
    struct Each;

    impl<'de> Visitor<'de> for Each {
        type Value = Answers;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of answer codes by question")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Answers, M::Error> {
            let mut answers = BTreeMap::new();
            while let Some(axis) = map.next_key::<String>()? {
                let axis: Axis = axis.parse().map_err(serde::de::Error::custom)?;
                if answers.insert(axis, map.next_value()?).is_some() {
                    return Err(serde::de::Error::custom(format!("answer the question {axis} once")));
                }
            }
            Ok(Answers(answers))
        }
    }

    from.deserialize_map(Each)
}

/// The id of a line that is not good, as far as it can be read: what stands behind the fault is not.
fn id_of(text: &[u8]) -> Option<String> {
    struct Keep<'a>(&'a RefCell<Option<String>>);

    impl<'de> Visitor<'de> for Keep<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
            while let Some(key) = map.next_key::<String>()? {
                if key == "id" {
                    *self.0.borrow_mut() = map.next_value::<Option<String>>()?;
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(())
        }
    }

    let kept = RefCell::new(None);
    // The error is known already; what was kept before it is what counts.
    let _ = serde_json::Deserializer::from_slice(text).deserialize_map(Keep(&kept));
    kept.into_inner()
}
