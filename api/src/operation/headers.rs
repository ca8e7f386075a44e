//! Headers of answers, each told once in `components/headers`.

use serde_json::{Value, json};

/// Every one of them, for `components`.
pub fn components() -> Value {
    let header = |required: bool, description: &str| json!({ "required": required, "description": description, "schema": { "type": "string" } });
    json!({
        "RequestId": header(true, "Id of the request, to be told to whoever helps."),
        "Version": header(true, "Version of the object: for `If-None-Match`, `If-Match` and `Beffroi-At-Least`."),
        "Digest": header(true, "Stands for this answer: for `If-None-Match`."),
        "Location": header(true, "Where to read what was made."),
        "Replayed": header(false, "`true` where an earlier request under the same `Idempotency-Key` made it."),
        "Challenge": header(true, "How to sign in (RFC 6750)."),
        "RetryAfter": {
            "required": true,
            "description": "Seconds to wait.",
            "schema": { "type": "integer", "minimum": 1 },
        },
    })
}

/// Tells that an answer bears one of them.
pub(super) fn bear(answer: &mut Value, header: &str, name: &str) {
    answer["headers"][header] = json!({ "$ref": format!("#/components/headers/{name}") });
}
