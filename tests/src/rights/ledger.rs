//! Rights granted, with what exercised them: each right → tests, and how often each did.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::{
    Atom, Grant,
    audit::{self, Exercise},
};

/// All that was granted, and what became of it.
#[derive(Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// First and last moment that something was exercised in each test.
    times: BTreeMap<String, (Timestamp, Timestamp)>,
}

/// One right, and who exercised it.
#[derive(Debug)]
pub struct Entry {
    /// The right.
    pub grant: Grant,
    /// How often, by test.
    pub tests: BTreeMap<String, u64>,
    /// Roles of others that allowed the same in this one's place.
    pub elsewhere: BTreeSet<String>,
}

impl Ledger {
    /// Where nothing was exercised yet.
    pub fn of(grants: Vec<Grant>) -> Self {
        let entry = |grant| Entry { grant, tests: BTreeMap::new(), elsewhere: BTreeSet::new() };
        Self { entries: grants.into_iter().map(entry).collect(), times: BTreeMap::new() }
    }

    /// Takes in all that API servers wrote into a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, folder: &Path) -> Result<()> {
        let files = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        for file in files {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some((test, _)) = name.rsplit_once('@') else { continue };
            for exercise in audit::read(&path)? {
                self.take(test, &exercise);
            }
        }
        Ok(())
    }

    /// Takes in one request of a test.
    pub fn take(&mut self, test: &str, exercise: &Exercise) {
        let times = self.times.entry(test.to_owned()).or_insert((exercise.at, exercise.at));
        *times = (times.0.min(exercise.at), times.1.max(exercise.at));
        let by_themselves = self.entries.iter_mut().filter(|entry| entry.grant.holder.did(exercise));
        for entry in by_themselves {
            let atom = &entry.grant.atom;
            if !exercise.requests.iter().any(|request| atom.covers(request)) {
                continue;
            }
            if entry.grant.through.contains(&exercise.role) {
                *entry.tests.entry(test.to_owned()).or_default() += 1;
            } else if exercise.role.starts_with("ClusterRole/system:") {
                entry.elsewhere.insert(exercise.role.clone());
            }
        }
    }

    /// Every right.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Tests that exercised a right, the shortest first.
    pub fn tests(&self, atom: &Atom) -> Vec<&str> {
        let found = self.entries.iter().filter(|entry| entry.grant.atom == *atom);
        let tests: BTreeSet<&str> = found.flat_map(|entry| entry.tests.keys()).map(String::as_str).collect();
        let mut tests: Vec<&str> = tests.into_iter().collect();
        tests.sort_by_key(|test| self.took(test));
        tests
    }

    /// How often the holder of a right was refused it, as API servers wrote into a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refusals(&self, atom: &Atom, folder: &Path) -> Result<usize> {
        let mut refusals = 0;
        for file in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let all = audit::refused(&file?.path())?;
            let of = |one: &&Exercise| {
                let mut held = self.entries.iter().filter(|entry| entry.grant.atom == *atom);
                held.any(|entry| entry.grant.holder.did(one)) && one.requests.iter().any(|r| atom.covers(r))
            };
            refusals += all.iter().filter(of).count();
        }
        Ok(refusals)
    }

    /// How long it took from the first request of a test to its last.
    pub fn took(&self, test: &str) -> Duration {
        let times = self.times.get(test);
        times.map_or(Duration::MAX, |(first, last)| last.duration_since(*first).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rights::{Holder, Request, Target, atom::flatten};

    fn exercise(role: &str, verb: &str, second: i64) -> Exercise {
        let target =
            Target::Objects { group: String::new(), resource: "secrets".into(), name: Some("a".into()) };
        Exercise {
            user: "system:serviceaccount:beffroi-system:beffroi-operator".into(),
            made_by: None,
            agent: "beffroi-operator/0.1.0".into(),
            role: role.into(),
            requests: vec![Request { verb: verb.into(), target }],
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    fn ledger() -> Ledger {
        let role = json!({"kind": "Role", "metadata": {"name": "r"}, "rules": [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]});
        Ledger::of(flatten(&role).into_iter().map(|atom| Grant::new(Holder::Operator, atom)).collect())
    }

    fn told(ledger: &Ledger) -> Vec<String> {
        let entries = ledger.entries().iter();
        entries.map(|entry| format!("{}: {:?}", entry.grant.atom, entry.tests)).collect()
    }

    #[test]
    fn a_right_is_used_where_its_own_role_allowed_what_its_holder_did() {
        let mut ledger = ledger();
        ledger.take("one", &exercise("Role/r", "get", 1));
        ledger.take("one", &exercise("Role/r", "get", 2));
        ledger.take("two", &exercise("Role/other", "list", 3));
        // A test that plays the operator shows nothing of what the operator needs.
        ledger.take("three", &Exercise { agent: String::new(), ..exercise("Role/r", "list", 4) });
        assert_eq!(told(&ledger), ["Role/r get secrets: {\"one\": 2}", "Role/r list secrets: {}"]);
    }

    #[test]
    fn what_kubernetes_gives_everyone_is_told() {
        let mut ledger = ledger();
        ledger.take("one", &exercise("ClusterRole/system:basic-user", "get", 1));
        assert!(ledger.entries()[0].tests.is_empty());
        assert_eq!(ledger.entries()[0].elsewhere, ["ClusterRole/system:basic-user".to_owned()].into());
    }

    #[test]
    fn the_shortest_test_comes_first() {
        let mut ledger = ledger();
        for (test, second) in [("long", 0), ("long", 60), ("short", 10), ("short", 15)] {
            ledger.take(test, &exercise("Role/r", "get", second));
        }
        assert_eq!(ledger.tests(&ledger.entries()[0].grant.atom.clone()), ["short", "long"]);
        assert_eq!(ledger.took("long"), Duration::from_mins(1));
    }

    #[test]
    fn files_are_read_by_the_test_that_their_names_begin_with() {
        let folder = tempfile::tempdir().unwrap();
        let line = json!({"stage": "ResponseComplete", "verb": "list", "userAgent": "beffroi-operator/0.1.0",
            "user": {"username": "u"}, "requestURI": "/api/v1/secrets", "objectRef": {"resource": "secrets"},
            "requestReceivedTimestamp": "2026-11-30T23:00:00Z",
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason":
                "RBAC: allowed by RoleBinding \"r/n\" of Role \"r\" to ServiceAccount \"o/n\""}});
        let text = format!("{line}\n{}", &line.to_string()[..40]);
        std::fs::write(folder.path().join("api::one@beffroi-run-par1-x.jsonl"), text).unwrap();
        let mut ledger = ledger();
        ledger.read(folder.path()).unwrap();
        assert_eq!(told(&ledger), ["Role/r get secrets: {}", "Role/r list secrets: {\"api::one\": 1}"]);
    }
}
