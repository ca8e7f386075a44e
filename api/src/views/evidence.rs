//! Entries of the log: where data lay, and what happened. Their signatures are in their bundles.

use beffroi_core::evidence::statement::{self, Audit, DataLocation, Limit, LocationVerdict, Predicate};
use beffroi_crds::message::Said;
use beffroi_log::Listed;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{door::id, language::Language};

/// A proof of where data lay, in short.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Evidence")]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// Its place in the log.
    pub index: u64,
    /// When it was verified.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// The verdict.
    pub verdict: LocationVerdict,
    /// Sites where the data lay.
    pub sites: Vec<String>,
    /// How many things contradicted the rules.
    pub findings: usize,
    /// What nobody proved.
    pub not_proven: Vec<Limit>,
    /// UID of the workspace.
    pub workspace_uid: String,
    /// Whether it is dated before an entry of this page that stands before it in the log: a clock was set back, or a
    /// time is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_backwards: bool,
}

/// Something that happened to a tenant.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its place in the log.
    pub index: u64,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// What happened.
    pub action: statement::Action,
    /// The tenant.
    pub tenant: String,
    /// Who did it, as far as it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The workspace, where it is about one: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The site, where it happened in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// What was touched.
    pub object: String,
    /// What happened, for people.
    pub note: String,
    /// The same, as a code with arguments; absent from what earlier versions recorded.
    #[serde(default, skip_serializing_if = "Option::is_none", flatten)]
    pub said: Option<Said>,
    /// Whether it is dated before an entry of this page that stands before it in the log: a clock was set back, or a
    /// time is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_backwards: bool,
}

/// A workspace that is gone, as the log tells its end.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastWorkspace {
    /// What to ask for it by, with its UID: its name in the tenant that was asked about, which another one may bear by now.
    pub id: String,
    /// Its UID, which is nobody else's.
    pub uid: String,
    /// How it was called.
    pub name: String,
    /// Whose it was, as that one was called.
    pub tenant: String,
    /// When nothing of it was left.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub deleted_at: Timestamp,
    /// Place of that entry in the log.
    pub index: u64,
}

impl PastWorkspace {
    /// An entry, where it tells of an end; as one asks for it in `tenant`, or in one that `tenant` came after.
    pub fn of(listed: &Listed, tenant: &str) -> Option<Self> {
        let Predicate::Audit(audit) = &listed.statement.predicate else { return None };
        let workspace = audit.workspace.as_ref()?;
        Some(Self {
            id: id(tenant, &workspace.name),
            uid: workspace.uid.clone(),
            name: workspace.name.clone(),
            tenant: workspace.tenant.clone(),
            deleted_at: audit.time,
            index: listed.index,
        })
    }
}

impl EvidenceView {
    /// An entry, where it tells where data lay.
    pub fn of(listed: &Listed, runs_backwards: bool) -> Option<Self> {
        let Predicate::DataLocation(claim) = &listed.statement.predicate else { return None };
        let DataLocation {
            time_verified,
            verification_result,
            sites,
            findings,
            findings_omitted,
            not_proven,
            workspace,
            ..
        } = &**claim;
        Some(Self {
            index: listed.index,
            time: *time_verified,
            verdict: *verification_result,
            sites: sites.iter().map(|site| site.name.clone()).collect(),
            findings: findings.len()
                + usize::try_from(*findings_omitted).unwrap_or(usize::MAX - findings.len()),
            not_proven: not_proven.clone(),
            workspace_uid: workspace.uid.clone(),
            runs_backwards,
        })
    }
}

impl LogEntry {
    /// An entry, where it tells what happened.
    pub fn of(listed: &Listed, runs_backwards: bool, language: Language) -> Option<Self> {
        let Predicate::Audit(audit) = &listed.statement.predicate else { return None };
        let Audit {
            time,
            action,
            tenant,
            workspace,
            site,
            object,
            actor,
            note,
            tenant_uid: _,
            remains: _,
            siren: _,
        } = &**audit;
        Some(Self {
            index: listed.index,
            time: *time,
            action: *action,
            tenant: tenant.clone(),
            actor: actor.clone(),
            workspace: workspace.as_ref().map(|w| id(&w.tenant, &w.name)),
            site: site.clone(),
            object: object.clone(),
            note: note.in_language(language),
            said: note.said().cloned(),
            runs_backwards,
        })
    }
}
