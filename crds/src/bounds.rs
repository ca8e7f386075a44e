//! What a schema admits is what its Rust type holds: formats that schemars writes → bounds that the API server knows.
//!
//! An object that is stored and that we cannot read would be one that nobody looks after.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};

use crate::rule::rules;

/// Greatest whole number that every reader of JSON reads as written (RFC 7493, 2.2).
const SAFE: f64 = 9_007_199_254_740_991.0;

/// RFC 3339 as we read it, and as it is written: no leap seconds, and no year that ends beyond what we hold, wherever on
/// earth it does.
const INSTANT: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
// What we read ends within the year after.
rules! {
    "instant.years" YEARS: "self >= timestamp('1970-01-01T00:00:00Z') && self < timestamp('9999-01-01T00:00:00Z')",
        "must lie between the years 1970 and 9998",
        "doit tomber entre les années 1970 et 9998";
}

/// Bounds every number and instant below `schema` by what its type holds. Formats such as `uint32` are Rust's, not
/// `OpenAPI`'s: the API server warns of each.
pub fn set(schema: &mut JSONSchemaProps) {
    match schema.format.as_deref() {
        Some("uint8") => whole(schema, 0.0, f64::from(u8::MAX)),
        Some("uint16") => whole(schema, 0.0, f64::from(u16::MAX)),
        Some("uint32") => whole(schema, 0.0, f64::from(u32::MAX)),
        Some("uint64" | "uint") => whole(schema, 0.0, SAFE),
        Some("int32") => whole(schema, f64::from(i32::MIN), f64::from(i32::MAX)),
        Some("int64") => whole(schema, -SAFE, SAFE),
        Some("date-time") => instant(schema),
        _ => {}
    }
    schema.format.take_if(|format| format.starts_with("uint"));
    schema.properties.iter_mut().flatten().for_each(|(_, property)| set(property));
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        set(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(others)) = &mut schema.additional_properties {
        set(others);
    }
}

/// The narrower of what is said already and what the type holds.
fn whole(schema: &mut JSONSchemaProps, least: f64, most: f64) {
    schema.minimum = Some(schema.minimum.map_or(least, |said| said.max(least)));
    schema.maximum = Some(schema.maximum.map_or(most, |said| said.min(most)));
}

fn instant(schema: &mut JSONSchemaProps) {
    schema.pattern = Some(INSTANT.to_owned());
    schema.x_kubernetes_validations.get_or_insert_default().push((&YEARS).into());
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    /// Every schema below, with its path.
    fn walk<'a>(schema: &'a JSONSchemaProps, path: &str, found: &mut Vec<(String, &'a JSONSchemaProps)>) {
        found.push((path.to_owned(), schema));
        for (name, property) in schema.properties.iter().flatten() {
            walk(property, &format!("{path}.{name}"), found);
        }
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            walk(items, &format!("{path}[]"), found);
        }
        if let Some(JSONSchemaPropsOrBool::Schema(others)) = &schema.additional_properties {
            walk(others, &format!("{path}.*"), found);
        }
    }

    #[test]
    fn every_number_and_instant_of_every_kind_is_bounded() {
        let all = crate::all();
        let (mut numbers, mut instants) = (0, 0);
        for crd in &all {
            let mut schemas = Vec::new();
            for version in &crd.spec.versions {
                let schema = version.schema.as_ref().and_then(|s| s.open_api_v3_schema.as_ref()).unwrap();
                walk(schema, &crd.spec.names.kind, &mut schemas);
            }
            for (path, schema) in schemas {
                match (schema.type_.as_deref(), schema.format.as_deref()) {
                    (Some("integer"), _) => {
                        let (least, most) = (schema.minimum.unwrap(), schema.maximum.unwrap());
                        assert!(-SAFE <= least && least <= most && most <= SAFE, "{path}: {least} to {most}");
                        // Counts are unsigned in Rust; only generations are not.
                        let count = !path.to_lowercase().ends_with("generation");
                        assert!(
                            !count || (least >= 0.0 && most <= f64::from(u32::MAX)),
                            "{path}: {least} to {most}"
                        );
                        numbers += 1;
                    }
                    (Some("string"), Some("date-time")) => {
                        assert_eq!(schema.pattern.as_deref(), Some(INSTANT), "{path}");
                        assert!(schema.x_kubernetes_validations.is_some(), "{path}");
                        instants += 1;
                    }
                    _ => {}
                }
                let odd = schema
                    .format
                    .as_deref()
                    .filter(|f| !["date", "date-time", "int32", "int64", "double"].contains(f));
                assert_eq!(odd, None, "{path}");
            }
        }
        assert!(numbers > 20 && instants > 5, "{numbers} numbers, {instants} instants");
    }

    #[test]
    fn both_ends_can_be_read_wherever_on_earth() {
        for text in [
            "1970-01-01T00:00:00Z",
            "9999-01-01T00:00:00Z",
            "9998-12-31T23:59:59.999999999-23:59",
            "1970-01-01T23:59:00+23:59",
        ] {
            let read: Result<Time, _> = serde_json::from_value(text.into());
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }
}
