//! Who asks: the token of a request → a principal, kept with the request ([`authenticate`]) → [`Signed`] for those
//! routes that want one.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use jiff::Timestamp;

use crate::{
    auth::{AuthError, Principal, TokenError, rate::Pass},
    language::versioned,
    problem::{Kind, Problem},
    state::State,
};

/// Header with the `ETag` that a write was answered with: what is read is at least as new.
pub const AT_LEAST: &str = "beffroi-at-least";

/// Somebody whose token holds.
#[derive(Clone, Debug)]
pub struct Signed(pub Arc<Principal>);

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| refused(&TokenError::Missing.into()))
    }
}

/// Middleware: how often one may ask, then who asks. A token that does not hold is refused even where none is needed.
pub async fn authenticate(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if let Some(address) = peer.map(|peer| state.proxies.client(peer, request.headers()))
        && let Pass::Wait { seconds } = state.limits.address(address)
    {
        return slow_down(seconds).into_response();
    }
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    if let header @ Some(_) = headers.next() {
        if headers.next().is_some() {
            return refused(&TokenError::Scheme.into()).into_response();
        }
        let who = match state.auth.authenticate(header, Timestamp::now()).await {
            Ok(who) => who,
            Err(error) => return refused(&error).into_response(),
        };
        if let Pass::Wait { seconds } = state.limits.principal(&who) {
            return slow_down(seconds).into_response();
        }
        request.extensions_mut().insert(Signed(who));
        if let Some(version) = at_least(request.headers()) {
            let of_tenants = request.uri().path().starts_with("/v1/tenants");
            catch_up(&state, of_tenants, version).await;
        }
    }
    next.run(request).await
}

/// The version that a client says it has seen.
fn at_least(headers: &HeaderMap) -> Option<u64> {
    let tag = headers.get(AT_LEAST)?.to_str().ok()?.trim_start_matches("W/").trim_matches('"');
    versioned(tag).parse().ok()
}

/// One reads what one wrote, on whichever replica.
async fn catch_up(state: &State, of_tenants: bool, version: u64) {
    if of_tenants {
        state.caches.tenants.at_least(version).await;
    } else {
        state.caches.workspaces.at_least(version).await;
    }
}

/// Too many requests.
pub fn slow_down(seconds: u64) -> Problem {
    Problem {
        retry_after: Some(seconds),
        ..Problem::new(
            Kind::RateLimited,
            format!("Trop de demandes : attendez {seconds} s."),
            format!("too many requests: wait {seconds} s"),
        )
    }
}

/// Why nobody was recognized, as a problem.
pub fn refused(error: &AuthError) -> Problem {
    match error {
        AuthError::Refused(token) => Problem::new(
            Kind::Unauthenticated,
            format!("Le jeton d'accès n'est pas accepté ({}) : reconnectez-vous. {token}", token.code()),
            format!("the access token is not accepted ({}): {token}", token.code()),
        ),
        AuthError::Unavailable(error) => {
            tracing::warn!(%error, "an issuer does not answer");
            Problem {
                retry_after: Some(5),
                ..Problem::new(
                    Kind::IssuerUnavailable,
                    "Le fournisseur d'identité ne répond pas : réessayez dans un instant.",
                    "the identity provider does not answer: try again in a moment",
                )
            }
        }
    }
}
