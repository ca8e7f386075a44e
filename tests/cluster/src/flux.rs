//! Flux's source- and helm-controller: kinds → `ServiceAccount` → two processes beside the cluster.

use std::{fmt::Debug, path::Path};

use k8s_openapi::{
    api::{
        core::v1::{Namespace, ServiceAccount},
        rbac::v1::ClusterRoleBinding,
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Cluster, Error, Guarded, control_plane::PATIENCE, free_port};

const NAMESPACE: &str = "flux-system";
const ACCOUNT: &str = "flux";

impl Cluster {
    /// Installs Flux's kinds and starts its controllers.
    ///
    /// # Errors
    /// When they cannot be installed or started.
    pub async fn start_flux(&mut self) -> Result<(), Error> {
        self.flux_kinds().await?;
        self.flux_account().await?;
        let kubeconfig = self.folder().join("flux.kubeconfig");
        let text = self.kubeconfig_of(NAMESPACE, ACCOUNT).await?;
        std::fs::write(&kubeconfig, text).map_err(Error::files("writing", &kubeconfig))?;

        let storage = self.folder().join("flux");
        std::fs::create_dir_all(&storage).map_err(Error::files("creating", &storage))?;
        let files = format!("127.0.0.1:{}", free_port()?);
        let source = vec![
            format!("--storage-path={}", storage.display()),
            format!("--storage-addr={files}"),
            format!("--storage-adv-addr={files}"),
        ];
        // As a hardened Flux is run: a release may use only its own namespace's sources and rights.
        let helm =
            vec!["--no-cross-namespace-refs=true".to_owned(), "--default-service-account=default".to_owned()];
        let mut started = Vec::new();
        for (name, own) in [("source-controller", source), ("helm-controller", helm)] {
            started.push(self.start_controller(name, own, &kubeconfig)?);
        }
        for (process, health) in &mut started {
            process.until(PATIENCE, async || tokio::net::TcpStream::connect(&*health).await.is_ok()).await?;
        }
        self.flux = started.into_iter().map(|(process, _)| process).collect();
        Ok(())
    }

    /// Stops Flux's controllers; its kinds stay.
    pub fn stop_flux(&mut self) {
        self.flux.clear();
    }

    /// Starts one, and tells where its health is.
    fn start_controller(
        &self,
        name: &str,
        own: Vec<String>,
        kubeconfig: &Path,
    ) -> Result<(Guarded, String), Error> {
        let health = format!("127.0.0.1:{}", free_port()?);
        let mut command = vec![self.parts().program(name).display().to_string()];
        command.extend(own);
        command.extend([format!("--health-addr={health}")]);
        command.extend(
            [
                "--metrics-addr=0",
                "--events-addr=",
                "--enable-leader-election=false",
                "--concurrent=8",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                // What waits for something looks again soon: tests wait with it.
                "--requeue-dependency=2s",
                "--min-retry-delay=250ms",
                "--max-retry-delay=10s",
                "--interval-jitter-percentage=0",
            ]
            .map(str::to_owned),
        );
        let home = self.folder().display().to_string();
        let env = [
            ("KUBECONFIG", kubeconfig.display().to_string()),
            ("RUNTIME_NAMESPACE", NAMESPACE.to_owned()),
            ("HOME", home.clone()),
            ("TMPDIR", home),
        ];
        Ok((Guarded::start(self.parts(), name, self.folder(), &command, &env)?, health))
    }

    /// Upstream's rights: the controllers are cluster-admin, and impersonate each release's own account.
    async fn flux_account(&self) -> Result<(), Error> {
        let client = self.admin();
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        apply(&Api::<Namespace>::all(client.clone()), &namespace).await?;
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}});
        apply(&Api::<ServiceAccount>::namespaced(client.clone(), NAMESPACE), &account).await?;
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
        });
        apply(&Api::<ClusterRoleBinding>::all(client), &binding).await
    }

    pub(crate) async fn flux_kinds(&mut self) -> Result<(), Error> {
        let api: Api<CustomResourceDefinition> = Api::all(self.admin());
        let mut names = Vec::new();
        for carried in ["flux-source", "flux-helm"] {
            for text in self.parts().carried(carried)? {
                let object: Value = serde_yaml::from_str(&text)
                    .map_err(|e| Error::Other(format!("Flux's CRDs cannot be read: {e}")))?;
                apply(&api, &object).await?;
                names.extend(object["metadata"]["name"].as_str().map(str::to_owned));
            }
        }
        self.until_answering(async || {
            let Ok(list) = api.list(&ListParams::default()).await else { return false };
            let established: Vec<_> = list.items.iter().filter(|kind| is_established(kind)).collect();
            names.iter().all(|name| established.iter().any(|kind| kind.metadata.name.as_ref() == Some(name)))
        })
        .await
    }
}

fn is_established(kind: &CustomResourceDefinition) -> bool {
    let conditions = kind.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Established" && condition.status == "True")
}

async fn apply<K: Clone + Debug + DeserializeOwned>(api: &Api<K>, object: &Value) -> Result<(), Error> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let applied =
        api.patch(name, &PatchParams::apply("beffroi-cluster").force(), &Patch::Apply(object)).await;
    applied.map(|_| ()).map_err(Error::kubernetes("installing Flux"))
}
