//! What the API server asks of the metadata of any object.

use regex::Regex;
use serde_json::Value;

use crate::{
    walk::below,
    wrong::{Fault, Given, Type, Wrong},
};

/// Fields of `ObjectMeta`, which no schema of ours lists.
const FIELDS: [&str; 15] = [
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

/// Its fields that nobody reads.
pub fn unknown(metadata: &Value, found: &mut Vec<Fault>) {
    let fields = metadata.as_object().into_iter().flat_map(|fields| fields.keys());
    let unread = fields.filter(|key| !FIELDS.contains(&key.as_str()));
    found.extend(unread.map(|key| Fault::at(&below("metadata", key), Wrong::Unknown)));
}

/// What is wrong with its name, labels and annotations.
pub fn judge(metadata: &Value, found: &mut Vec<Fault>) {
    let text = |field: &str| metadata.get(field).and_then(Value::as_str).unwrap_or_default();
    let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    let qualified = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
    let domain = format!("{label}([.]{label})*");
    let name = text("name");
    if name.is_empty() && text("generateName").is_empty() {
        found.push(Fault::at("metadata.name", Wrong::Missing));
    } else if !name.is_empty() && (name.len() > 253 || !is_whole(name, &domain)) {
        found.push(Fault { value: Some(name.into()), ..Fault::at("metadata.name", Wrong::Name) });
    }
    for kind in ["labels", "annotations"] {
        for (key, value) in metadata.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let at = below(&below("metadata", kind), key);
            // The case of annotations does not matter.
            let key = if kind == "labels" { key.to_owned() } else { key.to_lowercase() };
            if !is_whole(&key, &format!("({domain}/)?{qualified}")) {
                found.push(Fault::at(&at, Wrong::Key));
            }
            match value.as_str() {
                None => {
                    found.push(Fault::at(&at, Wrong::Type { wanted: Type::Text, given: Given::from(value) }));
                }
                Some(text) if kind == "labels" && !is_whole(text, &format!("({qualified})?")) => {
                    found.push(Fault::at(&at, Wrong::LabelValue));
                }
                Some(_) => {}
            }
        }
    }
}

/// Whether a text is of a pattern, from its first letter to its last.
fn is_whole(text: &str, pattern: &str) -> bool {
    Regex::new(&format!("^({pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
}
