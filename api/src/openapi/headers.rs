//! Headers of answers, each told once in `components/headers`: the id of the request on all, the version on objects,
//! the address on what was made.

use serde_json::{Value, json};

/// Operations that tell an object with its version, and may be asked whether it is still the same.
pub(super) const READ: [&str; 5] = ["readWorkspace", "readTenant", "readProvider", "readSite", "readPolicy"];
/// Operations that tell what is made of several objects, and may be asked whether it is still the same.
pub(super) const MADE: [&str; 1] = ["readLocation"];
/// Operations that write an object, and tell it with its new version.
pub(super) const WRITE: [&str; 9] = [
    "createWorkspace",
    "changeWorkspace",
    "suspendWorkspace",
    "resumeWorkspace",
    "deleteWorkspace",
    "restoreWorkspace",
    "confirmDeletion",
    "createTenant",
    "changeTenant",
];
/// Operations that change or delete an object, and may be told which version of it is meant.
pub(super) const CHANGE: [&str; 8] = [
    "changeWorkspace",
    "suspendWorkspace",
    "resumeWorkspace",
    "deleteWorkspace",
    "restoreWorkspace",
    "confirmDeletion",
    "changeTenant",
    "deleteTenant",
];
/// What `Beffroi-At-Least` takes: what writes answer as `ETag`, whichever view and language it names.
const PATTERN: &str = "^(W/)?\"(workspace|tenant)-[0-9]{1,19}((-|--|;)[0-9a-z]+)*\"$";

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

/// Tells the headers of one operation's answers, and those that ask whether an object is still the same, and that it be
/// as new as what was written.
pub fn tell(method: &str, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let [read, write, made] = [&READ[..], &WRITE, &MADE].map(|all| all.contains(&id.as_str()));
    for (status, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
        let success = status.starts_with('2');
        let mut bear = |wanted, header: &str, name: &str| {
            if wanted {
                answer["headers"][header] = json!({ "$ref": format!("#/components/headers/{name}") });
            }
        };
        bear(success, "X-Request-Id", "RequestId");
        bear(success && (read || write), "ETag", "Version");
        bear(success && made, "ETag", "Digest");
        bear(status == "201", "Location", "Location");
        bear(status == "201", "Idempotency-Replayed", "Replayed");
    }
    let mut asks = Vec::new();
    if read || made {
        operation["responses"]["304"] = json!({
            "description": "It is what `If-None-Match` names.",
            "headers": {
                "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                "ETag": { "$ref": format!("#/components/headers/{}", if made { "Digest" } else { "Version" }) },
            },
        });
        asks.push(json!({
            "name": "If-None-Match", "in": "header", "schema": { "type": "string" },
            "description": "`ETag` of what you have.",
        }));
    }
    if CHANGE.contains(&id.as_str()) {
        asks.push(json!({
            "name": "If-Match", "in": "header", "schema": { "type": "string" },
            "description": "`ETag` of the version that is meant.",
        }));
    }
    if (method == "get" || id == "preview") && operation["security"] != json!([{}]) {
        asks.push(json!({
            "name": "Beffroi-At-Least", "in": "header",
            "schema": { "type": "string", "maxLength": 64, "pattern": PATTERN },
            "description": "`ETag` of your last write: what is read is at least as new, on any replica.",
        }));
    }
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.extend(asks),
        None if !asks.is_empty() => operation["parameters"] = asks.into(),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{Tenant, TenantSpec, Workspace, WorkspaceSpec};
    use http::header;
    use kube::Resource;
    use regex::Regex;

    use super::*;
    use crate::{language::Language, request::version::Tag};

    fn tags<K: Resource<DynamicType = ()>>(mut object: K) -> Vec<String> {
        object.meta_mut().resource_version = Some("4711".to_owned());
        let plain = Tag::of(&object);
        let all = [Language::Fr, Language::En].map(|language| {
            [plain.clone().told_in(language), plain.clone().view("public").told_in(language)]
        });
        let text = |tag: Tag| tag.headers()[header::ETAG].to_str().unwrap().to_owned();
        all.into_iter().flatten().map(text).collect()
    }

    #[test]
    fn what_writes_answer_is_what_the_document_lets_one_send_back() {
        let pattern = Regex::new(PATTERN).unwrap();
        let mut all = tags(Workspace::new("w", WorkspaceSpec::default()));
        all.extend(tags(Tenant::new("t", TenantSpec::default())));
        let english = |tag: &String| tag.starts_with("\"workspace-4711-") && tag.ends_with("-en\"");
        assert!(all.iter().any(english), "{all:?}");
        // As proxies hand them on.
        for coded in ["-gzip", "--gzip", ";gzip"] {
            let handed_on = all[0].trim_end_matches('"').to_owned() + coded + "\"";
            assert!(pattern.is_match(&handed_on), "{handed_on}");
        }
        for tag in all {
            assert!(pattern.is_match(&tag) && pattern.is_match(&format!("W/{tag}")), "{tag}");
        }
    }
}
