//! An OCI registry on loopback, and charts pushed to it.

use std::{path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{Error, Guarded, free_port, helm, parts::Parts};

/// A registry on loopback.
#[derive(Debug)]
pub struct Registry {
    parts: Parts,
    port: u16,
    folder: TempDir,
    _process: Guarded,
}

/// A chart in a registry.
#[derive(Clone, Debug)]
pub struct PushedChart {
    /// `oci://HOST/charts/NAME`.
    pub repository: String,
    /// Version of the chart.
    pub version: String,
    /// Digest of its manifest.
    pub digest: String,
}

impl Registry {
    /// Starts a registry on a free port.
    ///
    /// # Errors
    /// When it cannot be built or started.
    pub async fn start() -> Result<Self, Error> {
        let parts = tokio::task::block_in_place(Parts::ready)?;
        let folder = tempfile::tempdir().map_err(Error::files("creating", "a temporary folder"))?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let command = [parts.program("crane").display().to_string(), "registry".into(), "serve".into(), "--address".into(), address.clone()];
        let mut process = Guarded::start(&parts, "registry", folder.path(), &command, &[])?;
        process.until(Duration::from_secs(20), async || tokio::net::TcpStream::connect(&address).await.is_ok()).await?;
        Ok(Self { parts, port, folder, _process: process })
    }

    /// Host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Packages a chart folder and pushes it.
    ///
    /// # Errors
    /// When helm refuses.
    pub async fn push_chart(&self, chart: &Path) -> Result<PushedChart, Error> {
        let archive = helm::package(&self.parts, chart, self.folder.path()).await?;
        let target = format!("oci://{}/charts", self.host());
        let mut command = Command::new(self.parts.program("helm"));
        command.args(["push", &archive, &target, "--plain-http"]);
        let output = helm::run(command, self.folder.path()).await?;
        let field = |name: &str| {
            output.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let told = field("Pushed:").zip(field("Digest:"));
        let (pushed, digest) = told.ok_or_else(|| Error::Other(format!("helm push did not tell the digest:\n{output}")))?;
        let (repository, version) = pushed.rsplit_once(':').unwrap_or((&pushed, ""));
        Ok(PushedChart { repository: format!("oci://{repository}"), version: version.to_owned(), digest })
    }
}

/// Values for a chart that needs none.
pub fn no_values() -> Value {
    Value::Object(serde_json::Map::new())
}
