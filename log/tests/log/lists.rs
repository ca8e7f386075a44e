//! Lists by tenant, workspace and kind, over several segments, with and without their index.

use std::{
    fs,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use beffroi_core::evidence::{Predicate, dsse::Envelope};
use beffroi_log::{Filter, Kind, Reader, Store, Writer};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use tempfile::TempDir;

use crate::common::{Watched, audited, keys, located, name_of, thing, time};

/// Whom the entry `index` of the log below is about.
fn whose(index: u64) -> (String, String) {
    (format!("t{}", index % 7), format!("w{}", index % 61))
}

const SIZE: u64 = 2 * 4096 + 300;

/// A log of two whole segments and a bit, every entry of it another.
async fn filled(store: Store) -> Writer {
    let writer = Writer::open(store, keys(1), 1).await.unwrap();
    for first in (0..SIZE).step_by(1000) {
        let entries = (first..SIZE.min(first + 1000)).map(|index| {
            let (tenant, workspace) = whose(index);
            if index.is_multiple_of(100) {
                located(&workspace, &tenant)
            } else {
                audited(&format!("object/{index}"), &tenant, Some(&workspace))
            }
        });
        writer.append(entries.collect()).await.unwrap();
    }
    writer
}

fn expected(filter: &Filter) -> Vec<u64> {
    let wanted = |index: &u64| {
        let (tenant, workspace) = whose(*index);
        let kind = if index.is_multiple_of(100) { Kind::DataLocation } else { Kind::Audit };
        filter.before.is_none_or(|before| *index < before)
            && filter.tenant.as_ref().is_none_or(|wanted| *wanted == tenant)
            && filter.workspace.as_ref().is_none_or(|wanted| *wanted == workspace)
            && filter.kind.is_none_or(|wanted| wanted == kind)
    };
    (0..SIZE).rev().filter(wanted).take(filter.limit).collect()
}

fn filters() -> Vec<Filter> {
    let tenant = |uid: &str| Filter { tenant: Some(uid.into()), ..Filter::default() };
    vec![
        Filter::default(),
        Filter { limit: 9000, kind: Some(Kind::Audit), ..Filter::default() },
        tenant("t3"),
        Filter { before: Some(4100), limit: 700, ..tenant("t6") },
        Filter { workspace: Some("w5".into()), limit: 1000, ..tenant("t2") },
        Filter { kind: Some(Kind::DataLocation), before: Some(1), ..Filter::default() },
        Filter { kind: Some(Kind::KeyRotation), ..Filter::default() },
        Filter { before: Some(4096), limit: 1, ..Filter::default() },
        Filter { limit: 0, ..Filter::default() },
        tenant("nobody"),
    ]
}

async fn answers_right(store: Store) {
    let reader = Reader::new(store);
    for filter in filters() {
        let listed = reader.list(&filter).await.unwrap();
        let indexes: Vec<u64> = listed.iter().map(|listed| listed.index).collect();
        assert_eq!(indexes, expected(&filter), "{filter:?}");
        for listed in listed.iter().step_by(50) {
            assert_eq!(listed.statement.predicate.tenant_uid(), Some(whose(listed.index).0.as_str()));
        }
    }
    let latest = reader.latest_location("w39").await.unwrap().unwrap();
    assert_eq!(latest.index, (0..SIZE).rev().find(|i| i % 61 == 39 && i % 100 == 0).unwrap());
    assert!(matches!(latest.statement.predicate, Predicate::DataLocation(_)));
    assert_eq!(reader.latest_location("w61").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_right_with_the_index_without_it_and_with_one_made_again() {
    let objects = Arc::new(InMemory::new());
    let store = Store::new(Arc::clone(&objects) as Arc<dyn ObjectStore>);
    let writer = filled(store.clone()).await;
    let segment = Path::from("index/segment/0000000001");
    let made = objects.get(&segment).await.unwrap().bytes().await.unwrap();
    answers_right(store.clone()).await;

    objects.delete(&segment).await.unwrap();
    answers_right(store.clone()).await;

    drop(writer);
    Writer::open(store.clone(), keys(1), 2).await.unwrap();
    assert_eq!(objects.get(&segment).await.unwrap().bytes().await.unwrap(), made);
    answers_right(store).await;
}

#[tokio::test]
async fn a_segment_is_read_from_the_index_and_not_from_entries() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    filled(store.clone()).await;
    // Without any entry of the first segment, but those asked for, the list is as before.
    for bundle in 0..15 {
        fs::remove_file(folder.path().join(format!("tile/entries/{bundle:03}"))).unwrap();
    }
    let filter = Filter { before: Some(4096), limit: 20, ..Filter::default() };
    assert_eq!(Reader::new(store).list(&filter).await.unwrap().len(), 20);
}

#[tokio::test]
async fn what_was_read_once_is_kept_and_what_is_new_is_found() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let writer = filled(Store::new(objects.clone())).await;
    let watched = Arc::new(Watched::new(objects, None, Arc::default()));
    let reader = Reader::new(Store::new(watched.clone())).keeping(1 << 26);
    let reads = async |filter: &Filter| {
        let before = watched.count.load(Relaxed);
        let listed = reader.list(filter).await.unwrap();
        let indexes: Vec<u64> = listed.iter().map(|listed| listed.index).collect();
        (indexes, watched.count.load(Relaxed) - before)
    };
    for filter in filters() {
        let (first, _) = reads(&filter).await;
        let (again, read) = reads(&filter).await;
        assert_eq!((&first, &again), (&expected(&filter), &first), "{filter:?}");
        // The checkpoint, and nothing else.
        assert_eq!(read, 1, "{filter:?}");
    }
    writer.append(vec![audited("object/new", "t3", None)]).await.unwrap();
    let (indexes, read) = reads(&Filter { tenant: Some("t3".into()), limit: 1, ..Filter::default() }).await;
    assert_eq!(indexes, [SIZE]);
    assert!(read <= 3, "{read}");
}

#[tokio::test]
async fn a_change_of_keys_is_found_again_when_its_index_is_lost() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    writer.append(vec![thing("a")]).await.unwrap();
    assert_eq!(writer.rotate(keys(2), time()).await.unwrap(), 1);
    drop(writer);
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    Writer::open(store.clone(), keys(2), 2).await.unwrap();
    let bundle = Reader::new(store.clone()).bundle(0, None).await.unwrap();
    assert_eq!(bundle.rotations.len(), 1);
    let filter = Filter { kind: Some(Kind::KeyRotation), ..Filter::default() };
    let listed = Reader::new(store.clone()).list(&filter).await.unwrap();
    assert_eq!((listed[0].index, name_of(&listed[0].statement).as_str()), (1, "beffroi.fr/keys"));
    let envelope: Envelope = Reader::new(store).envelope(1).await.unwrap();
    envelope.verify(&[keys(1).public()]).unwrap();
}
