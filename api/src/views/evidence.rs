//! Entries of the log: where data lay, and what happened. Their signatures are in their bundles.

use beffroi_core::evidence::statement::{self, Audit, DataLocation, Limit, LocationVerdict, Predicate};
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
}

/// Something that happened to a tenant.
#[derive(Debug, JsonSchema, Serialize)]
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
}

impl EvidenceView {
    /// An entry, where it tells where data lay.
    pub fn of(listed: &Listed) -> Option<Self> {
        let Predicate::DataLocation(claim) = &listed.statement.predicate else { return None };
        let DataLocation {
            time_verified,
            verification_result,
            sites,
            findings,
            findings_omitted,
            not_proven,
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
        })
    }
}

impl LogEntry {
    /// An entry, where it tells what happened.
    pub fn of(listed: &Listed, language: Language) -> Option<Self> {
        let Predicate::Audit(audit) = &listed.statement.predicate else { return None };
        let Audit { time, action, tenant, workspace, site, object, actor, note, tenant_uid: _, remains: _ } =
            &**audit;
        Some(Self {
            index: listed.index,
            time: *time,
            action: *action,
            tenant: tenant.clone(),
            actor: actor.clone(),
            workspace: workspace.as_ref().map(|w| id(&w.tenant, &w.name)),
            site: site.clone(),
            object: object.clone(),
            note: language.say(note),
        })
    }
}
