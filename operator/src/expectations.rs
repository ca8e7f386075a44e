//! What is expected of each object that we write: its answer to a write is to be seen, its end is our doing or is missed.
//!
//! One state machine for each object: a write ([`Expectations::wrote`]) or deletion ([`Expectations::deletes`]) of ours →
//! what the server answers → what a watch tells ([`Expectations::seen`], [`Expectations::went`]) → settled, and
//! forgotten. A watch tells of a write a little later: whoever decided in between would do it again, or take for somebody
//! else's doing what has been put right already.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How long a write is waited for. After that what a watch says is taken as it is: it may have lost its server, it may
/// never have shown what was deleted at once, and a cluster that was put back from a backup counts on from an older
/// version. Shorter than what a breach may take to be told.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is expected of objects, by what they are known by.
#[derive(Debug)]
pub struct Expectations<K>(HashMap<K, Expectation>);

/// What is expected of one object; one of which nothing is, is not kept.
#[derive(Debug, Default)]
struct Expectation {
    /// A write that was answered, and is not seen yet.
    written: Option<Write>,
    /// A deletion of ours.
    deletion: Option<Deletion>,
    /// It was there, and went without our doing.
    missed: bool,
}

/// A write that was answered. Versions of a kind can be compared (KEP-5504).
#[derive(Clone, Copy, Debug)]
struct Write {
    version: u64,
    at: Instant,
}

/// A deletion that we asked for.
#[derive(Debug)]
struct Deletion {
    /// UID of what is deleted: another object of its name is another.
    uid: String,
    /// Whether the server granted it. Until then nobody knows whether it was heard.
    granted: bool,
}

/// What a server says to a deletion.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It goes, or has gone.
    Granted,
    /// It stays: what becomes of it later is not our doing.
    Refused,
    /// No answer came, or one that says nothing of it.
    Nothing,
}

impl<K> Default for Expectations<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Expectations<K> {
    /// A write was answered with `version`: it is to be seen, and nobody misses the object any more.
    pub fn wrote(&mut self, key: K, version: Option<&str>) {
        let expectation = self.0.entry(key).or_default();
        expectation.missed = false;
        if let Some(version) = number(version) {
            expectation.written = Some(Write { version, at: Instant::now() });
        }
        self.0.retain(|_, expectation| !expectation.is_settled());
    }

    /// It was let go of: whoever still sees it sees what is past.
    pub fn let_go(&mut self, key: K) {
        self.0.entry(key).or_default().written = Some(Write { version: u64::MAX, at: Instant::now() });
    }

    /// A watch tells of `version`; whether that lags behind what was written.
    pub fn seen(&mut self, key: &K, version: Option<&str>) -> bool {
        self.change(key, |expectation| {
            expectation.missed = false;
            expectation.see(version)
        })
    }

    /// A watch tells that it went, at `version`; whether by itself, and not with what it lies in.
    pub fn went(&mut self, key: K, uid: Option<&str>, version: Option<&str>, by_itself: bool) {
        let expectation = self.0.entry(key).or_default();
        expectation.see(version);
        let ours = uid.is_some_and(|uid| expectation.deletion.take_if(|known| known.uid == uid).is_some());
        expectation.missed |= by_itself && !ours;
        self.0.retain(|_, expectation| !expectation.is_settled());
    }

    /// We ask for its deletion. The watch may tell of its end before the answer comes.
    pub fn deletes(&mut self, key: K, uid: &str) {
        let expectation = self.0.entry(key).or_default();
        if expectation.deletion.as_ref().is_none_or(|known| known.uid != uid) {
            expectation.deletion = Some(Deletion { uid: uid.to_owned(), granted: false });
        }
    }

    /// What the server said to that.
    pub fn answered(&mut self, key: &K, uid: &str, answer: Answer) {
        self.change(key, |expectation| match answer {
            Answer::Granted => {
                let known = expectation.deletion.as_mut().filter(|known| known.uid == uid);
                if let Some(known) = known {
                    known.granted = true;
                }
            }
            Answer::Refused => drop(expectation.deletion.take_if(|known| known.uid == uid)),
            Answer::Nothing => {}
        });
    }

    /// It is there under this UID and wanted: if nobody knows what became of our asking to delete it, it was not heard.
    pub fn wanted(&mut self, key: &K, uid: &str) {
        self.change(key, |expectation| {
            drop(expectation.deletion.take_if(|known| known.uid == uid && !known.granted));
        });
    }

    /// Nobody misses those that are meant.
    pub fn forgive(&mut self, meant: impl Fn(&K) -> bool) {
        self.0.retain(|key, expectation| {
            expectation.missed &= !meant(key);
            !expectation.is_settled()
        });
    }

    /// What went without our doing.
    pub fn missed(&self) -> impl Iterator<Item = &K> {
        self.0.iter().filter(|(_, expectation)| expectation.missed).map(|(key, _)| key)
    }

    /// Whether any of those that are meant was written and is not seen yet.
    pub fn lags(&self, meant: impl Fn(&K) -> bool) -> bool {
        self.0
            .iter()
            .any(|(key, expectation)| meant(key) && expectation.written.is_some_and(Write::is_awaited))
    }

    /// Changes what is expected of one, and forgets it once nothing is.
    fn change<T: Default>(&mut self, key: &K, change: impl FnOnce(&mut Expectation) -> T) -> T {
        let Some(expectation) = self.0.get_mut(key) else { return T::default() };
        let changed = change(expectation);
        if expectation.is_settled() {
            self.0.remove(key);
        }
        changed
    }
}

impl Expectation {
    /// Takes what a watch tells; whether it lags behind what was written.
    fn see(&mut self, version: Option<&str>) -> bool {
        let lags =
            |written: Write| written.is_awaited() && number(version).is_some_and(|v| v < written.version);
        self.written = self.written.filter(|written| lags(*written));
        self.written.is_some()
    }

    fn is_settled(&self) -> bool {
        !self.missed && self.deletion.is_none() && !self.written.is_some_and(Write::is_awaited)
    }
}

impl Write {
    fn is_awaited(self) -> bool {
        self.at.elapsed() < PATIENCE
    }
}

fn number(version: Option<&str>) -> Option<u64> {
    version?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Known = Expectations<&'static str>;

    fn misses(known: &Known) -> bool {
        known.missed().next().is_some()
    }

    #[test]
    fn a_write_is_awaited_until_it_or_what_came_after_it_is_seen() {
        let mut known = Known::default();
        assert!(!known.lags(|_| true) && !known.seen(&"a", Some("6")));
        for seen in ["7", "8"] {
            known.wrote("a", Some("7"));
            assert!(known.seen(&"a", Some("6")) && !known.seen(&"b", Some("9")));
            assert!(known.lags(|key| *key == "a") && !known.lags(|key| *key == "b"));
            assert!(!known.seen(&"a", Some(seen)), "{seen}");
            assert!(!known.lags(|_| true) && !known.seen(&"a", Some("6")), "{seen}");
        }
    }

    #[test]
    fn what_was_let_go_of_is_past_whatever_is_seen() {
        let mut known = Known::default();
        known.let_go("a");
        assert!(known.seen(&"a", Some("9")));
    }

    #[test]
    fn what_has_no_number_is_not_awaited() {
        let mut known = Known::default();
        known.wrote("a", None);
        known.wrote("b", Some("x"));
        assert!(!known.lags(|_| true) && known.0.is_empty());
    }

    #[test]
    fn no_write_is_awaited_for_ever() {
        let at = Instant::now().checked_sub(PATIENCE).unwrap();
        let written = Some(Write { version: 7, at });
        let mut known =
            Expectations(HashMap::from([("a", Expectation { written, ..Expectation::default() })]));
        assert!(!known.lags(|_| true) && !known.seen(&"a", Some("6")));
    }

    #[test]
    fn what_goes_is_missed_until_it_is_there_again_or_nobody_wants_it() {
        for end in [
            (|known| _ = known.seen(&"a", Some("9"))) as fn(&mut Known),
            |known| known.wrote("a", Some("9")),
            |known| known.forgive(|key| *key == "a"),
        ] {
            let mut known = Known::default();
            known.went("a", Some("u"), None, true);
            known.forgive(|key| *key == "b");
            assert!(misses(&known));
            end(&mut known);
            assert!(!misses(&known));
        }
        let mut known = Known::default();
        known.went("a", Some("u"), None, false);
        assert!(!misses(&known), "it went with what it lay in");
    }

    /// Whether it is missed when it goes, after what `ours` did.
    fn missed(ours: impl FnOnce(&mut Known)) -> bool {
        let mut known = Known::default();
        known.deletes("a", "u");
        ours(&mut known);
        known.went("a", Some("u"), None, true);
        misses(&known)
    }

    #[test]
    fn what_we_delete_is_not_missed() {
        assert!(!missed(|_| ()), "the watch was faster than the answer");
        assert!(!missed(|known| known.answered(&"a", "u", Answer::Granted)));
        assert!(!missed(|known| known.answered(&"a", "u", Answer::Nothing)));
        assert!(missed(|known| known.answered(&"a", "u", Answer::Refused)));
        assert!(missed(|known| known.went("a", Some("u"), None, true)), "it goes once");
        assert!(missed(|known| known.deletes("a", "v")), "that is another one");
    }

    #[test]
    fn an_answer_that_never_came_excuses_nobody_later() {
        assert!(missed(|known| known.wanted(&"a", "u")));
        assert!(!missed(|known| {
            known.answered(&"a", "u", Answer::Granted);
            known.wanted(&"a", "u");
        }));
    }

    proptest! {
        /// Whatever happened: who asked for nothing is excused nothing, and what is settled leaves no trace.
        #[test]
        fn nothing_is_kept_of_what_is_settled(steps in prop::collection::vec(0_u8..7, 0..40)) {
            let mut known = Known::default();
            let (mut asked, mut missing, mut version) = (false, false, 1_u64);
            for step in steps {
                version += 1;
                let now = version.to_string();
                match step {
                    0 => { known.wrote("a", Some(&now)); missing = false; }
                    1 => { _ = known.seen(&"a", Some(&now)); missing = false; }
                    2 => { known.went("a", Some("u"), Some(&now), true); missing |= !asked; asked = false; }
                    3 => { known.deletes("a", "u"); asked = true; }
                    4 => { known.answered(&"a", "u", Answer::Refused); asked = false; }
                    5 => known.answered(&"a", "u", Answer::Granted),
                    _ => { known.forgive(|_| true); missing = false; }
                }
                prop_assert_eq!(misses(&known), missing);
            }
            let end = (version + 1).to_string();
            known.answered(&"a", "u", Answer::Refused);
            known.seen(&"a", Some(&end));
            prop_assert!(known.0.is_empty());
        }
    }
}
