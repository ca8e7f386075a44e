//! Flux's source- and helm-controller as pods, hardened as the processes beside simulated nodes are.

use super::apply;
use crate::{Cluster, Error, real::image};

const MANIFEST: &str = include_str!("flux.yaml");

impl Cluster {
    /// Installs Flux's kinds and starts its controllers in pods.
    ///
    /// # Errors
    /// When they cannot be installed.
    pub async fn start_flux_pods(&mut self) -> Result<(), Error> {
        self.flux_kinds().await?;
        let [source, helm] = image::FLUX;
        apply(self, &MANIFEST.replace("SOURCE", source).replace("HELM", helm)).await?;
        self.rolled_out("flux-system", "deployment/source-controller").await?;
        self.rolled_out("flux-system", "deployment/helm-controller").await
    }
}
