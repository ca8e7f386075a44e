//! Carries a plan's steps out in one site, in order; the first that fails ends it.
//!
//! Drift is recorded before it is put right: [`drifts`] (who changed what is asked of the object itself) →
//! whoever records it → [`carry_out`].

use std::time::Duration;

use beffroi_core::{
    manifests::{Kind, Live, probe::PROBE},
    message::work::{Touched, WorkMessage, Writer},
    plan::{Drift, ProbeStep, SitePlan, Step},
};
use beffroi_crds::labels::{MANAGED_BY, MANAGER, WORKSPACE_UID};
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy},
    core::DynamicObject,
};
use serde_json::json;
use tokio::time::timeout;

use crate::sites::Connection;

/// Something that someone changed, about to be put right.
#[derive(Debug)]
pub struct Drifted {
    /// Kind and name of the object.
    pub object: String,
    /// What has happened to it.
    pub what: Touched,
}

/// What `plan` will put right, and who is behind it.
pub async fn drifts(connection: &Connection, plan: &SitePlan, patience: Duration) -> Vec<Drifted> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let (Step::Create(object, drift) | Step::Apply(object, drift)) = step else { continue };
        let what = match drift {
            Drift::None => continue,
            Drift::Deleted => Touched::Deleted,
            Drift::Changed(fields) => {
                let api = api(connection, object.kind, &object.manifest.metadata);
                let culprit = timeout(patience, culprit(&api, object.name())).await;
                let by = culprit.unwrap_or(Writer::Unknown);
                Touched::Changed { by, fields: fields.clone() }
            }
        };
        metrics::counter!("beffroi_drift_total",
            "site" => connection.name().to_owned(), "kind" => object.kind.name())
        .increment(1);
        let object = format!("{} {}", object.kind.name(), object.name());
        tracing::warn!(site = connection.name(), object, %what, "drift, to be put right");
        found.push(Drifted { object, what });
    }
    found
}

/// Carries out `plan`.
///
/// # Errors
/// At the first step that fails; those after it are not tried.
pub async fn carry_out(
    connection: &Connection,
    plan: &SitePlan,
    patience: Duration,
) -> Result<(), WorkMessage> {
    for step in &plan.steps {
        let (object, verb) = describe(step);
        let Ok(result) = timeout(patience, carry_out_step(connection, step)).await else {
            connection.nudge();
            return Err(WorkMessage::SiteDoesNotAnswer { object });
        };
        match result {
            Ok(()) => {}
            // Gone already: what a deletion wants.
            Err(kube::Error::Api(status))
                if status.code == 404 && matches!(step, Step::Delete(_) | Step::Release(_)) => {}
            Err(kube::Error::Api(status)) if status.code == 409 && matches!(step, Step::Create(..)) => {
                return Err(WorkMessage::NamespaceTaken { namespace: object });
            }
            Err(kube::Error::Api(status)) if status.code == 403 => {
                return Err(WorkMessage::NotAllowed { object, why: status.message });
            }
            Err(kube::Error::Api(status)) => {
                return Err(WorkMessage::NotWritten { object, why: status.message });
            }
            Err(error) => {
                connection.nudge();
                return Err(WorkMessage::NotWritten { object, why: error.to_string() });
            }
        }
        metrics::counter!("beffroi_writes_total",
            "cluster" => connection.name().to_owned(), "kind" => kind(step).name(), "verb" => verb)
        .increment(1);
    }
    Ok(())
}

/// Makes or removes the pod by which a workspace's network is probed.
///
/// # Errors
/// When the site does not take it. That it is there already, or gone, is what was wanted.
pub async fn probe(
    connection: &Connection,
    namespace: &str,
    step: &ProbeStep,
    patience: Duration,
) -> Result<(), WorkMessage> {
    let object = format!("Pod {PROBE}");
    let api: Api<Pod> = Api::namespaced(connection.client(), namespace);
    let (verb, done, answer) = match step {
        ProbeStep::Make(pod) => {
            let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
            ("create", 409, timeout(patience, api.create(&params, pod)).await.map(|made| made.map(drop)))
        }
        ProbeStep::Remove { uid } => {
            let only = Preconditions { uid: Some(uid.clone()), resource_version: None };
            let params = DeleteParams { preconditions: Some(only), ..DeleteParams::default() };
            ("delete", 404, timeout(patience, api.delete(PROBE, &params)).await.map(|gone| gone.map(drop)))
        }
    };
    match answer {
        Err(_) => {
            connection.nudge();
            return Err(WorkMessage::SiteDoesNotAnswer { object });
        }
        Ok(Ok(())) => {}
        Ok(Err(kube::Error::Api(status))) if status.code == done => return Ok(()),
        Ok(Err(kube::Error::Api(status))) if status.code == 403 => {
            return Err(WorkMessage::NotAllowed { object, why: status.message });
        }
        Ok(Err(error)) => return Err(WorkMessage::NotWritten { object, why: error.to_string() }),
    }
    metrics::counter!("beffroi_writes_total",
        "cluster" => connection.name().to_owned(), "kind" => "Pod", "verb" => verb)
    .increment(1);
    Ok(())
}

async fn carry_out_step(connection: &Connection, step: &Step) -> Result<(), kube::Error> {
    match step {
        Step::Create(object, _) => {
            let api = api(connection, object.kind, &object.manifest.metadata);
            let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
            let answer = match api.create(&params, &object.manifest).await {
                Err(kube::Error::Api(status)) if status.code == 409 => {
                    // Made a moment ago and not seen yet: ask before accusing anyone.
                    let there = api.get(object.name()).await?;
                    if !ours(&there, &object.manifest) {
                        return Err(kube::Error::Api(status));
                    }
                    let mut manifest = object.manifest.clone();
                    manifest.metadata.uid = there.metadata.uid;
                    put(&api, &manifest).await?
                }
                answer => answer?,
            };
            wrote(connection, object.kind, answer);
        }
        Step::Apply(object, _) => {
            let api = api(connection, object.kind, &object.manifest.metadata);
            wrote(connection, object.kind, put(&api, &object.manifest).await?);
        }
        Step::Delete(live) => {
            let params = DeleteParams {
                preconditions: Some(Preconditions { uid: live.metadata.uid.clone(), resource_version: None }),
                propagation_policy: Some(PropagationPolicy::Background),
                ..DeleteParams::default()
            };
            connection.inventory().deletes(live);
            let answer = api(connection, live.kind, &live.metadata).delete(live.name(), &params).await;
            connection.inventory().answered(live, &answer);
            answer?;
        }
        Step::Release(live) => {
            let patch = json!({"metadata": {"finalizers": null, "uid": live.metadata.uid}});
            api(connection, live.kind, &live.metadata)
                .patch(live.name(), &PatchParams::default(), &Patch::Merge(&patch))
                .await?;
        }
    }
    Ok(())
}

/// Whether a namespace was made for the workspace that `wanted` is for, and stays.
fn ours(there: &DynamicObject, wanted: &DynamicObject) -> bool {
    let same =
        |label| there.labels().get(label).is_some_and(|value| wanted.labels().get(label) == Some(value));
    [MANAGED_BY, WORKSPACE_UID].into_iter().all(same) && there.metadata.deletion_timestamp.is_none()
}

async fn put(api: &Api<DynamicObject>, manifest: &DynamicObject) -> Result<DynamicObject, kube::Error> {
    api.patch(&manifest.name_any(), &PatchParams::apply(MANAGER).force(), &Patch::Apply(manifest)).await
}

fn wrote(connection: &Connection, kind: Kind, object: DynamicObject) {
    connection.inventory().wrote(&Live::of(kind, object));
}

fn api(connection: &Connection, kind: Kind, metadata: &kube::core::ObjectMeta) -> Api<DynamicObject> {
    let resource = kind.api_resource();
    match &metadata.namespace {
        Some(namespace) => Api::namespaced_with(connection.client(), namespace, &resource),
        None => Api::all_with(connection.client(), &resource),
    }
}

/// Who wrote to the object last, other than we.
async fn culprit(api: &Api<DynamicObject>, name: &str) -> Writer {
    let found = api.get(name).await.ok();
    found.map_or(Writer::Unknown, |found| last_writer(found.metadata.managed_fields.unwrap_or_default()))
}

/// Whoever writes the status answers to a change, and made none.
fn last_writer(entries: Vec<ManagedFieldsEntry>) -> Writer {
    let others = entries.into_iter().filter(|entry| {
        entry.manager.as_deref() != Some(MANAGER) && entry.subresource.as_deref().is_none_or(str::is_empty)
    });
    let last = others.max_by_key(|entry| entry.time.as_ref().map(|time| time.0));
    match last.map(|last| (last.manager, last.time)) {
        Some((Some(name), Some(at))) => Writer::ManagerAt { name, at: at.0 },
        Some((Some(name), None)) => Writer::Manager { name },
        _ => Writer::Unknown,
    }
}

fn describe(step: &Step) -> (String, &'static str) {
    let named = |kind: Kind, name: &str| match kind {
        Kind::Namespace => name.to_owned(),
        _ => format!("{} {name}", kind.name()),
    };
    match step {
        Step::Create(object, _) => (named(object.kind, object.name()), "create"),
        Step::Apply(object, _) => (named(object.kind, object.name()), "apply"),
        Step::Delete(live) => (named(live.kind, live.name()), "delete"),
        Step::Release(live) => (named(live.kind, live.name()), "release"),
    }
}

fn kind(step: &Step) -> Kind {
    match step {
        Step::Create(object, _) | Step::Apply(object, _) => object.kind,
        Step::Delete(live) | Step::Release(live) => live.kind,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;

    #[test]
    fn who_made_the_change_is_named_and_not_who_answers_to_it() {
        let entries = json!([
            {"manager": MANAGER, "operation": "Apply", "time": "2026-11-29T03:00:04Z"},
            {"manager": "earlier", "operation": "Update", "time": "2026-11-29T02:00:00Z"},
            {"manager": "main-courante", "operation": "Update", "time": "2026-11-29T03:00:00Z"},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status",
                "time": "2026-11-29T03:00:01Z"},
        ]);
        let who = last_writer(from_value(entries).unwrap());
        assert_eq!(who.to_string(), "main-courante at 2026-11-29T03:00:00Z");
        assert_eq!(last_writer(Vec::new()), Writer::Unknown);
    }
}
