//! How often an address may ask, before anything else is done for it: for files of the page, which are many at once and
//! cost little, more often than for all else.

use axum::{
    extract::{Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    auth::rate::{Network, Pass},
    problem::{Kind, Problem},
    state::State,
};

/// Whether a path is of a file of the page.
pub type IsFile = fn(&str) -> bool;

/// Middleware: whoever asks too often is told to wait.
pub async fn limit(
    Extract((state, is_file)): Extract<(State, IsFile)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(network) = request.extensions().get::<Network>().copied() else {
        return next.run(request).await;
    };
    let pass = if is_file(request.uri().path()) {
        state.limits.file(network)
    } else {
        state.limits.address(network)
    };
    let mut response = match pass {
        Pass::Allowed => next.run(request).await,
        Pass::Wait { seconds } => slow_down(seconds).into_response(),
    };
    response.extensions_mut().insert(network);
    response
}

/// The problem of one who asks too often.
pub fn slow_down(seconds: u64) -> Problem {
    Problem::new(
        Kind::RateLimited,
        format!("Trop de demandes : attendez {seconds} s."),
        format!("too many requests: wait {seconds} s"),
    )
    .after(seconds)
}
