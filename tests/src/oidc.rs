//! `OpenID` providers that we did not write: [`Realm`]s (who is who at each issuer) → one process of `oidc-provider`,
//! an issuer for each → tokens that it signs.
//!
//! Issuer `REALM` is `http://127.0.0.1:PORT/REALM`. People sign in there with the page's form, or by
//! [`Provider::token`] in one request (RFC 6749, 4.3); [`Provider::sign_in`] is the form without a browser.

mod browser;
mod realm;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{Guarded, free_port, parts::Parts};
use beffroi_crds::Tenant;
use kube::ResourceExt;
use rcgen::CertifiedKey;
use reqwest::{Certificate, Client, ClientBuilder, Response};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::web;

pub use browser::{CHALLENGE, VERIFIER};
pub use realm::{AUDIENCE, Flavour, HOSTER, PASSWORD, PublicClient, Realm, SECOND, User, person};

/// A running provider; dropped, it ends.
pub struct Provider {
    process: Guarded,
    folder: TempDir,
    address: String,
    certificate: Option<String>,
    client: Client,
    realms: Vec<Realm>,
}

impl Provider {
    /// Starts the issuers, over plain HTTP, and waits until they answer.
    ///
    /// # Errors
    /// When Node.js is missing, or they do not answer.
    pub async fn start(realms: Vec<Realm>) -> Result<Self> {
        Self::launch(realms, "127.0.0.1", None).await
    }

    /// The same over TLS, with a certificate of its own: [`Provider::certificate`].
    ///
    /// # Errors
    /// When Node.js is missing, or they do not answer.
    pub async fn start_tls(realms: Vec<Realm>) -> Result<Self> {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        Self::launch(realms, "127.0.0.1", Some(rcgen::generate_simple_self_signed(names)?)).await
    }

    /// The same at an address of a world of machines, whose pods reach it there.
    ///
    /// # Errors
    /// When Node.js is missing, or they do not answer.
    pub async fn start_at(realms: Vec<Realm>, host: &str) -> Result<Self> {
        let tls = rcgen::generate_simple_self_signed([host.to_owned()])?;
        Self::launch(realms, host, Some(tls)).await
    }

    async fn launch(
        realms: Vec<Realm>,
        host: &str,
        tls: Option<CertifiedKey<rcgen::KeyPair>>,
    ) -> Result<Self> {
        let program = web::prepared()?.join("provider.mjs");
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("realms.json");
        let port = free_port()?;
        let certificate = tls.as_ref().map(|tls| tls.cert.pem());
        let tls =
            tls.map(|tls| json!({"certificate": tls.cert.pem(), "key": tls.signing_key.serialize_pem()}));
        let scheme = if tls.is_some() { "https" } else { "http" };
        std::fs::write(&file, json!({"host": host, "port": port, "tls": tls, "realms": realms}).to_string())?;
        let command = ["node".to_owned(), program.display().to_string(), file.display().to_string()];
        let mut process = Guarded::start(&Parts::ready()?, "oidc-provider", folder.path(), &command, &[])?;
        let log = process.log().to_owned();
        let ready = async || std::fs::read_to_string(&log).is_ok_and(|text| text.contains("{\"address\""));
        process.until(Duration::from_mins(1), ready).await?;
        let address = format!("{scheme}://{host}:{port}");
        let client = client(certificate.as_deref())?.build()?;
        Ok(Self { process, folder, address, certificate, client, realms })
    }

    /// The issuer of a realm, as claim `iss` says it.
    pub fn issuer(&self, realm: &str) -> String {
        format!("{}/{realm}", self.address)
    }

    /// Host and port of all issuers.
    pub fn host(&self) -> &str {
        self.address.split_once("://").map_or("", |(_, host)| host)
    }

    /// The certificate to trust, in PEM, where it serves over TLS.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Makes a tenant, as its sample is, one whose people sign in at the realm of its name.
    pub fn identify(&self, tenant: &mut Tenant) {
        let issuer = self.issuer(&tenant.name_any());
        if let Some(identity) = &mut tenant.spec.identity {
            identity.issuer = issuer.as_str().into();
        }
    }

    /// A new access token of somebody in a realm.
    ///
    /// # Errors
    /// When the provider refuses.
    pub async fn token(&self, realm: &str, user: &str) -> Result<String> {
        self.grant(realm, user, None).await
    }

    /// One that ends after `lifetime`, of whole seconds.
    ///
    /// # Errors
    /// When the provider refuses.
    pub async fn token_for(&self, realm: &str, user: &str, lifetime: Duration) -> Result<String> {
        self.grant(realm, user, Some(lifetime.as_secs().to_string())).await
    }

    /// What somebody in a realm asks for a token with: a form, as it is sent.
    ///
    /// # Errors
    /// When there is no such realm.
    pub fn credentials(&self, realm: &str, user: &str) -> Result<String> {
        let form = self.form(realm, user)?;
        Ok(form.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&"))
    }

    fn form<'a>(&'a self, realm: &str, user: &'a str) -> Result<Vec<(&'static str, &'a str)>> {
        let known = self.realms.iter().find(|known| known.name == realm);
        let known = known.with_context(|| format!("no realm {realm}"))?;
        let password = known.users.iter().find(|known| known.name == user).map(|known| &known.password);
        let mut form =
            vec![("grant_type", "password"), ("client_id", &*known.clients[0].id), ("username", user)];
        form.extend(password.map(|password| ("password", password.as_str())));
        Ok(form)
    }

    async fn grant(&self, realm: &str, user: &str, lifetime: Option<String>) -> Result<String> {
        let mut form = self.form(realm, user)?;
        form.extend(lifetime.as_deref().map(|seconds| ("lifetime", seconds)));
        let answer = self.post(&format!("/{realm}/token"), &form).await?;
        Ok(answer["access_token"].as_str().context("no access_token")?.to_owned())
    }

    /// Signs a realm's tokens with a new key from now on; the old keys stay published.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn rotate(&self, realm: &str) -> Result<()> {
        self.post(&format!("/-/rotate/{realm}"), &[]).await.map(drop)
    }

    /// Publishes a realm's newest key alone.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn withdraw(&self, realm: &str) -> Result<()> {
        self.post(&format!("/-/withdraw/{realm}"), &[]).await.map(drop)
    }

    /// How often it was asked, by path: for example `/ght-bm/jwks`.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn requests(&self) -> Result<Map<String, Value>> {
        let answer = checked(self.client.get(format!("{}/-/requests", self.address)).send().await?).await?;
        Ok(answer.as_object().context("no counts")?.clone())
    }

    /// GET of a path below an issuer, in JSON.
    ///
    /// # Errors
    /// When there is nothing.
    pub async fn get(&self, realm: &str, path: &str) -> Result<Value> {
        checked(self.client.get(format!("{}/{path}", self.issuer(realm))).send().await?).await
    }

    /// POST of a form to a path of the provider, answered in JSON.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        checked(self.client.post(format!("{}{path}", self.address)).form(form).send().await?).await
    }

    /// Ends it, as an outage would.
    pub fn stop(mut self) {
        self.process.stop();
        drop(self.folder);
    }
}

fn client(certificate: Option<&str>) -> Result<ClientBuilder> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = certificate.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose()?;
    Ok(Client::builder().no_proxy().tls_certs_only(roots))
}

async fn checked(response: Response) -> Result<Value> {
    let (status, url) = (response.status(), response.url().clone());
    let text = response.text().await?;
    ensure!(status.is_success(), "{url}: {status}: {text}");
    serde_json::from_str(&text).with_context(|| format!("{url}: {text}"))
}
