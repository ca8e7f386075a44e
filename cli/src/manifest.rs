//! A file of manifests as kubectl reads it: text → YAML documents → what the API server is sent.
//!
//! Our reader knows YAML 1.2, kubectl's YAML 1.1: there `NO` without quotes is false, and no country.

use anyhow::{Context, anyhow};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_yaml::{Deserializer, Value};

/// Every object of a file; those of a list one by one.
pub(crate) fn objects(text: &str) -> anyhow::Result<Vec<Json>> {
    // Editors on Windows put it there, and it means nothing.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let twin = twin(text);
    let mut twins = Deserializer::from_str(&twin);
    let mut found = Vec::new();
    for document in Deserializer::from_str(text) {
        // Into YAML's own value, which refuses a key that is written twice: JSON's keeps the last.
        let mut written = Value::deserialize(document).map_err(unread)?;
        if let Some(Ok(read)) = twins.next().map(Value::deserialize) {
            reread(&mut written, read);
        }
        written.apply_merge().context("a << in it merges what is no mapping: write the fields out")?;
        let object = serde_json::to_value(written)
            .context("a key in it is no text: write each key as a word, in quotes if need be")?;
        let is_list = object["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        match object.get("items").and_then(Json::as_array) {
            Some(items) if is_list => found.extend(items.iter().cloned()),
            _ => found.push(object),
        }
    }
    Ok(found)
}

fn unread(error: serde_yaml::Error) -> anyhow::Error {
    if error.to_string().contains("duplicate entry") {
        anyhow!(
            "{error}: a key is written twice, and only one of the two would be kept, without a word: make them one"
        )
    } else {
        anyhow::Error::new(error).context("not YAML: correct it where it says")
    }
}

/// The same text with every word that YAML 1.1 takes for a truth value or a number, and YAML 1.2 does not, written as 1.2
/// writes it. Within quotes and comments it changes nothing that [`reread`] would take.
fn twin(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || ",[]{}".contains(c);
    let parts = text.split_inclusive(ends).map(|part| {
        let word = part.trim_end_matches(ends);
        older(word).map_or_else(|| part.to_owned(), |read| format!("{read}{}", &part[word.len()..]))
    });
    parts.collect()
}

/// What YAML 1.1 reads a word as, where 1.2 reads text.
fn older(word: &str) -> Option<String> {
    match word {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true".to_owned()),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false".to_owned()),
        _ => {}
    }
    let digits = word.replace('_', "");
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|c| c.is_ascii_digit())
        && (word.contains('_') || word.starts_with('0'))
        && digits.len() > 1;
    if !is_number {
        return None;
    }
    // With a zero before it, it is octal where it can be.
    let octal = digits.starts_with('0').then(|| u64::from_str_radix(&digits, 8).ok()).flatten();
    Some(octal.map_or_else(|| digits.trim_start_matches('0').to_owned(), |number| number.to_string()))
}

/// Takes from the twin what is text to us and none to kubectl.
fn reread(written: &mut Value, read: Value) {
    match (written, read) {
        (written @ Value::String(_), read @ (Value::Bool(_) | Value::Number(_))) => *written = read,
        (Value::Sequence(written), Value::Sequence(read)) => {
            written.iter_mut().zip(read).for_each(|(written, read)| reread(written, read));
        }
        // No key is a word that changes but one that stands alone, and then its place is still the same.
        (Value::Mapping(written), Value::Mapping(read)) => {
            written.values_mut().zip(read.into_values()).for_each(|(written, read)| reread(written, read));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_read_as_kubectl_reads_it() {
        for (text, read) in [
            ("a: NO", json!([{"a": false}])),
            ("a: \"NO\"", json!([{"a": "NO"}])),
            ("a: [no, 'no', FR] # no", json!([{"a": [false, "no", "FR"]}])),
            ("{a: on, b: true}", json!([{"a": true, "b": true}])),
            ("a: no man\nb: >-\n  no\n", json!([{"a": "no man", "b": "no"}])),
            ("a: 005520176\nb: 085520176", json!([{"a": 1_482_878, "b": 85_520_176}])),
            ("a: '005520176'\nb: 0\nc: 010", json!([{"a": "005520176", "b": 0, "c": 8}])),
            ("a: 552_081_317\nb: 1_a", json!([{"a": 552_081_317, "b": "1_a"}])),
            ("a: 2026-05-01\nb: 1.05", json!([{"a": "2026-05-01", "b": 1.05}])),
            (
                "a: &no {b: 1}\nc: *no\nd:\n  <<: *no\n",
                json!([{"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1}}]),
            ),
            ("\u{feff}a: 1\n---\nb: no", json!([{"a": 1}, {"b": false}])),
            ("kind: List\nitems: [{a: 1}, {a: 2}]", json!([{"a": 1}, {"a": 2}])),
            ("kind: Provider\nitems: [{a: 1}]", json!([{"kind": "Provider", "items": [{"a": 1}]}])),
            ("kind: Liste", json!([{"kind": "Liste"}])),
        ] {
            assert_eq!(json!(objects(text).unwrap()), read, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_written_twice_is_named() {
        for (text, key) in [
            ("spec:\n  shareholders: [1]\n  shareholders: [2]\n", "shareholders"),
            ("a: [{b: 1, b: 1}]", "\"b\""),
            ("a: 1\n---\nc: 1\n'c': 2", "\"c\""),
        ] {
            let error = format!("{:#}", objects(text).unwrap_err());
            assert!(error.contains(key) && error.contains("written twice"), "{error}");
        }
        assert!(format!("{:#}", objects("a: [").unwrap_err()).contains("not YAML"));
    }
}
