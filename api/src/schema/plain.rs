//! Schemas in plain words, which any generator of clients understands: no words of Kubernetes, enumerations as lists of
//! values, rules as the patterns, lengths and choices that they come to.

use beffroi_crds::text::{LONGEST, ONE_OF, PATTERN};
use serde_json::{Map, Value, json};

/// How `k8s-openapi` names a time.
pub const TIME: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";

/// Says a schema, and all in it, plainly.
pub fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            alternatives(fields);
            kubernetes(fields);
            enumeration(fields);
            time(fields);
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.remove("format");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Takes away what only the API server understands; what rules of the custom resources come to is declared beside them,
/// under words of ours, and a set stays one.
fn kubernetes(fields: &mut Map<String, Value>) {
    if fields.get("x-kubernetes-list-type").is_some_and(|kind| kind == "set") {
        fields.insert("uniqueItems".to_owned(), true.into());
    }
    if let Some(pattern) = fields.remove(PATTERN) {
        fields.insert("pattern".to_owned(), pattern);
    }
    if let Some(longest) = fields.remove(LONGEST).filter(|longest| least(longest, fields.get("maxLength"))) {
        fields.insert("maxLength".to_owned(), longest);
    }
    fields.retain(|name, _| !name.starts_with("x-kubernetes-"));
}

/// Whether a length is less than another that was said.
fn least(length: &Value, other: Option<&Value>) -> bool {
    other.is_none_or(|other| length.as_u64() < other.as_u64())
}

/// Of two fields one must be given, and not both: two kinds of objects.
fn alternatives(fields: &mut Map<String, Value>) {
    let Some(Value::Array(names)) = fields.remove(ONE_OF) else { return };
    let [Some(one), Some(other)] = [0, 1].map(|at| names.get(at).and_then(Value::as_str)) else { return };
    let kind = |given: &str, absent: &str| {
        let mut kind = fields.clone();
        kind.retain(|word, _| !word.starts_with("x-") && word != "description");
        let mut title = format!("With{given}");
        if let Some(initial) = title.get_mut(4..5) {
            initial.make_ascii_uppercase();
        }
        kind.insert("title".to_owned(), title.into());
        if let Some(Value::Object(properties)) = kind.get_mut("properties") {
            properties.remove(absent);
            if let Some(given) = properties.get_mut(given) {
                present(given);
            }
        }
        if let Some(Value::Array(required)) = kind.get_mut("required") {
            required.push(given.into());
        }
        Value::Object(kind)
    };
    let kinds = json!([kind(one, other), kind(other, one)]);
    fields.retain(|word, _| word == "description");
    fields.insert("oneOf".to_owned(), kinds);
}

/// What must be given is not `null`.
fn present(schema: &mut Value) {
    let without = |all: &Value| -> Option<Vec<Value>> {
        let null = |one: &Value| *one == "null" || one["type"] == "null";
        Some(all.as_array()?.iter().filter(|one| !null(one)).cloned().collect())
    };
    if let Some([kind]) = schema.get("type").and_then(without).as_deref() {
        schema["type"] = kind.clone();
    }
    if let Some([Value::Object(only)]) = schema.get("anyOf").and_then(without).as_deref()
        && let Value::Object(fields) = schema
    {
        fields.remove("anyOf");
        fields.extend(only.clone());
    }
}

/// Texts of which one holds, each with its description, become a list of values; what they mean goes into the
/// description of all.
fn enumeration(fields: &mut Map<String, Value>) {
    let Some(Value::Array(all)) = fields.get("oneOf") else { return };
    let mut values = Vec::new();
    let mut told: Vec<String> =
        fields.get("description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    for one in all {
        // Those without a description stand together in one list.
        match (one.get("const"), one.get("enum"), one["type"].as_str()) {
            (Some(value), None, Some("string")) => {
                let means = one["description"].as_str().unwrap_or_default();
                told.push(format!("`{}`: {means}", value.as_str().unwrap_or_default()));
                values.push(value.clone());
            }
            (None, Some(Value::Array(several)), Some("string")) => values.extend(several.iter().cloned()),
            _ => return,
        }
    }
    fields.remove("oneOf");
    fields.insert("type".to_owned(), "string".into());
    fields.insert("enum".to_owned(), values.into());
    fields.insert("description".to_owned(), told.join("\n\n").into());
}

/// A time is a text.
fn time(fields: &mut Map<String, Value>) {
    let refers = fields.get("$ref").and_then(Value::as_str).is_some_and(|to| to.ends_with(TIME));
    if refers {
        fields.remove("$ref");
        fields.insert("type".to_owned(), "string".into());
        fields.insert("format".to_owned(), "date-time".into());
    }
}
