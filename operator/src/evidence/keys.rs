//! The keys of the evidence log: Secret → the log opened with them → the public half in a `ConfigMap`.
//!
//! The Secret holds `statement.pem` and `checkpoint.key`. It is made at the first start, when the log is empty;
//! where the log has entries and the Secret is gone nothing is made in its place, for those who trust the log
//! would trust the new keys of whoever took the old ones away.
//!
//! To replace the keys, add `next-statement.pem` and `next-checkpoint.key` to the Secret (`beffroi keys
//! generate` makes them): the old keys sign the new ones into the log, then the new take their place in the
//! Secret. Killed in between, the operator finds in the log which keys sign now, and finishes.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use beffroi_core::evidence::{SigningKeys, keys::PrivateText};
use beffroi_log::{Error, Store, Writer};
use jiff::Timestamp;
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, Client,
    api::{ObjectMeta, Patch, PatchParams, PostParams},
};
use rand_core::{OsRng, RngCore};
use serde_json::json;
use tokio::sync::Mutex;

use super::{files, known::Known};
use crate::options::Options;

/// Name of the `ConfigMap` with the public keys; its key is `beffroi.pub`.
pub const PUBLIC: &str = "beffroi-evidence";
pub(super) const STATEMENT: &str = "statement.pem";
pub(super) const CHECKPOINT: &str = "checkpoint.key";
pub(super) const NEXT_STATEMENT: &str = "next-statement.pem";
pub(super) const NEXT_CHECKPOINT: &str = "next-checkpoint.key";

/// Where the keys are kept.
pub struct Keys {
    secrets: Api<Secret>,
    public: Api<ConfigMap>,
    name: String,
    /// Instead of the Secret.
    folder: Option<PathBuf>,
    seen: Mutex<Seen>,
    /// Public half of the keys that the log took while the Secret could not follow yet.
    acknowledged: Mutex<Option<String>>,
}

/// What was looked at last.
#[derive(Default)]
struct Seen {
    /// Version of the Secret that asks for nothing more.
    version: Option<String>,
    not_before: Option<Instant>,
}

/// Why keys are not replaced.
enum Replacing {
    /// What the Secret asks for cannot be.
    Secret(anyhow::Error),
    /// The management cluster did not take a write.
    Cluster(anyhow::Error),
    /// The log failed.
    Log(Error),
}

/// Pause before a replacement that failed is tried again.
const AGAIN: Duration = Duration::from_secs(15);

impl Keys {
    /// Of the Secret that the command line names.
    pub fn new(client: Client, options: &Options) -> Self {
        Self {
            secrets: Api::namespaced(client.clone(), &options.namespace),
            public: Api::namespaced(client, &options.namespace),
            name: options.evidence_keys.clone(),
            folder: options.evidence_keys_folder.clone(),
            seen: Mutex::default(),
            acknowledged: Mutex::default(),
        }
    }

    /// Opens the log with the keys; finishes a replacement that was begun.
    ///
    /// # Errors
    /// When there are no keys, or they are not the log's, or the log is not the one that is known.
    pub(super) async fn open(
        &self,
        store: &Store,
        epoch: u64,
        empty: bool,
        known: &Known,
    ) -> anyhow::Result<Writer> {
        let secret = self.read_or_make(empty).await?;
        let (current, next) = (self.pair(&secret, STATEMENT, CHECKPOINT)?, self.next(&secret)?);
        let current =
            current.with_context(|| format!("Secret {} lacks {STATEMENT} or {CHECKPOINT}", self.name))?;
        known.check(store, current.public().origin()).await?;
        let writer = match Writer::open(store.clone(), current, epoch).await {
            Err(Error::Rotated { successor }) => {
                let follows = next.filter(|next| next.public().to_text() == successor);
                let next = follows.with_context(|| {
                    format!(
                        "the log says that other keys have replaced those in Secret {}: put them there ({STATEMENT}, {CHECKPOINT})",
                        self.name
                    )
                })?;
                let writer = Writer::open(store.clone(), next, epoch).await?;
                self.promote(&secret).await?;
                writer
            }
            opened => {
                let writer = opened.context("the evidence log cannot be opened")?;
                // Nobody tells of a changed file: it is looked at when the operator starts.
                if let (Some(next), Some(_)) = (self.next(&secret)?, &self.folder) {
                    writer.rotate(next, Timestamp::now()).await.context("the keys cannot be replaced")?;
                    self.promote(&secret).await?;
                }
                writer
            }
        };
        self.publish(&writer).await?;
        Ok(writer)
    }

    /// Replaces the keys where the Secret asks for it. What goes wrong is tried again after a while; what is wrong
    /// with the Secret stays wrong until it changes.
    ///
    /// # Errors
    /// When the log failed: whether it took the change is known only once it is opened again.
    pub async fn rotate_if_asked(&self, writer: &Writer, secret: &Secret) -> Result<(), Error> {
        let mut seen = self.seen.lock().await;
        if seen.version == secret.metadata.resource_version
            || seen.not_before.is_some_and(|at| at > Instant::now())
        {
            return Ok(());
        }
        let outcome = self.rotate(writer, secret).await;
        seen.not_before = outcome.as_ref().err().map(|_| Instant::now() + AGAIN);
        match outcome {
            Ok(()) => seen.version.clone_from(&secret.metadata.resource_version),
            Err(Replacing::Secret(error)) => {
                seen.version.clone_from(&secret.metadata.resource_version);
                tracing::error!("the keys of the evidence log are not replaced: {error:#}");
            }
            Err(Replacing::Cluster(error)) => {
                tracing::error!("the keys of the evidence log are not replaced yet: {error:#}");
            }
            Err(Replacing::Log(error)) => return Err(error),
        }
        Ok(())
    }

    async fn rotate(&self, writer: &Writer, secret: &Secret) -> Result<(), Replacing> {
        let Some(next) = self.next(secret).map_err(Replacing::Secret)? else { return Ok(()) };
        if self.acknowledged.lock().await.as_deref() == Some(&*next.public().to_text()) {
            self.promote(secret).await.map_err(Replacing::Cluster)?;
            return self.publish(writer).await.map_err(Replacing::Cluster);
        }
        let successor = next.public().to_text();
        match writer.rotate(next, Timestamp::now()).await {
            Ok(index) => {
                *self.acknowledged.lock().await = Some(successor);
                tracing::warn!(
                    index,
                    keys = writer.public().id(),
                    "other keys sign the evidence log from now on"
                );
            }
            Err(wrong @ (Error::OtherLog { .. } | Error::SameKey)) => {
                return Err(Replacing::Secret(wrong.into()));
            }
            Err(error) => return Err(Replacing::Log(error)),
        }
        self.promote(secret).await.map_err(Replacing::Cluster)?;
        self.publish(writer).await.map_err(Replacing::Cluster)
    }

    async fn read_or_make(&self, empty: bool) -> anyhow::Result<Secret> {
        if let Some(folder) = &self.folder {
            return files::read_or_make(folder, empty);
        }
        let read = || async {
            self.secrets
                .get_opt(&self.name)
                .await
                .with_context(|| format!("Secret {} cannot be read", self.name))
        };
        if let Some(found) = read().await? {
            return Ok(found);
        }
        if !empty {
            bail!(
                "Secret {} is gone, and the evidence log has entries signed with its keys: restore it from your backup; new keys would not be those that your tenants trust",
                self.name
            );
        }
        let text = generate()?;
        let data = [(STATEMENT, text.statement), (CHECKPOINT, text.checkpoint)];
        let secret = Secret {
            metadata: ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() },
            data: Some(data.map(|(key, text)| (key.to_owned(), ByteString(text.into_bytes()))).into()),
            ..Secret::default()
        };
        match self.secrets.create(&PostParams::default(), &secret).await {
            Ok(made) => {
                tracing::warn!(secret = self.name, "made the keys of the evidence log: back this Secret up");
                Ok(made)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => {
                read().await?.with_context(|| format!("Secret {} came and went", self.name))
            }
            Err(error) => Err(error).with_context(|| format!("Secret {} cannot be made", self.name)),
        }
    }

    fn next(&self, secret: &Secret) -> anyhow::Result<Option<SigningKeys>> {
        self.pair(secret, NEXT_STATEMENT, NEXT_CHECKPOINT)
    }

    fn pair(
        &self,
        secret: &Secret,
        statement: &str,
        checkpoint: &str,
    ) -> anyhow::Result<Option<SigningKeys>> {
        let text = |key: &str| {
            let bytes = &secret.data.as_ref()?.get(key)?.0;
            Some(String::from_utf8_lossy(bytes).into_owned())
        };
        match (text(statement), text(checkpoint)) {
            (None, None) => Ok(None),
            (Some(statement), Some(checkpoint)) => {
                let keys = SigningKeys::parse(&statement, &checkpoint);
                Ok(Some(keys.with_context(|| format!("Secret {}", self.name))?))
            }
            _ => bail!(
                "Secret {}: {statement} and {checkpoint} belong together, one of them is missing",
                self.name
            ),
        }
    }

    /// The next keys become the current ones; nothing if somebody changed the Secret meanwhile.
    async fn promote(&self, secret: &Secret) -> anyhow::Result<()> {
        if let Some(folder) = &self.folder {
            return files::promote(folder);
        }
        let data = secret.data.clone().unwrap_or_default();
        let patch = json!({
            "metadata": {"resourceVersion": secret.metadata.resource_version},
            "data": {
                STATEMENT: data.get(NEXT_STATEMENT),
                CHECKPOINT: data.get(NEXT_CHECKPOINT),
                NEXT_STATEMENT: null,
                NEXT_CHECKPOINT: null,
            },
        });
        self.secrets
            .patch(&self.name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .with_context(|| format!("Secret {} cannot be changed", self.name))?;
        Ok(())
    }

    /// Writes the public half down where people find it, unless it is there.
    async fn publish(&self, writer: &Writer) -> anyhow::Result<()> {
        let text = writer.public().to_text();
        let there = self.public.get_opt(PUBLIC).await.context("the public keys cannot be read")?;
        if there.is_some_and(|map| map.data.is_some_and(|data| data.get("beffroi.pub") == Some(&text))) {
            return Ok(());
        }
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": PUBLIC},
            "data": {"beffroi.pub": text},
        });
        let params = PatchParams::apply(beffroi_crds::labels::MANAGER).force();
        self.public
            .patch(PUBLIC, &params, &Patch::Apply(&map))
            .await
            .context("the public keys cannot be published")?;
        Ok(())
    }
}

/// Draws a pair of keys.
pub(super) fn generate() -> anyhow::Result<PrivateText> {
    let mut seeds = [[0_u8; 32]; 2];
    for seed in &mut seeds {
        OsRng.try_fill_bytes(seed).context("the system gives no random bytes")?;
    }
    SigningKeys::from_seeds(&seeds[0], &seeds[1], None).context("drawing keys")
}
