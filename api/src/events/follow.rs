//! Changes of the caches → what is told of them, to whom. Whose trust in an issuer changed, or who is gone, is heard
//! first: streams that rest on it end, and are judged anew when they come back.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use beffroi_core::tenant as law;
use beffroi_crds::{Site, Tenant, Workspace};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    cursor::Watch,
    hub::{Draft, Hub},
    ring::{Whom, Whose},
    seen::{Followed, Seen, Step},
    told::{self, Notice},
};
use crate::{
    auth::{TenantStanding, TenantUid, Trust},
    caches::Caches,
    door,
};

/// What is followed, and who hears of it.
pub struct Following<'a> {
    /// Where changes come from.
    pub caches: &'a Caches,
    /// Where they are told.
    pub hub: &'a Hub,
    /// Which audience is meant where a tenant names none.
    pub audience: &'a str,
    /// Settles whom to trust.
    pub renew_trusts: &'a (dyn Fn() + Send + Sync),
}

/// Tells what changes until the process is asked to stop.
pub async fn follow(following: &Following<'_>, stop: &CancellationToken) {
    let caches = following.caches;
    let filled = async {
        tokio::join!(
            caches.tenants.until_filled(),
            caches.namespaces.until_filled(),
            caches.workspaces.until_filled(),
            caches.sites.until_filled(),
        )
    };
    if stop.run_until_cancelled(filled).await.is_some() {
        let mut tenants = Followed::new(&caches.tenants);
        let mut namespaces = Followed::new(&caches.namespaces);
        let mut workspaces = Followed::new(&caches.workspaces);
        let mut sites = Followed::new(&caches.sites);
        let mut teller = Teller::new(following);
        let mut beats = interval(Duration::from_secs(1));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = beats.tick() => following.hub.beat(Timestamp::now()),
                step = tenants.next() => teller.tenant(step),
                step = namespaces.next() => teller.namespace(step),
                step = workspaces.next() => teller.workspace(step),
                step = sites.next() => teller.site(step),
            }
        }
    }
    following.hub.close();
}

/// What was told last.
struct Teller<'a> {
    following: &'a Following<'a>,
    tenants: Seen<ToldTenant>,
    /// None: it is not known whose it is.
    workspaces: Seen<Option<ToldWorkspace>>,
    sites: Seen<u64>,
    namespaces: Seen<()>,
}

struct ToldTenant {
    digest: u64,
    whose: Arc<Whose>,
    standing: TenantStanding,
    trust: Option<Trust>,
}

struct ToldWorkspace {
    digest: u64,
    tenant: String,
    whose: Arc<Whose>,
}

impl<'a> Teller<'a> {
    fn new(following: &'a Following<'a>) -> Self {
        let (tenants, workspaces, sites, namespaces) = Default::default();
        Self { following, tenants, workspaces, sites, namespaces }
    }

    fn caches(&self) -> &'a Caches {
        self.following.caches
    }

    fn tenant(&mut self, step: Step<Tenant>) {
        match step {
            Step::Applied(tenant) => self.tenant_applied(&tenant),
            Step::Deleted(tenant) => self.tenant_deleted(&tenant),
            Step::Settled => self.following.hub.settle(Watch::Tenants),
            Step::Unknown => {
                let before = self.list_tenants();
                let now: HashMap<_, _> =
                    self.tenants.values().map(|told| (&told.standing.uid, &told.trust)).collect();
                let changed =
                    before.values().filter(|told| now.get(&told.standing.uid) != Some(&&told.trust));
                self.trust_anew(&changed.map(|told| told.standing.uid.clone()).collect());
                self.following.hub.begin(Watch::Tenants, self.tenants.cursor);
            }
        }
    }

    fn tenant_applied(&mut self, tenant: &Tenant) {
        let (told, _) = told::tenant(tenant);
        let now = self.told_tenant(tenant);
        let (digest, standing, trust, whose) =
            (now.digest, now.standing.clone(), now.trust.clone(), now.whose.clone());
        let before = self.tenants.keep(tenant, now);
        let mut drafts = Vec::new();
        if let Some(before) = &before {
            if before.trust != trust {
                self.trust_anew(&[standing.uid.clone()].into());
            }
            if before.standing.members != standing.members {
                drafts.push(members_changed(&before.standing, &standing));
            }
        }
        if before.is_none_or(|before| before.digest != digest) {
            drafts.push(draft("tenant.changed", &told, Whom::Of(whose)));
        }
        drafts.extend(self.workspaces_untold(&law::namespace(&tenant.name_any())));
        self.following.hub.publish(Watch::Tenants, self.tenants.cursor, drafts);
    }

    fn tenant_deleted(&mut self, tenant: &Tenant) {
        let before = self.tenants.take(tenant);
        let told = told::tenant(tenant).0.gone(tenant.resource_version());
        let gone =
            before.as_ref().map(|before| draft("tenant.deleted", &told, Whom::Of(before.whose.clone())));
        self.following.hub.publish(Watch::Tenants, self.tenants.cursor, gone.into_iter().collect());
        self.trust_anew(&before.into_iter().map(|before| before.standing.uid).collect());
    }

    fn workspace(&mut self, step: Step<Workspace>) {
        let drafts = match step {
            Step::Applied(workspace) => self.workspace_applied(&workspace),
            Step::Deleted(workspace) => self.workspaces.take(&*workspace).flatten().map(|before| {
                let told = told::workspace(&before.tenant, &workspace).0.gone(workspace.resource_version());
                draft("workspace.deleted", &told, Whom::Of(before.whose))
            }),
            Step::Settled => return self.following.hub.settle(Watch::Workspaces),
            Step::Unknown => {
                self.list_workspaces();
                return self.following.hub.begin(Watch::Workspaces, self.workspaces.cursor);
            }
        };
        self.following.hub.publish(Watch::Workspaces, self.workspaces.cursor, drafts.into_iter().collect());
    }

    fn workspace_applied(&mut self, workspace: &Workspace) -> Option<Draft> {
        let now = self.told_workspace(workspace);
        let told = now.as_ref().map(|(told, now)| (told.clone(), now.digest, now.whose.clone()));
        let before = self.workspaces.keep(workspace, now.map(|(_, now)| now)).flatten();
        let (told, digest, whose) = told?;
        let changed = before.is_none_or(|before| before.digest != digest);
        changed.then(|| draft("workspace.changed", &told, Whom::Of(whose)))
    }

    fn site(&mut self, step: Step<Site>) {
        let event = match step {
            Step::Applied(site) => {
                let (told, digest) = told::site(&site);
                let changed = self.sites.keep(&*site, digest) != Some(digest);
                changed.then(|| draft("site.changed", &told, Whom::Everyone))
            }
            Step::Deleted(site) => self.sites.take(&*site).map(|_| {
                let told = told::site(&site).0.gone(site.resource_version());
                draft("site.deleted", &told, Whom::Everyone)
            }),
            Step::Settled => return self.following.hub.settle(Watch::Sites),
            Step::Unknown => {
                self.sites = Seen::of(&self.caches().sites.all(), |site| told::site(site).1);
                return self.following.hub.begin(Watch::Sites, self.sites.cursor);
            }
        };
        self.following.hub.publish(Watch::Sites, self.sites.cursor, event.into_iter().collect());
    }

    fn namespace(&mut self, step: Step<Namespace>) {
        let drafts = match step {
            Step::Applied(namespace) => {
                self.namespaces.keep(&*namespace, ());
                self.workspaces_untold(&namespace.name_any())
            }
            Step::Deleted(namespace) => {
                self.namespaces.take(&*namespace);
                Vec::new()
            }
            Step::Settled => return self.following.hub.settle(Watch::Namespaces),
            Step::Unknown => {
                self.namespaces = Seen::of(&self.caches().namespaces.all(), |_| ());
                return self.following.hub.begin(Watch::Namespaces, self.namespaces.cursor);
            }
        };
        self.following.hub.publish(Watch::Namespaces, self.namespaces.cursor, drafts);
    }

    /// Workspaces that came before it was known whose they are.
    fn workspaces_untold(&mut self, namespace: &str) -> Vec<Draft> {
        let there = self.caches().workspaces_in(namespace);
        let untold =
            there.iter().filter(|workspace| matches!(self.workspaces.get(&***workspace), Some(None)));
        let untold: Vec<_> = untold.cloned().collect();
        untold.iter().filter_map(|workspace| self.workspace_applied(workspace)).collect()
    }

    fn told_workspace(&self, workspace: &Workspace) -> Option<(Notice, ToldWorkspace)> {
        let tenant = self.caches().tenant_of(&workspace.namespace()?)?;
        let whose = self.tenants.get(&*tenant)?.whose.clone();
        let tenant = tenant.name_any();
        let (told, digest) = told::workspace(&tenant, workspace);
        Some((told, ToldWorkspace { digest, tenant, whose }))
    }

    fn list_workspaces(&mut self) {
        let told = |workspace: &Workspace| self.told_workspace(workspace).map(|(_, told)| told);
        self.workspaces = Seen::of(&self.caches().workspaces.all(), told);
    }

    /// Returns what was told before.
    fn list_tenants(&mut self) -> Seen<ToldTenant> {
        let now = Seen::of(&self.caches().tenants.all(), |tenant| self.told_tenant(tenant));
        std::mem::replace(&mut self.tenants, now)
    }

    fn told_tenant(&self, tenant: &Tenant) -> ToldTenant {
        let standing = door::standing(tenant);
        // Events that are kept go on to be of the same tenant.
        let whose = self.tenants.get(tenant).map(|before| before.whose.clone());
        let whose = whose.unwrap_or_else(|| Whose::new(standing.clone()));
        whose.set(standing.clone());
        let trust = Trust::of(tenant, self.following.audience);
        ToldTenant { digest: told::tenant(tenant).1, whose, standing, trust }
    }

    /// Ends the streams of people of these tenants. What is trusted is settled before, so that none who comes back is
    /// taken for who he was.
    fn trust_anew(&self, tenants: &BTreeSet<TenantUid>) {
        if !tenants.is_empty() {
            (self.following.renew_trusts)();
            self.following.hub.end(|who| who.roles.keys().any(|uid| tenants.contains(uid)));
        }
    }
}

fn draft(name: &'static str, told: &Notice, whom: Whom) -> Draft {
    Draft { name, whom, data: told.text() }
}

/// Those who were, and those who are in a grouping see other workspaces than before.
fn members_changed(before: &TenantStanding, now: &TenantStanding) -> Draft {
    let members = before.members.iter().chain(&now.members).cloned().collect();
    let whose = Whose::new(TenantStanding { uid: now.uid.clone(), members });
    Draft { name: "reset", whom: Whom::Of(whose), data: "{}".to_owned() }
}
