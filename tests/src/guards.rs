//! The guards of a site, got past as an administrator in an emergency would: their bindings are removed → they
//! no longer hold → the bindings are put back → they hold again.

use std::time::Duration;

use anyhow::{Result, ensure};
use beffroi_cluster::Cluster;
use k8s_openapi::api::{
    admissionregistration::v1::ValidatingAdmissionPolicyBinding as Binding, core::v1::Namespace,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams},
};

use crate::eventually;

/// Guards that were lifted.
#[must_use = "put them back with `restore`"]
pub struct Lifted(Vec<Binding>);

/// Removes the bindings of the site's guards, and waits until they no longer hold.
///
/// # Errors
/// When the API server refuses, or they still hold after half a minute.
pub async fn lift(site: &Cluster) -> Result<Lifted> {
    let api: Api<Binding> = Api::all(site.admin());
    let ours = ListParams::default().labels("app.kubernetes.io/component=guard");
    let bindings = api.list(&ours).await?.items;
    for binding in &bindings {
        api.delete(&binding.name_any(), &DeleteParams::default()).await?;
    }
    until(site, false).await?;
    Ok(Lifted(bindings))
}

/// Puts them back, and waits until they hold.
///
/// # Errors
/// When the API server refuses, or they do not hold after half a minute.
pub async fn restore(site: &Cluster, lifted: Lifted) -> Result<()> {
    let api: Api<Binding> = Api::all(site.admin());
    for mut binding in lifted.0 {
        let labels = binding.metadata.labels.take();
        binding.metadata = ObjectMeta { name: binding.metadata.name, labels, ..ObjectMeta::default() };
        api.create(&PostParams::default(), &binding).await?;
    }
    until(site, true).await
}

/// Waits until the guards hold, or no longer do: the API server takes note of them after a moment.
///
/// # Errors
/// When that is not so after half a minute.
pub async fn until(site: &Cluster, hold: bool) -> Result<()> {
    let api: Api<Namespace> = Api::all(site.admin());
    let label = ("beffroi.fr/workspace-uid".to_owned(), "personne".to_owned());
    let intruder = Namespace {
        metadata: ObjectMeta {
            name: Some("intrus".to_owned()),
            labels: Some([label].into()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    eventually("a change of the guards", async || {
        let refused = match api.create(&dry, &intruder).await {
            Ok(_) => false,
            Err(kube::Error::Api(status)) if status.message.contains("ADM-01") => true,
            Err(other) => return Err(other.into()),
        };
        ensure!(refused == hold, "the guards of {} hold: {refused}", site.name());
        Ok(())
    })
    .await?;
    // They do not all come at the same moment.
    tokio::time::sleep(Duration::from_secs(3)).await;
    Ok(())
}
