//! What whoever builds says of the build, and the keys that sign it.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::{Context, ensure};
use beffroi_core::{
    distribution::provenance::{Builder, Parameters},
    evidence::SigningKeys,
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
    /// Versions of the tools that built, each as NAME=VERSION.
    #[arg(long = "tool", value_parser = pair)]
    pub(crate) tools: Vec<(String, String)>,
    /// Folder with statement.pem and checkpoint.key, as `beffroi keys generate` writes them.
    #[arg(long)]
    pub(crate) key: PathBuf,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, version) = text.split_once('=').ok_or("write it as NAME=VERSION")?;
    Ok((name.to_owned(), version.to_owned()))
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
            let mode = fs::metadata(&path).map(|about| about.permissions().mode()).unwrap_or_default();
            // Nothing for the group and for others.
            ensure!(mode.is_multiple_of(0o100), "others may read {0}: `chmod 600 {0}`", path.display());
            fs::read_to_string(&path).with_context(|| {
                format!("reading {}: `beffroi keys generate --out FOLDER` makes a pair", path.display())
            })
        };
        SigningKeys::parse(&read("statement.pem")?, &read("checkpoint.key")?)
            .with_context(|| self.key.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_may_read_signs_nothing_and_none_is_told_how_to_make_one() {
        let folder = tempfile::TempDir::new().unwrap();
        let facts = Facts {
            revision: "abc".into(),
            epoch: 0,
            profile: "dev".into(),
            source: String::new(),
            builder: String::new(),
            tools: Vec::new(),
            key: folder.path().into(),
        };
        let error = facts.keys().unwrap_err().to_string();
        assert!(error.contains("keys generate"), "{error}");
        let text = SigningKeys::from_seeds(&[1; 32], &[2; 32], None).unwrap();
        for (name, text) in [("statement.pem", text.statement), ("checkpoint.key", text.checkpoint)] {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        facts.keys().unwrap();
        let path = folder.path().join("statement.pem");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = facts.keys().unwrap_err().to_string();
        assert!(error.contains("chmod 600") && !error.contains("PRIVATE"), "{error}");
    }
}
