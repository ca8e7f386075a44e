//! Events from the caches to the wire, with caches that are fed by hand.

mod changes;
mod cursor;
mod rights;
mod streams;
mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use beffroi_crds::{
    Site, Tenant, TenantSpec, TenantStatus, Workspace, WorkspaceSpec, labels,
    tenant::{BoundMember, Identity, RoleBinding},
};
use clap::Parser;
use futures::{StreamExt, channel::mpsc};
use jiff::Timestamp;
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::Time};
use kube::{Client, Resource, ResourceExt, client::Body, runtime::watcher::Event};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Hub, StreamOptions, ring::Whose, stream::Events};
use crate::{
    State,
    auth::{self, Authenticator, Limits, Principal, Role, TenantStanding, TenantUid},
    caches::{Cache, Caches},
    state::{self, Shared},
    vital::Tasks,
    world::Register,
};

type Feed<K> = mpsc::UnboundedSender<Result<Event<K>, kube::runtime::watcher::Error>>;

/// A replica, and what its watches will say.
struct Replica {
    state: State,
    tenants: Feed<Tenant>,
    workspaces: Feed<Workspace>,
    sites: Feed<Site>,
    namespaces: Feed<Namespace>,
}

/// What a replica lists when it starts.
#[derive(Clone, Default)]
struct Listed {
    tenants: Vec<Tenant>,
    workspaces: Vec<Workspace>,
    sites: Vec<Site>,
    namespaces: Vec<Namespace>,
}

impl Replica {
    /// One that tells what changes.
    async fn start(listed: Listed) -> Self {
        Self::with(listed, StreamOptions { streams_tenant: 100, streams: 1000 }).await
    }

    async fn with(listed: Listed, streams: StreamOptions) -> Self {
        let (tenants, tenants_cache) = fed(listed.tenants);
        let (workspaces, workspaces_cache) = fed(listed.workspaces);
        let (sites, sites_cache) = fed(listed.sites);
        let (namespaces, namespaces_cache) = fed(listed.namespaces);
        let caches = Caches {
            unread: beffroi_process::readable::Unreadables::default(),
            providers: fed(vec![]).1,
            policies: fed(vec![]).1,
            apps: fed(vec![]).1,
            tenants: tenants_cache,
            workspaces: workspaces_cache,
            sites: sites_cache,
            namespaces: namespaces_cache,
            keys: fed(vec![]).1,
        };
        let state = State::new(shared(caches, Hub::new(streams)));
        let replica = Self { state, tenants, workspaces, sites, namespaces };
        tokio::spawn(replica.state.clone().tell_changes());
        until(|| replica.state.events.open(&hoster(), None).is_ok()).await;
        replica
    }

    fn open(&self, who: &Principal) -> Reader {
        Reader::new(self.state.events.open(who, None).unwrap())
    }

    fn resume(&self, who: &Principal, last: &str) -> Reader {
        Reader::new(self.state.events.open(who, Some(last)).unwrap())
    }
}

/// Feeds a cache that begins with `listed`.
fn fed<K>(listed: Vec<K>) -> (Feed<K>, Cache<K>)
where
    K: Resource<DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let (feed, events) = mpsc::unbounded();
    list(&feed, listed);
    (feed, Cache::fed(events))
}

/// The watch begins anew.
fn list<K>(feed: &Feed<K>, listed: Vec<K>) {
    send(feed, Event::Init);
    for object in listed {
        send(feed, Event::InitApply(object));
    }
    send(feed, Event::InitDone);
}

fn send<K>(feed: &Feed<K>, event: Event<K>) {
    feed.unbounded_send(Ok(event)).unwrap();
}

fn shared(caches: Caches, events: Hub) -> Shared {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = crate::Options::parse_from(["beffroi-api"]);
    let nobody = tower::service_fn(async |_: http::Request<Body>| {
        Ok::<_, Infallible>(http::Response::new(Body::empty()))
    });
    Shared {
        client: Client::new(nobody, "default"),
        caches,
        register: Register::default(),
        plans: state::plans(),
        tasks: Tasks::default(),
        auth: Authenticator::new(auth::issuers(None).unwrap()),
        trust: options.auth,
        limits: Limits::new(options.rates),
        events,
        log: None,
        namespace: options.namespace,
        grace_days: 30,
        patience: Duration::from_secs(5),
        stop: CancellationToken::new(),
        begun: AtomicBool::default(),
    }
}

/// Reads a stream.
struct Reader(Events);

/// An event, as it came.
#[derive(Clone, Debug, PartialEq)]
struct Heard {
    id: String,
    name: String,
    data: Value,
}

impl Reader {
    fn new(events: Events) -> Self {
        Self(events)
    }

    /// The next event, whatever comes between.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            let next =
                tokio::time::timeout(Duration::from_secs(5), self.0.next()).await.expect("nothing comes");
            let Ok(bytes) = next?;
            if let Some(heard) = heard(std::str::from_utf8(&bytes).unwrap()) {
                return Some(heard);
            }
        }
    }

    /// Names and subjects of the next ones, until a site of that name is told of.
    async fn until(&mut self, site: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        loop {
            let heard = self.next().await.expect("it ended");
            if heard.data["name"] == site {
                return all;
            }
            all.push(heard.short());
        }
    }
}

impl Heard {
    fn short(&self) -> (String, String) {
        let subject = self.data.get("id").or_else(|| self.data.get("name")).and_then(Value::as_str);
        (self.name.clone(), subject.unwrap_or_default().to_owned())
    }
}

/// What a browser makes of a block of lines: an event, where there is data.
fn heard(block: &str) -> Option<Heard> {
    assert!(block.ends_with("\n\n"), "{block:?}");
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = serde_json::from_str(field("data")?).unwrap();
    Some(Heard { id: field("id").unwrap().to_owned(), name: field("event").unwrap().to_owned(), data })
}

fn short(name: &str, subject: &str) -> (String, String) {
    (name.to_owned(), subject.to_owned())
}

async fn until(held: impl Fn() -> bool) {
    for _ in 0..1000 {
        if held() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not come about");
}

/// An object with what the API server gives it; its UID is its name.
fn at<K: Resource>(mut object: K, version: u64) -> K {
    let meta = object.meta_mut();
    meta.resource_version = Some(version.to_string());
    meta.uid = meta.name.clone();
    object
}

/// A tenant whose people sign in at an issuer of its own.
fn tenant(name: &str, version: u64) -> Tenant {
    let roles = vec![RoleBinding { group: "agents".into(), role: beffroi_crds::tenant::Role::Lecteur }];
    let issuer = format!("https://{name}.example").as_str().into();
    let identity = Some(Identity { issuer, roles, ..Identity::default() });
    at(Tenant::new(name, TenantSpec { title: name.into(), identity, ..TenantSpec::default() }), version)
}

fn grouping(name: &str, version: u64, members: &[&str]) -> Tenant {
    let mut tenant = tenant(name, version);
    tenant.spec.members = members.iter().map(|member| (*member).into()).collect();
    // As the operator binds them; each has its name for a UID here.
    let since = Time(Timestamp::UNIX_EPOCH);
    let bound = |name: &&str| BoundMember { name: (*name).into(), uid: (*name).into(), since: since.clone() };
    let members = members.iter().map(bound).collect();
    tenant.status = Some(TenantStatus { members, ..TenantStatus::default() });
    tenant
}

fn namespace(tenant: &str, version: u64) -> Namespace {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(format!("tenant-{tenant}"));
    let labels = [(labels::TENANT, tenant), (labels::TENANT_UID, tenant)];
    namespace.labels_mut().extend(labels.map(|(key, value)| (key.to_owned(), value.to_owned())));
    at(namespace, version)
}

fn workspace(tenant: &str, name: &str, version: u64) -> Workspace {
    let mut workspace = Workspace::new(name, WorkspaceSpec::default());
    workspace.metadata.namespace = Some(format!("tenant-{tenant}"));
    workspace.metadata.generation = Some(1);
    let mut workspace = at(workspace, version);
    workspace.metadata.uid = Some(format!("{tenant}.{name}"));
    workspace
}

/// The next generation of an order.
fn changed(mut workspace: Workspace, version: u64) -> Workspace {
    workspace.metadata.generation = Some(i64::try_from(version).unwrap());
    workspace.metadata.resource_version = Some(version.to_string());
    workspace
}

fn site(name: &str, version: u64) -> Site {
    let mut site = Site::new(name, beffroi_crds::SiteSpec::default());
    site.metadata.generation = Some(i64::try_from(version).unwrap());
    at(site, version)
}

/// Two tenants, each with a workspace, and a grouping of the first, with one too.
fn listed() -> Listed {
    let names = ["ch", "mairie", "ght"];
    Listed {
        tenants: vec![tenant("ch", 1), tenant("mairie", 2), grouping("ght", 3, &["ch"])],
        namespaces: names.map(|name| namespace(name, 4)).to_vec(),
        workspaces: names.map(|name| workspace(name, "w", 5)).to_vec(),
        sites: vec![site("rbx1", 6)],
    }
}

/// Somebody who reads what is of these tenants.
fn reader(tenants: &[&str]) -> Principal {
    Principal {
        issuer: "https://id.example".into(),
        subject: "camille".into(),
        name: None,
        hoster: false,
        roles: tenants.iter().map(|uid| ((*uid).into(), BTreeSet::from([Role::Lecteur]))).collect(),
        expires: Timestamp::MAX,
        lacks: std::collections::BTreeSet::new(),
    }
}

fn hoster() -> Principal {
    Principal { hoster: true, roles: BTreeMap::new(), ..reader(&[]) }
}

fn whose(uid: &str) -> Arc<Whose> {
    Whose::new(TenantStanding { uid: TenantUid::from(uid), members: vec![] })
}
