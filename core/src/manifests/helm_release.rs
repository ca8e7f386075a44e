//! The release of an app, run under the workspace's own identity.

use std::collections::BTreeMap;

use beffroi_crds::{App, app::Release, labels};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{
    Kind, Live, Object, Placed, labelled, marked,
    service_account::{self, APPS},
    values,
};
use crate::{drift, plan::releases};

pub(super) fn build(placed: &Placed<'_>, app: &App, release: &Release) -> Object {
    let name = app.name_any();
    let mut spec = json!({
        "interval": "10m",
        "timeout": "5m",
        "chartRef": {"kind": "OCIRepository", "name": name},
        "releaseName": name,
        "serviceAccountName": APPS,
        "install": {"createNamespace": false, "remediation": {"retries": 3}},
        "upgrade": upgrade(app, release),
        "driftDetection": {"mode": "enabled", "ignore": others_doing()},
        "values": values::fill(placed, app),
    });
    let mut renderers = vec![shaped(app)];
    if placed.workspace.spec.is_stopped() {
        renderers.push(nothing_runs());
        spec["driftDetection"] = json!({"mode": "enabled", "ignore": [finished_jobs()]});
    }
    spec["postRenderers"] = Value::Array(renderers);
    let label = BTreeMap::from([
        (labels::APP.to_owned(), name.clone()),
        ("app.kubernetes.io/version".to_owned(), label_value(&release.version)),
    ]);
    labelled(placed, Kind::HelmRelease, &name, json!({ "spec": spec }), label)
}

/// What follows an upgrade that fails: back to what ran before; or, where that may not read the data any more, another
/// try of the same.
fn upgrade(app: &App, release: &Release) -> Value {
    if releases::may_roll_back(&app.spec, release) {
        json!({"remediation": {"retries": 3}})
    } else {
        json!({"strategy": {"name": "RetryOnFailure", "retryInterval": "5m"}})
    }
}

/// What the cluster itself changes is no drift: a finished Job goes at its time (`ttlSecondsAfterFinished`), and would
/// run again; how many pods run is an autoscaler's to say.
fn others_doing() -> Value {
    let scaled = |kind: &str| json!({"paths": ["/spec/replicas"], "target": {"group": "apps", "kind": kind}});
    json!([finished_jobs(), scaled("Deployment"), scaled("StatefulSet")])
}

fn finished_jobs() -> Value {
    // The empty path is the whole object, also where it is there no longer.
    json!({"paths": [""], "target": {"group": "batch", "kind": "Job"}})
}

/// A release as it is there, but stopped: of what others may have put there, only the spec that it runs by is kept.
pub(crate) fn stopped(there: &Live) -> Object {
    let mut spec = there.data()["spec"].take();
    let before: Vec<Value> = renderers(&spec).iter().filter(|one| !stops(one)).cloned().collect();
    spec["postRenderers"] = before.into_iter().chain([nothing_runs()]).collect();
    let ours = |key: &String| key.starts_with("beffroi.fr/") || key.starts_with("app.kubernetes.io/");
    let labels = there.labels().clone().into_iter().filter(|(key, _)| ours(key)).collect();
    let namespace = there.metadata.namespace.clone();
    marked(Kind::HelmRelease, there.name(), namespace, json!({ "spec": spec }), labels, BTreeMap::new())
}

/// Whether a release is told to run nothing.
pub(crate) fn is_stopped(there: &Live) -> bool {
    renderers(&there.data()["spec"]).iter().any(stops)
}

fn renderers(spec: &Value) -> &[Value] {
    spec["postRenderers"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether this one lets nothing run.
fn stops(renderer: &Value) -> bool {
    drift::differences(&nothing_runs(), renderer).is_empty()
}

/// What a site's guards ask for and charts do not say by themselves: accounts and pods without a token of the
/// Kubernetes API, and disruption budgets that a drain passes whatever the number of pods. Pods of an app that needs
/// that API say themselves which of them do. Pods of Jobs are left as they are, for those of a Job cannot be changed
/// once it is made.
fn shaped(app: &App) -> Value {
    let tokenless = |kind: &str, pod: &str| {
        let field = format!("{pod}/automountServiceAccountToken");
        patch(kind, &json!([{"op": "add", "path": field, "value": false}]))
    };
    let budget = json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "any"},
        "spec": {"minAvailable": null, "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
    });
    let mut patches = vec![tokenless("ServiceAccount", ""), patch("PodDisruptionBudget", &budget)];
    if service_account::of(app).is_none() {
        patches.push(tokenless("Deployment", "/spec/template/spec"));
        patches.push(tokenless("StatefulSet", "/spec/template/spec"));
        patches.push(tokenless("CronJob", "/spec/jobTemplate/spec/template/spec"));
    }
    json!({"kustomize": {"patches": patches}})
}

/// Nothing runs, everything that holds data stays.
fn nothing_runs() -> Value {
    let set = |kind: &str, field: &str, value: Value| {
        patch(kind, &json!([{"op": "add", "path": format!("/spec/{field}"), "value": value}]))
    };
    json!({"kustomize": {"patches": [
        set("Deployment", "replicas", json!(0)),
        set("StatefulSet", "replicas", json!(0)),
        set("CronJob", "suspend", json!(true)),
        set("Job", "suspend", json!(true)),
    ]}})
}

/// A change of every object of a kind that a chart makes.
fn patch(kind: &str, change: &Value) -> Value {
    json!({"target": {"kind": kind}, "patch": change.to_string()})
}

/// Longest value of a label.
const LONGEST: usize = 63;

/// A version as a label may hold it: what no label holds becomes `_`, and letters or digits stand at both ends.
fn label_value(version: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric();
    let value = version.replace(|c: char| !(plain(c) || matches!(c, '.' | '-' | '_')), "_");
    let value: String = value.trim_start_matches(|c| !plain(c)).chars().take(LONGEST).collect();
    value.trim_end_matches(|c| !plain(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::app::ApiAccess;

    use super::*;

    #[test]
    fn any_version_makes_a_label() {
        for (version, value) in [
            ("5.4.1", "5.4.1"),
            ("1.0.0+build.7", "1.0.0_build.7"),
            ("2026.1 (LTS)", "2026.1__LTS"),
            ("-rc1-", "rc1"),
            ("été", "t"),
            ("???", ""),
            (&"7".repeat(80), &"7".repeat(63)),
            (&format!("{}(1)", "7".repeat(62)), &"7".repeat(62)),
        ] {
            assert_eq!(label_value(version), value, "{version}");
        }
    }

    #[test]
    fn what_the_cluster_itself_changes_is_no_drift() {
        let rules = others_doing();
        let whole: Vec<&Value> =
            rules.as_array().unwrap().iter().filter(|rule| rule["paths"] == json!([""])).collect();
        assert_eq!(whole.len(), 1, "of one kind alone is all left alone");
        assert_eq!(whole[0]["target"]["kind"], "Job");
        let scaled =
            |kind: &str| json!({"paths": ["/spec/replicas"], "target": {"group": "apps", "kind": kind}});
        for kind in ["Deployment", "StatefulSet"] {
            assert!(rules.as_array().unwrap().contains(&scaled(kind)), "{kind}");
        }
    }

    #[test]
    fn an_upgrade_is_rolled_back_only_where_what_ran_before_reads_the_data() {
        let release = |version: &str, irreversible| Release {
            version: version.into(),
            irreversible,
            ..Release::default()
        };
        let mut app = App::default();
        app.spec.releases = vec![release("3", false), release("2", true), release("1", false)];
        let follows = |index: usize| upgrade(&app, &app.spec.releases[index]);
        assert_eq!(follows(2), json!({"remediation": {"retries": 3}}));
        for index in [0, 1] {
            assert_eq!(follows(index)["strategy"]["name"], "RetryOnFailure");
            assert!(follows(index).get("remediation").is_none());
        }
    }

    /// Kinds that are shaped, each with what is changed there.
    fn shapes(needs: &[ApiAccess]) -> Vec<(String, String)> {
        let mut app = App::default();
        app.spec.needs.kubernetes_api = needs.to_vec();
        let shaped = shaped(&app);
        let patches = shaped.pointer("/kustomize/patches").and_then(Value::as_array).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        patches.iter().map(|patch| (text(&patch["target"]["kind"]), text(&patch["patch"]))).collect()
    }

    #[test]
    fn accounts_carry_no_token_and_pods_none_unless_the_app_needs_one() {
        for needs in [&[][..], &[ApiAccess::Pods]] {
            let shapes = shapes(needs);
            let kinds: Vec<&str> = shapes.iter().map(|(kind, _)| kind.as_str()).collect();
            assert_eq!(kinds[..2], ["ServiceAccount", "PodDisruptionBudget"]);
            let pods: &[&str] =
                if needs.is_empty() { &["Deployment", "StatefulSet", "CronJob"] } else { &[] };
            assert_eq!(kinds[2..], *pods);
            let tokenless = shapes.iter().filter(|(kind, _)| kind != "PodDisruptionBudget");
            for (kind, patch) in tokenless {
                let patch: Value = serde_json::from_str(patch).unwrap();
                assert_eq!(patch[0]["value"], json!(false), "{kind}");
                assert!(
                    patch[0]["path"].as_str().unwrap().ends_with("/automountServiceAccountToken"),
                    "{kind}"
                );
            }
        }
    }

    #[test]
    fn what_is_stopped_keeps_its_shape() {
        let spec = json!({"values": {"a": 1}, "postRenderers": [shaped(&App::default())]});
        let object = marked(
            Kind::HelmRelease,
            "docs",
            None,
            json!({ "spec": spec }),
            BTreeMap::new(),
            BTreeMap::new(),
        );
        let there = Live::of(Kind::HelmRelease, object.manifest);
        assert!(!is_stopped(&there));
        let once = Live::of(Kind::HelmRelease, stopped(&there).manifest);
        assert!(is_stopped(&once));
        assert_eq!(*renderers(&once.data()["spec"]), [shaped(&App::default()), nothing_runs()]);
        let twice = stopped(&once).manifest;
        assert_eq!(twice.data, once.data(), "once is enough");
    }
}
