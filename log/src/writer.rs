//! The single writer: callers sign, one task appends what has gathered since its last commit, all are
//! answered when a published checkpoint covers their entries.

use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

#[cfg(doc)]
use beffroi_core::evidence::verify::SKEW;
use beffroi_core::evidence::{PublicKeys, SigningKeys, dsse::Envelope, statement, verify::Order};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Entry, Error, Store, index::Row, layout::LONGEST_ENTRY, recover, sequencer::Sequencer, tiles::PARALLEL,
};

/// Bytes after which a commit takes no more callers.
const COMMIT: usize = 8 << 20;

/// The single writer of a log; cheap to clone. The last clone dropped, its task ends.
///
/// Times run with the order of the log, but for [`SKEW`]: an entry that is dated earlier is refused
/// ([`Error::BackInTime`]), for a clock was set back, or the entry waited too long.
///
/// After any error of [`Writer::append`] but those on the entries themselves ([`Error::TooLong`],
/// [`Error::OtherObservation`], [`Error::Statement`], [`Error::BackInTime`]) it appends no more: open the log again. An error does not
/// say that the entries are not in the log; opening it decides, and finishes what was begun.
#[derive(Clone, Debug)]
pub struct Writer {
    store: Store,
    queue: mpsc::UnboundedSender<Request>,
    signer: Arc<RwLock<Arc<SigningKeys>>>,
    size: Arc<AtomicU64>,
    /// The latest time that an entry bears, as the task left it.
    latest: Arc<Mutex<Option<Timestamp>>>,
}

/// Entries that wait for the next commit.
#[derive(Debug)]
struct Request {
    entries: Vec<Vec<u8>>,
    /// When each was made.
    times: Vec<Timestamp>,
    /// Keys that sign from then on.
    successor: Option<Arc<SigningKeys>>,
    answer: oneshot::Sender<Result<u64, Error>>,
}

impl Writer {
    /// Opens the log for writing: stops every writer of this or an older `epoch` (a leader's number, growing
    /// with each), and finishes what a killed one began. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Fenced`] when a writer of a newer epoch was here; [`Error::Rotated`] when the log goes on with
    /// other keys; [`Error::OtherKeys`] when they never were the log's.
    pub async fn open(store: Store, keys: SigningKeys, epoch: u64) -> Result<Self, Error> {
        let keys = Arc::new(keys);
        let sequencer = recover::open(store.clone(), Arc::clone(&keys), epoch).await?;
        let size = Arc::new(AtomicU64::new(sequencer.published));
        let latest = Arc::new(Mutex::new(sequencer.order.latest()));
        let (queue, requests) = mpsc::unbounded_channel();
        tokio::spawn(run(sequencer, requests, Arc::clone(&size), Arc::clone(&latest)));
        Ok(Self { store, queue, signer: Arc::new(RwLock::new(keys)), size, latest })
    }

    /// Signs and appends; returns the index of each entry once all are durable and covered by the published
    /// checkpoint. They stand one after another, in one commit: all of them are in the log, or none.
    ///
    /// # Errors
    /// See [`Writer`].
    pub async fn append(&self, entries: Vec<Entry>) -> Result<Vec<u64>, Error> {
        let observed = entries.iter().filter_map(|entry| entry.observed().transpose());
        let observed = observed.collect::<Result<Vec<_>, _>>()?;
        let texts = entries.iter().map(|entry| entry.statement.to_vec());
        let texts = texts.collect::<Result<Vec<_>, _>>().map_err(Error::json("the statement"))?;
        let times = entries.iter().map(|entry| entry.statement.predicate.time()).collect();
        // Before the entry that names them. Left alone by a crash, they harm nobody.
        let put = stream::iter(observed).map(async |(path, text)| self.store.put(&path, text.into()).await);
        put.buffer_unordered(PARALLEL).try_collect::<()>().await?;

        let waiting = {
            // Held until the entries stand in the queue: a change of keys comes before or after both.
            let keys = self.signer.read().unwrap_or_else(PoisonError::into_inner);
            let signed = texts.iter().map(|text| sign(text, &keys)).collect::<Result<Vec<_>, _>>()?;
            self.send(signed, times, None)?
        };
        let first = answer(waiting).await?;
        Ok((first..).take(entries.len()).collect())
    }

    /// Appends what was signed before, by the log's present keys, as [`Writer::append`] does. That the key is the
    /// right one is checked, not the signature.
    ///
    /// # Errors
    /// See [`Writer`]; [`Error::OtherSigner`] when another key signed.
    pub async fn append_signed(&self, envelopes: &[Envelope]) -> Result<Vec<u64>, Error> {
        let waiting = {
            let keys = self.signer.read().unwrap_or_else(PoisonError::into_inner);
            let ours = keys.public().id();
            let other = envelopes.iter().find(|envelope| envelope.signatures[0].keyid != ours);
            if let Some(other) = other {
                return Err(Error::OtherSigner { found: other.signatures[0].keyid.clone(), ours });
            }
            let entries = envelopes.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            let rows = entries.iter().map(|entry| Row::of(entry)).collect::<Result<Vec<_>, _>>()?;
            self.send(entries, rows.iter().filter_map(|row| row.time).collect(), None)?
        };
        let first = answer(waiting).await?;
        Ok((first..).take(envelopes.len()).collect())
    }

    /// Replaces the keys: an entry that names `next`, signed by the present keys, is the last that they sign.
    /// The checkpoint that covers it, and all after it, is signed by `next`. Returns the entry's index.
    ///
    /// A caller that may be killed keeps `next` where it will find it again *before* it calls, beside the
    /// present keys, and forgets those only afterwards. Opened with the old keys the log then answers
    /// [`Error::Rotated`] if the change took place, and is opened with `next`.
    ///
    /// # Errors
    /// See [`Writer`]; [`Error::OtherLog`] when `next` has another origin, [`Error::SameKey`] when one of its
    /// keys is a present one: who verifies takes no key twice.
    pub async fn rotate(&self, next: SigningKeys, time: Timestamp) -> Result<u64, Error> {
        let next = Arc::new(next);
        let waiting = {
            let mut keys = self.signer.write().unwrap_or_else(PoisonError::into_inner);
            let (ours, found) = (keys.public().origin(), next.public().origin());
            if ours != found {
                return Err(Error::OtherLog { found: found.to_owned(), ours: ours.to_owned() });
            }
            if keys.public().shares_a_key(next.public()) {
                return Err(Error::SameKey);
            }
            let statement = statement::rotation(next.public(), time).to_vec();
            let entry = sign(&statement.map_err(Error::json("the change of keys"))?, &keys)?;
            let waiting = self.send(vec![entry], vec![time], Some(Arc::clone(&next)))?;
            *keys = next;
            waiting
        };
        answer(waiting).await
    }

    /// Entries that the published checkpoint covers.
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// The latest time that an entry bears; nothing that is dated more than [`SKEW`] before is taken.
    pub fn latest(&self) -> Option<Timestamp> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys that sign now.
    pub fn public(&self) -> PublicKeys {
        self.signer.read().unwrap_or_else(PoisonError::into_inner).public().clone()
    }

    fn send(
        &self,
        entries: Vec<Vec<u8>>,
        times: Vec<Timestamp>,
        successor: Option<Arc<SigningKeys>>,
    ) -> Result<oneshot::Receiver<Result<u64, Error>>, Error> {
        let (answer, waiting) = oneshot::channel();
        self.queue.send(Request { entries, times, successor, answer }).map_err(|_| gone())?;
        Ok(waiting)
    }
}

fn sign(statement: &[u8], keys: &SigningKeys) -> Result<Vec<u8>, Error> {
    entry(&Envelope::sign(statement, keys))
}

/// The text of an entry, if the layout can hold it.
fn entry(envelope: &Envelope) -> Result<Vec<u8>, Error> {
    let entry = envelope.to_entry().map_err(Error::json("the envelope"))?;
    if entry.len() > LONGEST_ENTRY { Err(Error::TooLong(entry.len())) } else { Ok(entry) }
}

async fn answer(waiting: oneshot::Receiver<Result<u64, Error>>) -> Result<u64, Error> {
    waiting.await.unwrap_or_else(|_| Err(gone()))
}

fn gone() -> Error {
    Error::Stopped("its runtime ended".into())
}

/// Commits what has gathered, again and again, until nobody can send any more.
async fn run(
    mut sequencer: Sequencer,
    mut requests: mpsc::UnboundedReceiver<Request>,
    size: Arc<AtomicU64>,
    latest: Arc<Mutex<Option<Timestamp>>>,
) {
    let mut stopped: Option<Error> = None;
    while let Some(first) = requests.recv().await {
        if let Some(error) = &stopped {
            let _ = first.answer.send(Err(error.clone()));
            continue;
        }
        let (mut entries, mut successor, mut answers) = (Vec::new(), None, Vec::new());
        let (mut next, mut bytes) = (Some(first), 0);
        let mut order = sequencer.order;
        while let Some(request) = next {
            if let Err(error) = in_time(&mut order, sequencer.edge.size(), &request) {
                let _ = request.answer.send(Err(error));
            } else {
                answers.push((entries.len() as u64, request.answer));
                bytes += request.entries.iter().map(Vec::len).sum::<usize>();
                entries.extend(request.entries);
                successor = request.successor.or(successor);
            }
            next = if bytes < COMMIT { requests.try_recv().ok() } else { None };
        }
        if answers.is_empty() {
            continue;
        }
        let outcome = sequencer.append(entries, successor).await;
        if let Err(error) = &outcome {
            tracing::error!(%error, "the log's writer stops");
            stopped = Some(match error {
                Error::Fenced { .. } => error.clone(),
                other => Error::Stopped(other.to_string()),
            });
        }
        size.store(sequencer.published, Ordering::Release);
        sequencer.order = order;
        *latest.lock().unwrap_or_else(PoisonError::into_inner) = order.latest();
        for (place, answer) in answers {
            // Whoever asked may have gone; the entry stands all the same.
            let _ = answer.send(outcome.clone().map(|first| first + place));
        }
    }
}

/// That entries do not run before what stands and waits before them; all of a request, or none.
fn in_time(order: &mut Order, size: u64, request: &Request) -> Result<(), Error> {
    let mut after = *order;
    for time in &request.times {
        // Where in the log it would have stood is nobody's business yet.
        after
            .next(size, *time)
            .map_err(|_| Error::BackInTime { time: *time, latest: after.latest().unwrap_or(*time) })?;
    }
    *order = after;
    Ok(())
}
