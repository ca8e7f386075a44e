//! Beffroi's operator: observe → plan → apply → report.
//!
//! - *observe*: [`caches`] of our own kinds in the management cluster, and for each site a connection with
//!   its own client, caches and probe ([`sites`]);
//! - *plan*: `beffroi-core` decides, without a client or a clock;
//! - *apply*: [`execute`] carries decisions on workspaces out, step by step, and [`apply`] what a site needs, by
//!   server-side apply under one field manager;
//! - *report*: [`report`] writes a status only where it changed, and tells people by events; [`evidence`] writes
//!   what happened, and where data lies, into a log that others can check; [`standing`] measures how all stands.
//!
//! One controller per kind in [`controllers`]; [`reconcile`] wraps them all with metrics and back-off, and [`outcome`] is all
//! that they can come to.

pub mod apply;
pub mod backoff;
pub mod caches;
pub mod certificates;
pub mod context;
pub mod controllers;
pub mod definitions;
pub mod domains;
pub mod evidence;
pub mod execute;
pub mod expectations;
pub mod leader;
pub mod options;
pub mod outcome;
pub mod reconcile;
pub mod report;
pub mod server;
pub mod sites;
pub mod span;
pub mod standing;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod unreadable;

use std::sync::Arc;

use anyhow::Context as _;
use beffroi_log::open_store;
use beffroi_process::agent;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use options::Options;

use crate::evidence::Evidence;

/// What it calls itself, in the management cluster and in sites.
const NAME: &str = "beffroi-operator";

/// Runs until `stop` is cancelled or leadership is lost.
///
/// # Errors
/// When the management cluster cannot be reached, the port cannot be opened, or leadership is lost.
pub async fn run(options: Options, stop: CancellationToken) -> anyhow::Result<()> {
    let config = kube::Config::infer()
        .await
        .context("no access to the management cluster: run inside it, or point KUBECONFIG at it")?;
    let client = agent::client(config, NAME).context("the management cluster's kubeconfig is not usable")?;
    let metrics = telemetry::metrics()?;
    tokio::spawn(beffroi_process::upkeep(metrics.clone()));
    let health = server::Health::default();
    let server = tokio::spawn(server::serve(options.listen, health.clone(), metrics, stop.clone()));

    // Served by those who wait too: whoever is asked can answer.
    let store = open_store(&options.evidence_store).context("--evidence-store")?;
    let mut log = tokio::spawn(evidence::serve::serve(options.log_listen, store.clone(), stop.clone()));

    // Given back once the work is done: another begins at once.
    let release = CancellationToken::new();
    let (mut leading, epoch) = if options.leader_elect {
        health.set(server::Phase::Standby);
        let Some(lease) = leader::acquire(&client, &options, &stop).await? else { return Ok(()) };
        let epoch = lease.epoch();
        (Some(tokio::spawn(leader::hold(client.clone(), lease, release.clone()))), epoch)
    } else {
        (None, u64::try_from(leader::clock_epoch()).unwrap_or_default())
    };
    let evidence = Evidence::open(store, client.clone(), &options, epoch).await?;
    let context = Arc::new(context::Context::new(client, &options, evidence));
    health.watch(context.clone());
    stop.run_until_cancelled(definitions::first(&context)).await;
    let definitions = tokio::spawn(definitions::watch(context.clone()));
    let certificates = tokio::spawn(certificates::watch(context.clone()));
    // Each ends by itself when asked to stop; whoever fails ends the others.
    let work = async {
        tokio::try_join!(
            controllers::run(context.clone(), stop.clone()),
            context.evidence.run((&context.caches.secrets, &context.sites, &context.options), stop.clone()),
            async {
                Box::pin(context.prover.run(|tenant| context.touch_tenant_named(tenant), stop.clone())).await;
                Ok(())
            },
            unreadable::run(&context, stop.clone()),
        )
        .map(|_| ())
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        failed = failure(Some(&mut log), "the server of the log died") => failed,
        lost = failure(leading.as_mut(), "the task that holds the lease died") => lost,
    };
    stop.cancel();
    release.cancel();
    if let Some(task) = leading.filter(|task| !task.is_finished()) {
        task.await.context("the task that holds the lease died")??;
    }
    definitions.abort();
    certificates.abort();
    context.sites.close();
    server.await.context("the health server died")??;
    log.abort();
    outcome
}

/// Waits until a task fails. One that ended because it was asked to stop ends nobody else: they finish their work.
async fn failure(
    task: Option<&mut JoinHandle<anyhow::Result<()>>>,
    died: &'static str,
) -> anyhow::Result<()> {
    let Some(task) = task else { return std::future::pending().await };
    match task.await.context(died)? {
        Ok(()) => std::future::pending().await,
        failed => failed,
    }
}
