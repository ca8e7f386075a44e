//! What a cluster of machines needs before apps run, as its publisher's own manifests say where there are any: a
//! manifest → [`documents`] → [`apply`], each kind once it is served → rolled out.

mod flux;
mod ingress;
mod names;
mod volumes;

use std::time::{Duration, Instant};

use kube::{
    Api, Client, Discovery,
    api::{DynamicObject, Patch, PatchParams},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{Cluster, Error, control_plane::PATIENCE};

impl Cluster {
    /// Waits for a Deployment or DaemonSet, as `kubectl rollout status` does.
    ///
    /// # Errors
    /// When it is not ready within three minutes.
    pub async fn rolled_out(&self, namespace: &str, workload: &str) -> Result<(), Error> {
        self.kubectl(&["rollout", "status", workload, "--namespace", namespace, "--timeout=180s"])
            .await
            .map(|_| ())
    }
}

/// The objects of a file.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, Error> {
    let parsed = serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect::<Result<Vec<_>, _>>();
    let objects = parsed.map_err(|error| Error::Other(format!("a manifest cannot be read: {error}")))?;
    Ok(objects.into_iter().filter(|object| !object.is_null()).collect())
}

/// Applies objects in their order; kinds that are new among them are known a moment later.
pub(super) async fn apply(client: &Client, objects: &[Value]) -> Result<(), Error> {
    let mut known = discover(client).await?;
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let wanted = kube::core::GroupVersionKind::gvk(group, version, kind);
        let begun = Instant::now();
        loop {
            if let Some((resource, capabilities)) = known.resolve_gvk(&wanted) {
                let api: Api<DynamicObject> = match capabilities.scope {
                    kube::discovery::Scope::Cluster => Api::all_with(client.clone(), &resource),
                    kube::discovery::Scope::Namespaced => {
                        let namespace = text("/metadata/namespace");
                        let namespace = if namespace.is_empty() { "default" } else { namespace };
                        Api::namespaced_with(client.clone(), namespace, &resource)
                    }
                };
                let params = PatchParams::apply("beffroi-cluster").force();
                let applied = api.patch(text("/metadata/name"), &params, &Patch::Apply(object)).await;
                applied.map_err(Error::kubernetes("installing a part of the cluster"))?;
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err(Error::Other(format!("the cluster does not know kind {kind} of {group}")));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            known = discover(client).await?;
        }
    }
    Ok(())
}

async fn discover(client: &Client) -> Result<Discovery, Error> {
    let discovery = Discovery::new(client.clone()).run().await;
    discovery.map_err(Error::kubernetes("asking which kinds there are"))
}
