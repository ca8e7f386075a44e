//! A right taken away where a test has installed a chart: `BEFFROI_WITHOUT` names it as it is displayed.

use std::{env, fmt::Debug};

use anyhow::Result;
use beffroi_cluster::Cluster;
use k8s_openapi::api::rbac::v1::{ClusterRole, Role};
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::atom::without;
use crate::fleet::NAMESPACE;

/// Names the right.
pub const WITHOUT: &str = "BEFFROI_WITHOUT";

/// Takes away from the cluster's roles what the environment says, if it says so.
///
/// # Errors
/// When the API server refuses.
pub async fn withdraw(cluster: &Cluster) -> Result<()> {
    let Some(atom) = env::var(WITHOUT).ok().filter(|atom| !atom.is_empty()) else { return Ok(()) };
    take_from(Api::<ClusterRole>::all(cluster.admin()), "ClusterRole", &atom).await?;
    take_from(Api::<Role>::namespaced(cluster.admin(), NAMESPACE), "Role", &atom).await
}

async fn take_from<K>(roles: Api<K>, kind: &str, atom: &str) -> Result<()>
where
    K: Resource + Clone + Debug + Serialize + DeserializeOwned,
{
    let ours = ListParams::default().labels("app.kubernetes.io/part-of=beffroi");
    for role in roles.list(&ours).await? {
        let mut manifest = serde_json::to_value(&role)?;
        // Those of a list do not say what they are.
        manifest["kind"] = Value::from(kind);
        if let Some(rules) = without(&manifest, atom) {
            manifest["rules"] = rules;
            let less: K = serde_json::from_value(manifest)?;
            roles.replace(&role.name_any(), &PostParams::default(), &less).await?;
        }
    }
    Ok(())
}
