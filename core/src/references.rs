//! Whether the providers that a resource names exist.

use beffroi_crds::{
    conditions::{
        ACCEPTED,
        reason::{AS_EXPECTED, REFERENCE_NOT_FOUND},
    },
    text::Name,
};

use crate::{conditions::Finding, facts::World, plan::Refusal};

/// `Accepted` of a resource that names providers, each with the field that names it.
pub fn to_providers<'a>(world: &World, named: impl Iterator<Item = (&'static str, &'a Name)>) -> Finding {
    let (unread, missing): (Vec<_>, Vec<_>) = named
        .filter(|(_, name)| !world.providers.contains_key(&***name))
        .partition(|(_, name)| world.unread.has("Provider", name));
    if let Some((_, name)) = unread.first() {
        let unread = Refusal::Unreadable { kind: "Provider", name: name.to_string() };
        return Finding::new(ACCEPTED, unread.state(), unread.reason(), unread.to_string());
    }
    let mut unknown: Vec<String> =
        missing.into_iter().map(|(field, name)| format!("{field}: no Provider is named {name}")).collect();
    unknown.dedup();
    if unknown.is_empty() {
        Finding::new(ACCEPTED, true, AS_EXPECTED, "")
    } else {
        let message = format!("{}: create it, or correct the name", unknown.join("; "));
        Finding::new(ACCEPTED, false, REFERENCE_NOT_FOUND, message)
    }
}
