//! Whether the providers that a resource names exist.

use beffroi_crds::{
    conditions::{
        ACCEPTED,
        reason::{AS_EXPECTED, REFERENCE_NOT_FOUND},
    },
    text::Name,
};

use crate::{
    conditions::Finding,
    facts::World,
    message::{Message, Parts, provider::ProviderMessage},
    plan::Refusal,
};

/// `Accepted` of a resource that names providers, each with the field that names it.
pub fn to_providers<'a>(world: &World, named: impl Iterator<Item = (&'static str, &'a Name)>) -> Finding {
    let (unread, missing): (Vec<_>, Vec<_>) = named
        .filter(|(_, name)| !world.providers.contains_key(&***name))
        .partition(|(_, name)| world.unread.has("Provider", name));
    if let Some((_, name)) = unread.first() {
        let unread = Refusal::Unreadable { kind: "Provider", name: name.to_string() };
        return Finding::new(ACCEPTED, unread.state(), unread.reason(), unread.message());
    }
    let unknown = |(field, name): (&str, &Name)| {
        ProviderMessage::Unknown { field: field.to_owned(), name: name.to_string() }.into()
    };
    let mut unknown: Vec<Message> = missing.into_iter().map(unknown).collect();
    unknown.dedup();
    if unknown.is_empty() {
        Finding::new(ACCEPTED, true, AS_EXPECTED, Message::none())
    } else {
        let message = ProviderMessage::ReferencesMissing { missing: Parts(unknown) };
        Finding::new(ACCEPTED, false, REFERENCE_NOT_FOUND, message)
    }
}
