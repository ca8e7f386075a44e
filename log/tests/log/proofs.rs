//! Every proof of every size, checked by what verifies bundles and by `tlog_tiles` itself.

use std::sync::Arc;

use beffroi_core::evidence::{Expected, checkpoint::Checkpoint, verify};
use beffroi_log::{Error, Reader, Store, Writer};
use object_store::memory::InMemory;
use tlog_tiles::{check_record, check_tree, record_hash};

use crate::common::{Tree, keys, thing};

/// Sizes around the ends of tiles, and a few between.
const KNOWN: [u64; 11] = [1, 2, 3, 100, 255, 256, 257, 511, 512, 513, 599];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_is_proven_in_every_size_up_to_600() {
    let store = Store::new(Arc::new(InMemory::new()));
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let reader = Reader::new(store);
    let (mut tree, mut notes) = (Tree::default(), vec![String::new()]);
    for size in 1..=600_u64 {
        writer.append(vec![thing(&size.to_string())]).await.unwrap();
        tree.push(&reader.envelope(size - 1).await.unwrap().to_entry().unwrap());
        let note = reader.checkpoint().await.unwrap().unwrap();
        let log = Checkpoint::verify(&note, &[keys(1).public()]).unwrap().0;
        assert_eq!((log.size, log.root), (size, tree.root(size)));
        notes.push(note);
        // Every index where the shape of the tree is new; else one in 37, another each time.
        let all = size < 20 || size.is_multiple_of(256) || [255, 257, 513].contains(&size);
        for index in (0..size).filter(|index| all || (index + size).is_multiple_of(37)) {
            let bundle = reader.bundle(index, None).await.unwrap();
            let leaf = record_hash(&bundle.envelope.to_entry().unwrap());
            check_record(&bundle.inclusion.hashes, size, log.root, index, leaf).unwrap();
        }
        for known in KNOWN.into_iter().filter(|known| *known < size) {
            let place = usize::try_from(known).unwrap();
            let bundle = reader.bundle(known, Some(&notes[place])).await.unwrap();
            let proof = bundle.consistency.as_ref().unwrap();
            check_tree(&proof.hashes, size, log.root, known, tree.root(known)).unwrap();
            if size.is_multiple_of(100) || size == 257 {
                let known = Some(Checkpoint::read(&notes[place]).unwrap());
                let text = bundle.to_vec().unwrap();
                let verified = verify(&text, keys(1).public(), &Expected { known, ..Expected::default() });
                assert_eq!(verified.unwrap().checkpoint, log);
            }
        }
    }
}

#[tokio::test]
async fn what_the_log_has_not_is_said() {
    let store = Store::new(Arc::new(InMemory::new()));
    let reader = Reader::new(store.clone());
    assert_eq!(reader.checkpoint().await.unwrap(), None);
    assert!(matches!(reader.bundle(0, None).await, Err(Error::NoSuchEntry { index: 0, size: 0 })));
    let writer = Writer::open(store, keys(1), 1).await.unwrap();
    assert_eq!(writer.append(Vec::new()).await.unwrap(), Vec::<u64>::new());
    assert_eq!(writer.append(vec![thing("a"), thing("b")]).await.unwrap(), [0, 1]);
    assert_eq!(writer.size(), 2);
    assert!(matches!(reader.envelope(2).await, Err(Error::NoSuchEntry { index: 2, size: 2 })));
    let larger = Checkpoint::sign(9, record_hash(b"x"), &keys(1)).unwrap();
    assert!(matches!(reader.bundle(0, Some(&larger)).await, Err(Error::NotGrown { known: 9, size: 2 })));
    let same = reader.checkpoint().await.unwrap();
    assert_eq!(reader.bundle(0, same.as_deref()).await.unwrap().consistency, None);
}
