//! `beffroi evidence`: the newest statement on a workspace's data location, or any entry, as one file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use kube::ResourceExt;

use crate::access::{self, Log, Named};

/// What to write, and where.
#[derive(Args)]
#[command(after_help = "Example:\n  beffroi evidence communication -n tenant-ght-bm -o bundle.json")]
pub(crate) struct Arguments {
    /// Name of the workspace.
    #[arg(required_unless_present = "index", conflicts_with = "index")]
    workspace: Option<String>,
    /// Namespace of its tenant, tenant-NAME; by default that of the current context.
    #[arg(short, long)]
    namespace: Option<String>,
    /// An entry of the log instead, as `beffroi log` numbers them.
    #[arg(long)]
    index: Option<u64>,
    /// A state of the log that you know (`beffroi verify --state` keeps it): the bundle then also proves that the
    /// log only grew since.
    #[arg(long, value_name = "STATE")]
    since: Option<PathBuf>,
    /// Where to write the bundle; standard output without it.
    #[arg(short, long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    log: Log,
}

/// Writes the bundle.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let since = match &arguments.since {
        Some(path) => {
            Some(std::fs::read_to_string(path).with_context(|| format!("--since {}", path.display()))?)
        }
        None => None,
    };
    let reader = arguments.log.reader().await?;
    let index = if let Some(index) = arguments.index {
        index
    } else {
        let named = Named {
            name: arguments.workspace.clone().unwrap_or_default(),
            namespace: arguments.namespace.clone(),
        };
        let workspace = access::workspace(access::client().await?, &named).await?;
        let uid = workspace.uid().unwrap_or_default();
        let Some(last) = reader.latest_location(&uid).await? else {
            bail!(
                "the log says nothing of workspace {} (UID {uid}) yet: is it placed? is --log the log of this cluster?",
                workspace.name_any()
            );
        };
        last.index
    };
    let text = reader.bundle(index, since.as_deref()).await?.to_vec()?;
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, &text).with_context(|| format!("writing {}", path.display()))?;
            eprintln!("entry {index}, {} bytes: {}", text.len(), path.display());
        }
        None => print!("{}", String::from_utf8_lossy(&text)),
    }
    Ok(())
}
