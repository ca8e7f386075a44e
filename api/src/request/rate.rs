//! How often an address may ask, before anything else is done for it: for files of the page, which are many at once and
//! cost little, more often than for all else.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    auth::rate::{Network, Pass},
    page,
    problem::{Kind, Problem},
    state::State,
};

/// Middleware: whoever asks too often is told to wait.
pub async fn limit(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(peer) = peer else { return next.run(request).await };
    let address = state.proxies.client(peer, request.headers());
    let pass = if page::has(request.uri().path()) {
        state.limits.file(address)
    } else {
        state.limits.address(address)
    };
    let network = Network::from(address);
    request.extensions_mut().insert(network);
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
