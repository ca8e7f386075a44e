//! One instance works at a time: a Lease in the operator's namespace.
//!
//! [`acquire`] → [`hold`]. The lease is taken with the resource version that was read, so that of two
//! instances only one succeeds; `leaseTransitions` grows with each change of holder and serves as an epoch.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
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
/// How long it holds without a renewal.
const DURATION: Duration = Duration::from_secs(15);
/// Whoever holds it stops after so long without a renewal: before another may take it.
const DEADLINE: Duration = Duration::from_secs(13);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(5);
/// How soon is tried again what failed, or what another has.
const RETRY: Duration = Duration::from_secs(2);

/// A lease that this instance holds.
#[derive(Debug)]
pub struct Leadership {
    lease: Lease,
    namespace: String,
}

impl Leadership {
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
) -> anyhow::Result<Option<Leadership>> {
    let api: Api<Lease> = Api::namespaced(client.clone(), &options.namespace);
    tracing::info!(instance = options.instance, "waiting for the lease");
    let mut seen = None;
    loop {
        if let Some(lease) = attempt(&api, &options.instance, &mut seen).await? {
            tracing::info!(instance = options.instance, "holding the lease");
            return Ok(Some(Leadership { lease, namespace: options.namespace.clone() }));
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// Renews the lease until `release`, then gives it back.
///
/// # Errors
/// When it was lost: whatever is under way must stop.
pub async fn hold(client: Client, held: Leadership, release: CancellationToken) -> anyhow::Result<()> {
    let api: Api<Lease> = Api::namespaced(client, &held.namespace);
    let mut lease = held.lease;
    let (mut renewed, mut pause) = (Instant::now(), RENEW);
    loop {
        let released =
            tokio::select! { () = release.cancelled() => true, () = tokio::time::sleep(pause) => false };
        let asked = Instant::now();
        let left = DEADLINE.saturating_sub(asked - renewed);
        let written = tokio::time::timeout(RENEW.min(left), renew(&api, &lease, released)).await;
        match written {
            _ if released => return Ok(()),
            Ok(Ok(Some(next))) => (lease, renewed, pause) = (next, asked, RENEW),
            Ok(Ok(None)) => bail!("the lease was taken by another instance: stopping"),
            failed => {
                tracing::warn!(?failed, "the lease could not be renewed");
                pause = RETRY;
            }
        }
        if renewed.elapsed() >= DEADLINE {
            bail!("the lease could not be renewed in time: stopping, so that another instance may work");
        }
    }
}

/// Renews what is held, or releases it; `None` where another has it. What is refused as a conflict may have come after a
/// renewal of our own, whose answer did not come in time.
async fn renew(api: &Api<Lease>, held: &Lease, release: bool) -> Result<Option<Lease>, kube::Error> {
    let spec = held.spec.clone().map(|spec| LeaseSpec {
        renew_time: Some(MicroTime(Timestamp::now())),
        holder_identity: spec.holder_identity.filter(|_| !release),
        ..spec
    });
    let write = async |lease: Lease| {
        api.replace(NAME, &PostParams::default(), &Lease { spec: spec.clone(), ..lease }).await
    };
    match write(held.clone()).await {
        Err(kube::Error::Api(status)) if status.code == 409 || status.code == 404 => {}
        written => return written.map(Some),
    }
    match api.get_opt(NAME).await? {
        Some(there) if taken(&there) == taken(held) => write(there).await.map(Some),
        _ => Ok(None),
    }
}

/// What tells one taking of the lease from another.
fn taken(lease: &Lease) -> Option<(Option<&str>, &str, i32, &MicroTime)> {
    let spec = lease.spec.as_ref()?;
    let holder = spec.holder_identity.as_deref()?;
    Some((lease.metadata.uid.as_deref(), holder, spec.lease_transitions?, spec.acquire_time.as_ref()?))
}

/// The version of the lease that was seen last, and since when.
type Seen = Option<(Option<String>, Instant)>;

/// Takes the lease if nobody holds it. Whether its holder renews it is told by what is seen of it, for clocks differ.
async fn attempt(api: &Api<Lease>, instance: &str, seen: &mut Seen) -> anyhow::Result<Option<Lease>> {
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
            let version = &lease.metadata.resource_version;
            let since = match seen {
                Some((known, since)) if known == version => *since,
                _ => seen.insert((version.clone(), Instant::now())).1,
            };
            let old = lease.spec.take().unwrap_or_default();
            let seconds = old.lease_duration_seconds.and_then(|s| u64::try_from(s).ok()).unwrap_or_default();
            let alive = since.elapsed() < Duration::from_secs(seconds);
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
