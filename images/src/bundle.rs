//! One archive that installs without internet: images, charts and CRDs → sums → signature → tar.
//!
//! What lies where in it, and how one installs from it, is told by `install.md`, which is in it as `README.md`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use beffroi_core::{
    distribution::{oci::Index, provenance::Statement},
    evidence::{
        canonical::sha256,
        statement::{Sha256, Subject},
    },
};
use clap::Args;

use crate::{
    facts::Facts,
    layer::{self, File, Files},
    signed,
};

/// What the archive is made of.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Layout of the images.
    #[arg(long)]
    pub(crate) layout: PathBuf,
    /// Folder of the charts.
    #[arg(long)]
    pub(crate) charts: PathBuf,
    /// Folder of the CRDs.
    #[arg(long)]
    pub(crate) crds: PathBuf,
    /// Archive to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) facts: Facts,
}

/// Writes the archive.
pub(crate) fn write(asked: &Arguments) -> anyhow::Result<()> {
    let facts = &asked.facts;
    let keys = facts.keys()?;
    let mut files = Files::new();
    for (path, bytes) in below(&asked.layout)? {
        files.insert(format!("images/{path}"), File::text(bytes));
    }
    for (path, bytes) in below(&asked.crds)? {
        files.insert(format!("crds/{path}"), File::text(bytes));
    }
    for chart in charts(&asked.charts)? {
        let (name, bytes) = packed(&chart, facts.epoch)?;
        files.insert(format!("charts/{name}"), File::text(bytes));
    }
    let index = fs::read(asked.layout.join("index.json")).context("reading the index of the images")?;
    files.insert("values-digests.yaml".to_owned(), File::text(values(&serde_json::from_slice(&index)?)?));
    files.insert("beffroi.pub".to_owned(), File::text(keys.public().to_text()));
    let readme = include_str!("../install.md").replace("VERSION", Facts::VERSION);
    files.insert("README.md".to_owned(), File::text(readme));
    let sums: String =
        files.iter().map(|(path, file)| format!("{}  {path}\n", sha256(&file.bytes))).collect();
    let digest = Sha256 { sha256: sha256(sums.as_bytes()) };
    let subject = vec![Subject { name: "SHA256SUMS".to_owned(), digest }];
    let signature = Statement::new(subject, signed::provenance(facts, Vec::new())).sign(&keys)?;
    files.insert("SHA256SUMS".to_owned(), File::text(sums));
    files.insert("SHA256SUMS.dsse".to_owned(), File::text(signature));
    let top = format!("beffroi-{}", Facts::VERSION);
    let files = files.into_iter().map(|(path, file)| (format!("{top}/{path}"), file)).collect();
    let tar = layer::tar(&files, facts.epoch)?;
    let partial = asked.out.with_extension("partial");
    fs::write(&partial, &tar).with_context(|| format!("writing {}", partial.display()))?;
    fs::rename(&partial, &asked.out).with_context(|| format!("writing {}", asked.out.display()))?;
    println!("sha256:{} {}", sha256(&tar), asked.out.display());
    Ok(())
}

/// Folders of charts, sorted.
fn charts(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut charts = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.join("Chart.yaml").is_file() {
            charts.push(path);
        }
    }
    charts.sort();
    ensure!(!charts.is_empty(), "no chart lies in {}", folder.display());
    Ok(charts)
}

/// A chart as `helm package` packs it, but the same bytes each time.
fn packed(chart: &Path, time: u32) -> anyhow::Result<(String, Vec<u8>)> {
    let name = chart.file_name().and_then(|name| name.to_str()).context("a chart without a name")?;
    let mut files = below(chart)?;
    let text = |path: &str| files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let about = text("Chart.yaml").context("a chart without Chart.yaml")?;
    let version = about.lines().find_map(|line| line.strip_prefix("version: "));
    let version = version.with_context(|| format!("{name}: Chart.yaml tells no version"))?.trim();
    for line in text(".helmignore").unwrap_or_default().lines() {
        match (line.strip_prefix('*'), line.strip_suffix('/')) {
            (Some(ending), None) => files.retain(|path, _| !path.ends_with(ending)),
            (None, Some(folder)) => files.retain(|path, _| !path.starts_with(&format!("{folder}/"))),
            _ => bail!("{name}: .helmignore says {line}, and only *ENDING and FOLDER/ are understood here"),
        }
    }
    let files =
        files.into_iter().map(|(path, bytes)| (format!("{name}/{path}"), File::text(bytes))).collect();
    Ok((format!("{name}-{version}.tgz"), layer::gzip(&layer::tar(&files, time)?)))
}

/// All files below a folder, through links, by path.
fn below(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("reading {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            files.insert(path.strip_prefix(folder)?.display().to_string(), bytes);
        }
    }
    Ok(files)
}

/// Values of charts/beffroi that name the images by digest; where they lie, only the registry's owner knows.
fn values(index: &Index) -> anyhow::Result<String> {
    let digest = |name: &str| {
        let listed = index.manifests.iter().find(|listed| listed.name() == Some(name));
        listed.map(|listed| listed.digest.clone()).with_context(|| format!("the layout has no image {name}"))
    };
    Ok(format!(
        "# Which images charts/beffroi runs. Where they lie is yours: set image.repository and api.image.repository, and\n\
         # probe.image.repository where policies ask for probes of the network.\n\
         image:\n  digest: {}\napi:\n  image:\n    digest: {}\nprobe:\n  image:\n    digest: {}\n",
        digest("beffroi-operator")?,
        digest("beffroi-api")?,
        digest("beffroi")?
    ))
}
