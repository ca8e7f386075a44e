//! LOC-05: Flux takes charts by OCI from registries that the site declares and the policy allows.

use super::{Case, images::host};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    let allowed = case.registries();
    for source in &site.seen.sources {
        let from = host(&source.url);
        let oci = source.url.starts_with("oci://");
        if !oci || !allowed.iter().any(|a| a == from) {
            case.tell(
                "LOC-05",
                format!("{} {}", source.kind, source.name),
                source.url.clone(),
                format!("oci:// from {}", allowed.join(", ")),
            );
        }
    }
}
