//! LOC-04: no way in or out but the site's own ingress, which is announced in an allowed country.

use super::Case;
use crate::policy::place;

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for service in &site.seen.services {
        if service.type_ == "ExternalName"
            && !service.addresses.is_empty()
            && service.addresses.iter().all(|host| is_gateway(case, host))
        {
            continue;
        }
        let to = if service.addresses.is_empty() {
            String::new()
        } else {
            format!(" to {}", service.addresses.join(", "))
        };
        case.tell(
            "LOC-04",
            format!("Service {}", service.name),
            format!("type {}{to}", service.type_),
            "type ClusterIP without external addresses",
        );
    }
    for ingress in &site.seen.ingresses {
        let object = format!("Ingress {}", ingress.name);
        let class = ingress.class.as_deref();
        match &site.declared.ingress {
            None => case.tell("LOC-04", object, "an ingress", "none: the site declares no ingress class"),
            Some(offer) if class != Some(offer.class_name.as_str()) => case.tell(
                "LOC-04",
                object,
                format!("class {}", class.unwrap_or("none")),
                format!("class {}", offer.class_name),
            ),
            Some(offer) if !place::allows(&case.rules.place, &offer.country) => case.tell(
                "LOC-04",
                object,
                format!("addresses announced in {}", &*offer.country),
                "an allowed country",
            ),
            Some(_) => {}
        }
    }
}

/// Whether a host is a gateway of the site's own, in an allowed country.
fn is_gateway(case: &Case<'_>, host: &str) -> bool {
    let mut declared = case.site.declared.gateway_hosts.iter();
    declared.any(|gateway| *gateway.host == *host && place::allows(&case.rules.place, &gateway.country))
}
