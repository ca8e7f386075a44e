//! Whether the providers that a resource names exist.

use beffroi_crds::{
    conditions::{
        ACCEPTED,
        reason::{AS_EXPECTED, REFERENCE_NOT_FOUND},
    },
    text::Name,
};

use crate::{conditions::Finding, facts::World};

/// `Accepted` of a resource that names providers, each with the field that names it.
pub fn to_providers<'a>(world: &World, named: impl Iterator<Item = (&'static str, &'a Name)>) -> Finding {
    let mut unknown: Vec<String> = named
        .filter(|(_, name)| !world.providers.contains_key(&***name))
        .map(|(field, name)| format!("{field}: no Provider is named {name}"))
        .collect();
    unknown.dedup();
    if unknown.is_empty() {
        Finding::new(ACCEPTED, true, AS_EXPECTED, "")
    } else {
        let message = format!("{}: create it, or correct the name", unknown.join("; "));
        Finding::new(ACCEPTED, false, REFERENCE_NOT_FOUND, message)
    }
}
