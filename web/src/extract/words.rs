//! What serde says of an input, in words for people, with the field that it is about.

use hub::{Problem, Problems};

/// The refusal of one field. `path` is where serde stood, `said` what it said there.
pub(super) fn problem(path: &str, said: &str) -> Problems {
    let path = path.trim_matches('.');
    let quoted = said.split('`').nth(1);
    let (field, message) = match (said.split_once(" `").map(|(start, _)| start), quoted) {
        (Some("unknown field"), Some(name)) => (join(path, name), "There is no such field here.".to_owned()),
        (Some("missing field"), Some(name)) => (join(path, name), "This is required.".to_owned()),
        (Some("duplicate field"), Some(name)) => (join(path, name), "This is given twice.".to_owned()),
        (Some("unknown variant"), Some(_)) => (path.to_owned(), variants(said)),
        _ => (path.to_owned(), form(said)),
    };
    Problems(vec![Problem { field, message }])
}

/// The path of a field, which serde may or may not have stepped into already.
fn join(path: &str, name: &str) -> String {
    if path.is_empty() || path == name {
        return name.to_owned();
    }
    if path.ends_with(&format!(".{name}")) { path.to_owned() } else { format!("{path}.{name}") }
}

/// "unknown variant `x`, expected one of `a`, `b`": what was given stays out of it.
fn variants(said: &str) -> String {
    let choices: Vec<&str> =
        said.split(", expected ").nth(1).unwrap_or_default().split('`').skip(1).step_by(2).collect();
    match choices.as_slice() {
        [] => "This is none of the choices.".to_owned(),
        [only] => format!("This can only be {only}."),
        [all @ .., last] => format!("Choose one of {} or {last}.", all.join(", ")),
    }
}

/// "invalid type: string \"x\", expected u64": in words, without what was given.
fn form(said: &str) -> String {
    const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize"];
    let ours = !["invalid ", "expected "].iter().any(|start| said.starts_with(start));
    if ours && !is_of_std(said) {
        return crate::error::sentence(said);
    }
    let wanted = said.rsplit_once("expected ").map_or(said, |(_, wanted)| wanted);
    let words = match wanted {
        "a string" | "string" | "a borrowed string" => "a text",
        "a boolean" | "provided string was not `true` or `false`" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" => "a number",
        wanted if wanted.starts_with("struct ") => "an object",
        wanted if NUMBERS.contains(&wanted) || is_of_std(said) => "a whole number",
        wanted if wanted.contains("UUID") => "a UUID",
        _ => return "This is not of the right form.".to_owned(),
    };
    format!("This must be {words}.")
}

/// What the standard library's parsers of numbers and truth values say.
fn is_of_std(said: &str) -> bool {
    said.contains("invalid digit")
        || said.contains("to parse integer")
        || said.contains("number too ")
        || said.contains("not `true` or `false`")
}
