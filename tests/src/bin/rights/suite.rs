//! The tests' program: run whole with the audit log on, or one test with a right less.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use beffroi_tests::{rights::WITHOUT, samples};
use tokio::process::Command;

/// No test takes so long that ends at all.
const LONGEST: Duration = Duration::from_mins(10);

/// The program.
pub struct Suite {
    program: PathBuf,
    patience: u64,
}

/// How a test ended.
pub enum Outcome {
    /// What it holds, held.
    Passed,
    /// It did not, and this was said of it.
    Failed(String),
    /// It had to be ended, which tells nothing.
    Endless,
}

impl Suite {
    /// Of this program; tests with a right less wait so many seconds.
    pub fn new(program: PathBuf, patience: u64) -> Self {
        Self { program, patience }
    }

    /// Runs every test, with each cluster's audit log in `audit`.
    ///
    /// # Errors
    /// When a test fails: rights that it would have exercised are missing.
    pub async fn run_all(&self, audit: &Path) -> Result<()> {
        let threads = std::env::var("RUST_TEST_THREADS").unwrap_or_else(|_| "3".into());
        // A test of another thread would be named after none: libtest runs a single one on its own.
        let status = self.command().env("BEFFROI_AUDIT", audit).env("RUST_TEST_THREADS", threads).status();
        let status = status.await.with_context(|| self.program.display().to_string())?;
        ensure!(
            status.success(),
            "the suite fails with all rights: remove {} and mend it first",
            audit.display()
        );
        Ok(())
    }

    /// Runs one test, without a right where one is named; API servers write into `audit`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(&self, test: &str, without: &str, audit: &Path) -> Result<Outcome> {
        let mut command = self.command();
        command.args(["--exact", test]).env(WITHOUT, without);
        command.env("BEFFROI_PATIENCE", self.patience.to_string()).env("BEFFROI_AUDIT", audit);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let ended = tokio::time::timeout(LONGEST, command.output()).await;
        let Ok(output) = ended else { return Ok(Outcome::Endless) };
        let output = output.with_context(|| self.program.display().to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(text.contains("running 1 test"), "there is no test {test}: {text}");
        Ok(if output.status.success() { Outcome::Passed } else { Outcome::Failed(reason(&text)) })
    }

    fn command(&self) -> Command {
        let folder = samples::root().join("tests");
        let mut command = Command::new(&self.program);
        command.env("CARGO_MANIFEST_DIR", &folder).env("RUST_BACKTRACE", "0").current_dir(folder);
        command
    }
}

/// The first line of what a failed test says.
fn reason(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("---- "));
    let line =
        lines.find(|line| line.starts_with("Error: ") || line.contains("panicked")).unwrap_or_default();
    line.chars().take(200).collect()
}
