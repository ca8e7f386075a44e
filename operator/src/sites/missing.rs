//! What went from a site without our doing. Apart from it: what we deleted ourselves, known by its UID; what went with
//! its namespace; and what nobody wants any more.

use std::collections::{HashMap, HashSet};

use beffroi_core::manifests::Kind;

/// Namespace, kind and name of one of our objects; a namespace is in itself.
pub type Key = (String, Kind, String);

/// What went, and what we make go.
#[derive(Debug, Default)]
pub struct Missing {
    gone: HashSet<Key>,
    /// UIDs of what we delete, and whether it is certain that it goes.
    deleting: HashMap<String, bool>,
}

impl Missing {
    /// It is there.
    pub fn found(&mut self, key: &Key) {
        self.gone.remove(key);
    }

    /// It went; whether by itself, and not with its namespace.
    pub fn went(&mut self, key: Key, uid: Option<&str>, by_itself: bool) {
        if key.1 == Kind::Namespace {
            self.gone.retain(|(namespace, ..)| *namespace != key.0);
        }
        let ours = uid.is_some_and(|uid| self.deleting.remove(uid).is_some());
        if by_itself && !ours {
            self.gone.insert(key);
        }
    }

    /// We ask for its deletion. The watch may tell of its end before the answer comes.
    pub fn asked(&mut self, uid: &str) {
        self.deleting.entry(uid.to_owned()).or_default();
    }

    /// It goes, or has gone.
    pub fn granted(&mut self, uid: &str) {
        self.deleting.entry(uid.to_owned()).and_modify(|certain| *certain = true);
    }

    /// It stays: what becomes of it later is not our doing.
    pub fn refused(&mut self, uid: &str) {
        self.deleting.remove(uid);
    }

    /// It is there and wanted again: if nobody knows what became of our asking, it was not heard.
    pub fn wanted_again(&mut self, uid: &str) {
        if self.deleting.get(uid) == Some(&false) {
            self.deleting.remove(uid);
        }
    }

    /// What went from `namespace`.
    pub fn of(&self, namespace: &str) -> Vec<(Kind, String)> {
        let all = self.gone.iter().filter(|(home, ..)| home == namespace);
        all.map(|(_, kind, name)| (*kind, name.clone())).collect()
    }

    /// Forgets what went from `namespace` and is not wanted: nobody misses it.
    pub fn forget_all_but(&mut self, namespace: &str, wanted: impl Fn(Kind, &str) -> bool) {
        self.gone.retain(|(home, kind, name)| home != namespace || wanted(*kind, name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "mairie-wiki";

    fn key(kind: Kind, name: &str) -> Key {
        (HOME.to_owned(), kind, name.to_owned())
    }

    fn quota() -> Key {
        key(Kind::ResourceQuota, "q")
    }

    #[test]
    fn what_goes_is_missed_as_long_as_it_is_wanted() {
        let mut missing = Missing::default();
        missing.went(quota(), Some("u"), true);
        missing.forget_all_but(HOME, |kind, name| (kind, name) == (Kind::ResourceQuota, "q"));
        missing.forget_all_but("other", |_, _| false);
        assert_eq!(missing.of(HOME), [(Kind::ResourceQuota, "q".to_owned())]);
        assert!(missing.of("other").is_empty());
        missing.forget_all_but(HOME, |_, _| false);
        assert!(missing.of(HOME).is_empty());
        missing.went(quota(), Some("u"), true);
        missing.found(&quota());
        assert!(missing.of(HOME).is_empty());
    }

    #[test]
    fn what_goes_with_its_namespace_is_not_missed_by_itself() {
        let mut missing = Missing::default();
        missing.went(quota(), Some("u"), true);
        missing.went(key(Kind::ServiceAccount, "apps"), Some("v"), false);
        missing.went(key(Kind::Namespace, HOME), Some("w"), true);
        assert_eq!(missing.of(HOME), [(Kind::Namespace, HOME.to_owned())]);
    }

    /// Whether it is missed when it goes, after what `ours` did.
    fn missed(ours: impl FnOnce(&mut Missing)) -> bool {
        let mut missing = Missing::default();
        missing.asked("u");
        ours(&mut missing);
        missing.went(quota(), Some("u"), true);
        !missing.of(HOME).is_empty()
    }

    #[test]
    fn what_we_delete_is_not_missed() {
        assert!(!missed(|_| ()), "the watch was faster than the answer");
        assert!(!missed(|missing| missing.granted("u")));
        assert!(missed(|missing| missing.refused("u")));
    }

    #[test]
    fn an_answer_that_never_came_excuses_nobody_later() {
        assert!(missed(|missing| missing.wanted_again("u")));
        assert!(!missed(|missing| {
            missing.granted("u");
            missing.wanted_again("u");
        }));
    }

    #[test]
    fn a_deletion_is_ours_once() {
        let mut missing = Missing::default();
        missing.asked("u");
        missing.went(quota(), Some("u"), true);
        missing.went(quota(), Some("u"), true);
        assert_eq!(missing.of(HOME).len(), 1);
    }
}
