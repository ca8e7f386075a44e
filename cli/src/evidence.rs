//! `beffroi evidence`: the newest statement on a workspace's data location, or any entry, as one file.

use std::{io::Write, path::PathBuf};

use anyhow::{Context, bail};
use beffroi_crds::Workspace;
use beffroi_log::{Filter, Reader};
use clap::Args;
use kube::ResourceExt;

use crate::{
    access::{self, Log, Named},
    period::Period,
};

/// Most entries of a period.
const MOST: usize = 100_000;

/// What to write, and where.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  beffroi evidence communication -n tenant-ght-bm -o bundle.json\n  beffroi evidence communication -n tenant-ght-bm --from 2026-11-01 --to 2026-11-30 -o november.jsonl\n  beffroi evidence --tenant-uid 0d4f… --from 2026-11-01 -o november.jsonl   # with its audit log, of what is gone too\n\nThe file of a period is JSON lines: what is in it, then a bundle each; `beffroi verify` checks it as one."
)]
pub(crate) struct Arguments {
    /// Name of the workspace.
    #[arg(required_unless_present_any = ["index", "tenant_uid", "workspace_uid"], conflicts_with_all = ["index", "tenant_uid", "workspace_uid"])]
    workspace: Option<String>,
    /// Namespace of its tenant, tenant-NAME; by default that of the current context.
    #[arg(short, long)]
    namespace: Option<String>,
    /// An entry of the log instead, as `beffroi log` numbers them.
    #[arg(long)]
    index: Option<u64>,
    /// All entries about a tenant, by UID, also of one that is gone: for a period.
    #[arg(long, conflicts_with = "index")]
    tenant_uid: Option<String>,
    /// All entries about a workspace, by UID, also of one that is gone: for a period.
    #[arg(long, conflicts_with = "index")]
    workspace_uid: Option<String>,
    #[command(flatten)]
    period: Period,
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
    if arguments.index.is_none() && (arguments.period.is_named() || arguments.workspace.is_none()) {
        return period(arguments, &reader, since.as_deref()).await;
    }
    let index = if let Some(index) = arguments.index {
        index
    } else {
        let workspace = workspace(arguments).await?;
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

async fn workspace(arguments: &Arguments) -> anyhow::Result<Workspace> {
    let name = arguments.workspace.clone().unwrap_or_default();
    access::workspace(access::client().await?, &Named { name, namespace: arguments.namespace.clone() }).await
}

/// Writes all entries of a period, each as a bundle, in one file.
async fn period(arguments: &Arguments, reader: &Reader, since: Option<&str>) -> anyhow::Result<()> {
    let uid = match &arguments.workspace {
        Some(_) => workspace(arguments).await?.uid(),
        None => arguments.workspace_uid.clone(),
    };
    let filter = Filter {
        tenant: arguments.tenant_uid.clone(),
        workspace: uid,
        from: arguments.period.from()?,
        until: arguments.period.until()?,
        limit: MOST,
        ..Filter::default()
    };
    let period = reader.period(&filter).await?;
    let mut out: Box<dyn Write> = match &arguments.output {
        Some(path) => Box::new(std::io::BufWriter::new(
            std::fs::File::create(path).with_context(|| format!("writing {}", path.display()))?,
        )),
        None => Box::new(std::io::stdout().lock()),
    };
    out.write_all(&period.to_vec()?)?;
    for index in &period.indexes {
        out.write_all(&reader.bundle_in(&period, *index, since).await?.to_vec()?)?;
    }
    out.flush()?;
    if let Some(path) = &arguments.output {
        eprintln!("{} entries: {}", period.indexes.len(), path.display());
    }
    Ok(())
}
