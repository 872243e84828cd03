//! JSON, strictly: no name twice, no NUL in a text, every error with its field.

use std::fmt;

use hub::{Error, Problem, Problems};
use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::error::Failure;

/// The body as `T`; an empty one is `{}`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    typed(value)
}

/// A value as `T`.
pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    let mut problems = Problems::default();
    no_nul(&value, "", &mut problems);
    problems.none()?;
    serde_path_to_error::deserialize(Named(value)).map_err(|error| {
        let path = error.path().to_string();
        Error::Invalid(super::words::problem(&path, &error.inner().to_string())).into()
    })
}

/// Where the text stops being JSON, as a person would say it.
fn malformed(error: &serde_json::Error) -> Failure {
    let said = error.to_string();
    if let Some(name) = said.strip_prefix(TWICE).and_then(|rest| rest.split('`').next()) {
        return Failure::invalid(name, "This is given twice.");
    }
    let place = match (error.line(), error.column()) {
        (line, column) if line > 0 => format!(" at line {line}, column {column}"),
        _ => String::new(),
    };
    let what = if error.is_eof() { "The JSON breaks off" } else { "The body stops being JSON" };
    Error::Invalid(Problems(vec![Problem { field: String::new(), message: format!("{what}{place}.") }])).into()
}

const TWICE: &str = "given twice: `";

/// Whether there is a NUL in it, in a text or a name.
pub(crate) fn has_nul(value: &Value) -> bool {
    let mut problems = Problems::default();
    no_nul(value, "", &mut problems);
    problems.none().is_err()
}

/// Databases do not keep a NUL in a text, and nobody means one.
fn no_nul(value: &Value, path: &str, problems: &mut Problems) {
    let below = |name: &dyn fmt::Display| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) if text.contains('\0') => problems.add(path, "Leave the NUL character out."),
        Value::Array(all) => all.iter().enumerate().for_each(|(n, value)| no_nul(value, &below(&n), problems)),
        Value::Object(all) => {
            for (name, value) in all {
                if name.contains('\0') {
                    problems.add(path, "Leave the NUL character out.");
                }
                no_nul(value, &below(name), problems);
            }
        }
        _ => {}
    }
}

/// A value whose objects are read by the names of their fields. serde would also take a list of their values in order,
/// which nobody means: `[]` is no `{}`.
struct Named(Value);

impl<'de> Deserializer<'de> for Named {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(all) => visitor.visit_seq(SeqDeserializer::new(all.into_iter().map(Named))),
            Value::Object(all) => {
                visitor.visit_map(MapDeserializer::new(all.into_iter().map(|(name, value)| (name, Named(value)))))
            }
            value => value.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if self.0.is_array() {
            return Err(Self::Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, serde_json::Error> for Named {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A value in which no object has a name twice: which of the two would count is nobody's to guess.
#[derive(Debug)]
pub(crate) struct Strict(pub Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = all.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(name) = all.next_key::<String>()? {
            if values.contains_key(&name) {
                return Err(A::Error::custom(format!("{TWICE}{name}`")));
            }
            let Strict(value) = all.next_value()?;
            values.insert(name, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Report {
        summary: String,
        #[serde(default)]
        answers: BTreeMap<String, String>,
        #[serde(default)]
        sites: Option<Sites>,
        #[serde(default)]
        tlp: Option<Tlp>,
        #[serde(default)]
        stopped: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sites {
        affected: u32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Tlp {
        Red,
        Amber,
    }

    fn refusal(text: &str) -> (String, String) {
        let problems = read::<Report>(text.as_bytes()).expect_err(text).problems().unwrap();
        let Problem { field, message } = problems.0.into_iter().next().unwrap();
        (field, message)
    }

    #[test]
    fn every_error_names_its_field() {
        for (text, field, message) in [
            ("{}", "summary", "This is required."),
            ("", "summary", "This is required."),
            (r#"{"summary": 5}"#, "summary", "This must be a text."),
            (r#"{"summary": "x", "sumary": "y"}"#, "sumary", "There is no such field here."),
            (r#"{"summary": "x", "summary": "y"}"#, "summary", "This is given twice."),
            (r#"{"summary": "x", "answers": {"a": "1", "a": "2"}}"#, "a", "This is given twice."),
            (r#"{"summary": "x", "sites": {"affected": "3"}}"#, "sites.affected", "This must be a whole number."),
            (r#"{"summary": "x", "sites": {"affected": -1}}"#, "sites.affected", "This must be a whole number."),
            (r#"{"summary": "x", "sites": {}}"#, "sites.affected", "This is required."),
            (r#"{"summary": "x", "sites": {"affected": 1, "al": 2}}"#, "sites.al", "There is no such field here."),
            (r#"{"summary": "x", "sites": []}"#, "sites", "This must be an object."),
            (r#"{"summary": "x", "tlp": "PINK"}"#, "tlp", "Choose one of RED or AMBER."),
            (r#"{"summary": "x", "stopped": "on"}"#, "stopped", "This must be true or false."),
            (r#"{"summary": "a\u0000b"}"#, "summary", "Leave the NUL character out."),
            (r#"{"summary": "x", "answers": {"a\u0000": "1"}}"#, "answers", "Leave the NUL character out."),
            ("{\"summary\": \n x}", "", "The body stops being JSON at line 2, column 2."),
            (r#"{"summary": "x""#, "", "The JSON breaks off at line 1, column 15."),
            ("[]", "", "This must be an object."),
            (r#"["x"]"#, "", "This must be an object."),
            (r#"{"summary": "x", "sites": [1]}"#, "sites", "This must be an object."),
            (r#"{"summary": "x", "answers": []}"#, "answers", "This must be an object."),
        ] {
            let got = refusal(text);
            assert_eq!((got.0.as_str(), got.1.as_str()), (field, message), "{text}");
        }
        assert_eq!(refusal(&"[".repeat(100_000)).1, "The body stops being JSON at line 1, column 128.");
        assert_eq!(read::<Report>(b"{\"summary\": \"\xff\"}").unwrap_err().problems().unwrap().0.len(), 1);
    }

    #[test]
    fn what_is_right_is_read() {
        let report: Report = read(br#"{"summary": "x", "answers": {"a": "1"}, "sites": {"affected": 2}}"#).unwrap();
        assert_eq!((report.summary.as_str(), report.answers["a"].as_str()), ("x", "1"));
        assert_eq!(report.sites.unwrap().affected, 2);
        assert!(report.tlp.is_none() && report.stopped.is_none());
    }
}
