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
/// replica, to be told what came since. The stream ends with the token, where you lose a right, and
/// after a quarter of an hour: open it again, and it tells of what you have been given a right to since.
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
        return Err(Problem::new(
            Kind::Conflict,
            "Vos droits viennent de changer : recommencez.",
            "your rights have just changed: try again",
        )
        .after(1));
    }
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store"), UNBUFFERED];
    Ok((headers, Body::from_stream(events)).into_response())
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
