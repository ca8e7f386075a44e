//! Watch events reduced to the rows that an inventory keeps: nothing of an object is held that nobody asks for.

use beffroi_core::{
    facts::{NodeFacts, Resources},
    manifests::probe::is_probe,
    plan::{PodFacts, ProbePod},
    quantity,
};
use beffroi_crds::labels::PROBE_CAUSE;
use jiff::Timestamp;
use k8s_openapi::{
    api::core::v1::{Node, Pod},
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::{ResourceExt, core::DynamicObject, runtime::watcher::Event};
use serde_json::Value;

use super::{seen, table::Row};

/// A text in an object of a kind that others define, by its JSON pointer.
pub(super) fn text<'a>(object: &'a DynamicObject, pointer: &str) -> Option<&'a str> {
    object.data.pointer(pointer).and_then(Value::as_str)
}

/// An event with each object reduced to its namespace, name and row.
pub(super) fn event_row<K: ResourceExt, T>(event: Event<K>, row: impl Fn(&K) -> (String, T)) -> Row<T> {
    let keyed = |object: K| {
        let (namespace, value) = row(&object);
        (namespace, object.name_any(), value)
    };
    match event {
        Event::Apply(object) => Event::Apply(keyed(object)),
        Event::Delete(object) => Event::Delete(keyed(object)),
        Event::InitApply(object) => Event::InitApply(keyed(object)),
        Event::Init => Event::Init,
        Event::InitDone => Event::InitDone,
    }
}

/// What decisions rest on of a node.
pub(super) fn node_facts(node: &Node) -> NodeFacts {
    let status = node.status.as_ref();
    let ready = status
        .and_then(|s| s.conditions.as_ref())
        .is_some_and(|conditions| conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True"));
    let offers = |what: &str| {
        status.and_then(|s| s.allocatable.as_ref()).and_then(|a| a.get(what)).map(|q| q.0.clone())
    };
    NodeFacts {
        name: node.name_any(),
        uid: node.uid().unwrap_or_default(),
        labels: node.labels().clone(),
        provider_id: node.spec.as_ref().and_then(|spec| spec.provider_id.clone()),
        ready,
        allocatable: Resources {
            cpu_millis: offers("cpu").and_then(|q| quantity::millis(&q)).unwrap_or_default(),
            memory_bytes: offers("memory").and_then(|q| quantity::bytes(&q)).unwrap_or_default(),
            storage_bytes: 0,
        },
    }
}

/// What is told of the pod by which a workspace's network is probed; `None` of every other.
pub(super) fn probe_pod(pod: &Pod) -> Option<ProbePod> {
    if !is_probe(pod) {
        return None;
    }
    let (facts, seen) = (pod_facts(pod), seen::pod(pod));
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref());
    let ended = statuses.into_iter().flatten().find_map(|c| c.state.as_ref()?.terminated.as_ref());
    let told = pod.status.as_ref().and_then(|status| status.message.clone().or(status.reason.clone()));
    let failed = ended.filter(|ended| ended.exit_code != 0).and_then(|ended| ended.reason.clone());
    Some(ProbePod {
        uid: pod.uid().unwrap_or_default(),
        created: pod.creation_timestamp().map_or(Timestamp::UNIX_EPOCH, |Time(at)| at),
        cause: pod.annotations().get(PROBE_CAUSE).cloned().unwrap_or_default(),
        image: seen.images.into_iter().next().unwrap_or_default(),
        node: seen.node,
        leaving: pod.metadata.deletion_timestamp.is_some(),
        over: facts.over,
        ended: ended.and_then(|ended| ended.finished_at.as_ref()).map(|Time(at)| *at),
        // Of a program that failed its last words are no report.
        words: ended.filter(|ended| ended.exit_code == 0).and_then(|ended| ended.message.clone()),
        reason: told.or(failed).or(facts.reason),
    })
}

/// What a workspace's status tells of a pod.
pub(super) fn pod_facts(pod: &Pod) -> PodFacts {
    let status = pod.status.clone().unwrap_or_default();
    let phase = status.phase.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let condition = |kind: &str| conditions.iter().find(|c| c.type_ == kind);
    let ready = condition("Ready").is_some_and(|c| c.status == "True");
    let waiting = status
        .container_statuses
        .iter()
        .chain(&status.init_container_statuses)
        .flatten()
        .find_map(|c| c.state.as_ref()?.waiting.as_ref()?.reason.clone());
    let unscheduled =
        condition("PodScheduled").filter(|c| c.status == "False").and_then(|c| c.message.clone());
    let leaving = pod.metadata.deletion_timestamp.is_some();
    PodFacts {
        name: pod.name_any(),
        fine: ready || leaving || phase == "Succeeded",
        over: phase == "Succeeded" || phase == "Failed",
        reason: waiting.or(unscheduled).or(Some(phase)),
    }
}
