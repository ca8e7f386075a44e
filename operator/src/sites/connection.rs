//! The connection to one site: probe → watches → inventory.
//!
//! Its tasks end with it. A site that does not answer is said to be unreachable after two failed probes; what
//! was last seen there is kept, and nothing is decided to be gone because of silence.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use beffroi_core::{
    facts::SiteObservation,
    manifests::Kind,
    message::{Message, site::SiteMessage, work::WorkMessage},
    plan::SiteLive,
};
use beffroi_crds::{SiteSpec, conditions::reason::INTERNAL_ERROR};
use beffroi_process::panics::lasting;
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{Api, Client, api::PostParams};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Bell, FirstSeen,
    extras::Extra,
    inventory::{Inventory, POLICIES},
};

/// Time given to a site's API server to answer a probe.
const PROBE: Duration = Duration::from_secs(5);
/// Pause between the first failed probe and the second.
const RETRY: Duration = Duration::from_secs(2);

/// What probes, among what may meet a fault of ours.
const PROBING: &str = "its API server";

/// Why a site cannot be worked with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// Stable reason for a condition.
    pub reason: &'static str,
    /// What happened and what to do.
    pub message: Message,
}

impl Failure {
    fn new(reason: &'static str, message: impl Into<Message>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// How a site is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Pause between two probes.
    pub probe: Duration,
    /// How long a watch may fail before the site is said not to be seen, though it was once.
    pub blind: Duration,
}

#[derive(Debug, Default)]
struct State {
    version: Option<String>,
    flux: bool,
    extras: BTreeSet<Extra>,
    failures: u32,
    failure: Option<Failure>,
    /// Whether a watch had failed for too long when it was looked at last.
    blind: bool,
    /// Whether all was seen when it was looked at last, and when that was so.
    whole: bool,
    whole_at: Option<Timestamp>,
    watching: Watching,
    /// What met a fault of ours, and how often in a row.
    faults: BTreeMap<&'static str, u32>,
}

/// Which watches have begun.
#[derive(Debug, Default)]
struct Watching {
    cluster: bool,
    guards: bool,
    flux: bool,
    extras: BTreeSet<Extra>,
}

/// What an observation was drawn from: it holds while this is as it was.
#[derive(Debug, Eq, PartialEq)]
struct Basis {
    reachable: bool,
    flux: bool,
    version: Option<String>,
    /// Events of each table that it reads.
    events: [u64; 4],
}

/// The connection to one site.
pub struct Connection {
    pub(super) name: String,
    mark: [u8; 32],
    pub(super) client: Client,
    state: Mutex<State>,
    inventory: Mutex<Inventory>,
    pub(super) bell: Bell,
    nudge: tokio::sync::Notify,
    observed: Mutex<Option<(Basis, Arc<SiteObservation>)>>,
    told: Mutex<Option<Arc<SiteObservation>>>,
    pace: Pace,
    _stop: DropGuard,
}

impl Connection {
    /// Starts probing and watching; all ends when the last holder lets go.
    pub fn start(
        name: &str,
        mark: [u8; 32],
        client: Client,
        bell: Bell,
        first: FirstSeen,
        pace: Pace,
    ) -> Arc<Self> {
        let stop = CancellationToken::new();
        let connection = Arc::new(Self {
            name: name.to_owned(),
            mark,
            client,
            state: Mutex::default(),
            inventory: Mutex::new(Inventory::new(first)),
            bell,
            nudge: tokio::sync::Notify::new(),
            observed: Mutex::default(),
            told: Mutex::default(),
            pace,
            _stop: stop.clone().drop_guard(),
        });
        let (weak, token) = (Arc::downgrade(&connection), stop.clone());
        let told = weak.clone();
        let probing = move || {
            let (weak, token) = (weak.clone(), token.clone());
            async move {
                loop {
                    let Some(this) = weak.upgrade() else { return };
                    this.look(&token).await;
                    let pause = if this.state().failures == 1 { RETRY } else { pace.probe };
                    tokio::select! { () = tokio::time::sleep(pause) => {}, () = this.nudge.notified() => {} }
                }
            }
        };
        let told = move || told.upgrade().map_or(1, |this| this.panicked(PROBING));
        tokio::spawn(stop.run_until_cancelled_owned(lasting(probing, told)));
        connection
    }

    /// Mark of the kubeconfig that it was made from.
    pub fn mark(&self) -> [u8; 32] {
        self.mark
    }

    /// Name of the site.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Client for writes.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Why the site cannot be worked with now.
    pub fn failure(&self) -> Option<Failure> {
        let state = self.state();
        if state.failure.is_some() {
            return state.failure.clone();
        }
        if let Some(what) = state.faults.keys().next() {
            let fault = Box::new(WorkMessage::Fault.into());
            let message = match *what {
                PROBING => SiteMessage::FaultInProbing { fault },
                kind => SiteMessage::FaultInWatching { kind: kind.to_owned(), fault },
            };
            return Some(Failure::new(INTERNAL_ERROR, message));
        }
        let inventory = self.inventory();
        let (why, since) = inventory.failing(&state.extras)?;
        let blind = !inventory.filled(state.flux, &state.extras) || since.elapsed() > self.pace.blind;
        blind.then(|| Failure::new("CannotWatch", why.clone()))
    }

    /// Whether a watch has failed for so long that what is known is no more what is there.
    fn is_blind(&self, state: &State) -> bool {
        let inventory = self.inventory();
        inventory.failing(&state.extras).is_some_and(|(_, since)| since.elapsed() > self.pace.blind)
    }

    /// Whether it has answered in full, or failed once.
    pub fn settled(&self) -> bool {
        let state = self.state();
        let inventory = self.inventory();
        let looked =
            || inventory.filled(state.flux, &state.extras) || inventory.failing(&state.extras).is_some();
        state.failures > 0 || !state.faults.is_empty() || (state.version.is_some() && looked())
    }

    /// Whether it answers, with everything listed at least once, and watched since.
    pub fn reachable(&self) -> bool {
        let state = self.state();
        let up = state.version.is_some() && state.failure.is_none() && !self.is_blind(&state);
        up && self.inventory().filled(state.flux, &state.extras)
    }

    /// Takes note whether all is seen now: the site answers, everything was listed, no watch fails; true where that
    /// was not so before.
    pub(super) fn check_whole(&self) -> bool {
        let mut state = self.state();
        let inventory = self.inventory();
        let seen = inventory.filled(state.flux, &state.extras) && inventory.failing(&state.extras).is_none();
        let whole = state.version.is_some() && state.failures == 0 && seen;
        if whole {
            state.whole_at = Some(Timestamp::now());
        }
        let before = std::mem::replace(&mut state.whole, whole);
        whole && !before
    }

    /// What was seen of the cluster; `None` until it was reached in full once.
    pub fn observation(&self) -> Option<Arc<SiteObservation>> {
        let reachable = self.reachable();
        let state = self.state();
        let inventory = self.inventory();
        if !inventory.filled(state.flux, &state.extras) {
            return None;
        }
        let basis = Basis {
            reachable,
            flux: state.flux,
            version: state.version.clone(),
            events: [
                inventory.nodes.events(),
                inventory.storage_classes.events(),
                inventory.guards.events(),
                inventory.policies.events(),
            ],
        };
        let mut last = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(before, _)| *before != basis) {
            let observed = Arc::new(SiteObservation {
                reachable,
                flux: state.flux,
                kubernetes_version: state.version.clone().unwrap_or_default(),
                nodes: inventory.nodes.all().cloned().collect(),
                storage_classes: inventory.storage_classes.all().cloned().collect(),
                guards: inventory.bound_guards(),
                altered_guards: inventory.altered_guards(),
            });
            *last = Some((basis, observed));
        }
        last.as_ref().map(|(_, observed)| observed.clone())
    }

    /// Whether `observed` differs from what was asked about last.
    pub fn news(&self, observed: Option<&Arc<SiteObservation>>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = told.as_ref() != observed;
        *told = observed.cloned();
        news
    }

    /// What is there of one workspace; `declared` is what the site says of itself.
    pub fn live(&self, namespace: &str, uid: &str, declared: &SiteSpec) -> SiteLive {
        let reachable = self.reachable();
        let observed_at = self.state().whole_at;
        let inventory = self.inventory();
        SiteLive {
            reachable,
            objects: inventory.objects_of(namespace, uid),
            pods: inventory.app_pods(namespace).map(|pod| pod.facts.clone()).collect(),
            probe: inventory.pods.of(namespace).find_map(|pod| pod.probe.clone()),
            unborn: inventory.unborn(namespace, Timestamp::now()),
            vanished: inventory.vanished_in(namespace),
            // Tables that are filled one after the other would tell of nodes that nobody knows yet.
            seen: observed_at.map(|_| inventory.seen(namespace, declared)).unwrap_or_default(),
            observed_at,
        }
    }

    /// What is there, for reading.
    pub fn inventory(&self) -> MutexGuard<'_, Inventory> {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the site at once: a write to it has just failed.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Probes once, and begins to watch what has come to be served.
    async fn look(self: &Arc<Self>, stop: &CancellationToken) {
        self.probe().await;
        let (cluster, guards, flux, extras) = {
            let mut state = self.state();
            let State { failures, flux, extras, watching, .. } = &mut *state;
            let cluster = *failures == 0 && !watching.cluster;
            let flux = *flux && !watching.flux;
            let new: Vec<Extra> = (&*extras - &watching.extras).into_iter().collect();
            watching.cluster |= cluster;
            let guards = *failures == 0 && !watching.guards;
            watching.flux |= flux;
            watching.extras.extend(new.iter().copied());
            (cluster, guards, flux, new)
        };
        if cluster {
            self.watch_cluster(stop);
        }
        if guards {
            match self.asks_who_it_is().await {
                Ok(identity) => {
                    self.state().watching.guards = true;
                    self.watch_guards(stop, identity);
                }
                Err(why) => _ = self.inventory().faring.failed(POLICIES, why, Instant::now()),
            }
        }
        if flux {
            self.watch_objects(stop, Kind::is_flux);
        }
        for extra in extras {
            self.watch_extra(stop, extra);
        }
        self.worked(PROBING);
    }

    /// Takes note that what looks at the site met a fault of ours; how often in a row.
    pub(super) fn panicked(&self, what: &'static str) -> u32 {
        let count = {
            let mut state = self.state();
            let count = state.faults.entry(what).or_default();
            *count += 1;
            *count
        };
        metrics::counter!("beffroi_panics_total", "of" => format!("site {}", self.name)).increment(1);
        tracing::error!(
            site = self.name,
            what,
            count,
            "a fault of our own: all else goes on, it is tried again"
        );
        self.bell.site(&self.name);
        count
    }

    /// What looks at the site does so again.
    pub(super) fn worked(&self, what: &'static str) {
        if self.state().faults.remove(what).is_some() {
            self.bell.site(&self.name);
        }
    }

    async fn probe(&self) {
        let answer = timeout(PROBE, self.client.apiserver_version()).await;
        let found = match answer {
            Ok(Ok(version)) => Ok(version.git_version),
            Ok(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => {
                Err(Failure::new("CredentialsRefused", SiteMessage::CredentialsRefused))
            }
            Ok(Err(error)) => Err(unreachable(Message::verbatim(cause(&error)))),
            Err(_) => Err(unreachable(SiteMessage::NoAnswerInTime { seconds: PROBE.as_secs() })),
        };
        let flux =
            if found.is_ok() && !self.state().flux { self.serves_flux().await } else { self.state().flux };
        let extras = if found.is_ok() { self.serves_extras().await } else { None };
        let changed = {
            let mut state = self.state();
            let before = (state.version.clone(), state.failure.clone(), state.flux, state.blind);
            state.flux = flux;
            if let Some(extras) = extras {
                state.extras = extras;
            }
            match found {
                Ok(version) => {
                    state.version = Some(version);
                    state.failures = 0;
                    state.failure = None;
                }
                Err(failure) => {
                    state.failures += 1;
                    if state.failures > 1 || state.version.is_none() || failure.reason == "CredentialsRefused"
                    {
                        state.failure = Some(failure);
                    }
                }
            }
            state.blind = self.is_blind(&state);
            before != (state.version.clone(), state.failure.clone(), state.flux, state.blind)
        };
        // A watch that works again where it had stopped says nothing: that all is seen again is told here.
        let again = self.check_whole();
        if changed || again {
            self.tell_all();
        }
    }

    /// The user that the kubeconfig's credentials are of, or why the site does not tell.
    async fn asks_who_it_is(&self) -> Result<String, Message> {
        let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let (params, question) = (PostParams::default(), SelfSubjectReview::default());
        let answer = timeout(PROBE, api.create(&params, &question)).await;
        let review = answer.map_err(|_| SiteMessage::NoAnswer)?;
        let review = review.map_err(|error| Message::verbatim(cause(&error)))?;
        let user = review.status.and_then(|status| status.user_info?.username);
        user.ok_or_else(|| SiteMessage::NamesNoUser.into())
    }

    async fn serves_flux(&self) -> bool {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_flux()) {
            let resource = kind.api_resource();
            let listed = timeout(PROBE, self.client.list_api_group_resources(&resource.api_version)).await;
            if !listed.is_ok_and(|l| l.is_ok_and(|l| l.resources.iter().any(|r| r.name == resource.plural))) {
                return false;
            }
        }
        true
    }

    /// Kinds of [`Extra`] that are served now; `None` where the site did not answer.
    async fn serves_extras(&self) -> Option<BTreeSet<Extra>> {
        let groups: BTreeSet<&str> = Extra::ALL.iter().map(|extra| extra.api_version()).collect();
        let mut served = BTreeSet::new();
        for group in groups {
            let listed = match timeout(PROBE, self.client.list_api_group_resources(group)).await {
                Ok(Ok(listed)) => listed,
                Ok(Err(kube::Error::Api(status))) if status.code == 404 => continue,
                _ => return None,
            };
            let there = |extra: &Extra| {
                extra.api_version() == group && listed.resources.iter().any(|r| r.name == extra.plural())
            };
            served.extend(Extra::ALL.into_iter().filter(there));
        }
        Some(served)
    }

    /// Tells the site and every workspace that lies there.
    pub(super) fn tell_all(&self) {
        let owners: Vec<String> = self.inventory().namespaces().filter_map(|(_, uid)| uid.cloned()).collect();
        for uid in &owners {
            self.bell.workspace(uid);
        }
        self.bell.site(&self.name);
    }
}

fn unreachable(why: impl Into<Message>) -> Failure {
    Failure::new("Unreachable", SiteMessage::Unreachable { why: Box::new(why.into()) })
}

/// The innermost cause of an error: it tells most.
pub(super) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
