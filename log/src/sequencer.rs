//! The one place where the log grows: batch → commit → tiles, bundles and index → checkpoint.

use std::{collections::VecDeque, sync::Arc};

use beffroi_core::evidence::{SigningKeys, checkpoint::Checkpoint, verify::Order};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;

use crate::{
    Error, Store,
    commit::{self, Commit, Outcome},
    index::{Kind, Row, SEGMENT, Segment, rotation_path, rotation_text, segment_path},
    layout::{self, WIDTH},
    publish::publish,
    tiles::PARALLEL,
    tree::{Edge, Piece},
};

/// Commits that stay though the checkpoint covers them: so many a writer may sleep through while it looks
/// for newer ones than its own, and still see one.
const KEPT: u64 = 16;

/// Everything that the single writer knows of the log.
#[derive(Debug)]
pub(crate) struct Sequencer {
    pub(crate) store: Store,
    /// Those that sign the next checkpoint.
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) epoch: u64,
    /// The newest commit, and its digest.
    pub(crate) seq: u64,
    pub(crate) digest: String,
    /// Commits that are there, oldest first.
    pub(crate) commits: VecDeque<u64>,
    pub(crate) edge: Edge,
    /// Of the entries of the segment that is not full.
    pub(crate) rows: Vec<Row>,
    /// Changes of keys so far.
    pub(crate) rotations: u64,
    /// Entries that the published checkpoint covers.
    pub(crate) published: u64,
    /// The times of the entries.
    pub(crate) order: Order,
}

impl Sequencer {
    /// Makes entries durable, and covered by the published checkpoint; returns the index of the first. With
    /// `successor` the checkpoint is signed by it: the entry that says so is among `entries`.
    ///
    /// # Errors
    /// After an error nothing more may be appended: whether the commit stands is unknown.
    pub(crate) async fn append(
        &mut self,
        entries: Vec<Vec<u8>>,
        successor: Option<Arc<SigningKeys>>,
    ) -> Result<u64, Error> {
        let first = self.edge.size();
        let commit = Commit::new(self.epoch, first, self.digest.clone(), entries)?;
        match commit::create(&self.store, self.seq + 1, &commit).await? {
            Outcome::Made(digest) => self.digest = digest,
            Outcome::Taken(head) => return Err(Error::Fenced { found: head.epoch, ours: self.epoch }),
        }
        self.seq += 1;
        self.commits.push_back(self.seq);
        if let Some(keys) = successor {
            self.keys = keys;
        }
        self.integrate(&commit.entries).await?;
        Ok(first)
    }

    /// Does all that follows from a commit. Doing it twice is doing it once.
    pub(crate) async fn integrate(&mut self, entries: &[Vec<u8>]) -> Result<(), Error> {
        let before = self.edge.size();
        let pieces = self.edge.append(entries.iter().map(Vec::as_slice))?;
        let full: Vec<(Option<u8>, u64)> = pieces
            .iter()
            .filter(|piece| piece.width == WIDTH)
            .map(|piece| (piece.level, piece.index))
            .collect();
        let mut objects: Vec<(Path, Vec<u8>)> = pieces.into_iter().map(object).collect();
        objects.extend(self.index(before, entries)?);
        let written = stream::iter(objects).map(|(path, data)| {
            let store = &self.store;
            async move { store.put(&path, data.into()).await }
        });
        written.buffer_unordered(PARALLEL).try_collect::<()>().await?;
        publish(&self.store, &Checkpoint::sign(self.edge.size(), self.edge.root(), &self.keys)?).await?;
        self.published = self.edge.size();
        self.tidy(before, &full).await;
        Ok(())
    }

    /// The objects of the index that `entries` make.
    fn index(&mut self, first: u64, entries: &[Vec<u8>]) -> Result<Vec<(Path, Vec<u8>)>, Error> {
        let mut objects = Vec::new();
        for (index, entry) in (first..).zip(entries) {
            let row = Row::of(entry)?;
            if row.kind == Some(Kind::KeyRotation) {
                objects.push((rotation_path(self.rotations), rotation_text(index)));
                self.rotations += 1;
            }
            self.rows.push(row);
            if (index + 1).is_multiple_of(SEGMENT) {
                objects.push((segment_path(index / SEGMENT), Segment::new(&self.rows).encode()?));
                self.rows.clear();
            }
        }
        Ok(objects)
    }

    /// Takes away what nobody needs any more. It may fail: then it stays for the next time, or for ever.
    async fn tidy(&mut self, before: u64, full: &[(Option<u8>, u64)]) {
        // Only the tile that was the last one, before, has partial ones; later full tiles never were partial.
        let last =
            |level: u8| before.checked_shr(u32::from(level) * u32::from(layout::HEIGHT)).unwrap_or(0) / WIDTH;
        for (level, index) in full.iter().filter(|(level, index)| *index == last(level.unwrap_or(0))) {
            if let Err(error) = self.drop_partials(*level, *index).await {
                tracing::warn!(%error, "partial tiles stay beside the full one");
            }
        }
        while let Some(&oldest) = self.commits.front().filter(|oldest| **oldest + KEPT <= self.seq) {
            if let Err(error) = self.store.delete(&commit::path(oldest)).await {
                tracing::warn!(%error, "an old commit stays");
                return;
            }
            self.commits.pop_front();
        }
    }

    pub(crate) async fn drop_partials(&self, level: Option<u8>, index: u64) -> Result<(), Error> {
        for name in self.store.names(&layout::partials(level, index)).await? {
            self.store.delete(&name).await?;
        }
        Ok(())
    }
}

fn object(piece: Piece) -> (Path, Vec<u8>) {
    let path = match piece.level {
        Some(level) => layout::tile(level, piece.index, piece.width),
        None => layout::bundle(piece.index, piece.width),
    };
    (path, piece.data)
}
