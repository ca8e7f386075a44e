//! What every reconcile shares.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use beffroi_core::{
    facts::{Prober, Resources, SiteFacts},
    ledger::Ledger,
    quantity, site,
    tenant::{self, domains::Holdings},
};
use beffroi_crds::{Site, Tenant, Workspace, ending::Ending};
use futures::{Stream, StreamExt, future};
use kube::{
    Client, ResourceExt,
    runtime::{
        events::{Recorder, Reporter},
        reflector::ObjectRef,
    },
};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::{
    backoff::Backoff,
    caches::{Caches, Streams},
    definitions::Definitions,
    domains::Prover,
    evidence::Evidence,
    expectations::Expectations,
    options::Options,
    sites::Sites,
};

/// How long sites are given to answer for the first time before decisions are taken without them.
const FIRST_ANSWER: Duration = Duration::from_secs(20);

/// What every reconcile shares.
pub struct Context {
    /// Client of the management cluster.
    pub client: Client,
    /// The command line.
    pub options: Options,
    /// Caches of the management cluster.
    pub caches: Caches,
    /// Connections to the sites.
    pub sites: Sites,
    /// The log of what happened and of where data lies.
    pub evidence: Evidence,
    /// What is looked up to see whose a domain is.
    pub prover: Prover,
    /// By what the network of workspaces is probed.
    pub prober: Option<Arc<Prober>>,
    /// Where events are written.
    pub recorder: Recorder,
    /// What the CRDs that are served lack.
    pub definitions: Definitions,
    /// Failures in a row, by object.
    pub backoff: Backoff,
    ledger: Mutex<Ledger>,
    holdings: Mutex<Holdings>,
    homes: Mutex<HashMap<String, ObjectRef<Workspace>>>,
    drifts: Mutex<HashMap<(String, String), HashSet<String>>>,
    left: Mutex<HashSet<String>>,
    endings: Mutex<HashMap<String, Vec<Ending>>>,
    expected: Mutex<Expectations<String>>,
    streams: Mutex<Option<Streams>>,
    seeded: tokio::sync::OnceCell<()>,
    tenants: broadcast::Sender<String>,
}

/// Who reports.
fn reporter(instance: &str) -> Reporter {
    Reporter { controller: "beffroi.fr/operator".into(), instance: Some(instance.to_owned()) }
}

impl Context {
    /// Prepares caches and connections; nothing runs yet.
    pub fn new(client: Client, options: &Options, evidence: Evidence) -> Self {
        let (caches, streams) = Caches::new(&client, &options.namespace);
        Self {
            recorder: Recorder::new(client.clone(), reporter(&options.instance)),
            sites: Sites::new(options),
            prover: Prover::new(options.resolver, Duration::from_secs(options.domain_recheck_seconds)),
            prober: options.prober().map(Arc::new),
            options: options.clone(),
            evidence,
            caches,
            client,
            definitions: Definitions::default(),
            backoff: Backoff::default(),
            ledger: Mutex::default(),
            holdings: Mutex::default(),
            homes: Mutex::default(),
            drifts: Mutex::default(),
            left: Mutex::default(),
            endings: Mutex::default(),
            expected: Mutex::default(),
            streams: Mutex::new(Some(streams)),
            seeded: tokio::sync::OnceCell::new(),
            tenants: broadcast::Sender::new(1024),
        }
    }

    /// The watches, once.
    pub fn take_streams(&self) -> Option<Streams> {
        lock(&self.streams).take()
    }

    /// What is reserved where.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// What each tenant holds that no other may.
    pub fn holdings(&self) -> MutexGuard<'_, Holdings> {
        lock(&self.holdings)
    }

    /// Sites as they are declared and seen, with what others than `workspace` have reserved there.
    pub fn site_facts(&self, ledger: &Ledger, workspace: &str) -> BTreeMap<String, SiteFacts> {
        let sites = self.caches.sites.state().into_iter();
        sites
            .map(|site| {
                let name = site.name_any();
                let seen = self.sites.get(&name).and_then(|connection| connection.observation());
                // Of a site that has not answered since we started, what was seen before.
                let observed = seen.or_else(|| site::last_observation(&site).map(Arc::new));
                let load = ledger.load_without(&name, workspace);
                (name, SiteFacts { site, observed, load })
            })
            .collect()
    }

    /// Remembers which object a UID stands for, so that what happens in a site finds its way back.
    pub fn remember(&self, workspace: &Workspace) {
        lock(&self.homes).insert(workspace.uid().unwrap_or_default(), ObjectRef::from_obj(workspace));
    }

    /// The workspace that a UID stands for.
    pub fn home(&self, uid: &str) -> Option<ObjectRef<Workspace>> {
        lock(&self.homes).get(uid).cloned()
    }

    /// Remembers what the API server answered to a write.
    pub fn wrote(&self, object: &impl ResourceExt) {
        lock(&self.expected).wrote(object.uid().unwrap_or_default(), object.resource_version().as_deref());
    }

    /// Remembers that nothing holds `object` any more, as far as it is ours.
    pub fn let_go(&self, object: &impl ResourceExt) {
        lock(&self.expected).let_go(object.uid().unwrap_or_default());
    }

    /// Whether `object`, as a cache tells of it, is older than what was written of it.
    pub fn lags(&self, object: &impl ResourceExt) -> bool {
        let version = object.resource_version();
        lock(&self.expected).seen(&object.uid().unwrap_or_default(), version.as_deref())
    }

    /// Remembers a drift of a workspace in a site until it is [put right](Self::put_right); whether it is new.
    pub fn drifted(&self, uid: &str, site: &str, what: &str) -> bool {
        lock(&self.drifts).entry((uid.to_owned(), site.to_owned())).or_default().insert(what.to_owned())
    }

    /// All that had drifted of a workspace in a site is as it should be.
    pub fn put_right(&self, uid: &str, site: &str) {
        lock(&self.drifts).remove(&(uid.to_owned(), site.to_owned()));
    }

    /// Whether the status of a site lists other endings than when this was asked last.
    pub fn ends_otherwise(&self, site: &Site) -> bool {
        let now = site.status.as_ref().map(|status| status.endings.clone()).unwrap_or_default();
        let before = lock(&self.endings).insert(site.name_any(), now.clone());
        before.is_some_and(|before| before != now)
    }

    /// Whether a workspace has left, and stands in the log as such.
    pub fn has_left(&self, uid: &str) -> bool {
        lock(&self.left).contains(uid)
    }

    /// Remembers that a workspace has left although somebody else holds the object still.
    pub fn note_left(&self, uid: &str) {
        lock(&self.left).insert(uid.to_owned());
    }

    /// Forgets a workspace that is gone.
    pub fn forget(&self, uid: &str) {
        self.evidence.forget(uid);
        lock(&self.homes).remove(uid);
        lock(&self.drifts).retain(|(of, _), _| of != uid);
        self.ledger().remove(uid);
    }

    /// Takes note of a change of a workspace: one that is gone although nobody here saw it off (the answer to that was lost,
    /// or somebody else let go of it) is forgotten, and whoever counts it counts anew.
    pub fn notice(&self, workspace: &Workspace) {
        let there = self.caches.workspaces.get(&ObjectRef::from_obj(workspace));
        let uid = workspace.uid();
        if there.is_some_and(|there| there.uid() == uid) || self.home(&uid.unwrap_or_default()).is_none() {
            return;
        }
        self.forget_gone();
    }

    /// Forgets every workspace that is kept in mind and is not there any more: once all are listed, or one has gone.
    pub fn forget_gone(&self) {
        let there = self.caches.workspaces.state().into_iter().filter_map(|workspace| workspace.uid());
        let unread = self.caches.unread.of("Workspace").into_values();
        let there: HashSet<String> =
            there.chain(unread.filter_map(|object| object.meta.uid.clone())).collect();
        let mut known: HashSet<String> = lock(&self.homes).keys().cloned().collect();
        known.extend(self.ledger().uids().map(str::to_owned));
        let gone: Vec<&String> = known.difference(&there).collect();
        for uid in &gone {
            tracing::info!(uid, "a workspace is gone, and nobody saw it off: it is forgotten");
            let namespace = self.home(uid).and_then(|home| home.namespace);
            self.forget(uid);
            if let Some(tenant) = namespace.as_deref().and_then(tenant::of_namespace) {
                self.touch_tenant_named(tenant.to_owned());
            }
        }
        // Where they lay nobody says any more: each site looks for what is nobody's now.
        if !gone.is_empty() {
            self.sites.all().iter().for_each(|site| self.sites.bell().site(site.name()));
        }
    }

    /// Says that a tenant's workspaces have come or gone.
    pub fn touch_tenant(&self, workspace: &Workspace) {
        let namespace = workspace.namespace().unwrap_or_default();
        if let Some(name) = tenant::of_namespace(&namespace) {
            self.touch_tenant_named(name.to_owned());
        }
    }

    /// Says that there is news for a tenant.
    pub fn touch_tenant_named(&self, name: String) {
        // Nobody listens any more only when the operator stops.
        let _ = self.tenants.send(name);
    }

    /// Tenants whose workspaces have come or gone.
    pub fn touched_tenants(&self) -> impl Stream<Item = ObjectRef<Tenant>> + Send + 'static {
        let names = BroadcastStream::new(self.tenants.subscribe());
        names.filter_map(|name| future::ready(name.ok().map(|name| ObjectRef::new(&name))))
    }

    /// Waits until every cache is filled and every site has answered or been given up for now: a decision
    /// taken on half of the facts would be a wrong one.
    pub async fn filled(&self) {
        self.seeded.get_or_init(|| self.seed()).await;
    }

    /// Whether that was so once.
    pub fn has_filled(&self) -> bool {
        self.seeded.initialized()
    }

    async fn seed(&self) {
        while !self.caches.unfilled().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let sites: Vec<String> = self.caches.sites.state().iter().map(|site| site.name_any()).collect();
        if tokio::time::timeout(FIRST_ANSWER, self.sites.settled(&sites)).await.is_err() {
            tracing::warn!("some sites have not answered yet: going on without them");
        }
        let world = self.caches.world(BTreeMap::new());
        let workspaces = self.caches.workspaces.state();
        for workspace in &workspaces {
            self.remember(workspace);
        }
        *self.ledger() = Ledger::of(&world, workspaces.iter().map(AsRef::as_ref));
        self.count_unread();
    }

    /// Counts what workspaces that cannot be read hold where they lie: they lie there all the same.
    pub fn count_unread(&self) {
        let world = self.caches.world(BTreeMap::new());
        for workspace in self.caches.unread.of("Workspace").values() {
            let apps = workspace.names("/spec/apps").into_iter();
            let apps =
                apps.filter_map(|app| world.apps.get(&app).map(|app| quantity::needs(&app.spec.needs)));
            let needs = apps.fold(Resources::default(), Resources::plus);
            let uid = workspace.meta.uid.as_deref().unwrap_or_default();
            self.ledger().set(uid, workspace.names("/status/sites"), needs);
        }
    }

    /// Whether a workspace bears a UID, be it one that cannot be read.
    pub fn is_known(&self, uid: &str) -> bool {
        let unread = || self.caches.unread.of("Workspace");
        self.home(uid).is_some() || unread().values().any(|object| object.meta.uid.as_deref() == Some(uid))
    }

    /// What readiness waits for.
    pub fn unfilled(&self) -> Vec<&'static str> {
        let mut names = self.caches.unfilled();
        if names.is_empty() && self.seeded.get().is_none() {
            names.push("sites");
        }
        names
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
