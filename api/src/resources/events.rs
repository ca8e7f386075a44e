//! What changes, as it does.

use axum::{
    body::Body,
    extract::State as Extract,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action,
    door,
    events::Full,
    problem::{Kind, Problem},
    request::signed::{Signed, refused},
    state::State,
};

/// Id of the last event that a reader got, as browsers send it.
const LAST: HeaderName = HeaderName::from_static("last-event-id");
/// Kept from proxies that gather an answer before they pass it on (nginx and those like it).
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(read))
}

/// What changes of all that you may know of, as server-sent events: `ready` first, then `workspace.changed`,
/// `workspace.deleted`, `tenant.changed`, `tenant.deleted`, `site.changed`, `site.deleted`, each with an `Event` as its
/// data, and `reset`, after which lists must be read again. Ids are opaque; send the last one as `Last-Event-ID`, to any
/// replica, to be told what came since. The stream ends with the token, and where your rights change: open it again.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "readEvents", tag = "Events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that you got.", max_length = 512)),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "Events, without end."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    door::anyone(&who, Action::Read)?;
    let last = headers.get(LAST).map(|id| id.to_str().unwrap_or_default());
    let events = state.events.open(&who, last).map_err(full)?;
    // From here on the stream ends where a trust changes; if one did before, it shows now.
    let now = state.auth.authenticate(headers.get(header::AUTHORIZATION), Timestamp::now()).await;
    if *now.map_err(|error| refused(&error))? != *who {
        return Err(wait(
            Kind::Conflict,
            1,
            "Vos droits viennent de changer : recommencez.",
            "your rights have just changed: try again",
        ));
    }
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store"), UNBUFFERED];
    Ok((headers, Body::from_stream(events)).into_response())
}

fn full(full: Full) -> Problem {
    match full {
        Full::Tenant(most) => wait(
            Kind::RateLimited,
            30,
            format!(
                "Votre organisme a déjà {most} flux ouverts : fermez-en, par exemple des pages oubliées."
            ),
            format!("your tenant has {most} streams open: close some, such as forgotten pages"),
        ),
        Full::All => wait(
            Kind::RateLimited,
            30,
            "Trop de flux sont ouverts : réessayez plus tard.",
            "too many streams are open: try again later",
        ),
        Full::Closed => wait(
            Kind::ClusterUnavailable,
            2,
            "Les flux ne sont pas ouverts en ce moment : réessayez dans un instant.",
            "streams are not open at this moment: try again",
        ),
    }
}

fn wait(kind: Kind, seconds: u64, fr: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem { retry_after: Some(seconds), ..Problem::new(kind, fr, en) }
}
