//! Whether the API server serves the CRDs of this version: each, asked for by name → what it lacks
//! ([`beffroi_crds::served`]) → the log, an event on it, a metric, and [`Definitions`].
//!
//! Helm does not touch CRDs that are there, but for the chart's hook. On older ones the operator goes on: what it writes
//! leaves out what they lack, for the API server would refuse the whole.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use beffroi_core::message::work::WorkMessage;
use beffroi_crds::served::{lacks, without};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, ResourceExt, runtime::events::EventType};
use serde_json::Value;

use crate::{context::Context, report};

/// How often they are looked at.
const EVERY: Duration = Duration::from_mins(5);
/// How often while one is not as it should be.
const SOON: Duration = Duration::from_secs(30);
/// How long the first look may take: nothing is written before.
const FIRST: Duration = Duration::from_secs(10);
/// Most fields that are named.
const NAMED: usize = 16;

/// What the CRDs that are served lack, by kind.
#[derive(Debug, Default)]
pub struct Definitions(Mutex<BTreeMap<String, Vec<String>>>);

impl Definitions {
    /// What is to be written of an object of a kind, without what nobody would take.
    pub fn fit(&self, kind: &str, object: Value) -> Value {
        let lacking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        without(object, lacking.get(kind).into_iter().flatten())
    }

    /// Remembers what that of a kind lacks; whether that is news.
    fn note(&self, kind: &str, lacking: &[String]) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(kind.to_owned(), lacking.to_vec()).unwrap_or_default() != lacking
    }

    fn are_whole(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().all(Vec::is_empty)
    }
}

/// Looks at them before anything is written.
pub async fn first(context: &Context) {
    if tokio::time::timeout(FIRST, look(context)).await.is_err() {
        tracing::warn!("the API server does not tell which CRDs it serves: going on, and asking again");
    }
}

/// Looks at them for as long as the operator works.
pub async fn watch(context: Arc<Context>) {
    loop {
        tokio::time::sleep(if context.definitions.are_whole() { EVERY } else { SOON }).await;
        look(&context).await;
    }
}

/// Looks at each of them, and tells what is new.
pub async fn look(context: &Context) {
    let api: Api<CustomResourceDefinition> = Api::all(context.client.clone());
    for expected in beffroi_crds::all() {
        let name = expected.name_any();
        let served = match api.get(&name).await {
            Ok(served) => served,
            Err(error) => {
                tracing::warn!(
                    crd = name,
                    %error,
                    "it cannot be told whether this CRD is that of this version: are chart beffroi and its crds/ of this version too?"
                );
                continue;
            }
        };
        let lacking = lacks(&expected, &served);
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("beffroi_crds_outdated", "crd" => name.clone()).set(lacking.len() as f64);
        if !context.definitions.note(&expected.spec.names.kind, &lacking) {
            continue;
        }
        // What was left out until now is written, and what cannot be is not.
        context.caches.tick();
        if lacking.is_empty() {
            tracing::info!(crd = name, "it is that of this version now");
            continue;
        }
        let fields = lacking.into_iter().take(NAMED).collect();
        let message = WorkMessage::CrdOutdated { name: name.clone(), fields };
        tracing::warn!(crd = name, "{message}");
        report::event(context, &served, EventType::Warning, "CrdOutdated", "Check", &message).await;
    }
}
