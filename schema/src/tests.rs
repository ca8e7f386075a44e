use std::{collections::BTreeSet, fs, path::Path};

use beffroi_crds::rule::CelRule;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    walk::{each, mistyped, repeated, unknown},
    *,
};

/// A provider that says something in every field.
const FULL: &str = include_str!("full.yaml");

fn kind() -> &'static Kind {
    Kind::named("Provider").unwrap()
}

fn full() -> Value {
    serde_yaml::from_str(FULL).unwrap()
}

/// What is refused of an object, in English, with its place.
fn told(kind: &Kind, object: &mut Value, before: Option<&Value>) -> Vec<String> {
    let faults = kind.refused(object, before);
    faults.iter().map(|fault| format!("{}: {}", fault.path, fault.wrong.sentence(Language::En))).collect()
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
    let (schema, full) = (kind().schema(), full());
    let mut rules = 0;
    each(&schema.props, "", &mut |path, part| {
        for rule in part.x_kubernetes_validations.iter().flatten() {
            let values = at(&full, path);
            assert!(!values.is_empty(), "{path}: give it in full.yaml, for its rules to be evaluated");
            for value in values {
                let value = rules::cel(Some(part), value);
                let before = schema.rules.is_transition(rule).then_some(&value);
                let said = schema.rules.run(&rule.rule, &value, before);
                assert_eq!(said.ok(), Some(cel::Value::Bool(true)), "{path}: {}", rule.rule);
                let told = CelRule::of(rule).and_then(|declared| declared.told.clone());
                for text in told.into_iter().flat_map(|told| [told.en, told.fr]) {
                    let said = schema.rules.run(&text, &value, None).unwrap();
                    assert!(matches!(said, cel::Value::String(_)), "{path}: {text}");
                }
            }
            rules += 1;
        }
    });
    assert!(rules > 40, "{rules}");
    assert_eq!(told(kind(), &mut full.clone(), None), [""; 0]);
}

#[test]
fn every_rule_of_every_kind_can_be_read() {
    // The API server refuses a definition with one that cannot.
    for crd in beffroi_crds::all() {
        let read = Kind::named(&crd.spec.names.kind).map(|_| ());
        assert!(read.is_ok(), "{}: {read:?}", crd.spec.names.kind);
    }
}

#[test]
fn the_samples_are_accepted_and_remain_what_they_are() {
    let mut seen = BTreeSet::new();
    for folder in ["../samples", "../charts/beffroi/profiles"] {
        objects(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut |object| {
            let Some(kind) = object["kind"].as_str().and_then(|name| Kind::named(name).ok()) else { return };
            let before = object.clone();
            assert_eq!(told(kind, &mut object.clone(), None), [""; 0], "{object}");
            assert_eq!(told(kind, object, Some(&before)), [""; 0], "{object}");
            seen.insert(object["kind"].to_string());
        });
    }
    assert_eq!(seen.len(), beffroi_crds::all().len(), "{seen:?}");
}

/// Every object of every file below a folder.
fn objects(folder: &Path, visit: &mut impl FnMut(&mut Value)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            objects(&path, visit);
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            for document in serde_yaml::Deserializer::from_str(&fs::read_to_string(&path).unwrap()) {
                visit(&mut Value::deserialize(document).unwrap());
            }
        }
    }
}

fn workspace() -> Value {
    json!({
        "apiVersion": "beffroi.fr/v1alpha1", "kind": "Workspace", "metadata": {"name": "essai"},
        "spec": {"apps": [{"name": "docs", "channel": "Stable"}], "data": ["Staff"], "domain": "essai.example"},
    })
}

#[test]
fn what_is_broken_is_told_with_its_code_in_both_languages() {
    let kind = Kind::named("Workspace").unwrap();
    for (pointer, value, code, fr) in [
        (
            "/spec/apps/0/version",
            json!("1"),
            "workspace.one-release",
            "donnez version ou channel, l'un des deux",
        ),
        ("/spec/domain", json!("Not A Domain"), "domain.form", "doit être un nom DNS en minuscules"),
        (
            "/spec/deleteAfter",
            json!("9999-06-01T00:00:00Z"),
            "instant.years",
            "entre les années 1970 et 9998",
        ),
        ("/spec/data", json!(["Everything"]), "not-allowed", "valeurs admises : Public, Staff"),
        ("/spec/data", json!(["Staff", "Staff"]), "repeated", "déjà dans la liste"),
        ("/spec/placement", json!({"sites": 9}), "too-great", "est 9 : donnez au plus 8"),
        (
            "/spec/placement",
            json!({"sites": 2, "minCities": 3}),
            "workspace.min-cities",
            "ne doit pas dépasser",
        ),
        ("/spec/apps", json!([]), "too-few-items", "a 0 élément : donnez-en au moins 1"),
        ("/spec/suspended", json!("x"), "wrong-type", "doit être true ou false, et est le texte « x »"),
        ("/spec/domaine", json!("x"), "unknown-field", "ce champ n'est pas connu"),
    ] {
        let mut object = workspace();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value;
        let faults = kind.refused(&mut object, None);
        assert_eq!(faults.iter().map(|fault| fault.wrong.code()).collect::<Vec<_>>(), [code], "{pointer}");
        let said = faults[0].wrong.sentence(Language::Fr);
        assert!(said.contains(fr), "{said}");
    }
    let mut tenant = json!({"kind": "Tenant", "metadata": {"name": "a"}, "spec": {
        "title": "A", "kind": "Groupement", "members": ["a", "b"], "policy": "standard",
        "quota": {"cpu": "-1", "memory": "x"}, "domains": ["a.example"],
    }});
    let said = told(Kind::named("Tenant").unwrap(), &mut tenant, None).join("\n");
    assert!(said.contains("spec.quota.cpu: must not be negative"), "{said}");
    assert!(said.contains("spec.quota.memory: must be a Kubernetes quantity"), "{said}");
}

#[test]
fn a_code_that_names_no_country_is_told_in_both_languages() {
    for (code, en, fr) in [
        (
            "UK",
            "UK is only reserved in ISO 3166-1: write GB",
            "UK n'est que réservé dans l'ISO 3166-1 : écrivez GB",
        ),
        ("QQ", "QQ is not an officially assigned code", "QQ n'est pas un code officiellement attribué"),
    ] {
        let mut object = full();
        object["spec"]["subprocessors"][0]["accessFrom"][0] = json!(code);
        let faults = kind().refused(&mut object, None);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((faults[0].wrong.code(), &faults[0].value), ("country.assigned", &Some(json!(code))));
        assert!(faults[0].wrong.sentence(Language::En).starts_with(en), "{faults:?}");
        assert!(faults[0].wrong.sentence(Language::Fr).starts_with(fr), "{faults:?}");
    }
}

#[test]
fn what_was_there_before_is_compared_with_and_not_judged_again() {
    let kind = Kind::named("Tenant").unwrap();
    let before = json!({"kind": "Tenant", "metadata": {"name": "a"}, "spec": {
        "title": "A", "kind": "Commune", "siren": "217102706", "insee": "71270", "policy": "standard",
        "contacts": [{"role": "DPO", "name": "x", "email": "no address"}],
    }});
    let mut after = before.clone();
    after["spec"]["title"] = json!("B");
    assert_eq!(told(kind, &mut after.clone(), Some(&before)), [""; 0], "the address stood there before");
    assert_eq!(told(kind, &mut after.clone(), None).len(), 1);
    after["spec"]["siren"] = json!("552081317");
    let said = told(kind, &mut after, Some(&before));
    assert_eq!(said, ["spec: siren is immutable: another body is another Tenant"]);
}

#[test]
fn every_word_of_the_schema_is_known() {
    // Words that this walk obeys, and those that bid it nothing on creation.
    let obeyed = [
        "default",
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
    for crd in beffroi_crds::all() {
        let schema = Kind::named(&crd.spec.names.kind).unwrap().schema();
        each(&schema.props, "", &mut |path, part| {
            let Value::Object(mut words) = serde_json::to_value(part).unwrap() else { panic!("{path}") };
            // Looked into by the walk itself.
            words.retain(|word, _| !["properties", "items", "additionalProperties"].contains(&word.as_str()));
            for word in words.keys().map(String::as_str) {
                assert!(obeyed.contains(&word) || idle.contains(&word), "{path}: {word} is not obeyed");
            }
            let formats =
                [None, Some("date"), Some("date-time"), Some("double"), Some("int32"), Some("int64")];
            assert!(formats.contains(&part.format.as_deref()), "{path}: {:?}", part.format);
            for rule in part.x_kubernetes_validations.iter().flatten() {
                assert_eq!((rule.optional_old_self, &rule.reason), (None, &None), "{path}: {}", rule.rule);
            }
        });
    }
}

#[test]
fn every_field_of_the_schema_is_in_the_full_one_and_of_its_right_type_alone() {
    let (kind, full) = (kind(), full());
    let mut paths = BTreeSet::new();
    each(&kind.schema().props, "", &mut |path, part| {
        assert!(!at(&full, path).is_empty(), "{path}: give it in full.yaml");
        if !path.is_empty() && !path.contains("[]") {
            paths.insert((path.to_owned(), part.type_.clone()));
        }
    });
    for (path, _) in paths {
        let mut object = full.clone();
        *object.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = json!({"a": [1]});
        let refused = told(kind, &mut object, None).join("\n");
        assert!(
            refused.contains(&format!("{path}: must be ")) || refused.contains(&format!("{path}.a: ")),
            "{refused}"
        );
    }
}

#[test]
fn what_the_api_server_drops_is_dropped() {
    let kind = kind();
    let mut object = full();
    object["status"] = json!({"observedGeneration": "x"});
    object["spec"]["fictional"] = Value::Null;
    object["spec"]["seat"]["subdivision"] = Value::Null;
    assert_eq!(told(kind, &mut object, None), [""; 0]);
    assert!(object.get("status").is_none() && object["spec"].get("fictional").is_none());
    assert!(object["spec"]["seat"].get("subdivision").is_some());
    object["status"] = json!({"state": "x"});
    object["spec"]["seat"]["country"] = Value::Null;
    let refused = told(kind, &mut object, None);
    assert!(refused[0].starts_with("status.state: nobody reads"), "{refused:?}");
    assert!(refused[1].starts_with("spec.seat.country: is required"), "{refused:?}");
    // A nullable field that is null is absent to rules, as with the API server.
    let mut object = full();
    object["spec"]["siren"] = Value::Null;
    let refused = told(kind, &mut object, None);
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
    let unread = |schema: &JSONSchemaProps| {
        let mut found = Vec::new();
        unknown(schema, &json!({"a": {"b": 1}}), "spec", &mut found);
        found.len()
    };
    assert_eq!(unread(&open), 0);
    open.x_kubernetes_preserve_unknown_fields = None;
    assert_eq!(unread(&open), 1);
}
