//! Every role, every action, every object: the whole table, written out as the rules say it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::auth::authorize::{Action::*, Decision::*, is_visible, roles_towards, visible_tenants};

fn principal(hoster: bool, roles: &[(&str, Role)]) -> Principal {
    let mut all: BTreeMap<TenantUid, BTreeSet<Role>> = BTreeMap::new();
    for (tenant, role) in roles {
        all.entry((*tenant).into()).or_default().insert(*role);
    }
    let (issuer, subject) = ("https://a.example".into(), "camille".into());
    Principal { issuer, subject, name: None, hoster, roles: all, expires: now() }
}

fn standing(uid: &str, members: &[&str]) -> TenantStanding {
    TenantStanding { uid: uid.into(), members: members.iter().map(|member| (*member).into()).collect() }
}

#[test]
fn the_whole_table() {
    let who = [
        ("nobody", principal(false, &[])),
        ("lecteur of it", principal(false, &[("ght", Role::Lecteur)])),
        ("gestionnaire of it", principal(false, &[("ght", Role::Gestionnaire)])),
        ("dpo of it", principal(false, &[("ght", Role::Dpo)])),
        ("lecteur of a member", principal(false, &[("chu", Role::Lecteur)])),
        ("gestionnaire of a member", principal(false, &[("chu", Role::Gestionnaire)])),
        ("dpo of a member", principal(false, &[("chu", Role::Dpo)])),
        (
            "all of another",
            principal(false, &[("x", Role::Lecteur), ("x", Role::Gestionnaire), ("x", Role::Dpo)]),
        ),
        ("hebergeur", principal(true, &[])),
    ];
    // Rows: who. Columns: whoami, read, preview, order, evidence, log, manage tenants. 2: allowed, 3: 403, 4: 404.
    let of_a_tenant =
        ["4444444", "2223333", "2222233", "2223223", "2233333", "2233333", "2233223", "4444444", "2223222"];
    let of_all =
        ["2333333", "2223333", "2222233", "2223223", "2223333", "2222233", "2223223", "2222223", "2223222"];
    let ght = standing("ght", &["chu", "ch"]);
    for (row, (name, principal)) in who.iter().enumerate() {
        for (object, expected) in [
            (Object::Tenant(&ght), of_a_tenant[row]),
            (Object::Workspace(&ght), of_a_tenant[row]),
            (Object::Everyone, of_all[row]),
        ] {
            let found: String = [Whoami, Read, Preview, Order, Evidence, Log, ManageTenants]
                .map(|action| match authorize(principal, action, &object) {
                    Allowed => '2',
                    Forbidden => '3',
                    Unknown => '4',
                })
                .iter()
                .collect();
            assert_eq!(found, expected, "{name}: {object:?}");
        }
        assert_eq!(is_visible(principal, &ght), !of_a_tenant[row].starts_with('4'), "{name}");
    }
}

#[test]
fn a_grouping_shows_itself_to_members_and_not_members_to_it() {
    let ght = standing("ght", &["chu", "ch"]);
    let chu = standing("chu", &[]);
    let of_ght = principal(false, &[("ght", Role::Gestionnaire)]);
    assert_eq!(authorize(&of_ght, Read, &Object::Tenant(&chu)), Unknown);
    let of_chu = principal(false, &[("chu", Role::Gestionnaire), ("chu", Role::Dpo)]);
    assert_eq!(roles_towards(&of_chu, &ght), [Role::Lecteur, Role::Dpo].into());
    assert_eq!(roles_towards(&of_chu, &chu), [Role::Gestionnaire, Role::Dpo].into());
    assert_eq!(roles_towards(&of_ght, &chu), BTreeSet::new());
    let all = [ght.clone(), chu.clone(), standing("ch", &[]), standing("x", &[])];
    let visible = |principal: &Principal| visible_tenants(principal, &all).cloned().collect::<Vec<_>>();
    assert_eq!(visible(&of_chu), [ght.clone(), chu]);
    assert_eq!(visible(&of_ght), [ght]);
    assert_eq!(visible(&principal(true, &[])).len(), 4);
    assert!(visible(&principal(false, &[])).is_empty());
}

#[test]
fn the_hoster_orders_only_where_a_tenant_made_it_gestionnaire() {
    let (ght, chu) = (standing("ght", &[]), standing("chu", &[]));
    let both = principal(true, &[("ght", Role::Gestionnaire)]);
    assert_eq!(authorize(&both, Order, &Object::Tenant(&ght)), Allowed);
    assert_eq!(authorize(&both, Order, &Object::Tenant(&chu)), Forbidden);
}
