//! Every role, every action, every object: the whole table, written out as the rules say it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::auth::authorize::{Action::*, Decision::*, is_visible};

fn principal(hoster: bool, roles: &[(&str, Role)]) -> Principal {
    let mut all: BTreeMap<TenantUid, BTreeSet<Role>> = BTreeMap::new();
    for (tenant, role) in roles {
        all.entry((*tenant).into()).or_default().insert(*role);
    }
    let (issuer, subject) = ("https://a.example".into(), "camille".into());
    Principal { issuer, subject, name: None, hoster, roles: all, expires: now(), lacks: BTreeSet::new() }
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
    // Rows: who. Columns: whoami, read, preview, order, confirm, evidence, log, manage tenants. 2: allowed, 3: 403, 4: 404.
    let of_a_tenant = [
        "44444444", "22233333", "22222233", "22233223", "22333333", "22333333", "22333223", "44444444",
        "22232222",
    ];
    let of_all = [
        "23333333", "22233333", "22222233", "22233223", "22233333", "22222233", "22233223", "22222223",
        "22232222",
    ];
    let ght = standing("ght", &["chu", "ch"]);
    for (row, (name, principal)) in who.iter().enumerate() {
        for (resource, expected) in [(Resource::Of(&ght), of_a_tenant[row]), (Resource::Common, of_all[row])]
        {
            let found: String = [Whoami, Read, Preview, Order, ConfirmDeletion, Evidence, Log, ManageTenants]
                .map(|action| match authorize(principal, action, resource) {
                    Allowed => '2',
                    Forbidden => '3',
                    Unknown => '4',
                })
                .iter()
                .collect();
            assert_eq!(found, expected, "{name}: {resource:?}");
        }
        assert_eq!(is_visible(principal, &ght), !of_a_tenant[row].starts_with('4'), "{name}");
    }
}

#[test]
fn a_grouping_shows_itself_to_members_and_not_members_to_it() {
    let ght = standing("ght", &["chu", "ch"]);
    let chu = standing("chu", &[]);
    let of_ght = principal(false, &[("ght", Role::Gestionnaire)]);
    let of_chu = principal(false, &[("chu", Role::Gestionnaire)]);
    let seen = |who: &Principal| [&ght, &chu, &standing("ch", &[])].map(|tenant| is_visible(who, tenant));
    assert_eq!(authorize(&of_ght, Read, Resource::Of(&chu)), Unknown);
    assert_eq!(seen(&of_ght), [true, false, false]);
    assert_eq!(seen(&of_chu), [true, true, false]);
    assert_eq!(seen(&principal(true, &[])), [true; 3]);
    assert_eq!(seen(&principal(false, &[])), [false; 3]);
}

#[test]
fn the_hoster_orders_only_where_a_tenant_made_it_gestionnaire() {
    let (ght, chu) = (standing("ght", &[]), standing("chu", &[]));
    let both = principal(true, &[("ght", Role::Gestionnaire)]);
    assert_eq!(authorize(&both, Order, Resource::Of(&ght)), Allowed);
    assert_eq!(authorize(&both, Order, Resource::Of(&chu)), Forbidden);
}
