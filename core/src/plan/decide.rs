//! All that is done for a workspace now, in every case of its life.
//!
//! Pipeline: [`Order`] (facts) → its [`Case`]: a view that lags behind our own writes, paused, leaving, due to end, not
//! held yet, or wanted → [`Decision`]: what the log takes first, the status, the writes in order, and when to look again.
//! Whoever carries it out has nothing left to choose.

use std::{collections::BTreeMap, time::Duration};

use beffroi_crds::{WorkspaceStatus, labels};
use jiff::SignedDuration;
use kube::ResourceExt;

use super::{
    Closing, Due, Located, Order, Plan, audit, close, due, locate, look_again, plan, probe,
    remains::Remnants, report,
};
use crate::{
    message::{Message, progress::ProgressMessage},
    trail::Record,
};

/// How soon to look again while something is awaited that tells us nothing by itself.
pub const SOON: Duration = Duration::from_secs(5);
/// How often to look again when nothing calls for it.
pub const RESYNC: Duration = Duration::from_mins(10);

/// All that is done for a workspace now, in the order of its fields.
#[derive(Debug)]
pub struct Decision<'a> {
    /// Where its data lies, as far as it was seen: offered as evidence.
    pub located: Option<Located>,
    /// What the log takes before anything of it is told or done.
    pub records: Vec<Record>,
    /// The status, before anything is done in a site: where something will lie is written down before it lies there.
    pub status: Box<WorkspaceStatus>,
    /// What is written.
    pub steps: Steps<'a>,
    /// When to look again.
    pub then: Then,
}

/// What is written.
#[derive(Debug)]
pub enum Steps<'a> {
    /// Nothing.
    Nothing,
    /// That the workspace waits for us when it is deleted: the finalizer.
    Hold,
    /// What it needs in its sites.
    Settle(Box<Plan<'a>>),
    /// Its deletion, whose time has come.
    Delete,
    /// What takes it out of its sites.
    Remove(Closing),
    /// That it waits for us no more.
    Release(Closing),
}

/// What sites refused, each with why.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// Of what the workspace is made of.
    pub writes: BTreeMap<String, Message>,
    /// The pod by which its network is probed: the workspace fares without.
    pub probes: BTreeMap<String, Message>,
}

/// When to look again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Then {
    /// At the latest after this time.
    LookWithin(Duration),
    /// The view lags behind what was written: as soon as it may have come.
    LookAgain,
    /// When it changes.
    Await,
    /// Each site is asked what is left, past every cache, and [`gone`] decides.
    AskWhatIsLeft,
}

/// How a workspace is found.
#[derive(Debug)]
pub enum Case<'a> {
    /// What was written in a site is not seen yet.
    Lagging,
    /// Nothing is done for it but to go on looking.
    Paused,
    /// It is being deleted.
    Leaving,
    /// It would not wait for us if it were deleted now.
    Unheld,
    /// Its own order deletes it now.
    Due,
    /// It is wanted, and this is what it needs. Whoever shares sites among workspaces notes it before it asks for the
    /// next one.
    Wanted(Box<Plan<'a>>),
}

impl<'a> Case<'a> {
    /// The case of a workspace; `lags` is whether something that was written in a site is not seen yet.
    pub fn of(order: &Order<'a>, lags: bool) -> Self {
        let workspace = order.workspace;
        if lags {
            Self::Lagging
        } else if labels::is_paused(workspace) {
            Self::Paused
        } else if workspace.metadata.deletion_timestamp.is_some() {
            Self::Leaving
        } else if !workspace.finalizers().iter().any(|holder| holder == labels::FINALIZER) {
            Self::Unheld
        } else if due(order) == Due::Now && audit::ordered(order).is_none() {
            // The order that names its end stands in the log before it ends.
            Self::Due
        } else {
            Self::Wanted(Box::new(plan(order)))
        }
    }

    /// What is done for it now; `patience` is how long a namespace may take to go.
    pub fn decide(self, order: &Order<'a>, patience: SignedDuration) -> Decision<'a> {
        let located = locate(order);
        let seen = located.as_ref();
        let before = || order.workspace.status.clone().unwrap_or_default();
        match self {
            // Where data lies does not rest on what was written, and is told at once.
            Self::Lagging => {
                let status = report::observed(order, seen);
                Decision::of(located, status, Steps::Nothing, Then::LookAgain)
            }
            // Nobody pauses observation.
            Self::Paused => {
                let (status, then) = (report::paused(order, seen), within(order, seen, RESYNC));
                Decision::of(located, status, Steps::Nothing, then).recorded(order)
            }
            Self::Leaving => leave(order, located, patience),
            Self::Unheld => Decision::of(located, before(), Steps::Hold, Then::Await),
            Self::Due => Decision::of(located, before(), Steps::Delete, Then::Await),
            Self::Wanted(plan) => {
                let status = report::status(order, &plan, seen, &BTreeMap::new());
                let waits = plan.sites.values().any(|site| site.waiting.is_some());
                let then = within(order, seen, if waits { SOON } else { RESYNC });
                Decision::of(located, status, Steps::Settle(plan), then).recorded(order)
            }
        }
    }
}

/// What is done for a workspace that is deleted: its last order stands in the log before anything of it goes.
fn leave<'a>(order: &Order<'a>, located: Option<Located>, patience: SignedDuration) -> Decision<'a> {
    let closing = close(order, patience);
    let status = report::closing(order, located.as_ref(), &closing, closing.waiting());
    let told = Decision::of(located, status, Steps::Nothing, Then::LookWithin(SOON)).recorded(order);
    if !told.records.is_empty() {
        return told;
    }
    let then = if closing.done() { Then::AskWhatIsLeft } else { Then::LookWithin(SOON) };
    Decision { steps: Steps::Remove(closing), then, ..told }
}

/// What is done for a workspace whose namespaces are gone, by what its sites say is left, or by what is waited for before
/// they can say it.
pub fn gone<'a>(
    order: &Order<'a>,
    located: Option<Located>,
    closing: Closing,
    found: Result<Vec<Remnants>, Message>,
) -> Decision<'a> {
    let tell = |waiting| report::closing(order, located.as_ref(), &closing, waiting);
    match found {
        Err(waiting) => {
            let status = tell(vec![waiting]);
            Decision::of(located, status, Steps::Nothing, Then::LookWithin(SOON))
        }
        Ok(found) => {
            let (status, records) = (tell(Vec::new()), audit::deleted(order, &found));
            let records = records.into_iter().collect();
            Decision { records, ..Decision::of(located, status, Steps::Release(closing), Then::Await) }
        }
    }
}

impl<'a> Decision<'a> {
    fn of(located: Option<Located>, status: WorkspaceStatus, steps: Steps<'a>, then: Then) -> Self {
        Self { located, records: Vec::new(), status: Box::new(status), steps, then }
    }

    /// The same, with what its status tells that the one before did not.
    fn recorded(mut self, order: &Order<'a>) -> Self {
        self.records = audit::changes(order, &self.status);
        self
    }

    /// The status where the log did not take what must stand in it first: no breach is hidden by that.
    pub fn unrecorded(&self, order: &Order<'a>, why: Message) -> WorkspaceStatus {
        match &self.steps {
            Steps::Release(closing) => {
                let first = ProgressMessage::MustBeRecorded { why: Box::new(why) };
                let waiting = vec![ProgressMessage::NamespacesGone.into(), first.into()];
                report::closing(order, self.located.as_ref(), closing, waiting)
            }
            _ => report::observed(order, self.located.as_ref()),
        }
    }

    /// The status once its steps were carried out, by what each site refused.
    pub fn applied(&self, order: &Order<'a>, refused: &Refused) -> WorkspaceStatus {
        let Refused { writes, probes } = refused;
        match &self.steps {
            _ if writes.is_empty() && probes.is_empty() => (*self.status).clone(),
            Steps::Settle(plan) => {
                let located = self.located.as_ref();
                let mut status = report::status(order, plan, located, writes);
                probe::note_refused(order, &plan.sites, probes, &mut status, located);
                status
            }
            Steps::Remove(closing) => {
                let mut waiting = closing.waiting();
                waiting.extend(writes.iter().map(|(site, why)| why.clone().of(site)));
                report::closing(order, self.located.as_ref(), closing, waiting)
            }
            Steps::Nothing | Steps::Hold | Steps::Delete | Steps::Release(_) => (*self.status).clone(),
        }
    }
}

/// When to look again although nothing happens: at the latest `otherwise`, when a deletion is due, or when what was seen
/// is too old to rest on.
fn within(order: &Order<'_>, located: Option<&Located>, otherwise: Duration) -> Then {
    let now = order.world.now;
    let doubted = located.and_then(|located| located.until_unknown(now));
    let otherwise = doubted.map_or(otherwise, |doubted| doubted.clamp(SOON, otherwise));
    Then::LookWithin(look_again(order).within(now, otherwise))
}

#[cfg(test)]
mod tests;
