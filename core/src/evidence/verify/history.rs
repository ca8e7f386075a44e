//! The whole log, entry by entry: each is signed by the keys of its place, times run with the order, and all of them
//! make the root of the state that is signed.

use jiff::Timestamp;
use tlog_tiles::{EMPTY_HASH, Hash, node_hash, record_hash};

use super::{
    super::{Predicate, PublicKeys, Statement, checkpoint::Checkpoint, dsse::Envelope},
    Error, Order,
};

/// A log that is read from its beginning.
pub struct History {
    /// Those that sign now; none before those that the reader trusts are brought in.
    keys: Vec<PublicKeys>,
    trusted: PublicKeys,
    size: u64,
    /// Entries that no key that the reader trusts has signed: they stand before the first.
    unsigned: u64,
    /// Roots of the whole trees that make up the log, largest first, each with the number of its leaves.
    peaks: Vec<(u64, Hash)>,
    order: Order,
    /// The state that the reader knows.
    known: Option<Checkpoint>,
    known_root: Option<Hash>,
}

/// What the whole log proves.
#[derive(Debug, Eq, PartialEq)]
pub struct Whole {
    /// Entries.
    pub size: u64,
    /// Of these, those before the keys that the reader trusts: in the log, and signed by keys of before.
    pub unsigned: u64,
    /// Changes of keys from those trusted on.
    pub rotations: usize,
    /// The latest time of an entry.
    pub latest: Option<Timestamp>,
}

impl History {
    /// A log whose keys the reader trusts, and of which he may know a state.
    pub fn new(trusted: &PublicKeys, known: Option<Checkpoint>) -> Self {
        let known_root = known.as_ref().filter(|known| known.size == 0).map(|_| EMPTY_HASH);
        Self {
            keys: Vec::new(),
            trusted: trusted.clone(),
            size: 0,
            unsigned: 0,
            peaks: Vec::new(),
            order: Order::default(),
            known,
            known_root,
        }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// What does not hold of it.
    pub fn next(&mut self, entry: &[u8]) -> Result<(), Error> {
        let envelope = Envelope::from_entry(entry)?;
        let index = self.size;
        if self.keys.is_empty() && envelope.signatures[0].keyid == self.trusted.id() {
            self.keys.push(self.trusted.clone());
        }
        let payload = match self.keys.last() {
            Some(last) => envelope.verify(&[last])?.0,
            None => envelope.unverified().ok_or(super::dsse::Error::Malformed("payload is not base64"))?,
        };
        let statement = Statement::parse(&payload)?;
        self.order.next(index, statement.predicate.time())?;
        self.unsigned += u64::from(self.keys.is_empty());
        if let Predicate::KeyRotation(change) = &statement.predicate {
            let next = PublicKeys::parse(&change.successor)?;
            let wrong = |why| Err(Error::Rotation { index: self.keys.len(), why });
            if next.origin() != self.trusted.origin() {
                return wrong("it names keys of another log");
            }
            if self.keys.iter().any(|old| old.shares_a_key(&next)) {
                return wrong("it names a key that was in use before");
            }
            if !self.keys.is_empty() || next == self.trusted {
                self.keys.push(next);
            }
        }
        self.grow(record_hash(entry));
        Ok(())
    }

    fn grow(&mut self, leaf: Hash) {
        let (mut leaves, mut hash) = (1, leaf);
        while let Some((_, left)) = self.peaks.pop_if(|(before, _)| *before == leaves) {
            (leaves, hash) = (2 * leaves, node_hash(left, hash));
        }
        self.peaks.push((leaves, hash));
        self.size += 1;
        if self.known.as_ref().is_some_and(|known| known.size == self.size) {
            self.known_root = Some(self.root());
        }
    }

    fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        peaks.next().map_or(EMPTY_HASH, |last| peaks.fold(last, |right, left| node_hash(left, right)))
    }

    /// That what was read is the log of a signed state, and goes on from the one known.
    ///
    /// # Errors
    /// What does not hold.
    pub fn finish(self, note: &str) -> Result<Whole, Error> {
        let signers: Vec<&PublicKeys> = match self.keys.last() {
            Some(last) => vec![last],
            None => vec![&self.trusted],
        };
        let (state, _) = Checkpoint::verify(note, &signers)?;
        if state.size != self.size || state.root != self.root() {
            return Err(Error::NotGrown { from: self.size, to: state.size });
        }
        if let Some(known) = &self.known {
            if known.origin != state.origin {
                let (found, known) = (state.origin, known.origin.clone());
                return Err(Error::OtherLog { found, known });
            }
            match self.known_root {
                None => return Err(Error::OldCheckpoint { found: self.size, known: known.size }),
                Some(root) if root != known.root => return Err(Error::SplitView { size: known.size }),
                Some(_) => {}
            }
        }
        Ok(Whole {
            size: self.size,
            unsigned: self.unsigned,
            rotations: self.keys.len().saturating_sub(1),
            latest: self.order.latest(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample::*, *};

    const LOG: &str = "beffroi.fr/log/test";

    fn rotated() -> MemoryLog {
        let mut log = MemoryLog::new(keys(1, LOG));
        for number in 0..5 {
            log.append(&audit(&format!("entry {number}")));
        }
        log.rotate(keys(2, LOG));
        log.append(&located(&observation()));
        log
    }

    fn read(log: &MemoryLog, trusted: &PublicKeys, known: Option<&str>) -> Result<Whole, Error> {
        let known = known.map(|note| Checkpoint::read(note).unwrap());
        let mut history = History::new(trusted, known);
        for index in 0..log.size() {
            history.next(&log.entry(index).to_entry().unwrap())?;
        }
        history.finish(&log.checkpoint(log.size()))
    }

    #[test]
    fn a_whole_log_holds_for_whoever_trusts_its_first_or_its_present_keys() {
        let log = rotated();
        let whole = read(&log, keys(1, LOG).public(), Some(&log.checkpoint(0))).unwrap();
        assert_eq!((whole.size, whole.unsigned, whole.rotations), (7, 0, 1));
        for size in 1..=7 {
            assert!(read(&log, keys(1, LOG).public(), Some(&log.checkpoint(size))).is_ok(), "{size}");
        }
        let whole = read(&log, keys(2, LOG).public(), None).unwrap();
        assert_eq!((whole.unsigned, whole.rotations), (6, 0));
        assert!(read(&log, keys(3, LOG).public(), None).is_err());
        assert!(read(&MemoryLog::new(keys(1, LOG)), keys(1, LOG).public(), None).is_ok());
    }

    #[test]
    fn another_history_an_unknown_signer_and_time_that_runs_back_are_told() {
        let (log, mut other) = (rotated(), MemoryLog::new(keys(1, LOG)));
        other.append(&audit("what only some are shown"));
        other.append(&audit("and more"));
        let known = other.checkpoint(2);
        assert!(matches!(read(&log, keys(1, LOG).public(), Some(&known)), Err(Error::SplitView { size: 2 })));
        let known = log.checkpoint(5);
        let older = read(&other, keys(1, LOG).public(), Some(&known));
        assert!(matches!(older, Err(Error::OldCheckpoint { found: 2, known: 5 })));
        let mut forged = rotated();
        forged.push(Envelope::sign(&audit("by the old keys").to_vec().unwrap(), &keys(1, LOG)));
        assert!(matches!(read(&forged, keys(1, LOG).public(), None), Err(Error::Envelope(_))));
        let mut back = rotated();
        let mut observed = observation();
        observed.sites[0].observed_at = None;
        back.append(&located_at(&observed, time("2026-11-24T11:54:59Z")));
        let error = read(&back, keys(1, LOG).public(), None);
        assert!(matches!(error, Err(Error::BackInTime { index: 7, .. })), "{error:?}");
        // An entry left out, or another in its place.
        let mut history = History::new(keys(1, LOG).public(), None);
        for index in 1..log.size() {
            history.next(&log.entry(index).to_entry().unwrap()).unwrap();
        }
        assert!(matches!(history.finish(&log.checkpoint(7)), Err(Error::NotGrown { from: 6, to: 7 })));
    }
}
