//! Where the data of a workspace lies: what was seen → findings → verdict → claim.
//!
//! [`Observation`] holds all that a verdict rests on: the rules, what each site declares, what was seen there.
//! [`findings`] runs one check per file over it. [`claim`] draws the statement from it; whoever verifies the
//! statement draws it again, so nobody has to trust our verdict, only what was seen. These checks are part of
//! what predicate `data-location/v2` means: a change of their results is a new version of it.

mod backups;
mod exits;
mod images;
mod nodes;
pub mod probe;
mod rules;
pub mod seen;
mod sources;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    SiteSpec,
    site::{BackupStore, GatewayHost, IngressOffer, NodeIdentity, Registry, StorageClass},
    workspace::LocationFinding,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};

pub use backups::faults as backup_faults;
pub use images::host as image_host;
pub use rules::{Policy, Rules};
pub use seen::Seen;

use crate::{
    evidence::{
        canonical,
        statement::{
            DataLocation, Finding, Limit, LocationVerdict, PolicyRef, RuleResult, RuleVerdict, Sha256,
            SiteSummary, Told, Verifier, Version, WorkspaceRef,
        },
    },
    message::{self, Message, location::LocationMessage},
    policy::place::refusal,
};

/// All that a verdict rests on.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observation {
    /// The workspace.
    pub workspace: WorkspaceRef,
    /// The policy that it is held to, whole.
    pub policy: Policy,
    /// Sites where it lies, by name.
    pub sites: Vec<SiteView>,
}

/// A site: what it declares, and what was seen there of the workspace.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteView {
    /// Name.
    pub name: String,
    /// What it declares.
    pub declared: Declared,
    /// When everything there was last seen; `None`: never.
    pub observed_at: Option<Timestamp>,
    /// What was seen then.
    pub seen: Seen,
}

/// What a site declares, as far as place goes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Declared {
    /// Its hoster.
    pub provider: String,
    /// Country.
    pub country: String,
    /// ISO 3166-2 subdivision.
    pub subdivision: String,
    /// City.
    pub city: String,
    /// What its nodes bear.
    pub nodes: NodeIdentity,
    /// Where its storage classes keep their data.
    pub storage_classes: Vec<StorageClass>,
    /// Registries that it pulls from.
    pub registries: Vec<Registry>,
    /// Stores that it backs up to.
    pub backup_stores: Vec<BackupStore>,
    /// How workspaces are reached.
    pub ingress: Option<IngressOffer>,
    /// Its own gateways, which a service of a workspace may stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateway_hosts: Vec<GatewayHost>,
}

impl From<&SiteSpec> for Declared {
    fn from(spec: &SiteSpec) -> Self {
        Self {
            provider: spec.provider.to_string(),
            country: spec.country.to_string(),
            subdivision: spec.subdivision.to_string(),
            city: spec.city.clone(),
            nodes: spec.nodes.clone(),
            storage_classes: spec.storage_classes.clone(),
            registries: spec.registries.clone(),
            backup_stores: spec.backup_stores.clone(),
            ingress: spec.ingress.clone(),
            gateway_hosts: spec.gateway_hosts.clone(),
        }
    }
}

/// Registries that a workspace under these rules may pull from in this site: those that both name.
pub fn registries<'a, H>(allowed: &[H], declared: &'a [Registry]) -> Vec<&'a str>
where
    H: std::ops::Deref<Target: AsRef<str>>,
{
    let hosts = declared.iter().map(|registry| &*registry.host);
    hosts.filter(|host| allowed.is_empty() || allowed.iter().any(|a| (**a).as_ref() == *host)).collect()
}

/// Something that contradicts the rules or the declaration, or that nobody knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    rule: &'static str,
    site: String,
    object: String,
    observed: Message,
    expected: Message,
}

/// One site under judgement.
struct Case<'a> {
    rules: &'a Rules,
    site: &'a SiteView,
    found: Vec<Found>,
    /// Whether the place of some volume is not proven.
    doubtful: bool,
}

impl Case<'_> {
    /// What nobody can tell of a volume: a finding only where the policy wants proof.
    fn doubt(
        &mut self,
        object: impl Into<String>,
        observed: impl Into<Message>,
        expected: impl Into<Message>,
    ) {
        self.doubtful = true;
        if self.rules.volumes_proven {
            self.tell("LOC-01", object, observed, expected);
        }
    }

    /// Registries that the workspace may pull from here.
    fn registries(&self) -> Vec<String> {
        let both = registries(&self.rules.registries, &self.site.declared.registries);
        both.into_iter().map(str::to_owned).collect()
    }

    fn tell(
        &mut self,
        rule: &'static str,
        object: impl Into<String>,
        observed: impl Into<Message>,
        expected: impl Into<Message>,
    ) {
        let (object, observed, expected) = (object.into(), observed.into(), expected.into());
        self.found.push(Found { rule, site: self.site.name.clone(), object, observed, expected });
    }
}

/// Rules that are judged by observation, with their source in law.
pub const RULES: [&str; 5] = ["LOC-01", "LOC-02", "LOC-04", "LOC-05", "CRY-01"];

/// Everything that contradicts, in order.
pub fn findings(observation: &Observation) -> Vec<Found> {
    examine(observation).0
}

/// Everything that contradicts, in order, and whether the place of some volume is not proven.
fn examine(observation: &Observation) -> (Vec<Found>, bool) {
    let rules = observation.policy.rules();
    let (mut all, mut doubtful) = (Vec::new(), false);
    for site in &observation.sites {
        let mut case = Case { rules: &rules, site, found: Vec::new(), doubtful: false };
        if let Some(lies) = refusal(&rules.place, &site.declared.country, &site.declared.subdivision) {
            let observed = LocationMessage::Lies { lies };
            case.tell("LOC-01", format!("Site {}", site.name), observed, LocationMessage::AllowedPlace);
        }
        nodes::check(&mut case);
        volumes::check(&mut case);
        images::check(&mut case);
        exits::check(&mut case);
        probe::check(&mut case);
        sources::check(&mut case);
        backups::check(&mut case);
        all.append(&mut case.found);
        doubtful |= case.doubtful;
    }
    // By what is said, whatever the words for it.
    all.sort_by_cached_key(|f| {
        (f.rule, f.site.clone(), f.object.clone(), f.observed.said(), f.expected.said())
    });
    all.dedup();
    (all, doubtful)
}

/// Since when each finding stands.
#[derive(Clone, Debug, Default)]
pub struct Since(BTreeMap<(String, String, String), Timestamp>);

impl Since {
    /// Of findings that were told before.
    pub fn of(findings: &[Finding]) -> Self {
        let keyed = findings.iter().map(|f| ((f.rule.clone(), f.site.clone(), f.object.clone()), f.since.0));
        Self(keyed.collect())
    }

    /// The same, of a status.
    pub fn of_status(findings: &[LocationFinding]) -> Self {
        let keyed = findings.iter().map(|f| ((f.rule.clone(), f.site.clone(), f.object.clone()), f.since.0));
        Self(keyed.collect())
    }

    fn get(&self, found: &Found, now: Timestamp) -> Timestamp {
        let key = (found.rule.to_owned(), found.site.clone(), clip(&found.object));
        // As Kubernetes writes times: to the second.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        self.0.get(&key).copied().unwrap_or(now)
    }
}

/// Most findings that a statement or a status lists.
pub const LISTED: usize = 32;

/// Longest name or word of a finding that is kept, in characters.
const TEXT: usize = 200;
/// Most entries of a list within a finding that are kept.
const NAMES: usize = 64;

/// What can be claimed of where the data lies, at `now`.
pub fn claim(observation: &Observation, since: &Since, now: Timestamp) -> DataLocation {
    let (found, doubtful) = examine(observation);
    let verdict = verdict(observation, &found, now);
    let workspace = observation.workspace.clone();
    DataLocation {
        version: Version::Second,
        verifier: Verifier::default(),
        time_verified: now,
        resource_uri: format!("beffroi://tenants/{}/workspaces/{}", workspace.tenant_uid, workspace.uid),
        workspace,
        policy: PolicyRef {
            uri: format!("beffroi://policies/{}", observation.policy.name()),
            digest: Sha256 { sha256: observation.policy.digest() },
        },
        verification_result: verdict,
        sites: observation.sites.iter().map(summary).collect(),
        rules: results(observation, &found, doubtful, now),
        findings: listed(&found, since, now),
        findings_omitted: u32::try_from(found.len().saturating_sub(LISTED)).unwrap_or(u32::MAX),
        not_proven: limits(observation, doubtful, now),
    }
}

fn verdict(observation: &Observation, found: &[Found], now: Timestamp) -> LocationVerdict {
    if !found.is_empty() {
        LocationVerdict::NotLocated
    } else if unseen(observation, now) || !has_objects("LOC-01", observation) {
        // Over nothing no verdict holds: what was not seen lies nowhere that one could name.
        LocationVerdict::Unknown
    } else {
        LocationVerdict::Located
    }
}

/// The first site that was never seen, or too long ago, with when it was.
pub fn stale(observation: &Observation, now: Timestamp) -> Option<(&str, Option<Timestamp>)> {
    let limit = SignedDuration::from_secs(observation.policy.spec().observation_max_age_seconds.into());
    // What is said to be seen later than now was not seen.
    let old = |at: Timestamp| at > now || now.duration_since(at) > limit;
    let mut sites = observation.sites.iter();
    sites.find(|site| site.observed_at.is_none_or(old)).map(|site| (site.name.as_str(), site.observed_at))
}

fn listed(found: &[Found], since: &Since, now: Timestamp) -> Vec<Finding> {
    let finding = |found: &Found| Finding {
        rule: found.rule.to_owned(),
        site: found.site.clone(),
        object: clip(&found.object),
        observed: Told::Said(message::bounded(found.observed.said(), TEXT, NAMES)),
        expected: Told::Said(message::bounded(found.expected.said(), TEXT, NAMES)),
        since: Time(since.get(found, now)),
    };
    found.iter().take(LISTED).map(finding).collect()
}

fn clip(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

fn summary(site: &SiteView) -> SiteSummary {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    SiteSummary {
        name: site.name.clone(),
        provider: site.declared.provider.clone(),
        country: site.declared.country.clone(),
        subdivision: site.declared.subdivision.clone(),
        city: site.declared.city.clone(),
        observed_at: site.observed_at,
        pods: count(site.seen.pods.len()),
        nodes: count(site.seen.nodes.len()),
        volumes: count(site.seen.claims.len()),
    }
}

/// Whether nothing rests on what was seen: it lies nowhere, or was seen too long ago somewhere.
fn unseen(observation: &Observation, now: Timestamp) -> bool {
    observation.sites.is_empty() || stale(observation, now).is_some()
}

/// What each rule that was judged came to. One that the policy does not ask for was not, and one that nothing
/// was seen of does not hold for that: it is without object.
fn results(observation: &Observation, found: &[Found], doubtful: bool, now: Timestamp) -> Vec<RuleResult> {
    let failed: BTreeSet<&str> = found.iter().map(|f| f.rule).collect();
    let (policy, unseen) = (observation.policy.spec(), unseen(observation, now));
    let asked = RULES.into_iter().filter(|id| *id != "CRY-01" || policy.encryption.at_rest);
    let result = |id: &'static str| RuleResult {
        id: id.to_owned(),
        source: None,
        probed_at: if id == "LOC-04" { probe::observed_at(observation, now) } else { None },
        result: match id {
            _ if failed.contains(id) => RuleVerdict::Fail,
            _ if unseen => RuleVerdict::Unproven,
            "LOC-01" if doubtful => RuleVerdict::Unproven,
            _ if has_objects(id, observation) => RuleVerdict::Pass,
            // There must be some, and none was seen.
            "LOC-02" if policy.backup.required => RuleVerdict::Unproven,
            // There are some, and nobody knows of what class.
            "CRY-01" if any(observation, own_volumes) => RuleVerdict::Unproven,
            _ => RuleVerdict::WithoutObject,
        },
    };
    asked.map(result).collect()
}

/// Whether something was seen that a rule speaks of.
fn has_objects(rule: &str, observation: &Observation) -> bool {
    let volumes = |seen: &Seen| !seen.claims.is_empty() || !seen.volumes.is_empty();
    any(observation, |seen| match rule {
        "LOC-01" => !seen.nodes.is_empty() || volumes(seen) || own_volumes(seen),
        "LOC-02" => seen.backups.iter().any(backups::lies),
        "LOC-04" => {
            !seen.services.is_empty() || !seen.ingresses.is_empty() || probe::conclusive(seen).is_some()
        }
        "LOC-05" => !seen.sources.is_empty() || seen.pods.iter().any(|pod| !pod.images.is_empty()),
        "CRY-01" => volumes(seen),
        _ => false,
    })
}

/// Whether a pod names volumes past any claim.
fn own_volumes(seen: &Seen) -> bool {
    seen.pods.iter().any(|pod| !pod.volumes.is_empty())
}

fn any(observation: &Observation, test: impl Fn(&Seen) -> bool) -> bool {
    observation.sites.iter().any(|site| test(&site.seen))
}

/// What is not proven, whatever the verdict.
fn limits(observation: &Observation, doubtful: bool, now: Timestamp) -> Vec<Limit> {
    let mut limits = vec![Limit::NodePlaceIsDeclared];
    if any(observation, |seen| !seen.claims.is_empty() || !seen.volumes.is_empty()) {
        limits.push(Limit::StoragePlaceIsDeclared);
        if doubtful {
            limits.push(Limit::VolumePlaceNotShown);
        }
        if observation.policy.spec().encryption.at_rest {
            limits.push(Limit::EncryptionIsDeclared);
        }
    } else {
        limits.push(Limit::VolumesNotSeen);
    }
    if !has_objects("LOC-02", observation) {
        limits.push(Limit::BackupsNotSeen);
    }
    limits.extend([
        match probe::observed_at(observation, now) {
            Some(_) => Limit::FlowsTriedFromOneNode,
            None => Limit::FlowsNotSeen,
        },
        Limit::ImageSignaturesNotVerified,
        Limit::DocumentsNotVerified,
        Limit::BetweenObservations,
    ]);
    limits
}

/// Mark of what a verdict rests on: places, images, classes, ways out; but not which pods happen to run, nor
/// when that was seen. Evidence is written when it changes.
pub fn basis(claim: &DataLocation, observation: &Observation) -> String {
    let sites: Vec<_> = observation
        .sites
        .iter()
        .map(|site| {
            let images: BTreeSet<&str> = site
                .seen
                .pods
                .iter()
                .flat_map(|pod| &pod.images)
                .map(|image| image.running.as_deref().unwrap_or(&image.image))
                .collect();
            let stores = (&site.seen.claims, &site.seen.volumes, &site.seen.classes);
            (&site.name, &site.declared, images, &site.seen.nodes, stores)
        })
        .collect();
    let ways: Vec<_> = observation
        .sites
        .iter()
        .map(|site| {
            // Where backups lie; how far each came is told by `BackedUp`.
            let backups: Vec<_> = site.seen.backups.iter().map(|b| (&b.name, &b.store)).collect();
            // What was tried, and not when: a probe that finds the same again changes nothing.
            let probe = site.seen.probe.as_ref().map(|probe| (&probe.image, &probe.tried));
            (&site.seen.services, &site.seen.ingresses, &site.seen.sources, backups, probe)
        })
        .collect();
    let findings: Vec<_> =
        claim.findings.iter().map(|f| (&f.rule, &f.site, &f.object, &f.observed)).collect();
    let basis = (claim.verification_result, &observation.policy, sites, ways, findings, &claim.not_proven);
    canonical::digest(&basis).unwrap_or_default()
}

#[cfg(test)]
mod tests;
