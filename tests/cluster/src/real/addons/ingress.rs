//! Ways in: Contour and Envoy, as `examples/contour` and `examples/gateway` of their publisher have them.

use serde_json::{Value, json};

use super::{apply, text};
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
        let manifest = format!("{manifest}---\n{}", text(&listeners()?));
        apply(self, &manifest).await?;
        self.rolled_out("projectcontour", "deployment/contour").await?;
        self.rolled_out("projectcontour", "daemonset/envoy").await
    }
}

/// The Gateway with a listener for TLS as well: with a Gateway, Contour serves Ingresses at its listeners too, and shows
/// each host's own certificate. The listener's is for hosts that nobody serves.
fn listeners() -> Result<Vec<Value>, Error> {
    let nobody = rcgen::generate_simple_self_signed(["invalid.test".to_owned()]);
    let nobody = nobody.map_err(|error| Error::Other(format!("no certificate could be made: {error}")))?;
    let metadata = |name: &str| json!({"name": name, "namespace": "projectcontour"});
    let listener = |name: &str, protocol: &str, port: u16| json!({"name": name, "protocol": protocol, "port": port, "allowedRoutes": {"namespaces": {"from": "All"}}});
    let mut secure = listener("https", "HTTPS", 443);
    secure["tls"] = json!({"mode": "Terminate", "certificateRefs": [{"name": "nobody"}]});
    Ok(vec![
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata("nobody"), "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": nobody.cert.pem(), "tls.key": nobody.signing_key.serialize_pem()},
        }),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": metadata("contour"),
            "spec": {"gatewayClassName": "example", "listeners": [listener("http", "HTTP", 80), secure]},
        }),
    ])
}
