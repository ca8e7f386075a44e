//! Access to a cluster: tokens of `ServiceAccounts`, kubeconfigs, clients.

use std::time::Duration;

use k8s_openapi::{
    api::{
        authentication::v1::{TokenRequest, TokenRequestSpec},
        core::v1::ServiceAccount,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;

use crate::{Cluster, Error};

impl Cluster {
    /// A token of a `ServiceAccount`, for six hours.
    ///
    /// # Errors
    /// When there is no such `ServiceAccount`.
    pub async fn token(&self, namespace: &str, account: &str) -> Result<String, Error> {
        self.token_for(namespace, account, Duration::from_hours(6)).await
    }

    /// A token of a `ServiceAccount`, for a time of ten minutes or more.
    ///
    /// # Errors
    /// When there is no such `ServiceAccount`, or the time is too short.
    pub async fn token_for(&self, namespace: &str, account: &str, time: Duration) -> Result<String, Error> {
        let api: Api<ServiceAccount> = Api::namespaced(self.admin(), namespace);
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let spec = TokenRequestSpec { expiration_seconds: Some(seconds), ..TokenRequestSpec::default() };
        let request = TokenRequest { metadata: ObjectMeta::default(), spec: Some(spec), status: None };
        let answer = api
            .create_token_request(account, &PostParams::default(), &request)
            .await
            .map_err(Error::kubernetes("asking for a token"))?;
        answer
            .status
            .and_then(|s| s.token)
            .ok_or_else(|| Error::Other("the token request was not answered".into()))
    }

    /// A kubeconfig for `token`, with the authority's certificate inline.
    pub fn kubeconfig_for(&self, token: &str) -> String {
        kubeconfig(self.name(), self.port(), self.certificate(), token)
    }

    /// A kubeconfig of a `ServiceAccount`.
    ///
    /// # Errors
    /// When there is no such `ServiceAccount`.
    pub async fn kubeconfig_of(&self, namespace: &str, account: &str) -> Result<String, Error> {
        Ok(self.kubeconfig_for(&self.token(namespace, account).await?))
    }

    /// A client that acts as a `ServiceAccount`.
    ///
    /// # Errors
    /// When there is no such `ServiceAccount`.
    pub async fn client_as(&self, namespace: &str, account: &str) -> Result<Client, Error> {
        client(&self.kubeconfig_of(namespace, account).await?).await
    }
}

/// A kubeconfig with everything inline, for whoever is on this machine.
pub(crate) fn kubeconfig(name: &str, port: u16, certificate: &str, token: &str) -> String {
    kubeconfig_at(name, "127.0.0.1", port, certificate, token)
}

/// A kubeconfig with everything inline, for whoever reaches the API server at `host`.
pub(crate) fn kubeconfig_at(name: &str, host: &str, port: u16, certificate: &str, token: &str) -> String {
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {
            "server": format!("https://{host}:{port}"),
            "certificate-authority-data": base64(certificate.as_bytes()),
        }}],
        "users": [{"name": name, "user": {"token": token}}],
    });
    // JSON is YAML too, should the prettier form fail.
    serde_yaml::to_string(&kubeconfig).unwrap_or_else(|_| kubeconfig.to_string())
}

/// Address of an API server here.
pub(crate) fn url(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// A client for a kubeconfig.
///
/// # Errors
/// When it cannot be used.
pub async fn client(kubeconfig: &str) -> Result<Client, Error> {
    // Another provider may stand already: any does.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bad = |error: &dyn std::fmt::Display| Error::Other(format!("the kubeconfig cannot be used: {error}"));
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).map_err(|e| bad(&e))?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(|e| bad(&e))?;
    // The machine's proxy leads to no server that is on the machine.
    config.proxy_url = None;
    Client::try_from(config).map_err(|e| bad(&e))
}

/// Base64 with padding (RFC 4648), as kubeconfigs want it.
fn base64(bytes: &[u8]) -> String {
    // Kubernetes' own byte string writes itself so.
    let text = serde_json::to_value(k8s_openapi::ByteString(bytes.to_vec())).unwrap_or_default();
    text.as_str().unwrap_or_default().to_owned()
}
