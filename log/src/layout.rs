//! Names and encodings of c2sp.org/tlog-tiles: where a tile lies, how entries stand in a bundle.

use object_store::path::Path;

use crate::Error;

/// Entries of a full bundle, hashes of a full tile.
pub(crate) const WIDTH: u64 = 256;
/// Height of tiles: 2 to its power is [`WIDTH`].
pub(crate) const HEIGHT: u8 = 8;
/// Longest entry, in bytes: its length stands in 16 bits.
pub(crate) const LONGEST_ENTRY: usize = 65_535;
/// The signed state of the log.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// A tile of hashes: `tile/LEVEL/INDEX[.p/WIDTH]`.
pub(crate) fn tile(level: u8, index: u64, width: u64) -> Path {
    Path::from(format!("tile/{level}/{}{}", groups(index), partial(width)))
}

/// A bundle of entries: `tile/entries/INDEX[.p/WIDTH]`.
pub(crate) fn bundle(index: u64, width: u64) -> Path {
    Path::from(format!("tile/entries/{}{}", groups(index), partial(width)))
}

/// Folder of the partial tiles that a full one replaces; `None`: of bundles.
pub(crate) fn partials(level: Option<u8>, index: u64) -> Path {
    let level = level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
    Path::from(format!("tile/{level}/{}.p", groups(index)))
}

/// Width of the tile `index` of `level` in a log of `size` entries; 0: there is none.
pub(crate) fn width(level: u8, index: u64, size: u64) -> u64 {
    let hashes = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or_default();
    hashes.saturating_sub(index * WIDTH).min(WIDTH)
}

/// Groups of three digits, all but the last marked: 1234067 is `x001/x234/067`.
fn groups(mut index: u64) -> String {
    let mut text = format!("{:03}", index % 1000);
    while index >= 1000 {
        index /= 1000;
        text = format!("x{:03}/{text}", index % 1000);
    }
    text
}

fn partial(width: u64) -> String {
    if width == WIDTH { String::new() } else { format!(".p/{width}") }
}

/// Adds an entry with its length before it.
///
/// # Errors
/// When it is too long.
pub(crate) fn frame(entry: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let length = u16::try_from(entry.len()).map_err(|_| Error::TooLong(entry.len()))?;
    out.extend(length.to_be_bytes());
    out.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle.
///
/// # Errors
/// When the last one is not whole.
pub(crate) fn unframe(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) =
            rest.split_at_checked(length).ok_or_else(|| Error::damaged("half an entry in a bundle"))?;
        entries.push(entry);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(entries) } else { Err(Error::damaged("half a length in a bundle")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_specification() {
        assert_eq!(tile(0, 1_234_067, 256).as_ref(), "tile/0/x001/x234/067");
        assert_eq!(tile(1, 0, 8).as_ref(), "tile/1/000.p/8");
        assert_eq!(bundle(1000, 3).as_ref(), "tile/entries/x001/000.p/3");
        assert_eq!(partials(None, 1000).as_ref(), "tile/entries/x001/000.p");
        assert_eq!((width(0, 0, 3), width(0, 1, 300), width(1, 0, 300), width(1, 0, 255)), (3, 44, 1, 0));
    }

    proptest! {
        #[test]
        fn names_are_those_of_tlog_tiles(level in 0_u8..8, index in any::<u32>(), width in 1_u32..=256) {
            let theirs = tlog_tiles::Tile::new(HEIGHT, level, index.into(), width, false).path();
            let ours = tile(level, index.into(), width.into());
            prop_assert_eq!(ours.as_ref(), theirs.replacen("tile/8/", "tile/", 1));
        }

        #[test]
        fn what_was_framed_is_read_again(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..9)) {
            let mut text = Vec::new();
            for entry in &entries {
                frame(entry, &mut text).unwrap();
            }
            prop_assert_eq!(unframe(&text).unwrap(), entries.iter().map(Vec::as_slice).collect::<Vec<_>>());
            if !text.is_empty() {
                text.pop();
                // One byte less is half an entry, or half a length.
                prop_assert!(unframe(&text).is_err());
            }
        }
    }

    #[test]
    fn an_entry_of_64_kib_is_refused() {
        let mut text = Vec::new();
        assert!(frame(&vec![0; LONGEST_ENTRY], &mut text).is_ok());
        let error = frame(&vec![0; LONGEST_ENTRY + 1], &mut text).unwrap_err();
        assert!(error.to_string().contains("65536 bytes, more than the 65535"), "{error}");
    }
}
