//! An OCI registry on loopback, and charts pushed to it.

use std::path::Path;

use serde_json::Value;

use crate::{Error, Guarded, control_plane::PATIENCE, folder::Folder, free_port, helm, parts::Parts};

/// A registry on loopback; dropped, it ends. Several clusters may share it.
#[derive(Debug)]
pub struct Registry {
    // Ends before its folder goes.
    _process: Guarded,
    parts: Parts,
    address: String,
    port: u16,
    folder: Folder,
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
        let parts = Parts::prepared().await?;
        let mut attempts = 1;
        loop {
            match Self::try_start(parts.clone(), "127.0.0.1", free_port()?).await {
                // A port that was free a moment ago may be taken by now: try again on another.
                Err(error) if error.is_port_taken() && attempts < 4 => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    /// Starts a registry at an address of a world.
    pub(crate) async fn at(address: &str, port: u16) -> Result<Self, Error> {
        Self::try_start(Parts::prepared().await?, address, port).await
    }

    async fn try_start(parts: Parts, host: &str, port: u16) -> Result<Self, Error> {
        let folder = Folder::new("registry")?;
        let address = format!("{host}:{port}");
        let crane = parts.program("crane").display().to_string();
        let command = [&crane, "registry", "serve", "--address", &address].map(str::to_owned);
        let mut process = Guarded::start(&parts, "registry", folder.path(), &command, &[])?;
        process.until(PATIENCE, async || tokio::net::TcpStream::connect(&address).await.is_ok()).await?;
        Ok(Self { _process: process, parts, address: host.to_owned(), port, folder })
    }

    /// Host and port.
    pub fn host(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }

    /// Packages a chart folder and pushes it.
    ///
    /// # Errors
    /// When helm refuses.
    pub async fn push_chart(&self, chart: &Path) -> Result<PushedChart, Error> {
        let archive = helm::package(&self.parts, chart, self.folder.path()).await?;
        let target = format!("oci://{}/charts", self.host());
        let mut command = helm::guarded(&self.parts, self.parts.program("helm"));
        command.args(["push", &archive, &target, "--plain-http"]);
        let output = helm::run(command, self.folder.path()).await?;
        let field = |name: &str| {
            output.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let told = field("Pushed:").zip(field("Digest:"));
        let (pushed, digest) =
            told.ok_or_else(|| Error::Other(format!("helm push did not tell the digest:\n{output}")))?;
        let (repository, version) = pushed.rsplit_once(':').unwrap_or((&pushed, ""));
        Ok(PushedChart { repository: format!("oci://{repository}"), version: version.to_owned(), digest })
    }
}

/// Values for a chart that needs none.
pub fn no_values() -> Value {
    Value::Object(serde_json::Map::new())
}
