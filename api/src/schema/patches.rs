//! Merge patches (RFC 7396) reach into objects: of each object that a patch can reach into there is a second schema, where
//! nothing is required, and what may be absent may be taken away by `null`.

use serde_json::{Map, Value, json};

use super::FOLDER;

/// A type says by this word of its schema that it is a patch: `#[schemars(extend("x-merge-patch" = true))]`.
const PATCH: &str = "x-merge-patch";

/// Lets every patch reach into the objects that it names.
pub fn reach(schemas: &mut Map<String, Value>) {
    let all = schemas.clone();
    let mut made = Vec::new();
    for patch in schemas.values_mut().filter_map(Value::as_object_mut) {
        if patch.remove(PATCH).is_none() {
            continue;
        }
        let properties = patch.get_mut("properties").and_then(Value::as_object_mut);
        for field in properties.into_iter().flat_map(Map::values_mut) {
            for kind in field.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
                let name = kind["$ref"].as_str().and_then(|to| to.strip_prefix(FOLDER)).unwrap_or_default();
                let Some(changes) = all.get(name).and_then(changes) else { continue };
                let name = format!("{name}Patch");
                *kind = json!({ "$ref": format!("{FOLDER}{name}") });
                made.push((name, changes));
            }
        }
    }
    schemas.extend(made);
}

/// The schema of changes of an object, where it is another one.
fn changes(object: &Value) -> Option<Value> {
    let mut changes = object.clone();
    let fields = changes.as_object_mut()?;
    let required = fields.remove("required").unwrap_or_default();
    let required = required.as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, field) in fields.get_mut("properties")?.as_object_mut()? {
        if !required.contains(&Value::from(name.as_str())) {
            nullable(field);
        }
    }
    (changes != *object).then_some(changes)
}

fn nullable(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    fields.remove("default");
    if let Some(reference) = fields.remove("$ref") {
        fields.insert("anyOf".to_owned(), json!([{ "$ref": reference }, { "type": "null" }]));
    } else if let Some(Value::String(kind)) = fields.get("type").cloned() {
        fields.insert("type".to_owned(), json!([kind, "null"]));
    }
}
