use std::sync::Arc;

use beffroi_crds::{TenantSpec, TenantStatus};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

/// Tenants by name, and what each holds: as the operator has it, one decision after the other.
#[derive(Default)]
struct Town {
    world: World,
    holdings: Holdings,
    lookups: Lookups,
    needs: Needs,
}

impl Town {
    /// Registers a tenant at a second, with what is declared for it.
    fn register(&mut self, name: &str, at: i64, declared: &[&str]) {
        let domains = declared.iter().map(|domain| (*domain).into()).collect();
        let mut tenant = Tenant::new(name, TenantSpec { domains, ..TenantSpec::default() });
        tenant.metadata.uid = Some(format!("uid-{name}"));
        tenant.metadata.creation_timestamp = Some(Time(Timestamp::from_second(at).unwrap()));
        self.world.tenants.insert(name.to_owned(), Arc::new(tenant));
    }

    fn declare(&mut self, name: &str, declared: &[&str]) {
        let tenant = Arc::make_mut(self.world.tenants.get_mut(name).unwrap());
        tenant.spec.domains = declared.iter().map(|domain| (*domain).into()).collect();
    }

    /// Looks at a tenant as the operator does, and writes down what it holds.
    fn look(&mut self, name: &str) -> Settled {
        let tenant = self.world.tenants[name].clone();
        let settled = settle(&self.world, &self.holdings, &tenant, &self.needs, &self.lookups);
        self.holdings.set(&tenant, &settled);
        let status = TenantStatus {
            domains: settled.held.clone(),
            rivals: settled.rivals.clone(),
            ..TenantStatus::default()
        };
        Arc::make_mut(self.world.tenants.get_mut(name).unwrap()).status = Some(status);
        let message = settled.finding.message.to_string();
        assert!(!message.contains("autre-ville"), "{message}");
        settled
    }

    fn orders(&mut self, ordered: &[&str], used: &[&str]) {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        self.needs = Needs { ordered: set(ordered), used: set(used) };
    }

    fn finds(&mut self, domain: &str, values: &[&str]) {
        let values = values.iter().map(ToString::to_string).collect();
        self.lookups.insert(domain.to_owned(), Lookup::Found(values));
    }

    fn stands(&self, name: &str, domain: &str) -> Standing {
        standing(&self.world, &self.world.tenants[name], domain)
    }
}

fn names(settled: &Settled) -> Vec<&str> {
    settled.held.iter().map(|held| held.domain.as_str()).collect()
}

fn notes(settled: &Settled) -> Vec<String> {
    settled.records.iter().map(|(audit, _)| audit.note.to_string()).collect()
}

#[test]
fn suffixes_are_nobodys() {
    for suffix in
        ["fr", "gouv.fr", "asso.fr", "co.uk", "example", "github.io", "s3.amazonaws.com", "xn--55qx5d.cn"]
    {
        assert!(is_public_suffix(suffix), "{suffix}");
    }
    for own in ["mairie.fr", "ville.gouv.fr", "ght-bm.example", "ville.github.io"] {
        assert!(!is_public_suffix(own), "{own}");
    }
    let mut town = Town::default();
    town.register("ville", 1, &["gouv.fr", "ville.fr"]);
    let settled = town.look("ville");
    assert_eq!((names(&settled), settled.finding.reason), (vec!["ville.fr"], "PublicSuffix"));
    assert_eq!(town.stands("ville", "gouv.fr"), Standing::Suffix);
    assert_eq!(town.stands("ville", "autre.gouv.fr"), Standing::Unproven);
}

#[test]
fn what_is_declared_is_held_with_all_below_it_and_told_once() {
    let mut town = Town::default();
    town.register("ville", 1, &["mairie.fr"]);
    assert_eq!(town.stands("ville", "docs.mairie.fr"), Standing::Declared);
    let settled = town.look("ville");
    assert_eq!(notes(&settled), ["domain mairie.fr is held: the hosting provider declares it"]);
    for (domain, standing) in [
        ("mairie.fr", Standing::Held),
        ("a.docs.mairie.fr", Standing::Held),
        ("lamairie.fr", Standing::Unproven),
        ("fr", Standing::Suffix),
    ] {
        assert_eq!(town.stands("ville", domain), standing, "{domain}");
    }
    assert!(town.look("ville").records.is_empty());
}

#[test]
fn two_tenants_never_hold_what_lies_above_or_below() {
    for (first, second) in
        [("mairie.fr", "mairie.fr"), ("mairie.fr", "docs.mairie.fr"), ("docs.mairie.fr", "mairie.fr")]
    {
        // Whoever declares it first, though the other was registered before.
        let mut town = Town::default();
        town.register("autre-ville", 2, &[first]);
        town.look("autre-ville");
        town.register("ville", 1, &[second]);
        let settled = town.look("ville");
        assert!(settled.held.is_empty(), "{first} {second}");
        assert_eq!(settled.finding.reason, "DomainTaken");
        let rival = &settled.rivals[0];
        assert_eq!((&*rival.value, &*rival.theirs, &*rival.tenant), (second, first, "autre-ville"));
        assert_eq!(town.stands("ville", second), Standing::Taken);

        // Nobody looked yet: who was registered first.
        for order in [["ville", "autre-ville"], ["autre-ville", "ville"]] {
            let mut town = Town::default();
            town.register("autre-ville", 1, &[first]);
            town.register("ville", 2, &[second]);
            for name in order {
                town.look(name);
            }
            assert_eq!(town.stands("autre-ville", first), Standing::Held);
            assert_eq!(town.stands("ville", second), Standing::Taken);
        }
    }
}

#[test]
fn what_was_settled_a_moment_ago_counts_though_no_cache_tells_of_it() {
    let mut town = Town::default();
    town.register("autre-ville", 2, &["mairie.fr"]);
    town.look("autre-ville");
    Arc::make_mut(town.world.tenants.get_mut("autre-ville").unwrap()).status = None;
    town.register("ville", 1, &["mairie.fr"]);
    assert!(town.look("ville").held.is_empty());
    let gone = town.world.tenants.remove("autre-ville").unwrap();
    town.holdings.remove(&gone);
    assert_eq!(names(&town.look("ville")), ["mairie.fr"], "free once the other is gone");
}

#[test]
fn a_record_with_the_tenants_own_uid_proves_a_domain_or_all_below_one() {
    let mut town = Town::default();
    town.register("ville", 1, &[]);
    town.orders(&["docs.mairie.fr"], &[]);
    let settled = town.look("ville");
    assert_eq!(settled.wanted.iter().collect::<Vec<_>>(), ["docs.mairie.fr", "mairie.fr"], "and never fr");
    assert_eq!(town.stands("ville", "docs.mairie.fr"), Standing::Unproven);
    for values in [&["beffroi-tenant=uid-autre-ville"][..], &["uid-ville", "v=spf1 -all"], &[]] {
        town.finds("docs.mairie.fr", values);
        assert!(town.look("ville").held.is_empty(), "{values:?}");
    }
    town.finds("mairie.fr", &["v=spf1 -all", "beffroi-tenant=uid-ville"]);
    let settled = town.look("ville");
    assert_eq!(notes(&settled), ["domain mairie.fr is held: its DNS record names this tenant"]);
    assert_eq!((settled.held[0].by, settled.finding.reason), (HeldBy::Proven, AS_EXPECTED));
    assert_eq!(town.stands("ville", "docs.mairie.fr"), Standing::Held);

    // Another who proves it as well, or something below, comes too late.
    town.register("autre-ville", 0, &[]);
    town.orders(&["docs.mairie.fr"], &[]);
    town.finds("docs.mairie.fr", &["beffroi-tenant=uid-autre-ville"]);
    assert!(town.look("autre-ville").held.is_empty());
    assert_eq!(town.stands("autre-ville", "docs.mairie.fr"), Standing::Taken);
}

#[test]
fn a_proof_that_goes_leaves_what_runs_and_takes_no_other_order() {
    let mut town = Town::default();
    town.register("ville", 1, &[]);
    town.orders(&["mairie.fr"], &[]);
    town.finds("mairie.fr", &["beffroi-tenant=uid-ville"]);
    town.look("ville");
    town.orders(&["mairie.fr"], &["mairie.fr"]);

    // A server that does not answer takes nothing away, and says so.
    town.lookups.insert("mairie.fr".into(), Lookup::Failed(NoAnswer::Late));
    let settled = town.look("ville");
    assert_eq!((settled.finding.reason, settled.held[0].lost_since.is_none()), ("LookupFailed", true));
    town.lookups.clear();
    assert_eq!(town.look("ville").finding.reason, AS_EXPECTED);

    town.finds("mairie.fr", &[]);
    let settled = town.look("ville");
    assert_eq!(settled.finding.reason, "DomainLost");
    assert!(
        settled.finding.message.to_string().contains("_beffroi.mairie.fr TXT \"beffroi-tenant=uid-ville\"")
    );
    assert!(notes(&settled)[0].contains("neither declared nor proven any more"));
    assert_eq!(town.stands("ville", "mairie.fr"), Standing::Lost);
    assert!(town.look("ville").records.is_empty(), "told once");

    // It is kept from others for as long as it is used, and theirs after that.
    let needs = std::mem::take(&mut town.needs);
    town.register("autre-ville", 2, &["mairie.fr"]);
    assert!(town.look("autre-ville").held.is_empty());
    town.needs = needs;
    town.orders(&["autre.fr"], &[]);
    let settled = town.look("ville");
    assert!(settled.held.is_empty() && notes(&settled)[0].contains("is let go of"));
    town.orders(&[], &[]);
    assert_eq!(names(&town.look("autre-ville")), ["mairie.fr"]);
}

#[test]
fn what_is_declared_no_more_may_be_proven() {
    let mut town = Town::default();
    town.register("ville", 1, &["mairie.fr"]);
    town.look("ville");
    town.orders(&["mairie.fr"], &["mairie.fr"]);
    town.declare("ville", &[]);
    assert_eq!(town.look("ville").held[0].lost_since, None, "until it is looked up");
    town.finds("mairie.fr", &["beffroi-tenant=uid-ville"]);
    let settled = town.look("ville");
    assert_eq!((settled.held[0].by, settled.held[0].lost_since.clone()), (HeldBy::Proven, None));
    town.finds("mairie.fr", &[]);
    assert!(town.look("ville").held[0].lost_since.is_some());
    town.declare("ville", &["mairie.fr"]);
    let settled = town.look("ville");
    assert_eq!((settled.held[0].by, settled.held[0].lost_since.clone()), (HeldBy::Declared, None));
    assert_eq!(town.stands("ville", "mairie.fr"), Standing::Held);
}

#[test]
fn lookups_of_one_tenant_have_an_end() {
    let mut town = Town::default();
    town.register("ville", 1, &[]);
    let deep = format!("{}ville.fr", "a.".repeat(80));
    town.orders(&[deep.as_str()], &[]);
    assert_eq!(town.look("ville").wanted.len(), HEIGHT);
    let many: Vec<String> = (0..500).map(|n| format!("ville{n}.fr")).collect();
    town.orders(&many.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    assert_eq!(town.look("ville").wanted.len(), ASKED);
}

#[test]
fn nothing_is_given_away_while_a_tenant_cannot_be_read_nor_let_go_of_while_a_workspace_cannot() {
    let mut town = Town::default();
    town.register("ville", 1, &["mairie.fr"]);
    town.world.unread = [("Tenant", "illisible".to_owned())].into_iter().collect();
    let settled = town.look("ville");
    assert!(
        settled.held.is_empty()
            && settled.finding.message.to_string().contains("Tenant illisible cannot be read")
    );
    assert_eq!((settled.finding.state, settled.finding.reason), (State::Unknown, UNREADABLE));
    town.world.unread = crate::facts::Unread::default();
    assert_eq!(names(&town.look("ville")), ["mairie.fr"]);
    town.world.unread = [("Tenant", "illisible".to_owned())].into_iter().collect();
    assert_eq!(town.look("ville").finding.reason, AS_EXPECTED, "what it has it keeps");

    town.declare("ville", &[]);
    town.finds("mairie.fr", &[]);
    town.world.unread = [("Workspace", "tenant-ville/illisible".to_owned())].into_iter().collect();
    assert!(town.look("ville").held[0].lost_since.is_some(), "it may be reached by it");
    town.world.unread = crate::facts::Unread::default();
    assert!(town.look("ville").held.is_empty());
}
