//! An operator on servers in memory: its caches, one site, its log.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use beffroi_core::{
    evidence::Predicate,
    manifests::{self, Kind},
};
use beffroi_crds::{Workspace, labels};
use beffroi_log::{Filter, Reader, Store};
use clap::Parser;
use futures::{StreamExt, future};
use kube::ResourceExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{
    life::LONG,
    objects::{Place, text_of},
    script::Script,
    server::Server,
    slow::Slow,
};
use crate::{
    caches::Events,
    context::Context,
    controllers, definitions,
    evidence::Evidence,
    options::Options,
    outcome::Outcome,
    reconcile,
    server::{self, Phase},
    sites::connection::Failure,
};

/// What the operator is looking after.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Of {
    /// Workspace `mairie`.
    Workspace,
    /// The same, and once it stands somebody meddles with it in its site.
    Meddled,
    /// Tenant `macon`, that orders nothing.
    Tenant,
}

/// An operator, and all that it talks to.
pub struct Town {
    pub of: Of,
    pub management: Server,
    pub site: Server,
    pub script: Arc<Script>,
    context: Arc<Context>,
    folder: TempDir,
    /// What the log is written to.
    store: Arc<Slow>,
    reader: Reader,
    /// Namespace of the workspace in its site.
    home: String,
    _watches: JoinSet<()>,
}

impl Town {
    /// All is there that is to be looked after, and nothing was done yet; sites are given so many seconds to answer.
    pub async fn new(of: Of, patience: u64) -> Self {
        Self::with_log(of, patience, LONG).await
    }

    /// The same, with a log that is waited for as long as that.
    pub async fn with_log(of: Of, patience: u64, log_patience: Duration) -> Self {
        let script = Arc::new(Script::default());
        let all = include_str!("management.yaml").split("---\n");
        let there = all.filter(|one| of != Of::Tenant || !one.contains("tenant-macon"));
        let there = there.collect::<Vec<_>>().join("---\n");
        let management = Server::new("management", script.clone(), &there);
        let site = Server::new("par1", script.clone(), include_str!("site.yaml"));
        let mut options = Options::parse_from(["beffroi-operator"]);
        options.write_timeout_seconds = patience;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::folder(&folder.path().join("log"), false).unwrap();
        let mut slow = None;
        let written = store.clone().through(|inner| slow.insert(Slow::new(inner)).clone());
        let mut evidence = Evidence::open(written, management.client(), &options, 1).await.unwrap();
        evidence.patience = log_patience;
        // What it took to open the log is no part of any life.
        script.forget();
        let reader = Reader::new(store);
        let store = slow.unwrap();
        *script.log.lock().unwrap() = Some(reader.clone());
        let context = Arc::new(Context::new(management.client(), &options, evidence));
        let watches = drive(&context);
        context.sites.attach("par1", site.client());
        let mut workspace = Workspace::new("mairie", beffroi_crds::WorkspaceSpec::default());
        workspace.metadata.uid = Some("u-mairie".into());
        let home = manifests::namespace_name("macon", &workspace);
        Self { of, management, site, script, context, folder, store, reader, home, _watches: watches }
    }

    /// Reconciles once, by what the caches show now; `None`: there is nothing to look after any more.
    pub async fn turn(&self) -> Option<Outcome> {
        let caches = &self.context.caches;
        match self.of {
            Of::Workspace | Of::Meddled => {
                let workspace = caches.workspaces.state().pop()?;
                if self.context.lags(&*workspace) {
                    return Some(Outcome::StaleView("as every reconcile begins"));
                }
                Some(controllers::workspace::reconcile(workspace, self.context.clone()).await)
            }
            Of::Tenant => {
                let tenant = caches.tenants.state().pop()?;
                if self.context.lags(&*tenant) {
                    return Some(Outcome::StaleView("as every reconcile begins"));
                }
                Some(controllers::tenant::reconcile(tenant, self.context.clone()).await)
            }
        }
    }

    /// Reconciles the workspace once, as controllers do.
    pub async fn observed_turn(&self) {
        let workspace = self.context.caches.workspaces.state().pop().unwrap();
        let reconcile = controllers::workspace::reconcile(workspace.clone(), self.context.clone());
        Box::pin(reconcile::observed(workspace, self.context.clone(), reconcile)).await;
    }

    /// Whether the site counts as reachable.
    pub fn reaches_site(&self) -> bool {
        self.context.sites.get("par1").unwrap().reachable()
    }

    /// Why it cannot be worked with.
    pub fn site_failure(&self) -> Option<Failure> {
        self.context.sites.get("par1").unwrap().failure()
    }

    /// Compares the CRDs that are served with those of this version.
    pub async fn looks_at_crds(&self) {
        definitions::look(&self.context).await;
    }

    /// Whether watches tell what happens.
    pub fn tells(&self, tells: bool) {
        self.management.tells(tells);
        self.site.tells(tells);
    }

    /// Waits until the caches show what is there.
    pub async fn seen(&self) {
        for _ in 0..10_000 {
            if self.unseen().is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the caches never showed {:?}: {:#?}", self.unseen(), self.context.caches.unread.all());
    }

    /// What the caches do not show yet, the first of it.
    fn unseen(&self) -> Option<&'static str> {
        let (caches, connection) = (&self.context.caches, self.context.sites.get("par1").unwrap());
        if let Some(unfilled) = caches.unfilled().into_iter().next() {
            return Some(unfilled);
        }
        if !connection.reachable() {
            return Some("the site");
        }
        let there = |kind: &str| versions_of(&self.management, |at| at.kind == kind);
        let placed = || {
            let kinds = Kind::ALL.map(|kind| kind.api_resource().plural);
            versions_of(&self.site, |at| kinds.contains(&at.kind))
        };
        let shown = || {
            let seen = connection.inventory().objects_of(&self.home, "u-mairie");
            seen.iter().filter_map(|live| live.metadata.resource_version.clone()).collect::<BTreeSet<_>>()
        };
        let looks: [(_, &dyn Fn() -> bool); 4] = [
            ("workspaces", &|| there("workspaces") == versions(&caches.workspaces.state())),
            ("tenants", &|| there("tenants") == versions(&caches.tenants.state())),
            ("namespaces", &|| there("namespaces") == versions(&caches.namespaces.state())),
            ("what is in the site", &|| placed() == shown()),
        ];
        looks.into_iter().find(|(_, shown)| !shown()).map(|(what, _)| what)
    }

    /// Whether anything is still kept in mind of the workspace: a place in its site, or what its UID stands for.
    pub fn remembers(&self) -> bool {
        self.context.ledger().load("par1").workspaces > 0 || self.context.is_known("u-mairie")
    }

    /// What happened, as the log has it, the first first.
    pub async fn log(&self) -> Vec<String> {
        let all = self.reader.list(&Filter::default()).await.unwrap();
        let told = all.into_iter().rev().map(|listed| match listed.statement.predicate {
            Predicate::Audit(audit) => format!("{:?} {}", audit.action, audit.note),
            other => format!("{other:?}"),
        });
        told.collect()
    }

    /// From now on each write to the log takes a while.
    pub fn log_is_slow(&self) {
        self.store.writes_take(Duration::from_millis(30));
    }

    /// Tries now whether the log can be written.
    pub async fn log_is_tried(&self) {
        self.context.evidence.try_now().await;
    }

    /// What `/readyz` answers.
    pub async fn ready(&self) -> (u16, String) {
        self.context.filled().await;
        let (code, text) = server::readiness(&Phase::Working(self.context.clone()));
        (code.as_u16(), text)
    }

    /// Whether the log takes anything: where it does not, a file stands where its folder should.
    pub fn log_takes(&self, takes: bool) {
        let (place, aside) = (self.folder.path().join("log"), self.folder.path().join("aside"));
        if takes {
            std::fs::remove_file(&place).unwrap();
            std::fs::rename(&aside, &place).unwrap();
        } else {
            std::fs::rename(&place, &aside).unwrap();
            std::fs::write(&place, "").unwrap();
        }
    }
}

/// Keeps the caches filled.
fn drive(context: &Arc<Context>) -> JoinSet<()> {
    fn follow<K: Send + 'static>(watches: &mut JoinSet<()>, events: Events<K>) {
        watches.spawn(events.for_each(|event| {
            if let Err(error) = event {
                eprintln!("a watch failed: {error}");
            }
            future::ready(())
        }));
    }
    let streams = context.take_streams().unwrap();
    let mut watches = JoinSet::new();
    follow(&mut watches, streams.providers);
    follow(&mut watches, streams.sites);
    follow(&mut watches, streams.policies);
    follow(&mut watches, streams.apps);
    follow(&mut watches, streams.tenants);
    follow(&mut watches, controllers::noticing(context, streams.workspaces));
    follow(&mut watches, streams.namespaces);
    follow(&mut watches, streams.secrets);
    watches
}

fn versions<K: ResourceExt>(all: &[Arc<K>]) -> BTreeSet<String> {
    all.iter().filter_map(|one| one.resource_version()).collect()
}

/// Versions of what a server holds of those kinds, where it is ours.
fn versions_of(server: &Server, kinds: impl Fn(&Place) -> bool) -> BTreeSet<String> {
    let version = |at: &Place, object: &Value| {
        let ours = || object["metadata"]["labels"][labels::MANAGED_BY] == labels::MANAGER;
        let meant = kinds(at) && (at.kind != "namespaces" || ours());
        meant.then(|| text_of(object, "/metadata/resourceVersion"))
    };
    server.each(version).into_iter().collect()
}
