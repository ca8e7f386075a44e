//! What waits to be written: offers (the latest of each workspace) and kept audit entries → due ones → the log.
//!
//! A changed verdict is written at once. A verdict that stands while what it rests on still moves (apps starting
//! one after the other) is written when it has settled. An operator that starts anew reads what was written last
//! before it writes anything.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use beffroi_core::{
    evidence::{
        Predicate, Statement, canonical,
        statement::{LocationVerdict, Sha256, Subject, workspace_subject},
    },
    location,
    plan::Located,
};
use beffroi_log::{Entry, Error, Reader};
use jiff::{SignedDuration, Timestamp};

use super::log::Log;

/// Pause between two looks at what is due.
pub(super) const EVERY: Duration = Duration::from_millis(250);
/// How long what a standing verdict rests on is given to settle.
const SETTLE: Duration = Duration::from_secs(5);
/// Age at which evidence is written again although nothing has changed.
const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// Most entries written together.
const BATCH: usize = 256;
/// Longest pause after the log has refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What waits.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    written: HashMap<String, Written>,
    waiting: HashMap<String, Waiting>,
    verdicts: HashMap<String, LocationVerdict>,
    kept: Vec<Entry>,
    failures: u32,
    not_before: Option<Instant>,
}

/// What the log says of a workspace last.
#[derive(Clone)]
struct Written {
    basis: String,
    verdict: LocationVerdict,
    at: Timestamp,
}

struct Waiting {
    located: Located,
    basis: String,
    since: Instant,
}

impl Queue {
    /// Takes the latest verdict on a workspace.
    pub(super) fn offer(&self, located: &Located) {
        let (uid, basis) = (located.claim.workspace.uid.clone(), located.basis());
        let mut state = self.state();
        let verdict = located.claim.verification_result;
        let before = state.verdicts.insert(uid.clone(), verdict);
        if before != Some(verdict) {
            before.iter().for_each(|before| gauge(*before).decrement(1));
            gauge(verdict).increment(1);
        }
        if state.written.get(&uid).is_some_and(|written| written.stands(&basis, located.claim.time_verified))
        {
            state.waiting.remove(&uid);
            return;
        }
        let since = state.waiting.get(&uid).map_or_else(Instant::now, |waiting| waiting.since);
        state.waiting.insert(uid, Waiting { located: located.clone(), basis, since });
    }

    /// Keeps entries that the log did not take.
    pub(super) fn keep(&self, entries: Vec<Entry>) {
        self.state().kept.extend(entries);
    }

    /// Forgets a workspace that is gone.
    pub(super) fn forget(&self, uid: &str) {
        let mut state = self.state();
        state.written.remove(uid);
        state.waiting.remove(uid);
        state.verdicts.remove(uid).iter().for_each(|verdict| gauge(*verdict).decrement(1));
    }

    /// Writes what is due. A log that refuses is tried again later.
    ///
    /// # Errors
    /// When the log is another instance's now.
    pub(super) async fn flush(&self, log: &Log) -> Result<(), Error> {
        if self.state().not_before.is_some_and(|at| at > Instant::now()) {
            return Ok(());
        }
        let outcome = match self.learn(log.reader()).await {
            Ok(()) => self.write(log).await,
            refused => refused,
        };
        let mut state = self.state();
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("beffroi_evidence_waiting").set((state.waiting.len() + state.kept.len()) as f64);
        match outcome {
            Ok(()) => {
                state.failures = 0;
                state.not_before = None;
                Ok(())
            }
            Err(error @ Error::Fenced { .. }) => Err(error),
            Err(error) => {
                state.failures += 1;
                let pause = Duration::from_secs(1 << state.failures.min(5)).min(LONGEST_PAUSE);
                state.not_before = Some(Instant::now() + pause);
                metrics::counter!("beffroi_evidence_failures_total").increment(1);
                tracing::error!(%error, pause = pause.as_secs(), "evidence cannot be written: it is tried again");
                Ok(())
            }
        }
    }

    /// Reads what the log says last of workspaces that this process has not written about yet.
    async fn learn(&self, reader: &Reader) -> Result<(), Error> {
        let unknown: Vec<String> = {
            let state = self.state();
            let unknown = state.waiting.keys().filter(|uid| !state.written.contains_key(*uid));
            unknown.take(BATCH).cloned().collect()
        };
        for uid in unknown {
            let written = Written::read(reader, &uid).await?;
            let mut state = self.state();
            let State { written: known, waiting, .. } = &mut *state;
            if let Some(offer) = waiting.get(&uid)
                && written.stands(&offer.basis, offer.located.claim.time_verified)
            {
                waiting.remove(&uid);
            }
            known.insert(uid, written);
        }
        Ok(())
    }

    async fn write(&self, log: &Log) -> Result<(), Error> {
        let (kept, due) = {
            let mut state = self.state();
            (std::mem::take(&mut state.kept), state.due())
        };
        if !kept.is_empty() {
            let refused = log.append(kept.clone()).await;
            if refused.is_err() {
                self.keep(kept);
            }
            refused?;
        }
        if due.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::with_capacity(due.len());
        for (_, located, _) in &due {
            entries.push(entry(located)?);
        }
        log.append(entries).await?;
        #[allow(clippy::cast_possible_truncation)]
        metrics::counter!("beffroi_evidence_entries_total").increment(due.len() as u64);
        let mut state = self.state();
        for (uid, located, basis) in due {
            // What was offered meanwhile stays, unless it says the same.
            if state.waiting.get(&uid).is_some_and(|waiting| waiting.basis == basis) {
                state.waiting.remove(&uid);
            }
            // A workspace that is gone meanwhile is not known again.
            if state.verdicts.contains_key(&uid) {
                let (verdict, at) = (located.claim.verification_result, located.claim.time_verified);
                state.written.insert(uid, Written { basis, verdict, at });
            }
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn due(&self) -> Vec<(String, Located, String)> {
        let due = self.waiting.iter().filter(|(uid, waiting)| {
            let verdict = waiting.located.claim.verification_result;
            self.written.get(*uid).is_some_and(|w| w.verdict != verdict) || waiting.since.elapsed() >= SETTLE
        });
        due.take(BATCH).map(|(uid, w)| (uid.clone(), w.located.clone(), w.basis.clone())).collect()
    }
}

impl Written {
    /// What the log says last, or as if something long ago where it says nothing.
    async fn read(reader: &Reader, uid: &str) -> Result<Self, Error> {
        let never = Self { basis: String::new(), verdict: LocationVerdict::Unknown, at: Timestamp::MIN };
        let Some(last) = reader.latest_location(uid).await? else { return Ok(never) };
        let Predicate::DataLocation(claim) = &last.statement.predicate else { return Ok(never) };
        let observation = reader.observation(&last.statement.subject.digest.sha256).await?;
        Ok(observation.map_or(never, |observation| Self {
            basis: location::basis(claim, &observation),
            verdict: claim.verification_result,
            at: claim.time_verified,
        }))
    }

    fn stands(&self, basis: &str, now: Timestamp) -> bool {
        self.basis == basis && now.duration_since(self.at) < DAILY
    }
}

fn entry(located: &Located) -> Result<Entry, Error> {
    let digest = canonical::digest(&located.observation)
        .map_err(|source| Error::Json { what: "what was observed".to_owned(), source: Arc::new(source) })?;
    let statement = Statement {
        subject: Subject {
            name: workspace_subject(&located.claim.workspace.uid),
            digest: Sha256 { sha256: digest },
        },
        predicate: Predicate::DataLocation(Box::new(located.claim.clone())),
    };
    Ok(Entry { statement, observation: Some(located.observation.clone()) })
}

/// Workspaces with a verdict, now.
fn gauge(verdict: LocationVerdict) -> metrics::Gauge {
    metrics::gauge!("beffroi_workspaces_located", "verdict" => format!("{verdict:?}"))
}
