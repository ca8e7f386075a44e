//! What API servers wrote of requests (`BEFFROI_AUDIT`): a line → who asked for what, and the role that allowed it.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Request, Target};

/// The role that may be bound is looked up under this verb, by the API server itself.
const BIND: &str = "bind";

/// A request that a role allowed.
#[derive(Debug, PartialEq, Eq)]
pub struct Exercise {
    /// Under whose rights it was made.
    pub user: String,
    /// Who made it in their place, if somebody did.
    pub made_by: Option<String>,
    /// What called itself so.
    pub agent: String,
    /// `ClusterRole/NAME` or `Role/NAME`.
    pub role: String,
    /// Everything that it takes the right to do.
    pub requests: Vec<Request>,
    /// When it came.
    pub at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: String,
    verb: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default)]
    user_agent: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    object_ref: Option<Reference>,
    response_status: Option<Status>,
    request_object: Option<Binding>,
    request_received_timestamp: Timestamp,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    resource: Option<String>,
    subresource: Option<String>,
    #[serde(default)]
    api_group: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}

/// What is read of an object that was sent: it is kept for bindings alone.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    role_ref: Option<RoleRef>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleRef {
    #[serde(default)]
    api_group: String,
    kind: String,
    name: String,
}

#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(rename = "authorization.k8s.io/decision", default)]
    decision: String,
    #[serde(rename = "authorization.k8s.io/reason", default)]
    reason: String,
}

/// All that was allowed, of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &Path) -> Result<Vec<Exercise>> {
    events(file, Event::exercise)
}

/// All that was refused, of a file, with everything that it may have lacked the right to do; under no role.
///
/// # Errors
/// When it cannot be read.
pub fn refused(file: &Path) -> Result<Vec<Exercise>> {
    events(file, Event::refusal)
}

fn events(file: &Path, of: fn(Event) -> Option<Exercise>) -> Result<Vec<Exercise>> {
    let lines = BufReader::new(File::open(file).with_context(|| file.display().to_string())?).lines();
    let mut exercises = Vec::new();
    for line in lines {
        // The last one may be cut short: its server was killed.
        let Ok(event) = serde_json::from_str::<Event>(&line?) else { continue };
        exercises.extend(of(event));
    }
    Ok(exercises)
}

impl Event {
    fn exercise(self) -> Option<Exercise> {
        // A stream is told of when it begins, and again when it ends, if anybody sees that.
        let ended = self.stage == "ResponseComplete" && self.verb == "watch";
        if self.annotations.decision != "allow" || ended {
            return None;
        }
        let role = role(&self.annotations.reason)?;
        let code = self.code();
        let (made, written) = (code == 201, (200..300).contains(&code));
        Some(self.told(role, made, written))
    }

    /// Whether the filter or what is asked behind it refused: both answer so.
    fn refusal(self) -> Option<Exercise> {
        (self.code() == 403).then(|| self.told(String::new(), true, true))
    }

    fn code(&self) -> u16 {
        self.response_status.as_ref().map_or(0, |status| status.code)
    }

    fn told(self, role: String, made: bool, written: bool) -> Exercise {
        let requests = self.requests(made, written);
        let (user, made_by) = match self.impersonated_user {
            Some(other) => (other.username, Some(self.user.username)),
            None => (self.user.username, None),
        };
        let at = self.request_received_timestamp;
        Exercise { user, made_by, agent: self.user_agent, role, requests, at }
    }

    fn requests(&self, made: bool, written: bool) -> Vec<Request> {
        let target = match &self.object_ref {
            Some(Reference { resource: Some(resource), subresource, api_group, name }) => {
                let sub = subresource.as_ref().map(|sub| format!("/{sub}")).unwrap_or_default();
                let resource = format!("{resource}{sub}");
                Target::Objects { group: api_group.clone(), resource, name: name.clone() }
            }
            _ => Target::Path(self.request_uri.split('?').next().unwrap_or_default().to_owned()),
        };
        let mut requests = vec![Request { verb: self.verb.clone(), target: target.clone() }];
        // An object that an apply makes takes the right to create it too; of that second question no audit log tells.
        if self.verb == "patch" && made {
            requests.push(Request { verb: "create".into(), target });
        }
        // Nor of the one whether that role may be bound.
        if let Some(bound) = self.request_object.as_ref().and_then(|binding| binding.role_ref.as_ref())
            && written
        {
            let resource = format!("{}s", bound.kind.to_lowercase());
            let name = Some(bound.name.clone());
            let target = Target::Objects { group: bound.api_group.clone(), resource, name };
            requests.push(Request { verb: BIND.into(), target });
        }
        requests
    }
}

/// `RBAC: allowed by RoleBinding "b/ns" of ClusterRole "r" to …` → `ClusterRole/r`.
fn role(reason: &str) -> Option<String> {
    let (_, of) = reason.strip_prefix("RBAC: allowed by ")?.split_once("\" of ")?;
    let (kind, rest) = of.split_once(" \"")?;
    let (name, _) = rest.split_once('"')?;
    Some(format!("{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(change: &Value) -> Option<Exercise> {
        parsed(change).exercise()
    }

    fn parsed(change: &Value) -> Event {
        let mut event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete",
            "auditID": "0", "verb": "patch", "requestURI": "/apis/x?fieldManager=beffroi",
            "user": {"username": "system:serviceaccount:beffroi-system:beffroi"}, "userAgent": "beffroi-operator/0.1.0",
            "objectRef": {"resource": "rolebindings", "namespace": "n", "name": "beffroi-apps",
                "apiGroup": "rbac.authorization.k8s.io", "apiVersion": "v1"},
            "responseStatus": {"code": 200},
            "requestReceivedTimestamp": "2026-11-30T23:00:00.000001Z",
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason":
                "RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"r\" to ServiceAccount \"beffroi/beffroi-system\""},
        });
        for (key, value) in change.as_object().unwrap() {
            event[key] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    fn told(exercise: &Exercise) -> Vec<String> {
        let text = |request: &Request| match &request.target {
            Target::Objects { resource, name, .. } => {
                format!("{} {resource} {}", request.verb, name.as_deref().unwrap_or("*"))
            }
            Target::Path(path) => format!("{} {path}", request.verb),
        };
        exercise.requests.iter().map(text).collect()
    }

    #[test]
    fn a_line_tells_who_did_what_under_which_role() {
        let found = event(&json!({})).unwrap();
        assert_eq!(found.role, "ClusterRole/r");
        assert_eq!(found.user, "system:serviceaccount:beffroi-system:beffroi");
        assert_eq!((found.agent.as_str(), &found.made_by), ("beffroi-operator/0.1.0", &None));
        assert_eq!(told(&found), ["patch rolebindings beffroi-apps"]);
    }

    #[test]
    fn an_apply_that_makes_an_object_creates_it_too() {
        let found = event(&json!({"responseStatus": {"code": 201}})).unwrap();
        assert_eq!(told(&found), ["patch rolebindings beffroi-apps", "create rolebindings beffroi-apps"]);
    }

    #[test]
    fn a_binding_binds_the_role_that_it_names_once_it_is_written() {
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "apps"});
        let sent = json!({"roleRef": role});
        let found = event(&json!({"requestObject": sent})).unwrap();
        assert_eq!(told(&found), ["patch rolebindings beffroi-apps", "bind clusterroles apps"]);
        let refused = json!({"requestObject": sent, "responseStatus": {"code": 403}});
        assert_eq!(told(&event(&refused.clone()).unwrap()), ["patch rolebindings beffroi-apps"]);
        // Which of them it lacked, no audit log tells.
        let lacked = told(&parsed(&refused).refusal().unwrap());
        assert_eq!(lacked[1..], ["create rolebindings beffroi-apps", "bind clusterroles apps"]);
        assert!(parsed(&json!({})).refusal().is_none());
    }

    #[test]
    fn rights_are_those_of_whom_is_impersonated() {
        let found = event(&json!({"impersonatedUser": {"username": "system:serviceaccount:n:beffroi-apps"}}))
            .unwrap();
        assert_eq!(found.user, "system:serviceaccount:n:beffroi-apps");
        assert_eq!(found.made_by.as_deref(), Some("system:serviceaccount:beffroi-system:beffroi"));
    }

    #[test]
    fn subresources_and_paths_are_told_as_rules_write_them() {
        let object =
            json!({"resource": "sites", "subresource": "status", "name": "par1", "apiGroup": "beffroi.fr"});
        assert_eq!(told(&event(&json!({"objectRef": object})).unwrap()), ["patch sites/status par1"]);
        let path = json!({"objectRef": null, "verb": "get", "requestURI": "/version?timeout=5s"});
        assert_eq!(told(&event(&path).unwrap()), ["get /version"]);
    }

    #[test]
    fn what_was_refused_and_the_end_of_a_stream_are_no_exercise() {
        let annotations =
            json!({"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": ""});
        assert!(event(&json!({"annotations": annotations})).is_none());
        assert!(event(&json!({"verb": "watch"})).is_none());
        assert!(event(&json!({"verb": "watch", "stage": "ResponseStarted"})).is_some());
    }
}
