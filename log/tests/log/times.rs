//! Times run with the order of the log: what would run backwards is not written, and the writer goes on.

use beffroi_core::evidence::{Predicate, verify::SKEW};
use beffroi_log::{Entry, Error, Filter, Reader, Store, Writer};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::common::{keys, thing, time};

/// An audit entry that was made so many seconds after [`time`].
fn at(name: &str, seconds: i64) -> Entry {
    let mut entry = thing(name);
    if let Predicate::Audit(audit) = &mut entry.statement.predicate {
        audit.time = time() + SignedDuration::from_secs(seconds);
    }
    entry
}

#[tokio::test]
async fn what_would_run_backwards_is_refused_and_the_writer_goes_on() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let mut writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    assert_eq!(writer.latest(), None);
    writer.append(vec![at("first", 0), at("second", 3600)]).await.unwrap();
    let latest = time() + SignedDuration::from_hours(1);
    for again in 0..2 {
        assert_eq!(writer.latest(), Some(latest));
        // A little behind is taken, and moves nothing back.
        let skew = SKEW.as_secs();
        writer.append(vec![at("behind", 3600 - skew)]).await.unwrap();
        let refused = writer.append(vec![at("fine", 3600), at("earlier", 3600 - skew - 1)]).await;
        let Err(Error::BackInTime { time: made, latest: known }) = refused else { panic!("{refused:?}") };
        assert_eq!((made, known), (latest - SKEW - SignedDuration::from_secs(1), latest));
        assert_eq!(writer.size(), 3 + again, "all of a request, or none");
        // Opened anew, the log itself says how far time has come.
        drop(writer);
        writer = Writer::open(store.clone(), keys(1), 2 + again).await.unwrap();
    }
    writer.append(vec![at("later", 7200)]).await.unwrap();
}

#[tokio::test]
async fn entries_are_found_by_time_and_by_what_is_in_them() {
    let folder = TempDir::new().unwrap();
    let store = Store::folder(folder.path(), false).unwrap();
    let writer = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let hours = (0..10).map(|hour| at(&format!("entry {hour}"), hour * 3600));
    writer.append(hours.collect()).await.unwrap();
    let reader = Reader::new(store);
    let hour = |hour: i64| -> Option<Timestamp> { Some(time() + SignedDuration::from_hours(hour)) };
    let found = async |filter: Filter| -> Vec<u64> {
        reader.list(&filter).await.unwrap().iter().map(|listed| listed.index).collect()
    };
    let period = Filter { from: hour(3), until: hour(6), ..Filter::default() };
    assert_eq!(found(period.clone()).await, [5, 4, 3]);
    assert_eq!(found(Filter { limit: 2, ..period.clone() }).await, [5, 4]);
    assert_eq!(found(Filter { before: Some(5), ..period.clone() }).await, [4, 3]);
    assert_eq!(found(Filter { from: hour(8), ..Filter::default() }).await, [9, 8]);
    assert_eq!(found(Filter { until: hour(1), ..Filter::default() }).await, [0]);
    let before = Filter { tenant: Some("t2".into()), predecessors: vec!["t1".into()], ..period.clone() };
    assert_eq!(found(before).await, [5, 4, 3]);
    assert_eq!(found(Filter { tenant: Some("t2".into()), ..period.clone() }).await, [0_u64; 0]);
    // A period is that, oldest first, or none where there is more of it than is taken.
    let whole = reader.period(&period).await.unwrap();
    assert_eq!((whole.indexes.as_slice(), whole.from, whole.until), (&[3, 4, 5][..], hour(3), hour(6)));
    let many = reader.period(&Filter { limit: 2, ..period }).await;
    assert!(matches!(many, Err(Error::TooMany { most: 2 })), "{many:?}");
}
