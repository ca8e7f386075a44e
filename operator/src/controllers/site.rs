//! `Site`: kubeconfig → connection → what is seen there, compared with what is declared.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use beffroi_core::{
    conditions::{Finding, State, pause, renew, summary},
    endings,
    message::site::SiteMessage,
    site::{self, Seen},
};
use beffroi_crds::{
    Site, SiteStatus,
    conditions::{NO_ORPHANS, REACHABLE, READY},
    labels,
};
use jiff::Timestamp;
use kube::{
    Api, ResourceExt,
    runtime::{events::EventType, reflector::ObjectRef},
};

use crate::{
    context::Context,
    outcome::{Outcome, Stopped},
    reconcile::until,
    report::{self, finalizer},
    sites::{Connection, credentials, kubeconfig},
};

/// How soon to look again at a site that could not be connected to.
const LATER: Duration = Duration::from_secs(30);
/// Most that a status lists of what contradicts its declaration, and of namespaces that nobody owns.
const LISTED: usize = 256;

/// Connects to one site and reports what is seen there.
pub async fn reconcile(site: Arc<Site>, context: Arc<Context>) -> Outcome {
    judge(&site, &context).await.into()
}

async fn judge(site: &Site, context: &Context) -> Result<Outcome, Stopped> {
    let api: Api<Site> = Api::all(context.client.clone());
    let name = site.name_any();
    let connection = connect(site, context).await;
    context.filled().await;
    if labels::is_paused(site) {
        let mut status = site.status.clone().unwrap_or_default();
        status.conditions = pause(&status.conditions, site.metadata.generation, Timestamp::now());
        report::status(context, &api, site, site.status.as_ref(), &status, |s| &s.conditions).await?;
        return Ok(Outcome::Settled(None));
    }
    let load = context.ledger().load(&name);

    if site.metadata.deletion_timestamp.is_some() && load.workspaces == 0 {
        context.sites.drop(&name);
        finalizer(context, &api, site, false).await?;
        return Ok(Outcome::Settled(None));
    }
    if site.metadata.deletion_timestamp.is_none() {
        finalizer(context, &api, site, true).await?;
    }
    let connected = match &connection {
        // What a first, unfinished look would say is wrong: wait for the whole.
        Ok(connection) if !connection.settled() => return Ok(Outcome::Waiting(Duration::from_secs(1))),
        Ok(connection) => match connection.failure() {
            Some(failure) => Err(Finding::new(REACHABLE, false, failure.reason, failure.message)),
            None => Ok(connection),
        },
        Err(finding) => Err(finding.clone()),
    };
    let observed = connection.as_ref().ok().and_then(|c| c.observation());
    if connection.as_ref().is_ok_and(|c| c.news(observed.as_ref()))
        || connected.is_err() != unreachable_before(site)
    {
        context.caches.tick();
    }
    // Of a site that has not answered since we started, what was seen before.
    let observed = observed.or_else(|| site::last_observation(site).map(Arc::new));
    let world = context.caches.world(BTreeMap::new());
    let orphans = connection.as_ref().map(|c| orphans(c, context)).unwrap_or_default();
    let seen = Seen {
        failure: connected.err(),
        observed: observed.as_deref(),
        orphans: &orphans,
        workspaces: load.workspaces,
    };
    let mut report = site::judge(&world, site, &seen);
    // Workspaces that lie here rest on what its status says, once the caches say it too.
    if context.ends_otherwise(site) {
        context.caches.tick();
    }
    let own = text_of(site, context).map(|text| credentials::ends(&name, &text)).unwrap_or_default();
    let ends = endings::of_site(&world, site, own);
    let soon = endings::soon(&ends, world.now);
    let mut ready = summary(&report.findings, &[NO_ORPHANS]);
    if site.metadata.deletion_timestamp.is_some() {
        let left = SiteMessage::WorkspacesLeft { workspaces: load.workspaces };
        ready = Finding::new(READY, State::False, "Deleting", left);
    }
    report.findings.extend([endings::finding(&soon), ready]);

    let before = site.status.as_ref();
    let generation = site.metadata.generation;
    let status = SiteStatus {
        observed_generation: generation,
        conditions: renew(before.map_or(&[], |s| &s.conditions), report.findings, generation, world.now),
        kubernetes_version: report.kubernetes_version.or_else(|| before?.kubernetes_version.clone()),
        capacity: report.capacity.or_else(|| before?.capacity.clone()),
        observed: observed.map(|seen| site::observed(&seen, site)),
        workspaces: load.workspaces,
        contradictions: report.contradictions.iter().take(LISTED).map(ToString::to_string).collect(),
        orphans,
        endings: soon,
    };
    #[allow(clippy::cast_precision_loss)]
    metrics::gauge!("beffroi_site_orphans", "site" => name.clone()).set(status.orphans.len() as f64);
    if !status.orphans.is_empty() && before.is_none_or(|b| b.orphans != status.orphans) {
        let note = format!("no workspace owns {}; nothing is deleted by itself", status.orphans.join(", "));
        report::event(context, site, EventType::Warning, "OrphansFound", "Search", &note).await;
    }
    report::status(context, &api, site, before, &status, |s| &s.conditions).await?;
    report::endings(context, site, before.map_or(&[], |s| &s.endings), &status.endings).await;
    let store = &context.caches.sites;
    report::measure("Site", &name, &ends, |name| store.get(&ObjectRef::new(name)).is_some());
    // Nobody tells when the log answers again.
    let next = until(endings::next(&ends, world.now), world.now);
    Ok(if connection.is_ok() { Outcome::Settled(Some(next)) } else { Outcome::Waiting(LATER) })
}

/// What its Secret holds.
fn text_of(site: &Site, context: &Context) -> Option<Vec<u8>> {
    let reference = &site.spec.kubeconfig;
    let of = ObjectRef::new(&reference.secret_name).within(&context.options.namespace);
    context.caches.secrets.get(&of)?.data.as_ref()?.get(&reference.key).map(|text| text.0.clone())
}

/// The connection that the site's Secret describes, or why there is none.
async fn connect(site: &Site, context: &Context) -> Result<Arc<Connection>, Finding> {
    let reference = &site.spec.kubeconfig;
    let namespace = &context.options.namespace;
    let name = site.name_any();
    let named = || (namespace.clone(), reference.secret_name.clone(), reference.key.clone());
    let missing = |message: SiteMessage| {
        context.sites.give_up(&name);
        Finding::new(REACHABLE, false, "KubeconfigMissing", message)
    };
    let secret = context.caches.secrets.get(&ObjectRef::new(&reference.secret_name).within(namespace));
    let Some(secret) = secret else {
        let (namespace, secret, key) = named();
        return Err(missing(SiteMessage::SecretMissing { namespace, secret, key }));
    };
    let Some(text) = secret.data.as_ref().and_then(|data| data.get(&reference.key)) else {
        let (namespace, secret, key) = named();
        return Err(missing(SiteMessage::SecretWithoutKey { namespace, secret, key }));
    };
    if let Some(standing) = context.sites.standing(&name, &text.0) {
        return Ok(standing);
    }
    let first = context.evidence.nodes_of(&name).await.map_err(|error| {
        let message = SiteMessage::NodesBeforeUnknown { why: error.to_string() };
        Finding::new(REACHABLE, State::Unknown, "EvidenceUnavailable", message)
    })?;
    context.sites.connect(&name, &text.0, first).await.map_err(|fault| {
        let reason = kubeconfig::reason(&fault);
        let (namespace, secret, _) = named();
        Finding::new(REACHABLE, false, reason, SiteMessage::KubeconfigRefused { namespace, secret, fault })
    })
}

fn unreachable_before(site: &Site) -> bool {
    let conditions = site.status.iter().flat_map(|s| &s.conditions);
    conditions.into_iter().any(|c| c.type_ == REACHABLE && c.status != "True")
}

/// Namespaces there that bear our labels and belong to no workspace that we know.
fn orphans(connection: &Connection, context: &Context) -> Vec<String> {
    let inventory = connection.inventory();
    let unknown = inventory.namespaces().filter(|(_, uid)| uid.is_none_or(|uid| !context.is_known(uid)));
    let mut names: Vec<String> = unknown.map(|(name, _)| name.to_owned()).collect();
    names.sort();
    names.truncate(LISTED);
    names
}
