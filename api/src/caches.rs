//! Caches of the management cluster: one watch per kind → a store that answers come from, and a channel of changes.
//!
//! Whoever writes waits until the cache has what was written ([`Cache::reached`]): one reads what one wrote.

use std::{collections::BTreeMap, fmt::Debug, hash::Hash, sync::Arc, time::Duration};

use beffroi_core::{
    facts::{SiteFacts, World},
    ledger, site,
};
use beffroi_crds::{App, Provider, Site, SovereigntyPolicy, Tenant, Workspace, labels};
use futures::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        reflector::{self, ObjectRef, Store},
        watcher::{self, Event, watcher},
    },
};
use serde::de::DeserializeOwned;
use tokio::sync::{broadcast, watch};

/// How long a write waits for the cache.
const PATIENCE: Duration = Duration::from_secs(2);
/// Changes that a listener may lag behind.
const LAG: usize = 4096;

/// A change of one kind, once the store has it.
#[derive(Clone, Debug)]
pub enum Change<K> {
    /// It is new, or has changed.
    Applied(Arc<K>),
    /// It is gone.
    Deleted(Arc<K>),
    /// The watch began anew: what happened meanwhile is not told one by one.
    Restarted,
}

/// The objects of one kind.
pub struct Cache<K>
where
    K: Resource + 'static,
    K::DynamicType: Eq + Hash,
{
    store: Store<K>,
    /// The newest version that was seen; told at every event, whether or not it is another.
    ticks: watch::Sender<u64>,
    changes: broadcast::Sender<Change<K>>,
}

/// Every kind that answers come from.
#[allow(missing_docs)]
pub struct Caches {
    pub providers: Cache<Provider>,
    pub sites: Cache<Site>,
    pub policies: Cache<SovereigntyPolicy>,
    pub apps: Cache<App>,
    pub tenants: Cache<Tenant>,
    pub workspaces: Cache<Workspace>,
    /// Namespaces of tenants.
    pub namespaces: Cache<Namespace>,
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    /// A store that a watch in the background keeps filled.
    pub fn start(api: Api<K>, config: watcher::Config) -> Self {
        Self::fed(watcher(api, config.streaming_lists()).default_backoff())
    }

    /// A store filled by the events of a watch, in the background.
    pub fn fed(events: impl Stream<Item = watcher::Result<Event<K>>> + Send + 'static) -> Self {
        let (store, writer) = reflector::store();
        let cache = Self { store, ticks: watch::Sender::new(0), changes: broadcast::Sender::new(LAG) };
        let (store, ticks, changes) = (cache.store.clone(), cache.ticks.clone(), cache.changes.clone());
        let events = events.modify(|object| object.managed_fields_mut().clear()).reflect(writer);
        tokio::spawn(events.for_each(move |event| {
            match event {
                Ok(event) => {
                    let seen = newest(&event);
                    if let Some(change) = change(&store, event) {
                        // Nobody may be listening.
                        let _ = changes.send(change);
                    }
                    ticks.send_modify(|newest| *newest = seen.max(*newest));
                }
                Err(error) => {
                    tracing::warn!(%error, kind = %K::kind(&()), "a watch failed: it is tried again");
                }
            }
            futures::future::ready(())
        }));
        cache
    }

    /// The cluster-scoped object of a name.
    pub fn get(&self, name: &str) -> Option<Arc<K>> {
        self.store.get(&ObjectRef::new(name))
    }

    /// The object of a name in a namespace.
    pub fn get_in(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        self.store.get(&ObjectRef::new(name).within(namespace))
    }

    /// All objects, in no order.
    pub fn all(&self) -> Vec<Arc<K>> {
        self.store.state()
    }

    /// Those that `wanted` keeps.
    pub fn filter(&self, wanted: impl Fn(&K) -> bool) -> Vec<Arc<K>> {
        self.store.state_filter(wanted)
    }

    /// Changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change<K>> {
        self.changes.subscribe()
    }

    /// Waits, not for ever, until the cache has what was written; whether it has.
    pub async fn reached(&self, written: &K) -> bool {
        let mut ticks = self.ticks.subscribe();
        let until = async {
            while !self.has(written) {
                if ticks.changed().await.is_err() {
                    return;
                }
            }
        };
        let reached = tokio::time::timeout(PATIENCE, until).await.is_ok();
        if !reached {
            tracing::warn!(object = %written.name_any(), "the cache lags behind a write");
        }
        reached
    }

    /// Waits, not for ever, until the cache has what was written at `version`, on whichever replica that was.
    pub async fn at_least(&self, version: u64) {
        let mut ticks = self.ticks.subscribe();
        let until = ticks.wait_for(|newest| *newest >= version);
        if tokio::time::timeout(PATIENCE, until).await.is_err() {
            tracing::warn!(kind = %K::kind(&()), version, "the cache lags behind what a client has seen");
        }
    }

    /// Waits until the store is filled.
    pub async fn until_filled(&self) {
        // The store itself wakes only who asked last, and probes ask all the time.
        let mut ticks = self.ticks.subscribe();
        while !self.filled() && ticks.changed().await.is_ok() {}
    }

    /// Whether the store is filled.
    pub fn filled(&self) -> bool {
        self.store.wait_until_ready().now_or_never().is_some_and(|ready| ready.is_ok())
    }

    fn has(&self, written: &K) -> bool {
        let reference = ObjectRef::from_obj(written);
        self.store
            .get(&reference)
            .is_some_and(|there| there.uid() != written.uid() || version(&*there) >= version(written))
    }

    fn by_name(&self) -> BTreeMap<String, Arc<K>> {
        self.all().into_iter().map(|object| (object.name_any(), object)).collect()
    }
}

impl Caches {
    /// Begins to watch every kind.
    pub fn start(client: &Client) -> Self {
        let all = watcher::Config::default;
        let ours = all().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER));
        Self {
            providers: Cache::start(Api::all(client.clone()), all()),
            sites: Cache::start(Api::all(client.clone()), all()),
            policies: Cache::start(Api::all(client.clone()), all()),
            apps: Cache::start(Api::all(client.clone()), all()),
            tenants: Cache::start(Api::all(client.clone()), all()),
            workspaces: Cache::start(Api::all(client.clone()), all()),
            namespaces: Cache::start(Api::all(client.clone()), ours),
        }
    }

    /// Names of the kinds whose stores are not filled yet.
    pub fn unfilled(&self) -> Vec<&'static str> {
        let all = [
            ("providers", self.providers.filled()),
            ("sites", self.sites.filled()),
            ("sovereigntypolicies", self.policies.filled()),
            ("apps", self.apps.filled()),
            ("tenants", self.tenants.filled()),
            ("workspaces", self.workspaces.filled()),
            ("namespaces", self.namespaces.filled()),
        ];
        all.into_iter().filter(|(_, filled)| !filled).map(|(name, _)| name).collect()
    }

    /// The tenant that owns `namespace`: the one whose UID it bears, not the one whose name it has.
    pub fn tenant_of(&self, namespace: &str) -> Option<Arc<Tenant>> {
        let found = self.namespaces.get(namespace)?;
        let tenant = self.tenants.get(found.labels().get(labels::TENANT)?)?;
        (tenant.uid().as_ref() == found.labels().get(labels::TENANT_UID)).then_some(tenant)
    }

    /// A tenant's workspaces.
    pub fn workspaces_in(&self, namespace: &str) -> Vec<Arc<Workspace>> {
        self.workspaces.filter(|w| w.namespace().as_deref() == Some(namespace))
    }

    /// Everything that decisions on one workspace (`except`, a UID, where it is there already) rest on: the same that
    /// the operator decides on, as far as it wrote down what it saw.
    pub fn world(&self, except: Option<&str>) -> World {
        let mut world = World {
            now: Timestamp::now(),
            providers: self.providers.by_name(),
            sites: BTreeMap::new(),
            policies: self.policies.by_name(),
            apps: self.apps.by_name(),
            tenants: self.tenants.by_name(),
        };
        let loads = ledger::loads(&world, &self.workspaces.all(), except);
        let facts = self.sites.all().into_iter().map(|site| {
            let name = site.name_any();
            let observed = site::observation(&site).map(Arc::new);
            let load = loads.get(&name).copied().unwrap_or_default();
            (name, SiteFacts { site, observed, load })
        });
        world.sites = facts.collect();
        world
    }
}

/// The version that an event tells of.
fn newest<K: Resource>(event: &Event<K>) -> u64 {
    match event {
        Event::Apply(object) | Event::Delete(object) | Event::InitApply(object) => version(object),
        Event::Init | Event::InitDone => 0,
    }
}

/// The version of an object. Versions of one kind can be compared (KEP-5504).
pub fn version<K: Resource>(object: &K) -> u64 {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn change<K: Resource<DynamicType = ()> + Clone>(store: &Store<K>, event: Event<K>) -> Option<Change<K>> {
    match event {
        // The store's own, so that it lies in memory once.
        Event::Apply(object) => store.get(&ObjectRef::from_obj(&object)).map(Change::Applied),
        Event::Delete(object) => Some(Change::Deleted(Arc::new(object))),
        Event::InitDone => Some(Change::Restarted),
        Event::Init | Event::InitApply(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_woken_though_others_look() {
        let (feed, events) = mpsc::unbounded();
        let cache: Cache<Site> = Cache::fed(events);
        let others = async {
            assert!(!cache.filled());
            for event in [Event::Init, Event::InitDone] {
                feed.unbounded_send(Ok(event)).unwrap();
            }
        };
        let both = futures::future::join(cache.until_filled(), others);
        tokio::time::timeout(Duration::from_secs(5), both).await.unwrap();
    }
}
