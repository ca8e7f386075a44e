//! A token for a code that an issuer gave to a browser.

use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;

use super::{
    client::{IssuerClient, json},
    discovery::Endpoints,
    error::IssuerError,
};

/// What the token endpoint gives (RFC 6749, 5.1).
#[derive(Deserialize)]
pub struct Granted {
    /// The access token.
    pub access_token: String,
    /// Seconds for which it holds.
    pub expires_in: Option<u64>,
    token_type: String,
}

impl IssuerClient {
    /// A token for an authorization code, as a public client with PKCE (RFC 6749, 4.1.3; RFC 7636, 4.5).
    pub(crate) async fn exchange(
        &self,
        endpoints: &Endpoints,
        client_id: &str,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Granted, IssuerError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect),
        ];
        let (status, body) = self.post(endpoints.token()?, &form).await?;
        if status == StatusCode::OK {
            let granted: Option<Granted> = json(&body);
            return granted
                .filter(|granted| granted.token_type.eq_ignore_ascii_case("bearer"))
                .ok_or(IssuerError::Document("token response with a bearer token"));
        }
        match refusal(&body).filter(|_| status.is_client_error()) {
            Some(error) => Err(IssuerError::Refused(error)),
            None => Err(IssuerError::Status(status.as_u16())),
        }
    }
}

/// The error code of RFC 6749, 5.2, where it is one.
fn refusal(body: &[u8]) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let Refusal { error } = json(body)?;
    let plain = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then(|| error.into())
}
