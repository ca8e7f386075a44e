//! The watches of one site: each kind → rows → inventory → whoever is concerned is told.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

use beffroi_core::{
    facts::NodeFacts,
    manifests::{Kind, Live},
    message::Message,
};
use beffroi_crds::labels;
use beffroi_process::panics::lasting;
use futures::{Stream, StreamExt};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        admissionregistration::v1::ValidatingAdmissionPolicyBinding as Binding,
        core::v1::{self as core, Node, PersistentVolume, Pod},
        storage::v1::StorageClass,
    },
};
use kube::{
    Api, Resource, ResourceExt,
    core::{ApiResource, DynamicObject, GroupVersionKind},
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::{
    Connection,
    extras::Extra,
    faring,
    inventory::{Inventory, POLICIES, PodRow, home},
    rows::{event_row, node_facts, pod_facts, probe_pod},
    seen,
    table::Table,
    unborn, velero,
};
use crate::caches::{LONGEST_PAUSE, pauses};

/// How long the server lets a watch live: a stream that died without a word is noticed when it should have ended.
const WATCH_SECONDS: u32 = 30;

impl Connection {
    /// Watches nodes, storage classes, pods, volumes, ways in and out, and our objects; Flux's come later.
    pub(super) fn watch_cluster(self: &Arc<Self>, stop: &CancellationToken) {
        self.watch_nodes(stop);
        self.follow(stop, "storageclasses", |this, event| {
            let row = event_row(event, |class: &StorageClass| {
                (String::new(), (class.name_any(), seen::class(class)))
            });
            let news = !this.inventory().storage_classes.take_news(row).is_empty();
            // A class of the same name may be another one now: that concerns whoever keeps data in it.
            if news {
                this.tell_all();
            }
        });
        let ours = watcher::Config::default().labels("app.kubernetes.io/part-of=beffroi");
        let bindings = Api::<Binding>::all(self.client.clone());
        self.follow_with(stop, "validatingadmissionpolicybindings", bindings, ours, |this, event| {
            let row = event_row(event, |binding| (String::new(), seen::guard(binding)));
            if !this.inventory().guards.take(row).is_empty() {
                this.bell.site(&this.name);
            }
        });
        self.follow(stop, "pods", |this, event| {
            let row = event_row(event, |pod: &Pod| {
                let namespace = pod.namespace().unwrap_or_default();
                let (facts, seen, probe) = (pod_facts(pod), seen::pod(pod), probe_pod(pod));
                (namespace.clone(), PodRow { namespace, facts, seen, probe })
            });
            let mut inventory = this.inventory();
            let changed = inventory.pods.take_news(row);
            this.tell(&inventory, changed.iter().map(|pod| pod.namespace.as_str()));
        });
        self.follow(stop, "persistentvolumes", |this, event| {
            let row = event_row(event, |volume: &PersistentVolume| (String::new(), seen::volume(volume)));
            let mut inventory = this.inventory();
            let changed = inventory.volumes.take_news(row);
            this.tell(&inventory, changed.iter().filter_map(|row| row.namespace.as_deref()));
        });
        self.follow_in_namespaces(stop, "persistentvolumeclaims", seen::claim, |i| &mut i.claims);
        self.follow_in_namespaces(stop, "services", seen::service, |i| &mut i.services);
        self.follow_in_namespaces(stop, "ingresses", seen::ingress, |i| &mut i.ingresses);
        self.follow_in_namespaces(stop, "deployments", unborn::deployment, |i| &mut i.deployments);
        self.watch_failed_creations(stop);
        self.watch_objects(stop, |kind| !kind.is_flux());
    }

    /// Events that tell of pods that cannot be made, and no others.
    fn watch_failed_creations(self: &Arc<Self>, stop: &CancellationToken) {
        let config = watcher::Config::default().fields(unborn::EVENTS);
        let api = Api::<core::Event>::all(self.client.clone());
        self.follow_with(stop, "events", api, config, |this, event| {
            let namespace = namespace_of(&event);
            let row = event_row(event, |told| (told.namespace().unwrap_or_default(), unborn::event(told)));
            let mut inventory = this.inventory();
            if !inventory.failed_creations.take_news(row).is_empty() {
                this.tell(&inventory, namespace.as_deref());
            }
        });
    }

    /// Watches what the guards say; Beffroi acts there as `identity`.
    pub(super) fn watch_guards(self: &Arc<Self>, stop: &CancellationToken, identity: String) {
        let ours = watcher::Config::default().labels("app.kubernetes.io/part-of=beffroi");
        // As it is written: of fields that this program does not know it must be seen that they are there.
        let gvk = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy");
        let resource = ApiResource::from_gvk_with_plural(&gvk, POLICIES);
        let policies = Api::<DynamicObject>::all_with(self.client.clone(), &resource);
        self.follow_with(stop, POLICIES, policies, ours, move |this, event| {
            let row = event_row(event, |policy| (String::new(), seen::policy(policy, &identity)));
            if !this.inventory().policies.take_news(row).is_empty() {
                this.bell.site(&this.name);
            }
        });
    }

    /// Nodes: what they offer concerns the site, what they say of their place those whose pods they carry.
    fn watch_nodes(self: &Arc<Self>, stop: &CancellationToken) {
        self.follow(stop, "nodes", |this, event: Event<Node>| {
            let name = match &event {
                Event::Apply(node) | Event::Delete(node) => Some(node.name_any()),
                _ => None,
            };
            let relisted = matches!(event, Event::InitDone);
            let mut inventory = this.inventory();
            let before = name.as_ref().and_then(|name| inventory.nodes.get("", name).cloned());
            let row = event_row(event, |node| (String::new(), node_facts(node)));
            for (node, there) in inventory.nodes.take(row) {
                if there {
                    inventory.first.note(&node);
                } else {
                    inventory.first.forget(&node.uid);
                }
            }
            let Some(name) = name else {
                if relisted {
                    this.bell.site(&this.name);
                }
                return;
            };
            let after = inventory.nodes.get("", &name);
            if before.as_ref() == after {
                return;
            }
            let place = |node: Option<&NodeFacts>| {
                node.map(|n| (n.uid.clone(), n.labels.clone(), n.provider_id.clone()))
            };
            if place(before.as_ref()) != place(after) {
                for uid in inventory.carried_by(&name) {
                    this.bell.workspace(&uid);
                }
            }
            this.bell.site(&this.name);
        });
    }

    /// Watches a kind that the site serves beside Kubernetes' own.
    pub(super) fn watch_extra(self: &Arc<Self>, stop: &CancellationToken, extra: Extra) {
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &extra.api_resource());
        let config = watcher::Config::default();
        self.follow_with(stop, extra.plural(), api, config, move |this, event| {
            let mut inventory = this.inventory();
            let home = |object: &DynamicObject| object.namespace().unwrap_or_default();
            match extra {
                Extra::Backups => {
                    let changed = inventory.backups.take(event_row(event, |o| (home(o), velero::backup(o))));
                    let held = |namespace: &str| changed.iter().any(|(backup, _)| backup.holds(namespace));
                    let all = inventory.namespaces().map(|(name, _)| name.to_owned());
                    let concerned: Vec<String> = all.filter(|name| held(name)).collect();
                    this.tell(&inventory, concerned.iter().map(String::as_str));
                }
                Extra::BackupStores => {
                    inventory.backup_stores.take(event_row(event, |o| (home(o), velero::backup_store(o))));
                    drop(inventory);
                    this.tell_all();
                }
                source => {
                    let namespace = namespace_of(&event);
                    let row = event_row(event, |o| (home(o), seen::flux_source(source.kind(), o)));
                    inventory.sources.entry(source).or_default().take(row);
                    this.tell(&inventory, namespace.as_deref());
                }
            }
        });
    }

    /// Tells the workspaces whose namespaces these are.
    fn tell<'a>(&self, inventory: &Inventory, namespaces: impl IntoIterator<Item = &'a str>) {
        let owners: BTreeSet<String> =
            namespaces.into_iter().filter_map(|namespace| inventory.owner(namespace)).collect();
        for uid in &owners {
            self.bell.workspace(uid);
        }
    }

    /// Watches those kinds of our objects.
    pub(super) fn watch_objects(self: &Arc<Self>, stop: &CancellationToken, which: fn(Kind) -> bool) {
        let ours = format!("{}={}", labels::MANAGED_BY, labels::MANAGER);
        for kind in Kind::ALL.into_iter().filter(|kind| which(*kind)) {
            let resource = kind.api_resource();
            let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource);
            let config = watcher::Config::default().labels(&ours);
            self.follow_with(stop, kind.name(), api, config, move |this, event| {
                let row = event_row(event, |object| {
                    let live = Arc::new(Live::of(kind, object.clone()));
                    (home(&live).to_owned(), live)
                });
                let owners = this.inventory().object(kind, row);
                for uid in &owners {
                    this.bell.workspace(uid);
                }
                if kind == Kind::Namespace {
                    this.bell.site(&this.name);
                }
            });
        }
    }

    /// Watches a kind of Kubernetes' own in every namespace.
    fn follow<K>(
        self: &Arc<Self>,
        stop: &CancellationToken,
        what: &'static str,
        take: impl FnMut(&Self, Event<K>) + Send + 'static,
    ) where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    {
        self.follow_with(stop, what, Api::all(self.client.clone()), watcher::Config::default(), take);
    }

    /// Watches a namespaced kind into a table, and tells whoever a change concerns.
    fn follow_in_namespaces<K, T>(
        self: &Arc<Self>,
        stop: &CancellationToken,
        what: &'static str,
        row: fn(&K) -> T,
        table: fn(&mut Inventory) -> &mut Table<T>,
    ) where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + Sync
            + 'static,
        T: Clone + PartialEq + Send + 'static,
    {
        self.follow(stop, what, move |this, event: Event<K>| {
            let namespace = namespace_of(&event);
            let event = event_row(event, |object| (object.namespace().unwrap_or_default(), row(object)));
            let mut inventory = this.inventory();
            if !table(&mut inventory).take_news(event).is_empty() {
                this.tell(&inventory, namespace.as_deref());
            }
        });
    }

    /// Watches one kind for as long as the connection lives.
    fn follow_with<K>(
        self: &Arc<Self>,
        stop: &CancellationToken,
        what: &'static str,
        api: Api<K>,
        config: watcher::Config,
        take: impl FnMut(&Self, Event<K>) + Send + 'static,
    ) where
        K: Resource + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
        K::DynamicType: Clone + Send + Sync,
    {
        let (weak, told) = (Arc::downgrade(self), Arc::downgrade(self));
        let config = config.timeout(WATCH_SECONDS);
        let take = Arc::new(Mutex::new(take));
        let watching = move || {
            let events = beffroi_process::watch::events(api.clone(), config.clone())
                .modify(|object| object.managed_fields_mut().clear())
                .backoff(pauses(LONGEST_PAUSE));
            watch(weak.clone(), what, events, take.clone())
        };
        let told = move || told.upgrade().map_or(1, |this| this.panicked(what));
        tokio::spawn(stop.clone().run_until_cancelled_owned(lasting(watching, told)));
    }

    fn failed(&self, what: &'static str, error: &watcher::Error) {
        metrics::counter!("beffroi_watch_failures_total", "cluster" => self.name.clone(), "kind" => what)
            .increment(1);
        let message = Message::from(faring::told(what, error));
        let why = message.to_string();
        if self.inventory().faring.failed(what, message, Instant::now()) {
            tracing::warn!(site = self.name, why, "a watch failed: it is tried again");
            self.bell.site(&self.name);
        } else {
            tracing::debug!(site = self.name, why, "a watch fails still: it is tried again");
        }
    }

    /// Everything of a kind was listed.
    fn listed(&self, what: &'static str) {
        self.inventory().faring.listed(what);
        self.worked(what);
        self.check_whole();
        self.tell_all();
    }
}

/// Takes what a watch tells, as long as anybody holds the connection.
async fn watch<K>(
    connection: Weak<Connection>,
    what: &'static str,
    events: impl Stream<Item = watcher::Result<Event<K>>>,
    take: Arc<Mutex<impl FnMut(&Connection, Event<K>)>>,
) {
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let Some(this) = connection.upgrade() else { return };
        match event {
            Ok(event) => {
                let listed = matches!(event, Event::InitDone);
                (take.lock().unwrap_or_else(PoisonError::into_inner))(&this, event);
                if listed {
                    this.listed(what);
                }
            }
            Err(error) => this.failed(what, &error),
        }
    }
}

/// The namespace that an event is about; a relisting is told to all when it is done.
fn namespace_of<K: ResourceExt>(event: &Event<K>) -> Option<String> {
    match event {
        Event::Apply(object) | Event::Delete(object) => object.namespace(),
        _ => None,
    }
}
