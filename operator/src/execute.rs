//! Carries out a decision on a workspace.
//!
//! Each step is a type of its own, so that none can be taken before the one that it rests on: [`Work`] → [`Recorded`]
//! (what the log takes stands there) → [`Written`] (its status says where it will lie) → [`Applied`] (each site was asked)
//! → what is to come next. Whoever stops in between leaves something that the next look finds.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use beffroi_core::{
    message::{Message, list, progress::ProgressMessage, work::WorkMessage},
    plan::{
        Closing, Decision, Located, Order, ProbeStep, Refused, SitePlan, Steps, Then, audit,
        remains::{Remnants, awaited},
    },
};
use beffroi_crds::{Workspace, labels, workspace::PlacedSite};
use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Preconditions},
    runtime::events::EventType,
};
use tracing::Instrument;

use crate::{
    apply,
    context::Context,
    outcome::{Error, Outcome, Stopped, management},
    report::{self, finalizer},
    sites::{
        remains::{Gone, look},
        seen::VolumeRow,
    },
    span,
};

/// One workspace to work on.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// What every reconcile shares.
    pub context: &'a Context,
    /// Where workspaces of its namespace are written.
    pub api: &'a Api<Workspace>,
    /// The facts that the decision rests on.
    pub order: &'a Order<'a>,
    /// Its namespace in each site.
    pub namespace: &'a str,
}

/// What the log takes stands there.
pub struct Recorded<'a>(Work<'a>, Decision<'a>);

/// Its status says where it will lie.
pub struct Written<'a>(Work<'a>, Decision<'a>);

/// Each site was asked; some refused.
pub struct Applied<'a>(Work<'a>, Decision<'a>, Refused);

/// What comes next.
pub enum Next {
    /// Nothing but another look.
    Done(Outcome),
    /// Each site is asked what is left.
    AskWhatIsLeft(Box<(Option<Located>, Closing)>),
}

impl<'a> Work<'a> {
    /// Carries out a decision, whole.
    ///
    /// # Errors
    /// At the first step that cannot be taken; those after it are not tried.
    pub async fn carry_out(self, decision: Decision<'a>) -> Result<Next, Stopped> {
        self.record(decision).await?.write().await?.apply().await?.report().await
    }

    async fn record(self, mut decision: Decision<'a>) -> Result<Recorded<'a>, Stopped> {
        if let Some(located) = &decision.located {
            self.context.evidence.offer(located);
        }
        let records = std::mem::take(&mut decision.records);
        let first = records.first().map(|(audit, _)| audit.clone());
        if let Err(refused) = self.context.evidence.record(records).await {
            let status = decision.unrecorded(self.order, refused.0.clone().into());
            report::workspace::tell(self.context, self.api, self.order.workspace, &status).await?;
            return Err(refused.into());
        }
        if matches!(decision.steps, Steps::Release(_)) {
            // What is left is told once more where people look: the order itself is about to go.
            report::workspace::remains(self.context, self.order.workspace, first).await;
        }
        Ok(Recorded(self, decision))
    }

    /// Asks each site itself, past every cache, what is left; `Err` says what is waited for. Sites that it left before are
    /// asked too, where a volume of it is seen there.
    pub async fn what_is_left(self, closing: &Closing) -> Result<Vec<Remnants>, Message> {
        let (workspace, namespace) = (self.order.workspace, self.namespace);
        let deleted = workspace.metadata.deletion_timestamp.as_ref();
        let gone = Gone {
            namespace,
            ordered: workspace.creation_timestamp().map_or(Timestamp::UNIX_EPOCH, |Time(at)| at),
            deleted: deleted.map_or_else(Timestamp::now, |Time(at)| *at),
        };
        let mut names: BTreeSet<String> = closing.sites.keys().cloned().collect();
        for connection in self.context.sites.all() {
            let holds = |row: &VolumeRow| row.namespace.as_deref() == Some(namespace);
            if connection.reachable() && connection.inventory().volumes.all().any(holds) {
                names.insert(connection.name().to_owned());
            }
        }
        let mut found = Vec::new();
        for name in names {
            let Some(connection) = self.context.sites.get(&name) else {
                return Err(Message::from(ProgressMessage::NoConnection).of(name));
            };
            found.push(look(&connection, &gone).await.map_err(|why| why.of(name))?);
        }
        awaited(&found, Timestamp::now(), self.context.options.deletion_patience()).map_or(Ok(found), Err)
    }
}

impl<'a> Recorded<'a> {
    async fn write(self) -> Result<Written<'a>, Stopped> {
        let Self(work, decision) = self;
        // Of one that is not held yet nothing is told, and of one that is about to be let go of nothing more: a write in
        // between would make what was read the past, and the finalizer be refused.
        let untold = matches!(decision.steps, Steps::Hold | Steps::Release(_));
        if !untold && decision.then != Then::AskWhatIsLeft {
            report::workspace::tell(work.context, work.api, work.order.workspace, &decision.status).await?;
        }
        Ok(Written(work, decision))
    }
}

impl<'a> Written<'a> {
    async fn apply(self) -> Result<Applied<'a>, Stopped> {
        let Self(work, decision) = self;
        let Work { context, api, order, namespace } = work;
        let workspace = order.workspace;
        let refused = match &decision.steps {
            Steps::Nothing => Refused::default(),
            Steps::Hold => {
                context.touch_tenant(workspace);
                finalizer(context, api, workspace, true).await?;
                Refused::default()
            }
            Steps::Settle(plan) => {
                if plan.accepted.is_ok() {
                    want(context, namespace, &plan.sites);
                }
                Refused { writes: settle(work, &plan.sites).await, probes: probe(work, &plan.sites).await }
            }
            Steps::Remove(closing) => {
                Refused { writes: settle(work, &closing.sites).await, ..Refused::default() }
            }
            Steps::Delete => {
                delete(api, workspace).await?;
                Refused::default()
            }
            Steps::Release(_) => {
                want(context, namespace, &BTreeMap::new());
                release(context, api, workspace).await?;
                Refused::default()
            }
        };
        Ok(Applied(work, decision, refused))
    }
}

impl Applied<'_> {
    async fn report(self) -> Result<Next, Stopped> {
        let Self(Work { context, api, order, .. }, decision, refused) = self;
        let workspace = order.workspace;
        let after = decision.applied(order, &refused);
        report::status(context, api, workspace, Some(&*decision.status), &after, |s| &s.conditions).await?;
        let gone = matches!(decision.steps, Steps::Release(_));
        touch_sites(context, workspace, if gone { &[] } else { &after.sites });
        let Decision { located, steps, then, .. } = decision;
        if let (Then::AskWhatIsLeft, Steps::Remove(closing), true) = (then, &steps, refused.writes.is_empty())
        {
            return Ok(Next::AskWhatIsLeft(Box::new((located, closing.clone()))));
        }
        if !refused.writes.is_empty() && matches!(steps, Steps::Settle(_)) {
            return Err(Error::Sites(list(refused.writes.into_iter().map(|(site, why)| why.of(site)))).into());
        }
        let waits = |plan: &SitePlan| plan.waiting.is_some();
        Ok(Next::Done(match (then, steps) {
            (Then::LookAgain, _) => Outcome::StaleView("looking at what was written in a site"),
            (Then::LookWithin(next), Steps::Settle(plan)) if plan.accepted.is_err() => Outcome::Refused(next),
            (Then::LookWithin(next), Steps::Settle(plan)) if plan.sites.values().any(waits) => {
                Outcome::Waiting(next)
            }
            (Then::LookWithin(next), Steps::Remove(_)) => Outcome::Waiting(next),
            (Then::LookWithin(next), _) => Outcome::Settled(Some(next)),
            // Sites refused what had to be done before they are asked.
            (Then::AskWhatIsLeft, _) => Outcome::Waiting(beffroi_core::plan::SOON),
            (Then::Await, _) => Outcome::Settled(None),
        }))
    }
}

/// Says in each site what is wanted there. Of one that waits to be left that is not known: what it holds counts still.
fn want(context: &Context, namespace: &str, plans: &BTreeMap<String, SitePlan>) {
    for connection in context.sites.all() {
        let plan = plans.get(connection.name());
        if !plan.is_some_and(|plan| plan.wanted.is_empty() && plan.waiting.is_some()) {
            connection.inventory().want(namespace, plan.map_or(&[][..], |plan| &plan.wanted));
        }
    }
}

/// Does what each site needs, all sites at once; returns what was refused. Drift is recorded first; a log that does not
/// answer keeps nobody from putting it right.
async fn settle(work: Work<'_>, plans: &BTreeMap<String, SitePlan>) -> BTreeMap<String, Message> {
    let Work { context, order, .. } = work;
    let patience = Duration::from_secs(context.options.write_timeout_seconds);
    let uid = order.workspace.uid().unwrap_or_default();
    for (name, _) in plans.iter().filter(|(_, plan)| plan.settled()) {
        context.put_right(&uid, name);
    }
    let sites = plans.iter().filter(|(_, plan)| !plan.steps.is_empty());
    let work = async |name: &String, plan: &SitePlan| {
        let connection = context.sites.get(name)?;
        let drifts = apply::drifts(&connection, plan, patience).await;
        // What stands in the log already is not recorded anew at each attempt to put it right.
        let news = drifts.iter().filter(|d| context.drifted(&uid, name, &d.what.to_string()));
        let interventions = news.filter_map(|d| audit::intervention(order, name, &d.object, &d.what));
        context.evidence.record_or_keep(interventions.collect()).await;
        let result = apply::carry_out(&connection, plan, patience).await;
        if result.is_ok() {
            context.put_right(&uid, name);
        }
        for drift in drifts.iter().filter(|_| result.is_ok()) {
            let (object, what) = (drift.object.clone(), drift.what.clone());
            let note = WorkMessage::DriftCorrected { object, site: name.clone(), what };
            report::event(context, order.workspace, EventType::Warning, "DriftCorrected", "Apply", &note)
                .await;
        }
        result.err().map(|error| (name.clone(), error.into()))
    };
    let done = sites.map(|(name, plan)| work(name, plan).instrument(span::site(name)));
    join_all(done).await.into_iter().flatten().collect()
}

/// Makes or removes the pods by which its network is probed, in all sites at once; returns what was refused.
async fn probe(work: Work<'_>, plans: &BTreeMap<String, SitePlan>) -> BTreeMap<String, Message> {
    let Work { context, namespace, .. } = work;
    let patience = Duration::from_secs(context.options.write_timeout_seconds);
    let steps = plans.iter().filter_map(|(name, plan)| Some((name, plan.probe.as_ref()?)));
    let work = async |name: &String, step: &ProbeStep| {
        let connection = context.sites.get(name)?;
        let refused = apply::probe(&connection, namespace, step, patience).await.err()?;
        tracing::warn!(why = %refused, "the network is not probed: it is tried again later");
        Some((name.clone(), refused.into()))
    };
    let done = steps.map(|(name, step)| work(name, step).instrument(span::site(name)));
    join_all(done).await.into_iter().flatten().collect()
}

/// Deletes a workspace whose grace period has ended. Whoever takes it back first wins: what was read is deleted, and
/// nothing newer.
async fn delete(api: &Api<Workspace>, workspace: &Workspace) -> Result<(), Stopped> {
    let only = Preconditions { uid: workspace.uid(), resource_version: workspace.resource_version() };
    let params = DeleteParams { preconditions: Some(only), ..DeleteParams::default() };
    match api.delete(&workspace.name_any(), &params).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        result => result.map(drop).map_err(management("deleting a workspace at its end")),
    }
}

/// Lets go of a workspace that has left, and forgets it; one that is said not to be there is forgotten once it is seen to be
/// gone, lest its end be recorded again.
async fn release(context: &Context, api: &Api<Workspace>, workspace: &Workspace) -> Result<(), Stopped> {
    let uid = workspace.uid().unwrap_or_default();
    let was_there = finalizer(context, api, workspace, false).await?;
    if workspace.finalizers().iter().any(|holder| holder != labels::FINALIZER) {
        context.note_left(&uid);
    }
    if was_there {
        context.forget(&uid);
    }
    report::workspace::measure_no_more(workspace);
    context.touch_tenant(workspace);
    Ok(())
}

/// Sites that a workspace came to or left count it.
fn touch_sites(context: &Context, workspace: &Workspace, after: &[PlacedSite]) {
    let names = |sites: &[PlacedSite]| sites.iter().map(|site| site.name.clone()).collect::<Vec<_>>();
    let before = workspace.status.as_ref().map(|status| names(&status.sites)).unwrap_or_default();
    let after = names(after);
    if before != after {
        before.iter().chain(&after).for_each(|name| context.sites.bell().site(name));
    }
}
