//! The watches of one site: each kind → rows → inventory → whoever is concerned is told.

use std::{fmt::Debug, sync::Arc, time::Duration};

use backon::ExponentialBuilder;
use beffroi_core::{
    facts::NodeFacts,
    manifests::{Kind, Live},
};
use beffroi_crds::labels;
use futures::StreamExt;
use k8s_openapi::api::{
    core::v1::{Node, Pod},
    storage::v1::StorageClass,
};
use kube::{
    Api, Resource, ResourceExt,
    core::DynamicObject,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, ExponentialBackoff, watcher},
    },
};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::{
    Connection,
    connection::cause,
    inventory::home,
    rows::{event_row, node_facts, pod_facts},
};

impl Connection {
    /// Watches nodes, storage classes, pods and our objects, but for Flux's.
    pub(super) fn watch_cluster(self: &Arc<Self>, stop: &CancellationToken) {
        let client = &self.client;
        self.follow(
            stop,
            "nodes",
            Api::<Node>::all(client.clone()),
            watcher::Config::default(),
            |this, event| {
                let row = event_row(event, |node| (String::new(), node_facts(node)));
                let before: Vec<NodeFacts> = this.inventory().nodes.all().cloned().collect();
                this.inventory().nodes.take(row);
                if before != this.inventory().nodes.all().cloned().collect::<Vec<_>>() {
                    this.bell.site(&this.name);
                }
            },
        );
        self.follow(
            stop,
            "storageclasses",
            Api::<StorageClass>::all(client.clone()),
            watcher::Config::default(),
            |this, event| {
                let row = event_row(event, |class| (String::new(), class.name_any()));
                if !this.inventory().storage_classes.take(row).is_empty() {
                    this.bell.site(&this.name);
                }
            },
        );
        self.follow(
            stop,
            "pods",
            Api::<Pod>::all(client.clone()),
            watcher::Config::default(),
            |this, event| {
                let row = event_row(event, |pod| {
                    let namespace = pod.namespace().unwrap_or_default();
                    (namespace.clone(), (namespace, pod_facts(pod)))
                });
                let owners: Vec<String> = {
                    let mut inventory = this.inventory();
                    let changed = inventory.pods.take(row);
                    changed.iter().filter_map(|((namespace, _), _)| inventory.owner(namespace)).collect()
                };
                for uid in &owners {
                    this.bell.workspace(uid);
                }
            },
        );
        self.watch_objects(stop, |kind| !kind.is_flux());
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
                    let live = Arc::new(Live { kind, object: object.clone() });
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

    fn follow<K>(
        self: &Arc<Self>,
        stop: &CancellationToken,
        what: &'static str,
        api: Api<K>,
        config: watcher::Config,
        take: impl FnMut(&Self, Event<K>) + Send + 'static,
    ) where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
    {
        self.follow_with(stop, what, api, config, take);
    }

    /// Watches one kind for as long as the connection lives.
    fn follow_with<K>(
        self: &Arc<Self>,
        stop: &CancellationToken,
        what: &'static str,
        api: Api<K>,
        config: watcher::Config,
        mut take: impl FnMut(&Self, Event<K>) + Send + 'static,
    ) where
        K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
        K::DynamicType: Clone,
    {
        let weak = Arc::downgrade(self);
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(Duration::from_secs(5))
            .with_jitter()
            .without_max_times();
        let events = watcher(api, config.streaming_lists())
            .modify(|object| object.managed_fields_mut().clear())
            .backoff(ExponentialBackoff::from(backoff));
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            let mut events = std::pin::pin!(events);
            while let Some(event) = events.next().await {
                let Some(this) = weak.upgrade() else { return };
                match event {
                    Ok(event) => {
                        let done = matches!(event, Event::InitDone);
                        take(&this, event);
                        if done {
                            this.inventory().failing.remove(what);
                            this.tell_all();
                        }
                    }
                    Err(error) => {
                        let first = this.inventory().failing.insert(what, cause(&error)).is_none();
                        if first {
                            tracing::debug!(site = this.name, what, %error, "watch failed: it is tried again");
                            this.bell.site(&this.name);
                        }
                    }
                }
            }
        }));
    }
}
