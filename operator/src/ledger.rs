//! What each workspace has reserved on each site. Decisions are taken one at a time against it, so that two
//! workspaces never get the same last place.

use std::collections::HashMap;

use beffroi_core::facts::{Load, Resources};

/// Reservations by workspace UID, and their sums by site.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<String, (Vec<String>, Resources)>,
    loads: HashMap<String, Load>,
}

impl Ledger {
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
}
