//! A provider: who owns it, what certifies it.

use beffroi_crds::{
    Provider,
    provider::{Certification, Seat, Shareholder},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

/// A legal entity that one depends on: hoster, publisher, subprocessor.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Provider")]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Name.
    pub name: String,
    /// Legal name.
    pub legal_name: String,
    /// SIREN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// Where it has its seat.
    pub seat: Seat,
    /// Who holds its capital and votes.
    pub shareholders: Vec<Shareholder>,
    /// What certifies it, until when.
    pub certifications: Vec<Certification>,
    /// Whether its facts are invented for a sample.
    pub fictional: bool,
}

impl From<&Provider> for ProviderView {
    fn from(provider: &Provider) -> Self {
        let spec = &provider.spec;
        Self {
            name: provider.name_any(),
            legal_name: spec.legal_name.clone(),
            siren: spec.siren.as_ref().map(ToString::to_string),
            seat: spec.seat.clone(),
            shareholders: spec.shareholders.clone(),
            certifications: spec.certifications.clone(),
            fictional: spec.fictional,
        }
    }
}
