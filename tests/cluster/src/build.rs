//! One build with Go: command line → output watched, progress told → program, or its last words.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::Error;

/// The version that the servers tell: without it clients choke on a placeholder. As in `parts/kube/go.mod`.
pub(crate) const KUBERNETES: &str = "v1.37.2";

const PROGRESS: Duration = Duration::from_secs(15);

/// What to build, and how.
pub(crate) struct Plan<'a> {
    pub(crate) part: &'static str,
    pub(crate) module: &'a Path,
    pub(crate) package: &'a str,
    pub(crate) tags: &'a str,
    pub(crate) cgo: bool,
    /// Ends the compiler too when this process dies; missing only while it is itself built.
    pub(crate) guard: Option<&'a Path>,
}

impl Plan<'_> {
    /// Builds into `target`, calling `progress` from time to time.
    pub(crate) fn build(&self, target: &Path, progress: &dyn Fn()) -> Result<(), Error> {
        let version = "-X k8s.io/component-base/version";
        let flags =
            format!("-s -w {version}.gitVersion={KUBERNETES} {version}.gitMajor=1 {version}.gitMinor=37");
        let mut command = go(self.module, self.guard);
        command.env("CGO_ENABLED", if self.cgo { "1" } else { "0" }).args([
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-tags",
            self.tags,
            "-ldflags",
            &flags,
            "-o",
        ]);
        command
            .arg(target)
            .arg(self.package)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::NoGo)?;
        let stderr = child.stderr.take();
        let reader = std::thread::spawn(move || {
            let lines = stderr.map(|stderr| BufReader::new(stderr).lines().map_while(Result::ok));
            lines.map(Iterator::collect::<Vec<_>>).unwrap_or_default()
        });
        let mut told = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(Error::NoGo)? {
                break status;
            }
            if told.elapsed() > PROGRESS {
                progress();
                told = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        if status.success() {
            return Ok(());
        }
        let output = reader.join().unwrap_or_default();
        let last = output[output.len().saturating_sub(20)..].join("\n");
        Err(Error::Build { part: self.part, output: last })
    }
}

/// Folder of a dependency's source, as pinned by `module`.
pub(crate) fn dependency_folder(module: &Path, dependency: &str) -> Result<PathBuf, Error> {
    // Already there after a build, unless the module cache was cleaned since.
    let _ = go(module, None).args(["mod", "download", dependency]).output().map_err(Error::NoGo)?;
    let mut command = go(module, None);
    let output = command.args(["list", "-m", "-f", "{{.Dir}}", dependency]).output().map_err(Error::NoGo)?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if folder.is_empty() {
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Command { command: format!("go list -m {dependency}"), output });
    }
    Ok(folder.into())
}

/// Go in a module, without what the user's own settings would change.
fn go(module: &Path, guard: Option<&Path>) -> Command {
    let mut command = guard.map_or_else(
        || Command::new("go"),
        |guard| {
            let mut command = Command::new(guard);
            command.arg("go");
            command
        },
    );
    command.current_dir(module).env("CGO_ENABLED", "0").env("GOWORK", "off").env("GOFLAGS", "-mod=readonly");
    command
}
