//! Certificates that are served from the operator's own namespace, the API's among them: TLS Secrets → when each ends →
//! a metric, and an event on the Secret for each stage.
//!
//! A Secret has no status that would remember what was told: a new operator tells it once more.

use std::{collections::HashMap, sync::Arc, time::Duration};

use beffroi_core::{
    endings::{self, End, credentials},
    message::provider::ProviderMessage,
};
use beffroi_crds::ending::{Stage, What};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::{ResourceExt, runtime::events::EventType};

use crate::{context::Context, report};

/// How often they are looked at: they come and go without telling us.
const EVERY: Duration = Duration::from_secs(30);

/// `type` of such a Secret.
const TYPE: &str = "kubernetes.io/tls";
/// Key of its certificate.
const KEY: &str = "tls.crt";

/// Looks at them for as long as the operator works.
pub async fn watch(context: Arc<Context>) {
    context.filled().await;
    let mut told: HashMap<String, Stage> = HashMap::new();
    loop {
        let now = Timestamp::now();
        let secrets = context.caches.secrets.state();
        let served: Vec<(&Arc<Secret>, End)> =
            secrets.iter().filter_map(|secret| Some((secret, end(secret)?))).collect();
        let is_there = |name: &str| served.iter().any(|(secret, _)| secret.name_any() == name);
        beffroi_process::ends::retain("Secret", is_there);
        told.retain(|uid, _| served.iter().any(|(secret, _)| secret.uid().as_ref() == Some(uid)));
        for (secret, end) in &served {
            let uid = secret.uid().unwrap_or_default();
            report::measure("Secret", &secret.name_any(), std::slice::from_ref(end), is_there);
            let Some(ending) = end.ending(now) else {
                told.remove(&uid);
                continue;
            };
            if told.insert(uid, ending.stage) != Some(ending.stage) {
                let (reason, note) = (endings::reason(ending.stage), endings::told(&ending));
                report::event(&context, &***secret, EventType::Warning, reason, "Watch", &note).await;
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn end(secret: &Secret) -> Option<End> {
    let pem = secret.data.as_ref().filter(|_| secret.type_.as_deref() == Some(TYPE))?.get(KEY)?;
    let term = credentials::certificate(&pem.0)?;
    Some(End {
        what: What::ServerCertificate,
        kind: "Secret",
        name: secret.name_any(),
        title: ProviderMessage::EndingCertificateOfSecret,
        begins: term.begins,
        ends: term.ends,
        required: false,
    })
}
