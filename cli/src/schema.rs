//! What the API server would say of an object: the schema of its kind → unknown fields, types and bounds, CEL rules
//! ([`rules`]) → each thing that it would refuse on creation, by field.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use anyhow::Context;
use beffroi_crds::Provider;
use jiff::civil::Date;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::Resource;
use regex::Regex;
use serde_json::Value;

use crate::plain;
use rules::Rules;

/// Fields of `ObjectMeta`, which no schema of ours lists.
const METADATA: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The schema of a kind, as it is applied.
pub(crate) struct Schema {
    whole: JSONSchemaProps,
    /// Without the status, which the API server drops on creation before it looks at anything.
    created: JSONSchemaProps,
    rules: Rules,
}

impl Schema {
    /// That of providers.
    pub(crate) fn of_provider() -> anyhow::Result<Self> {
        let all = beffroi_crds::all().into_iter();
        let crd = all.into_iter().find(|crd| crd.spec.names.kind == Provider::kind(&()));
        let versions = crd.into_iter().flat_map(|crd| crd.spec.versions);
        let mut served = versions.filter(|version| version.name == Provider::version(&()));
        let whole = served
            .next()
            .and_then(|version| version.schema?.open_api_v3_schema)
            .context("this program has lost the schema of Provider: report it")?;
        let mut created = whole.clone();
        created.properties.iter_mut().for_each(|properties| drop(properties.remove("status")));
        let rules = Rules::of(&created)?;
        Ok(Self { whole, created, rules })
    }

    /// Everything that would be refused of an object on creation; it loses what the API server drops.
    pub(crate) fn refused(&self, object: &mut Value) -> Vec<String> {
        let (mut unread, mut found) = (Vec::new(), Vec::new());
        unknown(&self.whole, object, "", &mut unread);
        if let Value::Object(fields) = &mut *object {
            fields.remove("status");
        }
        prune(&self.created, object);
        metadata(&object["metadata"], &mut found);
        self.walk(&self.created, object, "", &mut found);
        unread.append(&mut found);
        unread
    }

    fn walk(&self, schema: &JSONSchemaProps, value: &Value, at: &str, found: &mut Vec<String>) {
        // What is wrong with its metadata is wrong with the whole.
        let before = if at.is_empty() { 0 } else { found.len() };
        if value.is_null() && schema.nullable == Some(true) {
            return;
        }
        if let Some(wrong) = mistyped(schema, value) {
            found.push(told(at, &wrong));
            return;
        }
        if let Some(wrong) = unlisted(schema, value) {
            found.push(told(at, &wrong));
        }
        match value {
            Value::Object(fields) => {
                let required = schema.required.iter().flatten().filter(|key| !fields.contains_key(*key));
                found.extend(required.map(|key| told(&below(at, key), "is required: give it")));
                for (key, value) in fields {
                    if let Some(schema) = property(schema, key) {
                        self.walk(schema, value, &below(at, key), found);
                    }
                }
            }
            Value::Array(list) => {
                found.extend(
                    counted(list.len(), schema.min_items, schema.max_items, "items")
                        .map(|wrong| told(at, &wrong)),
                );
                if let Some(schema) = items(schema) {
                    for (index, value) in list.iter().enumerate() {
                        self.walk(schema, value, &format!("{at}[{index}]"), found);
                    }
                }
                found.extend(repeated(schema, list).map(|index| {
                    told(&format!("{at}[{index}]"), "is in the list already: leave one of the two")
                }));
            }
            Value::String(text) => found.extend(misspelt(schema, text).map(|wrong| told(at, &wrong))),
            Value::Number(number) => {
                found.extend(unbounded(schema, number.as_f64()).map(|wrong| told(at, &wrong)));
            }
            Value::Null | Value::Bool(_) => {}
        }
        // As with the API server, rules are for what is whole: on anything else they would stumble.
        if found.len() == before {
            for (field, wrong) in self.rules.broken(schema, value) {
                let shown = value.as_str().map(|text| format!(" {text:?}")).unwrap_or_default();
                found.push(told(&format!("{at}{field}{shown}"), &wrong));
            }
        }
    }
}

/// The schema of the items of a list.
fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match schema.items.as_ref()? {
        JSONSchemaPropsOrArray::Schema(items) => Some(items),
        JSONSchemaPropsOrArray::Schemas(_) => None,
    }
}

/// The schema of a field: its own, or that of any other.
fn property<'a>(schema: &'a JSONSchemaProps, key: &str) -> Option<&'a JSONSchemaProps> {
    let own = schema.properties.as_ref().and_then(|properties| properties.get(key));
    own.or_else(|| match schema.additional_properties.as_ref()? {
        JSONSchemaPropsOrBool::Schema(others) => Some(others),
        JSONSchemaPropsOrBool::Bool(_) => None,
    })
}

/// Visits a schema and all below it, with their paths.
fn each<'a>(schema: &'a JSONSchemaProps, at: &str, visit: &mut impl FnMut(&str, &'a JSONSchemaProps)) {
    visit(at, schema);
    for (key, schema) in schema.properties.iter().flatten() {
        each(schema, &below(at, key), visit);
    }
    if let Some(schema) = items(schema) {
        each(schema, &format!("{at}[]"), visit);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(schema)) = &schema.additional_properties {
        each(schema, &below(at, "*"), visit);
    }
}

fn below(at: &str, key: &str) -> String {
    if at.is_empty() { plain(key) } else { format!("{at}.{}", plain(key)) }
}

fn told(at: &str, wrong: &str) -> String {
    if at.is_empty() { plain(wrong) } else { format!("{at}: {}", plain(wrong)) }
}

/// Fields that nobody reads: the API server refuses them, or drops them without a word.
fn unknown(schema: &JSONSchemaProps, value: &Value, at: &str, found: &mut Vec<String>) {
    let keeps = schema.x_kubernetes_preserve_unknown_fields == Some(true)
        || matches!(schema.additional_properties, Some(JSONSchemaPropsOrBool::Bool(true)));
    let is_root = at.is_empty();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (property(schema, key), key.as_str()) {
                    (Some(schema), _) => unknown(schema, value, &below(at, key), found),
                    (None, "metadata") if is_root => {
                        let unread = value.as_object().into_iter().flat_map(|fields| fields.keys());
                        let unread = unread.filter(|key| !METADATA.contains(&key.as_str()));
                        found.extend(unread.map(|key| told(&below("metadata", key), UNREAD)));
                    }
                    (None, "apiVersion" | "kind") if is_root => {}
                    (None, _) if keeps => {}
                    (None, _) => found.push(told(&below(at, key), UNREAD)),
                }
            }
        }
        Value::Array(list) => {
            let Some(schema) = items(schema) else { return };
            for (index, value) in list.iter().enumerate() {
                unknown(schema, value, &format!("{at}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// Said of a field that is not in the schema.
const UNREAD: &str = "nobody reads this field: correct its name, or leave it out";

/// Takes away what is null where null is nothing, as the API server does before it looks.
fn prune(schema: &JSONSchemaProps, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| {
                !value.is_null() || property(schema, key).is_none_or(|schema| schema.nullable == Some(true))
            });
            for (key, value) in fields {
                if let Some(schema) = property(schema, key) {
                    prune(schema, value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(schema) = items(schema) {
                for value in list {
                    prune(schema, value);
                }
            }
        }
        _ => {}
    }
}

/// What the API server asks of the metadata of any object.
fn metadata(metadata: &Value, found: &mut Vec<String>) {
    let name = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    let qualified = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
    let domain = format!("{label}([.]{label})*");
    if name.is_empty() {
        found.push(told("metadata.name", "is required: give it"));
    } else if name.len() > 253 || !is_whole(name, &domain) {
        let wrong = "must be a resource name: lower-case letters, digits and hyphens, at most 63 characters";
        found.push(told("metadata.name", wrong));
    }
    for kind in ["labels", "annotations"] {
        for (key, value) in metadata.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let at = format!("metadata.{kind}.{}", plain(key));
            // The case of annotations does not matter.
            let key = if kind == "labels" { key.to_owned() } else { key.to_lowercase() };
            if !is_whole(&key, &format!("({domain}/)?{qualified}")) {
                found.push(told(&at, "is no key: write letters, digits, -, _ and ., at most 63, after a domain and / if need be"));
            }
            match value.as_str() {
                None => found.push(told(&at, "must be text: write its value in quotes")),
                Some(text) if kind == "labels" && !is_whole(text, &format!("({qualified})?")) => found.push(told(
                    &at,
                    "a label's value has letters, digits, -, _ and ., at most 63: shorten it, or make it an annotation",
                )),
                Some(_) => {}
            }
        }
    }
}

/// Whether a text is of a pattern, from its first letter to its last.
fn is_whole(text: &str, pattern: &str) -> bool {
    Regex::new(&format!("^({pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
}

/// What is wrong with the type of a value.
fn mistyped(schema: &JSONSchemaProps, value: &Value) -> Option<String> {
    let whole =
        value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let (right, wanted) = match schema.type_.as_deref() {
        _ if schema.x_kubernetes_int_or_string == Some(true) => {
            (whole || value.is_string(), "a whole number or text")
        }
        Some("object") => (value.is_object(), "a mapping of fields"),
        Some("array") => (value.is_array(), "a list"),
        Some("string") => (value.is_string(), "text"),
        Some("integer") => (whole, "a whole number"),
        Some("number") => (value.is_number(), "a number"),
        Some("boolean") => (value.is_boolean(), "true or false"),
        _ => (true, ""),
    };
    let given = match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("number {number}"),
        Value::String(text) => format!("text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping of fields".to_owned(),
    };
    let next = match (wanted, value) {
        ("text", Value::Bool(_)) => {
            "put it in quotes, for kubectl takes yes, no, on, off, y and n in any case for true or false"
        }
        ("text", Value::Number(_)) => "put it in quotes",
        (_, Value::String(_)) => "write it without quotes, if that is what it is",
        _ => "correct it",
    };
    (!right).then(|| format!("must be {wanted}, and is {given}: {next}"))
}

/// What is wrong with a value that must be one of a few.
fn unlisted(schema: &JSONSchemaProps, value: &Value) -> Option<String> {
    let allowed = schema.enum_.as_ref()?;
    if allowed.iter().any(|one| one.0 == *value) {
        return None;
    }
    let named: Vec<_> =
        allowed.iter().map(|one| one.0.as_str().map_or_else(|| one.0.to_string(), str::to_owned)).collect();
    Some(format!("is {value}: write one of {}", named.join(", ")))
}

/// What is wrong with how many there are.
fn counted(count: usize, least: Option<i64>, most: Option<i64>, of: &str) -> Option<String> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let of = if count == 1 { of.trim_end_matches('s') } else { of };
    match (least, most) {
        (Some(least), _) if count < least => Some(format!("has {count} {of}: give at least {least}")),
        (_, Some(most)) if count > most => Some(format!("has {count} {of}: give at most {most}")),
        _ => None,
    }
}

/// What is wrong with a text by itself.
fn misspelt(schema: &JSONSchemaProps, text: &str) -> Option<String> {
    if let Some(wrong) = counted(text.chars().count(), schema.min_length, schema.max_length, "characters") {
        return Some(wrong);
    }
    if let Some(pattern) = &schema.pattern
        && !Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
    {
        return Some(format!("is {text:?}: write it as pattern {pattern} says"));
    }
    let dashed = text.len() == 10
        && text.char_indices().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
    let is_date = dashed && text.parse::<Date>().is_ok();
    (schema.format.as_deref() == Some("date") && !is_date)
        .then(|| format!("is {text:?}, which is no day: write one such as 2026-05-16"))
}

/// What is wrong with a number by itself.
fn unbounded(schema: &JSONSchemaProps, number: Option<f64>) -> Option<String> {
    let number = number?;
    match (schema.minimum, schema.maximum) {
        (Some(least), _) if number < least => Some(format!("is {number}: give at least {least}")),
        (_, Some(most)) if number > most => Some(format!("is {number}: give at most {most}")),
        _ => None,
    }
}

/// The first item that a list has already, where its type says that it has each once.
fn repeated(schema: &JSONSchemaProps, list: &[Value]) -> Option<usize> {
    let keys = schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
    let same = |a: &Value, b: &Value| match schema.x_kubernetes_list_type.as_deref() {
        Some("set") => a == b,
        Some("map") => keys.iter().all(|key| a.get(key) == b.get(key)),
        _ => false,
    };
    (1..list.len()).find(|at| list[..*at].iter().any(|one| same(one, &list[*at])))
}
