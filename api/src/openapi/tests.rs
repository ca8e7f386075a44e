//! What holds of the whole document, whichever operations there are.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Every operation: its path, its method, and what is told of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        all.extend(
            item.as_object().unwrap().iter().map(|(method, told)| (path.as_str(), method.as_str(), told)),
        );
    }
    all
}

/// The answers of an operation that tell a success.
fn successes(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let answers = operation["responses"].as_object().unwrap().iter();
    answers.filter(|(status, _)| status.starts_with('2')).map(|(status, answer)| (status.as_str(), answer))
}

/// Everything that a document refers to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Objects told where they stand.
fn inlined(schema: &Value, path: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "object") && fields.contains_key("properties") {
                found.push(path.to_owned());
            }
            for (name, field) in fields {
                inlined(field, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| inlined(item, path, found)),
        _ => {}
    }
}

#[test]
fn the_committed_document_is_that_of_the_code() {
    let committed = include_str!("../../openapi.json");
    assert!(committed == text(), "api/openapi.json has drifted from the code: run `make generate`");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_tells_its_problems() {
    let (document, mut names) = (document(), BTreeSet::new());
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(name.len() > 4 && names.insert(name), "{method} {path}: {name}");
        assert!(operation["responses"]["429"].is_object() && operation["summary"].is_string(), "{name}");
    }
}

#[test]
fn every_link_leads_to_an_operation_that_takes_what_it_brings() {
    let document = document();
    let takes: BTreeMap<&str, BTreeSet<&str>> = operations(&document)
        .into_iter()
        .map(|(_, _, operation)| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let names = parameters.map(|parameter| parameter["name"].as_str().unwrap());
            (operation["operationId"].as_str().unwrap(), names.collect())
        })
        .collect();
    let mut links = 0;
    for (path, method, operation) in operations(&document) {
        for (_, answer) in successes(operation) {
            for (to, link) in answer["links"].as_object().into_iter().flatten() {
                let brought = link["parameters"].as_object().unwrap();
                let known = takes.get(to.as_str()).unwrap_or_else(|| panic!("{method} {path} → {to}"));
                assert!(brought.keys().all(|name| known.contains(name.as_str())), "{method} {path} → {to}");
                links += 1;
            }
        }
    }
    assert!(links > 20, "{links}");
}

#[test]
fn every_success_tells_its_body_and_what_is_made_where_it_lies() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let told: Vec<_> = successes(operation).collect();
        let [(status, answer)] = told.as_slice() else { panic!("{method} {path}: one success") };
        let has_body = answer["content"].is_object();
        assert!(has_body || method == "delete", "{method} {path}");
        assert_eq!(answer["headers"]["Location"].is_object(), *status == "201", "{method} {path}");
    }
}

#[test]
fn every_body_has_an_example_and_every_example_is_of_its_type() {
    for (path, method, operation) in operations(&document()) {
        let content = operation["requestBody"]["content"].as_object().into_iter().flatten();
        for (media, body) in content {
            assert!(body["examples"].is_object(), "{method} {path}: {media}");
        }
    }
    for (operation, misfits) in resources::router().misfits() {
        assert!(misfits.is_empty(), "{operation}: {misfits:?}");
    }
}

#[test]
fn every_segment_of_a_path_is_told_with_an_example() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let told: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path" && parameter["example"].is_string())
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(named.collect::<BTreeSet<_>>(), told, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let (document, mut found) = (document(), BTreeSet::new());
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn every_object_has_a_name_and_no_word_of_kubernetes_or_rust_is_left() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut found = Vec::new();
        inlined(schema, "", &mut found);
        found.retain(|path| !path.is_empty());
        assert!(found.is_empty(), "{name}: {found:?} needs a name in schema/names.rs");
        let text = schema.to_string();
        for word in ["x-", "\"const\"", "\"uint", "k8s.io"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn rules_of_the_custom_resources_are_told() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["OrderedApp"]["oneOf"].as_array().map(Vec::len), Some(2));
    let (one, other) = (&schemas["OrderedAppWithVersion"], &schemas["OrderedAppWithChannel"]);
    assert_eq!(one["required"], json!(["name", "version"]));
    assert_eq!(other["required"], json!(["name", "channel"]));
    assert!(other["properties"].get("version").is_none());
    assert_eq!(one["properties"]["name"]["maxLength"], 63);
    assert_eq!(schemas["MaintenanceWindow"]["properties"]["days"]["uniqueItems"], true);
    assert!(schemas["Channel"]["enum"].as_array().is_some_and(|all| all.len() > 1));
    assert!(schemas["BackupRequest"]["required"].is_array());
    assert!(schemas["BackupRequestPatch"].get("required").is_none());
}

#[test]
fn the_fields_of_an_event_are_told() {
    let document = document();
    let at = "/paths/~1v1~1events/get/responses/200/content/text~1event-stream";
    let stream = document.pointer(at).unwrap();
    let item = stream["schema"]["contentSchema"]["items"]["$ref"].as_str().unwrap();
    let event = document.pointer(item.trim_start_matches('#')).unwrap();
    assert_eq!(event["required"], json!(["event", "data", "id"]));
    let example = stream["example"].as_str().unwrap();
    let (_, data) = example.split_once("data: ").unwrap();
    let data: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
    let known = &document["components"]["schemas"]["Event"]["properties"];
    assert!(data.as_object().unwrap().keys().all(|field| known[field].is_object()), "{data}");
}
