//! Workspaces: read from the caches, written as custom resources.

mod change;
mod confirm;
mod create;
pub mod examples;
mod leave;
mod read;
mod suspend;
#[cfg(test)]
mod tests;
pub mod view;

use serde_json::json;

pub(super) use self::{change::patched, create::draft};
use self::{
    confirm::Confirmation,
    view::{NewWorkspace, WorkspacePatch},
};
use crate::{
    operation::{Routes, operation},
    state::State,
};

/// Where the id of a workspace comes from.
const ITS_ID: [(&str, &str); 1] = [("workspace", "$response.body#/id")];
/// The same, and its version.
const ITS_VERSION: [(&str, &str); 2] =
    [("workspace", "$response.body#/id"), ("If-Match", "$response.header.ETag")];
/// The id of the first workspace of a list.
const FIRST: [(&str, &str); 1] = [("workspace", "$response.body#/items/0/id")];

/// Routes.
pub fn router() -> Routes<State> {
    let list = operation!(read::list)
        .leads_to("readWorkspace", &FIRST)
        .leads_to("readLocation", &FIRST)
        .leads_to("listEvidence", &FIRST);
    let create = operation!(create::create)
        .example::<NewWorkspace>("meetings", "Meetings, on one site.", &examples::meetings())
        .example::<NewWorkspace>(
            "communication",
            "Messages and documents, on two sites.",
            &examples::communication(),
        )
        .leads_to("readWorkspace", &ITS_ID)
        .leads_to("changeWorkspace", &ITS_ID)
        .leads_to("suspendWorkspace", &ITS_ID)
        .leads_to("resumeWorkspace", &ITS_ID)
        .leads_to("deleteWorkspace", &ITS_ID)
        .leads_to("readLocation", &ITS_ID)
        .leads_to("readExplanation", &ITS_ID)
        .leads_to("listEvidence", &ITS_ID);
    let read =
        operation!(read::read).leads_to("changeWorkspace", &ITS_VERSION).leads_to("readLocation", &ITS_ID);
    let change = operation!(change::change)
        .example::<WorkspacePatch>(
            "updates",
            "New releases come by themselves.",
            &json!({ "updates": "FollowChannel" }),
        )
        .example::<WorkspacePatch>(
            "window",
            "Changes at any time again.",
            &json!({ "maintenanceWindow": null }),
        );
    let delete =
        operation!(leave::delete).leads_to("restoreWorkspace", &ITS_ID).leads_to("confirmDeletion", &ITS_ID);
    let confirm = operation!(confirm::confirm).example::<Confirmation>(
        "request",
        "`deletionRequest.id` of the workspace.",
        &json!({ "request": "7b0f6a0e" }),
    );
    Routes::new()
        .with(list)
        .with(create)
        .with(read)
        .with(change)
        .with(delete)
        .with(operation!(suspend::suspend))
        .with(operation!(suspend::resume))
        .with(operation!(leave::restore))
        .with(confirm)
}
