//! What waits to be written: offers of each workspace and kept audit entries → due ones → the log.
//!
//! What changes the verdict or its findings is written at once, however soon it is over. A verdict that stands
//! while what it rests on still moves (apps starting one after the other) is written when it has settled. An operator
//! that starts anew reads what was written last before it writes anything.
//!
//! What waited is written in the order of its times, and nothing overtakes it ([`Queue::waits_since`]): times of
//! statements run with the log's order. While the clock is behind what stands in the log, nothing is written; what a
//! wrong clock dated before that is recorded late (audit entries), or left out for the next verdict.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use beffroi_core::{
    evidence::{
        Predicate, Statement,
        bundle::Observed,
        canonical,
        statement::{DataLocation, Finding, LocationVerdict, Sha256, Subject, workspace_subject},
        verify::SKEW,
    },
    location,
    plan::Located,
    trail,
};
use beffroi_log::{Entry, Error, Filter, Kind, Listed, Reader};
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
/// Most verdicts of one workspace that wait for a log that does not answer.
const MOST: usize = 64;
/// Longest pause after the log has refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What waits.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    written: HashMap<String, Written>,
    waiting: HashMap<String, Vec<Waiting>>,
    verdicts: HashMap<String, LocationVerdict>,
    kept: Vec<Entry>,
    /// What the log said when this process began, as far as nothing was offered since.
    recent: Option<HashMap<String, DataLocationEntry>>,
    failures: u32,
    not_before: Option<Instant>,
    /// By how much the clock is behind the log.
    behind: Option<SignedDuration>,
}

/// Digest of what was observed, and what was claimed.
type DataLocationEntry = (String, Box<DataLocation>);

/// What the log says of a workspace last.
#[derive(Clone)]
struct Written {
    basis: String,
    told: Told,
    at: Timestamp,
}

struct Waiting {
    located: Located,
    basis: String,
    told: Told,
    since: Instant,
}

/// What a statement tells: when it differs, both statements stand in the log.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    verdict: LocationVerdict,
    findings: Vec<Finding>,
}

impl Told {
    fn of(claim: &DataLocation) -> Self {
        Self { verdict: claim.verification_result, findings: claim.findings.clone() }
    }
}

impl Queue {
    /// Takes the latest verdict on a workspace.
    pub(super) fn offer(&self, located: &Located) {
        let (uid, basis) = (located.claim.workspace.uid.clone(), located.basis());
        let mut state = self.state();
        let verdict = located.claim.verification_result;
        let before = state.verdicts.insert(uid.clone(), verdict);
        if before != Some(verdict) {
            if let Some(before) = before {
                gauge(before).decrement(1);
            }
            gauge(verdict).increment(1);
        }
        let State { written, waiting, .. } = &mut *state;
        let now = located.claim.time_verified;
        let queue = waiting.entry(uid.clone()).or_default();
        let told = Told::of(&located.claim);
        let full = queue.len() >= MOST;
        match queue.last_mut() {
            None if written.get(&uid).is_some_and(|written| written.stands(&basis, now)) => {
                waiting.remove(&uid);
            }
            Some(last) if last.told == told => {
                let since = last.since;
                *last = Waiting { located: located.clone(), basis, told, since };
            }
            _ if full => tracing::error!(uid, "evidence waits too long: a verdict is left out"),
            _ => queue.push(Waiting { located: located.clone(), basis, told, since: Instant::now() }),
        }
    }

    /// Keeps entries that the log did not take.
    pub(super) fn keep(&self, entries: Vec<Entry>) {
        self.state().kept.extend(entries);
    }

    /// Since when something waits that is due: who would write now what is newer would write past it.
    pub(super) fn waits_since(&self) -> Option<Timestamp> {
        let state = self.state();
        let kept = state.kept.iter().map(|entry| entry.statement.predicate.time());
        let waiting = state.waiting.values().filter_map(|queue| queue.first());
        kept.chain(waiting.map(|waiting| waiting.located.claim.time_verified)).min()
    }

    /// By how much the clock is behind what stands in the log, where that is too much.
    pub(super) fn clock_behind(&self) -> Option<SignedDuration> {
        self.state().behind
    }

    /// Forgets a workspace that is gone.
    pub(super) fn forget(&self, uid: &str) {
        let mut state = self.state();
        state.written.remove(uid);
        state.waiting.remove(uid);
        if let Some(verdict) = state.verdicts.remove(uid) {
            gauge(verdict).decrement(1);
        }
    }

    /// Writes what is due. A log that refuses is tried again later.
    ///
    /// # Errors
    /// When the log is another instance's now.
    pub(super) async fn flush(&self, log: &Log) -> Result<(), Error> {
        if self.state().not_before.is_some_and(|at| at > Instant::now()) {
            return Ok(());
        }
        if self.behind(log).await {
            return Ok(());
        }
        let outcome = match self.learn(log.reader()).await {
            Ok(()) => self.write(log).await,
            refused => refused,
        };
        let mut state = self.state();
        let offers: usize = state.waiting.values().map(Vec::len).sum();
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("beffroi_evidence_waiting").set((offers + state.kept.len()) as f64);
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
        if self.state().recent.is_none() {
            let recent = recent(reader).await?;
            self.state().recent = Some(recent);
        }
        let unknown: Vec<String> = {
            let state = self.state();
            let unknown = state.waiting.keys().filter(|uid| !state.written.contains_key(*uid));
            unknown.take(BATCH).cloned().collect()
        };
        for uid in unknown {
            let last = self.state().recent.as_ref().and_then(|recent| recent.get(&uid).cloned());
            let written = Written::read(reader, last).await?;
            let mut state = self.state();
            state.written.insert(uid.clone(), written);
            state.recent.as_mut().and_then(|recent| recent.remove(&uid));
        }
        Ok(())
    }

    /// Whether the clock is behind what stands in the log; then nothing is written, and that is told.
    async fn behind(&self, log: &Log) -> bool {
        let behind =
            log.latest().await.map_or(SignedDuration::ZERO, |latest| latest.duration_since(Timestamp::now()));
        metrics::gauge!("beffroi_evidence_clock_behind_seconds").set(behind.as_secs_f64().max(0.0));
        let mut state = self.state();
        state.behind = (behind > SKEW).then_some(behind);
        if behind <= SKEW {
            return false;
        }
        state.not_before = Some(Instant::now() + LONGEST_PAUSE);
        drop(state);
        metrics::counter!("beffroi_evidence_failures_total").increment(1);
        tracing::error!(
            behind = behind.as_secs(),
            "the clock is behind the last entry of the log: no evidence is written until it has caught up. Set it right; if the log's own entry is of a time that has not come, start a new log"
        );
        true
    }

    async fn write(&self, log: &Log) -> Result<(), Error> {
        let oldest = log.latest().await.map(|latest| latest - SKEW);
        let mut due: Vec<Due> = std::mem::take(&mut self.state().kept)
            .into_iter()
            .map(|kept| Due::Kept(Box::new(kept)))
            .collect();
        due.extend(self.state().take_due().into_iter().map(|waiting| Due::Located(Box::new(waiting))));
        due.sort_by_key(Due::time);
        let mut due = in_time(due, oldest);
        while !due.is_empty() {
            let batch: Vec<Due> = due.drain(..due.len().min(BATCH)).collect();
            if let Err(error) = append(log, &batch).await {
                self.take_back(batch.into_iter().chain(due));
                return Err(error);
            }
            let mut state = self.state();
            metrics::counter!("beffroi_evidence_entries_total").increment(batch.len() as u64);
            for one in batch {
                let Due::Located(waiting) = one else { continue };
                let Waiting { located, basis, told, .. } = *waiting;
                let uid = located.claim.workspace.uid;
                // A workspace that is gone meanwhile is not known again.
                if state.verdicts.contains_key(&uid) {
                    state.written.insert(uid, Written { basis, told, at: located.claim.time_verified });
                }
            }
        }
        Ok(())
    }

    /// What could not be written waits again.
    fn take_back(&self, due: impl Iterator<Item = Due>) {
        let (mut kept, mut located) = (Vec::new(), Vec::new());
        for one in due {
            match one {
                Due::Kept(entry) => kept.push(*entry),
                Due::Located(waiting) => located.push(*waiting),
            }
        }
        let mut state = self.state();
        kept.append(&mut state.kept);
        state.kept = kept;
        state.take_back(located);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes what is due: of a workspace all that waits or nothing, in order.
    fn take_due(&mut self) -> Vec<Waiting> {
        let written = &self.written;
        let due = |uid: &String, queue: &Vec<Waiting>| {
            let changed = |last: &Waiting| written.get(uid).is_none_or(|w| w.told != last.told);
            queue.len() > 1
                || queue.last().is_some_and(|last| changed(last) || last.since.elapsed() >= SETTLE)
        };
        // Offered again while it was being written.
        let said = |uid: &String, queue: &Vec<Waiting>| match (written.get(uid), queue.as_slice()) {
            (Some(written), [only]) => written.stands(&only.basis, only.located.claim.time_verified),
            _ => false,
        };
        let mut taken = Vec::new();
        self.waiting.retain(|uid, queue| {
            if said(uid, queue) {
                return false;
            }
            // What the log says last must be known first.
            let take = written.contains_key(uid) && due(uid, queue);
            if take {
                taken.append(queue);
            }
            !take
        });
        taken
    }

    /// What could not be written waits again, before what was offered meanwhile.
    fn take_back(&mut self, due: Vec<Waiting>) {
        for waiting in due.into_iter().rev() {
            let uid = waiting.located.claim.workspace.uid.clone();
            if self.verdicts.contains_key(&uid) {
                self.waiting.entry(uid).or_default().insert(0, waiting);
            }
        }
    }
}

impl Written {
    /// What the log says last; as if something else long ago where it says nothing, or nothing of this day.
    async fn read(reader: &Reader, last: Option<DataLocationEntry>) -> Result<Self, Error> {
        let nothing = Told { verdict: LocationVerdict::Unknown, findings: Vec::new() };
        let never = Self { basis: String::new(), told: nothing, at: Timestamp::MIN };
        let Some((digest, claim)) = last else { return Ok(never) };
        // What an earlier version wrote is written anew.
        let Some(Observed::Whole(observation)) = reader.observation(&digest).await? else { return Ok(never) };
        Ok(Self {
            basis: location::basis(&claim, &observation),
            told: Told::of(&claim),
            at: claim.time_verified,
        })
    }

    fn stands(&self, basis: &str, now: Timestamp) -> bool {
        self.basis == basis && now.duration_since(self.at) < DAILY
    }
}

/// The last statement on each workspace, as far as it was made within a day: an older one is written anew anyway.
async fn recent(reader: &Reader) -> Result<HashMap<String, DataLocationEntry>, Error> {
    const PAGE: usize = 4096;
    let oldest = Timestamp::now().checked_sub(DAILY).unwrap_or(Timestamp::MIN);
    let mut filter = Filter { kind: Some(Kind::DataLocation), limit: PAGE, ..Filter::default() };
    let mut found = HashMap::new();
    loop {
        let page = reader.list(&filter).await?;
        let whole = page.len() == PAGE;
        for Listed { index, statement } in page {
            filter.before = Some(index);
            let Predicate::DataLocation(claim) = statement.predicate else { continue };
            if claim.time_verified < oldest {
                return Ok(found);
            }
            let uid = claim.workspace.uid.clone();
            found.entry(uid).or_insert((statement.subject.digest.sha256, claim));
        }
        if !whole {
            return Ok(found);
        }
    }
}

/// What is to be written now.
enum Due {
    /// An audit entry that the log did not take before.
    Kept(Box<Entry>),
    /// A verdict.
    Located(Box<Waiting>),
}

impl Due {
    fn time(&self) -> Timestamp {
        match self {
            Self::Kept(entry) => entry.statement.predicate.time(),
            Self::Located(waiting) => waiting.located.claim.time_verified,
        }
    }

    fn entry(&self) -> Result<Entry, Error> {
        match self {
            Self::Kept(entry) => Ok((**entry).clone()),
            Self::Located(waiting) => entry(&waiting.located),
        }
    }
}

/// What the log can take, in order: nothing that is dated before `oldest`. What happened is recorded late, now, and
/// tells when it was seen; a verdict is left out, for the next one follows.
fn in_time(due: Vec<Due>, oldest: Option<Timestamp>) -> Vec<Due> {
    let late = |one: &Due| oldest.is_some_and(|oldest| one.time() < oldest);
    let (late, mut due): (Vec<Due>, Vec<Due>) = due.into_iter().partition(late);
    for one in late {
        match one {
            Due::Kept(mut entry) => {
                if let Predicate::Audit(audit) = &mut entry.statement.predicate {
                    **audit = trail::late(audit, Timestamp::now());
                }
                due.push(Due::Kept(entry));
            }
            Due::Located(waiting) => {
                let claim = &waiting.located.claim;
                let (workspace, time) = (&claim.workspace.name, claim.time_verified);
                tracing::error!(workspace, %time, "a verdict dated before what stands in the log is left out: was the clock wrong?");
            }
        }
    }
    due
}

/// Appends all at once; one by one where one of them is longer than the log takes, which is then left out: others
/// do not wait for it.
async fn append(log: &Log, due: &[Due]) -> Result<(), Error> {
    let entries = due.iter().map(Due::entry).collect::<Result<Vec<_>, _>>()?;
    match log.append(entries.clone()).await {
        Err(Error::TooLong(_)) => {}
        outcome => return outcome,
    }
    for entry in entries {
        let object = entry.statement.subject.name.clone();
        match log.append(vec![entry]).await {
            Err(error @ Error::TooLong(_)) => tracing::error!(%error, object, "no evidence"),
            outcome => outcome?,
        }
    }
    Ok(())
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
