//! The right edge of the tree: leaves in → tiles that became full, those still partial, and the root out.
//!
//! A log of n entries needs no more in memory than the last, partial tile of each level.

use tlog_tiles::{EMPTY_HASH, Hash, Tile, node_hash, record_hash};

use crate::{
    Error,
    layout::{WIDTH, frame},
};

/// A tile or a bundle to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Piece {
    /// `None`: a bundle of entries.
    pub(crate) level: Option<u8>,
    pub(crate) index: u64,
    pub(crate) width: u64,
    pub(crate) data: Vec<u8>,
}

/// The last tile of each level, and the last bundle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    /// Hashes of the last tile of each level; never 256.
    levels: Vec<Vec<Hash>>,
    entries: Vec<u8>,
}

impl Edge {
    /// The edge of a log of `size` entries: its last tiles, from level 0 up, and its last bundle.
    pub(crate) fn new(size: u64, levels: Vec<Vec<Hash>>, entries: Vec<u8>) -> Self {
        Self { size, levels, entries }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends entries; returns what is to be written before a checkpoint may cover them.
    ///
    /// # Errors
    /// When one is too long.
    pub(crate) fn append<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<Piece>, Error> {
        let mut pieces = Vec::new();
        // Levels below this one changed.
        let mut changed = 0;
        for entry in entries {
            frame(entry, &mut self.entries)?;
            self.size += 1;
            changed = changed.max(self.push(record_hash(entry), &mut pieces));
            if self.size.is_multiple_of(WIDTH) {
                let data = std::mem::take(&mut self.entries);
                pieces.push(Piece { level: None, index: self.size / WIDTH - 1, width: WIDTH, data });
            }
        }
        if changed > 0 && !self.entries.is_empty() {
            let data = self.entries.clone();
            pieces.push(Piece { level: None, index: self.size / WIDTH, width: self.size % WIDTH, data });
        }
        let mut hashes = self.size;
        for (level, tile) in (0..).zip(self.levels.iter().take(changed)) {
            if !tile.is_empty() {
                let data = bytes(tile);
                let width = tile.len() as u64;
                pieces.push(Piece { level: Some(level), index: hashes / WIDTH, width, data });
            }
            hashes /= WIDTH;
        }
        Ok(pieces)
    }

    /// Adds a leaf; returns how many levels it changed.
    fn push(&mut self, leaf: Hash, pieces: &mut Vec<Piece>) -> usize {
        let (mut hash, mut hashes) = (leaf, self.size);
        for level in 0_u8.. {
            let place = usize::from(level);
            if self.levels.len() == place {
                self.levels.push(Vec::new());
            }
            self.levels[place].push(hash);
            if self.levels[place].len() as u64 != WIDTH {
                return place + 1;
            }
            let data = bytes(&std::mem::take(&mut self.levels[place]));
            hashes /= WIDTH;
            hash = Tile::subtree_hash(&data);
            pieces.push(Piece { level: Some(level), index: hashes - 1, width: WIDTH, data });
        }
        self.levels.len()
    }

    /// Root of the tree (RFC 6962, 2.1).
    pub(crate) fn root(&self) -> Hash {
        let mut below: Option<Hash> = None;
        for tile in &self.levels {
            // All but the last are whole trees of one size, so the largest power of two below their number is
            // where RFC 6962 splits.
            let hashes: Vec<Hash> = tile.iter().copied().chain(below).collect();
            below = root(&hashes);
        }
        below.unwrap_or(EMPTY_HASH)
    }
}

fn root(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            Some(node_hash(root(left)?, root(right)?))
        }
    }
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile.
///
/// # Errors
/// When it has not the width expected.
pub(crate) fn hashes(data: &[u8], width: u64) -> Result<Vec<Hash>, Error> {
    let (hashes, rest) = data.as_chunks::<32>();
    if rest.is_empty() && hashes.len() as u64 == width {
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    } else {
        Err(Error::damaged(format!("a tile of {} bytes where {width} hashes are expected", data.len())))
    }
}
