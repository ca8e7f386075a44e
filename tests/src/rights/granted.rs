//! What the charts grant: rendered as tests install them → each right with whose it is.

use std::{collections::BTreeSet, fmt};

use anyhow::Result;
use beffroi_cluster::helm;
use beffroi_core::manifests::APPS_CLUSTER_ROLE;
use serde_json::{Value, json};

use super::{
    atom::{Atom, Target, flatten},
    audit::Exercise,
};
use crate::{
    api::API,
    fleet::{IDENTITY, NAMESPACE, OPERATOR, chart},
};

/// Who holds a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// The operator, in the management cluster.
    Operator,
    /// The API, in the management cluster.
    Api,
    /// Beffroi's one identity in a site.
    Identity,
    /// A tenant's charts, in their workspace.
    Charts,
    /// An app that says it needs the Kubernetes API, in its workspace.
    App,
    /// People with kubectl.
    People,
}

/// One right of somebody.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose.
    pub holder: Holder,
    /// What.
    pub atom: Atom,
    /// Roles that API servers name when it is used: its own, and those that take its own in.
    pub through: BTreeSet<String>,
}

impl Grant {
    /// A right that is used through its own role.
    pub fn new(holder: Holder, atom: Atom) -> Self {
        let through = [atom.role.clone()].into();
        Self { holder, atom, through }
    }
}

impl Holder {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::Api, Self::Identity, Self::Charts, Self::App, Self::People];

    /// Whether it is this holder itself that did something: a test that acts under a program's identity shows nothing of
    /// what the program needs. Apps and people are no programs of ours: tests play them.
    pub fn did(self, exercise: &Exercise) -> bool {
        match self {
            Self::Operator | Self::Identity => exercise.agent.starts_with("beffroi-operator/"),
            Self::Api => exercise.agent.starts_with("beffroi-api/"),
            // Flux takes their account on.
            Self::Charts => exercise.made_by.is_some(),
            Self::App | Self::People => true,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Operator => "operator",
            Self::Api => "API",
            Self::Identity => "site identity",
            Self::Charts => "tenant's charts",
            Self::App => "apps that need the API",
            Self::People => "people",
        })
    }
}

/// All that both charts grant.
///
/// # Errors
/// When a chart does not render.
pub async fn granted() -> Result<Vec<Grant>> {
    let mut manifests = helm::render(NAMESPACE, &chart("beffroi"), &json!({"replicas": 0})).await?;
    manifests.extend(helm::render(NAMESPACE, &chart("beffroi-site"), &json!({})).await?);
    Ok(of(&manifests))
}

/// All that roles of these manifests grant.
pub fn of(manifests: &[Value]) -> Vec<Grant> {
    let atoms: Vec<Atom> = manifests.iter().flat_map(flatten).collect();
    let bindable: BTreeSet<String> = atoms.iter().filter_map(bound_later).collect();
    let mut grants: Vec<Grant> = Vec::new();
    for atom in atoms {
        let accounts = manifests.iter().filter(|manifest| binds(manifest, &atom.role)).flat_map(accounts);
        let holders: BTreeSet<Holder> = accounts.collect();
        if holders.is_empty() {
            grants.push(Grant::new(unbound(&atom.role, &bindable), atom));
        } else {
            grants.extend(holders.into_iter().map(|holder| Grant::new(holder, atom.clone())));
        }
    }
    for grant in &mut grants {
        grant.through.extend(taken_in(manifests, &grant.atom.role));
    }
    grants.sort_by(|one, other| (one.holder, &one.atom).cmp(&(other.holder, &other.atom)));
    // Two rules may grant the same.
    grants.dedup_by(|one, other| (one.holder, &one.atom) == (other.holder, &other.atom));
    grants
}

/// The role that a right to bind names.
fn bound_later(atom: &Atom) -> Option<String> {
    match &atom.target {
        Target::Objects { name: Some(name), .. } if atom.verb == "bind" => Some(name.clone()),
        _ => None,
    }
}

/// Roles of Kubernetes' own that take a role in, by its labels.
fn taken_in(manifests: &[Value], role: &str) -> Vec<String> {
    const LABEL: &str = "rbac.authorization.k8s.io/aggregate-to-";
    let named = |manifest: &&Value| {
        role.strip_prefix("ClusterRole/").is_some_and(|name| manifest["metadata"]["name"] == name)
    };
    let labels = manifests.iter().filter(|manifest| manifest["kind"] == "ClusterRole").filter(named);
    let labels = labels.filter_map(|manifest| manifest["metadata"]["labels"].as_object()).flatten();
    labels.filter_map(|(key, _)| key.strip_prefix(LABEL).map(|into| format!("ClusterRole/{into}"))).collect()
}

fn binds(manifest: &Value, role: &str) -> bool {
    let told = &manifest["roleRef"];
    let named = |key: &str| told[key].as_str().unwrap_or_default();
    !told.is_null() && format!("{}/{}", named("kind"), named("name")) == role
}

fn accounts(binding: &Value) -> Vec<Holder> {
    let subjects = binding["subjects"].as_array().into_iter().flatten();
    let holder = |subject: &Value| match subject["name"].as_str().unwrap_or_default() {
        OPERATOR => Holder::Operator,
        API => Holder::Api,
        IDENTITY => Holder::Identity,
        _ => Holder::People,
    };
    subjects.map(holder).collect()
}

/// A role that no chart binds: Beffroi binds it in workspaces, or people to themselves.
fn unbound(role: &str, bindable: &BTreeSet<String>) -> Holder {
    let name = role.split_once('/').map_or(role, |(_, name)| name);
    match name {
        APPS_CLUSTER_ROLE => Holder::Charts,
        _ if bindable.contains(name) => Holder::App,
        _ => Holder::People,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_another_takes_in_is_used_through_that() {
        let mut view = role(
            "beffroi-view",
            &json!({"apiGroups": ["beffroi.fr"], "resources": ["workspaces"], "verbs": ["get"]}),
        );
        view["metadata"]["labels"] = json!({"rbac.authorization.k8s.io/aggregate-to-view": "true"});
        let through: Vec<String> = of(&[view])[0].through.iter().cloned().collect();
        assert_eq!(through, ["ClusterRole/beffroi-view", "ClusterRole/view"]);
    }

    fn role(name: &str, rule: &Value) -> Value {
        json!({"kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]})
    }

    #[test]
    fn each_right_is_of_whom_its_role_is_bound_to_or_will_be() {
        let pods = json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]});
        let bind = json!({"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
            "resourceNames": [APPS_CLUSTER_ROLE, "beffroi-app-pods"], "verbs": ["bind"]});
        let binding = json!({"kind": "ClusterRoleBinding", "roleRef": {"kind": "ClusterRole", "name": "beffroi-site"},
            "subjects": [{"kind": "ServiceAccount", "name": IDENTITY, "namespace": NAMESPACE}]});
        let manifests = [
            role("beffroi-site", &bind),
            binding,
            role(APPS_CLUSTER_ROLE, &pods),
            role("beffroi-app-pods", &pods),
            role("beffroi-hebergeur", &pods),
        ];
        let told: Vec<String> =
            of(&manifests).iter().map(|grant| format!("{}: {}", grant.holder, grant.atom)).collect();
        assert_eq!(
            told,
            [
                "site identity: ClusterRole/beffroi-site bind clusterroles.rbac.authorization.k8s.io beffroi-app-pods",
                "site identity: ClusterRole/beffroi-site bind clusterroles.rbac.authorization.k8s.io beffroi-workspace-apps",
                "tenant's charts: ClusterRole/beffroi-workspace-apps get pods",
                "apps that need the API: ClusterRole/beffroi-app-pods get pods",
                "people: ClusterRole/beffroi-hebergeur get pods",
            ]
        );
    }
}
