//! Signing in on the page: where a tenant's people sign in, and a token for the code that they come back with. The
//! page itself asks no issuer, so that it may call nobody but this API.

use axum::{Json, extract::State as Extract};
use beffroi_oidc::{IssuerError, Registration, TokenError, VerifyError};
use http::{Extensions, HeaderValue};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::{
    auth::{logged, rate::Pass, told},
    language::Text,
    operation::{Routes, operation},
    problem::{Kind, Problem, length},
    request::{body::Body, query::Parameters, rate::slow_down},
    state::State,
};

/// Whose people sign in.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The tenant; absent: the hosting provider.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
}

/// Where people sign in (OpenID Connect, authorization code with PKCE).
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The tenant; absent: the hosting provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Who vouches for them.
    pub issuer: String,
    /// The page's client there.
    pub client_id: String,
    /// Where their browser goes.
    pub authorization_endpoint: String,
    /// What is asked for.
    pub scope: String,
    /// The resource that the token is for, where it is named by an absolute URI (RFC 8707, 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// A code to be exchanged for a token.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Code {
    /// The tenant; absent: the hosting provider.
    #[schemars(length(max = 63))]
    pub tenant: Option<String>,
    /// The code that the issuer gave.
    #[schemars(length(min = 1, max = 4096))]
    pub code: String,
    /// The PKCE verifier (RFC 7636).
    #[schemars(length(min = 43, max = 128))]
    pub verifier: String,
    /// Where the issuer sent the browser back to.
    #[schemars(length(min = 1, max = 2048))]
    pub redirect_uri: String,
}

/// A token.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds for which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read).may(404)).with(operation!(exchange).may(404).example::<Code>(
        "code",
        "A code that an issuer gave.",
        &example(),
    ))
}

fn example() -> Value {
    json!({
        "tenant": "ght-bm", "code": "SplxlOBeZQQYbYS6WxSbIA",
        "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "redirectUri": "https://beffroi.example/",
    })
}

/// Where the people of a tenant sign in.
///
/// The one thing that is told of a tenant to everyone: that one of this name has people who sign in, and at which issuer
/// as which client. A browser must know it before it has a token. All else that one may not know of answers 404.
#[utoipa::path(
    get, path = "/v1/sign-in", operation_id = "readSignIn", tag = "Sign-in",
    responses((status = 200, description = "Where to sign in."))
)]
async fn read(
    Extract(state): Extract<State>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<SignIn>, Problem> {
    let there = registration(&state, length::name("tenant", asked.tenant.as_deref())?)?;
    let endpoints =
        state.auth.issuers().endpoints(&there.issuer).await.map_err(|error| unavailable(&error))?;
    let authorization_endpoint = endpoints.authorization().map_err(|error| unavailable(&error))?.to_owned();
    Ok(Json(SignIn {
        tenant: asked.tenant,
        scope: there.scope(),
        issuer: there.issuer,
        client_id: there.client_id,
        authorization_endpoint,
        resource: Some(there.audience).filter(|audience| url::Url::parse(audience).is_ok()),
    }))
}

/// A token for the code that a person came back with.
#[utoipa::path(
    post, path = "/v1/sign-in", operation_id = "exchangeCode", tag = "Sign-in",
    responses((status = 200, description = "The token."))
)]
async fn exchange(
    Extract(state): Extract<State>,
    extensions: Extensions,
    Body(asked): Body<Code>,
) -> Result<Json<Token>, Problem> {
    if let Some(network) = extensions.get()
        && let Pass::Wait { seconds } = state.limits.code(*network)
    {
        return Err(slow_down(seconds));
    }
    let there = registration(&state, asked.tenant.as_deref())?;
    let Code { code, verifier, redirect_uri, .. } = &asked;
    let granted = state.auth.issuers().exchange_code(&there, code, verifier, redirect_uri).await;
    match granted {
        Ok(granted) => {
            usable(&state, &there, &granted.access_token).await?;
            Ok(Json(Token { access_token: granted.access_token, expires_in: granted.expires_in }))
        }
        Err(IssuerError::Refused(error)) if CLIENT_REFUSED.contains(&&*error) => {
            Err(no_public_client(&error))
        }
        Err(IssuerError::Refused(_)) => Err(Problem::field(
            "code",
            None,
            Text::new(
                "le fournisseur d'identité ne l'accepte pas, ou plus",
                "the identity provider does not accept it, or not any more",
            ),
            Text::new("Recommencez la connexion.", "sign in again"),
        )),
        Err(error) => Err(unavailable(&error)),
    }
}

/// What an issuer answers to a client that it takes no code from without a secret (RFC 6749, 5.2).
const CLIENT_REFUSED: [&str; 2] = ["invalid_client", "unauthorized_client"];

/// Whether the token that was given will be taken: who signs in is told at once, and not that nobody has a role.
async fn usable(state: &State, there: &Registration, token: &str) -> Result<(), Problem> {
    let header = HeaderValue::from_str(&format!("Bearer {token}")).ok();
    match state.auth.authenticate(header.as_ref(), Timestamp::now()).await {
        // Keys that cannot be had now can be had a moment later.
        Ok(_) | Err(VerifyError::Unavailable(_)) => Ok(()),
        Err(VerifyError::Refused(error)) => Err(unusable(there, error)),
    }
}

/// The issuer let somebody in, and gave a token that this API does not take.
fn unusable(there: &Registration, error: TokenError) -> Problem {
    let (code, Text { fr, en }) = (error.code(), told(error));
    let (audience, algorithm) = (&there.audience, there.algorithm.name());
    tracing::warn!(code, issuer = there.issuer, "an issuer gives access tokens that are not taken");
    let problem = Problem::new(
        Kind::IssuerUnavailable,
        format!(
            "Le fournisseur d'identité vous a reconnu, mais son jeton d'accès n'est pas accepté ({code}) : {fr}. Est attendu un JWT signé par {algorithm}, d'audience « {audience} ». Transmettez ce message à l'hébergeur."
        ),
        format!(
            "the identity provider recognized you, but its access token is not accepted ({code}): {en}. Expected is a JWT signed with {algorithm}, of audience {audience}. Pass this on to the hosting provider"
        ),
    );
    Problem { code: Some(code), ..problem }
}

/// The issuer wants a secret of its client, as `ProConnect` does.
fn no_public_client(error: &str) -> Problem {
    let problem = Problem::new(
        Kind::IssuerUnavailable,
        format!(
            "Le fournisseur d'identité n'accepte pas le client de cette page ({error}) : elle se connecte en client public, sans secret, avec PKCE. L'hébergeur doit y déclarer un client public, ou, devant un fournisseur qui n'admet que des clients confidentiels, comme ProConnect, un intermédiaire tel que Keycloak."
        ),
        format!(
            "the identity provider does not take this page's client ({error}): it signs in as a public client, without a secret, with PKCE. The hosting provider registers a public client there, or, where the provider takes confidential clients only, as ProConnect does, a broker such as Keycloak in front of it"
        ),
    );
    Problem { code: Some("issuer-client"), ..problem }
}

/// What is agreed on with the issuer where the people of a tenant, or of the hosting provider, sign in.
fn registration(state: &State, tenant: Option<&str>) -> Result<Registration, Problem> {
    let trusts = state.auth.trusts();
    let trust = trusts.sign_in(tenant).ok_or_else(|| Problem::not_found(tenant.unwrap_or("hebergeur")))?;
    Ok(trust.registration.clone())
}

fn unavailable(error: &IssuerError) -> Problem {
    tracing::warn!(error = %logged(error), "an issuer cannot be used to sign in");
    let code = error.code();
    Problem::new(
        Kind::IssuerUnavailable,
        format!(
            "Le fournisseur d'identité ne répond pas comme attendu ({code}) : réessayez, ou prévenez l'hébergeur."
        ),
        format!(
            "the identity provider does not answer as it should ({code}): try again, or tell the hosting provider"
        ),
    )
    .after(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::checked::parse;

    #[test]
    fn only_what_the_document_allows_is_sent_to_an_issuer() {
        let code = |code: usize, verifier: usize, redirect: usize| {
            json!({
                "tenant": "ght-bm", "code": "c".repeat(code), "verifier": "v".repeat(verifier),
                "redirectUri": "r".repeat(redirect),
            })
        };
        assert!(parse::<Code>(&code(4096, 43, 2048)).is_ok());
        let mut stranger = code(1, 43, 1);
        stranger["tenant"] = "t".repeat(64).into();
        for (wrong, field) in [
            (code(0, 43, 1), "code"),
            (code(4097, 43, 1), "code"),
            (code(1, 42, 1), "verifier"),
            (code(1, 129, 1), "verifier"),
            (code(1, 43, 0), "redirectUri"),
            (code(1, 43, 2049), "redirectUri"),
            (stranger, "tenant"),
        ] {
            let problem = parse::<Code>(&wrong).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Invalid, field));
            assert!(problem.errors[0].value.is_none(), "it may be a secret: {problem:?}");
        }
    }
}
