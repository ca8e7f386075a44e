//! Kubeconfigs of sites: parse → cut white space that means nothing → refuse what could harm → client.
//!
//! A kubeconfig is input from outside. `exec` and auth providers would run programs in our process's place,
//! file references would read our files, and skipping TLS verification would let anyone answer for a site.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use beffroi_core::message::{Message, work::WorkMessage};
use beffroi_process::{
    agent,
    panics::{Panicked, caught, caught_call},
};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde_yaml::Value;
use sha2::{Digest, Sha256};

/// Why a kubeconfig is refused.
pub use beffroi_core::message::site::KubeconfigFault as Error;

/// Stable reason for a condition.
pub fn reason(error: &Error) -> &'static str {
    match error {
        Error::Forbidden { .. } | Error::File { .. } | Error::Unsafe { .. } | Error::NotHttps => {
            "KubeconfigRefused"
        }
        _ => "KubeconfigInvalid",
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
    let fault = |Panicked| Error::Unusable { why: Box::new(WorkMessage::Fault.into()) };
    let unusable = |error: &dyn std::error::Error| {
        let why = Message::verbatim(error.to_string());
        Error::Unusable { why: Box::new(why) }
    };
    let config = caught(Config::from_custom_kubeconfig(kubeconfig, &options)).await;
    let mut config = config.map_err(fault)?.map_err(|e| unusable(&e))?;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(SILENCE);
    // Layers of the client panic at what they cannot put into a request.
    caught_call(|| agent::client(config, crate::NAME)).map_err(fault)?.map_err(|e| unusable(&e))
}

/// Reads a kubeconfig and refuses whatever is not a plain, inline, verified access.
///
/// # Errors
/// When it is refused.
pub fn parse(text: &[u8]) -> Result<Kubeconfig, Error> {
    let text = std::str::from_utf8(text).map_err(|_| Error::NotText)?;
    // Editors of some systems begin a file with a mark of its encoding, which kubectl skips.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let not_yaml =
        |error: serde_yaml::Error| Error::NotYaml { line: error.location().map_or(1, |at| at.line()) };
    // As it is written, for what is wrong is told by its line.
    let _: Kubeconfig = serde_yaml::from_str(text).map_err(not_yaml)?;
    let mut tree: Value = serde_yaml::from_str(text).map_err(not_yaml)?;
    tree.apply_merge().map_err(not_yaml)?;
    trim(&mut tree);
    let config: Kubeconfig = serde_yaml::from_value(tree.clone()).map_err(not_yaml)?;
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
    let first =
        |list: &[(&str, bool)]| list.iter().find(|(_, found)| *found).map(|(name, _)| (*name).to_owned());
    if let Some(field) = first(&forbidden) {
        return Err(Error::Forbidden { field });
    }
    if let Some(field) = first(&files) {
        return Err(Error::File { field });
    }
    if let Some(field) = first(&unsafe_) {
        return Err(Error::Unsafe { field });
    }
    if !cluster.server.as_deref().is_some_and(|server| server.starts_with("https://")) {
        return Err(Error::NotHttps);
    }
    let authority = cluster.certificate_authority_data.as_deref().ok_or(Error::NoAuthority)?;
    certificate("clusters[].cluster.certificate-authority-data", authority)?;
    if user.token.is_none() && user.client_certificate_data.is_none() && user.client_key_data.is_none() {
        return Err(Error::NoCredentials);
    }
    if user.token.as_ref().is_some_and(|token| token.expose_secret().trim().is_empty()) {
        return Err(Error::BlankToken);
    }
    identity(user.client_certificate_data.as_deref(), user.client_key_data.as_ref())?;
    let mut users = entries(&mut tree, "users", "user").into_iter();
    let clean = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
    if users.any(|user| user.get("token").and_then(Value::as_str).is_some_and(|token| !clean(token))) {
        return Err(Error::NoToken);
    }
    Ok(config)
}

/// A client certificate comes with its key, or not at all.
fn identity(chain: Option<&str>, key: Option<&SecretString>) -> Result<(), Error> {
    if let Some(chain) = chain {
        certificate("users[].user.client-certificate-data", chain)?;
    }
    if let Some(key) = key {
        let bytes = decoded("users[].user.client-key-data", key.expose_secret())?;
        PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| Error::NoKey)?;
    }
    match (chain, key) {
        (Some(_), None) => Err(Error::HalfCertificate { field: "client-key-data".into() }),
        (None, Some(_)) => Err(Error::HalfCertificate { field: "client-certificate-data".into() }),
        _ => Ok(()),
    }
}

/// What a field holds must be certificates, each whole, and at least one.
fn certificate(field: &str, data: &str) -> Result<(), Error> {
    let bytes = decoded(field, data)?;
    let found = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>().unwrap_or_default();
    // X.509 is a SEQUENCE of DER: what is none was not a certificate before somebody put lines around it.
    if !found.is_empty() && found.iter().all(|one| one.first() == Some(&0x30)) {
        return Ok(());
    }
    Err(Error::NoCertificate { field: field.to_owned() })
}

fn decoded(field: &str, data: &str) -> Result<Vec<u8>, Error> {
    let field = field.to_owned();
    if data.trim().is_empty() {
        return Err(Error::Blank { field });
    }
    match BASE64_STANDARD.decode(data) {
        Err(_) => Err(Error::NotBase64 { field }),
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => Err(Error::Blank { field }),
        Ok(bytes) => Ok(bytes),
    }
}

/// Cuts white space around each text, as an editor or a block of YAML leaves it, and all of it in what is base64.
fn trim(tree: &mut Value) {
    for (list, entry) in [("clusters", "cluster"), ("users", "user")] {
        for fields in entries(tree, list, entry).into_iter().filter_map(Value::as_mapping_mut) {
            for (key, value) in fields.iter_mut() {
                let Some(text) = value.as_str() else { continue };
                let inside = key.as_str().is_some_and(|key| key.ends_with("-data"));
                let kept = if inside { text.split_whitespace().collect() } else { text.trim().to_owned() };
                *value = Value::String(kept);
            }
        }
    }
}

/// What each entry of a list of a kubeconfig holds.
fn entries<'a>(tree: &'a mut Value, list: &str, entry: &str) -> Vec<&'a mut Value> {
    let all = tree.get_mut(list).and_then(Value::as_sequence_mut);
    all.into_iter().flatten().filter_map(|named| named.get_mut(entry)).collect()
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

    /// A certificate in PEM, as far as this module looks into one, in base64.
    fn pem(label: &str) -> String {
        BASE64_STANDARD.encode(format!("-----BEGIN {label}-----\nMAMCAQE=\n-----END {label}-----\n"))
    }

    fn cluster() -> String {
        format!("server: 'https://127.0.0.1:1', certificate-authority-data: {}", pem("CERTIFICATE"))
    }

    #[test]
    fn takes_a_token_and_an_inline_authority() {
        let plain = with(&cluster(), "token: abc");
        assert!(parse(plain.as_bytes()).is_ok());
        assert!(parse(format!("\u{feff}{plain}").as_bytes()).is_ok(), "with a mark of its encoding");
        let certificate = format!(
            "client-certificate-data: {}, client-key-data: {}",
            pem("CERTIFICATE"),
            pem("PRIVATE KEY")
        );
        assert!(parse(with(&cluster(), &certificate).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_blank_or_no_pem_is_told_with_its_field() {
        let told = |cluster: &str, user: &str| parse(with(cluster, user).as_bytes()).unwrap_err().to_string();
        let ca = "clusters[].cluster.certificate-authority-data";
        for (data, says) in [
            ("''", "is blank"),
            ("'  '", "is blank"),
            ("Cg==", "is blank"),
            ("Zm9v", "holds no certificate in PEM"),
            (&*pem("PRIVATE KEY"), "holds no certificate in PEM"),
            ("'-----BEGIN CERTIFICATE-----'", "is not base64"),
            (
                &*BASE64_STANDARD.encode("-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"),
                "holds no certificate in PEM",
            ),
        ] {
            let cluster = format!("server: 'https://x', certificate-authority-data: {data}");
            let told = told(&cluster, "token: s3cret");
            assert!(
                told.starts_with(ca) && told.contains(says) && !told.contains("s3cret"),
                "{data}: {told}"
            );
        }
        for token in ["''", "'  '", "\"\\n\""] {
            let told = told(&cluster(), &format!("token: {token}"));
            assert!(told.starts_with("users[].user.token is blank"), "{told}");
        }
        let certificate = format!("client-certificate-data: {}", pem("CERTIFICATE"));
        for (user, says) in [
            (certificate.clone(), "users[].user.client-key-data is missing"),
            (
                format!("client-key-data: {}", pem("PRIVATE KEY")),
                "users[].user.client-certificate-data is missing",
            ),
            (
                format!("{certificate}, client-key-data: {}", pem("CERTIFICATE")),
                "users[].user.client-key-data holds no private key",
            ),
            (
                "token: a, client-certificate-data: ''".to_owned(),
                "users[].user.client-certificate-data is blank",
            ),
        ] {
            let told = told(&cluster(), &user);
            assert!(told.starts_with(says), "{user}: {told}");
        }
    }

    #[tokio::test]
    async fn white_space_at_the_ends_means_nothing() {
        // What yaml makes of `token: |`, of a folded certificate, and of a copied address.
        let authority = pem("CERTIFICATE");
        let (one, other) = authority.split_at(20);
        let cluster = &*format!(
            "server: ' https://127.0.0.1:1\u{20}', certificate-authority-data: \"{one}\\n  {other}\\n\", tls-server-name: \"a.example\\n\""
        );
        for token in ["abc\\n", " abc\\r\\n", "\\tabc "] {
            let text = with(cluster, &format!("token: \"{token}\""));
            let config = parse(text.as_bytes()).unwrap();
            let cluster = config.clusters[0].cluster.as_ref().unwrap();
            assert_eq!(cluster.certificate_authority_data.as_deref(), Some(&*authority));
            assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:1"));
            assert_eq!(cluster.tls_server_name.as_deref(), Some("a.example"));
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused_before_the_client_meets_it() {
        for token in ["a\\nb", "a\\u0001", "jeton-\u{e9}", "a b", "a\\u0000", "\\u007f"] {
            let text = with(&cluster(), &format!("token: \"{token}\""));
            let error = client(text.as_bytes()).await.err().unwrap();
            assert!(matches!(error, Error::NoToken), "{token}: {error}");
            assert_eq!(reason(&error), "KubeconfigInvalid");
            assert!(error.to_string().contains("users[].user.token"));
        }
    }

    #[test]
    fn refuses_whatever_runs_or_reads() {
        let refused = |user: &str| parse(with(&cluster(), user).as_bytes()).unwrap_err();
        let forbidden = |field: &str| Error::Forbidden { field: field.to_owned() };
        assert_eq!(refused("token: a, exec: {apiVersion: v1, command: sh}"), forbidden("exec"));
        assert_eq!(refused("auth-provider: {name: gcp, config: {}}"), forbidden("auth-provider"));
        assert_eq!(refused("token: a, as: system:admin"), forbidden("as"));
        assert_eq!(refused("username: a, password: b"), forbidden("username"));
        let file = Error::File { field: "users[].user.tokenFile".into() };
        assert_eq!(refused("tokenFile: /etc/passwd"), file);
        assert!(matches!(refused("client-certificate: /x, client-key: /y"), Error::File { .. }));
        assert!(matches!(refused(""), Error::NoContext | Error::NoCredentials));
    }

    #[test]
    fn refuses_an_unverified_or_indirect_server() {
        let refused = |cluster: &str| parse(with(cluster, "token: a").as_bytes()).unwrap_err();
        assert_eq!(refused("server: 'http://x', certificate-authority-data: Zm9v"), Error::NotHttps);
        assert_eq!(refused("server: 'https://x'"), Error::NoAuthority);
        let file = refused("server: 'https://x', certificate-authority: /ca");
        assert!(matches!(file, Error::File { .. }));
        let unverified = refused("server: 'https://x', insecure-skip-tls-verify: true");
        assert!(matches!(unverified, Error::Unsafe { .. }));
        let proxy = Error::Unsafe { field: "proxy-url".into() };
        assert_eq!(
            refused("server: 'https://x', certificate-authority-data: Zm9v, proxy-url: 'http://p'"),
            proxy
        );
    }

    #[test]
    fn garbage_is_told_without_being_repeated() {
        for garbage in [&b"token: s3cret: ["[..], b"\xff\xfe", b"", b"[]", b"current-context: x"] {
            let error = parse(garbage).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
