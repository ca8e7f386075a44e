//! What cannot be read is told on the object itself, whatever else its status says: [`Unreadables`] → conditions → a raw
//! write, made once. What the object says is its own; nothing of it is judged.
//!
//! [`Unreadables`]: beffroi_process::readable::Unreadables

use std::time::Duration;

use beffroi_core::{
    conditions::{Finding, State},
    message::{Message, unreadable::UnreadableMessage},
    raw,
};
use beffroi_crds::{
    conditions::{ACCEPTED, LOCATED, READY, reason::UNREADABLE},
    tolerant::Unreadable,
};
use beffroi_process::panics::caught;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{context::Context, report};

/// How soon is tried again what could not be told.
const AGAIN: Duration = Duration::from_secs(30);

/// Tells of all that cannot be read until `stop`.
///
/// # Errors
/// None: what cannot be told now is told later.
pub async fn run(context: &Context, stop: CancellationToken) -> anyhow::Result<()> {
    let mut changes = context.caches.unread.changes();
    let work = async {
        context.filled().await;
        let mut news = !context.caches.unread.all().is_empty();
        loop {
            if news {
                // Whoever decides looks again: something cannot be read any more, or can be again.
                context.count_unread();
                context.caches.tick();
            }
            for object in context.caches.unread.all() {
                if caught(tell(&object, context)).await.is_err() {
                    metrics::counter!("beffroi_panics_total", "of" => object.kind.kind.clone()).increment(1);
                }
            }
            news = tokio::time::timeout(AGAIN, changes.changed()).await.is_ok();
        }
    };
    stop.run_until_cancelled(work).await;
    Ok(())
}

async fn tell(object: &Unreadable, context: &Context) {
    let status = told(object, Timestamp::now());
    if object.status == status {
        return;
    }
    if let Err(error) = report::raw_status(context, &object.kind, &object.meta, &status).await {
        let (kind, name) = (&object.kind.kind, object.name());
        tracing::warn!(%error, kind, name, "that it cannot be read could not be told on it: it is tried again");
    }
}

/// The status of an object that cannot be read.
fn told(object: &Unreadable, now: Timestamp) -> serde_json::Value {
    let why = Message::verbatim(object.why.as_str()).of(object.field.as_str());
    let message = UnreadableMessage::Object { why: Box::new(why) };
    let finding = |kind, state| Finding::new(kind, state, UNREADABLE, message.clone());
    let mut findings = vec![finding(ACCEPTED, State::False)];
    if object.kind.kind == "Workspace" {
        findings.push(finding(LOCATED, State::Unknown));
    }
    findings.push(finding(READY, State::False));
    raw::with(Some(&object.status), findings, object.meta.generation, now)
}

#[cfg(test)]
mod tests {
    use beffroi_core::message::{self, Language};
    use beffroi_crds::{Workspace, conditions::Condition, tolerant::Tolerant};
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_told_once_with_its_field_and_no_verdict_is_left_standing() {
        let located = json!({"type": "Located", "status": "True", "reason": "AsExpected", "message": "",
            "lastTransitionTime": "2026-11-29T03:00:00Z"});
        let text = json!({
            "metadata": {"name": "mairie", "namespace": "tenant-macon", "generation": 3},
            "spec": {"deleteAfter": "9999-12-31T23:59:59Z"},
            "status": {"liesOn": "par1", "conditions": [located]},
        });
        let Tolerant::<Workspace>::Unread(mut object) = serde_json::from_value(text).unwrap() else {
            panic!("it can be read")
        };
        object.status = told(&object, Timestamp::UNIX_EPOCH);
        assert_eq!(object.status["liesOn"], "par1");
        let says = |kind: &str| {
            let all = object.status["conditions"].as_array().unwrap();
            all.iter().find(|c| c["type"] == kind).unwrap().clone()
        };
        assert_eq!(says(LOCATED)["status"], "Unknown");
        assert_eq!(
            (&says(ACCEPTED)["status"], &says(ACCEPTED)["reason"]),
            (&json!("False"), &json!(UNREADABLE))
        );
        assert_eq!(told(&object, Timestamp::now()), object.status, "once is enough");
        let message = says(READY)["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("spec: ") || message.starts_with("spec."), "{message}");
        let says: Condition = serde_json::from_value(says(READY)).unwrap();
        let french = message::drawn(Language::Fr, &says.code, &says.args, "");
        assert!(
            french.starts_with("illisible : spec") && french.contains(" ; rien n'en est jugé"),
            "{french}"
        );
    }
}
