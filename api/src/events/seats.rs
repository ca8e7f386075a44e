//! Who listens: for each set of rights the seats of those who have them, and how many there are.
//!
//! A stream is one request, and stays: no rate bounds how many somebody holds, and each takes a connection and memory for
//! as long as it is wanted. So seats are counted: in all, for connections are left beside them
//! ([`serve`](crate::serve)) and the machine must hold them; and for each who pays, so that one tenant takes none that
//! others need. Who held a token once does not listen for ever: a seat ends with the token, at the latest after
//! 15 minutes ([`LASTS`]).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use futures::task::AtomicWaker;
use jiff::{SignedDuration, Timestamp};

use super::{StreamOptions, hub::Full};
use crate::auth::{Principal, Role, TenantUid, rate::Payer};

/// Seconds between two signs of life on a silent stream.
const BEAT: u64 = 15;

/// For how long a stream lasts at most: who comes back shows a token again, to keys that may have been withdrawn since.
const LASTS: SignedDuration = SignedDuration::from_mins(15);

/// All that are taken.
#[derive(Default)]
pub struct Seats {
    rooms: BTreeMap<Rights, Room>,
    payers: HashMap<Payer, usize>,
    open: usize,
    /// How many were ever taken.
    taken: u64,
    /// Seconds so far.
    beats: u64,
}

/// What decides who sees what: everybody who has the same sees the same.
type Rights = (bool, BTreeMap<TenantUid, BTreeSet<Role>>);

/// Those who have the same rights.
struct Room {
    who: Arc<Principal>,
    seats: HashMap<u64, Arc<Seat>>,
}

/// A stream, as those see it who have something for it.
#[derive(Debug)]
pub struct Seat {
    /// Who waits.
    pub waker: AtomicWaker,
    /// When the token expires.
    pub expires: Timestamp,
    /// Nothing more may come.
    pub ended: AtomicBool,
    /// A sign of life is due.
    pub beat: AtomicBool,
}

/// A seat, and whose it is.
pub struct Taken {
    /// Somebody with the same rights.
    pub who: Arc<Principal>,
    /// The seat.
    pub seat: Arc<Seat>,
    /// Its number: no other ever has the same.
    pub number: u64,
}

impl Seats {
    /// Takes one.
    ///
    /// # Errors
    /// When there are too many.
    pub fn take(&mut self, who: &Principal, most: StreamOptions, now: Timestamp) -> Result<Taken, Full> {
        let payer = Payer::from(who);
        if self.open >= most.streams {
            return Err(Full::All);
        }
        if self.payers.get(&payer).is_some_and(|open| *open >= most.streams_tenant) {
            return Err(Full::Tenant(most.streams_tenant));
        }
        *self.payers.entry(payer).or_default() += 1;
        self.open += 1;
        self.taken += 1;
        tell_open(self.open);
        let seat = Arc::new(Seat {
            waker: AtomicWaker::new(),
            expires: who.expires.min(now + LASTS),
            ended: AtomicBool::new(false),
            beat: AtomicBool::new(false),
        });
        let new = || Room { who: Arc::new(who.clone()), seats: HashMap::new() };
        let room = self.rooms.entry(rights(who)).or_insert_with(new);
        room.seats.insert(self.taken, seat.clone());
        Ok(Taken { who: room.who.clone(), seat, number: self.taken })
    }

    /// Leaves one.
    pub fn leave(&mut self, Taken { who, number, .. }: &Taken) {
        self.open -= 1;
        tell_open(self.open);
        let payer = Payer::from(&**who);
        if let Some(open) = self.payers.get_mut(&payer) {
            *open -= 1;
            if *open == 0 {
                self.payers.remove(&payer);
            }
        }
        let rights = rights(who);
        if let Some(room) = self.rooms.get_mut(&rights) {
            room.seats.remove(number);
            if room.seats.is_empty() {
                self.rooms.remove(&rights);
            }
        }
    }

    /// The seats of those who are meant.
    pub fn of(&self, meant: impl Fn(&Principal) -> bool) -> impl Iterator<Item = &Seat> {
        let rooms = self.rooms.values().filter(move |room| meant(&room.who));
        rooms.flat_map(|room| room.seats.values()).map(AsRef::as_ref)
    }

    /// A second has passed.
    pub fn count(&mut self) {
        self.beats += 1;
    }

    /// Ends those whose token has expired, and lets a part of the others give a sign of life: all of them in turn.
    pub fn beat(&self, now: Timestamp) {
        for (number, seat) in self.rooms.values().flat_map(|room| &room.seats) {
            if seat.expires <= now {
                seat.end();
            } else if (number + self.beats).is_multiple_of(BEAT) {
                seat.beat.store(true, Relaxed);
                seat.waker.wake();
            }
        }
    }
}

impl Seat {
    /// Nothing more may come.
    pub fn end(&self) {
        self.ended.store(true, Relaxed);
        self.waker.wake();
    }
}

fn rights(who: &Principal) -> Rights {
    (who.hoster, who.roles.clone())
}

#[allow(clippy::cast_precision_loss)]
fn tell_open(open: usize) {
    metrics::gauge!("beffroi_api_event_streams").set(open as f64);
}
