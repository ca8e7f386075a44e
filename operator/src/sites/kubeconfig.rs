//! Kubeconfigs of sites: parse → refuse what could harm → client.
//!
//! A kubeconfig is input from outside. `exec` and auth providers would run programs in our process's place,
//! file references would read our files, and skipping TLS verification would let anyone answer for a site.

use std::time::Duration;

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Why a kubeconfig is refused. None of these repeats a secret.
#[derive(Debug, Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("is not text in UTF-8")]
    NotText,
    #[error(
        "is not a kubeconfig: line {line} cannot be read. Give the output of `kubectl config view --raw --minify --flatten`"
    )]
    NotYaml { line: String },
    #[error(
        "has no current-context that names a context, a cluster and a user. Give the output of `kubectl config view --raw --minify --flatten`"
    )]
    NoContext,
    #[error("users[].user.{0} is not allowed: use a token, or a client certificate given inline")]
    Forbidden(&'static str),
    #[error(
        "{0} refers to a file, which is not read: give the content inline (`kubectl config view --raw --flatten`)"
    )]
    File(&'static str),
    #[error(
        "clusters[].cluster.{0} is not allowed: a site must be reached directly and its certificate verified"
    )]
    Unsafe(&'static str),
    #[error("clusters[].cluster.server must begin with https://")]
    NotHttps,
    #[error(
        "clusters[].cluster.certificate-authority-data is required: without it the site's certificate cannot be verified"
    )]
    NoAuthority,
    #[error("users[].user has neither token nor client-certificate-data: add one of them")]
    NoCredentials,
    #[error("cannot be used: {0}")]
    Unusable(String),
}

impl Error {
    /// Stable reason for a condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden(_) | Self::File(_) | Self::Unsafe(_) | Self::NotHttps => "KubeconfigRefused",
            _ => "KubeconfigInvalid",
        }
    }
}

/// Time given to open a connection to a site.
const CONNECT: Duration = Duration::from_secs(5);

/// Longest silence of an open connection: longer than a watch lives (see `watch`), so that only a dead one is that
/// silent.
const SILENCE: Duration = Duration::from_secs(45);

/// Tells two kubeconfigs apart without keeping them.
pub fn mark(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// A client for the site that `text` describes.
///
/// # Errors
/// When it is refused.
pub async fn client(text: &[u8]) -> Result<Client, Error> {
    let kubeconfig = parse(text)?;
    let options = KubeConfigOptions::default();
    let unusable = |error: &dyn std::fmt::Display| Error::Unusable(error.to_string());
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|e| unusable(&e))?;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(SILENCE);
    Client::try_from(config).map_err(|e| unusable(&e))
}

/// Reads a kubeconfig and refuses whatever is not a plain, inline, verified access.
///
/// # Errors
/// When it is refused.
pub fn parse(text: &[u8]) -> Result<Kubeconfig, Error> {
    let text = std::str::from_utf8(text).map_err(|_| Error::NotText)?;
    let config: Kubeconfig = serde_yaml::from_str(text).map_err(|error| Error::NotYaml {
        line: error.location().map_or_else(|| "1".to_owned(), |at| at.line().to_string()),
    })?;
    let context = config
        .current_context
        .as_ref()
        .and_then(|name| config.contexts.iter().find(|c| &c.name == name))
        .and_then(|c| c.context.as_ref())
        .ok_or(Error::NoContext)?;
    let cluster = config
        .clusters
        .iter()
        .find(|c| c.name == context.cluster)
        .and_then(|c| c.cluster.as_ref())
        .ok_or(Error::NoContext)?;
    let user = context
        .user
        .as_ref()
        .and_then(|name| config.auth_infos.iter().find(|u| &u.name == name))
        .and_then(|u| u.auth_info.as_ref())
        .ok_or(Error::NoContext)?;

    let forbidden = [
        ("exec", user.exec.is_some()),
        ("auth-provider", user.auth_provider.is_some()),
        ("username", user.username.is_some()),
        ("password", user.password.is_some()),
        ("as", user.impersonate.is_some() || user.impersonate_groups.is_some()),
    ];
    let files = [
        ("clusters[].cluster.certificate-authority", cluster.certificate_authority.is_some()),
        ("users[].user.client-certificate", user.client_certificate.is_some()),
        ("users[].user.client-key", user.client_key.is_some()),
        ("users[].user.tokenFile", user.token_file.is_some()),
    ];
    let unsafe_ = [
        ("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify == Some(true)),
        ("proxy-url", cluster.proxy_url.is_some()),
    ];
    let first = |list: &[(&'static str, bool)]| list.iter().find(|(_, found)| *found).map(|(name, _)| *name);
    if let Some(field) = first(&forbidden) {
        return Err(Error::Forbidden(field));
    }
    if let Some(field) = first(&files) {
        return Err(Error::File(field));
    }
    if let Some(field) = first(&unsafe_) {
        return Err(Error::Unsafe(field));
    }
    if !cluster.server.as_deref().is_some_and(|server| server.starts_with("https://")) {
        return Err(Error::NotHttps);
    }
    if cluster.certificate_authority_data.is_none() {
        return Err(Error::NoAuthority);
    }
    if user.token.is_none() && user.client_certificate_data.is_none() {
        return Err(Error::NoCredentials);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: site\n\
             contexts: [{{name: site, context: {{cluster: site, user: site}}}}]\n\
             clusters: [{{name: site, cluster: {{{cluster}}}}}]\n\
             users: [{{name: site, user: {{{user}}}}}]\n"
        )
    }

    const CLUSTER: &str = "server: 'https://127.0.0.1:1', certificate-authority-data: Zm9v";

    #[test]
    fn takes_a_token_and_an_inline_authority() {
        assert!(parse(with(CLUSTER, "token: abc").as_bytes()).is_ok());
    }

    #[test]
    fn refuses_whatever_runs_or_reads() {
        let refused = |user: &str| parse(with(CLUSTER, user).as_bytes()).unwrap_err();
        assert!(matches!(refused("token: a, exec: {apiVersion: v1, command: sh}"), Error::Forbidden("exec")));
        assert!(matches!(
            refused("auth-provider: {name: gcp, config: {}}"),
            Error::Forbidden("auth-provider")
        ));
        assert!(matches!(refused("tokenFile: /etc/passwd"), Error::File("users[].user.tokenFile")));
        assert!(matches!(refused("client-certificate: /x, client-key: /y"), Error::File(_)));
        assert!(matches!(refused("token: a, as: system:admin"), Error::Forbidden("as")));
        assert!(matches!(refused("username: a, password: b"), Error::Forbidden("username")));
        assert!(matches!(refused(""), Error::NoContext | Error::NoCredentials));
    }

    #[test]
    fn refuses_an_unverified_or_indirect_server() {
        let refused = |cluster: &str| parse(with(cluster, "token: a").as_bytes()).unwrap_err();
        assert!(matches!(refused("server: 'http://x', certificate-authority-data: Zm9v"), Error::NotHttps));
        assert!(matches!(refused("server: 'https://x'"), Error::NoAuthority));
        assert!(matches!(refused("server: 'https://x', certificate-authority: /ca"), Error::File(_)));
        assert!(matches!(refused("server: 'https://x', insecure-skip-tls-verify: true"), Error::Unsafe(_)));
        assert!(matches!(
            refused("server: 'https://x', certificate-authority-data: Zm9v, proxy-url: 'http://p'"),
            Error::Unsafe("proxy-url")
        ));
    }

    #[test]
    fn garbage_is_told_without_being_repeated() {
        for garbage in [&b"token: s3cret: ["[..], b"\xff\xfe", b"", b"[]", b"current-context: x"] {
            let error = parse(garbage).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
