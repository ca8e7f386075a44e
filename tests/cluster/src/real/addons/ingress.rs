//! Ways in: Contour and Envoy, as `examples/contour` and `examples/gateway` of their publisher have them.

use super::apply;
use crate::{Cluster, Error, real::World};

impl Cluster {
    /// An ingress controller on ports 80 and 443 of every machine, which serves Gateway API as well.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub async fn start_ingress(&mut self, world: &World) -> Result<(), Error> {
        // By name: namespace, configuration, and the rest, which reads the configuration once, when it starts. That of
        // the second folder, with the Gateway, takes the place of the first's.
        let [common, _, rest @ ..] = &world.parts().carried("contour")?[..] else {
            return Err(Error::Other("Contour's manifests are not where they were".into()));
        };
        let gateway = world.parts().carried("contour-gateway")?;
        let manifest = [common].into_iter().chain(&gateway).chain(rest);
        let manifest: String = manifest.map(|text| format!("---\n{text}\n")).collect();
        apply(self, &manifest).await?;
        self.rolled_out("projectcontour", "deployment/contour").await?;
        self.rolled_out("projectcontour", "daemonset/envoy").await
    }
}
