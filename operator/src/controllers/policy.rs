//! `SovereigntyPolicy`: its own rules compile, and what it enforces exists.

use std::sync::Arc;

use beffroi_core::{
    conditions::{Finding, renew, summary},
    message::{Message, list},
    plan::RESYNC,
    policy,
};
use beffroi_crds::{
    PolicyStatus, SovereigntyPolicy,
    conditions::{ACCEPTED, reason::AS_EXPECTED},
};
use jiff::Timestamp;
use kube::Api;

use crate::{
    context::Context,
    outcome::{Outcome, Stopped},
    report,
};

/// Judges one policy.
pub async fn reconcile(policy: Arc<SovereigntyPolicy>, context: Arc<Context>) -> Outcome {
    judge(&policy, &context).await.into()
}

async fn judge(policy: &SovereigntyPolicy, context: &Context) -> Result<Outcome, Stopped> {
    let wrong = list(policy::check_rules(&policy.spec).into_iter().map(Message::from));
    let stands = wrong.is_none();
    let accepted = if stands {
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
    report::status(context, &api, policy, before, &status, |s| &s.conditions).await?;
    Ok(if stands { Outcome::Settled(Some(RESYNC)) } else { Outcome::Refused(RESYNC) })
}
