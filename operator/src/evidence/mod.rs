//! Evidence: [`keys`] → `log` (its single writer) → [`Evidence`], which two kinds of entries come to.
//!
//! - *Audit* entries ([`Evidence::record`]) are written before what they tell of is reported: whoever records
//!   waits for the log.
//! - *Data location* ([`Evidence::offer`]) is judged at every reconcile and written by the `queue` when what
//!   the verdict rests on has changed, or a day after it was written last; nobody waits for it.
//!
//! What nodes first said of their place is kept beside the log ([`register`]); how far the log has come is `known` to the
//! management cluster, so that no older copy of it is gone on with.

mod files;
pub mod keys;
mod known;
mod log;
mod queue;
pub mod register;
pub mod serve;

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use beffroi_core::{
    evidence::{
        Predicate, Statement, canonical,
        statement::{self, Action, Audit},
        verify::SKEW,
    },
    message::{Message, work::WorkMessage},
    plan::Located,
    trail::Record,
};
use beffroi_log::{Entry, Store};
use beffroi_process::panics::{caught, pause_after};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::{Client, runtime::reflector};
use thiserror::Error;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use self::{log::Log, queue::Queue};
use crate::{
    options::Options,
    sites::{FirstSeen, Sites},
};

/// How long whoever records an audit entry waits for the log.
const PATIENCE: Duration = Duration::from_secs(10);

/// The log does not take what must stand in it before it is reported.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct NotRecorded(pub WorkMessage);

impl NotRecorded {
    fn because(why: impl Into<Message>) -> Self {
        Self(WorkMessage::NotRecorded { why: Box::new(why.into()) })
    }
}

/// What was recorded last of a workspace or tenant. Who appends holds it until the log has answered.
#[derive(Default)]
struct Last {
    /// Marks of what was recorded together.
    marks: Vec<String>,
    /// Whether the log failed since: what was to be recorded then may stand there or not.
    doubtful: bool,
}

/// The one way to the log.
pub struct Evidence {
    log: Arc<Log>,
    queue: Arc<Queue>,
    last: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Last>>>>,
    /// Appends that were begun: each goes on, whether or not anybody still waits for it.
    begun: TaskTracker,
    /// How long whoever records an audit entry waits for the log.
    pub(crate) patience: Duration,
}

impl Evidence {
    /// Opens the log under the leader's epoch, with keys that are made where there are none yet.
    ///
    /// # Errors
    /// When the store cannot be reached, the keys are not the log's, or a later leader has opened it.
    pub async fn open(store: Store, client: Client, options: &Options, epoch: u64) -> anyhow::Result<Self> {
        Ok(Self {
            log: Log::open(store, client, options, epoch).await?.into(),
            queue: Arc::default(),
            last: Mutex::default(),
            begun: TaskTracker::new(),
            patience: PATIENCE,
        })
    }

    /// Records what happened to one workspace or tenant; returns once that cannot be lost any more.
    ///
    /// # Errors
    /// When the log does not take it in time: what was to be reported must wait. Whoever records it again waits for what
    /// was begun, and only what that did not record is appended.
    pub async fn record(&self, records: Vec<Record>) -> Result<(), NotRecorded> {
        let recorded = tokio::time::timeout(self.patience, self.append(records)).await;
        recorded.unwrap_or_else(|_| Err(NotRecorded::because(WorkMessage::LogDoesNotAnswer)))
    }

    async fn append(&self, mut records: Vec<Record>) -> Result<(), NotRecorded> {
        let Some((first, _)) = records.first().cloned() else { return Ok(()) };
        let of = subject(&first).to_owned();
        let refused = |why: &dyn Display| NotRecorded::because(Message::verbatim(why.to_string()));
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).entry(of).or_default().clone();
        let mut last = last.lock_owned().await;
        if last.doubtful {
            let stand =
                self.log.recorded_last(&first, records.len()).await.map_err(|error| refused(&error))?;
            *last = Last { marks: stand.iter().filter_map(mark_of).collect(), doubtful: false };
        }
        let marks: Vec<String> = records.iter().filter_map(mark).collect();
        // Who reconciles on a cache that lags behind says it again.
        records.retain(|record| !mark(record).is_some_and(|mark| last.marks.contains(&mark)));
        if records.is_empty() {
            return Ok(());
        }
        if self.overtakes(&records) {
            return Err(NotRecorded::because(WorkMessage::EarlierFirst));
        }
        let (log, entries) = (self.log.clone(), entries(records)?);
        let appended = async move {
            // Until it is known how it ends.
            last.doubtful = true;
            log.append(entries).await?;
            *last = Last { marks, doubtful: false };
            Ok::<_, beffroi_log::Error>(())
        };
        let begun = self.begun.spawn(appended.in_current_span());
        begun.await.map_err(|died| refused(&died))?.map_err(|error| refused(&error))
    }

    /// Records what must not wait for the log: kept and tried again where the log does not take it.
    pub async fn record_or_keep(&self, records: Vec<Record>) {
        let overtakes = self.overtakes(&records);
        let entries = entries(records).unwrap_or_default();
        if entries.is_empty() {
            return;
        }
        if overtakes {
            return self.queue.keep(entries);
        }
        let (log, queue) = (self.log.clone(), self.queue.clone());
        let appended = async move {
            if let Err(error) = log.append(entries.clone()).await {
                tracing::error!(%error, "an intervention could not be recorded yet: it is kept and tried again");
                queue.keep(entries);
            }
        };
        let begun = self.begun.spawn(appended.in_current_span());
        // It goes on, and is kept if it fails.
        let _ = tokio::time::timeout(self.patience, begun).await;
    }

    /// Whether something waits that happened well before: it is to stand in the log first.
    fn overtakes(&self, records: &[Record]) -> bool {
        let after = |since: Timestamp| records.iter().any(|(a, _)| a.time.duration_since(since) > SKEW / 2);
        self.queue.waits_since().is_some_and(after)
    }

    /// Why nothing can be written now; `None` where it can.
    pub fn failing(&self) -> Option<String> {
        let behind = || {
            let seconds = self.queue.clock_behind()?.as_secs();
            Some(format!("the clock is {seconds} s behind the last entry of the log: set it right"))
        };
        self.log.failing().or_else(behind)
    }

    /// How many appends were begun and have not ended.
    #[cfg(test)]
    pub(crate) fn begun(&self) -> usize {
        self.begun.len()
    }

    /// Tries whether the log can be written, whether or not that is due.
    #[cfg(test)]
    pub(crate) async fn try_now(&self) {
        let _ = self.log.append(Vec::new()).await;
    }

    /// Offers where a workspace's data lies as evidence.
    pub fn offer(&self, located: &Located) {
        self.queue.offer(located);
    }

    /// Forgets a workspace that is gone.
    pub fn forget(&self, uid: &str) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
        self.queue.forget(uid);
    }

    /// What the nodes of a site first said of their place.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn nodes_of(&self, site: &str) -> Result<FirstSeen, beffroi_log::Error> {
        register::read(self.log.store(), site).await
    }

    /// Writes what was offered and what nodes first said, and replaces the keys where others are asked for,
    /// until `stop`.
    ///
    /// # Errors
    /// When another instance has opened the log: whatever is under way must stop.
    pub async fn run(
        &self,
        (secrets, sites, options): (&reflector::Store<Secret>, &Sites, &Options),
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let work = async {
            let mut faults = 0;
            loop {
                tokio::time::sleep(queue::EVERY).await;
                match caught(Box::pin(self.turn(secrets, sites, options))).await {
                    Ok(done) => {
                        done?;
                        faults = 0;
                    }
                    Err(fault) => {
                        faults += 1;
                        metrics::counter!("beffroi_panics_total", "of" => "evidence").increment(1);
                        tracing::error!(%fault, faults, "writing evidence");
                        tokio::time::sleep(pause_after(faults)).await;
                    }
                }
            }
        };
        if let Some(failed) = stop.run_until_cancelled(work).await {
            return failed;
        }
        // What has been told already, and put right already, is written before the end.
        let last = caught(Box::pin(async {
            self.begun.close();
            self.begun.wait().await;
            let flushed = self.queue.flush(&self.log).await;
            self.log.keep_known(true).await;
            flushed
        }));
        let Ok(Ok(written)) = tokio::time::timeout(PATIENCE, last).await else {
            tracing::error!("the evidence log does not answer: what waited is lost");
            return Ok(());
        };
        Ok(written?)
    }

    /// One look at all that waits.
    async fn turn(
        &self,
        secrets: &reflector::Store<Secret>,
        sites: &Sites,
        options: &Options,
    ) -> Result<(), beffroi_log::Error> {
        self.queue.flush(&self.log).await?;
        self.log.rotate_if_asked(secrets, options).await?;
        self.keep_nodes(sites).await;
        self.log.keep_known(false).await;
        self.log.try_if_due().await
    }

    async fn keep_nodes(&self, sites: &Sites) {
        for connection in sites.all() {
            let Some(first) = connection.inventory().first.take_changed() else { continue };
            if let Err(error) = register::write(self.log.store(), connection.name(), &first).await {
                tracing::warn!(site = connection.name(), %error, "what its nodes first said could not be kept");
                connection.inventory().first.still_changed();
            }
        }
    }
}

/// UID of what an entry is about.
fn subject(audit: &Audit) -> &str {
    audit.workspace.as_ref().map_or(&audit.tenant_uid, |workspace| &workspace.uid)
}

/// What makes a record the same as another; nothing does of interventions, which may be alike and be several.
fn mark((audit, content): &Record) -> Option<String> {
    mark_of(&statement::audit(audit.clone(), content).ok()?)
}

/// The same, of one that stands in the log.
fn mark_of(Statement { subject, predicate }: &Statement) -> Option<String> {
    let Predicate::Audit(audit) = predicate else { return None };
    let told_once = audit.action != Action::Intervention;
    told_once.then(|| canonical::digest(&(audit.action, &audit.actor, &audit.note, &subject.digest)).ok())?
}

fn entries(records: Vec<Record>) -> Result<Vec<Entry>, NotRecorded> {
    let entry = |(audit, content): Record| {
        let statement = statement::audit(audit, &content)
            .map_err(|error| NotRecorded::because(Message::verbatim(error.to_string())))?;
        Ok(Entry { statement, observation: None })
    };
    records.into_iter().map(entry).collect()
}
