//! TLS from files: certificate and key → the server's configuration, read again when they change; and when the certificate
//! ends, by metric and, once for each stage, in the program's log.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use beffroi_core::{
    endings::{self, End, credentials},
    message::provider::ProviderMessage,
};
use beffroi_crds::ending::{Stage, What};
use jiff::Timestamp;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Reads the files, and goes on looking at them.
///
/// # Errors
/// When they cannot be read, or do not fit each other.
pub async fn configuration(certificate: &Path, key: &Path) -> anyhow::Result<RustlsConfig> {
    let config = RustlsConfig::from_pem_file(certificate, key).await.with_context(|| {
        format!(
            "{} and {}: give PEM files with a certificate chain and its key",
            certificate.display(),
            key.display()
        )
    })?;
    tokio::spawn(follow(config.clone(), certificate.to_owned(), key.to_owned()));
    Ok(config)
}

async fn follow(config: RustlsConfig, certificate: std::path::PathBuf, key: std::path::PathBuf) {
    let mut seen = (age(&certificate), age(&key));
    let (mut end, mut told) = (end(&certificate), None);
    loop {
        tell(end.as_ref(), &mut told);
        tokio::time::sleep(EVERY).await;
        let now = (age(&certificate), age(&key));
        if now == seen {
            continue;
        }
        match config.reload_from_pem_file(&certificate, &key).await {
            Ok(()) => {
                tracing::info!(certificate = %certificate.display(), "the certificate was renewed");
                seen = now;
                (end, told) = (self::end(&certificate), None);
            }
            // The two files may not have been written both: the old ones serve until they fit.
            Err(error) => tracing::warn!(%error, "the new certificate does not serve yet: the old one stays"),
        }
    }
}

/// When the certificate that is served ends.
fn end(certificate: &Path) -> Option<End> {
    let term = std::fs::read(certificate).ok().and_then(|pem| credentials::certificate(&pem));
    let end = term.map(|term| End {
        what: What::ServerCertificate,
        kind: "Api",
        name: "beffroi-api".to_owned(),
        title: ProviderMessage::EndingServedCertificate,
        begins: term.begins,
        ends: term.ends,
        required: false,
    });
    let measured = end.iter().map(|end| (end.title.to_string(), end.ends.as_second())).collect();
    beffroi_process::ends::set("Api", "beffroi-api", measured);
    end
}

/// Tells of a stage when it is reached.
fn tell(end: Option<&End>, told: &mut Option<Stage>) {
    let Some(ending) = end.and_then(|end| end.ending(Timestamp::now())) else { return };
    if told.replace(ending.stage) != Some(ending.stage) {
        tracing::warn!(reason = endings::reason(ending.stage), "{}", endings::told(&ending));
    }
}

fn age(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_that_is_served_is_measured_and_each_stage_told_once() {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2020, 1, 2);
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        let pem = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
        let path = std::env::temp_dir().join(format!("beffroi-api-{}.pem", std::process::id()));
        std::fs::write(&path, pem).unwrap();
        let found = end(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(found.as_ref().unwrap().ends.to_string(), "2020-01-02T00:00:01Z");
        assert!(beffroi_process::ends::render().contains(r#"kind="Api",name="beffroi-api""#));
        let mut told = None;
        tell(found.as_ref(), &mut told);
        assert_eq!(told, Some(Stage::Ended));
        assert!(end(&path).is_none());
        assert!(!beffroi_process::ends::render().contains(r#"kind="Api""#));
    }
}
