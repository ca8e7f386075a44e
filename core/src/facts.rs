//! What was declared and observed, as plain data. Time comes in here, as [`World::now`].
//!
//! What a site says of itself is in its [`Site`]; what was seen there is in [`SiteObservation`]. The two are
//! never merged: rules compare them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use beffroi_crds::{App, Provider, Site, SovereigntyPolicy, Tenant, tolerant::Unreadable};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use kube::ResourceExt;
use serde::{Deserialize, Serialize};

use crate::providers::Providers;

/// Everything that decisions rest on, at one instant. What is declared is read through it: `world.apps`.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The instant.
    pub now: Timestamp,
    /// Sites, by name.
    pub sites: BTreeMap<String, SiteFacts>,
    /// By what the network of workspaces is probed; `None`: nobody gave an image for it.
    pub prober: Option<Arc<Prober>>,
    /// What is declared beside sites.
    pub declared: Arc<Snapshot>,
}

/// By what the network of workspaces is probed, where their policy asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prober {
    /// Image with the program `beffroi`, by digest.
    pub image: String,
    /// An address outside that is to be out of reach.
    pub outside: Option<SocketAddr>,
    /// How long a probe tells enough where nothing has changed.
    pub every: SignedDuration,
}

impl Deref for World {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.declared
    }
}

/// Whoever changes what is declared gets a copy of their own.
impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Snapshot {
        Arc::make_mut(&mut self.declared)
    }
}

/// What is declared beside sites: one snapshot, drawn anew when any of it has changed, and shared by all who decide
/// meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Legal entities, by name.
    pub providers: Providers,
    /// Policies, by name.
    pub policies: BTreeMap<String, Arc<SovereigntyPolicy>>,
    /// Catalogue, by name.
    pub apps: BTreeMap<String, Arc<App>>,
    /// Tenants, by name.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
    /// What is there and cannot be read: nothing that rests on it is judged.
    pub unread: Unread,
}

impl Snapshot {
    /// The same kinds as they are now. What was found of chains holds until providers change.
    #[must_use]
    pub fn anew(
        &self,
        providers: Vec<Arc<Provider>>,
        policies: Vec<Arc<SovereigntyPolicy>>,
        apps: Vec<Arc<App>>,
        tenants: Vec<Arc<Tenant>>,
        unread: &[Arc<Unreadable>],
    ) -> Self {
        Self {
            providers: Providers::after(by_name(providers), &self.providers),
            policies: by_name(policies),
            apps: by_name(apps),
            tenants: by_name(tenants),
            unread: unread.iter().map(|object| (object.kind.kind.as_str(), object.name())).collect(),
        }
    }
}

fn by_name<K: ResourceExt>(all: Vec<Arc<K>>) -> BTreeMap<String, Arc<K>> {
    all.into_iter().map(|object| (object.name_any(), object)).collect()
}

/// Objects that are there and cannot be read: their kinds, and their names, after their namespace where they have one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unread(BTreeSet<(String, String)>);

impl Unread {
    /// Whether all can be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one cannot be read.
    pub fn has(&self, kind: &str, name: &str) -> bool {
        !self.is_empty() && self.0.contains(&(kind.to_owned(), name.to_owned()))
    }

    /// Names of those of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| of == kind).map(|(_, name)| name.as_str())
    }

    /// Names of those of a kind in a namespace.
    pub fn within(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &str> {
        let all = self.0.iter().filter(move |(of, _)| of == kind);
        all.filter_map(move |(_, name)| name.strip_prefix(namespace)?.strip_prefix('/'))
    }
}

impl<K: Into<String>, N: Into<String>> FromIterator<(K, N)> for Unread {
    fn from_iter<T: IntoIterator<Item = (K, N)>>(all: T) -> Self {
        Self(all.into_iter().map(|(kind, name)| (kind.into(), name.into())).collect())
    }
}

impl World {
    /// The calendar day of [`World::now`] in Paris, where certificates are made. They are valid through their last day.
    pub fn today(&self) -> civil::Date {
        day(self.now)
    }
}

/// The calendar day of an instant in Paris.
pub fn day(at: Timestamp) -> civil::Date {
    at.to_zoned(paris()).date()
}

/// When a day begins in Paris; `None` for one beyond what can be counted.
pub fn beginning(day: civil::Date) -> Option<Timestamp> {
    day.to_zoned(paris()).ok().map(|at| at.timestamp())
}

/// The time zones are within the program.
fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

/// A site: what it declares, what was seen, what already rests on it.
#[derive(Clone, Debug, Default)]
pub struct SiteFacts {
    /// The declaration.
    pub site: Arc<Site>,
    /// The last observation; `None` when the site was never reached.
    pub observed: Option<Arc<SiteObservation>>,
    /// What workspaces placed there have reserved.
    pub load: Load,
}

/// What was seen in a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteObservation {
    /// Whether its API server answers now.
    pub reachable: bool,
    /// Whether Flux's `OCIRepository` and `HelmRelease` kinds are served.
    pub flux: bool,
    /// Version of the API server.
    pub kubernetes_version: String,
    /// Nodes.
    pub nodes: Vec<NodeFacts>,
    /// Storage classes in the cluster, by name.
    pub storage_classes: BTreeMap<String, ClassFacts>,
    /// Names of the guards whose bindings are there and refuse.
    pub guards: BTreeSet<String>,
    /// Names of guards that say something else than the chart of this version makes them say; `None` where they
    /// cannot be read.
    pub altered_guards: Option<BTreeSet<String>>,
}

/// A storage class, as the API server shows it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClassFacts {
    /// Its provisioner.
    pub provisioner: String,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Names of further parameters, whose values are not kept: nobody declared them, and nobody reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
}

/// A node, as the API server shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Name.
    pub name: String,
    /// UID: a node that is registered anew is another one.
    pub uid: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// `spec.providerID`.
    pub provider_id: Option<String>,
    /// Whether it is Ready.
    pub ready: bool,
    /// What it can give to pods.
    pub allocatable: Resources,
}

/// What workspaces have reserved on a site.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Load {
    /// Number of workspaces.
    pub workspaces: u32,
    /// Sum of what they reserve.
    pub reserved: Resources,
}

/// Quantities that placement counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Resources {
    /// Processors, in thousandths.
    pub cpu_millis: u64,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Volumes, in bytes.
    pub storage_bytes: u64,
}

impl Resources {
    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_add(other.cpu_millis),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
            storage_bytes: self.storage_bytes.saturating_add(other.storage_bytes),
        }
    }

    /// What is left, never below nothing.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_sub(other.cpu_millis),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
            storage_bytes: self.storage_bytes.saturating_sub(other.storage_bytes),
        }
    }
}
