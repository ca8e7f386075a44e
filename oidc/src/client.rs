//! What is asked of an issuer over HTTP.
//!
//! Its answers are those of a stranger: bounded in time and size, redirects not followed.

use std::{path::Path, time::Duration};

use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, redirect::Policy};
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::error::IssuerError;

/// The most bytes of an answer.
const MAX_ANSWER: usize = 256 * 1024;

/// Why the client cannot be made.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file with more authorities.
    #[error("cannot read the authorities in {0}: give a file with PEM certificates")]
    Authorities(String),
    /// TLS.
    #[error("cannot make a TLS client: install the system's certificates, or give a file with more")]
    Tls(#[source] reqwest::Error),
}

/// The HTTP client that asks all issuers; cheap to clone.
#[derive(Clone)]
pub struct IssuerClient(Client);

impl IssuerClient {
    /// A client that trusts the system's authorities and those in `authorities`, a file with PEM certificates; it names
    /// itself `agent` (RFC 9110, 10.1.5), and gives an answer up after `timeout`. The TLS provider of the process must be
    /// installed before.
    ///
    /// # Errors
    /// Where the file cannot be read or holds no certificate, or no TLS client can be made.
    pub fn new(agent: &str, authorities: Option<&Path>, timeout: Duration) -> Result<Self, ClientError> {
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
            .user_agent(agent)
            .tls_certs_merge(more)
            .build()
            .map(Self)
            .map_err(ClientError::Tls)
    }

    /// What a form that is sent to an address is answered with: status and body.
    pub(crate) async fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Vec<u8>), IssuerError> {
        let answer = send(self.0.post(address).form(form)).await?;
        Ok((answer.status(), bounded(answer).await?))
    }

    /// The document at an address.
    pub(crate) async fn document(&self, address: &str) -> Result<Vec<u8>, IssuerError> {
        let answer = send(self.0.get(address).header(http::header::ACCEPT, "application/json")).await?;
        match answer.status() {
            StatusCode::OK => bounded(answer).await,
            status => Err(IssuerError::Status(status.as_u16())),
        }
    }
}

async fn send(request: RequestBuilder) -> Result<Response, IssuerError> {
    request.send().await.map_err(unreachable)
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, IssuerError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(IssuerError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause: the outer ones only say that something failed. Addresses are left out, for a code may be in
/// one.
fn unreachable(error: reqwest::Error) -> IssuerError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    IssuerError::Unreachable(cause.to_string().into())
}

/// What a body tells, where it is that.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}
