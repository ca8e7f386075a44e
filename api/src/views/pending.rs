//! Releases that do not come yet, each with what it waits for.

use beffroi_core::plan::releases;
use beffroi_crds::workspace::{PendingRelease, WaitsFor};
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

/// The newest release of the channel that an app follows, where it is not the one that the app is held at.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "PendingRelease")]
#[serde(rename_all = "camelCase")]
pub struct PendingView {
    /// Name of the app.
    pub app: String,
    /// Version.
    pub version: String,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// What it waits for and what helps, for people.
    pub message: String,
}

impl PendingView {
    /// All of them.
    pub fn all(pending: &[PendingRelease], language: Language) -> Vec<Self> {
        let view = |pending: &PendingRelease| Self {
            app: pending.app.clone(),
            version: pending.version.clone(),
            waits_for: pending.waits_for,
            message: releases::told(pending).in_language(language),
        };
        pending.iter().map(view).collect()
    }
}
