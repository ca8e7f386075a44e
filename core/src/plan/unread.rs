//! What an order rests on and nobody can read → a refusal that is no verdict: what is in place stays, and is not judged.
//!
//! What cannot be read is there all the same: to judge without it, or as if it did not exist, would be to say what is
//! not so. It is told on the object itself, by whoever watches.

use beffroi_crds::{App, Site};
use kube::ResourceExt;

use super::{Order, Refusal, current_sites};
use crate::{
    policy::{Case, Chain},
    tenant,
};

/// The tenant, where it is named by the namespace and cannot be read.
pub(super) fn tenant(order: &Order<'_>) -> Option<Refusal> {
    let namespace = order.workspace.namespace().unwrap_or_default();
    object(order, "Tenant", tenant::of_namespace(&namespace)?)
}

/// An object of the register.
pub(super) fn object(order: &Order<'_>, kind: &'static str, name: &str) -> Option<Refusal> {
    order.world.unread.has(kind, name).then(|| Refusal::Unreadable { kind, name: name.to_owned() })
}

/// What the place of its data is judged by: tenant, policy, and the sites where it lies.
pub(super) fn of_place(order: &Order<'_>) -> Option<Refusal> {
    tenant(order)
        .or_else(|| object(order, "SovereigntyPolicy", &order.tenant?.spec.policy))
        .or_else(|| current_sites(order).iter().find_map(|site| object(order, "Site", site)))
}

/// What the rules on an app rest on.
pub(super) fn of_app(case: &Case<'_>, app: &App) -> Option<Refusal> {
    first(case, &Chain::of_app(case, &app.spec))
}

/// What the rules on a site rest on.
pub(super) fn of_site(case: &Case<'_>, site: &Site) -> Option<Refusal> {
    first(case, &Chain::of_site(case, site))
}

fn first(case: &Case<'_>, chain: &Chain<'_>) -> Option<Refusal> {
    let missing = chain.missing.iter().map(|missing| missing.name);
    let name = missing.into_iter().find(|name| case.world.unread.has("Provider", name))?;
    Some(Refusal::Unreadable { kind: "Provider", name: name.to_owned() })
}
