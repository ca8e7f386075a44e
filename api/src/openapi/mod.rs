//! The `OpenAPI` 3.1 document: operations from the handlers' attributes, schemas from the types, and what every
//! operation shares ([`problems`], [`headers`], [`stream`], [`links`], [`examples`]), told once here.

mod examples;
mod headers;
mod links;
mod problems;
mod stream;

use axum::Router;
use beffroi_oidc::LEEWAY;
use serde_json::{Value, json};
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
            Every answer bears `X-Request-Id`. Sentences for people are in French, or in English by `Accept-Language`; problems are RFC 9457, in the same. \
            Objects bear an `ETag`; changes take `If-Match`. Lists come by pages: follow `next`. \
            One reads what one wrote; with several replicas, send the `ETag` of the last write as `Beffroi-At-Least` with what is read next, whatever it is.",
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
        "responses": problems::components(),
        "headers": headers::components(),
        "securitySchemes": {
            "bearer": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": format!(
                    "An access token of the tenant's OpenID Connect issuer (RFC 9068, or a plain JWT). Its times are taken with {} s of leeway between clocks.",
                    LEEWAY,
                ),
            },
        },
    });
    document["components"]["schemas"]["StreamedEvent"] = stream::component();
    document["security"] = json!([{ "bearer": [] }]);
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths.iter_mut() {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(_, operation)| operation.get("responses").is_some()) {
            given(operation);
            headers::tell(method, operation);
            for (status, problem) in problems::of(path, method, operation) {
                operation["responses"][status] = problem;
            }
            stream::tell(operation);
            links::tell(operation);
            examples::tell(path, operation);
        }
    }
}

/// A parameter is given or absent, never `null`.
fn given(operation: &mut Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let kind = &mut parameter["schema"]["type"];
        if let Some(one) = kind.as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null")) {
            *kind = one.clone();
        }
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
        let committed = include_str!("../../openapi.json");
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
        for (from, _, to, _) in links::ALL {
            assert!(names.contains(from) && names.contains(to), "{from} → {to}");
        }
        for name in [&headers::READ[..], &headers::MADE, &headers::WRITE, &headers::CHANGE].concat() {
            assert!(names.contains(name), "{name}");
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
