//! Conditions, and their types and reasons, which are stable: programs may rely on them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::message::Args;

/// A condition as Kubernetes has it (`metav1.Condition`), with its message as code and arguments besides.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about, in `CamelCase`.
    #[serde(rename = "type")]
    #[schemars(length(max = 316))]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    pub status: String,
    /// Stable reason in `CamelCase`.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
    /// What a person needs to know, and to do.
    #[schemars(length(max = 32_768))]
    pub message: String,
    /// Stable code of the message; absent where nothing needs to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Generation of the spec that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When its status changed last.
    pub last_transition_time: Time,
}

/// The summary of a resource; its reason is that of the first condition that is not met.
pub const READY: &str = "Ready";
/// What the resource says, and what it refers to, is in order.
pub const ACCEPTED: &str = "Accepted";
/// Catalogue entry: at least one release can be ordered.
pub const ORDERABLE: &str = "Orderable";
/// Provider: its certifications are in force; warns before they end.
pub const CERTIFIED: &str = "Certified";
/// Site: its API server answers to Beffroi's identity.
pub const REACHABLE: &str = "Reachable";
/// Site: Flux's kinds are served there.
pub const FLUX_READY: &str = "FluxReady";
/// Site: the guards of chart `beffroi-site` are bound there.
pub const GUARDED: &str = "Guarded";
/// Site: what is seen in the cluster agrees with what is declared of it.
pub const VERIFIED: &str = "Verified";
/// Site: nothing bears Beffroi's labels there without a known workspace.
pub const NO_ORPHANS: &str = "NoOrphans";
/// Tenant: every domain that is declared for it is its own, and every one that it holds is declared or proven still.
pub const DOMAINS_HELD: &str = "DomainsHeld";
/// Workspace: sites are chosen.
pub const PLACED: &str = "Placed";
/// Workspace: everything planned is applied, and the apps report ready.
pub const PROVISIONED: &str = "Provisioned";
/// Workspace: the catalogue lists each release that it is held at.
pub const OFFERED: &str = "Offered";
/// Workspace: verdict on where its data lies.
pub const LOCATED: &str = "Located";
/// Workspace: a recent backup of it was seen where it may lie, in each of its sites.
pub const BACKED_UP: &str = "BackedUp";
/// Workspace, where its policy asks for it: what its pods reach was tried of late, in each of its sites.
pub const PROBED: &str = "Probed";
/// Workspace: all that its policy requires holds, whether or not its apps run.
pub const COMPLIANT: &str = "Compliant";
/// Provider, Site, App, Workspace: all that it rests on and that has an end holds for more than 90 days.
pub const LASTING: &str = "Lasting";

/// Reasons shared by several kinds.
pub mod reason {
    /// All is as wanted.
    pub const AS_EXPECTED: &str = "AsExpected";
    /// A resource that this one names does not exist.
    pub const REFERENCE_NOT_FOUND: &str = "ReferenceNotFound";
    /// Sovereignty rules refuse it.
    pub const POLICY_REFUSED: &str = "PolicyRefused";
    /// Something lies, or may lie, elsewhere than declared and allowed.
    pub const NOT_AS_DECLARED: &str = "NotAsDeclared";
    /// Reconciliation is paused by annotation.
    pub const PAUSED: &str = "Paused";
    /// Its apps are stopped, as ordered.
    pub const SUSPENDED: &str = "Suspended";
    /// It is deleted at a time that its order names, unless it is taken back before.
    pub const DELETION_SCHEDULED: &str = "DeletionScheduled";
    /// Tenant: it is deleted once its workspaces are; they still stand.
    pub const WORKSPACES_LEFT: &str = "WorkspacesLeft";
    /// Tenant: another one is registered with a number that stands for one body.
    pub const BODY_TAKEN: &str = "BodyTaken";
    /// Tenant: another one has the name of a grouping's member by now.
    pub const MEMBER_REPLACED: &str = "MemberReplaced";
    /// A release that is held is in the catalogue no longer; what runs stays.
    pub const RELEASE_WITHDRAWN: &str = "ReleaseWithdrawn";
    /// Deletion is under way.
    pub const DELETING: &str = "Deleting";
    /// A fault of Beffroi's own; all else goes on.
    pub const INTERNAL_ERROR: &str = "InternalError";
    /// Something that it rests on cannot be read: nothing is judged.
    pub const UNREADABLE: &str = "Unreadable";
    /// Deletion is under way for longer than it should be: somebody must look at what holds it.
    pub const DELETION_HELD: &str = "DeletionHeld";
    /// Something is asked for, and nobody provides it.
    pub const NOT_PROVIDED: &str = "NotProvided";
    /// Work goes on.
    pub const PROGRESSING: &str = "Progressing";
    /// Something that it rests on ends in 90 days or less.
    pub const ENDS_WITHIN_90_DAYS: &str = "EndsWithin90Days";
    /// Something that it rests on ends in 30 days or less.
    pub const ENDS_WITHIN_30_DAYS: &str = "EndsWithin30Days";
    /// Something that it rests on ends in 7 days or less.
    pub const ENDS_WITHIN_7_DAYS: &str = "EndsWithin7Days";
    /// Something that it rests on has ended.
    pub const ENDED: &str = "Ended";
}
