//! Everything seen of one workspace in one site, joined: pods → nodes, claims → volumes, backups → stores.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_core::location::{
    Seen,
    seen::{Backup, Node, Volume},
};

use super::{extras::Extra, first::speaks_of_place, inventory::Inventory};

impl Inventory {
    /// What is seen of the workspace in `namespace`; `declared` are the labels that the site's nodes should
    /// bear. Everything comes in a stable order.
    pub fn seen(&self, namespace: &str, declared: &BTreeMap<String, String>) -> Seen {
        let pods: Vec<_> = self.pods.of(namespace).map(|row| row.seen.clone()).collect();
        let carriers: BTreeSet<&str> = pods.iter().filter_map(|pod| pod.node.as_deref()).collect();
        let claims: Vec<_> = self.claims.of(namespace).cloned().collect();
        let bound = claims.iter().filter_map(|claim| claim.volume.as_deref()).collect::<BTreeSet<_>>();
        Seen {
            nodes: carriers.into_iter().map(|name| self.node(name, declared)).collect(),
            volumes: bound.into_iter().map(|name| self.volume(name)).collect(),
            services: self.services.of(namespace).flatten().cloned().collect(),
            ingresses: self.ingresses.of(namespace).cloned().collect(),
            sources: Extra::ALL
                .iter()
                .filter_map(|kind| self.sources.get(kind))
                .flat_map(|table| table.of(namespace).cloned())
                .collect(),
            backups: self.backups(namespace),
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

    fn volume(&self, name: &str) -> Volume {
        let known = self.volumes.get("", name).map(|row| row.volume.clone());
        known.unwrap_or_else(|| Volume { name: name.to_owned(), ..Volume::default() })
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
            })
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }
}
