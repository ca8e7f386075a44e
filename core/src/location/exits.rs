//! LOC-04: no way in or out but the site's own ingress, which is announced in an allowed country.

use super::Case;
use crate::{message::location::LocationMessage, policy::place};

pub(super) fn check(case: &mut Case<'_>) {
    let site = case.site;
    for service in &site.seen.services {
        if service.type_ == "ExternalName"
            && !service.addresses.is_empty()
            && service.addresses.iter().all(|host| is_gateway(case, host))
        {
            continue;
        }
        let (kind, addresses) = (service.type_.clone(), service.addresses.clone());
        let observed = if addresses.is_empty() {
            LocationMessage::ServiceType { kind }
        } else {
            LocationMessage::ServiceTypeTo { kind, addresses }
        };
        let object = format!("Service {}", service.name);
        case.tell("LOC-04", object, observed, LocationMessage::ClusterIpAlone);
    }
    for ingress in &site.seen.ingresses {
        let object = format!("Ingress {}", ingress.name);
        let of = |class: &String| LocationMessage::IngressClass { class: class.clone() };
        match &site.declared.ingress {
            None => case.tell("LOC-04", object, LocationMessage::AnIngress, LocationMessage::NoIngress),
            Some(offer) if ingress.class.as_ref() != Some(&offer.class_name) => {
                let observed = ingress.class.as_ref().map_or(LocationMessage::NoIngressClass, of);
                case.tell("LOC-04", object, observed, of(&offer.class_name));
            }
            Some(offer) if !place::allows(&case.rules.place, &offer.country) => {
                let observed = LocationMessage::AnnouncedIn { country: offer.country.to_string() };
                case.tell("LOC-04", object, observed, LocationMessage::AllowedCountry);
            }
            Some(_) => {}
        }
    }
}

/// Whether a host is a gateway of the site's own, in an allowed country.
fn is_gateway(case: &Case<'_>, host: &str) -> bool {
    let mut declared = case.site.declared.gateway_hosts.iter();
    declared.any(|gateway| *gateway.host == *host && place::allows(&case.rules.place, &gateway.country))
}
