//! Proofs from tiles: which hashes are needed → the tiles that hold them → the proof.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use futures::{StreamExt, TryStreamExt, stream};
use tlog_tiles::{Hash, HashReader, Tile, prove_record, prove_tree};

use crate::{
    Error, Store,
    layout::HEIGHT,
    tiles::{self, PARALLEL},
};

/// The audit path of an entry in a log of `size` (RFC 6962, 2.1.1).
///
/// # Errors
/// When the log has no such entry, or tiles are missing.
pub(crate) async fn inclusion(store: &Store, size: u64, index: u64) -> Result<Vec<Hash>, Error> {
    if index >= size {
        return Err(Error::NoSuchEntry { index, size });
    }
    prove(store, size, |hashes| prove_record(size, index, hashes)).await
}

/// That a log of `size` grew from one of `known` entries, more than none and fewer than `size` (RFC 6962,
/// 2.1.2).
///
/// # Errors
/// When tiles are missing.
pub(crate) async fn consistency(store: &Store, size: u64, known: u64) -> Result<Vec<Hash>, Error> {
    prove(store, size, |hashes| prove_tree(size, known, hashes)).await
}

/// Asks twice: the first time for the places of the hashes, the second time with them.
async fn prove(
    store: &Store,
    size: u64,
    build: impl Fn(&Hashes) -> Result<Vec<Hash>, tlog_tiles::Error>,
) -> Result<Vec<Hash>, Error> {
    let asked = Hashes::default();
    let impossible = |error: tlog_tiles::Error| Error::damaged(format!("no proof: {error}"));
    build(&asked).map_err(impossible)?;
    let asked = asked.asked.take();
    let found = at(store, size, &asked).await?;
    build(&Hashes { found, ..Hashes::default() }).map_err(impossible)
}

/// The hashes at places of the tree, as `tlog_tiles` numbers them.
async fn at(store: &Store, size: u64, places: &[u64]) -> Result<BTreeMap<u64, Hash>, Error> {
    let tile_of = |place: u64| Tile::from_index(HEIGHT, place);
    let wanted: BTreeSet<(u8, u64)> =
        places.iter().map(|place| (tile_of(*place).level(), tile_of(*place).level_index())).collect();
    let read = stream::iter(wanted).map(async |(level, index)| {
        let hashes = tiles::tile(store, level, index, size).await?;
        let data: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        Ok::<_, Error>(((level, index), data))
    });
    let read: BTreeMap<(u8, u64), Vec<u8>> = read.buffer_unordered(PARALLEL).try_collect().await?;
    let hash = |place: u64| {
        let tile = tile_of(place);
        let data = read.get(&(tile.level(), tile.level_index()));
        let hash = data.and_then(|data| tile.hash_at_index(data, place).ok());
        hash.ok_or_else(|| Error::damaged(format!("tile {} is too short", tile.path())))
    };
    places.iter().map(|place| Ok((*place, hash(*place)?))).collect()
}

/// Hashes at hand; those that are not are noted, and given as zeros.
#[derive(Default)]
struct Hashes {
    found: BTreeMap<u64, Hash>,
    asked: RefCell<Vec<u64>>,
}

impl HashReader for Hashes {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hash = |place: &u64| {
            self.found.get(place).copied().unwrap_or_else(|| {
                self.asked.borrow_mut().push(*place);
                Hash::default()
            })
        };
        Ok(places.iter().map(hash).collect())
    }
}
