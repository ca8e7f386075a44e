//! Names: `CoreDNS`, which answers for the cluster's own and for those of this world, and asks nobody further.

use super::{apply, text};
use crate::{
    Cluster, Error,
    real::{image, machine::CLUSTER_DNS},
};

const MANIFEST: &str = include_str!("coredns.yaml");

impl Cluster {
    /// Starts it, one on each machine.
    pub(crate) async fn start_names(&self) -> Result<(), Error> {
        apply(self, &MANIFEST.replace("IMAGE", image::COREDNS).replace("ADDRESS", CLUSTER_DNS)).await?;
        self.rolled_out("kube-system", "deployment/coredns").await
    }

    /// Makes names of this world known to pods: each with the address that it stands for. What was told before is
    /// forgotten.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn tell_names(&self, names: &[(&str, &str)]) -> Result<(), Error> {
        let hosts: String = names.iter().map(|(name, address)| format!("{address} {name}\n")).collect();
        let object = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "world", "namespace": "kube-system"},
            "data": {"hosts": hosts},
        });
        apply(self, &text(&[object])).await
    }
}
