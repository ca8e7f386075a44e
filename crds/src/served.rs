//! What the API server serves, compared with what this version expects: both definitions → [`lacks`], the fields that a
//! definition of an older version does not know. [`without`] leaves them out of what is written.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::Value;

/// The part of a path that stands for each of many.
const EACH: &str = "[]";

/// What a definition that is served lacks of the one that is expected: a version, or fields (`status.sites[].name`), the
/// outermost of each.
pub fn lacks(expected: &CustomResourceDefinition, served: &CustomResourceDefinition) -> Vec<String> {
    let mut lacking = Vec::new();
    for version in &expected.spec.versions {
        let there = served.spec.versions.iter().find(|there| there.name == version.name && there.served);
        let Some(there) = there else {
            lacking.push(version.name.clone());
            continue;
        };
        let schemas = [version, there].map(|v| v.schema.as_ref()?.open_api_v3_schema.as_ref());
        if let [Some(ours), Some(theirs)] = schemas {
            compare(ours, theirs, "", &mut lacking);
        }
    }
    lacking
}

fn compare(ours: &JSONSchemaProps, theirs: &JSONSchemaProps, at: &str, lacking: &mut Vec<String>) {
    if theirs.x_kubernetes_preserve_unknown_fields == Some(true) {
        return;
    }
    for (name, ours) in ours.properties.iter().flatten() {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match theirs.properties.as_ref().and_then(|all| all.get(name)) {
            Some(theirs) => compare(ours, theirs, &at, lacking),
            None => lacking.push(at),
        }
    }
    if let (Some(ours), Some(theirs)) = (within(ours), within(theirs)) {
        compare(ours, theirs, &format!("{at}{EACH}"), lacking);
    }
}

/// The schema of each entry of a list or a map.
fn within(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match (&schema.additional_properties, &schema.items) {
        (Some(JSONSchemaPropsOrBool::Schema(entry)), _)
        | (_, Some(JSONSchemaPropsOrArray::Schema(entry))) => Some(entry),
        _ => None,
    }
}

/// What is to be written, without the fields that [`lacks`] found: the API server would refuse the whole for one of them.
pub fn without<'a>(mut object: Value, lacking: impl IntoIterator<Item = &'a String>) -> Value {
    for path in lacking {
        let path = path.replace(EACH, &format!(".{EACH}"));
        remove(&mut object, &path.split('.').collect::<Vec<_>>());
    }
    object
}

fn remove(value: &mut Value, path: &[&str]) {
    match (path, value) {
        ([EACH, rest @ ..], Value::Array(all)) => all.iter_mut().for_each(|one| remove(one, rest)),
        ([EACH, rest @ ..], Value::Object(all)) => all.values_mut().for_each(|one| remove(one, rest)),
        ([name], Value::Object(all)) => _ = all.remove(*name),
        ([name, rest @ ..], Value::Object(all)) => {
            if let Some(inner) = all.get_mut(*name) {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use kube::CustomResourceExt;
    use serde_json::json;

    use super::*;
    use crate::Workspace;

    /// A definition of an older version: its schema as `change` makes it.
    fn older(change: impl FnOnce(&mut Value)) -> CustomResourceDefinition {
        let mut crd = serde_json::to_value(Workspace::crd()).unwrap();
        change(&mut crd["spec"]["versions"][0]);
        serde_json::from_value(crd).unwrap()
    }

    #[test]
    fn every_definition_has_what_it_has() {
        for crd in crate::all() {
            assert_eq!(lacks(&crd, &crd), [""; 0]);
        }
    }

    #[test]
    fn a_field_that_an_older_version_does_not_know_is_found_and_left_out() {
        let older = older(|version| {
            let schema = &mut version["schema"]["openAPIV3Schema"]["properties"];
            let status = &mut schema["status"]["properties"];
            status.as_object_mut().unwrap().remove("pending").unwrap();
            let site = &mut status["sites"]["items"]["properties"];
            site.as_object_mut().unwrap().remove("name").unwrap();
        });
        let lacking = lacks(&Workspace::crd(), &older);
        assert_eq!(lacking, ["status.pending", "status.sites[].name"]);
        let status = json!({"pending": [1], "sites": [{"name": "par1", "since": 1}], "liesOn": "par1"});
        let kept = without(json!({"kind": "Workspace", "status": status}), &lacking);
        assert_eq!(kept["status"], json!({"sites": [{"since": 1}], "liesOn": "par1"}));
    }

    #[test]
    fn a_version_that_is_not_served_is_lacking_whole() {
        let older = older(|version| version["served"] = json!(false));
        assert_eq!(lacks(&Workspace::crd(), &older), ["v1alpha1"]);
    }

    #[test]
    fn what_knows_more_lacks_nothing() {
        let newer = older(|version| {
            let status = &mut version["schema"]["openAPIV3Schema"]["properties"]["status"];
            status["properties"]["more"] = json!({"type": "string"});
        });
        assert_eq!(lacks(&Workspace::crd(), &newer), [""; 0]);
        let any = older(|version| {
            version["schema"]["openAPIV3Schema"] =
                json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        });
        assert_eq!(lacks(&Workspace::crd(), &any), [""; 0]);
    }
}
