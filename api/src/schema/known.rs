//! Which fields a merge patch may name: those of its schema. `null` leaves no trace in what is patched, so that nothing
//! but the patch itself can tell of a field that does not exist, or does not change.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::{FOLDER, components, describe};

/// The schemas of a type and of all that it refers to, by name.
type Schemas = Map<String, Value>;

/// The first field of a patch that its schema `T` does not know.
pub fn stranger<T: JsonSchema>(patch: &Value) -> Option<String> {
    static KNOWN: LazyLock<RwLock<HashMap<String, Arc<Schemas>>>> = LazyLock::new(RwLock::default);
    let name = T::schema_name().into_owned();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
    let schemas = known.unwrap_or_else(|| {
        let made = Arc::new(components([describe::<T> as _]));
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), made.clone());
        made
    });
    find(&schemas, &[schemas.get(&name)?], patch, "")
}

fn find(schemas: &Schemas, of: &[&Value], patch: &Value, path: &str) -> Option<String> {
    let objects: Vec<&Value> = of.iter().flat_map(|schema| objects(schemas, schema)).collect();
    let fields = patch.as_object().filter(|_| !objects.is_empty())?;
    fields.iter().find_map(|(name, value)| {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{name}");
        let known: Vec<&Value> =
            objects.iter().filter_map(|object| object["properties"].get(name.as_str())).collect();
        if known.is_empty() { Some(path) } else { find(schemas, &known, value, &path) }
    })
}

/// The objects that a schema stands for.
fn objects<'a>(schemas: &'a Schemas, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.strip_prefix(FOLDER)) {
        return schemas.get(name).map(|schema| objects(schemas, schema)).unwrap_or_default();
    }
    let kinds = ["anyOf", "oneOf"].iter().filter_map(|word| schema[*word].as_array()).flatten();
    let mut found: Vec<&Value> = kinds.flat_map(|kind| objects(schemas, kind)).collect();
    found.extend(Some(schema).filter(|schema| schema["properties"].is_object()));
    found
}
