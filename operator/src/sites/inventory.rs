//! What is there in one site, by namespace: one [`Table`] a watched kind.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use beffroi_core::{
    facts::NodeFacts,
    location::seen,
    manifests::{Kind, Live, Object},
    plan::PodFacts,
};
use beffroi_crds::labels;
use kube::{ResourceExt, runtime::watcher::Event};

use super::{
    extras::Extra,
    first::FirstSeen,
    seen::{BackupRow, VolumeRow},
    table::{Row, Table},
};
use crate::unseen::Unseen;

/// What is there in one site.
#[derive(Debug, Default)]
pub struct Inventory {
    objects: HashMap<Kind, Table<Arc<Live>>>,
    /// Pods of all namespaces.
    pub pods: Table<PodRow>,
    /// Nodes.
    pub nodes: Table<NodeFacts>,
    /// What nodes said of their place when they were first seen.
    pub first: FirstSeen,
    /// Names of storage classes.
    pub storage_classes: Table<String>,
    /// Names of the guards that are bound; `None` for bindings that do not refuse.
    pub guards: Table<Option<String>>,
    /// Claims of volumes, by namespace.
    pub claims: Table<seen::Claim>,
    /// Volumes.
    pub volumes: Table<VolumeRow>,
    /// Services, by namespace; `None` for those that open no way out of the cluster.
    pub services: Table<Option<seen::Service>>,
    /// Ingresses, by namespace.
    pub ingresses: Table<seen::Ingress>,
    /// Flux's sources, by namespace; each kind has a table.
    pub sources: HashMap<Extra, Table<seen::Source>>,
    /// Backups, by their own namespace.
    pub backups: Table<BackupRow>,
    /// Addresses of the stores that backups lie in, by namespace and name.
    pub backup_stores: Table<String>,
    vanished: HashSet<Key>,
    unseen: Unseen<Key>,
    /// UIDs of what we delete.
    deleting: HashSet<String>,
    failing: BTreeMap<&'static str, Failing>,
}

/// Namespace, kind and name of one of our objects.
type Key = (String, Kind, String);

/// A watch that failed.
#[derive(Debug)]
struct Failing {
    why: String,
    first: Instant,
    last: Instant,
}

/// What is kept of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodRow {
    /// Its namespace.
    pub namespace: String,
    /// How it fares.
    pub facts: PodFacts,
    /// What its place rests on.
    pub seen: seen::Pod,
}

/// How long after its last failure a watch is taken to work again: failing ones are tried anew every few
/// seconds, and one that works says nothing.
const RECOVERED: Duration = Duration::from_secs(15);

impl Inventory {
    /// Nothing is there yet; `first` is what nodes were known to say before.
    pub fn new(first: FirstSeen) -> Self {
        Self { first, ..Self::default() }
    }

    /// Takes an event about one of our objects; returns the UIDs of the workspaces it is about.
    pub fn object(&mut self, kind: Kind, event: Row<Arc<Live>>) -> BTreeSet<String> {
        let table = self.objects.entry(kind).or_default();
        let owner = |live: &Live| live.object.labels().get(labels::WORKSPACE_UID).cloned();
        // An object that is relabelled concerns the workspace that it was of, too.
        let before = match &event {
            Event::Apply((namespace, name, _)) => table.get(namespace, name).and_then(|live| owner(live)),
            _ => None,
        };
        let changed = table.take(event);
        for (live, there) in &changed {
            let key = key(live);
            self.unseen.lags(&key, live.object.metadata.resource_version.as_deref());
            if *there {
                self.vanished.remove(&key);
                continue;
            }
            if kind == Kind::Namespace {
                self.vanished.retain(|(namespace, ..)| *namespace != key.0);
            }
            let ours = live.object.metadata.uid.as_ref().is_some_and(|uid| self.deleting.remove(uid));
            // What goes with its namespace is not missed by itself.
            let alone = kind == Kind::Namespace || self.stands(&key.0);
            if !ours && alone {
                self.vanished.insert(key);
            }
        }
        changed.iter().filter_map(|(live, _)| owner(live)).chain(before).collect()
    }

    /// Objects in `namespace` that bear the workspace's UID.
    pub fn objects_of(&self, namespace: &str, uid: &str) -> Vec<Arc<Live>> {
        let all =
            Kind::ALL.iter().filter_map(|kind| self.objects.get(kind)).flat_map(|table| table.of(namespace));
        all.filter(|live| live.object.labels().get(labels::WORKSPACE_UID).is_some_and(|u| u == uid))
            .cloned()
            .collect()
    }

    /// Objects of `namespace` that were seen and then went, without our doing.
    pub fn vanished_in(&self, namespace: &str) -> Vec<(Kind, String)> {
        let all = self.vanished.iter().filter(|(home, ..)| home == namespace);
        all.map(|(_, kind, name)| (*kind, name.clone())).collect()
    }

    /// Forgets what went from a namespace and is not wanted there: nobody misses it.
    pub fn forget_all_but(&mut self, namespace: &str, wanted: &[Object]) {
        let missed =
            |kind, name: &str| wanted.iter().any(|object| object.kind == kind && object.name() == name);
        self.vanished.retain(|(home, kind, name)| home != namespace || missed(*kind, name));
    }

    /// The same object, as a watch told of it last.
    fn known(&self, live: &Live) -> Option<&Arc<Live>> {
        self.objects.get(&live.kind)?.get(home(live), live.name())
    }

    /// Whether a namespace of ours is there and stays.
    fn stands(&self, namespace: &str) -> bool {
        let found = self.objects.get(&Kind::Namespace).and_then(|table| table.get(namespace, namespace));
        found.is_some_and(|live| live.deleting_since().is_none())
    }

    /// One of our objects was written, and is this now.
    pub fn wrote(&mut self, live: &Live) {
        let key = key(live);
        self.unseen.wrote(key.clone(), live.object.metadata.resource_version.as_deref());
        // The watch may have been faster than the answer.
        if let Some(known) = self.known(live).cloned() {
            self.unseen.lags(&key, known.object.metadata.resource_version.as_deref());
        }
    }

    /// One of our objects is about to be deleted by us.
    pub fn deletes(&mut self, live: &Live) {
        let known = self.known(live).and_then(|known| known.object.metadata.uid.clone());
        // What has been seen to go already does not go again.
        self.deleting.extend(known.filter(|uid| Some(uid) == live.object.metadata.uid.as_ref()));
    }

    /// It was not: it stays.
    pub fn keeps(&mut self, live: &Live) {
        self.deleting.retain(|uid| Some(uid) != live.object.metadata.uid.as_ref());
    }

    /// Whether something that was written in `namespace` is not seen yet.
    pub fn lags(&self, namespace: &str) -> bool {
        self.unseen.any(|(home, ..)| home == namespace)
    }

    /// UID of the workspace whose namespace this is.
    pub fn owner(&self, namespace: &str) -> Option<String> {
        let mut found = self.objects.get(&Kind::Namespace)?.of(namespace);
        found.next()?.object.labels().get(labels::WORKSPACE_UID).cloned()
    }

    /// Namespaces that bear our labels, each with the UID of its workspace.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, Option<&String>)> {
        let all = self.objects.get(&Kind::Namespace).into_iter().flat_map(Table::all);
        all.map(|live| (live.name(), live.object.labels().get(labels::WORKSPACE_UID)))
    }

    /// Whether everything was listed once; Flux's kinds and `extras` count only where they are served.
    pub fn filled(&self, flux: bool, extras: &BTreeSet<Extra>) -> bool {
        let objects = Kind::ALL.iter().filter(|kind| flux || !kind.is_flux());
        let ours = objects.map(|kind| self.objects.get(kind).is_some_and(Table::filled));
        let cluster = [
            self.pods.filled(),
            self.nodes.filled(),
            self.storage_classes.filled(),
            self.guards.filled(),
            self.claims.filled(),
            self.volumes.filled(),
            self.services.filled(),
            self.ingresses.filled(),
        ];
        let served = extras.iter().map(|extra| match extra {
            Extra::Backups => self.backups.filled(),
            Extra::BackupStores => self.backup_stores.filled(),
            source => self.sources.get(source).is_some_and(Table::filled),
        });
        ours.chain(cluster).chain(served).all(|filled| filled)
    }

    /// Remembers that a watch failed; tells whether that is news.
    pub fn failed(&mut self, what: &'static str, why: String) -> bool {
        let now = Instant::now();
        let before = self.failing.remove(what).filter(|f| f.last.elapsed() < RECOVERED);
        let first = before.as_ref().map_or(now, |before| before.first);
        self.failing.insert(what, Failing { why, first, last: now });
        before.is_none()
    }

    /// Forgets that a watch failed.
    pub fn recovered(&mut self, what: &'static str) {
        self.failing.remove(what);
    }

    /// A watch that fails now, what it said, and since when; of `Extra` kinds only those in `extras` count.
    pub fn failing(&self, extras: &BTreeSet<Extra>) -> Option<(&'static str, &str, Instant)> {
        let gone = |what: &str| Extra::ALL.iter().any(|e| e.plural() == what && !extras.contains(e));
        let mut now = self.failing.iter().filter(|(what, f)| f.last.elapsed() < RECOVERED && !gone(what));
        now.next().map(|(what, failing)| (*what, failing.why.as_str(), failing.first))
    }

    /// UIDs of the workspaces that have a pod on a node.
    pub fn carried_by(&self, node: &str) -> BTreeSet<String> {
        let pods = self.pods.all().filter(|pod| pod.seen.node.as_deref() == Some(node));
        pods.filter_map(|pod| self.owner(&pod.namespace)).collect()
    }
}

fn key(live: &Live) -> Key {
    (home(live).to_owned(), live.kind, live.name().to_owned())
}

/// The namespace that a row is kept under: for a namespace, itself.
pub(super) fn home(live: &Live) -> &str {
    match live.kind {
        Kind::Namespace => live.name(),
        _ => live.object.metadata.namespace.as_deref().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::DynamicObject;
    use serde_json::{from_value, json};

    use super::*;

    const HOME: &str = "mairie-wiki";

    fn live(kind: Kind, name: &str, version: &str, leaving: bool) -> Live {
        let namespace = (kind != Kind::Namespace).then_some(HOME);
        let gone = leaving.then_some("2026-11-29T03:00:00Z");
        let metadata = json!({
            "name": name, "namespace": namespace, "uid": format!("uid-{name}"), "resourceVersion": version,
            "deletionTimestamp": gone,
            "labels": {labels::WORKSPACE_UID: "u"},
        });
        Live {
            kind,
            object: DynamicObject { types: None, metadata: from_value(metadata).unwrap(), data: json!({}) },
        }
    }

    fn row(live: Live) -> (String, String, Arc<Live>) {
        (home(&live).to_owned(), live.name().to_owned(), Arc::new(live))
    }

    /// A namespace with a quota.
    fn inventory() -> Inventory {
        let mut inventory = Inventory::default();
        inventory.object(Kind::Namespace, Event::Apply(row(live(Kind::Namespace, HOME, "1", false))));
        inventory.object(Kind::ResourceQuota, Event::Apply(row(live(Kind::ResourceQuota, "q", "2", false))));
        inventory
    }

    #[test]
    fn what_goes_is_missed_as_long_as_it_is_wanted() {
        let mut inventory = inventory();
        let quota = live(Kind::ResourceQuota, "q", "3", true);
        let wanted = Object { kind: Kind::ResourceQuota, manifest: quota.object.clone() };
        inventory.object(Kind::ResourceQuota, Event::Delete(row(quota)));
        inventory.forget_all_but(HOME, &[wanted]);
        assert_eq!(inventory.vanished_in(HOME), [(Kind::ResourceQuota, "q".to_owned())]);
        inventory.forget_all_but("other", &[]);
        assert_eq!(inventory.vanished_in(HOME).len(), 1);
        inventory.forget_all_but(HOME, &[]);
        assert!(inventory.vanished_in(HOME).is_empty());
    }

    #[test]
    fn what_we_delete_is_not_missed() {
        for (kept, missed) in [(false, 0), (true, 1)] {
            let mut inventory = inventory();
            let quota = live(Kind::ResourceQuota, "q", "3", false);
            inventory.deletes(&quota);
            if kept {
                inventory.keeps(&quota);
            }
            inventory.object(Kind::ResourceQuota, Event::Delete(row(quota)));
            assert_eq!(inventory.vanished_in(HOME).len(), missed);
        }
    }

    #[test]
    fn what_goes_with_its_namespace_is_not_missed_by_itself() {
        let mut inventory = inventory();
        inventory.object(Kind::Namespace, Event::Apply(row(live(Kind::Namespace, HOME, "3", true))));
        inventory.object(Kind::ResourceQuota, Event::Delete(row(live(Kind::ResourceQuota, "q", "4", true))));
        assert!(inventory.vanished_in(HOME).is_empty());
        inventory.object(Kind::Namespace, Event::Delete(row(live(Kind::Namespace, HOME, "5", true))));
        assert_eq!(inventory.vanished_in(HOME), [(Kind::Namespace, HOME.to_owned())]);
    }

    #[test]
    fn what_was_written_is_awaited_unless_the_watch_was_faster() {
        let mut inventory = inventory();
        inventory.wrote(&live(Kind::ResourceQuota, "q", "2", false));
        assert!(!inventory.lags(HOME), "it has been seen");
        inventory.wrote(&live(Kind::ResourceQuota, "q", "5", false));
        assert!(inventory.lags(HOME) && !inventory.lags("other"));
        inventory.object(Kind::ResourceQuota, Event::Apply(row(live(Kind::ResourceQuota, "q", "4", false))));
        assert!(inventory.lags(HOME), "that was before");
        inventory.object(Kind::ResourceQuota, Event::Delete(row(live(Kind::ResourceQuota, "q", "6", true))));
        assert!(!inventory.lags(HOME), "it was, and went");
    }
}
