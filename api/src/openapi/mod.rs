//! The `OpenAPI` 3.1 document: what stands before the operations → the operations, as each resource tells them
//! ([`operation`](crate::operation)) → the schemas that they refer to.

#[cfg(test)]
mod tests;

use axum::Router;
use beffroi_oidc::LEEWAY;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::{
    operation::{headers, problems},
    resources, schema,
    state::State,
};

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

/// Every route, and the document.
pub fn routes() -> (Router<State>, Value) {
    let (router, paths, mut schemas) = resources::router().whole();
    schemas.push(problems::SCHEMA);
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    document["paths"] = paths.into();
    document["components"] = json!({
        "schemas": schema::components(schemas),
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
    document["security"] = json!([{ "bearer": [] }]);
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
