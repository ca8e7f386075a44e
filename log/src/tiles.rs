//! What is read of a log of a known size: tiles of hashes, bundles, entries.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use tlog_tiles::Hash;

use crate::{
    Error, Store,
    layout::{self, WIDTH, unframe, width},
    tree,
};

/// Objects that are read, or written, at the same time.
pub(crate) const PARALLEL: usize = 16;

/// The hashes of a tile in a log of `size` entries.
///
/// # Errors
/// When the tile is missing or of another width.
pub(crate) async fn tile(store: &Store, level: u8, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
    let wanted = width(level, index, size);
    let data = read(store, wanted, |width| layout::tile(level, index, width)).await?;
    // Once the full tile is there, the partial one may be gone; it begins with the same hashes.
    let mut hashes = tree::hashes(&data, data.len() as u64 / 32)?;
    if (hashes.len() as u64) < wanted {
        return Err(Error::damaged(format!("{} is too short", layout::tile(level, index, wanted))));
    }
    hashes.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    Ok(hashes)
}

/// A bundle of entries in a log of `size` entries, as [`unframe`] takes it; it may hold more of them.
///
/// # Errors
/// When it is missing.
pub(crate) async fn bundle(store: &Store, index: u64, size: u64) -> Result<Bytes, Error> {
    read(store, width(0, index, size), |width| layout::bundle(index, width)).await
}

/// The entries from `from` up to `to` (exclusive) of a log of at least `to`.
///
/// # Errors
/// When a bundle is missing or too short.
pub(crate) async fn entries(store: &Store, from: u64, to: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
    let bundles = from / WIDTH..to.div_ceil(WIDTH).max(from / WIDTH);
    let read = stream::iter(bundles).map(async |index| {
        let bytes = bundle(store, index, size).await?;
        let entries = unframe(&bytes)?;
        let first = index * WIDTH;
        let place = |at: u64| usize::try_from(at.clamp(first, first + WIDTH) - first).unwrap_or_default();
        let wanted = entries.get(place(from)..place(to));
        let wanted = wanted.ok_or_else(|| Error::damaged(format!("bundle {index} is too short")))?;
        Ok::<_, Error>(wanted.iter().map(|entry| entry.to_vec()).collect::<Vec<_>>())
    });
    let read: Vec<Vec<Vec<u8>>> = read.buffered(PARALLEL).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

async fn read(
    store: &Store,
    width: u64,
    path: impl Fn(u64) -> object_store::path::Path,
) -> Result<Bytes, Error> {
    let wanted = path(width);
    if width > 0 {
        if let Some(bytes) = store.get_kept(&wanted).await? {
            return Ok(bytes);
        }
        if width < WIDTH
            && let Some(bytes) = store.get_kept(&path(WIDTH)).await?
        {
            return Ok(bytes);
        }
    }
    Err(Error::Missing(wanted.to_string()))
}
