//! Where events and streams meet: one ring, and for each set of rights the seats of those who have them.
//!
//! An event is checked against rights once for each set of rights to wake those concerned, and once more by each
//! stream when it takes it, with the rights of that moment.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use jiff::Timestamp;

use super::{
    StreamOptions,
    cursor::{Cursor, Given, History, Id, Sum, WATCHES, Watch},
    ring::{Event, Ring, Whom},
    seats::{Seat, Seats, Taken},
    stream::Events,
};
use crate::auth::Principal;

/// Where events and streams meet; cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    limits: StreamOptions,
    inner: RwLock<Inner>,
}

/// What all streams share.
#[derive(Default)]
pub(super) struct Inner {
    pub(super) ring: Ring,
    histories: [History; WATCHES],
    seats: Seats,
    phase: Phase,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Phase {
    /// It is not known yet what there is.
    #[default]
    Filling,
    Running,
    Ended,
}

/// An event to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its name.
    pub name: &'static str,
    /// Who may know.
    pub whom: Whom,
    /// JSON, in one line.
    pub data: String,
}

/// Why no stream can be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Full {
    /// One's tenant has as many as it may.
    Tenant(usize),
    /// There are as many as there may be.
    All,
    /// It is not known yet what there is, or the process ends.
    Closed,
}

impl Hub {
    /// Closed until [`Hub::settle`].
    pub fn new(limits: StreamOptions) -> Self {
        Self(Arc::new(Shared { limits, inner: RwLock::default() }))
    }

    /// Whether streams can be opened.
    pub fn is_open(&self) -> bool {
        self.read().phase == Phase::Running
    }

    /// Opens a stream: from now on, or where `last`, the id of the last event that the reader got, allows it from there.
    ///
    /// # Errors
    /// When there are too many.
    pub fn open(&self, who: &Principal, last: Option<&str>) -> Result<Events, Full> {
        let mut inner = self.write();
        if inner.phase != Phase::Running {
            return Err(Full::Closed);
        }
        let taken = inner.seats.take(who, self.0.limits, Timestamp::now())?;
        let rights = Sum::of_rights(who);
        let known = last.map(str::parse::<Given>);
        let greeting = match known {
            None => inner.greeting(taken.number),
            Some(Ok(Given { id, rights: then })) if then == rights && inner.continues(&id) => {
                let kept = (inner.ring.oldest(), inner.ring.next());
                return Ok(Events::resumed(self.clone(), taken, rights, kept, id));
            }
            Some(_) => inner.reset(),
        };
        Ok(Events::new(self.clone(), taken, rights, inner.ring.next(), &greeting))
    }

    /// Takes a stream away.
    pub(super) fn leave(&self, taken: &Taken) {
        self.write().seats.leave(taken);
    }

    /// Tells what a change brings about.
    pub fn publish(&self, watch: Watch, to: Cursor, drafts: Vec<Draft>) {
        let mut inner = self.write();
        let last = drafts.len().saturating_sub(1);
        let mut whom = Vec::with_capacity(drafts.len());
        if drafts.is_empty() {
            inner.histories[watch as usize].advance(to);
        }
        for (index, Draft { name, whom: those, data }) in drafts.into_iter().enumerate() {
            if index == last {
                // Whoever got only some of them is told all again.
                inner.histories[watch as usize].advance(to);
            }
            let text = frame(&inner.id(), name, &data);
            whom.push(those.clone());
            inner.push(Event { watch, version: to.version, whom: those, text });
        }
        drop(inner);
        self.wake(|who| whom.iter().any(|those| those.holds(who)));
    }

    /// All objects of a watch were listed: readers must read them again, unless nothing was missed.
    pub fn begin(&self, watch: Watch, listed: Cursor) {
        let mut inner = self.write();
        let history = &mut inner.histories[watch as usize];
        let at = history.at;
        if history.settled && listed.version <= at.version && listed.sum == at.sum {
            return;
        }
        *history = History::begin(Cursor { version: listed.version.max(at.version), ..listed });
        let version = history.at.version;
        if inner.phase == Phase::Running {
            let text = inner.reset();
            inner.push(Event { watch, version, whom: Whom::Everyone, text });
        }
        drop(inner);
        self.wake(|_| true);
    }

    /// What comes of a watch from now on was not in the list. Once that is so of every watch, streams may be opened.
    pub fn settle(&self, watch: Watch) {
        let mut inner = self.write();
        inner.histories[watch as usize].settled = true;
        if inner.phase == Phase::Filling && inner.histories.iter().all(|history| history.settled) {
            inner.phase = Phase::Running;
        }
    }

    /// Ends the streams of those who are meant.
    pub fn end(&self, meant: impl Fn(&Principal) -> bool) {
        self.read().seats.of(meant).for_each(Seat::end);
    }

    /// Ends every stream, and opens no more.
    pub fn close(&self) {
        self.write().phase = Phase::Ended;
        self.end(|_| true);
    }

    /// To be called once a second: ends what has expired, and shows that the rest lives.
    pub fn beat(&self, now: Timestamp) {
        self.write().seats.count();
        self.read().seats.beat(now);
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Streams read while others are woken.
    fn wake(&self, concerned: impl Fn(&Principal) -> bool) {
        self.read().seats.of(concerned).for_each(|seat| seat.waker.wake());
    }
}

impl Inner {
    /// Tells a reader to read lists again.
    pub(super) fn reset(&self) -> Bytes {
        frame(&self.id(), "reset", "{}")
    }

    /// A sign of life, with the id to go on from: no event, as its data is empty.
    pub(super) fn sign(&self) -> Bytes {
        format!(":\nid: {}", self.id()).into()
    }

    /// The first event. Readers come back at different times, should they all be sent away at once.
    fn greeting(&self, number: u64) -> Bytes {
        let retry = 1000 + number * 7 % 4000;
        format!("retry: {retry}\nevent: ready\ndata: {{}}\nid: {}", self.id()).into()
    }

    fn id(&self) -> Id {
        Id(self.histories.map(|history| history.at))
    }

    fn continues(&self, id: &Id) -> bool {
        self.histories.iter().zip(id.0).all(|(history, known)| history.continues(known))
    }

    fn push(&mut self, event: Event) {
        if let Some(lost) = self.ring.push(event) {
            self.histories[lost.watch as usize].forget(lost.version);
        }
    }
}

/// The same for all readers; each puts its rights to the end of the id, and ends it.
fn frame(id: &Id, name: &str, data: &str) -> Bytes {
    format!("event: {name}\ndata: {data}\nid: {id}").into()
}
