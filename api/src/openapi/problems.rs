//! The problems that an operation may answer with, each told once in `components/responses`.

use serde_json::{Map, Value, json};

/// Status, name and description of each.
const ALL: [(u16, &str, &str); 12] = [
    (400, "Malformed", "The request cannot be read."),
    (401, "Unauthenticated", "Sign in, and send an access token that holds."),
    (403, "Forbidden", "Your role does not allow it."),
    (404, "NotFound", "Nothing of that name that you may know of."),
    (408, "SlowBody", "The body does not come in time: nothing was done."),
    (409, "Conflict", "It exists already, changed meanwhile, or is not in a state for this."),
    (412, "PreconditionFailed", "It is not the version that `If-Match` names any more."),
    (413, "TooLarge", "The body is too long."),
    (415, "UnsupportedMediaType", "The body is of another type."),
    (422, "Invalid", "Fields are wrong: `errors` names field, value, rule and fix."),
    (429, "RateLimited", "Too many requests: wait `Retry-After` seconds."),
    (503, "Unavailable", "Something behind the API does not answer."),
];

/// Every one of them, for `components`.
pub fn components() -> Map<String, Value> {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    let one = |(status, name, description): &(u16, &str, &str)| {
        let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
        match status {
            401 => headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/Challenge" }),
            429 => headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" }),
            _ => {}
        }
        let content = json!({ "application/problem+json": { "schema": schema } });
        ((*name).to_owned(), json!({ "description": description, "headers": headers, "content": content }))
    };
    ALL.iter().map(one).collect()
}

/// Those of one operation.
pub fn of(path: &str, method: &str, operation: &Value) -> Map<String, Value> {
    let public = operation["security"] == json!([{}]);
    let body = operation.get("requestBody").is_some();
    let writes = method != "get" && !public;
    let named = path.contains('{') || path.contains("sign-in") || path.contains("preview");
    let may = |status| match status {
        403 => !public,
        404 => named || !public,
        // A stream is not opened while rights change.
        409 => writes || path == "/v1/events",
        412 => writes,
        408 | 413 | 415 => body,
        // A token that does not hold is refused even where none is needed.
        _ => true,
    };
    let reference = |(status, name, _): &(u16, &str, &str)| {
        (status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }))
    };
    ALL.iter().filter(|(status, ..)| may(*status)).map(reference).collect()
}
