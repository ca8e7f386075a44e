//! What was written and is not seen yet. A watch tells of a write a little later: whoever decided in between would do
//! it again, or take for somebody else's doing what has been put right already.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How long a write is waited for. After that what a watch says is taken as it is: that of a cluster that was put back
/// from a backup counts on from an older version.
const PATIENCE: Duration = Duration::from_secs(3);

/// Versions that were written, by what bears them. Versions of a kind can be compared (KEP-5504).
#[derive(Debug)]
pub struct Written<K>(HashMap<K, (u64, Instant)>);

impl<K> Default for Written<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Written<K> {
    /// A write was answered with `version`.
    pub fn note(&mut self, key: K, version: Option<&str>) {
        self.0.retain(|_, (_, at)| at.elapsed() < PATIENCE);
        if let Some(version) = number(version) {
            self.0.insert(key, (version, Instant::now()));
        }
    }

    /// A watch tells of `version`.
    pub fn seen(&mut self, key: &K, version: Option<&str>) {
        let seen = number(version).unwrap_or(u64::MAX);
        if self.0.get(key).is_some_and(|(written, _)| *written <= seen) {
            self.0.remove(key);
        }
    }

    /// Whether a write to one of those that are meant is still to be seen.
    pub fn awaits(&self, meant: impl Fn(&K) -> bool) -> bool {
        self.0.iter().any(|(key, (_, at))| meant(key) && at.elapsed() < PATIENCE)
    }
}

fn number(version: Option<&str>) -> Option<u64> {
    version?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_awaited_until_it_or_what_came_after_it_is_seen() {
        let mut written = Written::default();
        assert!(!written.awaits(|_| true));
        for seen in ["7", "8"] {
            written.note("a", Some("7"));
            written.seen(&"a", Some("6"));
            written.seen(&"b", Some("9"));
            assert!(written.awaits(|key| *key == "a") && !written.awaits(|key| *key == "b"));
            written.seen(&"a", Some(seen));
            assert!(!written.awaits(|_| true), "{seen}");
        }
    }

    #[test]
    fn what_has_no_number_is_not_awaited() {
        let mut written = Written::default();
        written.note("a", None);
        written.note("b", Some("x"));
        assert!(!written.awaits(|_| true));
    }

    #[test]
    fn no_write_is_awaited_for_ever() {
        let long_ago = Instant::now().checked_sub(PATIENCE).unwrap();
        let written = Written(HashMap::from([("a", (7, long_ago))]));
        assert!(!written.awaits(|_| true));
    }
}
