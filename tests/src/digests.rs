//! What each guard of chart `beffroi-site` says, as a digest: the chart, rendered in a namespace → the text that the
//! operator compares with.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::{Context, Result};
use beffroi_cluster::helm;
use beffroi_core::site::guards;
use serde_json::{Value, json};

use crate::{
    fleet::{IDENTITY, chart},
    samples,
};

/// Where the operator has them from.
pub fn file() -> PathBuf {
    samples::root().join("core/src/site/guards.txt")
}

/// A guard a line, with the digest of what it says where the chart is installed in `namespace`.
///
/// # Errors
/// When the chart cannot be rendered.
pub async fn render(namespace: &str) -> Result<String> {
    let manifests = helm::render(namespace, &chart("beffroi-site"), &json!({})).await?;
    let identity = format!("system:serviceaccount:{namespace}:{IDENTITY}");
    let mut lines = Vec::new();
    let is_guard = |manifest: &&Value| {
        manifest["kind"] == "ValidatingAdmissionPolicy"
            && manifest["metadata"]["labels"]["app.kubernetes.io/component"] == "guard"
    };
    for policy in manifests.iter().filter(is_guard) {
        let name = policy["metadata"]["name"].as_str().context("a policy without name")?;
        lines.push((name, guards::digest(&guards::text(&policy["spec"]), &identity)));
    }
    lines.sort_unstable();
    let mut text = String::new();
    for (name, digest) in lines {
        writeln!(text, "{name} {digest}")?;
    }
    Ok(text)
}
