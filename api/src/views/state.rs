//! The state of a workspace in one word.

use beffroi_crds::{
    Workspace,
    conditions::{ACCEPTED, LOCATED, PLACED, READY},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::condition::{Status, status};

/// A workspace's state in one word; the first that holds.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "WorkspaceState")]
pub enum State {
    /// It is being removed everywhere.
    Deleting,
    /// It is to be deleted, and can be taken back.
    Leaving,
    /// Its data lies where it should not.
    Breach,
    /// Rules or references refuse the order, or no site may take it.
    Refused,
    /// Its apps are stopped, as ordered.
    Suspended,
    /// All is as ordered.
    Ready,
    /// Work goes on.
    InProgress,
}

impl State {
    /// The state of a workspace.
    pub fn of(workspace: &Workspace) -> Self {
        let conditions =
            workspace.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        let current =
            workspace.status.as_ref().and_then(|s| s.observed_generation) == workspace.metadata.generation;
        let is = |kind, wanted| status(conditions, kind) == wanted;
        if workspace.metadata.deletion_timestamp.is_some() {
            Self::Deleting
        } else if workspace.spec.delete_after.is_some() {
            Self::Leaving
        } else if is(LOCATED, Status::False)
            && workspace.status.as_ref().is_some_and(|s| !s.findings.is_empty())
        {
            Self::Breach
        } else if current && (is(ACCEPTED, Status::False) || is(PLACED, Status::False)) {
            Self::Refused
        } else if workspace.spec.suspended {
            Self::Suspended
        } else if current && is(READY, Status::True) {
            Self::Ready
        } else {
            Self::InProgress
        }
    }
}
