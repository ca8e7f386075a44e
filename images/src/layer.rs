//! Files → a tar → gzip, the same bytes each time: sorted, all of root, modes and times fixed.
//!
//! The gzip frame is written here, around one encoder: which one `flate2` takes depends on the features that other
//! crates ask for, and what `zlib-rs` writes on the machine's processor.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use miniz_oxide::deflate::compress_to_vec;
use tar::{Builder, EntryType, Header};

/// A file of a layer or an archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct File {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a program or a library.
    pub(crate) runs: bool,
}

impl File {
    /// One that is read.
    pub(crate) fn text(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), runs: false }
    }

    /// One that is run.
    pub(crate) fn program(bytes: Vec<u8>) -> Self {
        Self { bytes, runs: true }
    }
}

/// Files by path; a path has no `/` before it.
pub(crate) type Files = BTreeMap<String, File>;

/// The tar of these files and of the folders that they lie in.
///
/// # Errors
/// When a path cannot be written in a tar.
pub(crate) fn tar(files: &Files, time: u32) -> anyhow::Result<Vec<u8>> {
    let mut entries: BTreeMap<String, Option<&File>> = BTreeMap::new();
    for (path, file) in files {
        for folder in Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            entries.insert(format!("{}/", folder.display()), None);
        }
        entries.insert(path.clone(), Some(file));
    }
    let mut tar = Builder::new(Vec::new());
    for (path, file) in entries {
        let mut header = Header::new_ustar();
        header.set_mtime(time.into());
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(if file.is_some() { EntryType::Regular } else { EntryType::Directory });
        header.set_mode(if file.is_none_or(|file| file.runs) { 0o755 } else { 0o644 });
        let bytes = file.map_or(&[][..], |file| &file.bytes);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, &path, bytes).with_context(|| format!("packing {path}"))?;
    }
    Ok(tar.into_inner()?)
}

/// The bytes as one gzip member (RFC 1952) without name and time.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Deflate, no flags, no time, no hint on speed, unknown system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(compress_to_vec(bytes, 6));
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    // The length, modulo 2^32.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default();
    out.extend(length.to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_layer_has_its_files_and_folders_and_nothing_of_this_machine() {
        let files = Files::from([
            ("usr/bin/a".into(), File::program(b"a".to_vec())),
            ("etc/b".into(), File::text(*b"bb")),
        ]);
        let tar = tar(&files, 7).unwrap();
        let mut seen = Vec::new();
        for entry in tar::Archive::new(tar.as_slice()).entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 7));
            assert_eq!(header.username().unwrap(), Some(""));
            seen.push(format!("{} {:o}", entry.path().unwrap().display(), header.mode().unwrap()));
        }
        assert_eq!(seen, ["etc/ 755", "etc/b 644", "usr/ 755", "usr/bin/ 755", "usr/bin/a 755"]);
    }

    #[test]
    fn what_is_packed_is_unpacked_by_another_program() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let packed = gzip(&bytes);
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == bytes && packed.len() < bytes.len() / 2 && packed == gzip(&bytes));
    }
}
