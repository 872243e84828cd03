//! A small reader of JSON Schema, as much of it as our document uses, and stricter in one thing: an answer has no field
//! that its schema does not name.

use hub_tests::http::Answer;
use serde_json::Value;

/// The document, ready to hold answers against it.
pub struct Shapes(pub Value);

impl Shapes {
    pub fn of_the_document() -> Self {
        Self(serde_json::from_str(web::api::openapi::document()).expect("the document is JSON"))
    }

    /// The operation that answers this.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let mut fitting = self.0["paths"].as_object()?.iter().filter(|(pattern, _)| fits(pattern, path));
        // What is written out comes before what is a parameter.
        let best = fitting.by_ref().min_by_key(|(pattern, _)| pattern.matches('{').count())?;
        best.1.get(method.to_lowercase())
    }

    /// # Panics
    /// If an answer is not as the document says.
    pub fn hold(&self, method: &str, path: &str, answer: &Answer) {
        let what = format!("{method} {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert!(!answer.status.is_server_error(), "{what}");
        let Some(operation) = self.operation(method, path) else {
            assert!(answer.status == 404 || answer.status == 405, "not in the document: {what}");
            return;
        };
        let status = answer.status.as_str();
        let described = operation["responses"].get(status).unwrap_or_else(|| panic!("undocumented status: {what}"));
        let kind = answer.header("content-type");
        let schema = described["content"].get(kind).unwrap_or_else(|| panic!("undocumented type {kind}: {what}"));
        self.check(&schema["schema"], &answer.json(), "").unwrap_or_else(|wrong| panic!("{wrong}: {what}"));
        if status == "201" {
            assert!(!answer.header("location").is_empty(), "no Location: {what}");
        }
        if status == "401" {
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
        }
    }

    /// What of a value is not as its schema says.
    pub fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.trim_start_matches("#/components/schemas/");
            let named = self.0["components"]["schemas"].get(name).ok_or_else(|| format!("{at}: no schema {name}"))?;
            return self.check(named, value, at);
        }
        let wrong = |words: &str| Err(format!("{at}: {words}: {value}"));
        // Beside properties, `anyOf` is about a body, which every test sends as it wants.
        if let Some(any) = schema["oneOf"].as_array()
            && !any.iter().any(|one| self.check(one, value, at).is_ok())
        {
            return wrong("none of the choices");
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
            return wrong("of another type");
        }
        if schema["enum"].as_array().is_some_and(|codes| !codes.contains(value)) {
            return wrong("no known code");
        }
        if schema["format"] == "date-time" && value.as_str().is_some_and(|at| at.parse::<hub::time::Ts>().is_err()) {
            return wrong("no instant");
        }
        if let Some(items) = value.as_array() {
            for (n, item) in items.iter().enumerate() {
                self.check(&schema["items"], item, &format!("{at}[{n}]"))?;
            }
        }
        let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return wrong(&format!("no field {name}"));
            }
        }
        for (name, field) in fields {
            match known.get(name) {
                Some(schema) => self.check(schema, field, &format!("{at}.{name}"))?,
                None if schema["additionalProperties"] == true => {}
                None => return wrong(&format!("a field {name} that is not described")),
            }
        }
        Ok(())
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(name, part)| name.starts_with('{') || name == part)
}
