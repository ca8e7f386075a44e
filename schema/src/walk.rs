//! The walk over a schema and a value: unknown fields, types, bounds, and rules where all below is right.

use jiff::civil::Date;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use regex::Regex;
use serde_json::Value;

use crate::{
    metadata,
    rules::Rules,
    wrong::{Fault, Given, Part, Type, Wrong},
};

/// One walk: the rules that hold, and what is wrong so far.
pub struct Walk<'a> {
    /// Rules of the schema.
    pub rules: &'a Rules,
    /// What is wrong.
    pub found: &'a mut Vec<Fault>,
}

impl Fault {
    /// What is wrong at a place.
    pub(crate) fn at(path: &str, wrong: Wrong) -> Self {
        Self { path: path.to_owned(), value: None, wrong }
    }

    /// What is wrong with the value at a place. A text whose length is wrong is not shown: it may be very long, or a
    /// secret.
    fn of(path: &str, value: &Value, wrong: Wrong) -> Self {
        let is_length = matches!(
            wrong,
            Wrong::TooFew { of: Part::Character, .. } | Wrong::TooMany { of: Part::Character, .. }
        );
        let shown = !(is_length || value.is_object() || value.is_array());
        Self { path: path.to_owned(), value: shown.then(|| value.clone()), wrong }
    }
}

impl Walk<'_> {
    /// Judges a value at a path. As with the API server, what is as it was before is not judged again.
    pub fn judge(&mut self, schema: &JSONSchemaProps, value: &Value, before: Option<&Value>, at: &str) {
        if before == Some(value) || value.is_null() && schema.nullable == Some(true) {
            return;
        }
        // What is wrong with the metadata of an object is wrong with the whole.
        let mark = if at.is_empty() { 0 } else { self.found.len() };
        if let Some(wrong) = mistyped(schema, value) {
            self.found.push(Fault::of(at, value, wrong));
            return;
        }
        self.found.extend(unlisted(schema, value).map(|wrong| Fault::of(at, value, wrong)));
        match value {
            Value::Object(fields) => {
                let missing = schema.required.iter().flatten().filter(|key| !fields.contains_key(*key));
                self.found.extend(missing.map(|key| Fault::at(&below(at, key), Wrong::Missing)));
                for (key, value) in fields {
                    if let Some(schema) = property(schema, key) {
                        self.judge(schema, value, before.and_then(|before| before.get(key)), &below(at, key));
                    }
                }
            }
            Value::Array(list) => self.list(schema, value, list, before, at),
            Value::String(text) => {
                self.found.extend(misspelt(schema, text).map(|wrong| Fault::of(at, value, wrong)));
            }
            Value::Number(number) => {
                let wrong = number.as_f64().and_then(|number| unbounded(schema, number));
                self.found.extend(wrong.map(|wrong| Fault::of(at, value, wrong)));
            }
            Value::Null | Value::Bool(_) => {}
        }
        // As with the API server, rules are for what is whole: on anything else they would stumble.
        if self.found.len() == mark {
            let broken = self.rules.broken(schema, value, before);
            let told = |(field, wrong)| Fault { path: format!("{at}{field}"), ..Fault::of(at, value, wrong) };
            self.found.extend(broken.into_iter().map(told));
        }
    }

    fn list(
        &mut self,
        schema: &JSONSchemaProps,
        value: &Value,
        list: &[Value],
        before: Option<&Value>,
        at: &str,
    ) {
        if let Some(wrong) = counted(list.len(), schema.min_items, schema.max_items, Part::Item) {
            self.found.push(Fault::of(at, value, wrong));
            // Of who sends a thousand, no more is looked at.
            return;
        }
        let were = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_keyed = schema.x_kubernetes_list_type.as_deref() == Some("map");
        if let Some(items) = items(schema) {
            for (index, item) in list.iter().enumerate() {
                // Only items with keys are known again.
                let was = were.iter().find(|was| is_keyed && same(schema, was, item));
                self.judge(items, item, was, &format!("{at}[{index}]"));
            }
        }
        let wrong = repeated(schema, list);
        self.found
            .extend(wrong.map(|index| Fault::of(&format!("{at}[{index}]"), &list[index], Wrong::Repeated)));
    }
}

/// The schema of the items of a list.
pub fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match schema.items.as_ref()? {
        JSONSchemaPropsOrArray::Schema(items) => Some(items),
        JSONSchemaPropsOrArray::Schemas(_) => None,
    }
}

/// The schema of a field: its own, or that of any other.
pub fn property<'a>(schema: &'a JSONSchemaProps, key: &str) -> Option<&'a JSONSchemaProps> {
    let own = schema.properties.as_ref().and_then(|properties| properties.get(key));
    own.or_else(|| match schema.additional_properties.as_ref()? {
        JSONSchemaPropsOrBool::Schema(others) => Some(others),
        JSONSchemaPropsOrBool::Bool(_) => None,
    })
}

/// Visits a schema and all below it, with their paths.
pub fn each<'a>(schema: &'a JSONSchemaProps, at: &str, visit: &mut impl FnMut(&str, &'a JSONSchemaProps)) {
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

/// The path of a field.
pub fn below(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// Fields that nobody reads: the API server refuses them, or drops them without a word.
pub fn unknown(schema: &JSONSchemaProps, value: &Value, at: &str, found: &mut Vec<Fault>) {
    let keeps = schema.x_kubernetes_preserve_unknown_fields == Some(true)
        || matches!(schema.additional_properties, Some(JSONSchemaPropsOrBool::Bool(true)));
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match property(schema, key) {
                    Some(schema) => unknown(schema, value, &below(at, key), found),
                    None if keeps => {}
                    // Of a text, a list or a number it is the type that is wrong.
                    None if schema.type_.as_deref().is_some_and(|wanted| wanted != "object") => {}
                    None => found.push(Fault::of(&below(at, key), value, Wrong::Unknown)),
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

/// The same, of an object with its metadata.
pub fn unknown_of_object(schema: &JSONSchemaProps, object: &Value, found: &mut Vec<Fault>) {
    for (key, value) in object.as_object().into_iter().flatten() {
        match (property(schema, key), key.as_str()) {
            (_, "metadata") => metadata::unknown(value, found),
            (_, "apiVersion" | "kind") => {}
            (Some(schema), _) => unknown(schema, value, key, found),
            (None, _) => found.push(Fault::of(key, value, Wrong::Unknown)),
        }
    }
}

/// Takes away what is null where null is nothing, as the API server does before it looks.
pub fn prune(schema: &JSONSchemaProps, value: &mut Value) {
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

/// Fills in what is not given and has a value by default, as the API server does then.
pub fn fill(schema: &JSONSchemaProps, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, schema) in schema.properties.iter().flatten() {
                if let Some(usual) = &schema.default
                    && !fields.contains_key(key)
                {
                    fields.insert(key.clone(), usual.0.clone());
                }
            }
            for (key, value) in fields {
                if let Some(schema) = property(schema, key) {
                    fill(schema, value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(schema) = items(schema) {
                for value in list {
                    fill(schema, value);
                }
            }
        }
        _ => {}
    }
}

/// What is wrong with the type of a value.
pub fn mistyped(schema: &JSONSchemaProps, value: &Value) -> Option<Wrong> {
    let is_whole =
        value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let (right, wanted) = match schema.type_.as_deref() {
        _ if schema.x_kubernetes_int_or_string == Some(true) => {
            (is_whole || value.is_string(), Type::WholeOrText)
        }
        Some("object") => (value.is_object(), Type::Object),
        Some("array") => (value.is_array(), Type::List),
        Some("string") => (value.is_string(), Type::Text),
        Some("integer") => (is_whole, Type::Whole),
        Some("number") => (value.is_number(), Type::Number),
        Some("boolean") => (value.is_boolean(), Type::Truth),
        _ => return None,
    };
    (!right).then(|| Wrong::Type { wanted, given: Given::from(value) })
}

/// What is wrong with a value that must be one of a few.
fn unlisted(schema: &JSONSchemaProps, value: &Value) -> Option<Wrong> {
    let allowed = schema.enum_.as_ref()?;
    if allowed.iter().any(|one| one.0 == *value) {
        return None;
    }
    let allowed = allowed.iter().map(|one| one.0.clone()).filter(|one| !one.is_null()).collect();
    Some(Wrong::NotAllowed { given: value.clone(), allowed })
}

/// What is wrong with how many there are.
fn counted(count: usize, least: Option<i64>, most: Option<i64>, of: Part) -> Option<Wrong> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let [least, most] = [least, most].map(|bound| bound.and_then(|bound| u64::try_from(bound).ok()));
    match (least, most) {
        (Some(least), _) if count < least => Some(Wrong::TooFew { of, count, least }),
        (_, Some(most)) if count > most => Some(Wrong::TooMany { of, count, most }),
        _ => None,
    }
}

/// What is wrong with a text by itself.
fn misspelt(schema: &JSONSchemaProps, text: &str) -> Option<Wrong> {
    let length = text.chars().count();
    if let Some(wrong) = counted(length, schema.min_length, schema.max_length, Part::Character) {
        return Some(wrong);
    }
    if let Some(pattern) = &schema.pattern
        && !Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
    {
        return Some(Wrong::Pattern { given: text.to_owned(), pattern: pattern.clone() });
    }
    let is_dashed = text.len() == 10
        && text.char_indices().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
    let is_day = is_dashed && text.parse::<Date>().is_ok();
    (schema.format.as_deref() == Some("date") && !is_day).then(|| Wrong::NoDay { given: text.to_owned() })
}

/// What is wrong with a number by itself.
fn unbounded(schema: &JSONSchemaProps, given: f64) -> Option<Wrong> {
    match (schema.minimum, schema.maximum) {
        (Some(least), _) if given < least => Some(Wrong::TooSmall { given, least }),
        (_, Some(most)) if given > most => Some(Wrong::TooGreat { given, most }),
        _ => None,
    }
}

/// The first item that a list has already, where its type says that it has each once.
pub fn repeated(schema: &JSONSchemaProps, list: &[Value]) -> Option<usize> {
    (1..list.len()).find(|at| list[..*at].iter().any(|one| same(schema, one, &list[*at])))
}

/// Whether two items of a list are one.
fn same(schema: &JSONSchemaProps, one: &Value, other: &Value) -> bool {
    let keys = schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
    match schema.x_kubernetes_list_type.as_deref() {
        Some("set") => one == other,
        Some("map") => keys.iter().all(|key| one.get(key) == other.get(key)),
        _ => false,
    }
}
