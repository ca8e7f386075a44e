use std::collections::BTreeSet;

use serde_json::json;

use super::*;

/// A provider that says something in every field.
const FULL: &str = include_str!("full.yaml");

fn schema() -> Schema {
    Schema::of_provider().unwrap()
}

fn full() -> Value {
    crate::manifest::objects(FULL).unwrap().remove(0)
}

/// Values of an object at a path of its schema.
fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').filter(|step| !step.is_empty()).fold(vec![value], |found, step| {
        let fields = found.into_iter().filter_map(|value| value.get(step.trim_end_matches("[]")));
        if step.ends_with("[]") {
            fields.filter_map(Value::as_array).flatten().collect()
        } else {
            fields.collect()
        }
    })
}

#[test]
fn every_rule_is_evaluated() {
    let (schema, full) = (schema(), full());
    let mut rules = 0;
    each(&schema.created, "", &mut |path, part| {
        for rule in part.x_kubernetes_validations.iter().flatten() {
            if rules::is_transition(rule) {
                assert!(rule.message.as_deref().unwrap().contains("immutable"), "{path}: {}", rule.rule);
                continue;
            }
            let values = at(&full, path);
            assert!(!values.is_empty(), "{path}: give it in full.yaml, for its rules to be evaluated");
            for value in values {
                let value = rules::cel(Some(part), value);
                let said = schema.rules.run(&rule.rule, &value);
                assert_eq!(said.ok(), Some(cel::Value::Bool(true)), "{path}: {}", rule.rule);
                let told =
                    rule.message_expression.as_ref().map(|text| schema.rules.run(text, &value).unwrap());
                assert!(told.is_none_or(|told| matches!(told, cel::Value::String(_))), "{path}");
            }
            rules += 1;
        }
    });
    assert!(rules > 40, "{rules}");
    assert_eq!(schema.refused(&mut full.clone()), [""; 0]);
}

#[test]
fn every_rule_of_every_kind_can_be_read() {
    // The API server refuses a definition with one that cannot.
    for crd in beffroi_crds::all() {
        for version in crd.spec.versions {
            let schema = version.schema.unwrap().open_api_v3_schema.unwrap();
            let read = Rules::of(&schema).map(|_| ());
            assert!(read.is_ok(), "{}: {read:?}", crd.spec.names.kind);
        }
    }
}

#[test]
fn every_word_of_the_schema_is_known() {
    // Words that this walk obeys, and those that bid it nothing on creation.
    let obeyed = [
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "nullable",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "pattern",
        "x-kubernetes-validations",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
        "additionalProperties",
    ];
    let idle = ["description", "title"];
    each(&schema().created, "", &mut |path, part| {
        let Value::Object(mut words) = serde_json::to_value(part).unwrap() else { panic!("{path}") };
        // Looked into by the walk itself.
        words.retain(|word, _| !["properties", "items", "additionalProperties"].contains(&word.as_str()));
        for word in words.keys().map(String::as_str) {
            assert!(obeyed.contains(&word) || idle.contains(&word), "{path}: {word} is not obeyed");
        }
        assert!(part.format.as_deref().is_none_or(|format| format == "date"), "{path}: {:?}", part.format);
        for rule in part.x_kubernetes_validations.iter().flatten() {
            assert_eq!((rule.optional_old_self, &rule.reason), (None, &None), "{path}: {}", rule.rule);
        }
    });
}

#[test]
fn every_field_of_the_schema_is_in_the_full_one_and_of_its_right_type_alone() {
    let (schema, full) = (schema(), full());
    let mut paths = BTreeSet::new();
    each(&schema.created, "", &mut |path, part| {
        assert!(!at(&full, path).is_empty(), "{path}: give it in full.yaml");
        if !path.is_empty() && !path.contains("[]") {
            paths.insert((path.to_owned(), part.type_.clone()));
        }
    });
    for (path, _) in paths {
        let mut object = full.clone();
        *object.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = json!({"a": [1]});
        let refused = schema.refused(&mut object).join("\n");
        assert!(
            refused.contains(&format!("{path}: must be ")) || refused.contains(&format!("{path}.a: ")),
            "{refused}"
        );
    }
}

#[test]
fn what_the_api_server_drops_is_dropped() {
    let schema = schema();
    let mut object = full();
    object["status"] = json!({"observedGeneration": "x"});
    object["spec"]["fictional"] = Value::Null;
    object["spec"]["seat"]["subdivision"] = Value::Null;
    assert_eq!(schema.refused(&mut object), [""; 0]);
    assert!(object.get("status").is_none() && object["spec"].get("fictional").is_none());
    assert!(object["spec"]["seat"].get("subdivision").is_some());
    object["status"] = json!({"state": "x"});
    object["spec"]["seat"]["country"] = Value::Null;
    let refused = schema.refused(&mut object);
    assert!(refused[0].starts_with("status.state: nobody reads"), "{refused:?}");
    assert!(refused[1].starts_with("spec.seat.country: is required"), "{refused:?}");
    // A nullable field that is null is absent to rules, as with the API server.
    let mut object = full();
    object["spec"]["siren"] = Value::Null;
    let refused = schema.refused(&mut object);
    assert!(matches!(&*refused, [one] if one.starts_with("spec: branch is for a firm")), "{refused:?}");
}

#[test]
fn lists_that_hold_each_once_do() {
    let mut list =
        JSONSchemaProps { x_kubernetes_list_type: Some("set".to_owned()), ..JSONSchemaProps::default() };
    assert_eq!(repeated(&list, &[json!("a"), json!("b"), json!("a")]), Some(2));
    assert_eq!(repeated(&list, &[json!("a"), json!("b")]), None);
    list.x_kubernetes_list_type = Some("map".to_owned());
    list.x_kubernetes_list_map_keys = Some(vec!["type".to_owned()]);
    assert_eq!(repeated(&list, &[json!({"type": "a", "b": 1}), json!({"type": "a"})]), Some(1));
    list.x_kubernetes_list_type = None;
    assert_eq!(repeated(&list, &[json!("a"), json!("a")]), None);
}

#[test]
fn numbers_or_texts_and_unknown_fields_are_taken_where_the_schema_takes_them() {
    let either = JSONSchemaProps { x_kubernetes_int_or_string: Some(true), ..JSONSchemaProps::default() };
    for (value, right) in [(json!(1), true), (json!("1"), true), (json!(1.5), false), (json!([]), false)] {
        assert_eq!(mistyped(&either, &value).is_none(), right, "{value}");
    }
    let mut open =
        JSONSchemaProps { x_kubernetes_preserve_unknown_fields: Some(true), ..JSONSchemaProps::default() };
    let told = |schema: &JSONSchemaProps| {
        let mut found = Vec::new();
        unknown(schema, &json!({"a": {"b": 1}}), "spec", &mut found);
        found
    };
    assert_eq!(told(&open), [""; 0]);
    open.x_kubernetes_preserve_unknown_fields = None;
    assert_eq!(told(&open).len(), 1);
}
