//! The pod by which Beffroi tries what a workspace reaches: one of its own pods, as the network's rules see it, that
//! tries a few addresses, writes what came of it into its last words and ends.
//!
//! It bears no app's label, and so stands for every pod that no app was given more for. It carries no token, no volume
//! and no right. Guard `beffroi-probes` lets nobody else make a pod of its name or label, and Beffroi no other pod.

use std::{collections::BTreeMap, net::SocketAddr};

use beffroi_crds::labels;
use k8s_openapi::{
    api::core::v1::{
        Capabilities, Container, EnvVar, EnvVarSource, ObjectFieldSelector, Pod, PodSecurityContext, PodSpec,
        ResourceRequirements, SeccompProfile, SecurityContext,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::core::ObjectMeta;

use super::{Placed, namespace_of, own_labels};
use crate::facts::Prober;

/// Its name, in the namespace of each workspace.
pub const PROBE: &str = "beffroi-probe";
/// What its label says that it tries.
pub const NETWORK: &str = "network";
/// Variable in which it finds the address of its node.
pub const NODE_ADDRESS: &str = "BEFFROI_NODE_ADDRESS";
/// Seconds after which Kubernetes ends it, its image fetched or not.
pub const DEADLINE_SECONDS: i64 = 180;
/// What it is given, in Kubernetes' units: processors, memory, scratch space.
pub(super) const REQUESTS: [(&str, &str); 3] =
    [("cpu", "10m"), ("memory", "16Mi"), ("ephemeral-storage", "16Mi")];
/// User that owns nothing, as in Beffroi's images.
const NOBODY: i64 = 65_532;

/// The pod, called for by `cause`.
pub fn build(placed: &Placed<'_>, prober: &Prober, cause: &str) -> Pod {
    let mut own = own_labels(placed);
    own.insert(labels::PROBE.to_owned(), NETWORK.to_owned());
    Pod {
        metadata: ObjectMeta {
            name: Some(PROBE.to_owned()),
            namespace: Some(namespace_of(placed)),
            labels: Some(own),
            annotations: Some([(labels::PROBE_CAUSE.to_owned(), cause.to_owned())].into()),
            ..ObjectMeta::default()
        },
        spec: Some(PodSpec {
            restart_policy: Some("Never".to_owned()),
            active_deadline_seconds: Some(DEADLINE_SECONDS),
            termination_grace_period_seconds: Some(1),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(NOBODY),
                run_as_group: Some(NOBODY),
                seccomp_profile: Some(SeccompProfile {
                    type_: "RuntimeDefault".to_owned(),
                    ..SeccompProfile::default()
                }),
                ..PodSecurityContext::default()
            }),
            containers: vec![container(prober)],
            ..PodSpec::default()
        }),
        status: None,
    }
}

fn container(prober: &Prober) -> Container {
    let outside = prober.outside.iter().flat_map(|at: &SocketAddr| ["--outside".to_owned(), at.to_string()]);
    let field =
        ObjectFieldSelector { field_path: "status.hostIP".to_owned(), ..ObjectFieldSelector::default() };
    let given: BTreeMap<_, _> =
        REQUESTS.into_iter().map(|(what, much)| (what.to_owned(), Quantity(much.to_owned()))).collect();
    let mut limits = given.clone();
    limits.remove("cpu");
    limits.insert("memory".to_owned(), Quantity("64Mi".to_owned()));
    Container {
        name: "probe".to_owned(),
        image: Some(prober.image.clone()),
        args: Some(["probe".to_owned()].into_iter().chain(outside).collect()),
        env: Some(vec![EnvVar {
            name: NODE_ADDRESS.to_owned(),
            value_from: Some(EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() }),
            ..EnvVar::default()
        }]),
        resources: Some(ResourceRequirements {
            requests: Some(given),
            limits: Some(limits),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities {
                drop: Some(vec!["ALL".to_owned()]),
                ..Capabilities::default()
            }),
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}

/// Whether a pod is shaped as a probe of a workspace is, so that nothing but its attempts is to be told of it: one plain
/// container, no volume, no token.
pub fn is_probe(pod: &Pod) -> bool {
    let meta = &pod.metadata;
    let label = |key: &str| meta.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
    let Some(spec) = &pod.spec else { return false };
    meta.name.as_deref() == Some(PROBE)
        && label(labels::PROBE) == Some(NETWORK)
        && label(labels::MANAGED_BY) == Some(labels::MANAGER)
        && spec.containers.len() == 1
        && spec.init_containers.iter().flatten().next().is_none()
        && spec.ephemeral_containers.iter().flatten().next().is_none()
        && spec.volumes.iter().flatten().next().is_none()
        && spec.automount_service_account_token == Some(false)
}
