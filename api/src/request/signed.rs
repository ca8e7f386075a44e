//! Who asks: the token of a request → a principal, kept with the request ([`authenticate`]) → [`Signed`] for those
//! routes that want one.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State as Extract},
    middleware::Next,
    response::{IntoResponse, Response},
};
use beffroi_oidc::{TokenError, VerifyError};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use jiff::Timestamp;

use super::{at_least, rate::slow_down};
use crate::{
    auth::{
        Principal, logged,
        rate::{Pass, Payer},
        told,
    },
    operation::{Reads, Told},
    problem::{Kind, Problem},
    state::State,
};

/// Somebody whose token holds.
#[derive(Clone, Debug)]
pub struct Signed(pub Arc<Principal>);

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| refused(&TokenError::Missing.into()))
    }
}

impl Reads for Signed {
    /// Whoever reads may say what was seen before.
    fn tell(told: &mut Told) {
        needed(told);
        at_least::tell(told);
    }
}

/// Tells that a token is needed: a role may be missing, or hide what is there.
pub fn needed(told: &mut Told) {
    told.needs_token();
    told.may(403);
    told.may(404);
}

/// Middleware: who asks, and how often they may. A token that does not hold is refused even where none is needed.
pub async fn authenticate(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let header @ Some(_) = headers.next() else { return next.run(request).await };
    if headers.next().is_some() {
        return refused(&TokenError::Scheme.into()).into_response();
    }
    let who = match state.auth.authenticate(header, Timestamp::now()).await {
        Ok(who) => who,
        Err(error) => return refused(&error).into_response(),
    };
    let payer = Payer::from(&*who);
    let mut response = match welcome(&state, &who, request.headers()).await {
        Ok(()) => {
            request.extensions_mut().insert(Signed(who));
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(payer);
    response
}

/// Whether somebody may ask now, and once the caches have what they have seen.
async fn welcome(state: &State, who: &Principal, headers: &HeaderMap) -> Result<(), Problem> {
    if let Pass::Wait { seconds } = state.limits.principal(who) {
        return Err(slow_down(seconds));
    }
    at_least::catch_up(state, headers).await
}

/// Why nobody was recognized, as a problem.
pub fn refused(error: &VerifyError) -> Problem {
    match error {
        VerifyError::Refused(token) => {
            let (code, told) = (token.code(), told(*token));
            Problem {
                code: Some(code),
                ..Problem::new(
                    Kind::Unauthenticated,
                    format!("Le jeton d'accès n'est pas accepté ({code}) : {}.", told.fr),
                    format!("the access token is not accepted ({code}): {}", told.en),
                )
            }
        }
        VerifyError::Unavailable(error) => {
            tracing::warn!(error = %logged(error), "an issuer does not answer");
            let problem = Problem::new(
                Kind::IssuerUnavailable,
                "Le fournisseur d'identité ne répond pas : réessayez dans un instant.",
                "the identity provider does not answer: try again in a moment",
            );
            Problem { code: Some(error.code()), ..problem.after(5) }
        }
    }
}
