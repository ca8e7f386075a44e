//! Which fields a merge patch may name: those of its schema. `null` leaves no trace in what is patched, so that nothing
//! but the patch itself can tell of a field that does not exist, or does not change.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{FOLDER, components};

static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(components);

/// The first field of a patch that its schema does not know.
pub fn stranger(schema: &str, patch: &Value) -> Option<String> {
    find(&[SCHEMAS.get(schema)?], patch, "")
}

fn find(schemas: &[&Value], patch: &Value, path: &str) -> Option<String> {
    let objects: Vec<&Value> = schemas.iter().flat_map(|schema| objects(schema)).collect();
    let fields = patch.as_object().filter(|_| !objects.is_empty())?;
    fields.iter().find_map(|(name, value)| {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{name}");
        let known: Vec<&Value> =
            objects.iter().filter_map(|object| object["properties"].get(name.as_str())).collect();
        if known.is_empty() { Some(path) } else { find(&known, value, &path) }
    })
}

/// The objects that a schema stands for.
fn objects(schema: &Value) -> Vec<&Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.strip_prefix(FOLDER)) {
        return SCHEMAS.get(name).map(objects).unwrap_or_default();
    }
    let kinds = ["anyOf", "oneOf"].iter().filter_map(|word| schema[*word].as_array()).flatten();
    let mut found: Vec<&Value> = kinds.flat_map(objects).collect();
    found.extend(Some(schema).filter(|schema| schema["properties"].is_object()));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_fields_that_can_change_may_be_named() {
        for (schema, patch, field) in [
            ("WorkspacePatch", json!({"updates": "Pinned", "maintenanceWindow": null}), None),
            ("WorkspacePatch", json!({"placement": {"sites": 2, "minCities": null}}), None),
            ("WorkspacePatch", json!({"apps": [{"name": "docs"}]}), None),
            ("WorkspacePatch", json!({"deleteAfter": null}), Some("deleteAfter")),
            ("WorkspacePatch", json!({"name": null}), Some("name")),
            ("WorkspacePatch", json!({"placement": {"siets": null}}), Some("placement.siets")),
            ("WorkspacePatch", json!({"placement": 3}), None),
            ("TenantPatch", json!({"quota": null, "members": null, "identity": {"roles": []}}), None),
            ("TenantPatch", json!({"finess": null}), Some("finess")),
            ("TenantPatch", json!({"identity": {"colour": null}}), Some("identity.colour")),
        ] {
            assert_eq!(stranger(schema, &patch).as_deref(), field, "{schema} {patch}");
        }
    }
}
