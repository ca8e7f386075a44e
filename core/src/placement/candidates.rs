//! Every site, judged: what refuses it, what it is warned of, and in which order it would be taken.

use beffroi_crds::{
    site::Coordinates,
    workspace::{Judgement, Verdict},
};
use kube::ResourceExt;
use sha2::{Digest, Sha256};

use super::Request;
use crate::{
    facts::{Resources, SiteFacts},
    message::{order::Resource, placement::PlacementMessage, rules::RuleMessage},
    policy::{self, Case, custom, outcome::Outcome},
};

/// A site as placement sees it.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub name: &'a str,
    pub standing: Standing,
    /// What refuses it; for a current site, what holds against staying.
    pub refusals: Vec<Judgement>,
    pub warnings: Vec<Judgement>,
    /// Country and city; `None` for a site that is no longer declared.
    pub city: Option<(&'a str, String)>,
    pub coordinates: Coordinates,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// The workspace lies here; the lowest number is the oldest.
    Current(usize),
    /// It could come here.
    Acceptable,
    /// It could not.
    Refused,
}

impl Candidate<'_> {
    pub(super) fn age(&self) -> Option<usize> {
        match self.standing {
            Standing::Current(age) => Some(age),
            Standing::Acceptable | Standing::Refused => None,
        }
    }
}

/// Every site, in the order in which it would be taken: as preferred, then the least loaded by tenths, then
/// by rendezvous hash, so that workspaces spread over sites that are alike.
pub(super) fn judge<'a>(request: &Request<'a>) -> Vec<Candidate<'a>> {
    let own = custom::compile_all(request.case.policy);
    let world = &request.case.world.sites;
    let mut ranked: Vec<_> =
        world.iter().map(|(name, site)| (rank(request, name, site), name, site)).collect();
    ranked.sort_by_key(|a| a.0);
    let declared = ranked.into_iter().map(|(_, name, site)| one(request, name, site, &own));
    let mut current: Vec<&String> =
        request.current.iter().filter(|name| !world.contains_key(*name)).collect();
    current.dedup();
    declared.chain(current.into_iter().map(|name| gone(request, name))).collect()
}

fn one<'a>(
    request: &Request<'a>,
    name: &'a str,
    site: &'a SiteFacts,
    own: &[Result<custom::Compiled, RuleMessage>],
) -> Candidate<'a> {
    let age = request.current.iter().position(|current| current == name);
    let judged = policy::judge_site_with(request.case, site, own);
    let (mut refusals, warnings) = policy::split(judged, request.case.policy);
    refusals.extend(at_hand(site));
    if age.is_none() {
        refusals.extend(with_room(request, site));
    }
    let standing = match age {
        Some(age) => Standing::Current(age),
        None if refusals.is_empty() => Standing::Acceptable,
        None => Standing::Refused,
    };
    let spec = &site.site.spec;
    let city = Some((&*spec.country, spec.city.trim().to_lowercase()));
    Candidate { name, standing, refusals, warnings, city, coordinates: spec.coordinates }
}

/// A site where the workspace lies, though no `Site` bears its name any more.
fn gone<'a>(request: &Request<'a>, name: &'a str) -> Candidate<'a> {
    let age = request.current.iter().position(|current| current == name).unwrap_or_default();
    let reason = PlacementMessage::NoSuchSite { site: name.to_owned() };
    Candidate {
        name,
        standing: Standing::Current(age),
        refusals: vec![house("SITE-UNKNOWN", Verdict::Unproven, reason)],
        warnings: Vec::new(),
        city: None,
        coordinates: Coordinates::default(),
    }
}

fn house(rule: &str, verdict: Verdict, reason: PlacementMessage) -> Judgement {
    Outcome { verdict, reason: reason.into(), paths: Vec::new() }.judgement(rule)
}

/// Whether a site answers and can install anything.
fn at_hand(site: &SiteFacts) -> Option<Judgement> {
    match site.observed.as_deref() {
        None => Some(house("SITE-UNREACHABLE", Verdict::Unproven, PlacementMessage::NeverReached)),
        Some(seen) if !seen.reachable => {
            Some(house("SITE-UNREACHABLE", Verdict::Fail, PlacementMessage::Silent))
        }
        Some(seen) if !seen.flux => Some(house("SITE-NO-FLUX", Verdict::Fail, PlacementMessage::NoFlux)),
        Some(_) => None,
    }
}

/// Whether a site takes one more. Volumes count only where the site says how much it can give. Tenants read the reasons:
/// how much others use of a site is not told.
fn with_room(request: &Request<'_>, site: &SiteFacts) -> Vec<Judgement> {
    let spec = &site.site.spec;
    let mut refusals = Vec::new();
    if spec.unschedulable {
        refusals.push(house("SITE-CLOSED", Verdict::Fail, PlacementMessage::Closed));
    }
    if site.site.metadata.deletion_timestamp.is_some() {
        refusals.push(house("SITE-CLOSED", Verdict::Fail, PlacementMessage::SiteLeaving));
    }
    if let Some(most) = spec.max_workspaces.filter(|most| site.load.workspaces >= *most) {
        refusals.push(house("SITE-FULL", Verdict::Fail, PlacementMessage::NoMoreWorkspaces { most }));
    }
    let (has, own) = (capacity(site), request.needs);
    let wanted = site.load.reserved.plus(own);
    let mib = |bytes: u64| bytes >> 20;
    let short = [
        (Resource::Cpu, "m", own.cpu_millis, wanted.cpu_millis, has.cpu_millis),
        (Resource::Memory, "Mi", mib(own.memory_bytes), mib(wanted.memory_bytes), mib(has.memory_bytes)),
        (Resource::Storage, "Mi", mib(own.storage_bytes), mib(wanted.storage_bytes), mib(has.storage_bytes)),
    ];
    let counts =
        |what: Resource| site.observed.is_some() && (what != Resource::Storage || has.storage_bytes > 0);
    for (what, unit, own, _, has) in short.into_iter().filter(|(what, _, _, w, h)| counts(*what) && w > h) {
        let (wanted, capacity) = (format!("{own}{unit}"), format!("{has}{unit}"));
        let reason = PlacementMessage::TooLittleLeft { wanted, what, capacity };
        refusals.push(house("SITE-FULL", Verdict::Fail, reason));
    }
    refusals
}

/// What the Ready nodes can give together.
fn capacity(site: &SiteFacts) -> Resources {
    let nodes = site.observed.iter().flat_map(|seen| &seen.nodes).filter(|node| node.ready);
    nodes.map(|node| node.allocatable).fold(Resources::default(), Resources::plus)
}

fn rank(request: &Request<'_>, name: &str, site: &SiteFacts) -> (usize, u64, [u8; 32]) {
    let preferred = request.case.workspace.placement.iter().flat_map(|p| &p.preferred_sites);
    let wish = preferred.into_iter().position(|wish| **wish == *name).unwrap_or(usize::MAX);
    let (has, used) = (capacity(site), site.load.reserved);
    let tenths = |used: u64, has: u64| used.saturating_mul(10).checked_div(has).unwrap_or(u64::MAX);
    let load = tenths(used.cpu_millis, has.cpu_millis).max(tenths(used.memory_bytes, has.memory_bytes));
    (wish, load, weight(request.case, name))
}

/// Rendezvous hash of the workspace and a site. A case knows no name of its workspace: tenant and domain
/// stand for it.
fn weight(case: &Case<'_>, site: &str) -> [u8; 32] {
    let tenant = case.tenant.uid().unwrap_or_else(|| case.tenant.name_any());
    let mut hash = Sha256::new();
    for part in [&*tenant, &*case.workspace.domain, site] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
