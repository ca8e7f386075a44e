//! What a workspace's status says: conditions and sites, from the plan and from what Flux and the pods report.

use std::collections::BTreeMap;

use beffroi_crds::{
    conditions::{
        ACCEPTED, BACKED_UP, COMPLIANT, LASTING, LOCATED, OFFERED, PLACED, PROBED, PROVISIONED, READY,
        reason::{
            AS_EXPECTED, DELETING, DELETION_HELD, NOT_AS_DECLARED, POLICY_REFUSED, PROGRESSING, SUSPENDED,
        },
    },
    workspace::{LocationFinding, PlacedSite, RefusedSite, WorkspaceStatus},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde_json::Value;

use super::{
    Accepted, Closing, Located, Order, Plan, SiteLive, SitePlan, audit, backup, compliance, current_sites,
    grace, probe, releases, running, settle, stop, unread,
};
use crate::{
    conditions::{Finding, State, overlay, pause, renew, summary},
    endings,
    evidence::statement::{LocationVerdict, RuleVerdict},
    location,
    manifests::{Kind, Live, namespace_name},
    message::{
        Joint, Message, Parts, list,
        placement::{PlacementMessage, Sites},
        progress::ProgressMessage,
    },
};

/// Reason of `Located`: all was looked at, and nothing of the workspace lies there.
pub(super) const NOTHING_SEEN: &str = "NothingSeen";

/// How far a workspace has come in one site.
#[derive(Debug, Eq, PartialEq)]
pub struct Progress {
    /// Stable reason for the condition `Provisioned`.
    pub reason: &'static str,
    /// What is going on.
    pub message: Message,
}

impl Progress {
    /// Whether all is as planned and reports ready.
    pub fn ready(&self) -> bool {
        self.reason == AS_EXPECTED
    }

    fn new(reason: &'static str, message: impl Into<Message>) -> Self {
        Self { reason, message: message.into() }
    }

    /// A site refused a write.
    fn failed(why: &Message) -> Self {
        Self::new("ApplyFailed", why.clone())
    }
}

/// How far a workspace has come in a site: written, fetched, installed, running.
pub fn progress(plan: &SitePlan, live: &SiteLive) -> Progress {
    if !live.reachable {
        return Progress::new("SiteUnreachable", ProgressMessage::SiteSilent);
    }
    if let Some(why) = &plan.refused {
        return Progress::new("RegistryRefused", why.clone());
    }
    if let Some(waiting) = &plan.waiting {
        return Progress::new(PROGRESSING, waiting.clone());
    }
    if let Some(object) = plan.wanted.iter().find(|w| settle::find(w, live).is_none()) {
        let (kind, name) = (object.kind.name().to_owned(), object.name().to_owned());
        return Progress::new("Applying", ProgressMessage::BeingWritten { kind, name });
    }
    let flux = |kind| {
        let kept = live.objects.iter().map(AsRef::as_ref);
        let kept = kept.filter(move |l: &&Live| l.kind == kind && plan.kept.contains(l.name()));
        let wanted = plan.wanted.iter().filter(move |w| w.kind == kind);
        wanted.filter_map(|w| settle::find(w, live)).chain(kept)
    };
    let chart = flux(Kind::OciRepository)
        .find_map(trouble)
        .map(|(app, why)| Progress::new("ChartUnavailable", ProgressMessage::ChartUnavailable { app, why }));
    let app = || {
        let (app, why) = flux(Kind::HelmRelease).find_map(trouble)?;
        Some(Progress::new("AppFailed", ProgressMessage::AppFailed { app, why }))
    };
    let waiting = || {
        let all = flux(Kind::OciRepository).chain(flux(Kind::HelmRelease));
        let mut all = all.map(|l| (l.name(), ready_condition(l)));
        let (app, ready) = all.find(|(_, ready)| ready.as_ref().is_none_or(|c| c.status != "True"))?;
        let told = match ready {
            Some(ready) => Message::verbatim(ready.message).of(app),
            None => ProgressMessage::WaitsForFlux { app: app.to_owned() }.into(),
        };
        Some(Progress::new("AppsStarting", told))
    };
    let pod = || {
        live.pods.iter().find(|pod| !pod.fine).map(|pod| {
            let name = pod.name.clone();
            let told = match pod.reason.clone() {
                Some(why) => ProgressMessage::PodWaits { pod: name, why },
                None => ProgressMessage::PodNotReady { pod: name },
            };
            Progress::new("PodsNotReady", told)
        })
    };
    // Flux only waits for what does not come, and says that it waits.
    let unborn = |stands: bool| {
        let one = live.unborn.iter().find(|unborn| unborn.stands || !stands)?;
        let told = ProgressMessage::PodsNotCreated { of: one.of.clone(), why: one.why.clone() };
        Some(Progress::new("PodsNotCreated", told))
    };
    let behind = || app().or_else(waiting).or_else(pod).map(|trouble| unborn(false).unwrap_or(trouble));
    let fine = || Progress::new(AS_EXPECTED, Message::none());
    chart.or_else(|| unborn(true)).or_else(behind).unwrap_or_else(fine)
}

/// The name of an object of Flux's that is in trouble, and why.
fn trouble(live: &Live) -> Option<(String, String)> {
    let ready = ready_condition(live)?;
    (ready.status == "False" && !AWAITING.contains(&ready.reason.as_str()))
        .then(|| (live.name().to_owned(), ready.message))
}

/// Flux's reasons for not being ready that only mean that something else comes first.
const AWAITING: [&str; 3] = ["SourceNotReady", "DependencyNotReady", "Progressing"];

struct FluxCondition {
    status: String,
    reason: String,
    message: String,
}

/// Flux's `Ready`, when it speaks of the current generation.
fn ready_condition(live: &Live) -> Option<FluxCondition> {
    let data = live.data();
    let status = data.get("status")?;
    let conditions = status.get("conditions")?.as_array()?;
    let text = |c: &'static str| move |v: &Value| v.get("type").and_then(Value::as_str) == Some(c);
    let ready = conditions.iter().find(|v| text("Ready")(v))?;
    let generation =
        ready.get("observedGeneration").or(status.get("observedGeneration")).and_then(Value::as_i64);
    let told =
        |key: &str, otherwise: &str| ready.get(key).and_then(Value::as_str).unwrap_or(otherwise).to_owned();
    (generation == live.metadata.generation).then(|| FluxCondition {
        status: told("status", "Unknown"),
        reason: told("reason", ""),
        message: told("message", ""),
    })
}

/// The status that follows from a plan, from what is there, and from where it was seen to lie. `failures` are
/// writes that a site refused.
pub fn status(
    order: &Order<'_>,
    plan: &Plan<'_>,
    seen: Option<&Located>,
    failures: &BTreeMap<String, Message>,
) -> WorkspaceStatus {
    let before = order.workspace.status.clone().unwrap_or_default();
    let generation = order.workspace.metadata.generation;
    let now = order.world.now;
    let mut status = WorkspaceStatus { observed_generation: generation, ..before.clone() };
    let mut findings = Vec::new();
    match &plan.accepted {
        Err(refusal) => {
            findings.push(Finding::new(ACCEPTED, refusal.state(), refusal.reason(), refusal.message()));
            let kept = match before.sites.is_empty() {
                true => None,
                false if order.workspace.spec.is_stopped() => {
                    Some(ProgressMessage::DataStays { apps: stop::told(order) })
                }
                false => Some(ProgressMessage::StaysAsItIs),
            };
            let waits = [ProgressMessage::WaitsForOrder].into_iter().chain(kept).map(Message::from);
            let failures = failures.iter().map(|(site, why)| why.clone().of(site));
            let held = list(waits.chain(failures));
            findings.push(Finding::new(PLACED, !before.sites.is_empty(), "NotAccepted", held.clone()));
            findings.push(Finding::new(PROVISIONED, State::Unknown, "NotAccepted", held));
            // What runs is told whatever becomes of the order.
            releases::note_withdrawn(order.world, &mut status.releases);
            running::tell(order, &mut status.releases);
            findings.extend((!status.releases.is_empty()).then(|| releases::offered(&status.releases)));
        }
        Ok(accepted) => {
            status.sites = sites(order, plan, accepted, failures);
            status.lies_on = status.sites.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
            status.refused.clone_from(&accepted.placement.refused);
            status.warnings = accepted.warnings.iter().chain(&accepted.placement.warnings).cloned().collect();
            status.warnings.sort();
            status.warnings.dedup();
            status.releases = accepted.held();
            running::tell(order, &mut status.releases);
            status.pending.clone_from(&accepted.pending);
            status.namespace = order.tenant.map(|t| namespace_name(&t.name_any(), order.workspace));
            status.domain = Some(order.workspace.spec.domain.to_string());
            status.hosts = accepted.hosts.iter().cloned().collect();
            findings.push(accepted_as(accepted, order));
            findings.push(placed(accepted));
            findings.push(provisioned(order, plan, accepted, failures));
            findings.push(releases::offered(&status.releases));
        }
    }
    probe::note(order, &mut status.sites);
    findings.push(located(order, seen));
    findings.push(backup::backed_up(order, seen));
    findings.extend(probe::probed(order, seen, &status.sites));
    let lasting = lasting(order, &mut status);
    findings.push(compliance::compliant(&compliance::required(order, &findings, &status.endings)));
    tell_findings(&mut status, seen);
    audit::note_order(order, &mut status);
    status.deletion = grace::deletion(order);
    // What ends soon stops nothing yet, and what has ended is a matter of the rules that ask for it.
    let ready = ready(order, &findings);
    findings.extend([lasting, ready]);
    status.conditions = renew(&before.conditions, findings, generation, now);
    status
}

/// `Accepted` of an order that stands.
fn accepted_as(accepted: &Accepted<'_>, order: &Order<'_>) -> Finding {
    if !accepted.domain_lost {
        return Finding::new(ACCEPTED, true, AS_EXPECTED, Message::none());
    }
    let domain = order.workspace.spec.domain.to_string();
    Finding::new(ACCEPTED, true, "DomainLost", ProgressMessage::DomainLost { domain })
}

/// The summary; who ordered that nothing runs is told that first.
pub(super) fn ready(order: &Order<'_>, findings: &[Finding]) -> Finding {
    // Whether apps run does not hang on whether they are in the catalogue and backed up, nor on what the policy
    // requires beside.
    let mut aside = vec![OFFERED, BACKED_UP, PROBED, COMPLIANT];
    let (suspended, stopped) = (order.workspace.spec.suspended, stop::running(order).is_empty());
    // Of apps that are stopped and keep no volumes there is nothing to see, as was ordered.
    if suspended && stopped && findings.iter().any(|f| f.kind == LOCATED && f.reason == NOTHING_SEEN) {
        aside.push(LOCATED);
    }
    let summary = summary(findings, &aside);
    let suspended = suspended && summary.state == State::True;
    grace::scheduled(order).unwrap_or_else(|| match stopped {
        _ if !suspended => summary,
        true => Finding::new(READY, false, SUSPENDED, ProgressMessage::Suspended),
        false => {
            let apps = stop::told(order);
            Finding::new(READY, false, SUSPENDED, ProgressMessage::Suspending { apps })
        }
    })
}

/// What ends of all that it rests on; what was told last stays where nobody knows by which rules.
fn lasting(order: &Order<'_>, status: &mut WorkspaceStatus) -> Finding {
    let Some(endings) = endings::of_workspace(order, &status.sites, &status.releases) else {
        return Finding::new(LASTING, State::Unknown, "NoRules", ProgressMessage::RestsOnUnknown);
    };
    status.endings = endings;
    endings::finding(&status.endings)
}

/// The status with nothing renewed but where the data lies, whether it is backed up, what ends, and whether that is what
/// the policy requires: that is told whatever else may not be.
pub fn observed(order: &Order<'_>, seen: Option<&Located>) -> WorkspaceStatus {
    let mut status = order.workspace.status.clone().unwrap_or_default();
    let (generation, now) = (order.workspace.metadata.generation, order.world.now);
    tell_findings(&mut status, seen);
    probe::note(order, &mut status.sites);
    let probed = probe::probed(order, seen, &status.sites);
    status.conditions.retain(|condition| condition.type_ != PROBED || probed.is_some());
    for finding in [located(order, seen), backup::backed_up(order, seen)].into_iter().chain(probed) {
        status.conditions = overlay(&status.conditions, finding, generation, now);
    }
    let lasting = lasting(order, &mut status);
    let required = compliance::required(order, &status.conditions, &status.endings);
    for finding in [compliance::compliant(&required), lasting] {
        status.conditions = overlay(&status.conditions, finding, generation, now);
    }
    status
}

/// The status of a workspace that is paused: everything as it was, and said so. Nobody pauses observation, nor the
/// log of what is ordered meanwhile.
pub fn paused(order: &Order<'_>, seen: Option<&Located>) -> WorkspaceStatus {
    let mut status = observed(order, seen);
    audit::note_order(order, &mut status);
    status.deletion = grace::deletion(order);
    status.conditions = pause(&status.conditions, order.workspace.metadata.generation, order.world.now);
    status
}

/// What contradicts; what was told last stays where nobody can judge any more.
fn tell_findings(status: &mut WorkspaceStatus, seen: Option<&Located>) {
    if let Some(Located { claim, .. }) = seen {
        status.findings = claim.findings.iter().map(LocationFinding::from).collect();
        status.findings_omitted = claim.findings_omitted;
    }
}

/// The status of a workspace that is leaving, and what it waits for: its data lies somewhere until it has left.
pub fn closing(
    order: &Order<'_>,
    seen: Option<&Located>,
    closing: &Closing,
    waiting: Vec<Message>,
) -> WorkspaceStatus {
    let mut status = observed(order, seen);
    let gone = || ProgressMessage::NamespacesGone.into();
    let message = if waiting.is_empty() { gone() } else { list(waiting) };
    let reason = if closing.held { DELETION_HELD } else { DELETING };
    let ready = Finding::new(READY, false, reason, message);
    status.residue.clone_from(&closing.residue);
    status.conditions =
        overlay(&status.conditions, ready, order.workspace.metadata.generation, order.world.now);
    status.observed_generation = order.workspace.metadata.generation;
    audit::note_order(order, &mut status);
    status
}

/// Sites where the workspace lies or is about to: recorded before anything is written there, and kept until
/// nothing is left.
fn sites(
    order: &Order<'_>,
    plan: &Plan<'_>,
    accepted: &Accepted<'_>,
    failures: &BTreeMap<String, Message>,
) -> Vec<PlacedSite> {
    let before: BTreeMap<_, _> =
        order.workspace.status.iter().flat_map(|s| &s.sites).map(|site| (site.name.as_str(), site)).collect();
    let leaving = plan.sites.iter().filter(|(name, p)| {
        !accepted.placement.chosen.contains(name) && (p.waiting.is_some() || !p.steps.is_empty())
    });
    accepted
        .placement
        .chosen
        .iter()
        .chain(leaving.map(|(name, _)| name))
        .map(|name| {
            let empty = (SitePlan::default(), SiteLive::default());
            let (plan, live) =
                (plan.sites.get(name).unwrap_or(&empty.0), order.live.get(name).unwrap_or(&empty.1));
            let progress = failures.get(name).map_or_else(|| progress(plan, live), Progress::failed);
            let fine = live.pods.iter().filter(|pod| pod.fine).count();
            let before = before.get(name.as_str());
            // A site that is no longer declared lies where it lay.
            let declared = order.world.sites.get(name).map(|facts| &facts.site.spec.city);
            let city = declared.or(before.map(|site| &site.city)).cloned().unwrap_or_default();
            let since = before.and_then(|site| site.since.clone()).unwrap_or(Time(order.world.now));
            let said = progress.message.said();
            PlacedSite {
                name: name.clone(),
                city,
                since: Some(since),
                ready: progress.ready(),
                message: (!progress.message.is_none()).then(|| progress.message.to_string()),
                code: said.code,
                args: said.args,
                pods: Some(format!("{fine}/{}", live.pods.len())),
                probe: None,
            }
        })
        .collect()
}

fn placed(accepted: &Accepted<'_>) -> Finding {
    let placement = &accepted.placement;
    let lost: Vec<_> = placement.at_risk.iter().filter_map(lawful).collect();
    // What refuses may be no more than that something cannot be read.
    if let Some(unread) =
        accepted.unread.as_ref().filter(|_| placement.shortfall.is_some() || !lost.is_empty())
    {
        return Finding::new(PLACED, State::Unknown, unread.reason(), unread.message());
    }
    if let Some(shortfall) = &placement.shortfall {
        let refused: Vec<Message> = placement.refused.iter().map(describe).collect();
        let mut told = shortfall.clone();
        if !refused.is_empty() {
            told = PlacementMessage::RefusedElsewhere { shortfall: Box::new(told), refused: Sites(refused) };
        }
        Finding::new(PLACED, false, "NotEnoughSites", told)
    } else if lost.is_empty() {
        let sites = placement.chosen.clone();
        Finding::new(PLACED, true, AS_EXPECTED, PlacementMessage::Placed { sites })
    } else {
        Finding::new(PLACED, false, POLICY_REFUSED, PlacementMessage::NoLongerAllowed { sites: Sites(lost) })
    }
}

/// A site as refused by law; one that is only full, closed or silent for now takes nothing from what is there.
/// Nodes and volumes seen elsewhere (LOC-01) are for [`located`], which looks at those of this workspace alone.
fn lawful(site: &RefusedSite) -> Option<Message> {
    let mut site = site.clone();
    site.by.retain(|j| !j.rule.starts_with("SITE-") && j.rule != "LOC-01");
    (!site.by.is_empty()).then(|| describe(&site))
}

fn describe(site: &RefusedSite) -> Message {
    let by = site.by.iter().map(|judgement| {
        let (rule, reason) = (judgement.rule.clone(), Box::new(Message::from(judgement)));
        PlacementMessage::Judged { rule, reason }.into()
    });
    list(by).of(&site.name)
}

fn provisioned(
    order: &Order<'_>,
    plan: &Plan<'_>,
    accepted: &Accepted<'_>,
    failures: &BTreeMap<String, Message>,
) -> Finding {
    let chosen = &accepted.placement.chosen;
    if chosen.is_empty() {
        return Finding::new(PROVISIONED, false, "NotPlaced", ProgressMessage::WaitsForSites);
    }
    for name in chosen {
        let (Some(site), Some(live)) = (plan.sites.get(name), order.live.get(name)) else {
            let message = Message::from(ProgressMessage::NeverReached).of(name);
            return Finding::new(PROVISIONED, false, "SiteUnreachable", message);
        };
        let progress = failures.get(name).map_or_else(|| progress(site, live), Progress::failed);
        if !progress.ready() {
            return Finding::new(PROVISIONED, false, progress.reason, progress.message.of(name));
        }
    }
    Finding::new(PROVISIONED, true, AS_EXPECTED, Message::none())
}

/// The verdict on where data lies.
fn located(order: &Order<'_>, located: Option<&Located>) -> Finding {
    let Some(Located { observation, claim }) = located else {
        if let Some(unread) = unread::of_place(order) {
            return Finding::new(LOCATED, State::Unknown, unread.reason(), unread.message());
        }
        let (reason, message) = if current_sites(order).is_empty() {
            ("NotPlaced", ProgressMessage::LiesNowhere)
        } else {
            ("NoRules", ProgressMessage::PlaceUnknown)
        };
        return Finding::new(LOCATED, State::Unknown, reason, message);
    };
    let sites = observation.sites.iter().map(|site| site.name.clone()).collect();
    match claim.verification_result {
        LocationVerdict::Located => {
            let empty = claim.rules.iter().filter(|rule| rule.result == RuleVerdict::WithoutObject);
            let rules: Vec<String> = empty.map(|rule| rule.id.clone()).collect();
            let empty = (!rules.is_empty()).then_some(ProgressMessage::WithoutObject { rules });
            let told = [ProgressMessage::Located { sites }].into_iter().chain(empty).map(Message::from);
            Finding::new(LOCATED, true, AS_EXPECTED, list(told))
        }
        LocationVerdict::NotLocated => {
            let told = claim.findings.iter().map(|found| {
                let (rule, site, object) = (found.rule.clone(), found.site.clone(), found.object.clone());
                let (observed, expected) = (found.observed.clone(), found.expected.clone());
                ProgressMessage::Elsewhere { rule, site, object, observed, expected }.into()
            });
            let message = match usize::try_from(claim.findings_omitted).unwrap_or(usize::MAX) {
                0 => list(told),
                more => Joint::SeveralAndMore { all: Parts(told.collect()), more }.into(),
            };
            Finding::new(LOCATED, false, NOT_AS_DECLARED, message)
        }
        LocationVerdict::Unknown => {
            let limit = observation.policy.spec().observation_max_age_seconds;
            let (reason, message) = match location::stale(observation, order.world.now) {
                Some((site, Some(at))) => {
                    let site = site.to_owned();
                    ("ObservationTooOld", ProgressMessage::SeenTooLongAgo { site, at, limit })
                }
                Some((site, None)) => {
                    ("ObservationTooOld", ProgressMessage::NeverSeen { site: site.to_owned() })
                }
                None => (NOTHING_SEEN, ProgressMessage::NothingSeen { sites }),
            };
            Finding::new(LOCATED, State::Unknown, reason, message)
        }
    }
}
