//! Opening: what is there → are the keys the log's? → a commit of our epoch → what older writers left undone.

use std::sync::Arc;

use beffroi_core::evidence::{
    Predicate, PublicKeys, SigningKeys, Statement,
    checkpoint::{self, Checkpoint},
    dsse::{self, Envelope},
    verify::Order,
};
use jiff::Timestamp;
use object_store::path::Path;
use tlog_tiles::EMPTY_HASH;

use crate::{
    Error, Store,
    commit::{self, Commit, Outcome},
    index::{
        Filter, Kind, Row, SEGMENT, Segment, rotation_index, rotation_path, rotation_text, segment_path,
    },
    layout::{HEIGHT, WIDTH, width},
    publish::published,
    sequencer::Sequencer,
    tiles,
    tree::Edge,
};

/// Opens the log for writing; from then on no writer of this or an older epoch can append.
pub(crate) async fn open(store: Store, keys: Arc<SigningKeys>, epoch: u64) -> Result<Sequencer, Error> {
    store.writable()?;
    let (survey, seq, digest) = loop {
        let survey = Survey::take(&store).await?;
        if let Some(newest) = &survey.newest
            && newest.epoch > epoch
        {
            return Err(Error::Fenced { found: newest.epoch, ours: epoch });
        }
        // Before the fence: who comes with wrong keys must not stop who writes with the right ones.
        belongs(&store, &survey, keys.public()).await?;
        let (seq, end, previous) = survey.newest.as_ref().map_or_else(
            || (1, 0, String::new()),
            |newest| (newest.seq + 1, newest.end, newest.digest.clone()),
        );
        let fence = Commit::new(epoch, end, previous, Vec::new())?;
        match commit::create(&store, seq, &fence).await? {
            Outcome::Made(digest) => break (survey, seq, digest),
            Outcome::Taken(head) if head.epoch > epoch => {
                return Err(Error::Fenced { found: head.epoch, ours: epoch });
            }
            Outcome::Taken(_) => {}
        }
    };
    let size = survey.size();
    let edge = edge(&store, survey.checkpoint.as_ref()).await?;
    let (rows, rotations) = index(&store, size).await?;
    let commits = survey.commits.into_iter().chain([seq]).collect();
    let published = size;
    let order = order(&store, size, &rows, &survey.pending).await?;
    let mut sequencer =
        Sequencer { store, keys, epoch, seq, digest, commits, edge, rows, rotations, published, order };
    if size >= WIDTH {
        // A writer that was killed may have left these; the first level is where they are many and large.
        for level in [None, Some(0)] {
            sequencer.drop_partials(level, size / WIDTH - 1).await?;
        }
    }
    if !survey.pending.is_empty() {
        sequencer.integrate(&survey.pending).await?;
    }
    Ok(sequencer)
}

/// The latest time that the newest entries bear.
async fn order(store: &Store, size: u64, rows: &[Row], pending: &[Vec<u8>]) -> Result<Order, Error> {
    let mut times: Vec<Timestamp> = rows.iter().filter_map(|row| row.time).collect();
    if rows.is_empty() && size > 0 {
        // The last segment is full.
        let last = tiles::entries(store, size - 1, size, size).await?;
        times.extend(
            last.iter()
                .map(|entry| Row::of(entry))
                .collect::<Result<Vec<_>, _>>()?
                .iter()
                .filter_map(|r| r.time),
        );
    }
    times.extend(
        pending
            .iter()
            .map(|entry| Row::of(entry))
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .filter_map(|r| r.time),
    );
    Ok(times.into_iter().max().map_or_else(Order::default, Order::after))
}

/// What the log is like.
struct Survey {
    checkpoint: Option<(String, Checkpoint)>,
    newest: Option<Newest>,
    /// Commits that are there, oldest first.
    commits: Vec<u64>,
    /// Entries that are committed and not yet covered by the checkpoint.
    pending: Vec<Vec<u8>>,
}

/// The newest commit.
struct Newest {
    seq: u64,
    epoch: u64,
    end: u64,
    digest: String,
}

impl Survey {
    /// Reads the checkpoint and, from the newest back, the commits that it does not cover.
    async fn take(store: &Store) -> Result<Self, Error> {
        let mut seen = None;
        loop {
            let checkpoint = published(store).await?;
            let size = checkpoint.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
            if let Some(survey) = Self::try_take(store, checkpoint).await? {
                return Ok(survey);
            }
            // Another writer goes on while we read, and deletes what its checkpoint covers: read again.
            if seen == Some(size) {
                return Err(Error::damaged(format!(
                    "the commits that follow the checkpoint of {size} entries are missing or broken"
                )));
            }
            seen = Some(size);
        }
    }

    async fn try_take(
        store: &Store,
        checkpoint: Option<(String, Checkpoint)>,
    ) -> Result<Option<Self>, Error> {
        let size = checkpoint.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
        let seqs = commit::list(store).await?;
        let Some(&last) = seqs.last() else {
            let empty = Self { checkpoint, newest: None, commits: seqs, pending: Vec::new() };
            return Ok(Some(empty).filter(|_| size == 0));
        };
        let Some((commit, digest)) = commit::read(store, last).await? else { return Ok(None) };
        let newest = Newest { seq: last, epoch: commit.head.epoch, end: commit.end(), digest };
        if newest.end < size {
            return Ok(None);
        }
        let (mut seq, mut earliest, mut pending) = (last, commit, Vec::new());
        loop {
            let covered = usize::try_from(size.saturating_sub(earliest.head.start)).unwrap_or(usize::MAX);
            pending.push(earliest.entries.split_off(covered.min(earliest.entries.len())));
            if earliest.head.start <= size {
                break;
            }
            seq -= 1;
            match commit::read(store, seq).await? {
                Some((commit, digest)) if digest == earliest.head.previous => earliest = commit,
                _ => return Ok(None),
            }
        }
        pending.reverse();
        let pending = pending.into_iter().flatten().collect();
        Ok(Some(Self { checkpoint, newest: Some(newest), commits: seqs, pending }))
    }

    /// Entries that the checkpoint covers.
    fn size(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size)
    }
}

/// That `keys` are those that sign the log now.
async fn belongs(store: &Store, survey: &Survey, keys: &PublicKeys) -> Result<(), Error> {
    if let Some(successor) = successor(store, survey).await? {
        let named = PublicKeys::parse(&successor)?;
        return if named == *keys {
            Ok(())
        } else if named.origin() == keys.origin() {
            Err(Error::Rotated { successor })
        } else {
            let found = named.verifier_key().to_owned();
            Err(Error::OtherKeys { ours: keys.verifier_key().to_owned(), found })
        };
    }
    let other = |found: String| Error::OtherKeys { ours: keys.verifier_key().to_owned(), found };
    if let Some((note, _)) = &survey.checkpoint {
        return match Checkpoint::verify(note, &[keys]) {
            Ok(_) => Ok(()),
            Err(checkpoint::Error::UnknownKey { found }) => Err(other(found)),
            Err(error) => Err(error.into()),
        };
    }
    let Some(first) = survey.pending.first() else { return Ok(()) };
    match Envelope::from_entry(first)?.verify(&[keys]) {
        Ok(_) => Ok(()),
        Err(dsse::Error::UnknownKey { found }) => Err(other(found)),
        Err(error) => Err(error.into()),
    }
}

/// The public file that the last change of keys names.
async fn successor(store: &Store, survey: &Survey) -> Result<Option<String>, Error> {
    let mut last = None;
    for entry in &survey.pending {
        if Row::of(entry)?.kind == Some(Kind::KeyRotation) {
            last = Some(entry.clone());
        }
    }
    if last.is_none()
        && let Some(index) = rotations(store, survey.size()).await?.last()
    {
        last = tiles::entries(store, *index, index + 1, survey.size()).await?.pop();
    }
    let Some(entry) = last else { return Ok(None) };
    let envelope = Envelope::from_entry(&entry)?;
    let payload = dsse::decode(&envelope.payload).unwrap_or_default();
    match Statement::parse(&payload)?.predicate {
        Predicate::KeyRotation(change) => Ok(Some(change.successor)),
        _ => Err(Error::damaged("index/rotation names an entry that is no change of keys")),
    }
}

/// Indexes of the changes of keys among the first `size` entries, oldest first.
pub(crate) async fn rotations(store: &Store, size: u64) -> Result<Vec<u64>, Error> {
    let mut rotations = Vec::new();
    for number in 0.. {
        let path = rotation_path(number);
        let Some(text) = store.get(&path).await? else { break };
        let index = rotation_index(&path, &text)?;
        if index >= size {
            break;
        }
        rotations.push(index);
    }
    Ok(rotations)
}

/// The edge of the tree that the checkpoint speaks of.
async fn edge(store: &Store, checkpoint: Option<&(String, Checkpoint)>) -> Result<Edge, Error> {
    let Some((_, checkpoint)) = checkpoint else { return Ok(Edge::default()) };
    let size = checkpoint.size;
    let mut levels = Vec::new();
    let mut hashes = size;
    for level in 0_u8..64 / HEIGHT {
        let index = hashes / WIDTH;
        levels.push(match width(level, index, size) {
            0 => Vec::new(),
            _ => tiles::tile(store, level, index, size).await?,
        });
        hashes = index;
        if hashes == 0 {
            break;
        }
    }
    let last = tiles::entries(store, size - size % WIDTH, size, size).await?;
    let mut entries = Vec::new();
    for entry in &last {
        crate::layout::frame(entry, &mut entries)?;
    }
    let edge = Edge::new(size, levels, entries);
    let root = if size == 0 { EMPTY_HASH } else { edge.root() };
    if root == checkpoint.root {
        Ok(edge)
    } else {
        Err(Error::damaged(format!("the tiles do not make the root of the checkpoint of {size} entries")))
    }
}

/// Rows of the segment that is not full, and the number of changes of keys; segments that are missing are
/// written again.
async fn index(store: &Store, size: u64) -> Result<(Vec<Row>, u64), Error> {
    let there = store.names(&Path::from("index/segment")).await?;
    let mut missing = false;
    for number in 0..size / SEGMENT {
        let path = segment_path(number);
        if !there.contains(&path) {
            let rows = rows(store, number, size).await?;
            store.put(&path, Segment::new(&rows).encode()?.into()).await?;
            missing = true;
        }
    }
    let last = rows(store, size / SEGMENT, size).await?;
    let known = rotations(store, size).await?;
    let in_last = |known: &[u64]| known.iter().filter(|index| **index >= size - size % SEGMENT).count();
    let seen = last.iter().filter(|row| row.kind == Some(Kind::KeyRotation)).count();
    if missing || in_last(&known) != seen {
        restore_rotations(store, size, &last).await?;
    }
    Ok((last, rotations(store, size).await?.len() as u64))
}

/// Writes `index/rotation` again, from whole segments.
async fn restore_rotations(store: &Store, size: u64, last: &[Row]) -> Result<(), Error> {
    let wanted = Filter { kind: Some(Kind::KeyRotation), ..Filter::default() };
    let mut found = Vec::new();
    for number in 0..size / SEGMENT {
        let path = segment_path(number);
        let text = store.get(&path).await?.ok_or_else(|| Error::Missing(path.to_string()))?;
        let places = Segment::decode(&path, &text)?.matching(&wanted);
        found.extend(places.iter().map(|place| number * SEGMENT + u64::from(*place)));
    }
    let tail = (size - size % SEGMENT..).zip(last);
    found.extend(tail.filter(|(_, row)| wanted.wants(row)).map(|(index, _)| index));
    for (number, index) in (0..).zip(found) {
        store.put(&rotation_path(number), rotation_text(index).into()).await?;
    }
    Ok(())
}

/// Rows of a segment of a log of `size` entries, as far as it goes.
pub(crate) async fn rows(store: &Store, number: u64, size: u64) -> Result<Vec<Row>, Error> {
    let first = number * SEGMENT;
    let entries = tiles::entries(store, first, size.min(first + SEGMENT), size).await?;
    entries.iter().map(|entry| Row::of(entry)).collect()
}
