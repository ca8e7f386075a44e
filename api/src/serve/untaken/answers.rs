//! What waits on one connection: an answer begins → gets further, piece by piece → is given whole → is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{Held, Room};

/// What waits on one connection.
pub struct Answers {
    room: Arc<Room>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    answers: HashMap<u64, Answer>,
}

struct Answer {
    /// When it got further last.
    since: Instant,
    /// Whether the connection was given all of it; it may lie there.
    whole: bool,
    _held: Held,
}

impl Answers {
    /// Of a connection, where nothing waits yet.
    pub(super) fn new(room: Arc<Room>) -> Self {
        Self { room, waiting: Mutex::default() }
    }

    pub(super) fn begin(&self, held: Held) -> u64 {
        let mut waiting = self.waiting();
        waiting.next += 1;
        let id = waiting.next;
        waiting.answers.insert(id, Answer { since: Instant::now(), whole: false, _held: held });
        id
    }

    pub(super) fn got_further(&self, id: u64) {
        if let Some(answer) = self.waiting().answers.get_mut(&id) {
            answer.since = Instant::now();
        }
    }

    /// Nothing more is given of it.
    pub(super) fn end(&self, id: u64, whole: bool) {
        let mut waiting = self.waiting();
        if !whole {
            waiting.answers.remove(&id);
        } else if let Some(answer) = waiting.answers.get_mut(&id) {
            (answer.since, answer.whole) = (Instant::now(), true);
        }
    }

    /// The connection has sent what it was given.
    pub fn are_sent(&self) {
        self.waiting().answers.retain(|_, answer| !answer.whole);
    }

    /// Whether one of them gets no further for long. A client that takes nothing still answers pings, or it is closed
    /// for that: one looks at each that is read.
    pub fn are_left(&self) -> bool {
        let oldest = self.waiting().answers.values().map(|answer| answer.since).min();
        oldest.is_some_and(|since| since.elapsed() > self.room.patience())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
