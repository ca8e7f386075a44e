//! The published JSON Schemas of the statements, one for each predicate that is written, generated from their types
//! into `core/schemas`. That of `data-location/v1`, which is only read, stays there as it was.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use super::statement::{
    AUDIT, Audit, DATA_LOCATION, DataLocation, KEY_ROTATION, KeyRotation, STATEMENT, Wire,
};

/// File name and text of each schema.
///
/// # Errors
/// When one cannot be written as JSON.
pub fn all() -> Result<Vec<(&'static str, String)>, serde_json::Error> {
    let schemas = [
        ("data-location-v2.json", schema::<DataLocation>(DATA_LOCATION)),
        ("audit-v1.json", schema::<Audit>(AUDIT)),
        ("key-rotation-v1.json", schema::<KeyRotation>(KEY_ROTATION)),
    ];
    schemas
        .into_iter()
        .map(|(name, schema)| Ok((name, serde_json::to_string_pretty(&schema)? + "\n")))
        .collect()
}

/// A statement with predicate `T`. Its address is that of the predicate; what the types leave open, that both
/// are named in the statement, is added here.
fn schema<T: JsonSchema>(predicate: &str) -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Wire<T>>().to_value();
    schema["$id"] = json!(predicate);
    for (field, value) in [("_type", STATEMENT), ("predicateType", predicate)] {
        schema["properties"][field]["const"] = json!(value);
    }
    schema
}
