//! One instance works at a time: a Lease in the operator's namespace.
//!
//! [`acquire`] → [`hold`]. The lease is taken with the resource version that was read, so that of two
//! instances only one succeeds; `leaseTransitions` grows with each change of holder and serves as an epoch.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use tokio_util::sync::CancellationToken;

use crate::options::Options;

const NAME: &str = "beffroi-operator";
const DURATION: SignedDuration = SignedDuration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(2);

/// A lease that this instance holds.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    namespace: String,
}

impl Held {
    /// Grows with each change of holder, and never falls, also where the lease was deleted and made anew: a
    /// new one begins at the seconds of the clock.
    pub fn epoch(&self) -> u64 {
        let spec = self.lease.spec.as_ref();
        spec.and_then(|s| s.lease_transitions).and_then(|n| u64::try_from(n).ok()).unwrap_or_default()
    }
}

/// An epoch for an instance that runs without lease.
pub fn clock_epoch() -> i32 {
    i32::try_from(Timestamp::now().as_second()).unwrap_or(i32::MAX)
}

/// Waits until this instance holds the lease; `None` when asked to stop before.
///
/// # Errors
/// When the lease can be neither read nor written for another reason than a rival.
pub async fn acquire(
    client: &Client,
    options: &Options,
    stop: &CancellationToken,
) -> anyhow::Result<Option<Held>> {
    let api: Api<Lease> = Api::namespaced(client.clone(), &options.namespace);
    tracing::info!(instance = options.instance, "waiting for the lease");
    loop {
        if let Some(lease) = attempt(&api, &options.instance).await? {
            tracing::info!(instance = options.instance, "holding the lease");
            return Ok(Some(Held { lease, namespace: options.namespace.clone() }));
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// Renews the lease until `stop`, then gives it back.
///
/// # Errors
/// When it was lost: whatever is under way must stop.
pub async fn hold(client: Client, held: Held, stop: CancellationToken) -> anyhow::Result<()> {
    let api: Api<Lease> = Api::namespaced(client, &held.namespace);
    let mut lease = held.lease;
    let mut renewed = Timestamp::now();
    loop {
        let stopping =
            tokio::select! { () = stop.cancelled() => true, () = tokio::time::sleep(RENEW) => false };
        if let Some(spec) = &mut lease.spec {
            spec.renew_time = Some(MicroTime(Timestamp::now()));
            if stopping {
                spec.holder_identity = None;
            }
        }
        let name = lease.metadata.name.clone().unwrap_or_default();
        let write = tokio::time::timeout(RENEW, api.replace(&name, &PostParams::default(), &lease)).await;
        match write {
            _ if stopping => return Ok(()),
            Ok(Ok(next)) => {
                lease = next;
                renewed = Timestamp::now();
            }
            Ok(Err(kube::Error::Api(status))) if status.code == 409 || status.code == 404 => {
                // It may be our own renewal that came before: the one whose answer did not come in time.
                let Some(there) = ours(&api, &lease).await else {
                    bail!("the lease was taken by another instance: stopping")
                };
                lease = there;
            }
            failed => {
                tracing::warn!(?failed, "the lease could not be renewed");
                if Timestamp::now().duration_since(renewed) > DURATION - SignedDuration::from_secs(2) {
                    bail!(
                        "the lease could not be renewed in time: stopping, so that another instance may work"
                    );
                }
            }
        }
    }
}

/// The lease as it is now, where it is still the one that is held here.
async fn ours(api: &Api<Lease>, held: &Lease) -> Option<Lease> {
    let holder = |lease: &Lease| {
        let spec = lease.spec.as_ref()?;
        Some((spec.holder_identity.clone()?, spec.lease_transitions?, spec.acquire_time.clone()?))
    };
    let there = tokio::time::timeout(RENEW, api.get_opt(NAME)).await.ok()?.ok()??;
    (there.metadata.uid == held.metadata.uid && holder(&there) == holder(held)).then_some(there)
}

/// Takes the lease if nobody holds it.
async fn attempt(api: &Api<Lease>, instance: &str) -> anyhow::Result<Option<Lease>> {
    let advice = "check that the ServiceAccount may get, create and update leases in its namespace";
    let now = Timestamp::now();
    let found = api.get_opt(NAME).await.with_context(|| format!("the lease cannot be read: {advice}"))?;
    let written = match found {
        None => {
            let lease = Lease {
                metadata: ObjectMeta { name: Some(NAME.into()), ..ObjectMeta::default() },
                spec: Some(spec(instance, clock_epoch(), now)),
            };
            api.create(&PostParams::default(), &lease).await
        }
        Some(mut lease) => {
            let old = lease.spec.take().unwrap_or_default();
            let seconds = i64::from(old.lease_duration_seconds.unwrap_or_default());
            let alive = old.renew_time.is_some_and(|t| now.duration_since(t.0).as_secs() < seconds);
            if old.holder_identity.as_deref().is_some_and(|h| !h.is_empty() && h != instance) && alive {
                return Ok(None);
            }
            // Above that of an instance that ran without lease meanwhile.
            let next = old.lease_transitions.unwrap_or_default().saturating_add(1).max(clock_epoch());
            lease.spec = Some(spec(instance, next, now));
            api.replace(NAME, &PostParams::default(), &lease).await
        }
    };
    match written {
        Ok(lease) => Ok(Some(lease)),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(None),
        Err(error) => Err(error).with_context(|| format!("the lease cannot be written: {advice}")),
    }
}

fn spec(instance: &str, transitions: i32, now: Timestamp) -> LeaseSpec {
    LeaseSpec {
        holder_identity: Some(instance.to_owned()),
        acquire_time: Some(MicroTime(now)),
        renew_time: Some(MicroTime(now)),
        lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
        lease_transitions: Some(transitions),
        ..LeaseSpec::default()
    }
}
