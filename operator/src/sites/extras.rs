//! Kinds that a site serves or not: Flux's other sources, and Velero's backups. Each is watched from the moment
//! it is served.

use kube::core::ApiResource;

/// A kind that a site may serve.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Extra {
    /// Flux's `OCIRepository`, also those that are not ours.
    OciSources,
    /// Flux's `HelmRepository`.
    HelmSources,
    /// Flux's `GitRepository`.
    GitSources,
    /// Flux's `Bucket`.
    Buckets,
    /// Velero's `Backup`.
    Backups,
    /// Velero's `BackupStorageLocation`.
    BackupStores,
}

impl Extra {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::OciSources,
        Self::HelmSources,
        Self::GitSources,
        Self::Buckets,
        Self::Backups,
        Self::BackupStores,
    ];

    /// Group and version.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Backups | Self::BackupStores => "velero.io/v1",
            _ => "source.toolkit.fluxcd.io/v1",
        }
    }

    /// Kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::OciSources => "OCIRepository",
            Self::HelmSources => "HelmRepository",
            Self::GitSources => "GitRepository",
            Self::Buckets => "Bucket",
            Self::Backups => "Backup",
            Self::BackupStores => "BackupStorageLocation",
        }
    }

    /// Plural, as in addresses.
    pub fn plural(self) -> &'static str {
        match self {
            Self::OciSources => "ocirepositories",
            Self::HelmSources => "helmrepositories",
            Self::GitSources => "gitrepositories",
            Self::Buckets => "buckets",
            Self::Backups => "backups",
            Self::BackupStores => "backupstoragelocations",
        }
    }

    /// What a client needs to know of it.
    pub fn api_resource(self) -> ApiResource {
        let (group, version) = self.api_version().split_once('/').unwrap_or_default();
        ApiResource {
            group: group.into(),
            version: version.into(),
            api_version: self.api_version().into(),
            kind: self.kind().into(),
            plural: self.plural().into(),
        }
    }
}
