//! What a reader knows of whom entries are about: whole segments decoded once and kept as far as room goes; the last
//! one read once, and on from there as the log grows.

use std::{fmt, sync::Arc};

use quick_cache::{Weighter, sync::Cache};
use tokio::sync::Mutex;

use crate::{
    Error, Filter, Store,
    index::{Row, SEGMENT, Segment, segment_path},
    recover, tiles,
};

/// Bytes that decoded segments may take, about.
const ROOM: u64 = 32 << 20;
/// Segments that are expected to be kept.
const EXPECTED: usize = 256;

/// What is known.
pub(crate) struct Directory {
    whole: Cache<u64, Arc<Segment>, Weight>,
    growing: Mutex<Growing>,
}

/// The segment that is not whole yet.
#[derive(Default)]
struct Growing {
    number: u64,
    rows: Vec<Row>,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u64, Arc<Segment>> for Weight {
    fn weight(&self, _: &u64, segment: &Arc<Segment>) -> u64 {
        segment.weight()
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self { whole: Cache::with_weighter(EXPECTED, ROOM, Weight), growing: Mutex::default() }
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("whole", &self.whole.len()).finish_non_exhaustive()
    }
}

impl Directory {
    /// Indexes of the entries of a segment that are wanted, in order, in a log of `size` entries.
    pub(crate) async fn matching(
        &self,
        store: &Store,
        number: u64,
        size: u64,
        filter: &Filter,
    ) -> Result<Vec<u64>, Error> {
        let first = number * SEGMENT;
        if first + SEGMENT <= size {
            let places = self.whole(store, number, size).await?.matching(filter);
            return Ok(places.into_iter().map(|place| first + u64::from(place)).collect());
        }
        let mut growing = self.growing.lock().await;
        growing.read(store, number, size).await?;
        let rows = (first..size).zip(&growing.rows);
        Ok(rows.filter(|(_, row)| filter.wants(row)).map(|(index, _)| index).collect())
    }

    async fn whole(&self, store: &Store, number: u64, size: u64) -> Result<Arc<Segment>, Error> {
        let read = async {
            let path = segment_path(number);
            let segment = match store.get(&path).await? {
                Some(text) => Segment::decode(&path, &text)?,
                None => Segment::new(&recover::rows(store, number, size).await?),
            };
            Ok(Arc::new(segment))
        };
        self.whole.get_or_insert_async(&number, read).await
    }
}

impl Growing {
    /// Reads on; whoever knows of a smaller log finds at least as much.
    async fn read(&mut self, store: &Store, number: u64, size: u64) -> Result<(), Error> {
        if self.number != number {
            *self = Self { number, rows: Vec::new() };
        }
        let from = number * SEGMENT + self.rows.len() as u64;
        if from < size {
            let entries = tiles::entries(store, from, size.min((number + 1) * SEGMENT), size).await?;
            for entry in entries {
                self.rows.push(Row::of(&entry)?);
            }
        }
        Ok(())
    }
}
