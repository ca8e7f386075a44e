//! What one role grants, taken apart: its rules → [`Atom`]s, the smallest rights that can be used, or taken away.

use std::fmt;

use serde_json::{Value, json};

/// All of a kind, in RBAC's words.
const ALL: &str = "*";

/// One verb on one resource, or on one path, by one role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    /// `ClusterRole/NAME` or `Role/NAME`.
    pub role: String,
    /// What may be done.
    pub verb: String,
    /// To what.
    pub target: Target,
}

/// What a right is over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Objects: all of a resource, or the one of a name.
    Objects {
        /// API group; empty for the core one.
        group: String,
        /// `RESOURCE` or `RESOURCE/SUBRESOURCE`.
        resource: String,
        /// The one that it is limited to.
        name: Option<String>,
    },
    /// A path that is no resource, such as `/metrics`.
    Path(String),
}

/// A request, in the words that rights are written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What was done.
    pub verb: String,
    /// To what; its name where it had one.
    pub target: Target,
}

impl Atom {
    /// Whether this right alone allows `request`, as RBAC has it.
    pub fn covers(&self, request: &Request) -> bool {
        let same = |granted: &str, asked: &str| granted == ALL || granted == asked;
        same(&self.verb, &request.verb)
            && match (&self.target, &request.target) {
                (Target::Path(granted), Target::Path(asked)) => {
                    let start = granted.strip_suffix(ALL);
                    start.map_or(granted == asked, |start| asked.starts_with(start))
                }
                (
                    Target::Objects { group, resource, name },
                    Target::Objects { group: asked_group, resource: asked_resource, name: asked_name },
                ) => {
                    same(group, asked_group)
                        && covers_resource(resource, asked_resource)
                        && (name.is_none() || name == asked_name)
                }
                _ => false,
            }
    }

    /// It, as a rule.
    fn rule(&self) -> Value {
        match &self.target {
            Target::Path(path) => json!({"nonResourceURLs": [path], "verbs": [self.verb]}),
            Target::Objects { group, resource, name } => {
                let mut rule = json!({"apiGroups": [group], "resources": [resource], "verbs": [self.verb]});
                if let Some(name) = name {
                    rule["resourceNames"] = json!([name]);
                }
                rule
            }
        }
    }
}

/// `*` is every resource, `*/SUB` that subresource of each.
fn covers_resource(granted: &str, asked: &str) -> bool {
    let of_any =
        granted.strip_prefix("*/").is_some_and(|sub| asked.split_once('/').is_some_and(|(_, s)| s == sub));
    granted == ALL || granted == asked || of_any
}

impl fmt::Display for Atom {
    /// `ROLE VERB RESOURCE.GROUP/SUBRESOURCE NAME`, as kubectl names resources.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} ", self.role, self.verb)?;
        match &self.target {
            Target::Path(path) => out.write_str(path),
            Target::Objects { group, resource, name } => {
                let (plural, sub) =
                    resource.split_once('/').map_or((&**resource, None), |(p, s)| (p, Some(s)));
                out.write_str(plural)?;
                if !group.is_empty() {
                    write!(out, ".{group}")?;
                }
                if let Some(sub) = sub {
                    write!(out, "/{sub}")?;
                }
                name.as_ref().map_or(Ok(()), |name| write!(out, " {name}"))
            }
        }
    }
}

/// What a `Role` or `ClusterRole` grants; nothing for any other object.
pub fn flatten(manifest: &Value) -> Vec<Atom> {
    let kind = manifest["kind"].as_str().unwrap_or_default();
    if !matches!(kind, "Role" | "ClusterRole") {
        return Vec::new();
    }
    let role = format!("{kind}/{}", manifest["metadata"]["name"].as_str().unwrap_or_default());
    let mut atoms = Vec::new();
    for rule in manifest["rules"].as_array().into_iter().flatten() {
        let targets = targets(rule);
        for verb in texts(&rule["verbs"]) {
            let of =
                |target: &Target| Atom { role: role.clone(), verb: verb.clone(), target: target.clone() };
            atoms.extend(targets.iter().map(of));
        }
    }
    atoms
}

fn targets(rule: &Value) -> Vec<Target> {
    let names = texts(&rule["resourceNames"]);
    let names: Vec<Option<String>> =
        if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
    let mut targets: Vec<Target> = texts(&rule["nonResourceURLs"]).into_iter().map(Target::Path).collect();
    for group in texts(&rule["apiGroups"]) {
        for resource in texts(&rule["resources"]) {
            targets.extend(names.iter().map(|name| Target::Objects {
                group: group.clone(),
                resource: resource.clone(),
                name: name.clone(),
            }));
        }
    }
    targets
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The rules of a role without one of its rights, which is named as it is displayed; `None` where it grants no such right.
pub fn without(manifest: &Value, atom: &str) -> Option<Value> {
    let (taken, left): (Vec<Atom>, Vec<Atom>) =
        flatten(manifest).into_iter().partition(|one| one.to_string() == atom);
    (!taken.is_empty()).then(|| left.iter().map(Atom::rule).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Value {
        json!({"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [
            {"apiGroups": ["beffroi.fr"], "resources": ["sites", "sites/status"], "verbs": ["get", "patch"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"], "verbs": ["get"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ]})
    }

    fn request(verb: &str, group: &str, resource: &str, name: Option<&str>) -> Request {
        let target =
            Target::Objects { group: group.into(), resource: resource.into(), name: name.map(str::to_owned) };
        Request { verb: verb.into(), target }
    }

    fn told(manifest: &Value) -> Vec<String> {
        flatten(manifest).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_rule_is_each_verb_on_each_resource_of_each_name() {
        assert_eq!(
            told(&role()),
            [
                "ClusterRole/r get sites.beffroi.fr",
                "ClusterRole/r get sites.beffroi.fr/status",
                "ClusterRole/r patch sites.beffroi.fr",
                "ClusterRole/r patch sites.beffroi.fr/status",
                "ClusterRole/r get secrets a",
                "ClusterRole/r get secrets b",
                "ClusterRole/r get /metrics",
            ]
        );
        assert!(told(&json!({"kind": "RoleBinding", "metadata": {"name": "r"}})).is_empty());
    }

    #[test]
    fn a_right_covers_what_rbac_would_allow_by_it() {
        let atoms = flatten(&role());
        let by = |asked: &Request| -> Vec<String> {
            atoms.iter().filter(|atom| atom.covers(asked)).map(ToString::to_string).collect()
        };
        assert_eq!(
            by(&request("patch", "beffroi.fr", "sites", Some("x"))),
            ["ClusterRole/r patch sites.beffroi.fr"]
        );
        assert_eq!(by(&request("get", "", "secrets", Some("b"))), ["ClusterRole/r get secrets b"]);
        assert!(by(&request("get", "", "secrets", None)).is_empty(), "a list is of no name");
        assert!(by(&request("get", "apps", "sites", Some("x"))).is_empty());
        let path = |path: &str| Request { verb: "get".into(), target: Target::Path(path.into()) };
        assert_eq!(by(&path("/metrics")), ["ClusterRole/r get /metrics"]);
        assert!(by(&path("/metrics/slis")).is_empty());
    }

    #[test]
    fn stars_cover_what_they_stand_for() {
        let wide = json!({"kind": "Role", "metadata": {"name": "w"}, "rules": [
            {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["*"]},
            {"nonResourceURLs": ["/healthz*"], "verbs": ["get"]},
        ]});
        let [scale, health] = &flatten(&wide)[..] else { panic!("{wide}") };
        assert!(scale.covers(&request("update", "apps", "deployments/scale", Some("x"))));
        assert!(!scale.covers(&request("update", "apps", "deployments", Some("x"))));
        assert!(health.covers(&Request { verb: "get".into(), target: Target::Path("/healthz/etcd".into()) }));
    }

    #[test]
    fn one_right_is_taken_away_and_no_other() {
        let mut less = role();
        less["rules"] = without(&role(), "ClusterRole/r get secrets b").unwrap();
        let mut expected = told(&role());
        expected.retain(|one| one != "ClusterRole/r get secrets b");
        assert_eq!(told(&less), expected);
        assert!(without(&role(), "ClusterRole/other get secrets b").is_none());
    }
}
