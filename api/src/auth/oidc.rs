//! What is asked of an issuer over HTTP: what it publishes, and a token for a code.
//!
//! Its answers are those of a stranger: bounded in time and size, redirects not followed, addresses taken only
//! where they are https (http on loopback, for an issuer that is so itself).

use std::{path::Path, sync::Arc, time::Duration};

use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;
use url::{Host, Url};

use super::{Trust, keyset::KeySet};

/// The most bytes of an answer.
pub const MAX_ANSWER: usize = 256 * 1024;

/// Why an issuer was of no help.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum OidcError {
    /// Its address is not one.
    #[error(
        "the issuer is no https address without query and fragment: correct it in the tenant, or --hoster-issuer"
    )]
    Issuer,
    /// No answer.
    #[error("the issuer cannot be reached: {0}")]
    Unreachable(Arc<str>),
    /// Another status than expected.
    #[error("the issuer answers with status {0}: is it the issuer's exact address?")]
    Status(u16),
    /// Too much.
    #[error("the issuer answers with more than 256 KiB")]
    TooLarge,
    /// Not what it should be.
    #[error("the issuer's answer is no {0}")]
    Document(&'static str),
    /// The document is of another issuer.
    #[error("the discovery document there is of another issuer: correct the address, letter by letter")]
    OtherIssuer,
    /// An endpoint without TLS.
    #[error("the issuer's {0} is not an https address")]
    Endpoint(&'static str),
    /// More than [`super::keyset::MAX_KEYS`].
    #[error("the issuer publishes more than 100 keys")]
    TooManyKeys,
    /// The issuer has no endpoint to sign in at.
    #[error("the issuer offers no sign-in: its discovery document has no {0}")]
    NoSignIn(&'static str),
    /// The issuer gives no token for this code; with the error code of RFC 6749, 5.2.
    #[error("the issuer gives no token ({0}): sign in again")]
    Refused(Arc<str>),
    /// The asking was ended, by the end of the process.
    #[error("the process is stopping")]
    Stopped,
}

impl OidcError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer => "issuer-address",
            Self::Unreachable(_) => "issuer-unreachable",
            Self::Status(_) => "issuer-status",
            Self::TooLarge => "issuer-answer-too-large",
            Self::Document(_) => "issuer-document",
            Self::OtherIssuer => "issuer-other",
            Self::Endpoint(_) => "issuer-endpoint",
            Self::TooManyKeys => "issuer-too-many-keys",
            Self::NoSignIn(_) => "issuer-no-sign-in",
            Self::Refused(_) => "sign-in-refused",
            Self::Stopped => "stopping",
        }
    }
}

/// Why the client cannot be made.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file with more authorities.
    #[error("cannot read the authorities in {0}: give --oidc-ca a file with PEM certificates")]
    Authorities(String),
    /// TLS.
    #[error("cannot make a TLS client: install the system's certificates, or give --oidc-ca")]
    Tls(#[source] reqwest::Error),
}

/// Where an issuer does what.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Endpoints {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
}

impl Endpoints {
    /// Where people's browsers go.
    pub fn authorization(&self) -> Result<&str, OidcError> {
        self.authorization_endpoint.as_deref().ok_or(OidcError::NoSignIn("authorization_endpoint"))
    }

    fn token(&self) -> Result<&str, OidcError> {
        self.token_endpoint.as_deref().ok_or(OidcError::NoSignIn("token_endpoint"))
    }
}

/// What the token endpoint gives (RFC 6749, 5.1).
#[derive(Deserialize)]
pub struct Granted {
    /// The access token.
    pub access_token: String,
    /// Seconds for which it holds.
    pub expires_in: Option<u64>,
    token_type: String,
}

/// The client of all issuers.
#[derive(Clone)]
pub struct Oidc(Client);

impl Oidc {
    /// A client that trusts the system's authorities and those in `authorities`, PEM certificates. The TLS provider
    /// of the process must be installed before.
    pub fn new(authorities: Option<&Path>, timeout: Duration) -> Result<Self, ClientError> {
        let more = authorities.map_or(Ok(Vec::new()), |file| {
            let unreadable = || ClientError::Authorities(file.display().to_string());
            let pem = std::fs::read(file).map_err(|_| unreadable())?;
            let all = Certificate::from_pem_bundle(&pem).map_err(|_| unreadable())?;
            if all.is_empty() { Err(unreadable()) } else { Ok(all) }
        })?;
        Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(timeout)
            .user_agent(concat!("beffroi-api/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(more)
            .build()
            .map(Self)
            .map_err(ClientError::Tls)
    }

    /// Discovery (`OpenID` Connect Discovery 1.0, 4), then the keys.
    pub(super) async fn publication(&self, issuer: &str) -> Result<(Endpoints, KeySet), OidcError> {
        let address = parse_issuer(issuer)?;
        let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let found: Endpoints =
            json(&self.document(&discovery).await?).ok_or(OidcError::Document("discovery document"))?;
        if found.issuer != issuer {
            return Err(OidcError::OtherIssuer);
        }
        let endpoints = [
            ("jwks_uri", Some(&found.jwks_uri)),
            ("authorization_endpoint", found.authorization_endpoint.as_ref()),
            ("token_endpoint", found.token_endpoint.as_ref()),
        ];
        for (name, endpoint) in endpoints {
            if endpoint.is_some_and(|endpoint| !is_safe(endpoint, is_loopback(&address))) {
                return Err(OidcError::Endpoint(name));
            }
        }
        let keys = KeySet::read(&self.document(&found.jwks_uri).await?)?;
        Ok((found, keys))
    }

    /// A token for an authorization code, as a public client with PKCE (RFC 6749, 4.1.3; RFC 7636, 4.5).
    pub(super) async fn exchange(
        &self,
        endpoints: &Endpoints,
        trust: &Trust,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Granted, OidcError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &trust.client_id),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect),
        ];
        let answer = send(self.0.post(endpoints.token()?).form(&form)).await?;
        let status = answer.status();
        let body = bounded(answer).await?;
        if status == StatusCode::OK {
            let granted: Option<Granted> = json(&body);
            return granted
                .filter(|granted| granted.token_type.eq_ignore_ascii_case("bearer"))
                .ok_or(OidcError::Document("token response with a bearer token"));
        }
        match refusal(&body).filter(|_| status.is_client_error()) {
            Some(error) => Err(OidcError::Refused(error)),
            None => Err(OidcError::Status(status.as_u16())),
        }
    }

    async fn document(&self, address: &str) -> Result<Vec<u8>, OidcError> {
        let answer = send(self.0.get(address).header(http::header::ACCEPT, "application/json")).await?;
        match answer.status() {
            StatusCode::OK => bounded(answer).await,
            status => Err(OidcError::Status(status.as_u16())),
        }
    }
}

async fn send(request: RequestBuilder) -> Result<Response, OidcError> {
    request.send().await.map_err(unreachable)
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, OidcError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(OidcError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause: the outer ones only say that something failed. Addresses are left out, for a code may be in
/// one.
fn unreachable(error: reqwest::Error) -> OidcError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    OidcError::Unreachable(cause.to_string().into())
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
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

fn parse_issuer(issuer: &str) -> Result<Url, OidcError> {
    let address = Url::parse(issuer).map_err(|_| OidcError::Issuer)?;
    let bare = address.query().is_none() && address.fragment().is_none() && address.username().is_empty();
    if bare && is_safe(issuer, true) { Ok(address) } else { Err(OidcError::Issuer) }
}

fn is_safe(address: &str, loopback: bool) -> bool {
    Url::parse(address).is_ok_and(|address| match address.scheme() {
        "https" => address.has_host(),
        "http" => loopback && is_loopback(&address),
        _ => false,
    })
}

fn is_loopback(address: &Url) -> bool {
    address.scheme() == "http"
        && match address.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
}
