//! Files as c2sp.org/tlog-tiles prescribes them, read back by hand.

use std::{collections::BTreeSet, fs, path::Path};

use beffroi_core::evidence::{checkpoint::Checkpoint, dsse::Envelope};
use beffroi_log::{Entry, Error, Reader, Store, Writer, open_store};
use tempfile::TempDir;

use crate::common::{keys, located, thing};

fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

#[tokio::test]
async fn tiles_and_bundles_lie_where_the_specification_says() {
    let folder = TempDir::new().unwrap();
    let store = open_store(folder.path().to_str().unwrap()).unwrap();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    writer.append((0..3).map(|number| thing(&number.to_string())).collect()).await.unwrap();
    let there = files(folder.path());
    for file in ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"] {
        assert!(there.contains(file), "{file}: {there:?}");
    }
    writer.append((3..259).map(|number| thing(&number.to_string())).collect()).await.unwrap();
    writer.append(vec![thing("259")]).await.unwrap();
    let there = files(folder.path());
    let log: BTreeSet<&str> =
        there.iter().map(String::as_str).filter(|f| f.starts_with("tile/") || *f == "checkpoint").collect();
    // The partial tile that the full one replaced is gone; the other ones are there.
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/3",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/3",
        "tile/entries/001.p/4",
    ];
    assert_eq!(log, BTreeSet::from(expected));

    assert_eq!(fs::read(folder.path().join("tile/0/000")).unwrap().len(), 256 * 32);
    let bundle = fs::read(folder.path().join("tile/entries/001.p/4")).unwrap();
    let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
    let entry = Envelope::from_entry(&bundle[2..2 + length]).unwrap();
    assert_eq!(entry, Reader::new(store).envelope(256).await.unwrap());
    let note = fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    let (log, _) = Checkpoint::verify(&note, &[keys(1).public()]).unwrap();
    assert_eq!((log.size, log.origin.as_str()), (260, "log.example/test"));
}

#[tokio::test]
async fn old_commits_go_and_the_newest_stay() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let writer = Writer::open(store, keys(1), 1).await.unwrap();
    for number in 0..40 {
        writer.append(vec![thing(&number.to_string())]).await.unwrap();
    }
    // Answered first, tidied after: one more append is behind the last tidying.
    writer.append(vec![thing("last")]).await.unwrap();
    let commits = files(&folder.path().join("commit"));
    assert!((16..=18).contains(&commits.len()), "{commits:?}");
    assert!(commits.contains("00000000000000000042"), "{commits:?}");
}

#[tokio::test]
async fn observations_lie_beside_the_log_and_come_with_the_bundle() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let entry = located("w1", "t1");
    let digest = entry.statement.subject.digest.sha256.clone();
    writer.append(vec![entry.clone()]).await.unwrap();
    let reader = Reader::new(store);
    let observed = entry.observation.clone().map(Into::into);
    assert_eq!(reader.observation(&digest).await.unwrap(), observed);
    assert_eq!(reader.observation(&"0".repeat(64)).await.unwrap(), None);
    assert_eq!(reader.bundle(0, None).await.unwrap().observation, observed);

    let other = Entry { observation: located("w2", "t1").observation, ..entry };
    assert!(matches!(writer.append(vec![other]).await, Err(Error::OtherObservation)));
    fs::write(folder.path().join("observation").join(&digest), "{}").unwrap();
    assert!(matches!(reader.bundle(0, None).await, Err(Error::OtherObservation)));
}

#[tokio::test]
async fn an_entry_that_the_layout_cannot_hold_is_refused_and_the_writer_goes_on() {
    let folder = TempDir::new().unwrap();
    let writer = Writer::open(Store::folder(folder.path(), false).unwrap(), keys(1), 1).await.unwrap();
    let error = writer.append(vec![thing(&"x".repeat(60_000))]).await.unwrap_err();
    assert!(matches!(error, Error::TooLong(65_536..)), "{error}");
    assert_eq!(writer.append(vec![thing("short")]).await.unwrap(), [0]);
}
