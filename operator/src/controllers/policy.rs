//! `SovereigntyPolicy`: its own rules compile, and what it enforces exists.

use std::sync::Arc;

use beffroi_core::{
    conditions::{Finding, renew, summary},
    message::{Message, list},
    policy,
};
use beffroi_crds::{
    PolicyStatus, SovereigntyPolicy,
    conditions::{ACCEPTED, reason::AS_EXPECTED},
};
use jiff::Timestamp;
use kube::{Api, runtime::controller::Action};

use crate::{
    context::Context,
    reconcile::{Error, RESYNC},
    report,
};

/// Judges one policy.
///
/// # Errors
/// When its status cannot be written.
pub async fn reconcile(policy: Arc<SovereigntyPolicy>, context: Arc<Context>) -> Result<Action, Error> {
    let wrong = list(policy::check_rules(&policy.spec).into_iter().map(Message::from));
    let accepted = if wrong.is_none() {
        Finding::new(ACCEPTED, true, AS_EXPECTED, wrong)
    } else {
        Finding::new(ACCEPTED, false, "RuleDoesNotCompile", wrong)
    };
    let before = policy.status.as_ref();
    let findings = vec![accepted.clone(), summary(&[accepted], &[])];
    let generation = policy.metadata.generation;
    let status = PolicyStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), findings, generation, Timestamp::now()),
    };
    let api = Api::all(context.client.clone());
    report::status(&context, &api, &*policy, before, &status, |s| &s.conditions).await?;
    Ok(Action::requeue(RESYNC))
}
