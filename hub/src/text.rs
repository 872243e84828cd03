//! Narrow types for what people write: a line, prose, a reference, a slug, a mail address. Whoever holds one need not
//! look at it again. What does not fit is refused with a sentence that says what to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One line: trimmed, not empty, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Line(String);

/// Several lines: trimmed, not empty; line breaks are `\n`, no other control characters than tabs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Prose(String);

impl Line {
    /// Takes what was typed. Line breaks and tabs become spaces, other control characters go.
    /// Errs with a sentence where nothing is left or it has more than `most` characters.
    pub fn new(typed: &str, most: usize) -> Result<Self, String> {
        let one_line: String =
            typed.chars().map(|c| if is_break(c) || c == '\t' { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
        fit(&one_line, most).map(Self)
    }

    /// As [`new`](Self::new), but nothing typed is no line and no error.
    pub fn optional(typed: Option<&str>, most: usize) -> Result<Option<Self>, String> {
        typed.filter(|typed| !is_blank(typed)).map(|typed| Self::new(typed, most)).transpose()
    }

    /// From our own storage, where it was a line already.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prose {
    /// Takes what was typed. Every kind of line break becomes `\n`, other control characters but tabs go.
    /// Errs with a sentence where nothing is left or it has more than `most` characters.
    pub fn new(typed: &str, most: usize) -> Result<Self, String> {
        let lines: String = typed
            .replace("\r\n", "\n")
            .chars()
            .map(|c| if is_break(c) { '\n' } else { c })
            .filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c))
            .collect();
        fit(&lines, most).map(Self)
    }

    /// As [`new`](Self::new), but nothing typed is no prose and no error.
    pub fn optional(typed: Option<&str>, most: usize) -> Result<Option<Self>, String> {
        typed.filter(|typed| !is_blank(typed)).map(|typed| Self::new(typed, most)).transpose()
    }

    /// From our own storage, where it was prose already.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What ends a line, in Unicode's view.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and those that turn the direction of the text around them: they make a text read as another
/// than it is. Marks of direction (U+200E, U+200F, U+061C) stay: right-to-left text needs them and they turn nothing.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether nothing that can be seen was typed.
fn is_blank(typed: &str) -> bool {
    typed.chars().all(|c| c.is_whitespace() || is_hidden(c) || takes_no_room(c))
}

/// Characters that are drawn as nothing. Some of them join or part others and must stay in a text; alone they are no
/// text.
fn takes_no_room(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

fn fit(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if is_blank(text) {
        Err("Write something here.".to_owned())
    } else if length > most {
        Err(format!("Write at most {} characters; this has {}.", grouped(most), grouped(length)))
    } else {
        Ok(text.to_owned())
    }
}

/// A number as people read it: `2,310`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The name of an incident: the authority's code and its own count, `ALD-42`; of an exercise `X-ALD-7`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    code: String,
    exercise: bool,
    number: i64,
}

impl Reference {
    /// From its parts. Errs with a sentence where the code is none (two to six capital letters or digits, a letter
    /// first) or the number is below 1.
    pub fn new(code: &str, number: i64, exercise: bool) -> Result<Self, String> {
        if !is_code(code) {
            return Err(
                "An authority's code is two to six capital letters or digits, a letter first, as ALD.".to_owned()
            );
        }
        if number < 1 {
            return Err("Incidents are counted from 1.".to_owned());
        }
        Ok(Self { code: code.to_owned(), exercise, number })
    }

    /// The authority's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its place in the authority's own count (exercises have their own).
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Whether it is a drill.
    pub fn exercise(&self) -> bool {
        self.exercise
    }

    /// What a person typed into a search: any case, blanks around it or in it.
    pub fn typed(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        text.to_ascii_uppercase().parse().ok()
    }
}

/// Whether this can be an authority's code: two to six capital letters or digits, a letter first.
pub fn is_code(code: &str) -> bool {
    (2..=6).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}-{}", if self.exercise { "X-" } else { "" }, self.code, self.number)
    }
}

/// Only the form that is shown, so that an incident has one address: no small letters, no leading zeros.
impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no reference; write it as ALD-42, an exercise as X-ALD-7.", shown(text));
        let (exercise, rest) = text.strip_prefix("X-").map_or((false, text), |rest| (true, rest));
        let (code, digits) = rest.split_once('-').ok_or_else(wrong)?;
        let plain = digits.bytes().all(|c| c.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        Self::new(code, number, exercise).map_err(|_| wrong())
    }
}

impl Serialize for Reference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of an authority in addresses: small letters and digits in groups joined by one hyphen, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Takes what was typed, blanks around it cut. Errs with a sentence.
    pub fn new(typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        let groups = text
            .split('-')
            .all(|group| !group.is_empty() && group.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        if groups && text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_lowercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("Write a short name of small letters, digits and single hyphens, a letter first, as port-alder."
                .to_owned())
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A mail address, in small letters, so that it names one person however it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Takes what was typed. It looks at the form only; whether mail arrives is for the mail to show. Errs with a
    /// sentence.
    pub fn new(typed: &str) -> Result<Self, String> {
        let text = typed.trim().to_lowercase();
        let fits = text.len() <= 254
            && text.split_once('@').is_some_and(|(name, domain)| {
                let labels = domain.split('.').all(|label| {
                    !label.is_empty()
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                });
                let odd = |c: char| c.is_whitespace() || c.is_control() || "()<>[],;:\\\"@".contains(c);
                labels && domain.contains('.') && !name.is_empty() && name.len() <= 64 && !name.contains(odd)
            });
        if fits { Ok(Self(text)) } else { Err("Write a mail address as ana@alder.example.".to_owned()) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows and lends the text.
macro_rules! reads_as_text {
    ($($name:ident)+) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )+ };
}
reads_as_text!(Line Prose Slug Email);

/// What was given, short enough to be named in a sentence about it.
pub fn shown(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    cut(&visible, 40)
}

/// At most `most` characters, cut at the end of a word where one is near, with `…` for what is gone.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let room: String = text.chars().take(most.saturating_sub(1)).collect();
    // The cut is between words already where the next character is a blank.
    let whole = text[room.len()..].starts_with(char::is_whitespace);
    let end = if whole { None } else { room.rfind(char::is_whitespace).filter(|at| *at > room.len() / 2) };
    let kept = room[..end.unwrap_or(room.len())].trim_end_matches(|c: char| c.is_whitespace() || ",;:.-–".contains(c));
    format!("{kept}…")
}

#[cfg(test)]
mod tests;
