//! What a cluster of machines needs before apps run, as its publisher's own manifests say where there are any: a
//! manifest → [`apply`] → rolled out.

mod flux;
mod ingress;
mod names;
mod volumes;

use std::{
    fs,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;

use crate::{Cluster, Error};

/// How long a manifest may be refused because its own kinds are not served yet.
const MOMENT: Duration = Duration::from_secs(20);

impl Cluster {
    /// Waits for a Deployment or a `DaemonSet`, as `kubectl rollout status` does.
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
    let parsed =
        serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect::<Result<Vec<_>, _>>();
    let objects = parsed.map_err(|error| Error::Other(format!("a manifest cannot be read: {error}")))?;
    Ok(objects.into_iter().filter(|object| !object.is_null()).collect())
}

/// The text of objects, as kubectl takes it.
pub(super) fn text(objects: &[Value]) -> String {
    objects.iter().map(|object| format!("---\n{object}\n")).collect()
}

/// Applies a manifest as kubectl does; kinds that it brings itself are known a moment later, so it is tried again.
pub(super) async fn apply(cluster: &Cluster, manifest: &str) -> Result<(), Error> {
    let path = cluster.folder().join("manifest.yaml");
    fs::write(&path, manifest).map_err(Error::files("writing", &path))?;
    let file = path.display().to_string();
    let begun = Instant::now();
    loop {
        let applied = cluster.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &file]).await;
        match applied {
            Err(error) if begun.elapsed() > MOMENT => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
            Ok(_) => return Ok(()),
        }
    }
}
