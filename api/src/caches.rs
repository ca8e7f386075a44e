//! Caches of the management cluster: one watch per kind → a store that answers come from, and a channel of changes.
//!
//! Whoever writes waits until the cache has what was written ([`Cache::reached`]): one reads what one wrote.

use std::{
    fmt::Debug,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use beffroi_crds::{App, Provider, Site, SovereigntyPolicy, Tenant, Workspace, labels, tolerant::Tolerant};
use beffroi_process::{
    readable::{Unreadables, readable},
    watch::Teller,
};
use futures::{FutureExt, Stream, StreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        reflector::{self, ObjectRef, Store},
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
};

use crate::vital::Fares;

/// Name of the object with the public keys of the log of evidence.
pub const KEYS: &str = "beffroi-evidence";
/// How long one waits for the cache to have what was written.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Changes that a listener may lag behind.
const LAG: usize = 4096;

/// A change of one kind, once the store has it.
#[derive(Clone, Debug)]
pub enum CacheChange<K> {
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
    changes: broadcast::Sender<CacheChange<K>>,
    fares: Arc<Fares>,
    task: JoinHandle<()>,
}

/// A watch, whatever its kind.
pub trait Watched {
    /// Whether its store is filled.
    fn filled(&self) -> bool;
    /// For how long it has been failing.
    fn failing(&self) -> Option<Duration>;
    /// Whether it will never go on.
    fn ended(&self) -> bool;
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
    /// Public keys of the log of evidence: one object.
    pub keys: Cache<ConfigMap>,
    /// Objects of our own kinds that cannot be read.
    pub unread: Unreadables,
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    /// A store that a watch in the background keeps filled.
    pub fn start(api: Api<K>, config: watcher::Config) -> Self {
        Self::fed(beffroi_process::watch::events(api, config).default_backoff())
    }

    /// The same of a kind of our own, of which some may not be readable.
    pub fn start_tolerant(client: &Client, unread: &Unreadables) -> Self {
        let api: Api<Tolerant<K>> = Api::all(client.clone());
        let events = beffroi_process::watch::events(api, watcher::Config::default()).default_backoff();
        Self::kept(|store| readable(events, store, unread.clone()))
    }

    /// A store filled by the events of a watch, in the background.
    pub fn fed(events: impl Stream<Item = watcher::Result<Event<K>>> + Send + 'static) -> Self {
        Self::kept(|_| events)
    }

    fn kept<E>(events: impl FnOnce(Store<K>) -> E) -> Self
    where
        E: Stream<Item = watcher::Result<Event<K>>> + Send + 'static,
    {
        let (store, writer) = reflector::store();
        let events = events(store.clone());
        let (ticks, changes) = (watch::Sender::new(0), broadcast::Sender::new(LAG));
        let fares = Arc::<Fares>::default();
        let events = events.modify(|object| object.managed_fields_mut().clear()).reflect(writer);
        let mut listed = 0;
        let mut teller = Teller::of(K::kind(&()));
        let cache = (store.clone(), ticks.clone(), changes.clone(), fares.clone());
        let task = tokio::spawn(events.for_each(move |event| {
            match event {
                Ok(event) => {
                    let seen = newest(&event, &mut listed);
                    if let Some(change) = change(&store, event) {
                        // Nobody may be listening.
                        let _ = changes.send(change);
                    }
                    fares.works();
                    ticks.send_modify(|newest| *newest = seen.max(*newest));
                }
                Err(error) => {
                    teller.failed(&error);
                    metrics::counter!("beffroi_api_watch_failures_total", "kind" => K::kind(&()))
                        .increment(1);
                    fares.failed(Instant::now());
                }
            }
            futures::future::ready(())
        }));
        let (store, ticks, changes, fares) = cache;
        Self { store, ticks, changes, fares, task }
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
    pub fn changes(&self) -> broadcast::Receiver<CacheChange<K>> {
        self.changes.subscribe()
    }

    /// Waits, not for ever, until the cache has what was written; whether it has.
    pub async fn reached(&self, written: &K) -> bool {
        self.until(written, || self.has(written)).await
    }

    /// Waits, not for ever, until the cache knows that an object is being deleted, or is gone.
    pub async fn parted(&self, from: &K) -> bool {
        let here = |there: Arc<K>| there.uid() == from.uid() && there.meta().deletion_timestamp.is_none();
        self.until(from, || !self.store.get(&ObjectRef::from_obj(from)).is_some_and(here)).await
    }

    async fn until(&self, written: &K, done: impl Fn() -> bool) -> bool {
        let mut ticks = self.ticks.subscribe();
        let until = async {
            while !done() {
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

    /// Waits, but no longer than `patience`, until the cache has what was written at `version`, on whichever replica that
    /// was; whether it has.
    pub async fn at_least(&self, version: u64, patience: Duration) -> bool {
        let mut ticks = self.ticks.subscribe();
        let until = ticks.wait_for(|newest| *newest >= version);
        tokio::time::timeout(patience, until).await.is_ok()
    }

    /// Waits until the store is filled.
    pub async fn until_filled(&self) {
        // The store itself wakes only who asked last, and probes ask all the time.
        let mut ticks = self.ticks.subscribe();
        while !self.filled() && ticks.changed().await.is_ok() {}
    }

    /// How many events came.
    pub fn events(&self) -> u64 {
        self.fares.events()
    }

    fn has(&self, written: &K) -> bool {
        let reference = ObjectRef::from_obj(written);
        self.store
            .get(&reference)
            .is_some_and(|there| there.uid() != written.uid() || version(&*there) >= version(written))
    }
}

impl<K> Watched for Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    fn filled(&self) -> bool {
        self.store.wait_until_ready().now_or_never().is_some_and(|ready| ready.is_ok())
    }

    fn failing(&self) -> Option<Duration> {
        self.fares.failing(Instant::now())
    }

    fn ended(&self) -> bool {
        self.task.is_finished()
    }
}

impl Caches {
    /// Begins to watch every kind; `namespace` is Beffroi's own.
    pub fn start(client: &Client, namespace: &str) -> Self {
        let all = watcher::Config::default;
        let unread = Unreadables::default();
        let keys = all().fields(&format!("metadata.name={KEYS}"));
        let ours = all().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER));
        Self {
            providers: Cache::start_tolerant(client, &unread),
            sites: Cache::start_tolerant(client, &unread),
            policies: Cache::start_tolerant(client, &unread),
            apps: Cache::start_tolerant(client, &unread),
            tenants: Cache::start_tolerant(client, &unread),
            workspaces: Cache::start_tolerant(client, &unread),
            namespaces: Cache::start(Api::all(client.clone()), ours),
            keys: Cache::start(Api::namespaced(client.clone(), namespace), keys),
            unread,
        }
    }

    /// Every watch, by the plural of its kind.
    pub fn watches(&self) -> impl Iterator<Item = (&'static str, &dyn Watched)> {
        let all: [(_, &dyn Watched); 8] = [
            ("providers", &self.providers),
            ("sites", &self.sites),
            ("sovereigntypolicies", &self.policies),
            ("apps", &self.apps),
            ("tenants", &self.tenants),
            ("workspaces", &self.workspaces),
            ("namespaces", &self.namespaces),
            ("configmaps", &self.keys),
        ];
        all.into_iter()
    }

    /// The tenant that owns `namespace`: the one whose UID it bears, not the one whose name it has.
    pub fn tenant_of(&self, namespace: &str) -> Option<Arc<Tenant>> {
        let found = self.namespaces.get(namespace)?;
        let tenant = self.tenants.get(found.labels().get(labels::TENANT)?)?;
        (tenant.uid().as_ref() == found.labels().get(labels::TENANT_UID)).then_some(tenant)
    }

    /// The workspaces in a namespace.
    pub fn workspaces_in(&self, namespace: &str) -> Vec<Arc<Workspace>> {
        self.workspaces.filter(|w| w.namespace().as_deref() == Some(namespace))
    }
}

/// The version that the store has reached with an event. While a list comes, it goes on to answer with what it had.
fn newest<K: Resource>(event: &Event<K>, listed: &mut u64) -> u64 {
    match event {
        Event::Apply(object) | Event::Delete(object) => return version(object),
        Event::Init => *listed = 0,
        Event::InitApply(object) => *listed = version(object).max(*listed),
        Event::InitDone => return *listed,
    }
    0
}

/// The version of an object. Versions of one kind can be compared (KEP-5504).
pub fn version<K: Resource>(object: &K) -> u64 {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn change<K: Resource<DynamicType = ()> + Clone>(
    store: &Store<K>,
    event: Event<K>,
) -> Option<CacheChange<K>> {
    match event {
        // The store's own, so that it lies in memory once.
        Event::Apply(object) => store.get(&ObjectRef::from_obj(&object)).map(CacheChange::Applied),
        Event::Delete(object) => Some(CacheChange::Deleted(Arc::new(object))),
        Event::InitDone => Some(CacheChange::Restarted),
        Event::Init | Event::InitApply(_) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use futures::{channel::mpsc, stream};

    use super::*;

    /// A cache that holds these.
    pub(crate) async fn filled<K>(objects: Vec<K>) -> Cache<K>
    where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    {
        let applied = objects.into_iter().map(Event::InitApply);
        let events: Vec<_> =
            [Event::Init].into_iter().chain(applied).chain([Event::InitDone]).map(Ok).collect();
        let cache = Cache::fed(stream::iter(events));
        cache.until_filled().await;
        cache
    }

    /// Caches that hold nothing.
    pub(crate) async fn empty() -> Caches {
        Caches {
            providers: filled(vec![]).await,
            sites: filled(vec![]).await,
            policies: filled(vec![]).await,
            apps: filled(vec![]).await,
            tenants: filled(vec![]).await,
            workspaces: filled(vec![]).await,
            namespaces: filled(vec![]).await,
            keys: filled(vec![]).await,
            unread: Unreadables::default(),
        }
    }

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

    #[tokio::test]
    async fn a_list_counts_once_it_is_whole() {
        let (feed, events) = mpsc::unbounded();
        let cache: Cache<Site> = Cache::fed(events);
        let site = |version: u64| {
            let mut site = Site::new("par1", beffroi_crds::SiteSpec::default());
            site.metadata.resource_version = Some(version.to_string());
            site
        };
        let send = |event| feed.unbounded_send(Ok(event)).unwrap();
        for event in [Event::Init, Event::InitApply(site(4)), Event::InitDone] {
            send(event);
        }
        assert!(cache.at_least(4, PATIENCE).await);
        // The watch begins anew, and the store answers with what it had until the list has come.
        send(Event::Init);
        send(Event::InitApply(site(9)));
        assert!(!cache.at_least(9, Duration::from_millis(100)).await);
        assert_eq!(version(&*cache.get("par1").unwrap()), 4);
        send(Event::InitDone);
        assert!(cache.at_least(9, PATIENCE).await);
        assert_eq!(version(&*cache.get("par1").unwrap()), 9);
    }
}
