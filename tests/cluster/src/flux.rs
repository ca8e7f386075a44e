//! Flux's source- and helm-controller, as processes beside the cluster, under a ServiceAccount of their own.

use std::time::Duration;

use k8s_openapi::{
    api::{
        core::v1::{Namespace, ServiceAccount},
        rbac::v1::ClusterRoleBinding,
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

use crate::{Cluster, Error, Guarded, free_port};

const NAMESPACE: &str = "flux-system";

impl Cluster {
    /// Installs Flux's kinds and starts its controllers.
    ///
    /// # Errors
    /// When they cannot be installed or started.
    pub async fn start_flux(&mut self) -> Result<(), Error> {
        self.flux_kinds().await?;
        let client = self.admin();
        for (api, object) in [
            (Box::new(Api::<Namespace>::all(client.clone())) as Box<dyn Applied>, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})),
            (Box::new(Api::<ServiceAccount>::namespaced(client.clone(), NAMESPACE)), json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "flux"}})),
            (Box::new(Api::<ClusterRoleBinding>::all(client.clone())), json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "flux"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "flux", "namespace": NAMESPACE}],
            })),
        ] {
            api.apply(object).await?;
        }
        let kubeconfig = self.folder().join("flux.kubeconfig");
        let text = self.kubeconfig_of(NAMESPACE, "flux").await?;
        std::fs::write(&kubeconfig, text).map_err(Error::files("writing", &kubeconfig))?;

        let storage = self.folder().join("flux");
        std::fs::create_dir_all(&storage).map_err(Error::files("creating", &storage))?;
        let files = format!("127.0.0.1:{}", free_port()?);
        let source = vec![
            format!("--storage-path={}", storage.display()),
            format!("--storage-addr={files}"),
            format!("--storage-adv-addr={files}"),
        ];
        let helm = vec!["--no-cross-namespace-refs=true".to_owned(), "--default-service-account=default".to_owned()];
        let mut started = Vec::new();
        for (name, own) in [("source-controller", source), ("helm-controller", helm)] {
            let health = format!("127.0.0.1:{}", free_port()?);
            let mut command = vec![self.parts().program(name).display().to_string()];
            command.extend(own);
            command.extend([
                format!("--metrics-addr=127.0.0.1:{}", free_port()?),
                format!("--health-addr={health}"),
                format!("--concurrent={}", 8),
                format!("--kube-api-qps={}", 200),
                format!("--kube-api-burst={}", 400),
                "--events-addr=".into(),
                "--enable-leader-election=false".into(),
                "--watch-all-namespaces=true".into(),
                "--log-level=info".into(),
                "--requeue-dependency=2s".into(),
            ]);
            let env = [
                ("KUBECONFIG", kubeconfig.display().to_string()),
                ("RUNTIME_NAMESPACE", NAMESPACE.to_owned()),
                ("HOME", self.folder().display().to_string()),
                ("TMPDIR", self.folder().display().to_string()),
            ];
            let mut process = Guarded::start(self.parts(), name, self.folder(), &command, &env)?;
            process
                .until(Duration::from_secs(60), async || tokio::net::TcpStream::connect(&health).await.is_ok())
                .await?;
            started.push(process);
        }
        self.flux = started;
        Ok(())
    }

    /// Stops Flux's controllers; its kinds stay.
    pub fn stop_flux(&mut self) {
        self.flux.iter_mut().for_each(Guarded::stop);
        self.flux.clear();
    }

    async fn flux_kinds(&self) -> Result<(), Error> {
        let api: Api<CustomResourceDefinition> = Api::all(self.admin());
        let mut names = Vec::new();
        for text in self.parts().carried("flux-source")?.iter().chain(&self.parts().carried("flux-helm")?) {
            let object: Value = serde_yaml::from_str(text).map_err(|e| Error::Other(format!("Flux's CRDs: {e}")))?;
            names.push(object["metadata"]["name"].as_str().unwrap_or_default().to_owned());
            api.apply(object).await?;
        }
        for name in names {
            loop {
                let crd = api.get(&name).await.map_err(Error::kubernetes("reading Flux's CRDs"))?;
                let conditions = crd.status.and_then(|s| s.conditions).unwrap_or_default();
                if conditions.iter().any(|c| c.type_ == "Established" && c.status == "True") {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }
}

/// Server-side apply of an object whose type only the API knows.
trait Applied {
    fn apply(&self, object: Value) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>>;
}

impl<K> Applied for Api<K>
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    fn apply(&self, object: Value) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>> {
        Box::pin(async move {
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            self.patch(&name, &PatchParams::apply("cluster").force(), &Patch::Apply(object))
                .await
                .map(|_| ())
                .map_err(Error::kubernetes("installing Flux"))
        })
    }
}
