//! A form as the JSON that the API takes, so that pages and API share one typed body.

use hub::Problems;
use serde_json::{Map, Value};

/// What a field becomes; text unless the table says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// A checkbox (`on`), or a pair of choices (`yes`, `no`, `true`, `false`).
    Bool,
    /// A list, one entry for each time that the field is sent.
    List,
}

/// The fields that are no text, by their dotted names.
pub type Shape = [(&'static str, Kind)];

/// Builds the JSON. Dotted names nest (`callback.number`), empty fields are left out, line breaks become `\n`. What is
/// no number stays text, so that the typed body refuses it under its field.
///
/// # Errors
/// A field that is no list and was sent twice, or that is a value and has fields below it.
pub fn form_to_json(pairs: Vec<(String, String)>, shape: &Shape) -> Result<Value, Problems> {
    let mut all = Map::new();
    let mut problems = Problems::default();
    for (name, value) in pairs {
        if value.is_empty() {
            continue;
        }
        let kind = shape.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let Some((place, last)) = place(&mut all, &name) else {
            problems.add(name, "This is given twice.");
            continue;
        };
        match (kind, place.get_mut(last)) {
            (Some(Kind::List), Some(Value::Array(list))) => list.push(Value::String(lines(value))),
            (Some(Kind::List), None) => {
                place.insert(last.to_owned(), Value::Array(vec![Value::String(lines(value))]));
            }
            (_, Some(_)) => problems.add(name, "This is given twice."),
            (kind, None) => {
                place.insert(last.to_owned(), converted(kind, value));
            }
        }
    }
    if problems.is_empty() { Ok(Value::Object(all)) } else { Err(problems) }
}

/// The object that a dotted name ends in, made on the way, and the last part of the name.
fn place<'a, 'n>(all: &'a mut Map<String, Value>, name: &'n str) -> Option<(&'a mut Map<String, Value>, &'n str)> {
    let (above, last) = name.rsplit_once('.').map_or((None, name), |(above, last)| (Some(above), last));
    let mut place = all;
    for part in above.into_iter().flat_map(|above| above.split('.')) {
        place = place.entry(part).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
    }
    Some((place, last))
}

fn converted(kind: Option<Kind>, value: String) -> Value {
    match kind {
        Some(Kind::Number) => value.trim().parse::<i64>().map_or(Value::String(value), Value::from),
        Some(Kind::Bool) => match value.as_str() {
            "on" | "true" | "yes" | "1" => Value::Bool(true),
            "off" | "false" | "no" | "0" => Value::Bool(false),
            _ => Value::String(value),
        },
        _ => Value::String(lines(value)),
    }
}

/// Browsers end the lines of a text area with CR LF.
fn lines(value: String) -> String {
    if value.contains('\r') { value.replace("\r\n", "\n") } else { value }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: &Shape = &[
        ("sites.affected", Kind::Number),
        ("callback.outside_affected_system", Kind::Bool),
        ("still_happening", Kind::Bool),
        ("functions", Kind::List),
    ];

    fn read(pairs: &[(&str, &str)]) -> Result<Value, Problems> {
        form_to_json(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), SHAPE)
    }

    #[test]
    fn a_form_becomes_the_body_of_the_api() {
        let form = read(&[
            ("summary", "one\r\ntwo"),
            ("answers.people", "danger"),
            ("answers.votes", "stopped"),
            ("callback.number", "+1 999 555 0142"),
            ("callback.outside_affected_system", "on"),
            ("sites.affected", "3"),
            ("sites.total", ""),
            ("functions", "results"),
            ("functions", "voting"),
            ("still_happening", "no"),
            ("done_so_far", "on"),
        ]);
        let body = json!({
            "summary": "one\ntwo",
            "answers": {"people": "danger", "votes": "stopped"},
            "callback": {"number": "+1 999 555 0142", "outside_affected_system": true},
            "sites": {"affected": 3},
            "functions": ["results", "voting"],
            "still_happening": false,
            "done_so_far": "on",
        });
        assert_eq!(form.unwrap(), body);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_under_its_field() {
        assert_eq!(read(&[("summary", "a"), ("summary", "b")]).unwrap_err().0[0].field, "summary");
        assert_eq!(read(&[("sites", "a"), ("sites.affected", "1")]).unwrap_err().0[0].field, "sites.affected");
        assert_eq!(read(&[("sites.affected", "1"), ("sites", "a")]).unwrap_err().0[0].field, "sites");
        assert_eq!(read(&[("sites.affected", "many")]).unwrap(), json!({"sites": {"affected": "many"}}));
    }
}
