//! When the network of a workspace is probed in a site, and what came of it.
//!
//! The rule: where the policy asks for it and all is written as planned, a probe is due if there was none, at once if what
//! it is held to has changed (policy, network policies, guards, image), after [`APART`] if the nodes have changed or the
//! last one failed, and after the hours that the operator is given. A probe that has ended is written into the status,
//! and only then removed; so is one that did not end in time. In between nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    WorkspaceStatus,
    conditions::{
        PROBED,
        reason::{AS_EXPECTED, NOT_PROVIDED, PROGRESSING},
    },
    labels,
    probe::NetworkProbe,
    workspace::PlacedSite,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::Time};
use serde_json::json;

use super::{Located, Order, SitePlan, backup::policy};
use crate::{
    conditions::{Finding, State, overlay},
    evidence::canonical,
    facts::{Prober, SiteFacts},
    location::{
        self, Policy,
        probe::{FRESH, Report, tells},
        seen::{self, Image},
    },
    manifests::{Kind, Placed, probe as manifest},
    message::{self, Message, list, progress::ProgressMessage},
};

/// Between two probes that nothing but nodes or a failure calls for.
pub const APART: SignedDuration = SignedDuration::from_mins(10);
/// After its deadline a probe is given this, for clocks and for whoever tells of it.
const LATE: SignedDuration = SignedDuration::from_secs(manifest::DEADLINE_SECONDS + 60);

/// The probe's pod, as it is seen in a site.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProbePod {
    /// Its UID.
    pub uid: String,
    /// When it was made.
    pub created: Timestamp,
    /// Mark of what called for it.
    pub cause: String,
    /// Its image, asked for and running.
    pub image: Image,
    /// Node that it was bound to.
    pub node: Option<String>,
    /// Whether it is being deleted.
    pub leaving: bool,
    /// Whether it has ended.
    pub over: bool,
    /// When its program ended, where it did.
    pub ended: Option<Timestamp>,
    /// Its last words.
    pub words: Option<String>,
    /// Why it has not ended, or how it failed, where it says so.
    pub reason: Option<String>,
}

/// What is done with the probe's pod.
#[derive(Clone, Debug)]
pub enum ProbeStep {
    /// It is made.
    Make(Box<Pod>),
    /// It is removed: what it found is told by then.
    Remove {
        /// UID of the pod.
        uid: String,
    },
}

/// What is done in a site with the probe's pod. `plan` is what else is done there.
pub(super) fn step(order: &Order<'_>, placed: &Placed<'_>, plan: &SitePlan) -> Option<ProbeStep> {
    let site = placed.site.metadata.name.as_deref().unwrap_or_default();
    let live = order.live.get(site).filter(|live| live.reachable)?;
    let prober = prober(order, placed);
    if let Some(pod) = &live.probe {
        let useless = prober.is_none() || pod.over || is_late(pod, order.world.now);
        return (useless && !pod.leaving).then(|| ProbeStep::Remove { uid: pod.uid.clone() });
    }
    let prober = prober.filter(|_| plan.settled())?;
    let cause = cause(placed, plan, order.world.sites.get(site)?, prober);
    let due = due(last(order, site).as_ref(), &cause, order.world.now, prober.every);
    due.then(|| ProbeStep::Make(Box::new(manifest::build(placed, prober, &cause))))
}

/// Adds to each site's plan that a probe's pod which is left there goes, where the order stands no more.
pub(super) fn remove(order: &Order<'_>, sites: &mut BTreeMap<String, SitePlan>) {
    for (name, live) in order.live.iter().filter(|(_, live)| live.reachable) {
        if let Some(pod) = live.probe.as_ref().filter(|pod| !pod.leaving) {
            let remove = ProbeStep::Remove { uid: pod.uid.clone() };
            sites.entry(name.clone()).or_default().probe = Some(remove);
        }
    }
}

/// By what it is probed in a site, where that is asked for and its image may run there.
fn prober<'a>(order: &Order<'a>, placed: &Placed<'_>) -> Option<&'a Prober> {
    let prober = order.world.prober.as_deref().filter(|_| placed.policy.network_probe)?;
    let stopped = order.workspace.spec.is_stopped();
    let allowed = location::registries(&placed.policy.registries, &placed.site.spec.registries);
    (!stopped && allowed.contains(&location::image_host(&prober.image))).then_some(prober)
}

/// Mark of what a probe is held to: what calls for another at once, and the nodes, which do so in time.
fn cause(placed: &Placed<'_>, plan: &SitePlan, facts: &SiteFacts, prober: &Prober) -> String {
    let networks: Vec<_> = plan
        .wanted
        .iter()
        .filter(|object| object.kind == Kind::NetworkPolicy)
        .map(|object| (object.name(), &object.manifest.data))
        .collect();
    let seen = facts.observed.as_deref();
    let guards = seen.map(|seen| (&seen.guards, &seen.altered_guards));
    let policy = Policy::of("", placed.policy).digest();
    let outside = prober.outside.map(|at| at.to_string());
    let rules = mark(&json!([policy, networks, guards, prober.image, outside]));
    let nodes: BTreeSet<&str> = seen.iter().flat_map(|seen| &seen.nodes).map(|node| &*node.uid).collect();
    format!("{rules}.{}", mark(&json!(nodes)))
}

fn mark(of: &serde_json::Value) -> String {
    let mut digest = canonical::digest(of).unwrap_or_default();
    digest.truncate(16);
    digest
}

/// Whether a probe is due after the last.
fn due(last: Option<&NetworkProbe>, cause: &str, now: Timestamp, every: SignedDuration) -> bool {
    let Some(last) = last else { return true };
    let rules = |cause: &str| cause.split('.').next().map(str::to_owned);
    let age = now.duration_since(last.at.0);
    rules(&last.cause) != rules(cause)
        || age >= every
        || age >= APART && (last.cause != cause || !tells(&last.tried))
}

fn is_late(pod: &ProbePod, now: Timestamp) -> bool {
    now.duration_since(pod.created) > LATE
}

/// The last probe of a workspace in a site: the pod that has ended there, or what the status tells. `None` where the policy
/// asks for none.
pub(super) fn last(order: &Order<'_>, site: &str) -> Option<NetworkProbe> {
    policy(order).filter(|policy| policy.network_probe)?;
    let pod = order.live.get(site).and_then(|live| live.probe.as_ref());
    let ended = pod.filter(|pod| pod.over || is_late(pod, order.world.now)).map(ended);
    let mut placed = order.workspace.status.iter().flat_map(|status| &status.sites);
    ended.or_else(|| placed.find(|placed| placed.name == site)?.probe.clone())
}

/// What a pod that has ended, or is late, tells. It says the same at each look.
fn ended(pod: &ProbePod) -> NetworkProbe {
    let report = pod.words.as_deref().and_then(Report::read);
    let at = pod.ended.unwrap_or(pod.created);
    let failure = match (&report, &pod.reason) {
        (Some(_), _) => None,
        (None, Some(why)) => Some(Message::from(ProgressMessage::ProbePodFailed { why: why.clone() })),
        (None, None) => Some(ProgressMessage::ProbePodSilent.into()),
    };
    NetworkProbe {
        at: Time(Timestamp::from_second(at.as_second()).unwrap_or(at)),
        cause: pod.cause.clone(),
        image: pod.image.image.clone(),
        running: pod.image.running.clone(),
        node: pod.node.clone(),
        tried: report.map(|report| report.tried).unwrap_or_default(),
        failure: failure.map(|why| why.said()),
    }
}

/// Notes the last probe of each site.
pub(super) fn note(order: &Order<'_>, sites: &mut [PlacedSite]) {
    for site in sites {
        site.probe = last(order, &site.name);
    }
}

/// Notes which probes' pods sites refused to take: those count as tried, so that they are not asked again at once.
pub(super) fn note_refused(
    order: &Order<'_>,
    plans: &BTreeMap<String, SitePlan>,
    refused: &BTreeMap<String, Message>,
    status: &mut WorkspaceStatus,
    located: Option<&Located>,
) {
    let now = order.world.now;
    for (name, why) in refused {
        let Some(ProbeStep::Make(made)) = plans.get(name).and_then(|plan| plan.probe.as_ref()) else {
            continue;
        };
        let cause = made.metadata.annotations.as_ref().and_then(|notes| notes.get(labels::PROBE_CAUSE));
        let image = made.spec.as_ref().and_then(|spec| spec.containers.first()?.image.clone());
        for site in status.sites.iter_mut().filter(|site| site.name == *name) {
            site.probe = Some(NetworkProbe {
                at: Time(Timestamp::from_second(now.as_second()).unwrap_or(now)),
                cause: cause.cloned().unwrap_or_default(),
                image: image.clone().unwrap_or_default(),
                failure: Some(message::bounded(why.said(), LONGEST_WHY, 8)),
                ..NetworkProbe::default()
            });
        }
    }
    if let Some(finding) = probed(order, located, &status.sites).filter(|_| !refused.is_empty()) {
        let generation = order.workspace.metadata.generation;
        status.conditions = overlay(&status.conditions, finding, generation, now);
    }
}

/// Longest part of a refusal that a status keeps, in characters.
const LONGEST_WHY: usize = 500;

/// What evidence tells of a probe; nothing where it tried nothing.
pub(super) fn seen(probe: NetworkProbe) -> Option<seen::Probe> {
    let NetworkProbe { at, image, running, node, tried, .. } = probe;
    (!tried.is_empty()).then(|| seen::Probe {
        at: at.0,
        node: node.unwrap_or_default(),
        image: Image { of: "container probe".to_owned(), image, running },
        tried,
    })
}

/// Whether what its pods reach was tried of late in each of its sites; `None` where the policy asks for no probe.
pub(super) fn probed(order: &Order<'_>, located: Option<&Located>, sites: &[PlacedSite]) -> Option<Finding> {
    policy(order).filter(|policy| policy.network_probe)?;
    let unknown = |reason, message: ProgressMessage| Finding::new(PROBED, State::Unknown, reason, message);
    let Some(Located { observation, .. }) = located else {
        return Some(unknown("NotObserved", ProgressMessage::ProbeAwaited));
    };
    let mut told = Vec::new();
    for site in &observation.sites {
        let last =
            sites.iter().find(|placed| placed.name == site.name).and_then(|placed| placed.probe.as_ref());
        match of_site(order, &site.name, last) {
            (AS_EXPECTED, good) => told.push(Message::from(good).of(&site.name)),
            (PROGRESSING, why) => {
                return Some(Finding::new(
                    PROBED,
                    State::Unknown,
                    PROGRESSING,
                    Message::from(why).of(&site.name),
                ));
            }
            (reason, why) => {
                return Some(Finding::new(PROBED, false, reason, Message::from(why).of(&site.name)));
            }
        }
    }
    Some(Finding::new(PROBED, true, AS_EXPECTED, list(told)))
}

/// What is told of one site, with the reason for the condition.
fn of_site(order: &Order<'_>, site: &str, last: Option<&NetworkProbe>) -> (&'static str, ProgressMessage) {
    let now = order.world.now;
    let fresh = |probe: &&NetworkProbe| {
        probe.at.0 <= now && now.duration_since(probe.at.0) <= FRESH && tells(&probe.tried)
    };
    if let Some(probe) = last.filter(fresh) {
        let node = probe.node.clone().unwrap_or_default();
        return (AS_EXPECTED, ProgressMessage::Probed { node, at: probe.at.0 });
    }
    let Some(prober) = order.world.prober.as_deref() else {
        return (NOT_PROVIDED, ProgressMessage::NoProbeImage);
    };
    let allowed = policy(order).zip(order.world.sites.get(site)).is_some_and(|(policy, facts)| {
        let host = location::image_host(&prober.image);
        location::registries(&policy.registries, &facts.site.spec.registries).contains(&host)
    });
    if !allowed {
        let registry = location::image_host(&prober.image).to_owned();
        return ("ProbeRefused", ProgressMessage::ProbeRegistry { registry });
    }
    match last {
        None => (PROGRESSING, ProgressMessage::ProbeAwaited),
        Some(NetworkProbe { failure: Some(why), .. }) => {
            let why = Message::read(why).unwrap_or_else(Message::none);
            ("ProbeFailed", ProgressMessage::ProbeFailed { why: Box::new(why) })
        }
        Some(probe) if !tells(&probe.tried) => ("ProbeFailed", ProgressMessage::ProbeTellsNothing),
        Some(probe) => ("ProbeTooOld", ProgressMessage::ProbedTooLongAgo { at: probe.at.0 }),
    }
}

#[cfg(test)]
mod tests;
