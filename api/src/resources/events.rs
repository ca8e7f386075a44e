//! What changes, as it does.

use std::{borrow::Cow, convert::Infallible};

use axum::{
    body::Body,
    extract::{FromRequestParts, State as Extract},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::{
    auth::Action,
    door,
    events::{self, Full},
    operation::{Answers, Reads, Routes, Told, operation},
    problem::{Kind, Problem},
    request::signed::{Signed, refused},
    state::State,
};

/// Id of the last event that a reader got, as browsers send it.
const LAST: HeaderName = HeaderName::from_static("last-event-id");
/// Longest id, in characters.
const LONGEST: usize = 512;
/// Media type of the stream.
const MEDIA_TYPE: &str = "text/event-stream";
/// Kept from proxies that gather an answer before they pass it on (nginx and those like it).
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Id of the last event that a reader got, where there is one.
struct Last(Option<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for Last {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get(LAST).cloned()))
    }
}

impl Reads for Last {
    fn tell(told: &mut Told) {
        let schema = json!({ "type": "string", "maxLength": LONGEST });
        let description = "Id of the last event that you got.";
        let header = json!({ "description": description, "required": false, "schema": schema });
        told.takes_header("Last-Event-ID", header);
    }
}

/// Events, without end.
struct Events(Response);

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        self.0
    }
}

/// What is answered is one text without end, of which `OpenAPI` 3.1 tells no more; what that text is made of, JSON Schema
/// can tell (2020-12, content vocabulary).
impl Answers for Events {
    fn tell(told: &mut Told) {
        let event = told.schema::<StreamedEvent>();
        let change = r#"{"id":"ght-bm.visio","tenant":"ght-bm","version":"4711","state":"Ready","located":"True","sites":["par1"]}"#;
        told.answers_content(
            MEDIA_TYPE,
            &json!({
                "schema": {
                    "type": "string",
                    "contentMediaType": MEDIA_TYPE,
                    "contentSchema": { "type": "array", "items": event },
                },
                "example": format!("event: workspace.changed\ndata: {change}\nid: 1267-8f.a-3.c-1.9-2.5e\n\n"),
            }),
        );
    }
}

/// One event of the stream, as the document tells it.
struct StreamedEvent;

impl JsonSchema for StreamedEvent {
    fn schema_name() -> Cow<'static, str> {
        "StreamedEvent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let data = generator.subschema_for::<events::Notice>();
        json_schema!({
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
                    "contentSchema": data,
                },
                "id": {
                    "type": "string",
                    "description": "For `Last-Event-ID`. It comes without an event, too, as a sign of life.",
                    "maxLength": LONGEST,
                },
                "retry": { "type": "integer", "minimum": 0, "description": "Milliseconds to wait before one comes back." },
            },
        })
    }
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read).may(409))
}

/// What changes of all that you may know of, as server-sent events: `ready` first, then `workspace.changed`,
/// `workspace.deleted`, `tenant.changed`, `tenant.deleted`, `site.changed`, `site.deleted`, each with an `Event` as its
/// data, and `reset`, after which lists must be read again. Ids are opaque; send the last one as `Last-Event-ID`, to any
/// replica, to be told what came since. The stream ends with the token, where you lose a right, and
/// after a quarter of an hour: open it again, and it tells of what you have been given a right to since.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "readEvents", tag = "Events",
    responses((status = 200, description = "Events, without end."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Last(last): Last,
    headers: HeaderMap,
) -> Result<Events, Problem> {
    door::anyone(&who, Action::Read)?;
    let last = last.as_ref().map(|id| id.to_str().unwrap_or_default());
    let events = state.events.open(&who, last).map_err(full)?;
    // From here on the stream ends where a trust changes; if one did before, it shows now.
    let now = state.auth.authenticate(headers.get(header::AUTHORIZATION), Timestamp::now()).await;
    if *now.map_err(|error| refused(&error))? != *who {
        return Err(Problem::new(
            Kind::Conflict,
            "Vos droits viennent de changer : recommencez.",
            "your rights have just changed: try again",
        )
        .after(1));
    }
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store"), UNBUFFERED];
    Ok(Events((headers, Body::from_stream(events)).into_response()))
}

fn full(full: Full) -> Problem {
    match full {
        Full::Tenant(most) => Problem::new(
            Kind::RateLimited,
            format!(
                "Votre organisme a déjà {most} flux ouverts : fermez-en, par exemple des pages oubliées."
            ),
            format!("your tenant has {most} streams open: close some, such as forgotten pages"),
        )
        .after(30),
        Full::All => Problem::new(
            Kind::RateLimited,
            "Trop de flux sont ouverts : réessayez plus tard.",
            "too many streams are open: try again later",
        )
        .after(30),
        Full::Closed => Problem::new(
            Kind::ClusterUnavailable,
            "Les flux ne sont pas ouverts en ce moment : réessayez dans un instant.",
            "streams are not open at this moment: try again",
        )
        .after(2),
    }
}
