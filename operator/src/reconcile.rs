//! What wraps every reconcile: metrics, logs, and back-off for each object by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use beffroi_core::{
    conditions::{Finding, State},
    message::work::WorkMessage,
    plan::RESYNC,
    raw,
};
use beffroi_crds::conditions::{READY, reason::INTERNAL_ERROR};
use beffroi_process::panics::caught;
use jiff::Timestamp;
use kube::{Resource, ResourceExt, core::ApiResource, runtime::controller::Action};
use serde::Serialize;
use tracing::Instrument;

use crate::{
    context::Context,
    outcome::{Error, Outcome},
    report, span,
};

/// How long to wait for `next`, at which something is to be told, and never longer than [`RESYNC`].
pub fn until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
    // A moment later, lest a clock that is read again be a moment early.
    wait.map_or(RESYNC, |wait| (wait + Duration::from_secs(1)).min(RESYNC))
}

/// How soon to look again at what is read from a view that lags.
const VIEW: Duration = Duration::from_secs(1);

/// Runs one reconcile, and says when the next one comes; what fails is logged, counted and tried again later.
pub fn observed<K: Resource<DynamicType = ()> + Serialize + Send + Sync>(
    object: Arc<K>,
    context: Arc<Context>,
    reconcile: impl Future<Output = Outcome> + Send,
) -> impl Future<Output = Action> + Send {
    let span = span::of(&*object);
    look(object, context, reconcile).instrument(span)
}

async fn look<K: Resource<DynamicType = ()> + Serialize>(
    object: Arc<K>,
    context: Arc<Context>,
    reconcile: impl Future<Output = Outcome> + Send,
) -> Action {
    let kind = K::kind(&());
    let name = object.name_any();
    let key = format!("{kind}/{}/{name}", object.namespace().unwrap_or_default());
    let outcome = if context.lags(&*object) {
        Outcome::StaleView("looking at what was written a moment ago")
    } else {
        let started = Instant::now();
        let outcome = caught(reconcile).await.unwrap_or_else(|fault| Outcome::Retried(fault.into()));
        metrics::histogram!("beffroi_reconcile_seconds", "kind" => kind.to_string())
            .record(started.elapsed());
        outcome
    };
    metrics::counter!("beffroi_reconciles_total", "kind" => kind.to_string(), "outcome" => outcome.label())
        .increment(1);
    match outcome {
        Outcome::Settled(next) => {
            context.backoff.succeeded(&key);
            next.map_or_else(Action::await_change, Action::requeue)
        }
        Outcome::Waiting(next) | Outcome::Refused(next) => {
            context.backoff.succeeded(&key);
            Action::requeue(next)
        }
        Outcome::StaleView(step) => {
            tracing::debug!(object = key, step, "what is known is older than what is there: looked at again");
            Action::requeue(VIEW)
        }
        Outcome::Retried(error) => {
            let pause = context.backoff.failed(&key);
            if matches!(error, Error::Panicked(_)) {
                metrics::counter!("beffroi_panics_total", "of" => kind.to_string()).increment(1);
                tell_panic(&*object, &context).await;
            }
            tracing::warn!(object = key, %error, pause = pause.as_secs(), "reconcile failed: it is tried again");
            Action::requeue(pause)
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
