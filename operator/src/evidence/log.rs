//! The log's single writer: opened with the keys under the leader's epoch, opened again where it stopped at a
//! failure of the store.

use anyhow::Context as _;
use beffroi_log::{Entry, Error, Reader, Store, Writer};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Client,
    runtime::reflector::{self, ObjectRef},
};
use tokio::sync::RwLock;

use super::keys::Keys;
use crate::options::Options;

/// The log, to write and to read.
pub(super) struct Log {
    store: Store,
    reader: Reader,
    /// The writer, and how often it was opened.
    writer: RwLock<(u64, Writer)>,
    keys: Keys,
    epoch: u64,
}

impl Log {
    pub(super) async fn open(
        store: Store,
        client: Client,
        options: &Options,
        epoch: u64,
    ) -> anyhow::Result<Self> {
        let reader = Reader::new(store.clone());
        let keys = Keys::new(client, options);
        let empty = reader.checkpoint().await.context("the evidence log cannot be read")?.is_none();
        let writer = keys.open(&store, epoch, empty).await?;
        tracing::info!(
            log = writer.public().origin(),
            size = writer.size(),
            epoch,
            "holding the evidence log"
        );
        Ok(Self { store, reader, writer: RwLock::new((1, writer)), keys, epoch })
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// The latest time that an entry bears.
    pub(super) async fn latest(&self) -> Option<Timestamp> {
        self.writer.read().await.1.latest()
    }

    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Appends; a writer that stopped is replaced first.
    pub(super) async fn append(&self, entries: Vec<Entry>) -> Result<(), Error> {
        let (opened, writer) = self.writer.read().await.clone();
        match writer.append(entries.clone()).await {
            Err(Error::Stopped(why)) => {
                tracing::warn!(why, "opening the evidence log again");
                self.reopen(opened).await?.append(entries).await.map(|_| ())
            }
            outcome => outcome.map(|_| ()),
        }
    }

    /// Replaces the keys where their Secret, as the cache has it, asks for it.
    pub(super) async fn rotate_if_asked(
        &self,
        secrets: &reflector::Store<Secret>,
        options: &Options,
    ) -> Result<(), Error> {
        let reference = ObjectRef::new(&options.evidence_keys).within(&options.namespace);
        let Some(secret) = secrets.get(&reference) else { return Ok(()) };
        let (opened, writer) = self.writer.read().await.clone();
        match self.keys.rotate_if_asked(&writer, &secret).await {
            Err(fenced @ Error::Fenced { .. }) => Err(fenced),
            Err(error) => {
                // Opened again, the log says which keys sign: the Secret follows that, and nothing else.
                tracing::error!(%error, "the keys may or may not have been replaced: opening the evidence log again");
                self.reopen(opened).await.map(|_| ())
            }
            done => done,
        }
    }

    /// Opens the log again, unless someone else did since `opened`.
    async fn reopen(&self, opened: u64) -> Result<Writer, Error> {
        let mut current = self.writer.write().await;
        if current.0 == opened {
            let again = self.keys.open(&self.store, self.epoch, false).await;
            let writer = again.map_err(|error| match error.downcast::<Error>() {
                Ok(error) => error,
                Err(error) => Error::Stopped(format!("{error:#}")),
            })?;
            *current = (opened + 1, writer);
        }
        Ok(current.1.clone())
    }
}
