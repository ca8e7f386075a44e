//! What probes ask: whether the process still does its work ([`alive`]; it is started anew where not), and whether it
//! should be sent requests ([`ready`]).

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    extract::{Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use crate::{
    problem::{Kind, Problem},
    state::State,
};

/// A replica that has not heard of changes for so long sends people elsewhere: rights may have been taken away.
const DEAF: Duration = Duration::from_mins(5);

type Answer = (StatusCode, String);

/// Whether everything that must go on goes on.
pub(crate) async fn alive(Extract(state): Extract<State>) -> Answer {
    let ended = state
        .tasks
        .ended()
        .or_else(|| state.caches.watches().find_map(|(kind, w)| w.ended().then_some(kind)));
    match ended {
        Some(name) if !state.stop.is_cancelled() => unavailable(format!("{name}: the task has ended\n")),
        _ => ok(),
    }
}

/// Whether every cache is filled and hears of changes, and whether they are told.
pub(crate) async fn ready(Extract(state): Extract<State>) -> Answer {
    if state.stop.is_cancelled() {
        return unavailable("stopping\n");
    }
    let unfilled: Vec<_> =
        state.caches.watches().filter(|(_, watch)| !watch.filled()).map(|(kind, _)| kind).collect();
    if !unfilled.is_empty() {
        return unavailable(format!("not filled yet: {}\n", unfilled.join(", ")));
    }
    let deaf = state.caches.watches().find(|(_, watch)| watch.failing().is_some_and(|time| time > DEAF));
    if let Some((kind, _)) = deaf {
        return unavailable(format!("the watch of {kind} has failed for {} s and more\n", DEAF.as_secs()));
    }
    if state.events.is_open() { ok() } else { unavailable("events are not told yet\n") }
}

/// Middleware: nothing is answered from what is not known yet, for an empty list would be a lie.
pub(crate) async fn begun(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    if !state.begun.load(Ordering::Relaxed) {
        if !state.caches.watches().all(|(_, watch)| watch.filled()) {
            return Problem::new(
                Kind::ClusterUnavailable,
                "Le service démarre et ne sait pas encore tout : réessayez dans un instant.",
                "the API has just started, and does not know everything yet: try again in a moment",
            )
            .after(2)
            .into_response();
        }
        state.begun.store(true, Ordering::Relaxed);
    }
    next.run(request).await
}

/// The same for the world, which need not know what is wrong.
pub(crate) fn bare((status, why): Answer) -> Answer {
    (status, if status.is_success() { why } else { "not ready\n".to_owned() })
}

fn ok() -> Answer {
    (StatusCode::OK, "ok\n".to_owned())
}

fn unavailable(why: impl Into<String>) -> Answer {
    (StatusCode::SERVICE_UNAVAILABLE, why.into())
}
