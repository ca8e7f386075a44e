//! Caches of the management cluster: one watch per kind, which fills a store and drives that kind's
//! controller. [`Caches::world`] is what decisions rest on; [`Caches::changes`] ticks when it changes.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use backon::ExponentialBuilder;
use beffroi_core::facts::{SiteFacts, Snapshot, World};
use beffroi_crds::{
    App, Provider, Site, SovereigntyPolicy, Tenant, TenantStatus, Workspace, labels, tolerant::Tolerant,
};
use beffroi_process::{
    readable::{Unreadables, readable},
    watch as watching,
};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        reflector::{self, Store},
        watcher::{self, Event, ExponentialBackoff},
    },
};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// Longest pause between two attempts of a watch that fails: what happened meanwhile is seen soon after the server is
/// back.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Pauses between attempts of what fails, up to `longest`, of which chance makes half.
pub fn pauses(longest: Duration) -> ExponentialBackoff {
    let longest = longest / 2;
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500).min(longest))
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times();
    pauses.into()
}

/// What happens to the objects of a kind, once their store has taken it.
pub type Events<K> = BoxStream<'static, watcher::Result<Event<K>>>;

/// Stores of every kind that decisions rest on.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Caches {
    pub providers: Store<Provider>,
    pub sites: Store<Site>,
    pub policies: Store<SovereigntyPolicy>,
    pub apps: Store<App>,
    pub tenants: Store<Tenant>,
    pub workspaces: Store<Workspace>,
    /// Namespaces of tenants.
    pub namespaces: Store<Namespace>,
    /// Secrets of the operator's own namespace.
    pub secrets: Store<Secret>,
    /// Objects of our own kinds that cannot be read.
    pub unread: Unreadables,
    tick: Arc<watch::Sender<u64>>,
    /// Counts events of what a [`Snapshot`] shows, each after its store has taken it.
    events: Arc<AtomicU64>,
    /// What was declared when it was drawn last, and how many events there had been, of it and of what cannot be read.
    declared: Arc<Mutex<([u64; 2], Arc<Snapshot>)>>,
}

/// The watches that fill the stores, each to drive one controller.
#[allow(missing_docs)]
pub struct Streams {
    pub providers: Events<Provider>,
    pub sites: Events<Site>,
    pub policies: Events<SovereigntyPolicy>,
    pub apps: Events<App>,
    pub tenants: Events<Tenant>,
    pub workspaces: Events<Workspace>,
    pub namespaces: Events<Namespace>,
    pub secrets: Events<Secret>,
}

impl Caches {
    /// Prepares the stores and their watches; nothing is asked of the server yet.
    pub fn new(client: &Client, namespace: &str) -> (Self, Streams) {
        let tick = Arc::new(watch::Sender::new(0));
        let events = Arc::new(AtomicU64::new(0));
        let told = Told { tick: &tick, events: &events };
        let all = watcher::Config::default;
        let unread = Unreadables::default();
        let ours = all().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER));
        let (providers, s1) = ours_to_read(client, &unread, &told, Ticks::AtChanges);
        let (sites, s2) = ours_to_read(client, &unread, &told, Ticks::AtChanges);
        let (policies, s3) = ours_to_read(client, &unread, &told, Ticks::AtChanges);
        let (apps, s4) = ours_to_read(client, &unread, &told, Ticks::AtChanges);
        let (tenants, s5) = ours_to_read(client, &unread, &told, Ticks::OfStatus(held));
        let (workspaces, s6) = ours_to_read(client, &unread, &told, Ticks::AtLists);
        let (namespaces, s7) = cached(Api::all(client.clone()), ours, &told, Ticks::AtChanges);
        let (secrets, s8) = cached(Api::namespaced(client.clone(), namespace), all(), &told, Ticks::AtLists);
        (
            Self {
                providers,
                sites,
                policies,
                apps,
                tenants,
                workspaces,
                namespaces,
                secrets,
                unread,
                tick,
                declared: Arc::new(Mutex::new(([u64::MAX; 2], Arc::default()))),
                events,
            },
            Streams {
                providers: s1,
                sites: s2,
                policies: s3,
                apps: s4,
                tenants: s5,
                workspaces: s6,
                namespaces: s7,
                secrets: s8,
            },
        )
    }

    /// Ticks when anything that decisions rest on has changed; status alone does not count.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + 'static {
        WatchStream::from_changes(self.tick.subscribe()).map(|_| ())
    }

    /// Says that what was seen of a site has changed: decisions rest on that too.
    pub fn tick(&self) {
        self.tick.send_modify(|n| *n += 1);
    }

    /// What is declared now.
    fn declared(&self) -> Arc<Snapshot> {
        // Counted before it is drawn: what comes in between is drawn once more.
        let events = [self.events.load(Ordering::Acquire), *self.unread.changes().borrow()];
        let mut last = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != events {
            let Self { providers, policies, apps, tenants, unread, .. } = self;
            let (policies, apps) = (policies.state(), apps.state());
            let declared = last.1.anew(providers.state(), policies, apps, tenants.state(), &unread.all());
            *last = (events, Arc::new(declared));
        }
        last.1.clone()
    }

    /// Everything that decisions rest on; sites come with what was seen in them.
    pub fn world(&self, sites: BTreeMap<String, SiteFacts>) -> World {
        World { now: Timestamp::now(), sites, declared: self.declared(), ..World::default() }
    }

    /// The tenant that owns `namespace`: the one whose UID it bears, not the one whose name it has.
    pub fn tenant_of(&self, namespace: &str) -> Option<Arc<Tenant>> {
        let found = self.namespaces.get(&reflector::ObjectRef::new(namespace))?;
        let name = found.labels().get(labels::TENANT)?;
        let tenant = self.tenants.get(&reflector::ObjectRef::new(name))?;
        (tenant.uid().as_ref() == found.labels().get(labels::TENANT_UID)).then_some(tenant)
    }

    /// Names of the stores that are not filled yet.
    pub fn unfilled(&self) -> Vec<&'static str> {
        let all = [
            ("providers", filled(&self.providers)),
            ("sites", filled(&self.sites)),
            ("sovereigntypolicies", filled(&self.policies)),
            ("apps", filled(&self.apps)),
            ("tenants", filled(&self.tenants)),
            ("workspaces", filled(&self.workspaces)),
            ("namespaces", filled(&self.namespaces)),
            ("secrets", filled(&self.secrets)),
        ];
        all.into_iter().filter(|(_, filled)| !filled).map(|(name, _)| name).collect()
    }
}

/// Whom events are told to.
struct Told<'a> {
    tick: &'a Arc<watch::Sender<u64>>,
    events: &'a Arc<AtomicU64>,
}

/// When everything is looked at again on account of a kind.
enum Ticks<K> {
    /// At each change, for decisions rest on it.
    AtChanges,
    /// At each change, and at those of what this tells of its status: decisions rest on that too.
    OfStatus(fn(&K) -> String),
    /// When it was listed: a controller is told of an object before the store holds what was listed.
    AtLists,
}

fn filled<K>(store: &Store<K>) -> bool
where
    K: Resource + Clone + 'static,
    K::DynamicType: Eq + Hash + Clone,
{
    store.wait_until_ready().now_or_never().is_some_and(|ready| ready.is_ok())
}

fn cached<K>(api: Api<K>, config: watcher::Config, told: &Told<'_>, ticks: Ticks<K>) -> (Store<K>, Events<K>)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    kept(|_| watching::events(api, config).backoff(pauses(LONGEST_PAUSE)), told, ticks)
}

/// The same of a kind of our own, of which some may not be readable.
fn ours_to_read<K>(
    client: &Client,
    unread: &Unreadables,
    told: &Told<'_>,
    ticks: Ticks<K>,
) -> (Store<K>, Events<K>)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let api: Api<Tolerant<K>> = Api::all(client.clone());
    let events = watching::events(api, watcher::Config::default()).backoff(pauses(LONGEST_PAUSE));
    kept(|store| readable(events, store, unread.clone()), told, ticks)
}

fn kept<K, E>(watched: impl FnOnce(Store<K>) -> E, told: &Told<'_>, ticks: Ticks<K>) -> (Store<K>, Events<K>)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    E: Stream<Item = watcher::Result<Event<K>>> + Send + 'static,
{
    let (store, writer) = reflector::store();
    let (tick, events, mut seen) = (told.tick.clone(), told.events.clone(), HashMap::new());
    let mut teller = watching::Teller::of(K::kind(&()));
    let stream = watched(store.clone())
        .inspect_err(move |error| {
            teller.failed(error);
            metrics::counter!("beffroi_watch_failures_total", "cluster" => "management", "kind" => K::kind(&()))
                .increment(1);
        })
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .inspect_ok(move |event| {
            if !matches!(ticks, Ticks::AtLists) {
                events.fetch_add(1, Ordering::Release);
            }
            let ticks = match ticks {
                Ticks::AtChanges => significant(event, &mut seen, |_| String::new()),
                Ticks::OfStatus(status) => significant(event, &mut seen, status),
                Ticks::AtLists => matches!(event, Event::InitDone),
            };
            if ticks {
                tick.send_modify(|n| *n += 1);
            }
        });
    (store, stream.boxed())
}

/// What of an object's metadata decisions rest on.
type Mark = (Option<i64>, bool, BTreeMap<String, String>, String);

/// What a tenant's status says that decisions rest on.
fn held(tenant: &Tenant) -> String {
    let told = |status: &TenantStatus| json!([status.domains, status.members, status.rivals]).to_string();
    tenant.status.as_ref().map(told).unwrap_or_default()
}

/// Whether an event changes more than status, or what `status` tells of it.
fn significant<K: Resource<DynamicType = ()>>(
    event: &Event<K>,
    seen: &mut HashMap<String, Mark>,
    status: impl Fn(&K) -> String,
) -> bool {
    match event {
        Event::Apply(object) | Event::InitApply(object) => {
            let meta = object.meta();
            let (leaving, labels) = (meta.deletion_timestamp.is_some(), object.labels().clone());
            let mark = (meta.generation, leaving, labels, status(object));
            let uid = object.uid().unwrap_or_default();
            seen.insert(uid, mark.clone()) != Some(mark)
        }
        Event::Delete(object) => seen.remove(&object.uid().unwrap_or_default()).is_some(),
        Event::Init => false,
        Event::InitDone => true,
    }
}
