//! The log's single writer: opened with the keys under the leader's epoch, opened again where it stopped at a
//! failure of the store. Where nothing is to be written it is tried all the same, so that one knows whether it can be.

use std::{
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use beffroi_core::evidence::{
    Predicate, Statement,
    statement::{Action, Audit},
};
use beffroi_log::{Entry, Error, Filter, Kind, Reader, Store, Writer};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Client,
    runtime::reflector::{self, ObjectRef},
};
use tokio::sync::RwLock;

use super::{PATIENCE, keys::Keys, known::Known, subject};
use crate::options::Options;

/// Most entries that are looked at for what was recorded last.
const LOOKED_AT: usize = 256;

/// How long nothing needs to be written until it is tried whether it can be; and how long after that has failed.
const TRY: [Duration; 2] = [Duration::from_mins(1), Duration::from_secs(5)];

/// The log, to write and to read.
pub(super) struct Log {
    store: Store,
    reader: Reader,
    /// The writer, and how often it was opened.
    writer: RwLock<(u64, Writer)>,
    keys: Keys,
    known: Known,
    epoch: u64,
    health: Mutex<Health>,
}

/// What became of the last write.
struct Health {
    at: Instant,
    failing: Option<String>,
}

impl Log {
    pub(super) async fn open(
        store: Store,
        client: Client,
        options: &Options,
        epoch: u64,
    ) -> anyhow::Result<Self> {
        let reader = Reader::new(store.clone());
        let known = Known::new(client.clone(), &options.namespace);
        let keys = Keys::new(client, options);
        let empty = reader.checkpoint().await.context("the evidence log cannot be read")?.is_none();
        let writer = keys.open(&store, epoch, empty, &known).await?;
        tracing::info!(
            log = writer.public().origin(),
            size = writer.size(),
            epoch,
            "holding the evidence log"
        );
        metrics::gauge!("beffroi_evidence_writable").set(1.0);
        let health = Mutex::new(Health { at: Instant::now(), failing: None });
        Ok(Self { store, reader, writer: RwLock::new((1, writer)), keys, known, epoch, health })
    }

    /// Why it took nothing when something was written last; `None` where it did.
    pub(super) fn failing(&self) -> Option<String> {
        self.health().failing.clone()
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes nothing at all, as all else is written, where nothing was for a while.
    pub(super) async fn try_if_due(&self) -> Result<(), Error> {
        let due = {
            let health = self.health();
            health.at.elapsed() >= TRY[usize::from(health.failing.is_some())]
        };
        if !due || self.writer.read().await.1.size() == 0 {
            return Ok(());
        }
        match self.append(Vec::new()).await {
            Err(fenced @ Error::Fenced { .. }) => Err(fenced),
            // It is told, and tried again.
            _ => Ok(()),
        }
    }

    /// Lets the management cluster know how far the log has come.
    pub(super) async fn keep_known(&self, at_once: bool) {
        self.known.keep(&self.reader, at_once).await;
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

    /// Appends, and takes note of whether that goes; a writer that stopped is replaced first.
    pub(super) async fn append(&self, entries: Vec<Entry>) -> Result<(), Error> {
        let mut appended = pin!(self.append_now(entries));
        let in_time = tokio::time::timeout(PATIENCE, &mut appended).await;
        let outcome = if let Ok(outcome) = in_time {
            outcome
        } else {
            self.note(Some(format!("it has not answered for {} s", PATIENCE.as_secs())));
            appended.await
        };
        match &outcome {
            // That is the entry's own fault.
            Err(Error::TooLong(_) | Error::Statement(_) | Error::OtherObservation | Error::Json { .. }) => {}
            outcome => self.note(outcome.as_ref().err().map(ToString::to_string)),
        }
        outcome
    }

    /// What was recorded last of what `audit` is about, but for interventions: at most so many, the last first. The log is
    /// tried before that, for what was begun and has not ended is only finished once it is opened again.
    pub(super) async fn recorded_last(&self, audit: &Audit, most: usize) -> Result<Vec<Statement>, Error> {
        self.append(Vec::new()).await?;
        let filter = Filter {
            kind: Some(Kind::Audit),
            tenant: Some(audit.tenant_uid.clone()),
            workspace: audit.workspace.as_ref().map(|workspace| workspace.uid.clone()),
            limit: LOOKED_AT,
            ..Filter::default()
        };
        let same = |statement: &Statement| match &statement.predicate {
            Predicate::Audit(told) => told.action != Action::Intervention && subject(told) == subject(audit),
            _ => false,
        };
        let all = self.reader.list(&filter).await?.into_iter().map(|listed| listed.statement);
        Ok(all.filter(same).take(most).collect())
    }

    fn note(&self, failing: Option<String>) {
        metrics::gauge!("beffroi_evidence_writable").set(if failing.is_none() { 1.0 } else { 0.0 });
        *self.health() = Health { at: Instant::now(), failing };
    }

    async fn append_now(&self, entries: Vec<Entry>) -> Result<(), Error> {
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
            let again = self.keys.open(&self.store, self.epoch, false, &self.known).await;
            let writer = again.map_err(|error| match error.downcast::<Error>() {
                Ok(error) => error,
                Err(error) => Error::Stopped(format!("{error:#}")),
            })?;
            *current = (opened + 1, writer);
        }
        Ok(current.1.clone())
    }
}
