//! What each workspace has reserved on each site. Decisions are taken one at a time against it, so that two
//! workspaces never get the same last place.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use beffroi_crds::Workspace;
use kube::ResourceExt;

use crate::{
    facts::{Load, Resources, World},
    plan,
};

/// Reservations by workspace UID, and their sums by site.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<String, (Vec<String>, Resources)>,
    loads: HashMap<String, Load>,
}

/// What workspaces other than `except` (a UID) have reserved on each site, as their statuses tell.
pub fn loads(world: &World, workspaces: &[Arc<Workspace>], except: Option<&str>) -> BTreeMap<String, Load> {
    let others =
        workspaces.iter().filter(|w| except.is_none_or(|uid| w.metadata.uid.as_deref() != Some(uid)));
    Ledger::of(world, others.map(AsRef::as_ref)).loads.into_iter().collect()
}

impl Ledger {
    /// What the statuses of workspaces tell.
    pub fn of<'a>(world: &World, workspaces: impl IntoIterator<Item = &'a Workspace>) -> Self {
        let mut ledger = Self::default();
        for workspace in workspaces {
            let sites = workspace.status.iter().flat_map(|s| &s.sites).map(|s| s.name.clone()).collect();
            ledger.set(&workspace.uid().unwrap_or_default(), sites, plan::needs(world, workspace));
        }
        ledger
    }

    /// What `uid` holds from now on.
    pub fn set(&mut self, uid: &str, sites: Vec<String>, needs: Resources) {
        self.remove(uid);
        for site in &sites {
            let load = self.loads.entry(site.clone()).or_default();
            load.workspaces += 1;
            load.reserved = load.reserved.plus(needs);
        }
        self.entries.insert(uid.to_owned(), (sites, needs));
    }

    /// Gives back what `uid` held.
    pub fn remove(&mut self, uid: &str) {
        let Some((sites, needs)) = self.entries.remove(uid) else { return };
        for site in sites {
            if let Some(load) = self.loads.get_mut(&site) {
                load.workspaces = load.workspaces.saturating_sub(1);
                load.reserved = load.reserved.minus(needs);
            }
        }
    }

    /// UIDs of those that hold anything.
    pub fn uids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// What others than `uid` have reserved on `site`.
    pub fn load_without(&self, site: &str, uid: &str) -> Load {
        let mut load = self.load(site);
        if let Some((sites, needs)) = self.entries.get(uid)
            && sites.iter().any(|s| s == site)
        {
            load.workspaces = load.workspaces.saturating_sub(1);
            load.reserved = load.reserved.minus(*needs);
        }
        load
    }

    /// What is reserved on `site`.
    pub fn load(&self, site: &str) -> Load {
        self.loads.get(site).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{
        App, AppSpec, WorkspaceSpec, WorkspaceStatus,
        app::Needs,
        workspace::{OrderedApp, PlacedSite},
    };

    use super::*;

    fn cpu(cpu_millis: u64) -> Resources {
        Resources { cpu_millis, ..Resources::default() }
    }

    #[test]
    fn sums_follow_every_change() {
        let mut ledger = Ledger::default();
        ledger.set("a", vec!["par1".into(), "rbx1".into()], cpu(100));
        ledger.set("b", vec!["par1".into()], cpu(50));
        assert_eq!(ledger.load("par1"), Load { workspaces: 2, reserved: cpu(150) });
        assert_eq!(ledger.load_without("par1", "a"), Load { workspaces: 1, reserved: cpu(50) });
        ledger.set("a", vec!["rbx1".into()], cpu(70));
        assert_eq!(ledger.load("par1"), Load { workspaces: 1, reserved: cpu(50) });
        ledger.remove("a");
        assert_eq!(ledger.load("rbx1"), Load::default());
    }

    fn workspace(uid: &str, sites: &[&str]) -> Arc<Workspace> {
        let apps = vec![OrderedApp { name: "docs".into(), ..OrderedApp::default() }];
        let mut workspace = Workspace::new(uid, WorkspaceSpec { apps, ..WorkspaceSpec::default() });
        workspace.metadata.uid = Some(uid.into());
        let site = |name: &&str| PlacedSite { name: (*name).to_owned(), ..PlacedSite::default() };
        workspace.status =
            Some(WorkspaceStatus { sites: sites.iter().map(site).collect(), ..WorkspaceStatus::default() });
        Arc::new(workspace)
    }

    #[test]
    fn what_statuses_tell_is_what_a_ledger_comes_to() {
        let needs = Needs { cpu: "100m".into(), memory: "0".into(), ..Needs::default() };
        let app = Arc::new(App::new("docs", AppSpec { needs, ..AppSpec::default() }));
        let mut world = World::default();
        world.apps.insert("docs".to_owned(), app);
        let all = [workspace("a", &["par1", "rbx1"]), workspace("b", &["par1"]), workspace("c", &[])];
        let ledger = Ledger::of(&world, all.iter().map(AsRef::as_ref));
        assert_eq!(ledger.load("par1"), Load { workspaces: 2, reserved: cpu(200) });
        for uid in ["a", "b", "c"] {
            let loads = loads(&world, &all, Some(uid));
            for site in ["par1", "rbx1", "mac1"] {
                let load = loads.get(site).copied().unwrap_or_default();
                assert_eq!(load, ledger.load_without(site, uid), "{site} without {uid}");
            }
        }
        assert_eq!(loads(&world, &all, None)["par1"], ledger.load("par1"));
    }
}
