//! Watched objects reduced to what the place of data rests on: no content, no name of a person, no secret.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_core::{
    facts::ClassFacts,
    location::seen::{Claim, Image, Ingress, OwnVolume, Pod, Service, Source, Volume},
    site::guards,
};
use k8s_openapi::api::{
    admissionregistration::v1::ValidatingAdmissionPolicyBinding as Binding,
    core::v1::{
        self as core, ContainerStatus, PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec,
    },
    networking::v1 as networking,
    storage::v1::StorageClass,
};
use kube::{ResourceExt, core::DynamicObject};
use serde_json::Value;

use super::{first::speaks_of_place, rows::text};

/// What is kept of a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeRow {
    /// Namespace of the claim that it is bound to.
    pub namespace: Option<String>,
    /// The volume.
    pub volume: Volume,
}

/// A pod with the images of all its containers and of its image volumes.
pub(super) fn pod(pod: &core::Pod) -> Pod {
    let spec = pod.spec.clone().unwrap_or_default();
    let status = pod.status.clone().unwrap_or_default();
    let statuses = [
        status.container_statuses.as_deref(),
        status.init_container_statuses.as_deref(),
        status.ephemeral_container_statuses.as_deref(),
    ];
    let statuses: Vec<&ContainerStatus> = statuses.into_iter().flatten().flatten().collect();
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let containers = containers.map(|c| (c.name.clone(), c.image.clone()));
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let ephemeral = ephemeral.map(|c| (c.name.clone(), c.image.clone()));
    let mut images: Vec<Image> = containers
        .chain(ephemeral)
        .map(|(name, image)| Image {
            running: statuses.iter().find(|s| s.name == name).and_then(|s| running(s)),
            of: format!("container {name}"),
            image: image.unwrap_or_default(),
        })
        .collect();
    let volumes = spec.volumes.iter().flatten().filter_map(|volume| {
        let image = volume.image.as_ref()?.reference.clone()?;
        Some(Image { of: format!("volume {}", volume.name), image, running: None })
    });
    images.extend(volumes);
    let volumes = spec.volumes.iter().flatten().filter_map(own_volume).collect();
    Pod { name: pod.name_any(), node: spec.node_name, images, volumes }
}

/// Volumes whose place is that of the pod, or of what is told elsewhere: its claims and its images.
const PLACED: [&str; 8] = [
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// A volume that a pod names past any claim, and what it is there.
fn own_volume(volume: &core::Volume) -> Option<OwnVolume> {
    let written = serde_json::to_value(volume).unwrap_or_default();
    let (kind, value) = written.as_object()?.iter().find(|(key, _)| *key != "name")?;
    let source = || place(value).map_or_else(|| kind.clone(), |place| format!("{kind} {place}"));
    (!PLACED.contains(&kind.as_str())).then(|| OwnVolume { name: volume.name.clone(), source: source() })
}

/// Where a source is, as far as it names a driver, a server or a path.
fn place(value: &Value) -> Option<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let parts = [text("driver"), text("server"), text("path")];
    let place = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!place.is_empty()).then_some(place)
}

/// What a container runs or ran, once it has started.
fn running(status: &ContainerStatus) -> Option<String> {
    let state = status.state.as_ref()?;
    let started = state.running.is_some() || state.terminated.is_some();
    (started || !status.image_id.is_empty()).then(|| status.image_id.clone())
}

/// Name of the guard that a binding makes hold: all of it, and refusing.
pub(super) fn guard(binding: &Binding) -> Option<String> {
    let spec = &binding.spec;
    let denies = spec.validation_actions.iter().any(|action| action == "Deny");
    let all = spec.match_resources.is_none() && spec.param_ref.is_none();
    (denies && all).then(|| spec.policy_name.clone())
}

/// Name of an admission policy, and the digest of what it says where Beffroi acts as `identity`.
pub(super) fn policy(policy: &DynamicObject, identity: &str) -> (String, String) {
    let text = guards::text(policy.data.get("spec").unwrap_or(&Value::Null));
    (policy.name_any(), guards::digest(&text, identity))
}

/// Annotation that names the storage class of a claim or a volume, and wins over the spec where it stands.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// Annotation of a volume: who provisioned it.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";

/// The storage class of a claim or a volume, as Kubernetes reads it.
fn class_of(object: &impl ResourceExt, spec: Option<String>) -> Option<String> {
    object.annotations().get(CLASS).cloned().or(spec)
}

/// A claim of a volume.
pub(super) fn claim(claim: &PersistentVolumeClaim) -> Claim {
    let spec = claim.spec.clone().unwrap_or_default();
    Claim {
        name: claim.name_any(),
        class: class_of(claim, spec.storage_class_name),
        volume: spec.volume_name,
    }
}

/// A storage class.
pub(super) fn class(class: &StorageClass) -> ClassFacts {
    ClassFacts {
        provisioner: class.provisioner.clone(),
        parameters: class.parameters.clone().unwrap_or_default(),
        undeclared: Vec::new(),
    }
}

/// A volume, with what it is bound to.
pub(super) fn volume(volume: &PersistentVolume) -> VolumeRow {
    let spec = volume.spec.clone().unwrap_or_default();
    let (source, handle) = source(&spec);
    let Topology { asked: topology, loose } = topology(volume, &spec);
    let csi = spec.csi.as_ref();
    VolumeRow {
        namespace: spec.claim_ref.as_ref().and_then(|claim| claim.namespace.clone()),
        volume: Volume {
            name: volume.name_any(),
            known: true,
            class: class_of(volume, spec.storage_class_name.clone()),
            source,
            driver: csi.map(|csi| csi.driver.clone()),
            handle,
            attributes: csi.and_then(|csi| csi.volume_attributes.clone()).unwrap_or_default(),
            provisioner: volume.annotations().get(PROVISIONED_BY).cloned(),
            topology,
            loose,
            nodes: Vec::new(),
        },
    }
}

/// Fields of a volume that are not its source.
const COMMON: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// Kind of a volume's source, and what it is there. A kind that Kubernetes may add is named as it is written.
fn source(spec: &PersistentVolumeSpec) -> (String, Option<String>) {
    if let Some(csi) = &spec.csi {
        return ("csi".into(), Some(csi.volume_handle.clone()));
    }
    if let Some(local) = &spec.local {
        return ("local".into(), Some(local.path.clone()));
    }
    let written = serde_json::to_value(spec).unwrap_or_default();
    let kinds = written.as_object().into_iter().flatten();
    let found = kinds.into_iter().find(|(key, _)| !COMMON.contains(&key.as_str()));
    found.map_or_else(|| ("unknown".to_owned(), None), |(kind, value)| (kind.clone(), place(value)))
}

/// What a volume says of its place.
#[derive(Default)]
struct Topology {
    /// Labels that its nodes must bear, by any of its alternatives, each with the values that it takes.
    asked: BTreeMap<String, Vec<String>>,
    /// Those that not every alternative asks for.
    loose: Vec<String>,
}

/// Labels that a volume's nodes must bear: those of its node affinity, and its own labels of topology, which the
/// scheduler holds its pods to as well.
fn topology(volume: &PersistentVolume, spec: &PersistentVolumeSpec) -> Topology {
    let required = spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    let terms = required.map(|selector| selector.node_selector_terms.as_slice()).unwrap_or_default();
    let mut found = Topology::default();
    let mut times = BTreeMap::<&str, usize>::new();
    for term in terms {
        let expressions = term.match_expressions.iter().flatten().filter(|e| e.operator == "In");
        let mut keys = BTreeSet::new();
        for expression in expressions {
            keys.insert(expression.key.as_str());
            let values = found.asked.entry(expression.key.clone()).or_default();
            values.extend(expression.values.clone().unwrap_or_default());
        }
        for key in keys {
            *times.entry(key).or_default() += 1;
        }
    }
    let loose = times.into_iter().filter(|(_, times)| *times < terms.len());
    found.loose = loose.map(|(key, _)| key.to_owned()).collect();
    for (key, value) in volume.labels().iter().filter(|(key, _)| speaks_of_place(key)) {
        let values = value.split("__").map(str::to_owned);
        found.asked.entry(key.clone()).or_default().extend(values);
        found.loose.retain(|loose| loose != key);
    }
    for values in found.asked.values_mut() {
        values.sort();
        values.dedup();
    }
    found
}

/// A service, where it opens a way beyond the cluster's own network.
pub(super) fn service(service: &core::Service) -> Option<Service> {
    let spec = service.spec.clone().unwrap_or_default();
    let type_ = spec.type_.unwrap_or_else(|| "ClusterIP".to_owned());
    let mut addresses = spec.external_ips.unwrap_or_default();
    if type_ == "ClusterIP" && addresses.is_empty() {
        return None;
    }
    addresses.extend(spec.external_name);
    let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    for point in balancer.iter().flat_map(|b| b.ingress.iter().flatten()) {
        addresses.extend(point.ip.clone().or_else(|| point.hostname.clone()));
    }
    Some(Service { name: service.name_any(), type_, addresses })
}

/// What is kept of an ingress.
#[derive(Clone, Debug, PartialEq)]
pub struct IngressRow {
    /// Its place.
    pub seen: Ingress,
    /// Hosts that its rules and certificates name.
    pub hosts: BTreeSet<String>,
}

/// An ingress.
pub(super) fn ingress(ingress: &networking::Ingress) -> IngressRow {
    let spec = ingress.spec.as_ref();
    let rules = spec.iter().flat_map(|spec| spec.rules.iter().flatten()).filter_map(|rule| rule.host.clone());
    let tls = spec.iter().flat_map(|spec| spec.tls.iter().flatten());
    let hosts = rules.chain(tls.flat_map(|tls| tls.hosts.iter().flatten().cloned())).collect();
    IngressRow { seen: entrance(ingress), hosts }
}

fn entrance(ingress: &networking::Ingress) -> Ingress {
    let class = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.clone());
    let legacy = || ingress.annotations().get("kubernetes.io/ingress.class").cloned();
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let points = balancer.iter().flat_map(|b| b.ingress.iter().flatten());
    Ingress {
        name: ingress.name_any(),
        class: class.or_else(legacy),
        addresses: points.filter_map(|p| p.ip.clone().or_else(|| p.hostname.clone())).collect(),
    }
}

/// A source of Flux; a bucket's address is that of its server and its name there.
pub(super) fn flux_source(kind: &str, object: &DynamicObject) -> Source {
    let text = |key: &str| text(object, key).map(str::to_owned);
    let bucket = || Some(format!("{}/{}", text("/spec/endpoint")?, text("/spec/bucketName")?));
    Source {
        kind: kind.to_owned(),
        name: object.name_any(),
        url: text("/spec/url").or_else(bucket).unwrap_or_default(),
    }
}
