//! The closed set of kinds that Beffroi writes in a site.

use beffroi_crds::labels;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, TypeMeta};

use super::Live;
use crate::drift;

/// A kind that Beffroi writes in a site, in the order in which objects are written.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// Namespace of the workspace.
    Namespace,
    /// Who may speak with whom.
    NetworkPolicy,
    /// Accounts of the workspace.
    ServiceAccount,
    /// Rights of those accounts, in this namespace only.
    RoleBinding,
    /// What the workspace may use.
    ResourceQuota,
    /// Defaults and bounds of each container.
    LimitRange,
    /// Flux: the chart of an app, by digest.
    OciRepository,
    /// Flux: the release of an app.
    HelmRelease,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Namespace,
        Self::NetworkPolicy,
        Self::ServiceAccount,
        Self::RoleBinding,
        Self::ResourceQuota,
        Self::LimitRange,
        Self::OciRepository,
        Self::HelmRelease,
    ];

    /// Whether Flux serves this kind.
    pub fn is_flux(self) -> bool {
        matches!(self, Self::OciRepository | Self::HelmRelease)
    }

    /// Group, version, kind and plural.
    fn parts(self) -> [&'static str; 4] {
        match self {
            Self::Namespace => ["", "v1", "Namespace", "namespaces"],
            Self::ResourceQuota => ["", "v1", "ResourceQuota", "resourcequotas"],
            Self::LimitRange => ["", "v1", "LimitRange", "limitranges"],
            Self::NetworkPolicy => ["networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"],
            Self::ServiceAccount => ["", "v1", "ServiceAccount", "serviceaccounts"],
            Self::RoleBinding => ["rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"],
            Self::OciRepository => ["source.toolkit.fluxcd.io", "v1", "OCIRepository", "ocirepositories"],
            Self::HelmRelease => ["helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases"],
        }
    }

    /// What a client needs to address this kind.
    pub fn api_resource(self) -> ApiResource {
        let [group, version, kind, plural] = self.parts();
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// Type of an object of this kind.
    pub fn type_meta(self) -> TypeMeta {
        let resource = self.api_resource();
        TypeMeta { api_version: resource.api_version, kind: resource.kind }
    }

    /// Name of the kind.
    pub fn name(self) -> &'static str {
        self.parts()[2]
    }
}

/// An object that is wanted in a site.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// The manifest to apply.
    pub manifest: DynamicObject,
}

impl Object {
    /// Name in its namespace.
    pub fn name(&self) -> &str {
        self.manifest.metadata.name.as_deref().unwrap_or_default()
    }

    /// Where `live` differs from what is wanted; empty when there is nothing to write.
    pub fn differences(&self, live: &Live) -> Vec<String> {
        let mut found = drift::differences(&self.manifest.data, &live.data());
        let meta = &self.manifest.metadata;
        let maps = [
            ("metadata.labels", meta.labels.as_ref(), live.labels()),
            ("metadata.annotations", meta.annotations.as_ref(), live.annotations()),
        ];
        for (path, wanted, there) in maps {
            found.extend(
                wanted
                    .into_iter()
                    .flatten()
                    .filter(|(k, v)| there.get(*k) != Some(v) && k.as_str() != labels::APPLIED)
                    .map(|(k, _)| format!("{path}[{k}]")),
            );
        }
        if found.is_empty() && self.digest() != live.annotations().get(labels::APPLIED) {
            found.push(format!("metadata.annotations[{}]", labels::APPLIED));
        }
        found
    }

    /// Whether `live` was last written from this very plan: if it differs all the same, someone changed it.
    pub fn was_applied_to(&self, live: &Live) -> bool {
        self.digest().is_some() && self.digest() == live.annotations().get(labels::APPLIED)
    }

    fn digest(&self) -> Option<&String> {
        self.manifest.metadata.annotations.as_ref()?.get(labels::APPLIED)
    }
}
