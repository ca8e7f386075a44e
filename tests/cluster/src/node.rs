//! A node to be; its labels and id are what a test chooses. By kwok it pretends to run pods, as a machine it runs them.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Node as Object, NodeSpec, NodeStatus},
    apimachinery::pkg::api::resource::Quantity,
};
use kube::api::ObjectMeta;

/// A node to be.
#[derive(Clone, Debug)]
pub struct Node {
    name: String,
    labels: BTreeMap<String, String>,
    provider_id: Option<String>,
    capacity: BTreeMap<String, Quantity>,
}

impl Node {
    /// A node of 16 processors, 64 GiB, 200 GiB of its own disk and 200 pods.
    pub fn named(name: &str) -> Self {
        let capacity = [("cpu", "16"), ("memory", "64Gi"), ("ephemeral-storage", "200Gi"), ("pods", "200")];
        let labels = [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux"), ("type", "kwok")];
        Self {
            name: name.to_owned(),
            labels: labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            provider_id: None,
            capacity: capacity.map(|(k, v)| (k.to_owned(), Quantity(v.to_owned()))).into(),
        }
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// With a `spec.providerID`.
    #[must_use]
    pub fn provider_id(mut self, id: &str) -> Self {
        self.provider_id = Some(id.to_owned());
        self
    }

    /// With so much of a resource, for example `cpu`.
    #[must_use]
    pub fn capacity(mut self, resource: &str, quantity: &str) -> Self {
        self.capacity.insert(resource.to_owned(), Quantity(quantity.to_owned()));
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its labels.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Its `spec.providerID`.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider_id.as_deref()
    }

    /// The object that kwok will bring to life.
    pub fn object(&self) -> Object {
        Object {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                labels: Some(self.labels.clone()),
                annotations: Some([("kwok.x-k8s.io/node".to_owned(), "fake".to_owned())].into()),
                ..ObjectMeta::default()
            },
            spec: Some(NodeSpec { provider_id: self.provider_id.clone(), ..NodeSpec::default() }),
            status: Some(NodeStatus {
                allocatable: Some(self.capacity.clone()),
                capacity: Some(self.capacity.clone()),
                ..NodeStatus::default()
            }),
        }
    }
}
