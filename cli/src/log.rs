//! `beffroi log`: entries of a tenant or a workspace, newest first.

use anyhow::bail;
use beffroi_core::evidence::{Predicate, Statement};
use beffroi_crds::Tenant;
use beffroi_log::{Filter, Listed};
use clap::Args;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::{
    access::{self, Log, Output},
    plain,
};

/// Which entries.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  beffroi log --tenant ght-bm\n  beffroi log --tenant-uid 0d4f… --limit 20 -o json"
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
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
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
        ..Filter::default()
    };
    let entries = arguments.log.reader().await?.list(&filter).await?;
    match arguments.output {
        Output::Text => entries.iter().for_each(|entry| println!("{}", plain(&line(entry)))),
        Output::Json => println!("{}", serde_json::to_string_pretty(&values(&entries)?)?),
        Output::Yaml => print!("{}", serde_yaml::to_string(&values(&entries)?)?),
    }
    Ok(())
}

fn values(entries: &[Listed]) -> anyhow::Result<Vec<Value>> {
    let value = |entry: &Listed| -> anyhow::Result<Value> {
        let statement: Value = serde_json::from_slice(&entry.statement.to_vec()?)?;
        Ok(json!({"index": entry.index, "statement": statement}))
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
            let by = p.actor.iter().filter(|actor| !p.note.contains(*actor));
            let by = by.map(|actor| format!("; by {actor}")).collect::<String>();
            (p.tenant.as_str(), format!("{:?}", p.action), format!("{of}{}{by}{site}", p.note))
        }
        Predicate::KeyRotation(_) => {
            ("-", "KeyRotation".to_owned(), "other keys sign from here on".to_owned())
        }
    };
    format!("{index:>6}  {:.0}  {tenant:<16} {what:<16} {note}", predicate.time())
}
