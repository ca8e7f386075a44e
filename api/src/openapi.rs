//! The `OpenAPI` 3.1 document: operations from the handlers' attributes, schemas from the types, and what every
//! operation shares (problems, sign-in, links), told once here.

use axum::Router;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{resources, schema, state::State};

/// What stands before the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Beffroi",
        version = "1.0.0",
        description = "Workspaces of French public bodies: order them, see where their data lies and why, take the proof away, leave. \
            Every answer bears `X-Request-Id`. Problems are RFC 9457, in French or English by `Accept-Language`. \
            Objects bear an `ETag`; changes take `If-Match`. Lists come by pages: follow `next`. \
            One reads what one wrote; with several replicas, send the `ETag` of the write as `Beffroi-At-Least` with what is read next.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "Sign-in", description = "Who you are."),
        (name = "Workspaces", description = "Order, see, change, leave."),
        (name = "Evidence", description = "Proofs that anyone checks offline."),
        (name = "Catalogue", description = "Apps, and what stands behind them."),
        (name = "Tenants", description = "Public bodies; written by the hosting provider."),
        (name = "Events", description = "What changes, as it does."),
    ),
)]
struct Document;

/// Every route with its part of the document.
pub fn routes() -> (Router<State>, Value) {
    let (router, document) =
        OpenApiRouter::with_openapi(Document::openapi()).merge(resources::router()).split_for_parts();
    let mut document = serde_json::to_value(document).unwrap_or_default();
    complete(&mut document);
    (router, document)
}

/// The document, as it is committed and served.
pub fn document() -> Value {
    routes().1
}

/// The committed form: indented, with a final line feed.
pub fn text() -> String {
    format!("{:#}\n", document())
}

fn complete(document: &mut Value) {
    document["components"] = json!({
        "schemas": schema::components(),
        "securitySchemes": {
            "bearer": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token of the tenant's OpenID Connect issuer (RFC 9068, or a plain JWT).",
            },
        },
    });
    document["security"] = json!([{ "bearer": [] }]);
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths.iter_mut() {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(_, operation)| operation.get("responses").is_some()) {
            problems(path, method, operation);
            version(operation);
            link(operation);
        }
    }
}

/// The problems that an operation may answer with.
fn problems(path: &str, method: &str, operation: &mut Value) {
    let public = operation["security"] == json!([{}]);
    let writes = method != "get";
    let body = operation.get("requestBody").is_some();
    let mut known = vec![
        (400, "The request cannot be read."),
        (429, "Too many requests: wait `Retry-After` seconds."),
        (503, "Something behind the API does not answer."),
    ];
    // A token that does not hold is refused even where none is needed.
    known.push((401, "Sign in, and send an access token that holds."));
    if !public {
        known.push((403, "Your role does not allow it."));
    }
    if path.contains('{') || path.contains("sign-in") || path.contains("preview") || !public {
        known.push((404, "Nothing of that name that you may know of."));
    }
    if body {
        known.extend([(413, "The body is too long."), (415, "The body is of another type.")]);
    }
    if writes && !public {
        known.extend([
            (409, "It exists already, changed meanwhile, or is not in a state for this."),
            (412, "It is not the version that `If-Match` names any more."),
        ]);
    }
    known.push((422, "Fields are wrong: `errors` names field, value, rule and fix."));
    let problem =
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    for (status, description) in known {
        operation["responses"][status.to_string()] =
            json!({ "description": description, "content": problem });
    }
}

/// Objects bear a version: one may ask whether it is still the same.
fn version(operation: &mut Value) {
    const OF_ONE: [&str; 6] =
        ["readWorkspace", "readTenant", "readLocation", "readProvider", "readSite", "readPolicy"];
    if OF_ONE.contains(&operation["operationId"].as_str().unwrap_or_default()) {
        operation["responses"]["304"] =
            json!({ "description": "It is the version that `If-None-Match` names." });
    }
}

/// What an answer leads to: id of the operation, status, link, target, its parameter, where that comes from.
type Link = (&'static str, &'static str, &'static str, &'static str, &'static str);

const LINKS: [Link; 14] = [
    ("createWorkspace", "201", "readWorkspace", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "changeWorkspace", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "suspendWorkspace", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "resumeWorkspace", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "deleteWorkspace", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "readLocation", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "readExplanation", "workspace", "$response.body#/id"),
    ("createWorkspace", "201", "listEvidence", "workspace", "$response.body#/id"),
    ("deleteWorkspace", "202", "restoreWorkspace", "workspace", "$response.body#/id"),
    ("listWorkspaces", "200", "readWorkspace", "workspace", "$response.body#/items/0/id"),
    ("listWorkspaces", "200", "readLocation", "workspace", "$response.body#/items/0/id"),
    ("listApps", "200", "readApp", "name", "$response.body#/items/0/name"),
    ("listTenants", "200", "readTenant", "tenant", "$response.body#/items/0/name"),
    ("listLog", "200", "readLogEntry", "index", "$response.body#/items/0/index"),
];

fn link(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    for (_, status, target, parameter, from) in LINKS.iter().filter(|link| link.0 == id) {
        let links = operation["responses"][*status]["links"].as_object().cloned();
        let mut links = links.unwrap_or_else(Map::new);
        links.insert(
            (*target).to_owned(),
            json!({ "operationId": target, "parameters": { *parameter: from } }),
        );
        operation["responses"][*status]["links"] = links.into();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every operation with its path and method.
    fn operations(document: &Value) -> Vec<(String, String, Value)> {
        let paths = document["paths"].as_object().unwrap();
        let methods = |(path, item): (&String, &Value)| {
            let item = item.as_object().unwrap().clone();
            let path = path.clone();
            item.into_iter()
                .map(move |(method, operation)| (path.clone(), method, operation))
                .collect::<Vec<_>>()
        };
        paths.iter().flat_map(methods).collect()
    }

    #[test]
    fn the_committed_document_is_that_of_the_code() {
        let committed = include_str!("../openapi.json");
        assert!(committed == text(), "api/openapi.json has drifted from the code: run `make generate`");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_tells_its_problems() {
        let document = document();
        let mut names = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(name.len() > 4 && names.insert(name.clone()), "{method} {path}: {name}");
            assert!(operation["responses"]["429"].is_object() && operation["summary"].is_string(), "{name}");
        }
        for (from, _, to, ..) in LINKS {
            assert!(names.contains(from) && names.contains(to), "{from} → {to}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    fields.values().for_each(|field| references(field, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let (document, mut found) = (document(), BTreeSet::new());
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
