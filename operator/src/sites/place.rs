//! Everything seen of one workspace in one site, joined: pods → nodes, claims → volumes, backups → stores.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_core::{
    facts::NodeFacts,
    location::{
        Seen,
        seen::{Backup, Class, Node, Volume},
    },
    site::classes::beside,
};
use beffroi_crds::SiteSpec;

use super::{extras::Extra, first::speaks_of_place, inventory::Inventory};

/// Label by which volumes are bound to a node.
const HOSTNAME: &str = "kubernetes.io/hostname";

impl Inventory {
    /// What is seen of the workspace in `namespace`; `declared` is what the site says of itself. Everything comes in a
    /// stable order.
    pub fn seen(&self, namespace: &str, declared: &SiteSpec) -> Seen {
        let pods: Vec<_> = self.app_pods(namespace).map(|row| row.seen.clone()).collect();
        let claims: Vec<_> = self.claims.of(namespace).cloned().collect();
        let bound = claims.iter().filter_map(|claim| claim.volume.as_deref()).collect::<BTreeSet<_>>();
        let volumes: Vec<_> = bound.into_iter().map(|name| self.volume(name, declared)).collect();
        let carriers = pods.iter().filter_map(|pod| pod.node.as_deref());
        let holders = volumes.iter().flat_map(|volume| volume.nodes.iter().map(String::as_str));
        let nodes: BTreeSet<&str> = carriers.chain(holders).collect();
        let named = claims.iter().map(|claim| &claim.class).chain(volumes.iter().map(|volume| &volume.class));
        let classes: BTreeSet<&String> = named.flatten().filter(|name| !name.is_empty()).collect();
        Seen {
            nodes: nodes.into_iter().map(|name| self.node(name, &declared.nodes.labels)).collect(),
            classes: classes.into_iter().map(|name| self.class(name, declared)).collect(),
            volumes,
            services: self.services.of(namespace).flatten().cloned().collect(),
            ingresses: self.ingresses.of(namespace).map(|row| row.seen.clone()).collect(),
            sources: Extra::ALL
                .iter()
                .filter_map(|kind| self.sources.get(kind))
                .flat_map(|table| table.of(namespace).cloned())
                .collect(),
            backups: self.backups(namespace),
            // What was tried is in what the probe's pod wrote, or in the status once that is gone.
            probe: None,
            pods,
            claims,
        }
    }

    fn node(&self, name: &str, declared: &BTreeMap<String, String>) -> Node {
        let Some(facts) = self.nodes.get("", name) else {
            return Node { name: name.to_owned(), ..Node::default() };
        };
        let labels =
            facts.labels.iter().filter(|(key, _)| speaks_of_place(key) || declared.contains_key(*key));
        Node {
            name: name.to_owned(),
            uid: facts.uid.clone(),
            known: true,
            labels: labels.map(|(key, value)| (key.clone(), value.clone())).collect(),
            provider_id: facts.provider_id.clone(),
            changes: self.first.changes(facts),
        }
    }

    fn volume(&self, name: &str, declared: &SiteSpec) -> Volume {
        let Some(row) = self.volumes.get("", name) else {
            return Volume { name: name.to_owned(), ..Volume::default() };
        };
        let mut volume = row.volume.clone();
        // Of a driver's own attributes those alone that can be compared.
        let class = declared.storage_classes.iter().find(|class| Some(&class.name) == volume.class.as_ref());
        let declared: Vec<&String> = class.into_iter().flat_map(|class| class.parameters.keys()).collect();
        volume.attributes.retain(|key, _| declared.iter().any(|name| name.eq_ignore_ascii_case(key)));
        volume.nodes = self.bound_to(&row.volume).map(str::to_owned).collect();
        volume
    }

    /// Names of the nodes that a volume is bound to by their hostname.
    pub(super) fn bound_to<'a>(&'a self, volume: &'a Volume) -> impl Iterator<Item = &'a str> {
        let hosts = volume.topology.get(HOSTNAME).filter(|_| !volume.loose.iter().any(|key| key == HOSTNAME));
        hosts.into_iter().flatten().map(|host| self.node_of(host))
    }

    /// Name of the node that bears a hostname; the hostname itself where none does.
    fn node_of<'a>(&'a self, host: &'a str) -> &'a str {
        let bears = |node: &&NodeFacts| node.labels.get(HOSTNAME).is_some_and(|label| label == host);
        self.nodes.all().find(bears).map_or(host, |node| node.name.as_str())
    }

    fn class(&self, name: &str, declared: &SiteSpec) -> Class {
        let seen = self.storage_classes.get("", name);
        let class = declared.storage_classes.iter().find(|class| class.name == name);
        Class {
            name: name.to_owned(),
            known: seen.is_some(),
            facts: seen.map(|(_, facts)| beside(class, facts)).unwrap_or_default(),
        }
    }

    fn backups(&self, namespace: &str) -> Vec<Backup> {
        let holding = self.backups.all().filter(|backup| backup.holds(namespace));
        let mut found: Vec<_> = holding
            .map(|backup| Backup {
                name: format!("{}/{}", backup.home, backup.name),
                store: self
                    .backup_stores
                    .get(&backup.home, backup.store.as_deref().unwrap_or("default"))
                    .cloned(),
                phase: backup.phase.clone(),
                completed: backup.completed,
                narrowed: backup.narrowed.clone(),
            })
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }
}
