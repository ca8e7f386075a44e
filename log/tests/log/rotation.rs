//! Keys replaced: who trusts the first follows to the last.

use std::sync::Arc;

use beffroi_core::evidence::{Expected, SigningKeys, checkpoint::Checkpoint, dsse::Envelope, verify};
use beffroi_log::{Error, Reader, Store, Writer};
use object_store::memory::InMemory;

use crate::common::{keys, thing, time};

fn memory() -> Store {
    Store::new(Arc::new(InMemory::new()))
}

#[tokio::test]
async fn every_entry_verifies_from_the_first_keys_on() {
    let store = memory();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let reader = Reader::new(store);
    writer.append(vec![thing("a")]).await.unwrap();
    let early = reader.checkpoint().await.unwrap().unwrap();
    for seed in 2..5 {
        writer.rotate(keys(seed), time()).await.unwrap();
        // Covered at once by a checkpoint that the new keys signed.
        let note = reader.checkpoint().await.unwrap().unwrap();
        Checkpoint::verify(&note, &[keys(seed).public()]).unwrap();
        assert_eq!(writer.public(), *keys(seed).public());
        writer.append(vec![thing(&format!("by {seed}")), thing(&format!("also by {seed}"))]).await.unwrap();
    }
    let known = Some(Checkpoint::read(&early).unwrap());
    for index in 0..writer.size() {
        let bundle = reader.bundle(index, Some(&early)).await.unwrap().to_vec().unwrap();
        let expected = Expected { known: known.clone(), ..Expected::default() };
        let verified = verify(&bundle, keys(1).public(), &expected).unwrap();
        assert_eq!((verified.log_index, verified.rotations), (index, 3));
    }
}

#[tokio::test]
async fn appends_that_race_a_change_are_signed_by_whose_turn_it_is() {
    let store = memory();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let mut tasks = Vec::new();
    for seed in 2..6 {
        for number in 0..10 {
            let writer = writer.clone();
            tasks.push(tokio::spawn(async move {
                writer.append(vec![thing(&format!("{seed}/{number}"))]).await.unwrap();
            }));
        }
        let writer = writer.clone();
        tasks.push(tokio::spawn(async move {
            writer.rotate(keys(seed), time()).await.unwrap();
        }));
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    let reader = Reader::new(store);
    assert_eq!(writer.size(), 44);
    for index in 0..44 {
        let bundle = reader.bundle(index, None).await.unwrap().to_vec().unwrap();
        verify(&bundle, keys(1).public(), &Expected::default()).unwrap();
    }
}

#[tokio::test]
async fn a_log_goes_on_with_its_own_keys_only() {
    let store = memory();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    writer.append(vec![thing("a")]).await.unwrap();
    let error = Writer::open(store.clone(), keys(3), 9).await.unwrap_err();
    assert!(matches!(error, Error::OtherKeys { .. }), "{error}");
    // And who came with them stopped nobody.
    writer.append(vec![thing("b")]).await.unwrap();

    writer.rotate(keys(2), time()).await.unwrap();
    drop(writer);
    match Writer::open(store.clone(), keys(1), 2).await.unwrap_err() {
        Error::Rotated { successor } => assert_eq!(successor, keys(2).public().to_text()),
        error => panic!("{error}"),
    }
    let writer = Writer::open(store.clone(), keys(2), 2).await.unwrap();
    writer.append(vec![thing("c")]).await.unwrap();
    let bundle = Reader::new(store).bundle(3, None).await.unwrap().to_vec().unwrap();
    verify(&bundle, keys(1).public(), &Expected::default()).unwrap();
}

#[tokio::test]
async fn the_successor_is_of_the_same_log_and_nothing_shows_a_private_key() {
    let text = SigningKeys::from_seeds(&[7; 32], &[8; 32], Some("other.example/log")).unwrap();
    let writer = Writer::open(memory(), keys(1), 1).await.unwrap();
    let other = SigningKeys::parse(&text.statement, &text.checkpoint).unwrap();
    let shown = format!("{writer:?}");
    let secret = text.checkpoint.rsplit('+').next().unwrap();
    let error = writer.rotate(other, time()).await.unwrap_err();
    assert!(matches!(error, Error::OtherLog { .. }));
    let told = format!("{error} {error:?}");
    assert!(!told.contains(secret) && !shown.contains("PRIVATE"), "{told} {shown}");
    assert_eq!(writer.append(vec![thing("goes on")]).await.unwrap(), [0]);
}

#[tokio::test]
async fn what_was_signed_before_is_taken_from_the_present_keys_only() {
    let store = memory();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let signed = |seed| Envelope::sign(&thing("a").statement.to_vec().unwrap(), &keys(seed));
    assert_eq!(writer.append_signed(&[signed(1), signed(1)]).await.unwrap(), [0, 1]);
    let error = writer.append_signed(&[signed(1), signed(2)]).await.unwrap_err();
    assert!(matches!(error, Error::OtherSigner { .. }), "{error}");
    writer.rotate(keys(2), time()).await.unwrap();
    assert!(matches!(writer.append_signed(&[signed(1)]).await, Err(Error::OtherSigner { .. })));
    assert_eq!(writer.append_signed(&[signed(2)]).await.unwrap(), [3]);
    let bundle = Reader::new(store).bundle(3, None).await.unwrap().to_vec().unwrap();
    verify(&bundle, keys(1).public(), &Expected::default()).unwrap();
}
