//! What was written and is not seen yet. A watch tells of a write a little later: whoever decided in between would do
//! it again, or take for somebody else's doing what has been put right already.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How long a write is waited for. After that what a watch says is taken as it is: it may have lost its server, it may
/// never have shown what was deleted at once, and a cluster that was put back from a backup counts on from an older
/// version. Shorter than what a breach may take to be told.
const PATIENCE: Duration = Duration::from_secs(3);

/// Versions that were written, by what bears them. Versions of a kind can be compared (KEP-5504).
#[derive(Debug)]
pub struct Unseen<K>(HashMap<K, (u64, Instant)>);

impl<K> Default for Unseen<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Unseen<K> {
    /// A write was answered with `version`.
    pub fn wrote(&mut self, key: K, version: Option<&str>) {
        if let Some(version) = number(version) {
            self.await_version(key, version);
        }
    }

    /// It was let go of: whoever still sees it sees what is past.
    pub fn gone(&mut self, key: K) {
        self.await_version(key, u64::MAX);
    }

    fn await_version(&mut self, key: K, version: u64) {
        self.0.retain(|_, (_, at)| at.elapsed() < PATIENCE);
        self.0.insert(key, (version, Instant::now()));
    }

    /// A watch tells of `version`; whether it lags behind what was written.
    pub fn lags(&mut self, key: &K, version: Option<&str>) -> bool {
        let Some((written, at)) = self.0.get(key) else { return false };
        let lags = number(version).is_some_and(|seen| seen < *written) && at.elapsed() < PATIENCE;
        if !lags {
            self.0.remove(key);
        }
        lags
    }

    /// Whether any of those that are meant was written and is not seen yet.
    pub fn any(&self, meant: impl Fn(&K) -> bool) -> bool {
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
        let mut unseen = Unseen::default();
        assert!(!unseen.any(|_| true) && !unseen.lags(&"a", Some("6")));
        for seen in ["7", "8"] {
            unseen.wrote("a", Some("7"));
            assert!(unseen.lags(&"a", Some("6")) && !unseen.lags(&"b", Some("9")));
            assert!(unseen.any(|key| *key == "a") && !unseen.any(|key| *key == "b"));
            assert!(!unseen.lags(&"a", Some(seen)), "{seen}");
            assert!(!unseen.any(|_| true) && !unseen.lags(&"a", Some("6")), "{seen}");
        }
    }

    #[test]
    fn what_was_let_go_of_is_past_whatever_is_seen() {
        let mut unseen = Unseen::default();
        unseen.gone("a");
        assert!(unseen.lags(&"a", Some("9")));
    }

    #[test]
    fn what_has_no_number_is_not_awaited() {
        let mut unseen = Unseen::default();
        unseen.wrote("a", None);
        unseen.wrote("b", Some("x"));
        assert!(!unseen.any(|_| true));
    }

    #[test]
    fn no_write_is_awaited_for_ever() {
        let long_ago = Instant::now().checked_sub(PATIENCE).unwrap();
        let mut unseen = Unseen(HashMap::from([("a", (7, long_ago))]));
        assert!(!unseen.any(|_| true) && !unseen.lags(&"a", Some("6")));
    }
}
