//! A period of the log in one file: JSON lines, of which the first says what is in it and each other is a bundle, in
//! the order of the log, all on one state of it → verified as one.
//!
//! What it cannot show is that nothing was left out: the entries of others stand between these, and only who reads the
//! whole log sees them all. That the file came whole is shown by its first line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Expected, Predicate, PublicKeys, Verified, canonical,
    verify::{self, Order, verify},
};

/// Type of the file.
pub const MEDIA_TYPE: &str = "application/vnd.beffroi.period.v1+jsonl";

/// Longest period that is read, in bytes.
pub const LONGEST: usize = 1 << 30;

/// Why a period proves nothing.
#[derive(Debug, Error)]
pub enum Error {
    /// Too long.
    #[error("the file is longer than {LONGEST} bytes: take shorter periods")]
    TooLong,
    /// The first line.
    #[error("the first line does not say what is in the file: it was changed or cut off")]
    Header,
    /// Other entries than the first line says.
    #[error("line {line} is not the entry that the first line names: the file was changed or cut off")]
    NotWhole {
        /// Which, from 1.
        line: usize,
    },
    /// An entry of something else than the first line says.
    #[error("entry {index} is not of the period, tenant or workspace that the first line names")]
    Stranger {
        /// Its index.
        index: u64,
    },
    /// Another state of the log.
    #[error("entry {index} rests on another state of the log than the first line names")]
    OtherState {
        /// Its index.
        index: u64,
    },
    /// One of the bundles.
    #[error("entry {index}: {source}")]
    Entry {
        /// Its index.
        index: u64,
        /// Why.
        source: verify::Error,
    },
}

/// What is in a period.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// [`MEDIA_TYPE`].
    pub media_type: String,
    /// UIDs of the tenants that it is about: one, and those that it came after. Empty: any.
    pub tenants: Vec<String>,
    /// The one workspace that it is about, by UID.
    pub workspace: Option<String>,
    /// The workspaces that it is about, by the name that each bore.
    pub workspace_name: Option<String>,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until when, which is not in it any more.
    pub until: Option<Timestamp>,
    /// The state of the log that all bundles rest on, a signed note.
    pub checkpoint: String,
    /// Their places in the log.
    pub indexes: Vec<u64>,
}

impl Header {
    /// The one line, with its end.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_vec(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = canonical::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads the first line of a file, if that is one of a period.
    pub fn of(text: &[u8]) -> Option<Self> {
        let line = text.split_inclusive(|byte| *byte == b'\n').next()?;
        let header: Self = serde_json::from_slice(line).ok()?;
        (header.media_type == MEDIA_TYPE && header.to_vec().ok()? == line).then_some(header)
    }

    fn holds(&self, predicate: &Predicate) -> bool {
        let time = predicate.time();
        let workspace = predicate.workspace();
        (self.tenants.is_empty()
            || predicate.tenant_uid().is_some_and(|uid| self.tenants.iter().any(|t| t == uid)))
            && self.workspace.as_ref().is_none_or(|uid| workspace.is_some_and(|w| w.uid == *uid))
            && self.workspace_name.as_ref().is_none_or(|name| workspace.is_some_and(|w| w.name == *name))
            && self.from.is_none_or(|from| time >= from)
            && self.until.is_none_or(|until| time < until)
    }
}

/// Whether a file says that it is a period; it may still be none that holds.
pub fn is_one(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let value: Option<serde_json::Value> = serde_json::from_slice(line).ok();
    value.is_some_and(|value| value.get("mediaType").and_then(|one| one.as_str()) == Some(MEDIA_TYPE))
}

/// Checks a period with the keys that the reader trusts: each entry as a bundle, and all of them as one. The state of
/// the log that the reader knows is compared with the one state; the age that is taken is that of the newest entry.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_period(
    text: &[u8],
    trusted: &PublicKeys,
    expected: &Expected,
) -> Result<(Header, Vec<Verified>), Error> {
    if text.len() > LONGEST {
        return Err(Error::TooLong);
    }
    let header = Header::of(text).ok_or(Error::Header)?;
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').skip(1);
    let (mut verified, mut order) = (Vec::new(), Order::default());
    for (place, index) in header.indexes.iter().copied().enumerate() {
        let not_whole = || Error::NotWhole { line: place + 2 };
        let line = lines.next().ok_or_else(not_whole)?;
        let (first, last) = (place == 0, place + 1 == header.indexes.len());
        let expected = Expected {
            known: expected.known.clone().filter(|_| first),
            fresh: expected.fresh.filter(|_| last),
            ..expected.clone()
        };
        let entry = |source| Error::Entry { index, source };
        let one = verify(line, trusted, &expected).map_err(entry)?;
        if one.log_index != index || verified.last().is_some_and(|last: &Verified| last.log_index >= index) {
            return Err(not_whole());
        }
        if one.note != header.checkpoint {
            return Err(Error::OtherState { index });
        }
        order.next(index, one.statement.predicate.time()).map_err(entry)?;
        if !header.holds(&one.statement.predicate) {
            return Err(Error::Stranger { index });
        }
        verified.push(one);
    }
    match lines.next() {
        None => Ok((header, verified)),
        Some(_) => Err(Error::NotWhole { line: verified.len() + 2 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Bundle, sample::*};

    /// Entries of one log, each a second after the one before, and the file of those at `indexes`.
    fn period(indexes: &[u64], change: impl FnOnce(&mut Header)) -> (Vec<Vec<u8>>, PublicKeys) {
        let mut log = MemoryLog::new(keys(1, "beffroi.fr/log/test"));
        let trusted = log.keys().public().clone();
        let mut bundles: Vec<(u64, bool)> = Vec::new();
        for number in 0..6 {
            if number % 2 == 0 {
                bundles.push((log.append(&audit(&format!("entry {number}"))), false));
            } else {
                bundles.push((log.append(&located(&observation())), true));
            }
        }
        let mut header = Header {
            media_type: MEDIA_TYPE.into(),
            tenants: vec![workspace().tenant_uid],
            workspace: Some(workspace().uid),
            workspace_name: None,
            from: Some(time("2026-11-24T00:00:00Z")),
            until: Some(time("2026-11-25T00:00:00Z")),
            checkpoint: log.checkpoint(log.size()),
            indexes: indexes.to_vec(),
        };
        change(&mut header);
        let bundle = |index: &u64| -> Bundle {
            let observed = bundles.iter().any(|(at, observed)| at == index && *observed);
            log.bundle(*index, observed.then(observation).as_ref())
        };
        let lines = indexes.iter().map(|index| bundle(index).to_vec().unwrap());
        (std::iter::once(header.to_vec().unwrap()).chain(lines).collect(), trusted)
    }

    fn check(lines: &[Vec<u8>], trusted: &PublicKeys) -> Result<usize, Error> {
        verify_period(&lines.concat(), trusted, &Expected::default()).map(|(_, entries)| entries.len())
    }

    #[test]
    fn a_period_verifies_as_one_and_not_when_a_line_is_missing_doubled_or_elsewhere() {
        let (lines, trusted) = period(&[0, 1, 3, 4], |_| {});
        assert_eq!(check(&lines, &trusted).unwrap(), 4);
        assert!(is_one(&lines.concat()) && !is_one(&lines[1]));
        for place in 1..lines.len() {
            let mut cut = lines.clone();
            cut.remove(place);
            assert!(matches!(check(&cut, &trusted), Err(Error::NotWhole { .. })), "{place}");
            let mut twice = lines.clone();
            twice.insert(place, lines[place].clone());
            assert!(matches!(check(&twice, &trusted), Err(Error::NotWhole { .. })), "{place}");
            let mut spoilt = lines.clone();
            spoilt[place][40] ^= 1;
            assert!(matches!(check(&spoilt, &trusted), Err(Error::Entry { .. })), "{place}");
        }
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert!(matches!(check(&swapped, &trusted), Err(Error::NotWhole { .. })));
        assert!(matches!(check(&lines[1..], &trusted), Err(Error::Header)));
        assert!(matches!(check(&lines[..3], &trusted), Err(Error::NotWhole { .. })), "cut off");
        assert!(check(&period(&[], |_| {}).0, &trusted).is_ok(), "nothing happened");
    }

    #[test]
    fn a_period_holds_nothing_of_other_times_tenants_workspaces_or_states() {
        type Change = fn(&mut Header);
        let ways: [Change; 6] = [
            |h| h.from = Some(time("2026-11-24T12:00:01Z")),
            |h| h.until = Some(time("2026-11-24T12:00:00Z")),
            |h| h.tenants = vec!["another".into()],
            |h| h.workspace = Some("another".into()),
            |h| h.workspace_name = Some("another".into()),
            |h| h.checkpoint = h.checkpoint.replace("\n6\n", "\n7\n"),
        ];
        for (place, change) in ways.into_iter().enumerate() {
            let (lines, trusted) = period(&[1, 2], change);
            let result = check(&lines, &trusted);
            assert!(
                matches!(result, Err(Error::Stranger { .. } | Error::OtherState { .. })),
                "{place}: {result:?}"
            );
        }
    }
}
