//! Beffroi's language: the custom resources of group `beffroi.fr`, one kind per file.
//!
//! Pipeline: Rust types → structural schema with CEL rules ([`all`]) → YAML committed in `crds/yaml`
//! (`make generate`) → charts. What a rule can say about one object alone is refused by the API server;
//! what depends on other objects is decided in `beffroi-core` and reported in conditions.

// kube's own attributes repeat by design, once for each derive, column and rule.
#![allow(clippy::duplicated_attributes)]

pub mod app;
pub mod bounds;
mod changed_by;
pub mod conditions;
pub mod country;
mod deletion;
pub mod ending;
pub mod labels;
pub mod message;
pub mod ownership;
pub mod percent;
pub mod policy;
pub mod probe;
pub mod provider;
pub mod rule;
pub mod served;
pub mod site;
pub mod tenant;
pub mod text;
pub mod tolerant;
pub mod workspace;

pub use app::{App, AppSpec, AppStatus};
pub use changed_by::{ChangedBy, ordered_generation};
pub use deletion::{DeletionConfirmed, DeletionRequest, Person};
pub use policy::{PolicyStatus, SovereigntyPolicy, SovereigntyPolicySpec};
pub use provider::{Provider, ProviderSpec, ProviderStatus};
pub use site::{Site, SiteSpec, SiteStatus};
pub use tenant::{Tenant, TenantSpec, TenantStatus};
pub use workspace::{Workspace, WorkspaceSpec, WorkspaceStatus};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// API group of every kind defined here.
pub const GROUP: &str = "beffroi.fr";

/// Every custom resource definition, in the order in which a reader meets them.
pub fn all() -> Vec<CustomResourceDefinition> {
    let mut all = vec![
        Provider::crd(),
        Site::crd(),
        SovereigntyPolicy::crd(),
        App::crd(),
        Tenant::crd(),
        Workspace::crd(),
    ];
    for crd in &mut all {
        let versions = crd.spec.versions.iter_mut();
        let schemas = versions.filter_map(|version| version.schema.as_mut()?.open_api_v3_schema.as_mut());
        schemas.for_each(bounds::set);
    }
    all
}

/// The committed form of one definition: its file name and YAML text.
///
/// # Errors
/// When the definition cannot be written as YAML.
pub fn yaml(crd: &CustomResourceDefinition) -> Result<(String, String), serde_yaml::Error> {
    let header = "# Generated from the types in crds/src by `make generate`. Do not edit.\n";
    let body = serde_yaml::to_string(crd)?;
    Ok((format!("{}.yaml", crd.spec.names.plural), format!("{header}{body}")))
}
