//! The stream of events. What is answered is one text without end, of which `OpenAPI` 3.1 tells no more; what that text
//! is made of, JSON Schema can tell (2020-12, content vocabulary).

use serde_json::{Value, json};

/// One event of the stream, for `components`.
pub fn component() -> Value {
    json!({
        "type": "object",
        "description": "One event of the stream (HTML, 9.2): a line for each field, then an empty one.",
        "required": ["event", "data", "id"],
        "properties": {
            "event": {
                "type": "string",
                "description": "What happened. After `reset`, lists must be read again.",
                "enum": [
                    "ready", "workspace.changed", "workspace.deleted", "tenant.changed", "tenant.deleted",
                    "site.changed", "site.deleted", "reset",
                ],
            },
            "data": {
                "type": "string",
                "description": "What it happened to; `{}` with `ready` and `reset`.",
                "contentMediaType": "application/json",
                "contentSchema": { "$ref": "#/components/schemas/Event" },
            },
            "id": {
                "type": "string",
                "description": "For `Last-Event-ID`. It comes without an event, too, as a sign of life.",
                "maxLength": 512,
            },
            "retry": { "type": "integer", "minimum": 0, "description": "Milliseconds to wait before one comes back." },
        },
    })
}

/// Tells what the answer of an operation is made of, where it is a stream.
pub fn tell(operation: &mut Value) {
    let stream = operation.pointer_mut("/responses/200/content/text~1event-stream");
    if let Some(Value::Object(content)) = stream {
        content.insert(
            "schema".to_owned(),
            json!({
                "type": "string",
                "contentMediaType": "text/event-stream",
                "contentSchema": { "type": "array", "items": { "$ref": "#/components/schemas/StreamedEvent" } },
            }),
        );
        let change = r#"{"id":"ght-bm.visio","tenant":"ght-bm","version":"4711","state":"Ready","located":"True","sites":["par1"]}"#;
        content.insert(
            "example".to_owned(),
            format!("event: workspace.changed\ndata: {change}\nid: 1267-8f.a-3.c-1.9-2.5e\n\n").into(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::document;

    #[test]
    fn the_fields_of_an_event_are_told() {
        let document = document();
        let at = "/paths/~1v1~1events/get/responses/200/content/text~1event-stream";
        let stream = document.pointer(at).unwrap();
        let item = stream["schema"]["contentSchema"]["items"]["$ref"].as_str().unwrap();
        let event = document.pointer(item.trim_start_matches('#')).unwrap();
        assert_eq!(event["required"], json!(["event", "data", "id"]));
        let example = stream["example"].as_str().unwrap();
        let (_, data) = example.split_once("data: ").unwrap();
        let data: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
        let known = &document["components"]["schemas"]["Event"]["properties"];
        assert!(data.as_object().unwrap().keys().all(|field| known[field].is_object()), "{data}");
    }
}
