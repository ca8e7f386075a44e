//! Beffroi's HTTP API: the door of the collectivités.
//!
//! Pipeline: a connection ([`serve`]) → a request with its id ([`id`]) → [`request`] (rate, token, body, version) →
//! [`door`] (name → object → may one?) → [`caches`] for reads, a custom resource for writes → a view with public fields
//! only → JSON, or a problem (RFC 9457, [`problem`]). One file per resource in [`resources`], with its view and what is
//! told of it ([`operation`]); what several views share is in [`views`]; [`openapi`] tells them all. `/` is a page for
//! people ([`page`]), a client of the same API.

pub mod auth;
mod bundles;
mod caches;
mod coding;
mod door;
mod events;
mod files;
mod health;
mod id;
mod language;
pub mod openapi;
mod operation;
pub mod options;
mod packed;
mod page;
mod problem;
mod proofs;
mod request;
mod resources;
mod router;
mod schema;
mod serve;
mod share;
mod state;
pub mod telemetry;
mod tls;
mod views;
mod vital;
mod world;

use std::{sync::atomic::AtomicBool, time::Duration};

use anyhow::Context as _;
use beffroi_log::open_store;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

pub use options::Options;

use crate::{
    auth::{Authenticator, Limits},
    caches::Caches,
    events::Hub,
    proofs::Proofs,
    state::{Shared, State},
    vital::Tasks,
    world::Register,
};

/// Connections that may be open besides those of streams: each takes some memory, whoever it is.
const BESIDE: usize = 2_000;

/// Runs until `stop` is cancelled.
///
/// # Errors
/// When the management cluster cannot be reached, or an address cannot be listened on.
pub async fn run(options: Options, stop: CancellationToken) -> anyhow::Result<()> {
    let connections = files::allow(options.streams.streams).min(options.streams.streams + BESIDE);
    let metrics = telemetry::metrics()?;
    let config = kube::Config::infer()
        .await
        .context("no access to the management cluster: run inside it, or point KUBECONFIG at it")?;
    let client = beffroi_process::agent::client(config, "beffroi-api")
        .context("the management cluster's kubeconfig is not usable")?;
    let log = options.evidence_store.as_deref().map(open_store).transpose().context("--evidence-store")?;
    let issuers = auth::issuers(options.auth.oidc_ca.as_deref()).context("--oidc-ca")?;
    let state = State::new(Shared {
        caches: Caches::start(&client, &options.namespace),
        register: Register::default(),
        tasks: Tasks::default(),
        plans: state::plans(),
        client,
        auth: Authenticator::new(issuers),
        trust: options.auth.clone(),
        limits: Limits::new(options.rates),
        events: Hub::new(options.streams),
        log: log.map(Proofs::new),
        namespace: options.namespace.clone(),
        grace_days: options.grace_days,
        patience: Duration::from_secs(options.timeout_seconds),
        stop: stop.clone(),
        begun: AtomicBool::default(),
    });
    state.tasks.spawn("trusts", follow_trusts(state.clone()));
    state.tasks.spawn("events", state.clone().tell_changes());
    state.tasks.spawn("metrics", beffroi_process::upkeep(metrics.clone()));
    let (outside, inside) = (router::router(state.clone()), router::inside(state, metrics));
    serve::serve(&options, (outside, inside), connections, stop).await
}

/// Trusts whom tenants say, as they come, change and go.
async fn follow_trusts(state: State) {
    let mut changes = state.caches.tenants.changes();
    state.renew_trusts();
    // A lagging listener has missed changes: what counts is what holds now.
    while let Ok(_) | Err(RecvError::Lagged(_)) = changes.recv().await {
        state.renew_trusts();
    }
}
