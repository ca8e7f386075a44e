//! Killed before or after any single operation of its store, the log goes on as if nothing had been, but for
//! what nobody was told of.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use beffroi_log::{Error, Store, Writer};
use object_store::{ObjectStore, memory::InMemory};
use tempfile::TempDir;

use crate::common::{Death, Promises, Watched, keys, located, thing, time};

/// What a run was told.
#[derive(Default)]
struct Told {
    promises: Promises,
    tried: Vec<String>,
    rotation_tried: bool,
}

/// Appends across the end of a bundle, with a change of keys in between, until the store dies.
async fn live(store: Store, told: &mut Told) -> Result<(), Error> {
    let writer = Writer::open(store, keys(1), 1).await?;
    for (number, batch) in [3_usize, 4, 1].into_iter().enumerate() {
        let names: Vec<String> = (0..batch).map(|place| format!("{number}/{place}")).collect();
        let mut entries: Vec<_> = names.iter().map(|name| thing(name)).collect();
        let mut named = names.clone();
        if number == 0 {
            entries.push(located("w1", "t1"));
            named.push("beffroi.fr/workspace/w1".into());
        }
        told.tried.extend(named.clone());
        let indexes = writer.append(entries).await?;
        told.promises.acknowledged.extend(indexes.into_iter().zip(named));
        if number == 1 {
            told.rotation_tried = true;
            let index = writer.rotate(keys(2), time()).await?;
            told.promises.acknowledged.push((index, "beffroi.fr/keys".into()));
        }
    }
    Ok(())
}

/// The next leader: it has both pairs, as the caller of `rotate` is told to.
async fn revive(store: Store, epoch: u64) -> Writer {
    match Writer::open(store.clone(), keys(1), epoch).await {
        Ok(writer) => writer,
        Err(Error::Rotated { successor }) => {
            assert_eq!(successor, keys(2).public().to_text());
            Writer::open(store, keys(2), epoch).await.unwrap()
        }
        Err(error) => panic!("{error}"),
    }
}

/// Runs, dies at operation `n`, is revived (and dies again at operation `m` of that), and is checked.
/// Returns whether it died in its first life.
async fn dies(base: &Base, n: i64, again: Option<i64>, death: Death) -> bool {
    let place = base.copy();
    let checkpoints = Arc::new(Mutex::new(base.checkpoints.clone()));
    let watch = |dies| {
        let checkpoints = Arc::clone(&checkpoints);
        place.store().through(move |inner| Arc::new(Watched::new(inner, dies, checkpoints)))
    };
    let mut told = Told::default();
    let died = live(watch(Some((n, death))), &mut told).await.is_err();
    if let Some(again) = again {
        let _ = Writer::open(watch(Some((again, death))), keys(1), 2).await;
    }
    let writer = revive(watch(None), 3).await;
    let index = writer.append(vec![thing("after")]).await.unwrap()[0];
    told.promises.acknowledged.push((index, "after".into()));
    told.promises.checkpoints.clone_from(&checkpoints.lock().unwrap());
    let names = told.promises.check(place.store(), keys(1).public()).await;
    let new = &names[base.size..];
    let distinct: BTreeSet<&String> = new.iter().collect();
    assert_eq!(distinct.len(), new.len(), "{n} {death:?}: something stands twice: {new:?}");
    for name in new.iter().filter(|name| *name != "after") {
        let known = told.tried.contains(name) || (told.rotation_tried && name == "beffroi.fr/keys");
        assert!(known, "{n} {death:?}: {name} was never appended");
    }
    // Batches are whole or absent.
    for batch in ["0/", "1/"] {
        let count = new.iter().filter(|name| name.starts_with(batch)).count();
        let whole = told.tried.iter().filter(|name| name.starts_with(batch)).count();
        assert!(count == 0 || count == whole, "{n} {death:?}: half of {batch}: {new:?}");
    }
    died
}

/// A log of 250 entries, to be copied.
struct Base {
    place: Place,
    size: usize,
    checkpoints: Vec<String>,
}

enum Place {
    Memory(Arc<InMemory>),
    Folder(TempDir),
}

impl Place {
    fn store(&self) -> Store {
        match self {
            Self::Memory(memory) => Store::new(Arc::clone(memory) as Arc<dyn ObjectStore>),
            Self::Folder(folder) => Store::folder(folder.path(), false).unwrap(),
        }
    }
}

impl Base {
    async fn fill(place: Place, size: usize) -> Self {
        let checkpoints = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&checkpoints);
        let store = place.store().through(move |inner| Arc::new(Watched::new(inner, None, noted)));
        let writer = Writer::open(store, keys(1), 1).await.unwrap();
        writer.append((0..size).map(|number| thing(&format!("base/{number}"))).collect()).await.unwrap();
        let checkpoints = checkpoints.lock().unwrap().clone();
        Self { place, size, checkpoints }
    }

    fn copy(&self) -> Place {
        match &self.place {
            Place::Memory(memory) => Place::Memory(Arc::new(memory.fork())),
            Place::Folder(folder) => {
                let copy = TempDir::new().unwrap();
                let cp = std::process::Command::new("cp")
                    .arg("-a")
                    .arg(folder.path().join("."))
                    .arg(copy.path())
                    .status();
                assert!(cp.unwrap().success());
                Place::Folder(copy)
            }
        }
    }
}

/// Dies at each operation in turn, until a run gets through.
async fn at_each_operation(base: &Base, again: &[Option<i64>]) {
    for death in [Death::Before, Death::After] {
        for again in again {
            let mut n = 0;
            while dies(base, n, *again, death).await {
                n += 1;
            }
            assert!(n > 30, "only {n} operations: the store was not used");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_operation_on_a_store_with_conditional_puts() {
    let base = Base::fill(Place::Memory(Arc::new(InMemory::new())), 250).await;
    at_each_operation(&base, &[None]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_operation_from_the_empty_log_on() {
    let base = Base { place: Place::Memory(Arc::new(InMemory::new())), size: 0, checkpoints: Vec::new() };
    at_each_operation(&base, &[None]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_while_it_recovers() {
    let base = Base { place: Place::Memory(Arc::new(InMemory::new())), size: 0, checkpoints: Vec::new() };
    let again: Vec<_> = (0..24).map(Some).collect();
    at_each_operation(&base, &again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_operation_in_a_folder() {
    let base = Base::fill(Place::Folder(TempDir::new().unwrap()), 250).await;
    at_each_operation(&base, &[None]).await;
}
