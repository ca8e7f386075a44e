//! `beffroi log`: entries of a tenant or a workspace, newest first.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::bail;
use beffroi_core::evidence::{
    Predicate, Statement,
    checkpoint::Checkpoint,
    verify::{Order, history::History},
};
use beffroi_crds::Tenant;
use beffroi_log::{Filter, Listed, Reader};
use clap::Args;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::{
    access::{self, Log, Output},
    keys,
    period::Period,
    plain, verify,
};

/// Which entries.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  beffroi log --tenant ght-bm --from 2026-11-01 --to 2026-11-30\n  beffroi log --tenant-uid 0d4f… --limit 20 -o json\n  beffroi log --verify --key beffroi.pub --state log.state      # every entry of everyone: signatures, order, times, root\n\nWith --verify the exit code is 20 where the log does not hold, 21 where it is older than the state that is known, and 22 where it is another."
)]
pub(crate) struct Arguments {
    /// Entries about a tenant, by name: its UID is asked of the management cluster.
    #[arg(long, conflicts_with = "tenant_uid")]
    tenant: Option<String>,
    /// Entries about a tenant, by UID: also one that is gone.
    #[arg(long)]
    tenant_uid: Option<String>,
    /// Entries about a workspace, by UID.
    #[arg(long)]
    workspace_uid: Option<String>,
    #[command(flatten)]
    period: Period,
    /// Verify the whole log first, before anything is listed: each signature, the order of times, and that all entries
    /// make the root of its signed state. Reads every entry of it.
    #[arg(long, requires = "key")]
    verify: bool,
    /// Public keys that you trust, for --verify.
    #[arg(long, value_name = "BEFFROI.PUB")]
    key: Option<PathBuf>,
    /// What you saw of this log last, for --verify: the log must go on from there. Written anew once it holds.
    #[arg(long, value_name = "FILE", requires = "verify")]
    state: Option<PathBuf>,
    /// Entries before this one.
    #[arg(long)]
    before: Option<u64>,
    /// Most entries.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// How to print them.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    log: Log,
}

/// Prints the entries.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reader = arguments.log.reader().await?;
    if let Some(key) = arguments.key.as_ref().filter(|_| arguments.verify)
        && let Some(code) = verified(&reader, key, arguments.state.as_deref()).await?
    {
        return Ok(code);
    }
    let tenant = match &arguments.tenant {
        Some(name) => {
            let api: Api<Tenant> = Api::all(access::client().await?);
            let Some(found) = api.get_opt(name).await? else {
                bail!(
                    "no tenant {name}: `kubectl get tenants` lists them; one that is gone is found by --tenant-uid"
                );
            };
            found.uid()
        }
        None => arguments.tenant_uid.clone(),
    };
    let filter = Filter {
        tenant,
        workspace: arguments.workspace_uid.clone(),
        before: arguments.before,
        limit: arguments.limit,
        from: arguments.period.from()?,
        until: arguments.period.until()?,
        ..Filter::default()
    };
    let entries = reader.list(&filter).await?;
    for (index, after) in backwards(&entries) {
        eprintln!(
            "warning: entry {index} is dated before entry {after}, which stands before it: time ran backwards"
        );
    }
    match arguments.output {
        Output::Text => entries.iter().for_each(|entry| println!("{}", plain(&line(entry)))),
        Output::Json => println!("{}", serde_json::to_string_pretty(&values(&entries)?)?),
        Output::Yaml => print!("{}", serde_yaml::to_string(&values(&entries)?)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Verifies every entry of the log; an exit code where it does not hold.
async fn verified(reader: &Reader, key: &Path, state: Option<&Path>) -> anyhow::Result<Option<ExitCode>> {
    const STEP: u64 = 4096;
    let keys = keys::public(key)?;
    let known = state.map(verify::known).transpose()?.flatten();
    let note = reader.checkpoint().await?.unwrap_or_default();
    let size = Checkpoint::read(&note)?.size;
    let mut history = History::new(&keys, known);
    let refused = |error: &verify::Error| {
        eprintln!("REFUSED. The log does not hold: {error}");
        Ok(Some(verify::refused(error).into()))
    };
    for from in (0..size).step_by(usize::try_from(STEP).unwrap_or(usize::MAX)) {
        for entry in reader.entries(from, size.min(from + STEP), size).await? {
            if let Err(error) = history.next(&entry) {
                return refused(&error);
            }
        }
    }
    match history.finish(&note) {
        Err(error) => refused(&error),
        Ok(whole) => {
            let latest = whole.latest.map(|time| format!(", the last of {time:.0}")).unwrap_or_default();
            eprintln!(
                "verified: all {} entries{latest}; signed, in the order of their times, and those that the signed state speaks of; {} changes of keys",
                whole.size, whole.rotations
            );
            if whole.unsigned > 0 {
                eprintln!(
                    "not verified: the signatures of the first {} entries, which are older than these keys: give the file of the first keys",
                    whole.unsigned
                );
            }
            if let Some(state) = state {
                verify::remember(state, &note)?;
            }
            Ok(None)
        }
    }
}

/// Entries that are dated before one that stands before them, with that one.
fn backwards(newest_first: &[Listed]) -> Vec<(u64, u64)> {
    let mut order = Order::default();
    let told = newest_first.iter().rev().filter_map(|Listed { index, statement }| {
        match order.next(*index, statement.predicate.time()) {
            Err(verify::Error::BackInTime { index, after, .. }) => Some((index, after)),
            _ => None,
        }
    });
    told.collect()
}

fn values(entries: &[Listed]) -> anyhow::Result<Vec<Value>> {
    let value = |entry: &Listed| -> anyhow::Result<Value> {
        let statement: Value = serde_json::from_slice(&entry.statement.to_vec()?)?;
        let mut value = json!({"index": entry.index, "statement": statement});
        // The statement keeps a code and its arguments: people read the sentence.
        if let Predicate::Audit(audit) = &entry.statement.predicate {
            value["note"] = audit.note.to_string().into();
        }
        Ok(value)
    };
    entries.iter().map(value).collect()
}

fn line(Listed { index, statement }: &Listed) -> String {
    let Statement { predicate, .. } = statement;
    let (tenant, what, note) = match predicate {
        Predicate::DataLocation(p) => {
            let sites: Vec<&str> = p.sites.iter().map(|site| site.name.as_str()).collect();
            let found = match p.findings.first() {
                Some(f) => format!(": {} {} {}", f.rule, f.object, f.observed),
                None => String::new(),
            };
            let note = format!("{} on {}{found}", p.workspace.name, sites.join(", "));
            (p.workspace.tenant.as_str(), format!("{:?}", p.verification_result), note)
        }
        Predicate::Audit(p) => {
            let site = p.site.as_ref().map(|site| format!(" in site {site}")).unwrap_or_default();
            let of = p.workspace.as_ref().map(|w| format!("{}: ", w.name)).unwrap_or_default();
            // Notes of interventions name them already.
            let note = p.note.to_string();
            let by = p.actor.iter().filter(|actor| !note.contains(*actor));
            let by = by.map(|actor| format!("; by {actor}")).collect::<String>();
            (p.tenant.as_str(), format!("{:?}", p.action), format!("{of}{note}{by}{site}"))
        }
        Predicate::KeyRotation(_) => {
            ("-", "KeyRotation".to_owned(), "other keys sign from here on".to_owned())
        }
    };
    format!("{index:>6}  {:.0}  {tenant:<16} {what:<16} {note}", predicate.time())
}
