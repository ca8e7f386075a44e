//! What an issuer publishes: where it does what, and its keys. Addresses are taken only where they are https (http on
//! loopback, for an issuer that is so itself).

use serde::Deserialize;
use url::{Host, Url};

use super::{
    client::{IssuerClient, json},
    error::IssuerError,
    keyset::KeySet,
};

/// Where an issuer does what (`OpenID` Connect Discovery 1.0, 3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Endpoints {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
}

impl Endpoints {
    /// Where people's browsers go (`OpenID` Connect Core 1.0, 3.1.2).
    ///
    /// # Errors
    /// [`IssuerError::NoSignIn`] where the issuer has no such endpoint.
    pub fn authorization(&self) -> Result<&str, IssuerError> {
        self.authorization_endpoint.as_deref().ok_or(IssuerError::NoSignIn("authorization_endpoint"))
    }

    pub(crate) fn token(&self) -> Result<&str, IssuerError> {
        self.token_endpoint.as_deref().ok_or(IssuerError::NoSignIn("token_endpoint"))
    }
}

impl IssuerClient {
    /// Discovery (`OpenID` Connect Discovery 1.0, 4), then the keys.
    pub(crate) async fn publication(&self, issuer: &str) -> Result<(Endpoints, KeySet), IssuerError> {
        let address = parse_issuer(issuer)?;
        let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let found: Endpoints =
            json(&self.document(&discovery).await?).ok_or(IssuerError::Document("discovery document"))?;
        if found.issuer != issuer {
            return Err(IssuerError::OtherIssuer);
        }
        let endpoints = [
            ("jwks_uri", Some(&found.jwks_uri)),
            ("authorization_endpoint", found.authorization_endpoint.as_ref()),
            ("token_endpoint", found.token_endpoint.as_ref()),
        ];
        for (name, endpoint) in endpoints {
            if endpoint.is_some_and(|endpoint| !is_safe(endpoint, is_loopback(&address))) {
                return Err(IssuerError::Endpoint(name));
            }
        }
        let keys = KeySet::read(&self.document(&found.jwks_uri).await?)?;
        Ok((found, keys))
    }
}

fn parse_issuer(issuer: &str) -> Result<Url, IssuerError> {
    let address = Url::parse(issuer).map_err(|_| IssuerError::Address)?;
    let bare = address.query().is_none() && address.fragment().is_none() && address.username().is_empty();
    if bare && is_safe(issuer, true) { Ok(address) } else { Err(IssuerError::Address) }
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
