//! How far watches have got, and whether a reader can go on from there.
//!
//! Any replica can go on from an id that another gave: versions are the API server's, and within a kind they can be
//! compared (KEP-5504). A version alone does not tell of deletions, which leave no trace in what a replica lists when
//! it starts; so a [`Sum`] of the objects that there are goes with it.

use std::{fmt, ops::BitXorAssign, str::FromStr};

use sha2::{Digest, Sha256};

use crate::auth::Principal;

/// What is watched, by its number in an [`Id`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Watch {
    Workspaces,
    Tenants,
    Sites,
    /// They say whose a workspace is.
    Namespaces,
}

/// How many there are.
pub const WATCHES: usize = 4;

/// Which objects there are, in few bits: the exclusive or over all of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sum(u64);

/// How far a watch has got.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cursor {
    /// Version of its last change.
    pub version: u64,
    /// The objects that there were then.
    pub sum: Sum,
}

/// How far each watch has got: the id of an event. `VERSION-SUM` of each, joined by dots.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Id(pub [Cursor; WATCHES]);

/// The id of an event as one reader got it: with the rights that it was told under, for whoever may see more by now has
/// missed what others were told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Given {
    /// The id.
    pub id: Id,
    /// The rights.
    pub rights: Sum,
}

/// What this replica has seen of a watch.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// Where it is.
    pub at: Cursor,
    /// Whether it has begun.
    pub settled: bool,
    /// Where it began.
    base: Cursor,
    /// Version of the first change since.
    first: Option<u64>,
    /// Version of the last change whose events are not kept any more.
    forgotten: u64,
}

impl Sum {
    /// Of one object.
    pub fn of(uid: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(uid).into();
        Self(digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }
}

impl Sum {
    /// Of what somebody may see.
    pub fn of_rights(who: &Principal) -> Self {
        Self::of(&format!("{} {:?}", who.hoster, who.roles))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl BitXorAssign for Sum {
    fn bitxor_assign(&mut self, other: Self) {
        self.0 ^= other.0;
    }
}

impl History {
    /// Begins with what was listed, and with changes that may be in it, until it is settled.
    pub fn begin(base: Cursor) -> Self {
        Self { at: base, base, ..Self::default() }
    }

    /// A change has come.
    pub fn advance(&mut self, to: Cursor) {
        self.at = to;
        if self.settled {
            self.first.get_or_insert(to.version);
        } else {
            self.base = to;
        }
    }

    /// The events of a change are not kept any more.
    pub fn forget(&mut self, version: u64) {
        self.forgotten = version;
    }

    /// Whether the events that are kept are all that came after `known`.
    pub fn continues(&self, known: Cursor) -> bool {
        // Whoever saw a change that came after our list has seen what led to the list. Else it must know the very
        // objects that were listed: none is newer, and none is missing.
        let saw_a_change = self.first.is_some_and(|first| first <= known.version);
        let saw_the_list = self.base.version <= known.version && self.base.sum == known.sum;
        self.forgotten <= known.version && (saw_a_change || saw_the_list)
    }
}

impl Id {
    /// Where a watch was.
    pub fn of(&self, watch: Watch) -> Cursor {
        self.0[watch as usize]
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Cursor { version, sum }) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{version:x}-{sum}")?;
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, Malformed> {
    let plain = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(text, 16).ok().filter(|_| plain).ok_or(Malformed)
}

impl FromStr for Given {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (id, rights) = text.rsplit_once('.').ok_or(Malformed)?;
        Ok(Self { id: id.parse()?, rights: Sum(number(rights)?) })
    }
}

impl FromStr for Id {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let cursor = |text: &str| {
            let (version, sum) = text.split_once('-').ok_or(Malformed)?;
            Ok(Cursor { version: number(version)?, sum: Sum(number(sum)?) })
        };
        let cursors = text.split('.').map(cursor).collect::<Result<Vec<_>, _>>()?;
        cursors.try_into().map(Self).map_err(|_| Malformed)
    }
}

/// It is no id of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no id of this API: leave Last-Event-ID away, and read lists again")]
pub struct Malformed;

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(version: u64, objects: &[&str]) -> Cursor {
        let mut sum = Sum::default();
        for uid in objects {
            sum ^= Sum::of(uid);
        }
        Cursor { version, sum }
    }

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = Id([cursor(41, &["a", "b"]), cursor(u64::MAX, &[]), Cursor::default(), cursor(7, &["c"])]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let given = Given { id, rights: Sum(11) };
        assert_eq!(format!("{id}.{}", given.rights).parse(), Ok(given));
        assert_eq!(id.to_string().parse::<Given>(), Err(Malformed));
        for wrong in [
            "",
            "1-2",
            "1-2.3-4.5-6",
            "1-2.3-4.5-6.7-8.9-a",
            "1-2.3-4.5-6.+7-8",
            "1.2.3.4",
            "é-1.1-1.1-1.1-1",
        ] {
            assert_eq!(wrong.parse::<Id>(), Err(Malformed), "{wrong}");
        }
    }

    #[test]
    fn one_goes_on_where_nothing_can_have_been_missed() {
        // It listed a, b, the newest of which was at 10; the list itself may have been made later, after a deletion.
        let mut history = History::begin(cursor(8, &["a"]));
        history.advance(cursor(10, &["a", "b"]));
        history.settled = true;
        assert!(history.continues(cursor(10, &["a", "b"])), "the very list");
        assert!(history.continues(cursor(12, &["a", "b"])), "the list, after c came and went");
        assert!(!history.continues(cursor(9, &["a", "b"])), "a or b has changed since");
        assert!(!history.continues(cursor(12, &["a", "b", "c"])), "c was deleted since");
        history.advance(cursor(20, &["a"]));
        assert!(history.continues(cursor(20, &["a"])) && history.continues(cursor(25, &["a", "d"])));
        assert!(history.continues(cursor(10, &["a", "b"])), "what came since is kept");
        assert!(!history.continues(cursor(19, &["a", "b", "c"])), "c was deleted before the list");
        history.forget(20);
        assert!(!history.continues(cursor(10, &["a", "b"])) && history.continues(cursor(20, &["a"])));
    }
}
