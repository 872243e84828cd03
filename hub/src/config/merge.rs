//! Lays the sources over each other and looks at every name and form on the way, so that an error can name what was
//! written, and where.

use toml::{Table, Value};

use super::{ConfigError, DEFAULTS, one_line};

/// Where settings come from, the later ones on top.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Defaults of a command, as the demonstration's own data folder: name and value.
    pub base: Vec<(String, String)>,
    /// The text of the settings' file, with the name that errors show.
    pub file: Option<(String, String)>,
    /// The environment, all of it: only what begins with `HUB_` is looked at.
    pub env: Vec<(String, String)>,
    /// The command line: name and value.
    pub flags: Vec<(String, String)>,
}

/// Variables of ours that are no settings: where the file is, and those of the test harness.
const NOT_SETTINGS: &[&str] = &["HUB_CONFIG", "HUB_CHECK", "HUB_LEFT_OUT", "HUB_SABOTAGE"];

/// Settings that stand in a table of their own.
const SECTIONS: &[&str] = &["limits", "outbound"];

/// What an organisation's sign-in has.
const PROVIDER: &str = "issuer = ''\nclient_id = ''\nclient_secret = ''\ndomains = []\nlabel = ''";

/// The settings as one table, every name known and every value of its default's kind.
pub(super) fn merged(sources: &Sources) -> Result<Table, ConfigError> {
    let known: Table = parse("the built-in defaults", DEFAULTS)?;
    let mut all = known.clone();
    for (name, value) in &sources.base {
        text(&known, &mut all, name, name, value)?;
    }
    if let Some((name, written)) = &sources.file {
        file(&known, &mut all, name, written)?;
    }
    for (variable, value) in &sources.env {
        let Some(name) = variable.strip_prefix("HUB_") else { continue };
        if !NOT_SETTINGS.contains(&variable.as_str()) {
            text(&known, &mut all, &name.to_lowercase().replace("__", "."), variable, value)?;
        }
    }
    for (name, value) in &sources.flags {
        text(&known, &mut all, name, name, value)?;
    }
    Ok(all)
}

fn parse(name: &str, written: &str) -> Result<Table, ConfigError> {
    written.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| written[..span.start.min(written.len())].matches('\n').count() + 1);
        // The parser quotes the line itself only in its display, never in its message: a secret stays where it is.
        ConfigError::new(format!("{name}, line {line}: {}", one_line(error.message())))
    })
}

fn file(known: &Table, all: &mut Table, name: &str, written: &str) -> Result<(), ConfigError> {
    fn walk(known: &Table, all: &mut Table, file: &str, path: &str, table: Table) -> Result<(), ConfigError> {
        for (key, value) in table {
            let name = if path.is_empty() { key } else { format!("{path}.{key}") };
            let section = SECTIONS.contains(&name.as_str()) || name == "oidc" || path == "oidc";
            match value {
                Value::Table(inner) if section => walk(known, all, file, &name, inner)?,
                value => put(known, all, &name, &name, |model| fits(model, value))
                    .map_err(|error| ConfigError::new(format!("{file}: {error}")))?,
            }
        }
        Ok(())
    }
    walk(known, all, name, "", parse(name, written)?)
}

/// One setting that was written as text: `written_as` is its name as the reader wrote it.
fn text(known: &Table, all: &mut Table, name: &str, written_as: &str, value: &str) -> Result<(), ConfigError> {
    put(known, all, name, written_as, |model| match model {
        Value::Integer(_) => value.trim().parse().ok().filter(|n: &i64| *n >= 0).map(Value::Integer),
        Value::Array(_) => Some(Value::Array(
            value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect(),
        )),
        _ => Some(Value::from(value)),
    })
}

fn fits(model: &Value, value: Value) -> Option<Value> {
    let fine = match (model, &value) {
        (Value::Integer(_), Value::Integer(number)) => *number >= 0,
        (Value::Array(_), Value::Array(parts)) => parts.iter().all(Value::is_str),
        (Value::String(_), Value::String(_)) => true,
        _ => false,
    };
    fine.then_some(value)
}

/// Puts a value to its place, if the name is known and `read` makes a value of the same kind as the default.
fn put(
    known: &Table,
    all: &mut Table,
    name: &str,
    written_as: &str,
    read: impl FnOnce(&Value) -> Option<Value>,
) -> Result<(), ConfigError> {
    let provider: Table = parse("oidc", PROVIDER)?;
    let mut parts = name.split('.');
    let (model, place, key) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("oidc"), Some(of), Some(key), None) => {
            let providers = all.entry("oidc").or_insert_with(|| Value::Table(Table::new())).as_table_mut();
            let place = providers.map(|all| all.entry(of).or_insert_with(|| Value::Table(provider.clone())));
            (provider.get(key), place.and_then(Value::as_table_mut), key)
        }
        (Some(section), Some(key), None, None) if SECTIONS.contains(&section) => {
            let model = known.get(section).and_then(|inner| inner.get(key));
            (model, all.get_mut(section).and_then(Value::as_table_mut), key)
        }
        (Some(key), None, None, None) if !SECTIONS.contains(&key) => (known.get(key), Some(all), key),
        _ => (None, None, ""),
    };
    let (Some(model), Some(place)) = (model, place) else { return Err(unknown(known, name, written_as)) };
    let Some(value) = read(model) else {
        let kind = match model {
            Value::Integer(_) => "a whole number, 0 for none",
            Value::Array(_) => "a list of texts",
            _ => "a text in quotes",
        };
        return Err(ConfigError::new(format!("{written_as} must be {kind}")));
    };
    place.insert(key.to_owned(), value);
    Ok(())
}

/// Names the nearest setting, spelt as the reader spelt theirs.
fn unknown(known: &Table, name: &str, written_as: &str) -> ConfigError {
    let mut names: Vec<String> = known.keys().filter(|key| !SECTIONS.contains(&key.as_str())).cloned().collect();
    for section in SECTIONS {
        if let Some(Value::Table(inner)) = known.get(*section) {
            names.extend(inner.keys().map(|key| format!("{section}.{key}")));
        }
    }
    if let Some((provider, _)) = name.strip_prefix("oidc.").and_then(|rest| rest.split_once('.')) {
        names.extend(
            ["issuer", "client_id", "client_secret", "domains", "label"].map(|key| format!("oidc.{provider}.{key}")),
        );
    }
    // A name without its section is as near as one with a slip.
    let distance = |known: &String| {
        let bare = known.rsplit('.').next().unwrap_or(known);
        strsim::damerau_levenshtein(known, name).min(strsim::damerau_levenshtein(bare, name) + 1)
    };
    let nearest = names.into_iter().min_by_key(distance).unwrap_or_default();
    let nearest = match written_as.starts_with("HUB_") {
        true => format!("HUB_{}", nearest.to_uppercase().replace('.', "__")),
        false => nearest,
    };
    ConfigError::new(format!("there is no setting {}; the nearest is {nearest}", one_line(written_as)))
}
