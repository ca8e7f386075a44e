//! Nodes of a running cluster, kept alive by kwok.

use k8s_openapi::api::core::v1::Node as Object;
use kube::{
    Api,
    api::{ListParams, PostParams},
};

use crate::{Cluster, Error, Guarded, Node, control_plane::PATIENCE};

/// Kwok has no behaviour built in; these files of its own give it nodes and pods that come up at once. Nodes show that
/// they live by their leases.
const STAGES: [&str; 2] = ["kwok-node-fast", "kwok-pod-fast"];

impl Cluster {
    /// Makes nodes and waits until pods can be scheduled on them.
    ///
    /// # Errors
    /// When the API server refuses, or kwok does not bring them up.
    pub async fn make_nodes(&mut self, nodes: &[Node]) -> Result<(), Error> {
        if nodes.is_empty() {
            return Ok(());
        }
        let api: Api<Object> = Api::all(self.admin());
        let mut names = Vec::new();
        for node in nodes {
            let made = api.create(&PostParams::default(), &node.object()).await;
            names.extend(made.map_err(Error::kubernetes("making a node"))?.metadata.name);
        }
        let mut kwok = match self.kwok.take() {
            Some(kwok) => kwok,
            None => self.start_kwok()?,
        };
        let ready = async || {
            let Ok(list) = api.list(&ListParams::default()).await else { return false };
            let ready: Vec<_> = list.items.iter().filter(|node| schedulable(node)).collect();
            names.iter().all(|name| ready.iter().any(|node| node.metadata.name.as_ref() == Some(name)))
        };
        let outcome = kwok.until(PATIENCE, ready).await;
        self.kwok = Some(kwok);
        outcome
    }

    fn start_kwok(&self) -> Result<Guarded, Error> {
        let stages = STAGES.iter().map(|name| self.parts().carried(name)).collect::<Result<Vec<_>, _>>()?;
        let path = self.folder().join("kwok.yaml");
        let stages = telling_images(&stages.concat().join("\n---\n"));
        std::fs::write(&path, stages).map_err(Error::files("writing", &path))?;
        let command = [
            self.parts().program("kwok").display().to_string(),
            format!("--kubeconfig={}", self.kubeconfig().display()),
            format!("--config={}", path.display()),
            "--manage-all-nodes=true".into(),
            "--node-lease-duration-seconds=40".into(),
        ];
        // Its home, so that it does not read settings of the user's.
        let home = [("HOME", self.folder().display().to_string())];
        Guarded::start(self.parts(), "kwok", self.folder(), &command, &home)
    }
}

/// Stages whose containers also tell which image they run, as a runtime does: the one that was asked for.
fn telling_images(stages: &str) -> String {
    let told = |line: &str| match line.trim_start().strip_prefix("- image: ") {
        Some(image) => {
            format!("{line}\n{}imageID: {image}\n", " ".repeat(line.len() - line.trim_start().len() + 2))
        }
        None => format!("{line}\n"),
    };
    stages.lines().map(told).collect()
}

/// Whether a node is Ready and the node controller has taken its first taint away.
pub(crate) fn schedulable(node: &Object) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
        && !taints.iter().any(|taint| taint.key == "node.kubernetes.io/not-ready")
}
