//! Charts installed with helm, as a platform engineer would.

use std::{ffi::OsStr, path::Path, process::Stdio};

use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use crate::{Cluster, Error, folder::Folder, parts::Parts};

impl Cluster {
    /// `helm upgrade --install` into a namespace that is made where it is missing.
    ///
    /// # Errors
    /// When helm refuses; its output is in the error.
    pub async fn helm_install(
        &self,
        release: &str,
        namespace: &str,
        chart: &Path,
        values: &Value,
    ) -> Result<(), Error> {
        let file = self.folder().join(format!("{namespace}-{release}-values.json"));
        std::fs::write(&file, values.to_string()).map_err(Error::files("writing", &file))?;
        let mut command = guarded(self.parts(), self.parts().program("helm"));
        command
            .args(["upgrade", "--install", release])
            .arg(chart)
            .args(["--namespace", namespace, "--create-namespace", "--kubeconfig"])
            .arg(self.kubeconfig())
            .arg("--values")
            .arg(&file);
        run(command, self.folder()).await.map(|_| ())
    }

    /// `helm uninstall`, and waits until what it removes is gone.
    ///
    /// # Errors
    /// When helm refuses; its output is in the error.
    pub async fn helm_uninstall(&self, release: &str, namespace: &str) -> Result<(), Error> {
        let mut command = guarded(self.parts(), self.parts().program("helm"));
        command.args(["uninstall", release, "--wait", "--namespace", namespace, "--kubeconfig"]);
        command.arg(self.kubeconfig());
        run(command, self.folder()).await.map(|_| ())
    }

    /// `helm`, or `helm3`, as the cluster's administrator; returns what it prints.
    ///
    /// # Errors
    /// When it fails; its output is in the error.
    pub async fn helm(&self, program: &str, arguments: &[&str]) -> Result<String, Error> {
        let mut command = guarded(self.parts(), self.parts().program(program));
        command.args(arguments).arg("--kubeconfig").arg(self.kubeconfig());
        run(command, self.folder()).await
    }

    /// `kubectl` as the cluster's administrator; returns what it prints.
    ///
    /// # Errors
    /// When it fails; its output is in the error.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String, Error> {
        let kubectl = self.parts().component("kubectl");
        let mut command = Command::new(self.parts().program("guard"));
        command.args(kubectl).arg("--kubeconfig").arg(self.kubeconfig());
        // What the API offers is kept by address: another cluster had this one before.
        command.arg("--cache-dir").arg(self.folder().join("kubectl")).args(arguments);
        run(command, self.folder()).await
    }
}

/// The manifests that a chart renders to; asks no cluster.
///
/// # Errors
/// When helm refuses; its output is in the error.
pub async fn render(namespace: &str, chart: &Path, values: &Value) -> Result<Vec<Value>, Error> {
    render_as("beffroi", namespace, chart, values, &[]).await
}

/// The same as a release of any name, with more `arguments` of `helm template`.
///
/// # Errors
/// When helm refuses; its output is in the error.
pub async fn render_as(
    release: &str,
    namespace: &str,
    chart: &Path,
    values: &Value,
    arguments: &[&str],
) -> Result<Vec<Value>, Error> {
    let (parts, folder) = (Parts::prepared().await?, Folder::new("render")?);
    let file = folder.path().join("values.json");
    std::fs::write(&file, values.to_string()).map_err(Error::files("writing", &file))?;
    let mut command = guarded(&parts, parts.program("helm"));
    command.args(["template", release]).arg(chart).args(["--namespace", namespace]).args(arguments);
    command.arg("--values").arg(&file);
    // What helm says beside the manifests is a log, line by line, that begins with its level.
    let output = run(command, folder.path()).await?;
    let text: String =
        output.lines().filter(|line| !line.starts_with("level=")).map(|l| format!("{l}\n")).collect();
    let documents = serde_yaml::Deserializer::from_str(&text);
    let parsed = documents.map(Value::deserialize).collect::<Result<Vec<_>, _>>();
    let manifests = parsed.map_err(|error| Error::Other(format!("helm renders no YAML: {error}\n{text}")))?;
    Ok(manifests.into_iter().filter(|manifest| !manifest.is_null()).collect())
}

/// Packages a chart folder; returns the archive.
pub(crate) async fn package(parts: &Parts, chart: &Path, folder: &Path) -> Result<String, Error> {
    let mut command = guarded(parts, parts.program("helm"));
    command.arg("package").arg(chart).arg("--destination").arg(folder);
    let output = run(command, folder).await?;
    let path = output.lines().find_map(|line| line.split(": ").nth(1)).map(str::to_owned);
    path.ok_or_else(|| Error::Other(format!("helm package did not say where the archive is:\n{output}")))
}

/// A program under guard, so that not even a moment's helper outlives us.
pub(crate) fn guarded(parts: &Parts, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(parts.program("guard"));
    command.arg(program);
    command
}

/// Runs a guarded command with helm's own files kept in `home`.
pub(crate) async fn run(mut command: Command, home: &Path) -> Result<String, Error> {
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(variable, home.join("helm"));
    }
    let name = format!("{:?}", command.as_std());
    let failed = |command: &Command| Error::files("running", command.as_std().get_program().to_owned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(failed(&command))?;
    // Held until the end: the guard watches it.
    let pipe = child.stdin.take();
    let output = child.wait_with_output().await.map_err(failed(&command))?;
    drop(pipe);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout) + &text(&output.stderr))
    } else {
        Err(Error::Command { command: name, output: text(&output.stdout) + &text(&output.stderr) })
    }
}
