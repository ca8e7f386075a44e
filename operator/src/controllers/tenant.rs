//! `Tenant`: owns namespace `tenant-NAME`; when it leaves, its workspaces have left before. Nobody's data goes because
//! a tenant does: each workspace is deleted by itself, or at its own end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use beffroi_core::{
    conditions::{Finding, State, pause, renew, summary},
    facts::World,
    manifests,
    message::{Message, list, tenant::TenantMessage},
    plan::{RESYNC, Refusal, residue},
    tenant::{
        self as law, audit,
        domains::{self, Needs, Settled},
        members,
    },
};
use beffroi_crds::{
    Tenant, Workspace,
    conditions::{ACCEPTED, READY, reason},
    labels,
};
use jiff::Timestamp;
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::Time};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams, Preconditions},
    runtime::reflector::ObjectRef,
};
use serde_json::json;

use crate::{
    context::Context,
    outcome::{Outcome, Stopped, management},
    report::{self, finalizer},
};

/// How soon to look again while a tenant leaves.
const LEAVING: Duration = Duration::from_secs(2);

/// Gives one tenant its namespace, or sees it off.
pub async fn reconcile(tenant: Arc<Tenant>, context: Arc<Context>) -> Outcome {
    judge(&tenant, &context).await.into()
}

async fn judge(tenant: &Tenant, context: &Context) -> Result<Outcome, Stopped> {
    context.filled().await;
    let api: Api<Tenant> = Api::all(context.client.clone());
    let world = context.caches.world(BTreeMap::new());
    // Paused or leaving, too: what people may do in its name rests on what is said of it, whatever we do.
    let (records, mut status) = audit::news(&world, tenant);
    context.evidence.record(records).await?;
    let leaving = tenant.metadata.deletion_timestamp.is_some();
    if !leaving {
        finalizer(context, &api, tenant, true).await?;
    }
    let before = tenant.status.as_ref();
    let generation = tenant.metadata.generation;
    if labels::is_paused(tenant) {
        status.conditions = pause(&status.conditions, generation, world.now);
        report::status(context, &api, tenant, before, &status, |s| &s.conditions).await?;
        return Ok(Outcome::Settled(None));
    }
    let namespace = law::namespace(&tenant.name_any());
    let workspaces = context.caches.workspaces.state_filter(|w| w.namespace().as_deref() == Some(&namespace));
    let home = owned(tenant, &namespace, context);
    let mut findings = Vec::new();
    if leaving {
        let (finding, done) = leave(tenant, &namespace, &workspaces, context).await?;
        if done {
            context.evidence.record(vec![audit::deleted(&world, tenant)]).await?;
            finalizer(context, &api, tenant, false).await?;
            context.holdings().remove(tenant);
            context.prover.want(&tenant.name_any(), &BTreeSet::new());
            return Ok(Outcome::Settled(None));
        }
        findings.push(finding);
    } else {
        let settled = hold(&world, tenant, if home.is_some() { &workspaces } else { &[] }, context);
        context.evidence.record(settled.records).await?;
        status.members = members::bind(&world, tenant);
        findings.push(law::judge(&world, tenant, &settled.rivals));
        findings.push(settled.finding);
        (status.domains, status.numbers, status.rivals) = (settled.held, settled.numbers, settled.rivals);
        findings.extend(house(tenant, &namespace, context).await?);
        findings.push(summary(&findings, &[]));
    }
    status.observed_generation = generation;
    status.conditions = renew(&status.conditions, findings, generation, world.now);
    status.namespace = home.map(|home| home.name_any());
    status.workspaces = u32::try_from(workspaces.len()).unwrap_or(u32::MAX);
    report::status(context, &api, tenant, before, &status, |s| &s.conditions).await?;
    Ok(if leaving { Outcome::Waiting(LEAVING) } else { Outcome::Settled(Some(RESYNC)) })
}

/// What it holds from now on, settled for one tenant after the other.
fn hold(world: &World, tenant: &Tenant, workspaces: &[Arc<Workspace>], context: &Context) -> Settled {
    let ordered = workspaces.iter().map(|w| w.spec.domain.to_string());
    let used = workspaces.iter().flat_map(|workspace| reached_by(tenant, workspace, context));
    let needs = Needs { ordered: ordered.collect(), used: used.collect() };
    let mut holdings = context.holdings();
    let settled =
        domains::settle(world, &holdings, tenant, &needs, &context.prover.lookups(&tenant.name_any()));
    holdings.set(tenant, &settled);
    drop(holdings);
    context.prover.want(&tenant.name_any(), &settled.wanted);
    settled
}

/// What a workspace is reached by: the domain that it was accepted under, and hosts of an ingress that still stands,
/// whatever the order names by now. Where a site was not seen yet, anything that the tenant holds may be.
fn reached_by(tenant: &Tenant, workspace: &Workspace, context: &Context) -> BTreeSet<String> {
    let status = workspace.status.as_ref();
    let sites = status.iter().flat_map(|status| &status.sites).map(|site| site.name.as_str());
    let namespace = manifests::namespace_name(&tenant.name_any(), workspace);
    let hosts = context.sites.hosts(&namespace, sites);
    let any = || tenant.status.iter().flat_map(|status| &status.domains).map(|held| held.domain.clone());
    let mut used = hosts.unwrap_or_else(|| any().collect());
    used.extend(status.and_then(|status| status.domain.clone()));
    used
}

/// The tenant's namespace, if it is there and bears its UID.
fn owned(tenant: &Tenant, namespace: &str, context: &Context) -> Option<Arc<Namespace>> {
    let found = context.caches.namespaces.get(&ObjectRef::new(namespace))?;
    (found.labels().get(labels::TENANT_UID) == tenant.uid().as_ref()).then_some(found)
}

/// Makes the namespace unless it is there; says so where the name is someone else's.
async fn house(tenant: &Tenant, namespace: &str, context: &Context) -> Result<Option<Finding>, Stopped> {
    let api: Api<Namespace> = Api::all(context.client.clone());
    let wanted = BTreeMap::from([
        (labels::MANAGED_BY.to_owned(), labels::MANAGER.to_owned()),
        (labels::TENANT.to_owned(), tenant.name_any()),
        (labels::TENANT_UID.to_owned(), tenant.uid().unwrap_or_default()),
    ]);
    if let Some(found) = owned(tenant, namespace, context) {
        if !wanted.iter().all(|(key, value)| found.labels().get(key) == Some(value)) {
            let patch = json!({"metadata": {"uid": found.uid(), "labels": wanted}});
            api.patch(namespace, &PatchParams::default(), &Patch::Merge(&patch))
                .await
                .map_err(management("labelling the tenant's namespace"))?;
        }
        return Ok(None);
    }
    let fresh = Namespace {
        metadata: ObjectMeta {
            name: Some(namespace.to_owned()),
            labels: Some(wanted),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let params = PostParams { field_manager: Some(labels::MANAGER.into()), ..PostParams::default() };
    match api.create(&params, &fresh).await {
        Ok(_) => Ok(None),
        Err(kube::Error::Api(status)) if status.code == 409 => {
            // Our own creation may not have reached the cache yet: ask before accusing anyone.
            let there = api.get_opt(namespace).await.map_err(management("reading a namespace"))?;
            let Some(there) = there else {
                // Whoever had the name has gone meanwhile.
                return Err(Stopped::StaleView("making the tenant's namespace"));
            };
            if there.labels().get(labels::TENANT_UID) == tenant.uid().as_ref() {
                return Ok(None);
            }
            let taken = TenantMessage::NamespaceTaken { namespace: namespace.to_owned() };
            Ok(Some(Finding::new("NamespaceReady", false, "NamespaceTaken", taken)))
        }
        Err(error) => Err(management("making the tenant's namespace")(error)),
    }
}

/// Waits for the workspaces to be deleted by whoever may, then deletes the namespace; true when nothing is left.
async fn leave(
    tenant: &Tenant,
    namespace: &str,
    workspaces: &[Arc<Workspace>],
    context: &Context,
) -> Result<(Finding, bool), Stopped> {
    let Some(home) = owned(tenant, namespace, context) else {
        return Ok((Finding::new(ACCEPTED, true, reason::DELETING, Message::none()), true));
    };
    if let Some(waits) = law::still_there(workspaces) {
        return Ok((waits, false));
    }
    let unread = context.caches.unread.of("Workspace").into_values();
    if let Some(object) = unread.into_iter().find(|o| o.meta.namespace.as_deref() == Some(namespace)) {
        let unread = Refusal::Unreadable { kind: "Workspace", name: object.name() };
        return Ok((Finding::new(READY, false, unread.reason(), unread.message()), false));
    }
    let mut told = vec![TenantMessage::NamespaceLeaves { namespace: namespace.to_owned() }.into()];
    told.extend(residue::told(&residue::of_namespace(&home)));
    let since = home.metadata.deletion_timestamp.as_ref();
    let patience = context.options.deletion_patience();
    let held = since.is_some_and(|Time(at)| Timestamp::now().duration_since(*at) > patience);
    if held {
        told.push(residue::look(patience));
    }
    let reason = if held { reason::DELETION_HELD } else { reason::DELETING };
    let deleting = Finding::new(READY, State::False, reason, list(told));
    if home.metadata.deletion_timestamp.is_none() {
        // Past every cache: with its namespace, an order that was given a moment ago would go.
        let orders: Api<Workspace> = Api::namespaced(context.client.clone(), namespace);
        let any = orders.list_metadata(&ListParams::default().limit(1)).await;
        if !any.map_err(management("looking for workspaces"))?.items.is_empty() {
            return Err(Stopped::StaleView("removing the tenant's namespace"));
        }
        let api: Api<Namespace> = Api::all(context.client.clone());
        gone_is_fine(api.delete(namespace, &only(home.uid())).await)
            .map_err(management("deleting the tenant's namespace"))?;
    }
    Ok((deleting, false))
}

/// Deletes the object that was seen and no other of its name.
fn only(uid: Option<String>) -> DeleteParams {
    DeleteParams {
        preconditions: Some(Preconditions { uid, resource_version: None }),
        ..DeleteParams::default()
    }
}

fn gone_is_fine<T>(result: Result<T, kube::Error>) -> Result<(), kube::Error> {
    match result {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        result => result.map(|_| ()),
    }
}
