//! Headers of answers, each told once in `components/headers`: the id of the request on all, the version on objects,
//! the address on what was made.

use serde_json::{Value, json};

/// Operations that tell an object with its version, and may be asked whether it is still the same.
const READ: [&str; 6] =
    ["readWorkspace", "readTenant", "readLocation", "readProvider", "readSite", "readPolicy"];
/// Operations that write an object, and tell it with its new version.
const WRITE: [&str; 8] = [
    "createWorkspace",
    "changeWorkspace",
    "suspendWorkspace",
    "resumeWorkspace",
    "deleteWorkspace",
    "restoreWorkspace",
    "createTenant",
    "changeTenant",
];

/// Every one of them, for `components`.
pub fn components() -> Value {
    let header = |required: bool, description: &str| json!({ "required": required, "description": description, "schema": { "type": "string" } });
    json!({
        "RequestId": header(true, "Id of the request, to be told to whoever helps."),
        "Version": header(true, "Version of the object: for `If-None-Match` and `If-Match`."),
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

/// Tells the headers of one operation's answers, and which header asks whether an object is still the same.
pub fn tell(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let (read, write) = (READ.contains(&id.as_str()), WRITE.contains(&id.as_str()));
    for (status, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
        let success = status.starts_with('2');
        let mut bear = |wanted, header: &str, name: &str| {
            if wanted {
                answer["headers"][header] = json!({ "$ref": format!("#/components/headers/{name}") });
            }
        };
        bear(success, "X-Request-Id", "RequestId");
        bear(success && (read || write), "ETag", "Version");
        bear(status == "201", "Location", "Location");
        bear(status == "201", "Idempotency-Replayed", "Replayed");
    }
    if read {
        operation["responses"]["304"] = json!({
            "description": "It is the version that `If-None-Match` names.",
            "headers": {
                "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                "ETag": { "$ref": "#/components/headers/Version" },
            },
        });
        let parameter = json!({
            "name": "If-None-Match", "in": "header", "schema": { "type": "string" },
            "description": "`ETag` of the version that you have.",
        });
        match operation.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(parameters) => parameters.push(parameter),
            None => operation["parameters"] = json!([parameter]),
        }
    }
}
