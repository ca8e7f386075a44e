//! Programs in JavaScript, of `tests/web`: Node.js checked → packages installed once from the lock file → a script
//! run, in Chromium where it asks for one.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use beffroi_cluster::parts::Parts;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::samples;

/// `oidc-provider` asks for no less.
const NODE: (u32, u32) = (20, 12);
/// A script looks at dozens of views, and draws them without a graphics card.
const PATIENCE: Duration = Duration::from_mins(20);

/// The folder of the scripts, with what they import: installed when missing, or when the lock file changed.
///
/// # Errors
/// When Node.js or npm is missing or too old, or the packages cannot be had.
pub fn prepared() -> Result<PathBuf> {
    node()?;
    let folder = samples::root().join("tests/web").canonicalize()?;
    let lock = folder.join("package-lock.json");
    // One at a time installs; the others wait at the file that says what.
    let held = File::open(&lock)?;
    held.lock()?;
    let key = format!("{:x}", Sha256::digest(fs::read(&lock)?));
    // Written last: without it the folder is not whole.
    let whole = folder.join("node_modules/.whole");
    if fs::read_to_string(&whole).unwrap_or_default() != key {
        let arguments =
            ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        said(Command::new("npm").args(arguments).current_dir(&folder)).with_context(|| {
            "npm could not install the packages of tests/web: npm 10 or later is needed, and a registry that it can \
             reach (https://nodejs.org/en/download; Debian: apt-get install npm)"
        })?;
        fs::write(&whole, &key)?;
    }
    Ok(folder)
}

/// Runs `tests/web/NAME.mjs` in Chromium; `configuration` is for it to read, and the answer is what it found out.
///
/// # Errors
/// When it fails, with all that it said; when Chromium or Node.js is missing.
pub async fn run(name: &str, configuration: &impl Serialize) -> Result<Value> {
    let script = prepared()?.join(format!("{name}.mjs"));
    // Under guard: neither the script nor its browser outlives the test.
    let mut child = tokio::process::Command::new(Parts::ready()?.program("guard"))
        .arg("node")
        .arg(&script)
        .arg(serde_json::to_string(configuration)?)
        .env("CHROMIUM", chromium()?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    // Its end is the guard's word to end, so it stays open.
    let _open = child.stdin.take();
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .with_context(|| format!("{name}.mjs: not done within {} s", PATIENCE.as_secs()))??;
    let told = text(&output);
    ensure!(output.status.success(), "{name}.mjs failed:\n{told}");
    let last = String::from_utf8_lossy(&output.stdout);
    let last = last.lines().last().unwrap_or_default();
    serde_json::from_str(last).with_context(|| format!("{name}.mjs: its last line is not JSON:\n{told}"))
}

/// The browser: `CHROMIUM`, or Debian's.
fn chromium() -> Result<PathBuf> {
    let path = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty());
    let path = path.map_or_else(|| Path::new("/usr/bin/chromium").to_owned(), PathBuf::from);
    ensure!(
        path.is_file(),
        "{} is not there: install Chromium (Debian: apt-get install chromium), or name another one in CHROMIUM",
        path.display()
    );
    Ok(path)
}

fn node() -> Result<()> {
    let help = || {
        let (major, minor) = NODE;
        format!("Node.js {major}.{minor} or later is needed in PATH (https://nodejs.org/en/download)")
    };
    let version = said(Command::new("node").arg("--version")).with_context(help)?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    ensure!(found >= NODE, "{}; this one is {}", help(), version.trim());
    Ok(())
}

/// What a program wrote.
fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}:\n{}", text(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
