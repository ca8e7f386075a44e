//! Who may sign what: keys that follow one another from those that the reader trusts, each from its place in the
//! log on.

use super::{
    super::{Predicate, PublicKeys, Statement, bundle::Rotation, statement},
    Error,
};

/// Keys, and the index of the log from which on they sign.
struct Link {
    keys: PublicKeys,
    from: u64,
}

/// Keys that follow one another.
pub(super) struct Chain(Vec<Link>);

impl Chain {
    /// From the trusted keys on, each change signed by the keys before it. Changes up to those that brought the
    /// trusted keys bring none: they only have to be in the log, as all others, which the caller checks.
    pub(super) fn follow(rotations: &[Rotation], trusted: &PublicKeys) -> Result<Self, Error> {
        let ordered =
            rotations.windows(2).position(|two| two[0].inclusion.log_index >= two[1].inclusion.log_index);
        if let Some(place) = ordered {
            return Err(Error::Rotation { index: place + 1, why: "it does not come after the one before" });
        }
        let after = |rotation: &Rotation| rotation.inclusion.log_index.saturating_add(1);
        let brought = rotations.iter().position(|rotation| brings(rotation, trusted));
        if let Some(index) = brought.filter(|place| signed(&rotations[..=*place], trusted)) {
            return Err(Error::Rotation { index, why: BACK });
        }
        let (start, from) = brought.map_or((0, 0), |place| (place + 1, after(&rotations[place])));
        let mut chain = vec![Link { keys: trusted.clone(), from }];
        for (index, rotation) in rotations.iter().enumerate().skip(start) {
            let before: Vec<&PublicKeys> = chain.iter().map(|link| &link.keys).collect();
            let keys = successor(index, rotation, &before)?;
            // Who replaced a key no longer trusts it; one that comes back would have two places in the log.
            if signed(&rotations[..=index], &keys) || before.iter().any(|old| old.shares_a_key(&keys)) {
                return Err(Error::Rotation { index, why: BACK });
            }
            chain.push(Link { keys, from: after(rotation) });
        }
        Ok(Self(chain))
    }

    /// All keys, oldest first.
    pub(super) fn keys(&self) -> Vec<&PublicKeys> {
        self.0.iter().map(|link| &link.keys).collect()
    }

    /// That the keys at `place` sign the entry at `index`.
    pub(super) fn signs_entry(&self, place: usize, index: u64) -> Result<(), Error> {
        if index < self.0[place].from || self.until(place).is_some_and(|until| index >= until) {
            return Err(Error::Authority(
                "the statement is signed by keys that had no authority at its place in the log",
            ));
        }
        Ok(())
    }

    /// That one of the keys at `places` signs the log's state of `size` entries. The state that ends with the change
    /// may be signed by both.
    pub(super) fn signs_state(&self, places: &[usize], size: u64) -> Result<(), Error> {
        let signs = |place: &usize| {
            size >= self.0[*place].from && self.until(*place).is_none_or(|until| size <= until)
        };
        if places.iter().any(signs) {
            return Ok(());
        }
        Err(Error::Authority("a state of the log is signed by keys that were not its own then"))
    }

    fn until(&self, place: usize) -> Option<u64> {
        self.0.get(place + 1).map(|next| next.from)
    }
}

const BACK: &str = "it names a key that was in use before";

/// Whether one of these changes says that `keys` signed it.
fn signed(rotations: &[Rotation], keys: &PublicKeys) -> bool {
    let id = keys.id();
    rotations.iter().any(|rotation| rotation.envelope.signatures[0].keyid == id)
}

/// Whether a change names `keys`.
fn brings(rotation: &Rotation, keys: &PublicKeys) -> bool {
    let statement = rotation.envelope.unverified().and_then(|payload| Statement::parse(&payload).ok());
    statement
        .is_some_and(|s| matches!(s.predicate, Predicate::KeyRotation(c) if c.successor == keys.to_text()))
}

/// The keys that a change brings, signed by the last of those before it.
fn successor(index: usize, rotation: &Rotation, before: &[&PublicKeys]) -> Result<PublicKeys, Error> {
    let wrong = |why| Error::Rotation { index, why };
    let Some(last) = before.last() else { return Err(wrong("no keys come before it")) };
    let (payload, _) = rotation.envelope.verify(&[last])?;
    let statement = Statement::parse(&payload)?;
    let Predicate::KeyRotation(change) = &statement.predicate else {
        return Err(wrong("it is no change of keys"));
    };
    if statement.subject != statement::rotation_subject(&change.successor) {
        return Err(wrong("its subject is not the keys that it names"));
    }
    let keys = PublicKeys::parse(&change.successor)?;
    if keys.to_text() != change.successor {
        return Err(wrong("it does not name keys in their one text"));
    }
    if keys.origin() != last.origin() {
        return Err(wrong("it names keys of another log"));
    }
    Ok(keys)
}
