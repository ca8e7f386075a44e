//! A log that somebody damaged is not written on.

use std::fs;

use beffroi_log::{Error, Reader, Store, Writer};
use tempfile::TempDir;

use crate::common::{keys, thing};

/// What is done to the folder, and whether the error is the right one.
type Damage = (&'static str, fn(&std::path::Path), fn(&Error) -> bool);

const DAMAGES: [Damage; 6] = [
    (
        "commits are gone",
        |f| fs::remove_dir_all(f.join("commit")).unwrap(),
        |e| matches!(e, Error::Damaged(_)),
    ),
    (
        "a tile is gone",
        |f| fs::remove_file(f.join("tile/0/000.p/9")).unwrap(),
        |e| matches!(e, Error::Missing(_)),
    ),
    (
        "a tile is another",
        |f| fs::write(f.join("tile/0/000.p/9"), [7; 9 * 32]).unwrap(),
        |e| matches!(e, Error::Damaged(_)),
    ),
    (
        "a bundle is cut",
        |f| {
            let path = f.join("tile/entries/000.p/9");
            let text = fs::read(&path).unwrap();
            fs::write(path, &text[..text.len() - 1]).unwrap();
        },
        |e| matches!(e, Error::Damaged(_)),
    ),
    (
        "no checkpoint",
        |f| fs::write(f.join("checkpoint"), "x").unwrap(),
        |e| matches!(e, Error::Checkpoint(_)),
    ),
    (
        "a checkpoint that nobody signed",
        |f| {
            let note = fs::read_to_string(f.join("checkpoint")).unwrap();
            fs::write(f.join("checkpoint"), note.replace("\n9\n", "\n8\n")).unwrap();
        },
        |e| matches!(e, Error::Checkpoint(_)),
    ),
];

#[tokio::test]
async fn what_was_damaged_is_told_and_left_alone() {
    for (what, damage, right) in DAMAGES {
        let folder = TempDir::new().unwrap();
        let store = Store::folder(folder.path(), false).unwrap();
        let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
        writer.append((0..9).map(|number| thing(&number.to_string())).collect()).await.unwrap();
        drop(writer);
        damage(folder.path());
        let error = Writer::open(store, keys(1), 2).await.expect_err(what);
        assert!(right(&error), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_bundle_that_would_not_verify_is_not_given_out() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    writer.append((0..9).map(|number| thing(&number.to_string())).collect()).await.unwrap();
    fs::write(folder.path().join("tile/0/000.p/9"), [7; 9 * 32]).unwrap();
    assert!(matches!(Reader::new(store).bundle(3, None).await, Err(Error::Damaged(_))));
}
