//! What can be said of a site: what it declares, compared with what was seen there. The two are never merged.

pub mod classes;
pub mod guards;
pub mod nodes;
mod observed;

use beffroi_crds::{
    Site,
    conditions::{FLUX_READY, GUARDED, NO_ORPHANS, REACHABLE, VERIFIED, reason::AS_EXPECTED},
    site::Capacity,
};

use self::classes::Difference;
pub use self::{
    guards::GUARDS,
    observed::{last_observation, observation, observed},
};
use crate::{
    conditions::{Finding, State},
    facts::{NodeFacts, Resources, SiteObservation, World},
    message::{Joint, Message, Parts, list, site::SiteMessage},
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
    pub contradictions: Vec<Message>,
}

/// Most contradictions that a condition names; the others are counted.
const NAMED: usize = 256;

/// Judges one site.
pub fn judge(world: &World, site: &Site, seen: &Seen<'_>) -> Report {
    let contradictions = seen.observed.map(|observed| contradictions(site, observed)).unwrap_or_default();
    let reachable = seen
        .failure
        .clone()
        .unwrap_or_else(|| Finding::new(REACHABLE, true, AS_EXPECTED, SiteMessage::Answers));
    let orphans = if seen.orphans.is_empty() {
        Finding::new(NO_ORPHANS, true, AS_EXPECTED, Message::none())
    } else {
        let namespaces = seen.orphans.to_vec();
        Finding::new(NO_ORPHANS, false, "OrphansFound", SiteMessage::Orphans { namespaces })
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
        None => Finding::new(FLUX_READY, State::Unknown, "NotObserved", SiteMessage::NeverReached),
        Some(observed) if observed.flux => {
            Finding::new(FLUX_READY, true, AS_EXPECTED, SiteMessage::FluxServed)
        }
        Some(_) => Finding::new(FLUX_READY, false, "FluxMissing", SiteMessage::FluxMissing),
    }
}

/// A guard that was lifted is told until it is put back, one that says something else until it says again what chart
/// `beffroi-site` of this version makes it say.
fn guarded(seen: &Seen<'_>) -> Finding {
    let Some(observed) = seen.observed else {
        return Finding::new(GUARDED, State::Unknown, "NotObserved", SiteMessage::NeverReached);
    };
    let lifted = GUARDS.into_iter().filter(|name| !observed.guards.contains(*name));
    let guards: Vec<String> = lifted.map(str::to_owned).collect();
    if !guards.is_empty() {
        return Finding::new(GUARDED, false, "GuardsLifted", SiteMessage::GuardsLifted { guards });
    }
    match &observed.altered_guards {
        None => Finding::new(GUARDED, State::Unknown, "GuardsNotRead", SiteMessage::GuardsNotRead),
        Some(altered) if altered.is_empty() => Finding::new(GUARDED, true, AS_EXPECTED, Message::none()),
        Some(altered) => {
            let guards = altered.iter().cloned().collect();
            Finding::new(GUARDED, false, "GuardsAltered", SiteMessage::GuardsAltered { guards })
        }
    }
}

fn verified(site: &Site, seen: &Seen<'_>, contradictions: &[Message]) -> Finding {
    match seen.observed {
        None => Finding::new(VERIFIED, State::Unknown, "NotObserved", SiteMessage::NeverReached),
        Some(observed) if observed.nodes.is_empty() => {
            Finding::new(VERIFIED, State::Unknown, "NoNodes", SiteMessage::NoNodes)
        }
        Some(_) if !contradictions.is_empty() => {
            Finding::new(VERIFIED, false, "ContradictsDeclaration", named(contradictions))
        }
        Some(observed) => {
            let (nodes, classes) = (observed.nodes.len(), site.spec.storage_classes.len());
            Finding::new(VERIFIED, true, AS_EXPECTED, SiteMessage::AsDeclared { nodes, classes })
        }
    }
}

fn named(contradictions: &[Message]) -> Message {
    let all = contradictions.iter().take(NAMED).cloned();
    match contradictions.len().saturating_sub(NAMED) {
        0 => list(all),
        more => Joint::SeveralAndMore { all: Parts(all.collect()), more }.into(),
    }
}

/// What in the cluster contradicts the declaration.
pub fn contradictions(site: &Site, observed: &SiteObservation) -> Vec<Message> {
    let nodes = observed.nodes.iter().filter_map(|node| contradiction(site, node)).map(Message::from);
    let classes = site.spec.storage_classes.iter().flat_map(|class| {
        let differs = |difference: Difference| difference.of(&class.name).into();
        match observed.storage_classes.get(&class.name) {
            None => vec![SiteMessage::ClassMissing { class: class.name.clone() }.into()],
            Some(seen) => classes::differences(class, seen).into_iter().map(differs).collect(),
        }
    });
    nodes.chain(classes).collect()
}

/// How a node contradicts what each node of the site is declared to bear.
pub fn contradiction(site: &Site, facts: &NodeFacts) -> Option<SiteMessage> {
    let node = facts.name.clone();
    let all = nodes::mismatches(&site.spec.nodes, &facts.labels, facts.provider_id.as_deref());
    Some(match all.first()? {
        nodes::Mismatch::Label { label, wanted, seen } => {
            let (label, wanted) = ((*label).to_owned(), (*wanted).to_owned());
            match seen.map(str::to_owned) {
                None => SiteMessage::NodeWithoutLabel { node, label, wanted },
                Some(found) => SiteMessage::NodeLabel { node, label, wanted, found },
            }
        }
        nodes::Mismatch::ProviderId { prefix, seen } => {
            let prefix = (*prefix).to_owned();
            match seen.map(str::to_owned) {
                None => SiteMessage::NodeWithoutProviderId { node, prefix },
                Some(found) => SiteMessage::NodeProviderId { node, prefix, found },
            }
        }
    })
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
            let told = contradiction(&site(), &bad).unwrap().to_string();
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
            assert_eq!(
                told.message.to_string().contains("beffroi-images"),
                reason == "GuardsAltered",
                "{told:?}"
            );
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
