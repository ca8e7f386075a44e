//! `/healthz` (the process lives), `/readyz` (every cache is filled, and evidence can be written), `/metrics`.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{context::Context, standing};

/// How far the process has come.
#[derive(Clone, Default)]
pub enum Phase {
    /// Not yet anything.
    #[default]
    Starting,
    /// Another instance holds the lease; this one is ready to take over.
    Standby,
    /// Working.
    Working(Arc<Context>),
}

/// What `/readyz` tells.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Phase>>);

impl Health {
    /// Enters a phase.
    pub fn set(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// From now on readiness is that of `context`.
    pub fn watch(&self, context: Arc<Context>) {
        self.set(Phase::Working(context));
    }

    /// All that is measured. How things stand is told by the one that works.
    fn measures(&self, metrics: &PrometheusHandle) -> String {
        let mut text = metrics.render() + &beffroi_process::ends::render();
        if let Phase::Working(context) = self.phase() {
            text += &standing::render(&context.caches);
        }
        text
    }

    fn phase(&self) -> Phase {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves until `stop`.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    listen: SocketAddr,
    health: Health,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(async move |State(health): State<Health>| health.measures(&metrics)))
        .with_state(health);
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: choose another address with --listen"))?;
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}

async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    readiness(&health.phase())
}

/// Whether all goes as it should, and what does not.
pub(crate) fn readiness(phase: &Phase) -> (StatusCode, String) {
    let context = match phase {
        Phase::Starting => return (StatusCode::SERVICE_UNAVAILABLE, "starting\n".into()),
        Phase::Standby => return (StatusCode::OK, "standby\n".into()),
        Phase::Working(context) => context,
    };
    let empty = context.unfilled();
    let unfilled = (!empty.is_empty()).then(|| format!("not filled yet: {}\n", empty.join(", ")));
    let unwritten = context
        .evidence
        .failing()
        .map(|why| format!("evidence cannot be written: {why}. What must be recorded first waits\n"));
    let wrong: String = unfilled.into_iter().chain(unwritten).collect();
    if wrong.is_empty() { (StatusCode::OK, "ok\n".into()) } else { (StatusCode::SERVICE_UNAVAILABLE, wrong) }
}
