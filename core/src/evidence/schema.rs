//! The published JSON Schemas of the predicates, generated from their types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use super::statement::{AUDIT, Audit, DATA_LOCATION, DataLocation, KEY_ROTATION, KeyRotation};

/// File name and schema of each predicate.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("data-location.v1.schema.json", schema::<DataLocation>(DATA_LOCATION)),
        ("audit.v1.schema.json", schema::<Audit>(AUDIT)),
        ("key-rotation.v1.schema.json", schema::<KeyRotation>(KEY_ROTATION)),
    ]
}

fn schema<T: JsonSchema>(id: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("$id".into(), id.into());
    schema.to_value()
}
