//! What was seen of a site, as its status keeps it: [`observed`] writes it, [`observation`] reads it back, and
//! whoever plans on the one plans as on the other. Nothing is kept that no decision rests on, so that a status
//! stands still while nothing changes there.
//!
//! Where a site has more nodes than are listed, those that contradict the declaration come first and the others
//! are one sum: only of more contradictions than are listed is something lost, and then the first ones refuse.

use beffroi_crds::{
    Site,
    site::{Allocatable, MoreNodes, Observed, ObservedClass, ObservedNode, StorageClass},
};

use super::{GUARDS, classes::beside, contradiction};
use crate::{
    facts::{ClassFacts, NodeFacts, Resources, SiteObservation},
    quantity,
};

/// What a site's status keeps of an observation.
pub fn observed(seen: &SiteObservation, site: &Site) -> Observed {
    listing(seen, site, Observed::NODES)
}

/// What was last seen of a site, as its status tells; `None` where it was never reached in full.
pub fn observation(site: &Site) -> Option<SiteObservation> {
    let status = site.status.as_ref()?;
    let observed = status.observed.as_ref()?;
    Some(SiteObservation {
        reachable: observed.reachable,
        flux: observed.flux,
        kubernetes_version: status.kubernetes_version.clone().unwrap_or_default(),
        nodes: observed.nodes.iter().map(facts).chain(more(observed, site)).collect(),
        storage_classes: observed.classes.iter().map(class).collect(),
        guards: observed.guards.iter().cloned().collect(),
        altered_guards: observed.altered_guards.as_ref().map(|names| names.iter().cloned().collect()),
    })
}

/// The same, but as nobody reaches it now.
pub fn last_observation(site: &Site) -> Option<SiteObservation> {
    observation(site).map(|seen| SiteObservation { reachable: false, ..seen })
}

fn listing(seen: &SiteObservation, site: &Site, most: usize) -> Observed {
    let mut nodes: Vec<&NodeFacts> = seen.nodes.iter().collect();
    let rest = if nodes.len() > most {
        nodes.sort_by_key(|node| contradiction(site, node).is_none());
        nodes.split_off(most)
    } else {
        Vec::new()
    };
    let declared = site.spec.storage_classes.iter();
    let classes =
        declared.filter_map(|class| Some(listed_class(class, seen.storage_classes.get(&class.name)?)));
    Observed {
        reachable: seen.reachable,
        flux: seen.flux,
        guards: seen.guards.iter().filter(|name| GUARDS.contains(&name.as_str())).cloned().collect(),
        classes: classes.collect(),
        altered_guards: seen.altered_guards.as_ref().map(|names| names.iter().cloned().collect()),
        nodes: nodes.into_iter().map(|node| listed(node, site)).collect(),
        more_nodes: (!rest.is_empty()).then(|| MoreNodes {
            count: u32::try_from(rest.len()).unwrap_or(u32::MAX),
            allocatable: allocatable(
                rest.iter()
                    .filter(|node| node.ready)
                    .map(|node| node.allocatable)
                    .fold(Resources::default(), Resources::plus),
            ),
        }),
    }
}

fn listed(node: &NodeFacts, site: &Site) -> ObservedNode {
    let declared = site.spec.nodes.labels.keys();
    ObservedNode {
        name: node.name.clone(),
        ready: node.ready,
        provider_id: node.provider_id.clone(),
        labels: declared.filter_map(|key| Some((key.clone(), node.labels.get(key)?.clone()))).collect(),
        allocatable: allocatable(node.allocatable),
    }
}

fn listed_class(declared: &StorageClass, seen: &ClassFacts) -> ObservedClass {
    let ClassFacts { provisioner, parameters, undeclared } = beside(Some(declared), seen);
    ObservedClass { name: declared.name.clone(), provisioner, parameters, undeclared }
}

fn class(seen: &ObservedClass) -> (String, ClassFacts) {
    let ObservedClass { name, provisioner, parameters, undeclared } = seen.clone();
    (name, ClassFacts { provisioner, parameters, undeclared })
}

fn allocatable(gives: Resources) -> Allocatable {
    Allocatable {
        cpu: quantity::cpu(gives.cpu_millis),
        memory: quantity::memory(gives.memory_bytes),
        storage: (gives.storage_bytes > 0).then(|| quantity::memory(gives.storage_bytes)),
    }
}

fn facts(node: &ObservedNode) -> NodeFacts {
    NodeFacts {
        name: node.name.clone(),
        uid: String::new(),
        labels: node.labels.clone(),
        provider_id: node.provider_id.clone(),
        ready: node.ready,
        allocatable: resources(&node.allocatable),
    }
}

/// Stand-ins for the nodes that are not listed: as declared, and the first gives what all of them give.
fn more(observed: &Observed, site: &Site) -> impl Iterator<Item = NodeFacts> {
    let identity = &site.spec.nodes;
    let gives = observed.more_nodes.as_ref().map(|more| resources(&more.allocatable)).unwrap_or_default();
    (0..observed.more_nodes.as_ref().map_or(0, |more| more.count)).map(move |index| NodeFacts {
        name: format!("more-{index}"),
        uid: String::new(),
        labels: identity.labels.clone(),
        provider_id: identity.provider_id_prefix.clone(),
        ready: true,
        allocatable: if index == 0 { gives } else { Resources::default() },
    })
}

fn resources(gives: &Allocatable) -> Resources {
    Resources {
        cpu_millis: quantity::millis(&gives.cpu).unwrap_or_default(),
        memory_bytes: quantity::bytes(&gives.memory).unwrap_or_default(),
        storage_bytes: gives.storage.as_ref().and_then(|q| quantity::bytes(q)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use beffroi_crds::SiteStatus;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        facts::{Load, SiteFacts},
        placement::{self, Placement, Request},
        policy::{
            self,
            fixtures::{self, Scene},
        },
    };

    /// A node to be: whether it is ready, what it says of its place, what it gives.
    type Draw = (bool, usize, u64, u64);

    fn node(index: usize, (ready, says, cpu, memory): Draw) -> NodeFacts {
        let (region, id) = [
            (Some("Paris"), Some("hoster://Paris/1")),
            (Some("Ohio"), Some("hoster://Paris/1")),
            (None, Some("hoster://Paris/1")),
            (Some("Paris"), Some("hoster://Ohio/1")),
            (Some("Paris"), None),
        ][says];
        let other = ("kubernetes.io/os".to_owned(), "linux".to_owned());
        NodeFacts {
            name: format!("n{index}"),
            uid: format!("uid-{index}"),
            labels: region.map(|r| ("region".to_owned(), r.to_owned())).into_iter().chain([other]).collect(),
            provider_id: id.map(str::to_owned),
            ready,
            allocatable: Resources { cpu_millis: cpu, memory_bytes: memory, storage_bytes: cpu << 20 },
        }
    }

    fn site(name: &str, nodes: &[Draw], (reachable, flux, class): (bool, bool, bool)) -> SiteFacts {
        let facts = fixtures::site(name, fixtures::site_spec("Paris", "FR-IDF", 48.85, 2.35));
        let mut seen = (**facts.observed.as_ref().unwrap()).clone();
        seen.nodes = nodes.iter().enumerate().map(|(index, draw)| node(index, *draw)).collect();
        (seen.reachable, seen.flux) = (reachable, flux);
        seen.guards = ["beffroi-flux", "beffroi-flux-of-another"].map(str::to_owned).into();
        seen.storage_classes.insert("undeclared".into(), ClassFacts::default());
        if !class {
            let changed = seen.storage_classes.get_mut("local").unwrap();
            changed.parameters = [("zone", "Ohio"), ("other", "1")].map(|(k, v)| (k.into(), v.into())).into();
            if nodes.len().is_multiple_of(2) {
                seen.storage_classes.clear();
            }
        }
        SiteFacts { observed: Some(Arc::new(seen)), ..facts }
    }

    /// The site as another program knows it: from its status alone.
    fn told(facts: &SiteFacts, most: usize) -> SiteFacts {
        let seen = facts.observed.as_ref().unwrap();
        let mut site = (*facts.site).clone();
        site.status = Some(SiteStatus {
            observed: Some(listing(seen, &site, most)),
            kubernetes_version: Some(seen.kubernetes_version.clone()),
            ..SiteStatus::default()
        });
        let written = serde_json::to_value(&site).unwrap();
        let site: Site = serde_json::from_value(written).unwrap();
        SiteFacts { observed: observation(&site).map(Arc::new), site: Arc::new(site), load: facts.load }
    }

    fn placed(scene: &Scene, needs: Resources, current: &[String]) -> Placement {
        placement::place(&Request { case: &scene.case(), needs, current })
    }

    fn draws() -> impl Strategy<Value = Vec<(Vec<Draw>, (bool, bool, bool), u32)>> {
        let says = prop_oneof![4 => Just(0_usize), 1 => 1_usize..5];
        let node = (prop::bool::weighted(0.8), says, 0_u64..4_000, 0_u64..8 << 30);
        let looks = (prop::bool::weighted(0.8), prop::bool::weighted(0.9), prop::bool::weighted(0.9));
        prop::collection::vec((prop::collection::vec(node, 0..6), looks, 0_u32..4), 1..4)
    }

    proptest! {
        /// Same chosen, refused, warnings, shortfall; and every rule says the same of every site.
        #[test]
        fn a_plan_on_statuses_is_the_plan_on_what_was_seen(
            draws in draws(), sites in 1_u32..3, stays in any::<bool>(), most in prop_oneof![Just(2_usize), Just(9)],
        ) {
            let mut scene = Scene::default();
            scene.workspace.placement =
                Some(beffroi_crds::workspace::PlacementRequest { sites: Some(sites), ..Default::default() });
            scene.world.sites = draws.iter().enumerate().map(|(index, (nodes, looks, load))| {
                let name = format!("s{index}");
                let reserved = Resources { cpu_millis: u64::from(*load) * 500, ..Resources::default() };
                let load = Load { workspaces: *load, reserved };
                (name.clone(), SiteFacts { load, ..site(&name, nodes, *looks) })
            }).collect();
            let contradictions = |facts: &SiteFacts| {
                super::super::contradictions(&facts.site, facts.observed.as_ref().unwrap()).len()
            };
            prop_assume!(scene.world.sites.values().all(|facts| contradictions(facts) <= most));
            let mut other = scene.clone();
            other.world.sites =
                scene.world.sites.iter().map(|(name, facts)| (name.clone(), told(facts, most))).collect();

            let needs = Resources { cpu_millis: 700, memory_bytes: 1 << 30, storage_bytes: 1 << 28 };
            let current = if stays { vec!["s0".to_owned()] } else { Vec::new() };
            prop_assert_eq!(placed(&scene, needs, &current), placed(&other, needs, &current));
            for (name, facts) in &scene.world.sites {
                let judged = |scene: &Scene, facts| policy::judge_site(&scene.case(), facts);
                prop_assert_eq!(judged(&scene, facts), judged(&other, &other.world.sites[name]));
            }
        }
    }

    #[test]
    fn only_what_decisions_rest_on_is_kept() {
        let facts = site("par1", &[(true, 0, 1009, 1 << 30)], (true, true, true));
        let (seen, site) = (facts.observed.unwrap(), facts.site);
        let kept = observed(&seen, &site);
        assert_eq!(kept.guards, ["beffroi-flux"]);
        assert_eq!(kept.classes.iter().map(|class| &*class.name).collect::<Vec<_>>(), ["local"]);
        assert_eq!(kept.nodes[0].labels, BTreeMap::from([("region".to_owned(), "Paris".to_owned())]));
        assert_eq!((&*kept.nodes[0].allocatable.cpu, kept.more_nodes.as_ref()), ("1009m", None));
    }

    #[test]
    fn what_was_never_reached_is_not_known_and_what_is_silent_stays_so() {
        assert_eq!(observation(&Site::default()), None);
        let facts = told(&site("par1", &[(true, 0, 1, 1)], (true, true, true)), 9);
        let last = last_observation(&facts.site).unwrap();
        assert!(!last.reachable && last.nodes.len() == 1);
    }
}
