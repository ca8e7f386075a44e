//! `beffroi keys`: a pair of keys for evidence, drawn on this machine and written to a folder.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use beffroi_core::evidence::{PublicKeys, SigningKeys};
use clap::Subcommand;
use rand_core::{OsRng, RngCore};

/// What to do with keys.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Draws a pair: statement.pem and checkpoint.key, which stay secret, and beffroi.pub, which is given away.
    Generate {
        /// Folder to write them to; it is made, and nothing in it is overwritten.
        #[arg(long)]
        out: PathBuf,
        /// Public file of the log that they will follow in; without it the pair is for a new log.
        #[arg(long, value_name = "BEFFROI.PUB")]
        log_of: Option<PathBuf>,
    },
}

/// Carries it out.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Generate { out, log_of } = command;
    let origin = match log_of {
        Some(path) => Some(public(path)?.origin().to_owned()),
        None => None,
    };
    let mut seeds = [[0_u8; 32]; 2];
    for seed in &mut seeds {
        OsRng.try_fill_bytes(seed).context("the system gives no random bytes")?;
    }
    let text = SigningKeys::from_seeds(&seeds[0], &seeds[1], origin.as_deref())?;
    let keys = SigningKeys::parse(&text.statement, &text.checkpoint)?;
    fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    write(&out.join("statement.pem"), &text.statement, 0o600)?;
    write(&out.join("checkpoint.key"), &text.checkpoint, 0o600)?;
    write(&out.join("beffroi.pub"), &keys.public().to_text(), 0o644)?;
    println!("{} (log {}): {}", keys.public().id(), keys.public().origin(), out.display());
    Ok(())
}

/// Reads a public file.
pub(crate) fn public(path: &Path) -> anyhow::Result<PublicKeys> {
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "reading {}: it is the file of public keys that the hosting provider publishes",
            path.display()
        )
    })?;
    PublicKeys::parse(&text).with_context(|| path.display().to_string())
}

fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file =
        file.with_context(|| format!("{}: nothing is overwritten, choose another folder", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}
