//! Bundles as an honest log makes them, and everything that a liar may do to one.

mod bytes;
mod golden;
mod growth;
mod honest;
mod lies;
mod rotations;

use super::{super::sample::*, *};
use crate::location::Observation;

/// Name of the log in these tests.
const LOG: &str = "beffroi.fr/log/test";

/// A log of `around` entries, one on data location and as many again, and the keys that it began with.
fn log(around: usize) -> (MemoryLog, u64, PublicKeys) {
    let mut log = MemoryLog::new(keys(1, LOG));
    let trusted = log.keys().public().clone();
    fill(&mut log, around);
    let index = log.append(&located(&observation()));
    fill(&mut log, around);
    (log, index, trusted)
}

fn fill(log: &mut MemoryLog, entries: usize) {
    for _ in 0..entries {
        let note = format!("entry {}", log.size());
        log.append(&audit(&note));
    }
}

/// A log with `rotations` changes of keys, each after a few entries; the last entry but one is on data location.
fn rotated(rotations: u8) -> (MemoryLog, u64, PublicKeys) {
    let (mut log, _, trusted) = log(2);
    for number in 0..rotations {
        log.rotate(keys(number + 2, LOG));
        fill(&mut log, 1);
    }
    let index = log.append(&located(&observation()));
    fill(&mut log, 1);
    (log, index, trusted)
}

fn check(bundle: &Bundle, trusted: &PublicKeys) -> Result<Verified, Error> {
    verify(&bundle.to_vec().unwrap(), trusted, &Expected::default())
}

fn expecting(bundle: &Bundle, trusted: &PublicKeys, expected: &Expected) -> Result<Verified, Error> {
    verify(&bundle.to_vec().unwrap(), trusted, expected)
}

/// The bundle of one entry that someone signed, in a log that is otherwise genuine.
fn bundle_of(statement: &Statement, observation: Option<&Observation>) -> (Bundle, PublicKeys) {
    let (mut log, _, trusted) = log(2);
    let index = log.append(statement);
    (log.bundle(index, observation), trusted)
}

fn read(note: &str) -> Checkpoint {
    Checkpoint::read(note).unwrap()
}

macro_rules! refused {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => panic!("{} expected, found {other:?}", stringify!($pattern)),
        }
    };
}
use refused;
