//! The second half of the demo: refused at the door → a node in Frankfurt, seen and drained → the proof, exported,
//! verified offline, and spoilt.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use beffroi_cluster::Cluster;
use beffroi_crds::{Workspace, WorkspaceStatus};
use beffroi_tests::{Fleet, Operator, cli, eventually, fleet::NAMESPACE, nodes};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{Api, Client, ResourceExt, api::PostParams};
use serde_json::json;

use crate::tell;

/// A workspace of the demo, and one of the sites where it lies.
pub(crate) struct Subject<'a> {
    fleet: &'a Fleet,
    operator: &'a Operator,
    workspace: &'a Workspace,
    namespace: String,
    site: &'a Cluster,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(fleet: &'a Fleet, operator: &'a Operator, workspace: &'a Workspace) -> Result<Self> {
        let status = workspace.status.clone().unwrap_or_default();
        let name = &status.sites.first().context("it lies nowhere")?.name;
        let namespace = status.namespace.context("it has no namespace")?;
        Ok(Self { fleet, operator, workspace, namespace, site: fleet.site(name)? })
    }

    /// A pod with an image from elsewhere does not get past the site's door.
    pub(crate) async fn foreign_image(&self) -> Result<()> {
        let restricted = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
        let pod: Pod = serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "curieux"},
            "spec": {"containers": [{"name": "app", "image": "docker.io/library/nginx:latest", "securityContext": restricted}]},
        }))?;
        let pods: Api<Pod> = Api::namespaced(self.site.admin(), &self.namespace);
        match pods.create(&PostParams::default(), &pod).await {
            Err(kube::Error::Api(refusal)) if refusal.message.contains("LOC-05") => {
                tell::line(&format!("site {} refuses: {}", self.site.name(), refusal.message));
                Ok(())
            }
            Err(other) => bail!("refused, but not for its registry: {other}"),
            Ok(_) => bail!("site {} let an image from elsewhere in", self.site.name()),
        }
    }

    /// A node says that it lies in Frankfurt: the verdict falls. It is drained: the verdict heals.
    pub(crate) async fn node_in_frankfurt(&self) -> Result<()> {
        let site = self.site.admin();
        let node = nodes::carrier(&site, &self.namespace).await?;
        let home = nodes::move_to(&site, &node, "eu-frankfurt-1").await?;
        let started = Instant::now();
        let fallen = self.until_located("False").await?;
        ensure!(started.elapsed() < Duration::from_secs(5), "told only after {:?}", started.elapsed());
        tell::line(&format!(
            "Located=False {:.1} s after node {node} said so",
            started.elapsed().as_secs_f64()
        ));
        for finding in &fallen.findings {
            tell::line(&format!(
                "{} {} {}: {}",
                finding.rule, finding.site, finding.object, finding.observed
            ));
            tell::line(&format!("       expected {}", finding.expected));
        }
        let drain = ["drain", node.as_str(), "--ignore-daemonsets", "--delete-emptydir-data", "--force"];
        let started = Instant::now();
        self.site.kubectl(&drain).await?;
        self.until_located("True").await?;
        tell::line(&format!("drained, and Located=True again, in {:.1} s", started.elapsed().as_secs_f64()));
        nodes::move_to(&site, &node, &home).await?;
        self.site.kubectl(&["uncordon", &node]).await?;
        tell::line(&format!("node {node} says {home} again, and takes pods"));
        Ok(())
    }

    /// The proof as a file, for somebody who has the public key and nothing else.
    pub(crate) async fn bundle(&self) -> Result<()> {
        let folder = self.fleet.management.folder();
        let (bundle, key) = (folder.join("bundle.json"), folder.join("beffroi.pub"));
        let maps: Api<ConfigMap> = Api::namespaced(self.fleet.management.admin(), NAMESPACE);
        let public = maps.get("beffroi-evidence").await?.data.unwrap_or_default();
        fs::write(&key, public.get("beffroi.pub").context("no public key is published")?)?;
        let (name, home) = (self.workspace.name_any(), self.workspace.namespace().unwrap_or_default());

        // The last verdict is written within moments of its change.
        let verified = eventually("the proof", async || {
            let target = bundle.display().to_string();
            let evidence = ["evidence", &name, "-n", &home, "-o", &target];
            cli::run(self.fleet, self.operator, &evidence).await?.ok()?;
            cli::verify(&bundle, &key, &["--workspace", &format!("{home}/{name}")]).await?.ok()
        })
        .await?;
        tell::line(&format!("beffroi evidence {name} -n {home} -o {}", bundle.display()));
        tell::line(&format!("beffroi verify {} --key {}", bundle.display(), key.display()));
        verified.lines().for_each(|line| tell::line(&format!("  {line}")));
        self.spoilt(&bundle, &key).await
    }

    async fn spoilt(&self, bundle: &Path, key: &Path) -> Result<()> {
        let mut bytes = fs::read(bundle)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let spoilt = bundle.with_file_name("spoilt.json");
        fs::write(&spoilt, bytes)?;
        let ran = cli::verify(&spoilt, key, &[]).await?;
        ensure!(ran.code == 20, "a changed bundle was taken: {ran:?}");
        tell::line(&format!("one bit of byte {middle} changed: exit code {}, {}", ran.code, ran.err.trim()));
        Ok(())
    }

    async fn until_located(&self, wanted: &str) -> Result<WorkspaceStatus> {
        let client: Client = self.fleet.management.admin();
        let api: Api<Workspace> = Api::namespaced(client, &self.workspace.namespace().unwrap_or_default());
        eventually(&format!("Located={wanted}"), async || {
            let status = api.get(&self.workspace.name_any()).await?.status.context("no status")?;
            let located = status.conditions.iter().find(|c| c.type_ == "Located").context("no verdict")?;
            ensure!(located.status == wanted, "{}: {}", located.status, located.message);
            Ok(status)
        })
        .await
    }
}
