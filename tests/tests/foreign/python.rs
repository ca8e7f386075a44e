//! Python with the libraries of `requirements.txt`, installed once into the user's cache folder: key → lock →
//! virtual environment → pip, which takes only files of the digests that are listed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, bail};
use beffroi_cluster::parts;
use beffroi_core::evidence::canonical::sha256;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The interpreter that has the libraries.
pub fn ready() -> anyhow::Result<PathBuf> {
    let cache = parts::cache()?;
    let folder = cache.join(format!("python-{}", &sha256(REQUIREMENTS.as_bytes())[..16]));
    fs::create_dir_all(&cache)?;
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    let (whole, python) = (folder.join("whole"), folder.join("bin/python"));
    if !whole.exists() {
        let _ = fs::remove_dir_all(&folder);
        install(&folder, &python).with_context(|| {
            "Python's libraries could not be installed: python3 (3.10 or later) with venv and pip is needed, and a \
             package index that pip can reach (Debian: apt-get install python3-venv)"
        })?;
        File::create(whole)?;
    }
    Ok(python)
}

fn install(folder: &Path, python: &Path) -> anyhow::Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, REQUIREMENTS)?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
    ];
    run(Command::new(python).args(pip).arg(list))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let Output { status, stdout, stderr } = command.output().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?}: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    }
    Ok(())
}
