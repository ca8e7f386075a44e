//! A provider: who owns it, whom it entrusts work to, what certifies it, each with what backs it.

use beffroi_crds::{
    Provider, ProviderSpec,
    provider::{Certification, Dependency, OwnershipStatement, Pact, Seat, Shareholder, Subprocessor},
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
    /// LEI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lei: Option<String>,
    /// Whether `siren` is that of a branch of a firm from abroad.
    pub branch: bool,
    /// Where it has its seat.
    pub seat: Seat,
    /// Who holds its capital and votes.
    pub shareholders: Vec<Shareholder>,
    /// By which agreements they act in concert.
    pub pacts: Vec<Pact>,
    /// Whether its shares are traded on a regulated market.
    pub listed: bool,
    /// What backs seat and shareholders: without a document they are only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership_statement: Option<OwnershipStatement>,
    /// Providers that it entrusts work or data to.
    pub subprocessors: Vec<Subprocessor>,
    /// Technologies from outside the allowed countries that its service cannot run without.
    pub dependencies: Vec<Dependency>,
    /// What certifies it, until when.
    pub certifications: Vec<Certification>,
    /// Whether its facts are invented for a sample.
    pub fictional: bool,
}

impl From<&Provider> for ProviderView {
    fn from(provider: &Provider) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let ProviderSpec {
            legal_name,
            siren,
            lei,
            branch,
            seat,
            shareholders,
            pacts,
            listed,
            ownership_statement,
            subprocessors,
            dependencies,
            certifications,
            fictional,
        } = provider.spec.clone();
        Self {
            name: provider.name_any(),
            legal_name,
            siren: siren.map(|siren| siren.0),
            lei: lei.map(|lei| lei.0),
            branch,
            seat,
            shareholders,
            pacts,
            listed,
            ownership_statement,
            subprocessors,
            dependencies,
            certifications,
            fictional,
        }
    }
}
