//! What a workspace may use: quotas over all, and defaults and bounds for each container.
//!
//! `App.spec.needs` says what an app uses while it runs. All else follows: a quota with room for one update, and
//! defaults small enough that as many containers as an app may have fit into it twice. Limits of memory are not
//! summed: a container that names none is given the most that any may have, so that no request is above it, and what
//! a node gives when it runs short follows requests, which are summed.

use serde_json::{Map, Value, json};

use super::{Kind, Object, Placed, object};
use crate::quantity::{cpu, memory};

/// Containers of an app that name no resources, for which there is room together with their successors. The largest
/// app known has some twenty.
const CONTAINERS: u64 = 20;
/// Containers of Jobs and hooks that run beside those of an app while it is updated.
const HELPERS: u64 = 4;
const MIB: u64 = 1 << 20;
/// The most that a container is taken to need that says nothing.
const DEFAULT: (u64, u64) = (100, 128 << 20);
/// Pods of an app, with their successors while it is updated.
const PODS: u64 = 2 * CONTAINERS;
/// The most that one container keeps on its node, beside volumes: layers that it writes, logs, scratch space. More
/// belongs into an ephemeral volume of a storage class.
const SCRATCH: u64 = 4 << 30;
/// What a container that says nothing is taken to keep there.
const USUAL_SCRATCH: u64 = 64 << 20;

/// What a probe of the network is given.
const PROBE: (u64, u64) = (10, 16 << 20);

/// How many objects of each kind an app may have: what the largest known makes, about twice over. What follows from
/// others follows here too: Deployments keep eleven `ReplicaSets`, `CronJobs` four finished Jobs, `StatefulSets` eleven
/// revisions, and Helm six Secrets.
const OBJECTS: [(&str, u64); 19] = [
    ("count/configmaps", 60),
    ("count/secrets", 60),
    ("count/services", 50),
    ("count/serviceaccounts", 20),
    ("count/persistentvolumeclaims", 25),
    ("count/pods", 3 * PODS),
    ("count/deployments.apps", 30),
    ("count/statefulsets.apps", 30),
    ("count/daemonsets.apps", 5),
    ("count/replicasets.apps", 330),
    ("count/controllerrevisions.apps", 330),
    ("count/jobs.batch", 100),
    ("count/cronjobs.batch", 20),
    ("count/ingresses.networking.k8s.io", 15),
    ("count/httproutes.gateway.networking.k8s.io", 15),
    ("count/grpcroutes.gateway.networking.k8s.io", 15),
    ("count/horizontalpodautoscalers.autoscaling", 30),
    ("count/poddisruptionbudgets.policy", 30),
    ("count/leases.coordination.k8s.io", 20),
];

pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let quota = |name, spec: Value| object(placed, Kind::ResourceQuota, name, json!({ "spec": spec }));
    let bounds = Bounds::of(placed);
    vec![
        quota("workspace", json!({"hard": bounds.hard()})),
        // What such a pod looks at in other namespaces keeps their pods from nodes.
        quota(
            "across-namespaces",
            json!({
                "hard": {"pods": "0"},
                "scopeSelector": {"matchExpressions": [{"scopeName": "CrossNamespacePodAffinity", "operator": "Exists"}]},
            }),
        ),
        object(placed, Kind::LimitRange, "workspace", json!({"spec": {"limits": [bounds.container()]}})),
    ]
}

/// Sums for the whole workspace, and shares of one container.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    apps: u64,
    /// Pods of ours that try the network.
    probes: u64,
    cpu_millis: u64,
    memory_bytes: u64,
    storage_bytes: u64,
    /// Requests of a container that names none.
    default: (u64, u64),
}

impl Bounds {
    /// Twice what the apps need, for during an update the old and the new run side by side, and some for Jobs.
    /// Volumes are not doubled.
    fn of(placed: &Placed<'_>) -> Self {
        let (needs, apps) = (placed.needs, u64::try_from(placed.every_app().count()).unwrap_or(u64::MAX));
        let share = |all: u64, most: u64, unit: u64| {
            let each = all / (CONTAINERS * apps.max(1));
            (each / unit * unit).clamp(unit, most)
        };
        let default = (share(needs.cpu_millis, DEFAULT.0, 1), share(needs.memory_bytes, DEFAULT.1, MIB));
        let sum = |need: u64, one: u64| need.saturating_mul(2).saturating_add(one * HELPERS * apps);
        // Whole Mi, which Kubernetes keeps as they are written.
        let whole = |bytes: u64| bytes.div_ceil(MIB).saturating_mul(MIB);
        // Our own pod takes nothing from what apps may have.
        let probes = u64::from(placed.policy.network_probe);
        Self {
            apps,
            probes,
            cpu_millis: sum(needs.cpu_millis, default.0).saturating_add(probes * PROBE.0),
            memory_bytes: whole(sum(needs.memory_bytes, default.1)).saturating_add(probes * PROBE.1),
            storage_bytes: whole(needs.storage_bytes),
            default,
        }
    }

    fn hard(&self) -> Map<String, Value> {
        let scratch = |each: u64| memory(each * 2 * CONTAINERS * self.apps);
        let mut hard = Map::from_iter([
            ("requests.cpu".to_owned(), json!(&*cpu(self.cpu_millis))),
            ("requests.memory".to_owned(), json!(&*memory(self.memory_bytes))),
            ("requests.storage".to_owned(), json!(&*memory(self.storage_bytes))),
            ("requests.ephemeral-storage".to_owned(), json!(&*scratch(4 * USUAL_SCRATCH))),
            ("limits.ephemeral-storage".to_owned(), json!(&*scratch(SCRATCH))),
            ("pods".to_owned(), json!((PODS * self.apps + self.probes).to_string())),
            ("services.loadbalancers".to_owned(), json!("0")),
            ("services.nodeports".to_owned(), json!("0")),
        ]);
        let objects = OBJECTS.map(|(what, each)| (what.to_owned(), json!((each * self.apps).to_string())));
        hard.extend(objects);
        hard
    }

    /// No default limit of processors: who asks for more than it could not run, and what a node has to spare is
    /// anybody's. The greatest limits are the default ones, for Kubernetes refuses a request above a default limit.
    fn container(&self) -> Value {
        let most = json!({"memory": &*memory(self.memory_bytes), "ephemeral-storage": &*memory(SCRATCH)});
        json!({
            "type": "Container",
            "defaultRequest": {
                "cpu": &*cpu(self.default.0),
                "memory": &*memory(self.default.1),
                "ephemeral-storage": &*memory(USUAL_SCRATCH),
            },
            "default": most,
            "max": most,
        })
    }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{App, Site, SovereigntyPolicySpec, Tenant, Workspace, app::Release};

    use super::*;
    use crate::{facts::Resources, quantity};

    /// Quota and default of one container for so many apps that need this together.
    fn built(needs: Resources, apps: usize) -> (Value, Value) {
        let (tenant, workspace, site) = (Tenant::default(), Workspace::default(), Site::default());
        let (policy, app, release) = (SovereigntyPolicySpec::default(), App::default(), Release::default());
        let apps = vec![(&app, &release); apps];
        let placed = Placed {
            tenant: &tenant,
            workspace: &workspace,
            site: &site,
            policy: &policy,
            apps: &apps,
            gone: &[],
            needs,
        };
        let [quota, across, bounds] = build(&placed).try_into().unwrap();
        assert_eq!(across.manifest.data["spec"]["hard"], json!({"pods": "0"}));
        let spec = |object: &Object, path: &str| object.manifest.data.pointer(path).unwrap().clone();
        (spec(&quota, "/spec/hard"), spec(&bounds, "/spec/limits/0"))
    }

    fn docs() -> Resources {
        Resources { cpu_millis: 250, memory_bytes: 512 << 20, storage_bytes: 0 }
    }

    fn bytes(value: &Value) -> u64 {
        quantity::bytes(value.as_str().unwrap()).unwrap()
    }

    fn millis(value: &Value) -> u64 {
        quantity::millis(value.as_str().unwrap()).unwrap()
    }

    #[test]
    fn containers_that_say_nothing_fit_twice_with_jobs_beside_them() {
        let large = Resources { cpu_millis: 64_000, memory_bytes: 256 << 30, storage_bytes: 1 << 40 };
        let tiny = Resources { cpu_millis: 50, memory_bytes: 64 << 20, storage_bytes: 0 };
        for (needs, apps) in [(docs(), 1), (docs(), 3), (tiny, 1), (large, 12)] {
            let (hard, one) = built(needs, apps);
            let together = (2 * CONTAINERS + HELPERS) * apps as u64;
            let each = &one["defaultRequest"];
            assert!(
                millis(&each["cpu"]) * together <= millis(&hard["requests.cpu"]),
                "{needs:?} {apps}: {hard} {one}"
            );
            assert!(
                bytes(&each["memory"]) * together <= bytes(&hard["requests.memory"]),
                "{needs:?} {apps}: {hard} {one}"
            );
            for sum in ["requests", "limits"] {
                let each =
                    &one[if sum == "limits" { "default" } else { "defaultRequest" }]["ephemeral-storage"];
                let hard = bytes(&hard[format!("{sum}.ephemeral-storage")]);
                assert!(bytes(each) * 2 * CONTAINERS * apps as u64 <= hard, "{sum}");
            }
        }
    }

    #[test]
    fn no_default_limit_is_below_a_request_that_the_quota_lets_in() {
        let (hard, one) = built(docs(), 1);
        assert!(one["default"].get("cpu").is_none() && one["max"].get("cpu").is_none());
        assert!(hard.get("limits.cpu").is_none() && hard.get("limits.memory").is_none());
        assert_eq!(one["default"]["memory"], hard["requests.memory"]);
        assert_eq!(one["default"], one["max"]);
    }

    #[test]
    fn twice_what_is_needed_and_volumes_once() {
        let needs = Resources { cpu_millis: 2000, memory_bytes: 4 << 30, storage_bytes: 10 << 30 };
        let (hard, one) = built(needs, 1);
        assert_eq!(one["defaultRequest"]["cpu"], "100m");
        assert_eq!((&hard["requests.cpu"], &hard["requests.storage"]), (&json!("4400m"), &json!("10Gi")));
        assert_eq!(hard["requests.memory"], "8704Mi");
    }

    /// A quantity that Kubernetes writes otherwise would be written anew for ever.
    #[test]
    fn quantities_are_written_as_kubernetes_keeps_them() {
        for memory_bytes in [1_500_000_000, 26_843_000, 1, 0, 512 << 20] {
            let needs = Resources { cpu_millis: 250, memory_bytes, storage_bytes: memory_bytes };
            let (hard, one) = built(needs, 1);
            for value in
                [&hard["requests.memory"], &hard["requests.storage"], &one["defaultRequest"]["memory"]]
            {
                let text = value.as_str().unwrap();
                assert!(text == "0" || text.ends_with('i'), "{memory_bytes}: {text}");
            }
        }
    }

    #[test]
    fn counts_grow_with_the_apps() {
        let ((one, _), (three, _)) = (built(docs(), 1), built(docs(), 3));
        for (what, each) in OBJECTS {
            assert_eq!(
                (&one[what], &three[what]),
                (&json!(each.to_string()), &json!((each * 3).to_string()))
            );
        }
        assert_eq!((&one["pods"], &three["pods"]), (&json!("40"), &json!("120")));
    }
}
