//! What the management cluster knows of the log: its newest checkpoint → beside the public keys, now and then and at the
//! end → a log that is found shorter at the next start, or another of the same name, is not gone on with.
//!
//! Whoever puts back an older copy of the log, or an empty volume, would otherwise have the operator sign two histories
//! with the same keys: those who know the newer one would be right to trust neither.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use beffroi_core::evidence::checkpoint::Checkpoint;
use beffroi_log::{Reader, Store};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
};
use serde_json::json;
use tokio::sync::Mutex;

use super::keys::PUBLIC;

/// Key of the `ConfigMap` with the public keys.
const KEY: &str = "checkpoint";
/// How often it is written at most: what is appended in between is known to the log alone.
const EVERY: Duration = Duration::from_mins(10);

/// The `ConfigMap` where it is kept.
pub(super) struct Known {
    maps: Api<ConfigMap>,
    /// What stands there, and when that was looked at or written.
    kept: Mutex<Option<(Instant, String)>>,
}

impl Known {
    pub(super) fn new(client: Client, namespace: &str) -> Self {
        Self { maps: Api::namespaced(client, namespace), kept: Mutex::default() }
    }

    /// Compares the log `origin` in `store` with what is known of it.
    ///
    /// # Errors
    /// When it is not that log grown, or either cannot be read.
    pub(super) async fn check(&self, store: &Store, origin: &str) -> anyhow::Result<()> {
        let map = self.maps.get_opt(PUBLIC).await.context("the public keys cannot be read")?;
        let Some(note) = map.and_then(|map| map.data?.remove(KEY)) else { return Ok(()) };
        let known = Checkpoint::read(&note)
            .with_context(|| format!("key {KEY} of ConfigMap {PUBLIC} is no checkpoint: remove it"))?;
        // Another log, with keys of its own, is begun by whoever took the old one away.
        if known.origin == origin {
            let reader = Reader::new(store.clone());
            let found = reader.checkpoint().await.context("the evidence log cannot be read")?;
            let found = found.as_deref().map(Checkpoint::read).transpose()?;
            compare(&known, found.as_ref())?;
        }
        *self.kept.lock().await = Some((Instant::now(), note));
        Ok(())
    }

    /// Writes down how far the log has come, where that is more than is known; `at_once`, or now and then.
    pub(super) async fn keep(&self, reader: &Reader, at_once: bool) {
        let mut kept = self.kept.lock().await;
        if !at_once && kept.as_ref().is_some_and(|(at, _)| at.elapsed() < EVERY) {
            return;
        }
        let Ok(Some(note)) = reader.checkpoint().await else { return };
        if kept.as_ref().is_none_or(|(_, known)| !same_state(known, &note)) {
            let patch = json!({"data": {KEY: note}});
            let params = PatchParams {
                field_manager: Some(beffroi_crds::labels::MANAGER.into()),
                ..PatchParams::default()
            };
            if let Err(error) = self.maps.patch(PUBLIC, &params, &Patch::Merge(&patch)).await {
                tracing::warn!(%error, "how far the evidence log has come is not kept in the cluster: tried again");
            }
        }
        *kept = Some((Instant::now(), note));
    }
}

/// Whether two checkpoints tell of one state: signatures differ at each time.
fn same_state(one: &str, other: &str) -> bool {
    match (Checkpoint::read(one), Checkpoint::read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn compare(known: &Checkpoint, found: Option<&Checkpoint>) -> anyhow::Result<()> {
    let size = found.map_or(0, |found| found.size);
    let what = if size < known.size {
        format!("the evidence log holds {size} entries, and this cluster knows of {}", known.size)
    } else if found.is_some_and(|found| found.size == known.size && found.root != known.root) {
        format!("the evidence log holds {size} entries, and they are not those that this cluster knows of")
    } else {
        return Ok(());
    };
    bail!(
        "{what} (key {KEY} of ConfigMap {PUBLIC}): an older copy took its place, or another log. To go on would be to sign \
         two histories. Put the newer log back, or keep this one aside and begin another: docs/operations, Restore"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(size: u64, root: &str) -> Checkpoint {
        Checkpoint::read(&format!("log\n{size}\n{root}\n\n— log AAAA\n")).unwrap()
    }

    #[test]
    fn a_log_only_grows() {
        let [one, other] =
            ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="];
        let known = checkpoint(3, one);
        for same_or_grown in [checkpoint(3, one), checkpoint(4, other)] {
            compare(&known, Some(&same_or_grown)).unwrap();
        }
        for (found, says) in [
            (None, "holds 0 entries"),
            (Some(checkpoint(2, one)), "holds 2 entries"),
            (Some(checkpoint(3, other)), "not those"),
        ] {
            let told = compare(&known, found.as_ref()).unwrap_err().to_string();
            assert!(told.contains(says) && told.contains("Put the newer log back"), "{told}");
        }
    }
}
