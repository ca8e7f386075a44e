//! Who asks over TLS, at a machine's address, for a host by its name.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use http::Method;
use reqwest::{Certificate, Client};
use serde_json::Value;

/// Trusts one authority, and asks machines for hosts.
#[derive(Clone)]
pub(crate) struct Visitor {
    client: Client,
}

impl Visitor {
    /// Who trusts `authority` (PEM) and finds each of `hosts` at any of `addresses`, as a name with several addresses
    /// is found.
    pub(crate) fn new(authority: &str, hosts: &[&str], addresses: &[String]) -> Result<Self> {
        let addresses = addresses.iter().map(|address| Ok(SocketAddr::new(address.parse()?, 443)));
        let addresses = addresses.collect::<Result<Vec<_>>>()?;
        let builder = Client::builder()
            .no_proxy()
            .tls_certs_only([Certificate::from_pem(authority.as_bytes())?])
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(20));
        let builder = hosts.iter().fold(builder, |builder, host| builder.resolve_to_addrs(host, &addresses));
        Ok(Self { client: builder.build()? })
    }

    /// A page, as text.
    pub(crate) async fn page(&self, url: &str) -> Result<String> {
        let answer = self.client.get(url).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{url}: {status}: {text}");
        Ok(text)
    }

    /// JSON, as whoever has `token`.
    pub(crate) async fn ask(
        &self,
        token: &str,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut request = self.client.request(method, url).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("asking {url}"))?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{url}: {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}
