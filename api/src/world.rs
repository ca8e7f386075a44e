//! What decisions rest on, from the caches: what is declared and the sites, drawn anew when they have changed and shared
//! by all who ask meanwhile; and, for placement, what workspaces have reserved on each site.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use beffroi_core::{
    facts::{SiteFacts, Snapshot, World},
    ledger,
    providers::Providers,
    site,
};
use beffroi_crds::Site;
use jiff::Timestamp;
use kube::ResourceExt;

use crate::caches::Caches;

/// What was drawn last.
#[derive(Default)]
pub struct Register(Mutex<Option<(Drawn, World)>>);

/// What it was drawn from: how many events each cache has had, and the objects that cannot be read.
type Drawn = [u64; 6];

impl Register {
    /// What is declared, and sites without what is reserved on them.
    pub fn of(&self, caches: &Caches) -> World {
        let Caches { providers, sites, policies, apps, tenants, unread, .. } = caches;
        // Counted before it is drawn: what comes in between is drawn once more.
        let drawn = [
            providers.events(),
            sites.events(),
            policies.events(),
            apps.events(),
            tenants.events(),
            *unread.changes().borrow(),
        ];
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let world = match last.take() {
            Some((before, world)) if before == drawn => world,
            before => draw(caches, &before.map(|(_, world)| world.declared).unwrap_or_default().providers),
        };
        *last = Some((drawn, world.clone()));
        World { now: Timestamp::now(), ..world }
    }

    /// The same with what workspaces other than `except` (a UID, where it is there already) have reserved: what the
    /// operator decides on, as far as it wrote down what it saw.
    pub fn loaded(&self, caches: &Caches, except: Option<&str>) -> World {
        let mut world = self.of(caches);
        let loads = ledger::loads(&world, &caches.workspaces.all(), except);
        for (name, facts) in &mut world.sites {
            facts.load = loads.get(name).copied().unwrap_or_default();
        }
        world
    }
}

/// `register` is the one that was drawn before: what was found of chains holds until it changes.
fn draw(caches: &Caches, register: &Providers) -> World {
    let facts = |site: Arc<Site>| {
        let observed = site::observation(&site).map(Arc::new);
        SiteFacts { site, observed, ..SiteFacts::default() }
    };
    let sites: BTreeMap<_, _> =
        caches.sites.all().into_iter().map(|site| (site.name_any(), facts(site))).collect();
    let declared = Snapshot {
        providers: Providers::after(caches.providers.by_name(), register),
        policies: caches.policies.by_name(),
        apps: caches.apps.by_name(),
        tenants: caches.tenants.by_name(),
        unread: caches.unread.all().iter().map(|object| (object.kind.kind.as_str(), object.name())).collect(),
    };
    World { sites, declared: declared.into(), ..World::default() }
}
