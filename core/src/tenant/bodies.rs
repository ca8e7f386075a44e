//! One body, one tenant: numbers in public registers that a tenant gives, and those that every tenant holds → what it
//! holds, and who else is that body already.

use std::collections::BTreeSet;

use beffroi_crds::{
    Tenant,
    tenant::{HeldNumber, Rival, TenantKind},
};
use kube::ResourceExt;

use super::{
    came_before,
    domains::{DOMAINS, Holdings},
    members,
};
use crate::{
    facts::World,
    message::tenant::{Field, Number, TenantMessage},
};

/// Fields that say a number. One body alone has each but the first, the SIREN, which its establishments share.
const FIELDS: [Field; 5] = [Field::Siren, Field::Siret, Field::Finess, Field::Uai, Field::Insee];
const SIREN: usize = 0;
const SIRET: usize = 1;

/// A number for each of the fields.
type Numbers<'a> = [Option<&'a str>; FIELDS.len()];

/// The numbers that a spec gives; the SIREN within a SIRET counts as given.
fn given(tenant: &Tenant) -> Numbers<'_> {
    let spec = &tenant.spec;
    let siren = spec.siren.as_deref().or_else(|| spec.siret.as_deref().and_then(|siret| siret.get(..9)));
    [siren, spec.siret.as_deref(), spec.finess.as_deref(), spec.uai.as_deref(), spec.insee.as_deref()]
}

/// The numbers that a tenant holds.
fn recorded(held: &[HeldNumber]) -> Numbers<'_> {
    let of = |field: Field| held.iter().find(|number| number.field == field.to_string());
    FIELDS.map(|field| of(field).map(|number| number.value.as_str()))
}

/// The field by which two tenants are one body.
///
/// A SIREN is that of a whole body where one of both gives no SIRET, or where one of both is a grouping's member; an
/// establishment of another kind with a number of its own, as a school of a commune, is another body all the same.
fn shared(one: (&Tenant, Numbers<'_>), other: (&Tenant, Numbers<'_>), grouped: bool) -> Option<usize> {
    let same = |field: usize| one.1[field].is_some() && one.1[field] == other.1[field];
    if let Some(field) = (SIRET..FIELDS.len()).find(|field| same(*field)) {
        return Some(field);
    }
    let whole = one.1[SIRET].is_none() || other.1[SIRET].is_none();
    let establishment = |kind| {
        matches!(
            kind,
            TenantKind::EtablissementDeSante | TenantKind::EtablissementScolaire | TenantKind::Rectorat
        )
    };
    let (kind, others) = (one.0.spec.kind, other.0.spec.kind);
    let apart = kind != others && (establishment(kind) || establishment(others));
    (same(SIREN) && (whole || grouped && !apart)).then_some(SIREN)
}

/// Who is the same body already: who holds the number, or gives it and was registered before.
pub fn rivals(world: &World, holdings: &Holdings, tenant: &Tenant) -> Vec<Rival> {
    let (name, own) = (tenant.name_any(), given(tenant));
    let ours = recorded(holdings.numbers(tenant));
    // Who has a member's name and is a stranger shares nothing with the grouping's others.
    let members: BTreeSet<String> = world
        .tenants
        .values()
        .flat_map(|grouping| members::of(world, grouping))
        .map(ResourceExt::name_any)
        .collect();
    let rival = |(theirs, other): (&String, &Tenant)| {
        let grouped = members.contains(theirs) || members.contains(&name);
        let held = shared((tenant, own), (other, recorded(holdings.numbers(other))), grouped);
        let field = held.or_else(|| {
            // What it gives and does not hold yet counts where it came first, and we do not hold it.
            let field = shared((tenant, own), (other, given(other)), grouped)?;
            (ours[field] != own[field] && came_before(other, tenant)).then_some(field)
        })?;
        let value = own[field].unwrap_or_default().to_owned();
        let field = FIELDS[field].to_string();
        Some(Rival { field, theirs: value.clone(), value, tenant: theirs.clone() })
    };
    let others = world.tenants.iter().filter(|(theirs, _)| **theirs != name);
    others.filter_map(|(theirs, other)| rival((theirs, other))).collect()
}

/// The numbers that a tenant holds from now on: those that it gives, or, where somebody else has one of them, those of
/// before.
pub(super) fn held(tenant: &Tenant, rivals: &[Rival]) -> Vec<HeldNumber> {
    if !rivals.is_empty() {
        return before(tenant);
    }
    let all = FIELDS.into_iter().zip(given(tenant));
    let number = |(field, value): (Field, Option<&str>)| {
        Some(HeldNumber { field: field.to_string(), value: value?.to_owned() })
    };
    all.filter_map(number).collect()
}

/// The numbers that a tenant held before, as was recorded.
pub(super) fn before(tenant: &Tenant) -> Vec<HeldNumber> {
    tenant.status.as_ref().map(|status| status.numbers.clone()).unwrap_or_default()
}

/// Whether another tenant is that body already, as was recorded.
pub fn is_taken(tenant: &Tenant) -> bool {
    tenant.status.iter().flat_map(|status| &status.rivals).any(|rival| rival.field != DOMAINS)
}

/// What a tenant is told, and its people read: never who the other is.
pub(super) fn told(rivals: &[Rival]) -> Option<TenantMessage> {
    let taken: BTreeSet<(&str, &str)> = rivals.iter().map(|r| (r.field.as_str(), r.value.as_str())).collect();
    let number = |(name, value): (&str, &str)| {
        let field = FIELDS.into_iter().find(|field| field.to_string() == name)?;
        Some(Number { field, value: value.to_owned() })
    };
    let numbers: Vec<Number> = taken.into_iter().filter_map(number).collect();
    (!numbers.is_empty()).then_some(TenantMessage::BodyTaken { numbers })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{TenantSpec, TenantStatus};
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::tenant::{
        domains::{Lookups, Needs, settle},
        judge,
    };

    #[derive(Default)]
    struct Register {
        world: World,
        holdings: Holdings,
    }

    impl Register {
        fn enter(&mut self, name: &str, at: i64, spec: TenantSpec) {
            let mut tenant = Tenant::new(name, spec);
            tenant.metadata.uid = Some(format!("uid-{name}"));
            tenant.metadata.creation_timestamp = Some(Time(Timestamp::from_second(at).unwrap()));
            self.world.tenants.insert(name.to_owned(), Arc::new(tenant));
        }

        /// Looks at a tenant, and tells the field by which it is another, and which.
        fn look(&mut self, name: &str) -> Option<(String, String)> {
            let tenant = self.world.tenants[name].clone();
            let (needs, lookups) = (Needs::default(), Lookups::default());
            let settled = settle(&self.world, &self.holdings, &tenant, &needs, &lookups);
            self.holdings.set(&tenant, &settled);
            let first = settled.rivals.first().map(|rival| (rival.field.clone(), rival.tenant.clone()));
            let told = judge(&self.world, &tenant, &settled.rivals);
            assert_eq!(told.reason == "BodyTaken", first.is_some(), "{told:?}");
            if let Some((_, other)) = &first {
                assert!(!told.message.to_string().contains(other.as_str()), "{}", told.message);
            }
            let numbers = settled.numbers;
            let status = TenantStatus { numbers, rivals: settled.rivals, ..TenantStatus::default() };
            Arc::make_mut(self.world.tenants.get_mut(name).unwrap()).status = Some(status);
            first
        }
    }

    fn hospital(siret: &str, finess: &str) -> TenantSpec {
        let kind = TenantKind::EtablissementDeSante;
        TenantSpec { kind, siret: Some(siret.into()), finess: Some(finess.into()), ..TenantSpec::default() }
    }

    fn by(field: &str, other: &str) -> (String, String) {
        (field.to_owned(), other.to_owned())
    }

    #[test]
    fn a_body_is_one_tenant_whoever_is_looked_at_first() {
        let commune = |siren: Option<&str>, siret: Option<&str>, insee: &str| TenantSpec {
            siren: siren.map(Into::into),
            siret: siret.map(Into::into),
            insee: Some(insee.into()),
            ..TenantSpec::default()
        };
        let school = TenantSpec {
            kind: TenantKind::EtablissementScolaire,
            siret: Some("20003452800022".into()),
            uai: Some("0710001R".into()),
            ..TenantSpec::default()
        };
        let other_school = TenantSpec { siret: Some("11002001300097".into()), ..school.clone() };
        let first = commune(Some("200034528"), Some("20003452800014"), "71270");
        for (one, other, field) in [
            (first.clone(), commune(None, Some("20003452800014"), "71076"), Some("siret")),
            (first.clone(), commune(Some("110020013"), None, "71270"), Some("insee")),
            (first.clone(), commune(Some("200034528"), None, "71076"), Some("siren")),
            (first.clone(), commune(None, Some("20003452800022"), "71076"), None),
            (first.clone(), school.clone(), None),
            (school, other_school, Some("uai")),
            (
                hospital("20003452800014", "710000001"),
                hospital("11002001300097", "710000001"),
                Some("finess"),
            ),
        ] {
            for order in [["ville-une", "ville-deux"], ["ville-deux", "ville-une"]] {
                let mut register = Register::default();
                register.enter("ville-une", 1, one.clone());
                register.enter("ville-deux", 2, other.clone());
                let told: Vec<_> = order.iter().map(|name| (*name, register.look(name))).collect();
                for (name, told) in told {
                    let expected = field.filter(|_| name == "ville-deux").map(|field| by(field, "ville-une"));
                    assert_eq!(told, expected, "{name} of {order:?}: {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_member_of_a_grouping_is_one_body_by_its_siren() {
        let mut register = Register::default();
        register.enter("ch-macon", 1, hospital("20003452800014", "710000001"));
        register.look("ch-macon");
        register.enter("ch-macon-bis", 2, hospital("20003452800022", "710000002"));
        assert_eq!(register.look("ch-macon-bis"), None, "two establishments of one body");
        let kind = TenantKind::Groupement;
        let members = vec!["ch-macon".into(), "ch-tournus".into()];
        register.enter("ght", 3, TenantSpec { kind, members, ..TenantSpec::default() });
        assert_eq!(register.look("ch-macon-bis"), Some(by("siren", "ch-macon")));
        assert!(is_taken(&register.world.tenants["ch-macon-bis"]));
    }

    #[test]
    fn who_moves_to_anothers_number_is_the_later_one() {
        let mut register = Register::default();
        register.enter("ville-une", 1, hospital("20003452800014", "710000001"));
        register.look("ville-une");
        register.enter("ville-deux", 2, hospital("20003452800022", "710000002"));
        register.look("ville-deux");
        let moved = Arc::make_mut(register.world.tenants.get_mut("ville-une").unwrap());
        moved.spec.siret = Some("20003452800022".into());
        assert_eq!(register.look("ville-une"), Some(by("siret", "ville-deux")));
        assert_eq!(register.look("ville-deux"), None, "it had that number before");
        // Where it was is still its own.
        register.enter("ville-trois", 0, hospital("20003452800014", "710000003"));
        assert_eq!(register.look("ville-trois"), Some(by("siret", "ville-une")));
    }
}
