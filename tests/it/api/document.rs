//! The document is true: of paths, of samples, of references within it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::Shapes;

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(all) => {
            if let Some(name) = all.get("$ref").and_then(Value::as_str) {
                found.insert(name.trim_start_matches("#/components/schemas/").to_owned());
            }
            all.values().for_each(|value| references(value, found));
        }
        Value::Array(all) => all.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn it_names_every_route_and_no_other() {
    let Shapes(document) = Shapes::of_the_document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        described.extend(methods.as_object().expect("methods").keys().map(|method| format!("{method} {path}")));
    }
    let table = web::routes::table();
    let routes = table.routes().iter().filter(|route| route.path.starts_with("/api/"));
    let routes: BTreeSet<String> =
        routes.map(|route| format!("{} {}", route.method.as_str().to_lowercase(), route.path)).collect();
    assert_eq!(described, routes);
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let missing: Vec<_> = named.iter().filter(|name| !schemas.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_sample_is_as_it_says() {
    let shapes = Shapes::of_the_document();
    for route in web::routes::table().routes().iter().filter(|route| route.path.starts_with("/api/")) {
        let operation = shapes.operation(route.method.as_str(), route.path).expect("a described route");
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        assert_eq!(body.is_some(), route.sample.body.is_some(), "{} {}", route.method, route.path);
        if let Some(schema) = body {
            shapes.check(schema, &route.body(), route.path).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}
