//! What wraps every reconcile: metrics, logs, and back-off for each object by itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use beffroi_core::{
    conditions::{Finding, State},
    message::work::WorkMessage,
    raw,
};
use beffroi_crds::conditions::{READY, reason::INTERNAL_ERROR};
use beffroi_process::panics::{Panicked, caught};
use jiff::Timestamp;
use kube::{Resource, ResourceExt, core::ApiResource, runtime::controller::Action};
use serde::Serialize;
use thiserror::Error;

use crate::{context::Context, evidence::NotRecorded, report};

/// Why a reconcile failed; it is tried again.
#[derive(Debug, Error)]
pub enum Error {
    /// The management cluster refused or did not answer.
    #[error("management cluster, {step}: {why}")]
    Management {
        /// What was tried.
        step: &'static str,
        /// What it said.
        why: String,
    },
    /// What it was read from lags behind: nothing is wrong, it is looked at again.
    #[error("{0}: what is known is older than what is there")]
    Stale(&'static str),
    /// The evidence log does not take what must stand in it first.
    #[error("{0}")]
    Evidence(#[from] NotRecorded),
    /// A site refused or did not answer.
    #[error("{0}")]
    Sites(String),
    /// It met a fault of ours.
    #[error("{0}")]
    Panicked(#[from] Panicked),
}

impl Error {
    /// For `map_err` on a request to the management cluster.
    pub fn management(step: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| match source {
            kube::Error::Api(status) if status.code == 409 => Self::Stale(step),
            kube::Error::Api(status) => Self::Management { step, why: status.message },
            other => Self::Management { step, why: other.to_string() },
        }
    }
}

/// Failures in a row, by object.
#[derive(Debug, Default)]
pub struct Backoff(Mutex<HashMap<String, u32>>);

impl Backoff {
    /// Longest pause between two attempts.
    const LONGEST: Duration = Duration::from_mins(5);

    fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// How long to wait after one more failure: 1 s, 2 s, 4 s…
    fn failed(&self, key: &str) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(key.to_owned()).or_default();
        *count += 1;
        Duration::from_secs(1 << (*count - 1).min(9)).min(Self::LONGEST)
    }
}

/// How often a resource is looked at when nothing calls for it.
pub const RESYNC: Duration = Duration::from_mins(10);

/// How long to wait for `next`, at which something is to be told, and never longer than [`RESYNC`].
pub fn until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
    // A moment later, lest a clock that is read again be a moment early.
    wait.map_or(RESYNC, |wait| (wait + Duration::from_secs(1)).min(RESYNC))
}

/// Runs one reconcile; what fails is logged, counted and tried again later.
///
/// # Errors
/// None that leave this function: a failure becomes a later attempt.
pub async fn observed<K: Resource<DynamicType = ()> + Serialize>(
    object: Arc<K>,
    context: Arc<Context>,
    reconcile: impl Future<Output = Result<Action, Error>> + Send,
) -> Result<Action, Error> {
    let kind = K::kind(&());
    let name = object.name_any();
    let key = format!("{kind}/{}/{name}", object.namespace().unwrap_or_default());
    let result = if context.lags(&*object) {
        Err(Error::Stale("looking at what was written a moment ago"))
    } else {
        let started = Instant::now();
        let result = caught(reconcile).await.unwrap_or_else(|fault| Err(fault.into()));
        metrics::histogram!("beffroi_reconcile_seconds", "kind" => kind.to_string())
            .record(started.elapsed());
        result
    };
    let outcome = match &result {
        Ok(_) => "ok",
        Err(Error::Stale(_)) => "stale",
        Err(_) => "error",
    };
    metrics::counter!("beffroi_reconciles_total", "kind" => kind.to_string(), "outcome" => outcome)
        .increment(1);
    match result {
        Ok(action) => {
            context.backoff.succeeded(&key);
            Ok(action)
        }
        Err(error @ Error::Stale(_)) => {
            tracing::debug!(object = key, %error, "looked at again");
            Ok(Action::requeue(Duration::from_secs(1)))
        }
        Err(error) => {
            let pause = context.backoff.failed(&key);
            if matches!(error, Error::Panicked(_)) {
                metrics::counter!("beffroi_panics_total", "of" => kind.to_string()).increment(1);
                tell_panic(&*object, &context).await;
            }
            tracing::warn!(object = key, %error, pause = pause.as_secs(), "reconcile failed: it is tried again");
            Ok(Action::requeue(pause))
        }
    }
}

/// Says on an object that looking at it met a fault of ours. What else its status says stays.
async fn tell_panic<K: Resource<DynamicType = ()> + Serialize>(object: &K, context: &Context) {
    let whole = serde_json::to_value(object).unwrap_or_default();
    let fault = WorkMessage::FaultInLooking { fault: Box::new(WorkMessage::Fault.into()) };
    let finding = Finding::new(READY, State::Unknown, INTERNAL_ERROR, fault);
    let status = raw::with(whole.get("status"), vec![finding], object.meta().generation, Timestamp::now());
    if whole.get("status") == Some(&status) {
        return;
    }
    if let Err(error) =
        report::raw_status(context, &ApiResource::erase::<K>(&()), object.meta(), &status).await
    {
        tracing::warn!(%error, "a fault could not be told on the object that met it");
    }
}
