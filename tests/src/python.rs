//! Python with the libraries of a list, installed once into the user's cache folder: key → lock → virtual environment →
//! pip, which takes only files of the digests that are listed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, bail};
use beffroi_cluster::parts;
use beffroi_core::evidence::canonical::sha256;

/// The folder of the programs, `python` among them, that have the libraries of a `requirements.txt` with digests.
///
/// # Errors
/// When Python is missing or too old, or a library cannot be had.
pub fn ready(requirements: &str) -> Result<PathBuf> {
    let cache = parts::cache()?;
    let version = Command::new("python3").arg("--version").output().map(|output| output.stdout);
    let key = sha256(&[requirements.as_bytes(), &version.unwrap_or_default()].concat());
    let folder = cache.join(format!("python-{}", &key[..16]));
    fs::create_dir_all(&cache)?;
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    let whole = folder.join("whole");
    if !whole.exists() {
        let _ = fs::remove_dir_all(&folder);
        install(&folder, requirements).with_context(|| {
            "Python's libraries could not be installed: python3 (3.11 or later) with venv and pip is needed, and a \
             package index that pip can reach (Debian: apt-get install python3-venv)"
        })?;
        File::create(whole)?;
    }
    Ok(folder.join("bin"))
}

fn install(folder: &Path, requirements: &str) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements)?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
    ];
    run(Command::new(folder.join("bin/python")).args(pip).arg(list))
}

fn run(command: &mut Command) -> Result<()> {
    let Output { status, stdout, stderr } = command.output().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?}: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    }
    Ok(())
}
