//! What can be said of a site: what it declares, compared with what was seen there. The two are never merged.

pub mod classes;
pub mod guards;
mod observed;

use beffroi_crds::{
    Site,
    conditions::{FLUX_READY, GUARDED, NO_ORPHANS, REACHABLE, VERIFIED, reason::AS_EXPECTED},
    site::Capacity,
};

pub use self::{
    guards::GUARDS,
    observed::{last_observation, observation, observed},
};
use crate::{
    conditions::{Finding, State},
    facts::{NodeFacts, Resources, SiteObservation, World},
    quantity, references,
};

/// What was seen of a site.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Why it cannot be worked with.
    pub failure: Option<Finding>,
    /// What was last seen of the cluster.
    pub observed: Option<&'a SiteObservation>,
    /// Namespaces that bear our labels and belong to no known workspace.
    pub orphans: &'a [String],
    /// Workspaces placed here.
    pub workspaces: u32,
}

/// What can be said of it.
#[derive(Debug)]
pub struct Report {
    /// `Accepted`, `Reachable`, `FluxReady`, `Guarded`, `Verified`, `NoOrphans`.
    pub findings: Vec<Finding>,
    /// Version of the API server.
    pub kubernetes_version: Option<String>,
    /// What the nodes offer together.
    pub capacity: Option<Capacity>,
    /// What contradicts the declaration.
    pub contradictions: Vec<String>,
}

/// Judges one site.
pub fn judge(world: &World, site: &Site, seen: &Seen<'_>) -> Report {
    let contradictions = seen.observed.map(|observed| contradictions(site, observed)).unwrap_or_default();
    let reachable = seen
        .failure
        .clone()
        .unwrap_or_else(|| Finding::new(REACHABLE, true, AS_EXPECTED, "its API server answers"));
    let orphans = if seen.orphans.is_empty() {
        Finding::new(NO_ORPHANS, true, AS_EXPECTED, "")
    } else {
        let message = format!(
            "no workspace owns {}; nothing is deleted by itself: look, then delete the namespaces by hand",
            seen.orphans.join(", ")
        );
        Finding::new(NO_ORPHANS, false, "OrphansFound", message)
    };
    Report {
        findings: vec![
            accepted(world, site),
            reachable,
            flux(seen),
            guarded(seen),
            verified(site, seen, &contradictions),
            orphans,
        ],
        kubernetes_version: seen.observed.map(|o| o.kubernetes_version.clone()).filter(|v| !v.is_empty()),
        capacity: seen.observed.map(capacity),
        contradictions,
    }
}

fn accepted(world: &World, site: &Site) -> Finding {
    let spec = &site.spec;
    let named = [("spec.provider", &spec.provider)].into_iter();
    let named = named
        .chain(spec.subprocessors.iter().map(|name| ("spec.subprocessors", name)))
        .chain(spec.registries.iter().map(|r| ("spec.registries[].operator", &r.operator)))
        .chain(spec.backup_stores.iter().map(|s| ("spec.backupStores[].operator", &s.operator)))
        .chain(spec.operations.iter().flat_map(|o| {
            [("spec.operations.updatedBy", &o.updated_by), ("spec.operations.onCall", &o.on_call)]
        }));
    references::to_providers(world, named)
}

fn flux(seen: &Seen<'_>) -> Finding {
    match seen.observed {
        None => Finding::new(FLUX_READY, State::Unknown, "NotObserved", "the site was never reached in full"),
        Some(observed) if observed.flux => {
            Finding::new(FLUX_READY, true, AS_EXPECTED, "its kinds are served")
        }
        Some(_) => {
            let message = "kinds OCIRepository (source.toolkit.fluxcd.io/v1) and HelmRelease (helm.toolkit.fluxcd.io/v2) are not served: install Flux's source-controller and helm-controller in the site";
            Finding::new(FLUX_READY, false, "FluxMissing", message)
        }
    }
}

/// A guard that was lifted is told until it is put back, one that says something else until it says again what chart
/// `beffroi-site` of this version makes it say.
fn guarded(seen: &Seen<'_>) -> Finding {
    let Some(observed) = seen.observed else {
        return Finding::new(GUARDED, State::Unknown, "NotObserved", "the site was never reached in full");
    };
    let missing: Vec<&str> = GUARDS.into_iter().filter(|name| !observed.guards.contains(*name)).collect();
    if !missing.is_empty() {
        let message = format!(
            "nothing refuses at the site's door what these guards refuse: {}; put their bindings back with chart beffroi-site",
            missing.join(", ")
        );
        return Finding::new(GUARDED, false, "GuardsLifted", message);
    }
    match &observed.altered_guards {
        None => {
            let message = "what the guards say cannot be read: upgrade chart beffroi-site in the site, which lets Beffroi look at them";
            Finding::new(GUARDED, State::Unknown, "GuardsNotRead", message)
        }
        Some(altered) if altered.is_empty() => Finding::new(GUARDED, true, AS_EXPECTED, ""),
        Some(altered) => {
            let message = format!(
                "these guards say something else than chart beffroi-site of this version makes them say: {}; find out who changed them, and install the chart of this version in the site",
                altered.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            );
            Finding::new(GUARDED, false, "GuardsAltered", message)
        }
    }
}

fn verified(site: &Site, seen: &Seen<'_>, contradictions: &[String]) -> Finding {
    match seen.observed {
        None => Finding::new(VERIFIED, State::Unknown, "NotObserved", "the site was never reached in full"),
        Some(observed) if observed.nodes.is_empty() => {
            Finding::new(VERIFIED, State::Unknown, "NoNodes", "no node was seen: nothing shows where it lies")
        }
        Some(_) if !contradictions.is_empty() => {
            Finding::new(VERIFIED, false, "ContradictsDeclaration", contradictions.join("; "))
        }
        Some(observed) => {
            let message = format!(
                "{} nodes and {} storage classes agree with spec; labels and provider ids are what the cluster says of itself",
                observed.nodes.len(),
                site.spec.storage_classes.len()
            );
            Finding::new(VERIFIED, true, AS_EXPECTED, message)
        }
    }
}

/// What in the cluster contradicts the declaration.
pub fn contradictions(site: &Site, observed: &SiteObservation) -> Vec<String> {
    let nodes = observed.nodes.iter().filter_map(|node| contradiction(site, node));
    let classes = site.spec.storage_classes.iter().flat_map(|class| {
        let name = &class.name;
        match observed.storage_classes.get(name) {
            None => vec![format!("storage class {name} is declared and does not exist")],
            Some(seen) => {
                let differences = classes::differences(class, seen).into_iter();
                differences
                    .map(|d| format!("storage class {name}: {}, not {}", d.observed, d.expected))
                    .collect()
            }
        }
    });
    nodes.chain(classes).collect()
}

/// How a node contradicts what each node of the site is declared to bear.
pub fn contradiction(site: &Site, node: &NodeFacts) -> Option<String> {
    let identity = &site.spec.nodes;
    let wrong = identity.labels.iter().find(|(key, value)| node.labels.get(*key) != Some(value));
    if let Some((key, value)) = wrong {
        let found = node.labels.get(key).map_or("no such label", String::as_str);
        return Some(format!("node {}: label {key} should be {value}, found {found}", node.name));
    }
    let prefix = identity.provider_id_prefix.as_deref()?;
    let id = node.provider_id.as_deref().unwrap_or("none");
    (!id.starts_with(prefix))
        .then(|| format!("node {}: spec.providerID should begin with {prefix}, found {id}", node.name))
}

/// What the Ready nodes offer together.
pub fn allocatable(observed: &SiteObservation) -> Resources {
    observed
        .nodes
        .iter()
        .filter(|n| n.ready)
        .map(|n| n.allocatable)
        .fold(Resources::default(), Resources::plus)
}

fn capacity(observed: &SiteObservation) -> Capacity {
    let sum = allocatable(observed);
    let nodes = observed.nodes.iter().filter(|node| node.ready).count();
    Capacity {
        nodes: u32::try_from(nodes).unwrap_or(u32::MAX),
        cpu: quantity::cpu(sum.cpu_millis),
        memory: quantity::memory(sum.memory_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beffroi_crds::conditions::ACCEPTED;
    use std::collections::{BTreeMap, BTreeSet};

    fn site() -> Site {
        let mut site = Site::default();
        site.spec.nodes.labels = BTreeMap::from([("region".into(), "fr-par".into())]);
        site.spec.nodes.provider_id_prefix = Some("cloud://par/".into());
        site
    }

    fn node(region: Option<&str>, id: Option<&str>) -> NodeFacts {
        NodeFacts {
            uid: String::new(),
            name: "n1".into(),
            labels: region.map(|r| ("region".to_owned(), r.to_owned())).into_iter().collect(),
            provider_id: id.map(str::to_owned),
            ready: true,
            allocatable: Resources { cpu_millis: 2000, memory_bytes: 1 << 30, storage_bytes: 0 },
        }
    }

    #[test]
    fn a_node_must_bear_both_label_and_provider_id() {
        assert_eq!(contradiction(&site(), &node(Some("fr-par"), Some("cloud://par/i-1"))), None);
        for (bad, word) in [
            (node(Some("de-fra"), Some("cloud://par/i-1")), "de-fra"),
            (node(None, Some("cloud://par/i-1")), "no such label"),
            (node(Some("fr-par"), Some("cloud://fra/i-1")), "cloud://fra/i-1"),
            (node(Some("fr-par"), None), "none"),
        ] {
            let told = contradiction(&site(), &bad).unwrap();
            assert!(told.contains(word) && told.contains("n1"), "{told}");
        }
    }

    #[test]
    fn silence_is_unknown_and_not_verified() {
        let seen = Seen { failure: None, observed: None, orphans: &[], workspaces: 0 };
        let report = judge(&World::default(), &site(), &seen);
        let state = |kind| report.findings.iter().find(|f| f.kind == kind).unwrap().state;
        assert_eq!((state(VERIFIED), state(FLUX_READY)), (State::Unknown, State::Unknown));
        assert_eq!(state(ACCEPTED), State::False, "its provider does not exist");
    }

    #[test]
    fn guards_are_told_that_are_lifted_altered_or_not_read() {
        let all: BTreeSet<String> = GUARDS.map(str::to_owned).into();
        let one: BTreeSet<String> = ["beffroi-images".to_owned()].into();
        let none = BTreeSet::new();
        for (guards, altered, state, reason) in [
            (&all, Some(&none), State::True, AS_EXPECTED),
            (&all, Some(&one), State::False, "GuardsAltered"),
            (&all, None, State::Unknown, "GuardsNotRead"),
            (&one, Some(&none), State::False, "GuardsLifted"),
        ] {
            let observed = SiteObservation {
                guards: guards.clone(),
                altered_guards: altered.cloned(),
                ..SiteObservation::default()
            };
            let told =
                guarded(&Seen { failure: None, observed: Some(&observed), orphans: &[], workspaces: 0 });
            assert_eq!((told.state, told.reason), (state, reason), "{told:?}");
            assert_eq!(told.message.contains("beffroi-images"), reason == "GuardsAltered", "{told:?}");
        }
    }

    #[test]
    fn only_ready_nodes_count() {
        let mut idle = node(None, None);
        idle.ready = false;
        let observed = SiteObservation { nodes: vec![node(None, None), idle], ..SiteObservation::default() };
        assert_eq!(allocatable(&observed).cpu_millis, 2000);
        assert_eq!(&*capacity(&observed).memory, "1Gi");
    }
}
