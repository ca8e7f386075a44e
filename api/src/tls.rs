//! TLS from files: certificate and key → the server's configuration, read again when they change.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;

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
    loop {
        tokio::time::sleep(EVERY).await;
        let now = (age(&certificate), age(&key));
        if now == seen {
            continue;
        }
        match config.reload_from_pem_file(&certificate, &key).await {
            Ok(()) => {
                tracing::info!(certificate = %certificate.display(), "the certificate was renewed");
                seen = now;
            }
            // The two files may not have been written both: the old ones serve until they fit.
            Err(error) => tracing::warn!(%error, "the new certificate does not serve yet: the old one stays"),
        }
    }
}

fn age(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
