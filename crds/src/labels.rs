//! Labels, annotations and finalizers that carry meaning for Beffroi.

use kube::{Resource, ResourceExt};

/// `app.kubernetes.io/managed-by` value on each object that Beffroi writes.
pub const MANAGER: &str = "beffroi";
/// Key of the label that says who manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// UID of the tenant (or grouping) that an object in a site belongs to.
pub const TENANT_UID: &str = "beffroi.fr/tenant-uid";
/// Name of the tenant, for people; rights never rest on it.
pub const TENANT: &str = "beffroi.fr/tenant";
/// UID of the workspace that an object in a site belongs to.
pub const WORKSPACE_UID: &str = "beffroi.fr/workspace-uid";
/// Name of the workspace, for people; rights never rest on it.
pub const WORKSPACE: &str = "beffroi.fr/workspace";
/// Name of the catalogue entry that an object serves.
pub const APP: &str = "beffroi.fr/app";
/// Digest of the manifest last applied: a changed plan is seen even where fields were only taken away.
pub const APPLIED: &str = "beffroi.fr/applied";
/// Annotation of a workspace's namespace in a site: registries that its images may come from, by commas. The
/// site's admission policies hold to it.
pub const REGISTRIES: &str = "beffroi.fr/registries";
/// Annotation of a workspace's namespace in a site: whether its images must be named by digest.
pub const IMAGES_BY_DIGEST: &str = "beffroi.fr/images-by-digest";
/// Annotation of a workspace's namespace in a site: storage classes that its claims may use, by commas.
pub const STORAGE_CLASSES: &str = "beffroi.fr/storage-classes";
/// Annotation of a workspace's namespace in a site: the class that its ingresses must have; empty: none may be.
pub const INGRESS_CLASS: &str = "beffroi.fr/ingress-class";
/// Annotation of a workspace's namespace in a site: labels that its pods may choose nodes by, each as
/// `key=value`, by commas.
pub const NODE_LABELS: &str = "beffroi.fr/node-labels";
/// Annotation of a workspace's namespace in a site: hosts that its ingresses may name, by commas; no other, and none
/// without a host.
pub const HOSTS: &str = "beffroi.fr/hosts";
/// Annotation of a workspace's namespace in a site: further annotations that its ingresses and services may bear, by
/// commas.
pub const INGRESS_ANNOTATIONS: &str = "beffroi.fr/ingress-annotations";
/// Annotation of a workspace's namespace in a site: hosts that its services of type `ExternalName` may stand for, by
/// commas.
pub const GATEWAY_HOSTS: &str = "beffroi.fr/gateway-hosts";
/// Annotation of a workspace's namespace in a site: operators that may work in it, each as `kind=user`, by commas.
pub const OPERATORS: &str = "beffroi.fr/operators";
/// Annotation of a workspace's namespace in a site: UID of the workspace once its deletion there is under way, empty
/// until then. Nobody deletes the namespace, Beffroi neither, unless that was written before.
pub const DELETION_ORDERED: &str = "beffroi.fr/deletion-ordered";
/// Annotation of a workspace's namespace in a site: priority classes that its pods may have, by commas.
pub const PRIORITY_CLASSES: &str = "beffroi.fr/priority-classes";
/// Annotation of a workspace's namespace in a site: accounts whose pods may use the Kubernetes API, by commas.
pub const API_ACCOUNTS: &str = "beffroi.fr/api-accounts";
/// Label of the pod by which Beffroi tries what a workspace reaches. Guards let nobody else's pod bear it.
pub const PROBE: &str = "beffroi.fr/probe";
/// Annotation of that pod: mark of what called for it.
pub const PROBE_CAUSE: &str = "beffroi.fr/probe-cause";
/// Annotation that pauses the reconciliation of one resource when `"true"`.
pub const PAUSED: &str = "beffroi.fr/paused";
/// Annotation of a workspace or a tenant: who brought it to which generation through the API, as
/// [`ChangedBy`](crate::ChangedBy).
pub const CHANGED_BY: &str = "beffroi.fr/changed-by";
/// Annotation of a tenant: who deleted it through the API, as [`ChangedBy`](crate::ChangedBy) the generation that the
/// deletion made. Apart from the other, so that who changed it a moment before is told all the same.
pub const DELETED_BY: &str = "beffroi.fr/deleted-by";
/// Annotation of a workspace: deletion sooner than one person may have it, asked for through the API, as
/// [`DeletionRequest`](crate::DeletionRequest).
pub const DELETION_REQUEST: &str = "beffroi.fr/deletion-request";
/// Annotation of a workspace: such a deletion that another person confirmed, as
/// [`DeletionConfirmed`](crate::DeletionConfirmed).
pub const DELETION_CONFIRMED: &str = "beffroi.fr/deletion-confirmed";
/// Finalizer on tenants, workspaces and sites: gone only when nothing is left behind.
pub const FINALIZER: &str = "beffroi.fr/cleanup";

/// Whether the reconciliation of `object` is paused by annotation [`PAUSED`].
pub fn is_paused<K: Resource>(object: &K) -> bool {
    object.annotations().get(PAUSED).is_some_and(|value| value == "true")
}
