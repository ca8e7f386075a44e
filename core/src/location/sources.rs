//! LOC-05: Flux takes charts by OCI from registries that the site declares and the policy allows.

use super::{Case, images::host};
use crate::message::location::LocationMessage;

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    let allowed = case.registries();
    for source in &site.seen.sources {
        let from = host(&source.url);
        let oci = source.url.starts_with("oci://");
        if !oci || !allowed.iter().any(|a| a == from) {
            let expected = if allowed.is_empty() {
                LocationMessage::OciFromNowhere
            } else {
                LocationMessage::OciFrom { registries: allowed.clone() }
            };
            let object = format!("{} {}", source.kind, source.name);
            case.tell("LOC-05", object, LocationMessage::ChartSource { url: source.url.clone() }, expected);
        }
    }
}
