//! What decisions rest on, from the caches: the register, drawn anew when it has changed and shared by all who ask
//! meanwhile; and, for placement, what workspaces have reserved on each site.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use beffroi_core::{
    facts::{SiteFacts, World},
    ledger,
    providers::Providers,
    site,
};
use beffroi_crds::Site;
use jiff::Timestamp;
use kube::ResourceExt;

use crate::caches::Caches;

/// The register as it was drawn last.
#[derive(Default)]
pub struct Register(Mutex<Option<(Drawn, Arc<World>)>>);

/// What a register was drawn from: how many events each cache has had, and in which second, for certificates end.
type Drawn = ([u64; 5], u64, i64);

impl Register {
    /// Providers, sites, policies, apps and tenants, without what is reserved on sites.
    pub fn of(&self, caches: &Caches) -> Arc<World> {
        let now = Timestamp::now();
        let Caches { providers, sites, policies, apps, tenants, .. } = caches;
        let events = [providers.events(), sites.events(), policies.events(), apps.events(), tenants.events()];
        let drawn = (events, *caches.unread.changes().borrow(), now.as_second());
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((before, world)) if *before == drawn => world.clone(),
            before => {
                let register = before.as_ref().map(|(_, world)| world.providers.clone()).unwrap_or_default();
                let world = Arc::new(draw(caches, &register, now));
                *last = Some((drawn, world.clone()));
                world
            }
        }
    }

    /// The same with what workspaces other than `except` (a UID, where it is there already) have reserved: what the
    /// operator decides on, as far as it wrote down what it saw.
    pub fn loaded(&self, caches: &Caches, except: Option<&str>) -> World {
        let mut world = World::clone(&self.of(caches));
        let loads = ledger::loads(&world, &caches.workspaces.all(), except);
        for (name, facts) in &mut world.sites {
            facts.load = loads.get(name).copied().unwrap_or_default();
        }
        world
    }
}

/// `register` is the one that was drawn before: what was found of chains holds until it changes.
fn draw(caches: &Caches, register: &Providers, now: Timestamp) -> World {
    let facts = |site: Arc<Site>| {
        let observed = site::observation(&site).map(Arc::new);
        SiteFacts { site, observed, ..SiteFacts::default() }
    };
    let sites: BTreeMap<_, _> =
        caches.sites.all().into_iter().map(|site| (site.name_any(), facts(site))).collect();
    World {
        now,
        providers: Providers::after(caches.providers.by_name(), register),
        sites,
        policies: caches.policies.by_name(),
        apps: caches.apps.by_name(),
        tenants: caches.tenants.by_name(),
        unread: caches.unread.all().iter().map(|object| (object.kind.kind.as_str(), object.name())).collect(),
    }
}
