//! `make demo`: clusters → operator → samples → who lies where and why → something broken, healed → seen, proven
//! and verified → people who sign in → leaving it all to be explored.

mod people;
mod proof;
mod tell;
mod visit;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use beffroi_crds::{Site, Workspace};
use beffroi_tests::{Fleet, Operator, eventually, fleet, guards, samples};
use clap::Parser;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams},
};
use tokio::time::sleep;

/// Shows a hospital group, a commune and a rectorat getting their workspaces on French sites.
#[derive(Parser)]
struct Options {
    /// End when every step has held, instead of leaving everything running.
    #[arg(long)]
    once: bool,
}

/// Sites of the samples that get a real cluster; the others stay registered and silent.
const CONNECTED: [&str; 4] = ["par1", "rbx1", "par2", "fra1"];

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = tokio::select! {
        outcome = show(&options) => outcome,
        _ = tokio::signal::ctrl_c() => {
            println!("\nstopping everything that was started");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\na step did not hold: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn show(options: &Options) -> Result<()> {
    let started = Instant::now();
    tell::step("Starting a management cluster and four sites (real etcd, API server, scheduler, Flux)");
    let all: Vec<Site> = samples::read("sites")?;
    let connected: Vec<Site> =
        all.iter().filter(|s| CONNECTED.contains(&s.name_any().as_str())).cloned().collect();
    let fleet = Fleet::start(&connected).await?;
    let client = fleet.management.admin();
    tell::done(&started);

    tell::step("Starting the operator under the ServiceAccount and RBAC of charts/beffroi");
    let mut operator = Operator::start(&fleet).await?;
    tell::line(&format!("health and metrics: http://{}/metrics", operator.address()));

    tell::step("Applying the samples: providers, sites, catalogue, tenants, then what they order");
    let chart = fleet.registry.push_chart(&fleet::chart("stand-in")).await?;
    tell::line(&format!("charts/stand-in stands in for real apps: {}@{}", chart.repository, chart.digest));
    tell::line(
        "of real firms the samples declare no holder, which would be unproven: each is given an invented one",
    );
    samples::apply_all(&client, &fleet.registry, &chart).await?;
    let ordered = samples::order_all(&client).await?;

    tell::step("Waiting until each workspace is Ready");
    let mut ready = Vec::new();
    for workspace in &ordered {
        ready.push(until_ready(&client, workspace).await?);
    }
    tell::done(&started);
    tell::step("Which workspace lies where, and why each other site was refused");
    for workspace in &ready {
        tell::workspace(workspace);
    }
    check_promises(&ready)?;

    tell::step("Someone deletes a NetworkPolicy in a site: refused; past the guards, it is put right");
    heal(&fleet, &ready[0]).await?;
    tell::done(&started);

    let subject = proof::Subject::new(&fleet, &operator, &ready[0])?;
    tell::step("A pod with an image from a foreign registry comes to the door of a site");
    subject.foreign_image().await?;
    tell::step("A node of a site turns out to lie in Frankfurt: it is seen, and drained");
    subject.node_in_frankfurt().await?;
    tell::step("The proof of where the data lies: exported, verified offline, then spoilt");
    subject.bundle().await?;
    tell::done(&started);
    tell::step("The API and its page, for the people of the tenants");
    let people = people::People::start(&fleet).await?;
    people.visit().await?;
    people.look(&ready[0]).await?;
    tell::done(&started);
    if options.once {
        println!("\nevery step held");
        drop(people);
        drop(operator);
        fleet.stop();
        return Ok(());
    }
    tell::explore(&fleet, &operator);
    people.explore()?;
    attend(&fleet, &mut operator).await
}

/// What a Deployment does: an operator that has ended is started again.
async fn attend(fleet: &Fleet, operator: &mut Operator) -> Result<()> {
    loop {
        sleep(Duration::from_secs(2)).await;
        if !operator.alive() {
            let last = operator.last_words();
            let last = last.lines().last().unwrap_or("it said nothing");
            tell::line(&format!("the operator ended, and is started again: {last}"));
            operator.revive(fleet).await?;
        }
    }
}

async fn until_ready(client: &kube::Client, workspace: &Workspace) -> Result<Workspace> {
    let api: Api<Workspace> = Api::namespaced(client.clone(), &workspace.namespace().unwrap_or_default());
    let what = format!("workspace {}", workspace.name_any());
    eventually(&what, async || {
        let now = api.get(&workspace.name_any()).await?;
        let conditions = now.status.iter().flat_map(|s| &s.conditions);
        let ready = conditions.into_iter().find(|c| c.type_ == "Ready").context("has no status yet")?;
        ensure!(ready.status == "True", "{}: {}", ready.reason, ready.message);
        Ok(now)
    })
    .await
}

/// What the rules promise of the samples: a demo that showed anything else would be a lie.
fn check_promises(workspaces: &[Workspace]) -> Result<()> {
    for workspace in workspaces {
        let status = workspace.status.clone().unwrap_or_default();
        let refused = |site: &str, rule: &str| {
            status.refused.iter().any(|r| r.name == site && r.by.iter().any(|j| j.rule == rule))
        };
        let name = workspace.name_any();
        ensure!(
            refused("par2", "JUR-05"),
            "{name}: the site owned from the United States was not refused by JUR-05"
        );
        ensure!(refused("fra1", "LOC-01"), "{name}: the site in Germany was not refused by LOC-01");
        ensure!(
            status.sites.iter().all(|site| site.name != "par2" && site.name != "fra1"),
            "{name}: lies on a site that the rules refuse"
        );
    }
    // What is asked for and not made must be said: nobody makes backups here.
    for workspace in workspaces.iter().filter(|w| w.spec.backup.is_some()) {
        let status = workspace.status.clone().unwrap_or_default();
        let said = status.conditions.iter().find(|c| c.type_ == "BackedUp").map(|c| c.reason.clone());
        let name = workspace.name_any();
        ensure!(said.as_deref() == Some("NotProvided"), "{name}: orders backups that nobody makes: {said:?}");
    }
    let group =
        workspaces.iter().find(|w| w.name_any() == "communication").context("no workspace communication")?;
    let sites = group.status.as_ref().map_or(0, |s| s.sites.len());
    ensure!(sites == 2, "the hospital group lies on {sites} sites, not on two");
    Ok(())
}

async fn heal(fleet: &Fleet, workspace: &Workspace) -> Result<()> {
    let status = workspace.status.clone().unwrap_or_default();
    let site = &status.sites.first().context("it lies nowhere")?.name;
    let namespace = status.namespace.context("it has no namespace")?;
    let cluster = fleet.site(site)?;
    let api: Api<NetworkPolicy> = Api::namespaced(cluster.admin(), &namespace);
    let before = api.list(&ListParams::default()).await?.items.len();
    let Err(kube::Error::Api(refusal)) = api.delete("default-deny", &DeleteParams::default()).await else {
        bail!("the guards of site {site} did not refuse that a NetworkPolicy is deleted")
    };
    ensure!(refusal.message.contains("ADM-01"), "{}", refusal.message);
    tell::line(&format!("the site refuses its own administrator: {}", refusal.message));
    let lifted = guards::lift(cluster).await?;
    api.delete("default-deny", &DeleteParams::default()).await?;
    let started = Instant::now();
    tell::line(&format!("deleted NetworkPolicy default-deny in {namespace} of site {site}"));
    eventually("the NetworkPolicy", async || {
        let policy = api.get("default-deny").await?;
        ensure!(policy.metadata.deletion_timestamp.is_none(), "still being deleted");
        Ok(())
    })
    .await?;
    let after = api.list(&ListParams::default()).await?.items.len();
    ensure!(before == after, "{after} network policies, {before} before");
    tell::line(&format!("there again after {} ms", started.elapsed().as_millis()));
    let home = workspace.namespace().unwrap_or_default();
    let events = ["get", "events", "-n", &home, "--field-selector=reason=DriftCorrected"];
    let notes = [&events[..], &["-o", "jsonpath={.items[*].message}"]].concat();
    let note = eventually("an event of the drift", async || {
        let note = fleet.management.kubectl(&notes).await?;
        ensure!(note.contains("default-deny"), "none: {note:?}");
        Ok(note)
    })
    .await?;
    tell::line(&format!("event: {note}"));
    guards::restore(cluster, lifted).await
}
