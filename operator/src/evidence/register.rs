//! What nodes first said of their place, kept beside the log, so that an operator that starts anew still sees
//! that they say something else now. One object a site; written only when it has changed.

use std::sync::Arc;

use beffroi_log::{Error, Store};

use crate::sites::first::FirstSeen;

fn path(site: &str) -> String {
    format!("register/nodes/{site}.json")
}

/// What is known of a site's nodes; nothing where it was never written, or cannot be read as such.
///
/// # Errors
/// When the store does not answer.
pub async fn read(store: &Store, site: &str) -> Result<FirstSeen, Error> {
    let Some(text) = store.read(&path(site)).await? else { return Ok(FirstSeen::default()) };
    Ok(serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::error!(site, %error, "what its nodes first said cannot be read: it is learnt anew");
        FirstSeen::default()
    }))
}

/// Writes what is known of a site's nodes.
///
/// # Errors
/// When the store refuses.
pub async fn write(store: &Store, site: &str, first: &FirstSeen) -> Result<(), Error> {
    let what = path(site);
    let text = serde_json::to_vec(first)
        .map_err(|source| Error::Json { what: what.clone(), source: Arc::new(source) })?;
    store.write_beside(&what, text.into()).await
}
