//! Two writers on one log: one of them writes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use beffroi_log::{Error, Store, Writer};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use tempfile::TempDir;

use crate::common::{Promises, keys, thing};

async fn commits(objects: &dyn ObjectStore) -> Vec<Path> {
    use futures::TryStreamExt;
    let list = objects.list(Some(&Path::from("commit"))).map_ok(|object| object.location);
    let mut list: Vec<Path> = list.try_collect().await.unwrap();
    list.sort();
    list
}

#[tokio::test]
async fn who_opens_later_or_with_a_newer_epoch_stops_the_other() {
    for (first, second) in [(1, 2), (5, 5)] {
        let store = Store::new(Arc::new(InMemory::new()));
        let old = Writer::open(store.clone(), keys(1), first).await.unwrap();
        assert_eq!(old.append(vec![thing("a")]).await.unwrap(), [0]);
        let new = Writer::open(store.clone(), keys(1), second).await.unwrap();
        let error = old.append(vec![thing("b")]).await.unwrap_err();
        assert!(
            matches!(error, Error::Fenced { found, ours } if (found, ours) == (second, first)),
            "{error}"
        );
        assert_eq!(new.append(vec![thing("c")]).await.unwrap(), [1]);
        assert!(matches!(old.append(vec![thing("d")]).await, Err(Error::Fenced { .. })), "for ever");
        assert!(matches!(Writer::open(store, keys(1), first - 1).await, Err(Error::Fenced { .. })));
    }
}

/// Writers of whatever epochs, opening and appending as fast as they can.
async fn race(store: impl Fn() -> Store, epochs: &[u64]) {
    let deadline = Instant::now() + Duration::from_secs(3);
    let tasks: Vec<_> = epochs
        .iter()
        .enumerate()
        .map(|(name, &epoch)| {
            let store = store();
            tokio::spawn(async move {
                let (mut told, mut mine, mut lives) = (Vec::new(), 0, 0);
                while Instant::now() < deadline {
                    let Ok(writer) = Writer::open(store.clone(), keys(1), epoch).await else {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        continue;
                    };
                    lives += 1;
                    loop {
                        let thing_name = format!("{name}/{mine}");
                        mine += 1;
                        match writer.append(vec![thing(&thing_name)]).await {
                            Ok(index) => told.push((index[0], thing_name)),
                            Err(Error::Fenced { .. }) => break,
                            Err(error) => panic!("{error}"),
                        }
                        if Instant::now() > deadline {
                            break;
                        }
                        tokio::time::sleep(Duration::from_millis(mine % 4)).await;
                    }
                }
                (told, lives)
            })
        })
        .collect();
    let mut promises = Promises::default();
    let mut lives = 0;
    for outcome in futures::future::join_all(tasks).await {
        let (told, opened): (Vec<(u64, String)>, u32) = outcome.unwrap();
        promises.acknowledged.extend(told);
        lives += opened;
    }
    assert!(lives > 2, "{lives} writers opened: they did not meet");
    let names = promises.check(store(), keys(1).public()).await;
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len(), "something stands twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_epoch_race_without_a_fork() {
    let objects = Arc::new(InMemory::new());
    race(|| Store::new(Arc::clone(&objects) as Arc<dyn ObjectStore>), &[1, 1, 1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_race_in_a_folder_without_a_fork() {
    let folder = TempDir::new().unwrap();
    race(|| Store::folder(folder.path(), false).unwrap(), &[1, 1, 1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_of_several_epochs_the_newest_wins() {
    let folder = TempDir::new().unwrap();
    race(|| Store::folder(folder.path(), false).unwrap(), &[1, 2, 3, 3]).await;
    let store = Store::folder(folder.path(), false).unwrap();
    assert!(matches!(
        Writer::open(store.clone(), keys(1), 2).await,
        Err(Error::Fenced { found: 3, ours: 2 })
    ));
    Writer::open(store, keys(1), 3).await.unwrap();
}

#[tokio::test]
async fn who_slept_until_its_place_was_deleted_takes_back_what_it_wrote() {
    let objects = Arc::new(InMemory::new());
    let store = Store::new(Arc::clone(&objects) as Arc<dyn ObjectStore>);
    let sleeper = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let mut promises = Promises::default();
    let first = sleeper.append(vec![thing("first")]).await.unwrap();
    promises.acknowledged.push((first[0], "first".into()));
    let awake = Writer::open(store.clone(), keys(1), 2).await.unwrap();
    for number in 0..40 {
        let index = awake.append(vec![thing(&number.to_string())]).await.unwrap();
        promises.acknowledged.push((index[0], number.to_string()));
    }
    let before = commits(&*objects).await;
    let place = Path::from("commit/00000000000000000003");
    assert!(!before.contains(&place), "{before:?}");
    let error = sleeper.append(vec![thing("dream")]).await.unwrap_err();
    assert!(matches!(error, Error::Fenced { found: 2, ours: 1 }), "{error}");
    assert!(!commits(&*objects).await.contains(&place), "its commit stays");
    let index = awake.append(vec![thing("last")]).await.unwrap();
    promises.acknowledged.push((index[0], "last".into()));
    let names = promises.check(store, keys(1).public()).await;
    assert!(!names.contains(&"dream".to_owned()));
}

#[tokio::test]
async fn the_stray_commit_of_a_sleeper_that_died_is_followed_by_nobody() {
    let objects = Arc::new(InMemory::new());
    let store = Store::new(Arc::clone(&objects) as Arc<dyn ObjectStore>);
    let awake = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    for number in 0..40 {
        awake.append(vec![thing(&number.to_string())]).await.unwrap();
    }
    drop(awake);
    // Just below the oldest that is left, as a writer that began there would have left it.
    let oldest = commits(&*objects).await.remove(0);
    let number: u64 = oldest.filename().unwrap().parse().unwrap();
    let stray = Path::from(format!("commit/{:020}", number - 1));
    let text = br#"{"epoch":1,"start":9,"previous":"","nonce":"00"}"#;
    let text = [text.as_slice(), b"\n\x00\x03abc"].concat();
    objects.put(&stray, text.into()).await.unwrap();
    // And the checkpoint is lost, so that all commits are wanted: too few are left to make the log again.
    let checkpoint = objects.get(&Path::from("checkpoint")).await.unwrap().bytes().await.unwrap();
    objects.delete(&Path::from("checkpoint")).await.unwrap();
    assert!(matches!(Writer::open(store.clone(), keys(1), 2).await, Err(Error::Damaged(_))));
    objects.put(&Path::from("checkpoint"), checkpoint.into()).await.unwrap();
    let next = Writer::open(store, keys(1), 2).await.unwrap();
    assert_eq!(next.append(vec![thing("next")]).await.unwrap(), [40]);
    next.append(vec![thing("next")]).await.unwrap();
    assert!(!commits(&*objects).await.contains(&stray), "the stray is tidied away");
}
