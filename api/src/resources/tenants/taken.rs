//! Numbers and domains that a tenant cannot be given: those that another one has, and domains that are nobody's. Told to
//! the hoster alone, who registers tenants, with whose they are.

use beffroi_core::tenant::{
    bodies,
    domains::{self, Holdings, is_public_suffix},
};
use beffroi_crds::{Tenant, tenant::Rival};
use serde_json::Value;

use crate::{
    language::Text,
    problem::{Fault, Problem},
    state::State,
};

/// What another tenant has of what this one is to be given, as the statuses of all of them tell.
pub fn faults(state: &State, tenant: &Tenant) -> Vec<Fault> {
    let (world, holdings) = (state.register.of(&state.caches), Holdings::default());
    let numbers = bodies::rivals(&world, &holdings, tenant);
    let numbers = numbers.iter().map(|rival| number(tenant, rival));
    let taken = domains::rivals(&world, &holdings, tenant);
    let taken = taken.iter().map(|rival| domain(tenant, rival));
    let own = tenant.spec.domains.iter().enumerate();
    let suffixes = own.filter(|(_, domain)| is_public_suffix(domain)).map(|(index, domain)| Fault {
        field: format!("domains[{index}]"),
        value: Some(Value::from(&**domain)),
        rule: Text::new(
            "est un suffixe public, sous lequel d'autres s'enregistrent",
            "is a public suffix, below which others register",
        ),
        fix: Text::new("Nommez le domaine propre de l'organisme.", "name the body's own domain below it"),
        ..Fault::default()
    });
    numbers.chain(taken).chain(suffixes).collect()
}

/// Refuses what is wrong, but for what was so before.
///
/// # Errors
/// 422, with each field.
pub fn refuse(faults: &[Fault], before: &[Fault]) -> Result<(), Problem> {
    let stood = |fault: &Fault| before.iter().any(|b| b.value == fault.value && b.rule.en == fault.rule.en);
    let new: Vec<Fault> = faults.iter().filter(|fault| !stood(fault)).cloned().collect();
    if new.is_empty() { Ok(()) } else { Err(Problem::invalid(new)) }
}

fn number(tenant: &Tenant, rival: &Rival) -> Fault {
    let Rival { field, value, tenant: other, .. } = rival;
    // A SIREN that is not said is that within the SIRET.
    let field = if field == "siren" && tenant.spec.siren.is_none() { "siret" } else { field.as_str() };
    Fault {
        field: field.to_owned(),
        value: Some(Value::from(value.as_str())),
        rule: Text::new(
            format!("est déjà celui de « {other} » : un organisme n'est enregistré qu'une fois"),
            format!("is that of {other} already: one body is registered once"),
        ),
        fix: Text::new(
            format!("Corrigez le numéro, ou modifiez « {other} »."),
            format!("correct the number, or change {other}"),
        ),
        ..Fault::default()
    }
}

fn domain(tenant: &Tenant, rival: &Rival) -> Fault {
    let Rival { value, theirs, tenant: other, .. } = rival;
    let index = tenant.spec.domains.iter().position(|domain| **domain == **value).unwrap_or_default();
    Fault {
        field: format!("domains[{index}]"),
        value: Some(Value::from(value.as_str())),
        rule: Text::new(
            format!(
                "recouvre le domaine {theirs} de « {other} » : un domaine, avec tout ce qui est en dessous, n'a qu'un organisme"
            ),
            format!(
                "overlaps with domain {theirs} of {other}: a domain, with all below it, belongs to one tenant"
            ),
        ),
        fix: Text::new(
            format!("Corrigez le domaine, ou celui de « {other} »."),
            format!("correct the domain, or that of {other}"),
        ),
        ..Fault::default()
    }
}
