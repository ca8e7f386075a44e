//! Ways in: Contour and Envoy, as `examples/contour` and `examples/gateway` of their publisher have them.

use super::{apply, documents};
use crate::{Cluster, Error, real::World};

impl Cluster {
    /// An ingress controller on ports 80 and 443 of every machine, which serves Gateway API as well.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub async fn start_ingress(&mut self, world: &World) -> Result<(), Error> {
        let mut objects = Vec::new();
        // The second folder's configuration stands in place of the first's.
        for folder in ["contour", "contour-gateway"] {
            for text in world.parts().carried(folder)? {
                objects.extend(documents(&text)?);
            }
        }
        for object in &mut objects {
            // One machine may be down while it rolls out.
            if object["kind"] == "Deployment" {
                object["spec"]["replicas"] = 2.into();
            }
        }
        apply(&self.admin(), &objects).await?;
        self.rolled_out("projectcontour", "deployment/contour").await?;
        self.rolled_out("projectcontour", "daemonset/envoy").await
    }
}
