//! Pods that cannot be made: what a Deployment says of its own ones, and events of all others who make pods. Of what
//! thrives nothing is kept.

use beffroi_core::plan::Unborn;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Event};
use kube::ResourceExt;

use super::inventory::Inventory;

/// Events that are watched.
pub(super) const EVENTS: &str = "reason=FailedCreate,type=Warning";
/// How long an event is believed: whoever makes pods tries again within that time.
const BELIEVED: SignedDuration = SignedDuration::from_mins(20);
/// Longest that is kept of why, in characters: a quota names each thing that it counts.
const WHY: usize = 512;

/// What an event tells.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedCreation {
    unborn: Unborn,
    at: Option<Timestamp>,
}

/// Why a Deployment's pods cannot be made.
pub(super) fn deployment(deployment: &Deployment) -> Option<Unborn> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let failure = conditions
        .iter()
        .find(|c| c.type_.as_deref() == Some("ReplicaFailure") && c.status.as_deref() == Some("True"))?;
    let why = clip(failure.message.as_deref().or(failure.reason.as_deref()).unwrap_or_default());
    Some(Unborn { of: format!("Deployment {}", deployment.name_any()), why, stands: true })
}

/// What an event tells of pods that others than a Deployment cannot make.
pub(super) fn event(event: &Event) -> Option<FailedCreation> {
    let of = &event.involved_object;
    let kind =
        of.kind.as_deref().filter(|kind| ["StatefulSet", "DaemonSet", "Job", "ReplicaSet"].contains(kind))?;
    let why = event.message.as_deref().unwrap_or_default();
    let why = clip(why);
    let unborn =
        Unborn { of: format!("{kind} {}", of.name.as_deref().unwrap_or_default()), why, stands: false };
    let series =
        event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let at = series.or(last).or(event.event_time.as_ref().map(|time| time.0));
    Some(FailedCreation { unborn, at })
}

fn clip(text: &str) -> String {
    text.chars().take(WHY).collect()
}

impl Inventory {
    /// Pods that cannot be made in a namespace, as far as is believed at `now`: what stands first, then the newest word
    /// of each that lacks some.
    pub fn unborn(&self, namespace: &str, now: Timestamp) -> Vec<Unborn> {
        let standing = self.deployments.of(namespace).flatten().cloned();
        let mut told: Vec<&FailedCreation> = self.failed_creations.of(namespace).flatten().collect();
        told.retain(|told| told.at.is_none_or(|at| now.duration_since(at) < BELIEVED));
        told.sort_by(|a, b| (b.at, &a.unborn).cmp(&(a.at, &b.unborn)));
        let mut of = std::collections::BTreeSet::new();
        let newest = told.into_iter().filter(|told| of.insert(&told.unborn.of));
        standing.chain(newest.map(|told| told.unborn.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    const QUOTA: &str =
        "pods \"docs-x\" is forbidden: exceeded quota: workspace, requested: limits.memory=256Mi";

    #[test]
    fn a_deployment_says_why_no_pod_comes() {
        let made = |status: &str| {
            let condition = json!({"type": "ReplicaFailure", "status": status, "reason": "FailedCreate", "message": QUOTA});
            from_value(json!({"metadata": {"name": "docs"}, "spec": {"selector": {}, "template": {}},
                "status": {"conditions": [condition]}}))
            .unwrap()
        };
        let found = deployment(&made("True")).unwrap();
        assert_eq!((&*found.of, &*found.why, found.stands), ("Deployment docs", QUOTA, true));
        assert_eq!(deployment(&made("False")), None);
    }

    #[test]
    fn an_event_is_believed_for_a_while() {
        let at: Timestamp = "2026-11-29T03:00:00Z".parse().unwrap();
        let word = |name: &str, kind: &str, minute: u8, message: &str| {
            let event = from_value(json!({
                "metadata": {"name": name, "namespace": "n"},
                "involvedObject": {"kind": kind, "name": "db"}, "reason": "FailedCreate",
                "message": message, "lastTimestamp": format!("2026-11-29T03:{minute:02}:00Z"),
            }))
            .unwrap();
            (name.to_owned(), super::event(&event))
        };
        let mut inventory = Inventory::default();
        for (name, row) in [
            word("a", "StatefulSet", 0, "older"),
            word("b", "StatefulSet", 5, "newer"),
            word("c", "Pod", 5, "no matter"),
        ] {
            inventory.failed_creations.take(kube::runtime::watcher::Event::Apply(("n".into(), name, row)));
        }
        let told = |minutes: i64| {
            let now = at + SignedDuration::from_mins(minutes);
            inventory.unborn("n", now).into_iter().map(|unborn| (unborn.of, unborn.why)).collect::<Vec<_>>()
        };
        assert_eq!(told(6), [("StatefulSet db".to_owned(), "newer".to_owned())]);
        assert!(told(26).is_empty() && inventory.unborn("other", at).is_empty());
    }
}
