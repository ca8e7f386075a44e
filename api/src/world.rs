//! What decisions rest on, from the caches: what is declared and the sites, drawn anew when they have changed and shared
//! by all who ask meanwhile; and, for placement, what workspaces have reserved on each site.

use std::sync::{Arc, Mutex, PoisonError};

use beffroi_core::{
    facts::{SiteFacts, Snapshot, World},
    ledger, site,
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
            before => draw(caches, &before.map(|(_, world)| world.declared).unwrap_or_default()),
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

/// `before` was drawn before.
fn draw(caches: &Caches, before: &Snapshot) -> World {
    let facts = |site: Arc<Site>| {
        let observed = site::observation(&site).map(Arc::new);
        SiteFacts { site, observed, ..SiteFacts::default() }
    };
    let sites = caches.sites.all().into_iter().map(|site| (site.name_any(), facts(site))).collect();
    let Caches { providers, policies, apps, tenants, unread, .. } = caches;
    let declared = before.anew(providers.all(), policies.all(), apps.all(), tenants.all(), &unread.all());
    World { sites, declared: declared.into(), ..World::default() }
}
