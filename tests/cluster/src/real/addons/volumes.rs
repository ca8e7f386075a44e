//! Volumes: Rancher's local-path-provisioner, whose volumes are folders of the node that a pod runs on.

use serde_json::json;

use super::{apply, documents, text};
use crate::{
    Cluster, Error,
    real::{World, image},
};

impl Cluster {
    /// Volumes: a folder of the node that the pod runs on, by Rancher's local-path-provisioner; its class is the
    /// default.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub async fn start_volumes(&mut self, world: &World) -> Result<(), Error> {
        let mut objects = documents(&world.parts().carried_file("local-path", "local-path-storage.yaml")?)?;
        for object in &mut objects {
            match object["kind"].as_str() {
                Some("StorageClass") => {
                    object["metadata"]["annotations"] =
                        json!({"storageclass.kubernetes.io/is-default-class": "true"});
                }
                // Beside the node's other files, so that it goes with them.
                Some("ConfigMap") => {
                    let folder = self.folder().join("volumes").display().to_string();
                    let text = object["data"]["config.json"].as_str().unwrap_or_default();
                    object["data"]["config.json"] =
                        text.replace("/opt/local-path-provisioner", &folder).into();
                    let pod = object["data"]["helperPod.yaml"].as_str().unwrap_or_default();
                    object["data"]["helperPod.yaml"] = set_image(pod, image::SHELL).into();
                }
                _ => {}
            }
        }
        apply(self, &text(&objects)).await?;
        self.rolled_out("local-path-storage", "deployment/local-path-provisioner").await
    }
}

/// Sets the one image of a manifest that is kept as text.
fn set_image(text: &str, image: &str) -> String {
    let line = |line: &str| match line.find("image:") {
        Some(at) => format!("{}image: {image}\n", &line[..at]),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
