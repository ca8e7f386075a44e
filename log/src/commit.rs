//! Commits: the point of no return, and the order in which writers follow one another.
//!
//! `commit/SEQ` is one line of JSON and then the entries, each with its length before it as in a bundle of the
//! log. SEQ has twenty digits and counts from 1. Each commit names the digest of the one before, so that a
//! stray one (see the crate's documentation) is followed by nobody.

use beffroi_core::evidence::canonical;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    layout::{frame, unframe},
    store::Created,
};

/// Folder of commits.
const FOLDER: &str = "commit";

/// A commit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Commit {
    pub(crate) head: Head,
    pub(crate) entries: Vec<Vec<u8>>,
}

/// The first line of a commit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// Epoch of the writer: a leader's number, growing.
    pub(crate) epoch: u64,
    /// Entries before this commit.
    pub(crate) start: u64,
    /// SHA-256 of the commit before; empty for the first.
    pub(crate) previous: String,
    /// A random number: no two writers ever write the same commit.
    pub(crate) nonce: String,
}

impl Commit {
    pub(crate) fn new(
        epoch: u64,
        start: u64,
        previous: String,
        entries: Vec<Vec<u8>>,
    ) -> Result<Self, Error> {
        let mut nonce = [0; 16];
        OsRng.try_fill_bytes(&mut nonce).map_err(|e| Error::Stopped(format!("no random number: {e}")))?;
        let nonce = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { head: Head { epoch, start, previous, nonce }, entries })
    }

    /// Entries of the log up to the end of this commit.
    pub(crate) fn end(&self) -> u64 {
        self.head.start + self.entries.len() as u64
    }

    fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut text = serde_json::to_vec(&self.head).map_err(Error::json(FOLDER))?;
        text.push(b'\n');
        for entry in &self.entries {
            frame(entry, &mut text)?;
        }
        Ok(text)
    }

    fn decode(path: &Path, text: &[u8]) -> Result<Self, Error> {
        let broken = || Error::damaged(format!("{path} is not a commit"));
        let end = text.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let head = serde_json::from_slice(&text[..end]).map_err(|_| broken())?;
        let entries = unframe(&text[end + 1..])?.into_iter().map(<[u8]>::to_vec).collect();
        Ok(Self { head, entries })
    }
}

/// Where a commit lies.
pub(crate) fn path(seq: u64) -> Path {
    Path::from(format!("{FOLDER}/{seq:020}"))
}

/// Every SEQ that is there, in order.
pub(crate) async fn list(store: &Store) -> Result<Vec<u64>, Error> {
    let folder = Path::from(FOLDER);
    let objects: Vec<_> =
        store.objects().list(Some(&folder)).try_collect().await.map_err(Error::store(&folder))?;
    let mut seqs: Vec<u64> = objects.iter().filter_map(|object| seq(&object.location)).collect();
    seqs.sort_unstable();
    Ok(seqs)
}

fn seq(path: &Path) -> Option<u64> {
    path.filename().filter(|name| name.len() == 20).and_then(|name| name.parse().ok())
}

/// A commit and its digest; `None`: it is not, or no longer, there.
pub(crate) async fn read(store: &Store, seq: u64) -> Result<Option<(Commit, String)>, Error> {
    let path = path(seq);
    let Some(text) = store.get(&path).await? else { return Ok(None) };
    Ok(Some((Commit::decode(&path, &text)?, canonical::sha256(&text))))
}

/// What became of a commit.
pub(crate) enum Outcome {
    /// It stands. Its digest.
    Made(String),
    /// Another stands at its place.
    Taken(Head),
}

/// Creates `commit/SEQ`, if nobody did.
///
/// # Errors
/// [`Error::Fenced`] when SEQ was free only because it was deleted long ago. When the store fails the commit
/// may stand or not: only opening the log again tells.
pub(crate) async fn create(store: &Store, seq: u64, commit: &Commit) -> Result<Outcome, Error> {
    let path = path(seq);
    let text = Bytes::from(commit.encode()?);
    let digest = canonical::sha256(&text);
    if matches!(store.create(&path, text).await?, Created::Exists) {
        let Some((other, found)) = read(store, seq).await? else {
            // Created and deleted meanwhile: others are far ahead.
            return Err(Error::Fenced { found: commit.head.epoch, ours: commit.head.epoch });
        };
        // A client of S3 that saw no answer asks again, and then finds its own.
        if found != digest {
            return Ok(Outcome::Taken(other.head));
        }
    }
    let folder = Path::from(FOLDER);
    let newer = store.objects().list_with_offset(Some(&folder), &path).try_collect::<Vec<_>>().await;
    let newer = newer.map_err(Error::store(&folder))?;
    let Some(newest) = newer.iter().filter_map(|object| self::seq(&object.location)).max() else {
        return Ok(Outcome::Made(digest));
    };
    store.delete(&path).await?;
    let found = read(store, newest).await?.map_or(commit.head.epoch, |(commit, _)| commit.head.epoch);
    Err(Error::Fenced { found, ours: commit.head.epoch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let commit =
            Commit::new(3, 7, "abc".into(), vec![b"one".to_vec(), Vec::new(), vec![b'\n'; 400]]).unwrap();
        let text = commit.encode().unwrap();
        assert_eq!(Commit::decode(&path(1), &text).unwrap(), commit);
        assert_eq!(commit.end(), 10);
        assert!(Commit::decode(&path(1), &text[..text.len() - 1]).is_err());
        assert_ne!(
            Commit::new(3, 7, "abc".into(), Vec::new()).unwrap(),
            Commit::new(3, 7, "abc".into(), Vec::new()).unwrap()
        );
    }
}
