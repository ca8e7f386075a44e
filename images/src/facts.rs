//! What whoever builds says of the build, and the keys that sign it.

use std::{fs, path::PathBuf};

use anyhow::Context;
use beffroi_core::{
    evidence::SigningKeys,
    release::provenance::{Builder, Parameters},
};
use clap::Args;
use jiff::Timestamp;

/// Facts of a build.
#[derive(Args)]
pub(crate) struct Facts {
    /// Commit; with `-dirty` behind it, where files differ from that.
    #[arg(long)]
    pub(crate) revision: String,
    /// Time of the commit, in seconds since 1970: the time of every file.
    #[arg(long, env = "SOURCE_DATE_EPOCH")]
    pub(crate) epoch: u32,
    /// Cargo's profile.
    #[arg(long, default_value = "release")]
    pub(crate) profile: String,
    /// Where the source is published.
    #[arg(long, default_value = env!("CARGO_PKG_REPOSITORY"))]
    pub(crate) source: String,
    /// Who builds, as a URI.
    #[arg(long, default_value = "https://beffroi.fr/builders/unnamed")]
    pub(crate) builder: String,
    /// Folder with statement.pem and checkpoint.key, as `beffroi keys generate` writes them.
    #[arg(long)]
    pub(crate) key: PathBuf,
}

impl Facts {
    /// The version of all programs.
    pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// The time of the commit, as RFC 3339 writes it.
    pub(crate) fn time(&self) -> anyhow::Result<String> {
        let time = Timestamp::from_second(self.epoch.into()).context("the time of the commit")?;
        Ok(time.to_string())
    }

    /// What was asked for.
    pub(crate) fn parameters(&self) -> Parameters {
        Parameters {
            source: self.source.clone(),
            revision: self.revision.clone(),
            profile: self.profile.clone(),
        }
    }

    /// Who builds.
    pub(crate) fn builder(&self) -> Builder {
        Builder { id: self.builder.clone() }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> anyhow::Result<SigningKeys> {
        let read = |name: &str| {
            let path = self.key.join(name);
            fs::read_to_string(&path).with_context(|| {
                format!("reading {}: `beffroi keys generate --out FOLDER` makes a pair", path.display())
            })
        };
        SigningKeys::parse(&read("statement.pem")?, &read("checkpoint.key")?)
            .with_context(|| self.key.display().to_string())
    }
}
