//! `beffroi` as people run it: arguments → a process → what it printed and its exit code.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::without_proxy;
use tokio::process::Command;

use crate::{Fleet, Operator, operator::program};

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs it as the administrator of the management cluster, with the operator's log.
///
/// # Errors
/// When it is not built.
pub async fn run(fleet: &Fleet, operator: &Operator, arguments: &[&str]) -> Result<Ran> {
    let mut command = Command::new(program("beffroi")?);
    command.env("KUBECONFIG", fleet.management.kubeconfig()).env("BEFFROI_LOG", operator.evidence_log());
    without_proxy(command.as_std_mut());
    finish(command.args(arguments)).await
}

/// Runs it on a machine without cluster and without log: what is said to work offline is tried so.
///
/// # Errors
/// When it is not built.
pub async fn run_offline(arguments: &[&str]) -> Result<Ran> {
    let mut command = Command::new(program("beffroi")?);
    command.env_clear().env("KUBECONFIG", "/nowhere").env("BEFFROI_LOG", "http://127.0.0.1:9");
    finish(command.args(arguments)).await
}

/// Verifies a bundle offline; returns the exit code and what was printed.
///
/// # Errors
/// When it is not built.
pub async fn verify(bundle: &Path, key: &Path, more: &[&str]) -> Result<Ran> {
    let (bundle, key) = (bundle.display().to_string(), key.display().to_string());
    let mut arguments = vec!["verify", &bundle, "--key", &key];
    arguments.extend(more);
    run_offline(&arguments).await
}

async fn finish(command: &mut Command) -> Result<Ran> {
    let done = command.output().await.context("starting beffroi")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ran { code: done.status.code().unwrap_or(-1), out: text(&done.stdout), err: text(&done.stderr) })
}

impl Ran {
    /// What it printed, if it ended well.
    ///
    /// # Errors
    /// When it did not.
    pub fn ok(self) -> Result<String> {
        ensure!(self.code == 0, "exit code {}: {}{}", self.code, self.out, self.err);
        Ok(self.out)
    }
}
