//! What is there in one site, by namespace: one [`Table`] a watched kind.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

use beffroi_core::{
    facts::{ClassFacts, NodeFacts},
    location::seen,
    manifests::{Kind, Live, Object},
    message::Message,
    plan::{PodFacts, ProbePod, Unborn},
    site::guards,
};
use beffroi_crds::labels;
use kube::runtime::watcher::Event;

use super::{
    extras::Extra,
    faring::Faring,
    first::FirstSeen,
    seen::{IngressRow, VolumeRow},
    table::{Row, Table},
    unborn::FailedCreation,
    velero::BackupRow,
};
use crate::expectations::{Answer, Expectations};

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
    /// Storage classes, each with its name.
    pub storage_classes: Table<(String, ClassFacts)>,
    /// Names of the guards that are bound; `None` for bindings that do not refuse.
    pub guards: Table<Option<String>>,
    /// Name of each admission policy of ours, with the digest of what it says.
    pub policies: Table<(String, String)>,
    /// Claims of volumes, by namespace.
    pub claims: Table<seen::Claim>,
    /// Volumes.
    pub volumes: Table<VolumeRow>,
    /// Services, by namespace; `None` for those that open no way out of the cluster.
    pub services: Table<Option<seen::Service>>,
    /// Ingresses, by namespace.
    pub ingresses: Table<IngressRow>,
    /// Why a Deployment's pods cannot be made, by namespace; `None` where they can.
    pub deployments: Table<Option<Unborn>>,
    /// What events tell of pods that could not be made, by namespace.
    pub failed_creations: Table<Option<FailedCreation>>,
    /// Flux's sources, by namespace; each kind has a table.
    pub sources: HashMap<Extra, Table<seen::Source>>,
    /// Backups, by their own namespace.
    pub backups: Table<BackupRow>,
    /// Addresses of the stores that backups lie in, by namespace and name.
    pub backup_stores: Table<String>,
    expected: Expectations<Key>,
    /// How the watches fare that fill it.
    pub faring: Faring,
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
    /// Where it is the pod by which a workspace's network is probed: it is no app's.
    pub probe: Option<ProbePod>,
}

/// What guards say is watched under this name. Where the site's chart is too old to let it be read, that is told of
/// the guards alone.
pub(super) const POLICIES: &str = "validatingadmissionpolicies";

impl Inventory {
    /// Nothing is there yet; `first` is what nodes were known to say before.
    pub fn new(first: FirstSeen) -> Self {
        Self { first, ..Self::default() }
    }

    /// Takes an event about one of our objects; returns the UIDs of the workspaces it is about.
    pub fn object(&mut self, kind: Kind, event: Row<Arc<Live>>) -> BTreeSet<String> {
        let table = self.objects.entry(kind).or_default();
        let owner = |live: &Live| live.labels().get(labels::WORKSPACE_UID).cloned();
        // An object that is relabelled concerns the workspace that it was of, too.
        let before = match &event {
            Event::Apply((namespace, name, _)) => table.get(namespace, name).and_then(|live| owner(live)),
            _ => None,
        };
        let changed = table.take(event);
        for (live, there) in &changed {
            let (key, meta) = (key(live), &live.metadata);
            let version = meta.resource_version.as_deref();
            if *there {
                self.expected.seen(&key, version);
            } else {
                if kind == Kind::Namespace {
                    self.expected.forgive(|(home, ..)| *home == key.0);
                }
                let by_itself = kind == Kind::Namespace || self.stands(&key.0);
                self.expected.went(key, meta.uid.as_deref(), version, by_itself);
            }
        }
        changed.iter().filter_map(|(live, _)| owner(live)).chain(before).collect()
    }

    /// Objects in `namespace` that bear the workspace's UID.
    pub fn objects_of(&self, namespace: &str, uid: &str) -> Vec<Arc<Live>> {
        let all =
            Kind::ALL.iter().filter_map(|kind| self.objects.get(kind)).flat_map(|table| table.of(namespace));
        all.filter(|live| live.labels().get(labels::WORKSPACE_UID).is_some_and(|u| u == uid))
            .cloned()
            .collect()
    }

    /// Objects of `namespace` that were seen and then went, without our doing.
    pub fn vanished_in(&self, namespace: &str) -> Vec<(Kind, String)> {
        let missed = self.expected.missed().filter(|(home, ..)| home == namespace);
        missed.map(|(_, kind, name)| (*kind, name.clone())).collect()
    }

    /// What is `wanted` in a namespace now: what else went from there is missed by nobody.
    pub fn want(&mut self, namespace: &str, wanted: &[Object]) {
        self.expected.forgive(|(home, kind, name)| {
            home == namespace && !wanted.iter().any(|object| object.kind == *kind && object.name() == name)
        });
        for object in wanted {
            let there = self.there(object.kind, namespace, object.name()).cloned();
            if let Some(there) = there.filter(|there| there.deleting_since().is_none()) {
                self.expected.wanted(&key(&there), uid(&there));
            }
        }
    }

    /// An object, as a watch told of it last.
    fn there(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Live>> {
        self.objects.get(&kind)?.get(namespace, name)
    }

    /// The same object, as a watch told of it last.
    fn known(&self, live: &Live) -> Option<&Arc<Live>> {
        self.there(live.kind, home(live), live.name())
    }

    /// Whether a namespace of ours is there and stays.
    fn stands(&self, namespace: &str) -> bool {
        let found = self.there(Kind::Namespace, namespace, namespace);
        found.is_some_and(|live| live.deleting_since().is_none())
    }

    /// One of our objects was written, and is this now.
    pub fn wrote(&mut self, live: &Live) {
        let key = key(live);
        self.expected.wrote(key.clone(), live.metadata.resource_version.as_deref());
        // The watch may have been faster than the answer.
        if let Some(known) = self.known(live).cloned() {
            self.expected.seen(&key, known.metadata.resource_version.as_deref());
        }
    }

    /// One of our objects is about to be deleted by us; what has been seen to go already does not go again.
    pub fn deletes(&mut self, live: &Live) {
        if self.known(live).is_some_and(|known| uid(known) == uid(live)) {
            self.expected.deletes(key(live), uid(live));
        }
    }

    /// What the site answered to that; an answer that never comes, or tells of a conflict, says nothing.
    pub fn answered<T>(&mut self, live: &Live, answer: &Result<T, kube::Error>) {
        let answer = match answer {
            Ok(_) => Answer::Granted,
            Err(kube::Error::Api(status)) if status.code == 404 => Answer::Granted,
            Err(kube::Error::Api(status)) if status.code != 409 => Answer::Refused,
            Err(_) => Answer::Nothing,
        };
        self.expected.answered(&key(live), uid(live), answer);
    }

    /// Whether something that was written in `namespace` is not seen yet.
    pub fn lags(&self, namespace: &str) -> bool {
        self.expected.lags(|(home, ..)| home == namespace)
    }

    /// UID of the workspace whose namespace this is.
    pub fn owner(&self, namespace: &str) -> Option<String> {
        let mut found = self.objects.get(&Kind::Namespace)?.of(namespace);
        found.next()?.labels().get(labels::WORKSPACE_UID).cloned()
    }

    /// Namespaces that bear our labels, each with the UID of its workspace.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, Option<&String>)> {
        let all = self.objects.get(&Kind::Namespace).into_iter().flat_map(Table::all);
        all.map(|live| (live.name(), live.labels().get(labels::WORKSPACE_UID)))
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
            self.policies.filled() || self.faring.has_failed(POLICIES),
            self.claims.filled(),
            self.volumes.filled(),
            self.services.filled(),
            self.ingresses.filled(),
            self.deployments.filled(),
            self.failed_creations.filled(),
        ];
        let served = extras.iter().map(|extra| match extra {
            Extra::Backups => self.backups.filled(),
            Extra::BackupStores => self.backup_stores.filled(),
            source => self.sources.get(source).is_some_and(Table::filled),
        });
        ours.chain(cluster).chain(served).all(|filled| filled)
    }

    /// What a watch that fails now said, and since when; of `Extra` kinds only those in `extras` count.
    pub fn failing(&self, extras: &BTreeSet<Extra>) -> Option<(&Message, Instant)> {
        let gone = |what: &str| {
            what == POLICIES || Extra::ALL.iter().any(|e| e.plural() == what && !extras.contains(e))
        };
        self.faring.failing(Instant::now(), |what| !gone(what))
    }

    /// Guards that are bound and refuse: those whose policy is gone do not.
    pub fn bound_guards(&self) -> BTreeSet<String> {
        let there: BTreeSet<&str> = self.policies.all().map(|(name, _)| name.as_str()).collect();
        let known = |name: &&String| !self.policies.filled() || there.contains(name.as_str());
        self.guards.all().flatten().filter(known).cloned().collect()
    }

    /// Guards that say something else than they must; `None` where they cannot be read.
    pub fn altered_guards(&self) -> Option<BTreeSet<String>> {
        let wanted = guards::digests();
        let altered = self
            .policies
            .all()
            .filter(|(name, digest)| wanted.get(name.as_str()).is_some_and(|wanted| digest != wanted));
        self.policies.filled().then(|| altered.map(|(name, _)| name.clone()).collect())
    }

    /// Pods of a namespace, but for the one by which its network is probed.
    pub fn app_pods(&self, namespace: &str) -> impl Iterator<Item = &PodRow> {
        self.pods.of(namespace).filter(|pod| pod.probe.is_none())
    }

    /// Hosts that ingresses of a namespace name; `None` before they were listed once.
    pub fn hosts(&self, namespace: &str) -> Option<BTreeSet<String>> {
        let rows = self.ingresses.of(namespace);
        self.ingresses.filled().then(|| rows.flat_map(|row| row.hosts.iter().cloned()).collect())
    }

    /// UIDs of the workspaces that have a pod on a node, or a volume bound to it.
    pub fn carried_by(&self, node: &str) -> BTreeSet<String> {
        let pods = self.pods.all().filter(|pod| pod.seen.node.as_deref() == Some(node));
        let volumes = self.volumes.all().filter(|row| self.bound_to(&row.volume).any(|name| name == node));
        let namespaces =
            pods.map(|pod| pod.namespace.as_str()).chain(volumes.filter_map(|row| row.namespace.as_deref()));
        namespaces.filter_map(|namespace| self.owner(namespace)).collect()
    }
}

/// Namespace, kind and name of one of our objects; a namespace is in itself.
type Key = (String, Kind, String);

fn key(live: &Live) -> Key {
    (home(live).to_owned(), live.kind, live.name().to_owned())
}

fn uid(live: &Live) -> &str {
    live.metadata.uid.as_deref().unwrap_or_default()
}

/// The namespace that a row is kept under: for a namespace, itself.
pub(super) fn home(live: &Live) -> &str {
    match live.kind {
        Kind::Namespace => live.name(),
        _ => live.metadata.namespace.as_deref().unwrap_or_default(),
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
        });
        let metadata = from_value(metadata).unwrap();
        Live::of(kind, DynamicObject { types: None, metadata, data: json!({}) })
    }

    fn quota(version: &str) -> Live {
        live(Kind::ResourceQuota, "q", version, false)
    }

    fn apply(inventory: &mut Inventory, live: Live) {
        inventory
            .object(live.kind, Event::Apply((home(&live).to_owned(), live.name().to_owned(), live.into())));
    }

    fn delete(inventory: &mut Inventory, live: Live) {
        inventory
            .object(live.kind, Event::Delete((home(&live).to_owned(), live.name().to_owned(), live.into())));
    }

    /// A namespace with a quota.
    fn inventory() -> Inventory {
        let mut inventory = Inventory::default();
        apply(&mut inventory, live(Kind::Namespace, HOME, "1", false));
        apply(&mut inventory, quota("2"));
        inventory
    }

    #[test]
    fn what_goes_with_its_namespace_is_not_missed_by_itself() {
        for leaving in [false, true] {
            let mut inventory = inventory();
            apply(&mut inventory, live(Kind::Namespace, HOME, "3", leaving));
            delete(&mut inventory, quota("4"));
            assert_eq!(inventory.vanished_in(HOME).is_empty(), leaving);
        }
    }

    #[test]
    fn a_deletion_that_may_not_have_been_heard_excuses_nobody_later() {
        for (wanted, missed) in [(vec![], 0), (vec![quota("2")], 1)] {
            let mut inventory = inventory();
            inventory.deletes(&quota("2"));
            inventory.answered(&quota("2"), &Err::<(), _>(kube::Error::LinesCodecMaxLineLengthExceeded));
            let wanted = wanted.into_iter().map(|live| Object {
                kind: live.kind,
                manifest: DynamicObject { types: None, metadata: live.metadata, data: json!({}) },
            });
            inventory.want(HOME, &wanted.collect::<Vec<_>>());
            delete(&mut inventory, quota("3"));
            assert_eq!(inventory.vanished_in(HOME).len(), missed);
        }
    }

    #[test]
    fn what_was_written_is_awaited_unless_the_watch_was_faster() {
        let mut inventory = inventory();
        inventory.wrote(&quota("2"));
        assert!(!inventory.lags(HOME), "it has been seen");
        inventory.wrote(&quota("5"));
        assert!(inventory.lags(HOME) && !inventory.lags("other"));
        apply(&mut inventory, quota("4"));
        assert!(inventory.lags(HOME), "that was before");
        delete(&mut inventory, quota("6"));
        assert!(!inventory.lags(HOME), "it was, and went");
    }
}
