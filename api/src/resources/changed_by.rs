//! Who asks for a change of a workspace or a tenant: a note on the object, which the operator takes into the audit log.

use beffroi_crds::{ChangedBy, ordered_generation};
use kube::ResourceExt;

use crate::auth::Principal;

/// Leaves a note on an object that is about to be written or deleted, which brings it to its next generation.
pub(super) fn note(object: &mut impl ResourceExt, annotation: &str, who: &Principal, request: &str) {
    let by = ChangedBy {
        generation: ordered_generation(object) + 1,
        subject: who.subject.clone(),
        issuer: who.issuer.clone(),
        request: request.to_owned(),
    };
    object.annotations_mut().insert(annotation.to_owned(), by.to_value());
}
