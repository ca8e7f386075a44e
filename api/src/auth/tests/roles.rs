//! Good tokens, and what they make of somebody.

use std::collections::BTreeSet;

use beffroi_crds::{Tenant, tenant::ClaimValue};

use super::*;

fn roles(principal: &Principal, tenant: &str) -> Vec<Role> {
    principal.roles_in(&tenant.into()).collect()
}

#[tokio::test]
async fn every_algorithm_passes_where_it_is_pinned() {
    for (name, algorithm, signer) in [
        ("RS256", TokenAlgorithm::Rs256, Signer::rsa("k")),
        ("PS256", TokenAlgorithm::Ps256, Signer::rsa("k")),
        ("ES256", TokenAlgorithm::Es256, Signer::ec("k")),
        ("EdDSA", TokenAlgorithm::EdDsa, Signer::ed("k")),
    ] {
        let issuer = Issuer::start(&[&signer]).await;
        let authenticator = authenticator(Pace::default(), [trust("ght", &issuer.address, algorithm)]);
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
            let token = signer.sign(name, &json!({"typ": typ}), &claims(&issuer.address));
            let principal = ask(&authenticator, &token).await.unwrap();
            assert_eq!(roles(&principal, "ght"), [Role::Lecteur, Role::Gestionnaire], "{name} {typ}");
        }
        let bare = signer.sign(name, &json!({"typ": null, "kid": null}), &claims(&issuer.address));
        let principal = ask(&authenticator, &bare).await.unwrap();
        assert_eq!(
            (principal.subject.as_str(), principal.issuer.as_str()),
            ("camille", issuer.address.as_str())
        );
        assert_eq!(principal.name.as_deref(), Some("Camille Durand"));
        assert_eq!(principal.expires.as_second(), NOW + 300);
    }
}

#[tokio::test]
async fn what_may_vary_does() {
    let world = World::new().await;
    for changes in [
        json!({"aud": AUDIENCE}),
        json!({"groups": "directeurs"}),
        json!({"nbf": null, "iat": null}),
        json!({"exp": NOW - 29}),
        json!({"nbf": NOW + 30, "iat": NOW + 30}),
        json!({"exp": 1_800_000_300.5}),
        json!({"name": null, "preferred_username": "camille"}),
        json!({"name": "\u{7}", "typ": "Bearer", "token_use": "access"}),
    ] {
        assert!(world.ask(&world.token(changes.clone())).await.is_ok(), "{changes}");
    }
    // A type that says "access token" outweighs a claim that only hints at another.
    let typed =
        world.rsa.sign("RS256", &json!({"typ": "at+jwt"}), &with(world.claims(), json!({"nonce": "n"})));
    assert!(world.ask(&typed).await.is_ok());
}

#[tokio::test]
async fn somebody_without_a_role_is_recognized_and_may_nothing() {
    let world = World::new().await;
    for groups in
        [json!(null), json!([]), json!(["Agents", "agents "]), json!([["agents"]]), json!({"agents": true})]
    {
        let principal = world.ask(&world.token(json!({"groups": groups}))).await.unwrap();
        assert!(!principal.hoster && principal.roles.is_empty(), "{groups}");
    }
}

/// What Keycloak puts into an access token, but for its times.
fn keycloak(issuer: &str) -> Value {
    with(
        claims(issuer),
        json!({
            "jti": "trrtcc:8c0d", "typ": "Bearer", "azp": "beffroi", "sid": "b1f3", "acr": "1", "groups": null,
            "allowed-origins": ["https://espace.example"], "scope": "openid profile email",
            "realm_access": {"roles": ["offline_access", "default-roles-agents", "directeurs"]},
            "resource_access": {
                "account": {"roles": ["manage-account", "view-profile"]},
                "portail.fr": {"roles": ["agents"]},
            },
            "https://x.example/groups": ["dpo"], "groupe.unique": "agents",
        }),
    )
}

#[tokio::test]
async fn groups_are_found_where_their_claim_says() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let token = signer.sign("RS256", &json!({"typ": "JWT"}), &keycloak(&issuer.address));
    for (claim, expected) in [
        ("realm_access.roles", vec![Role::Gestionnaire]),
        (r"resource_access.portail\.fr.roles", vec![Role::Lecteur]),
        ("https://x.example/groups", vec![Role::Dpo]),
        (r"groupe\.unique", vec![Role::Lecteur]),
        ("resource_access.portail.fr.roles", vec![]),
        ("groupe.unique", vec![]),
        ("realm_access", vec![]),
        ("realm_access.roles.0", vec![]),
        ("groups", vec![]),
    ] {
        let of = Trust { groups_claim: claim.into(), ..trust("ght", &issuer.address, TokenAlgorithm::Rs256) };
        let principal = ask(&authenticator(Pace::default(), [of]), &token).await.unwrap();
        assert_eq!(roles(&principal, "ght"), expected, "{claim}");
        let told = principal.without_role().map(|text| text.en).unwrap_or_default();
        assert_eq!(
            told.contains(&format!("your token names no groups (claim {claim})")),
            expected.is_empty(),
            "{told}"
        );
    }
    // What must be borne may lie as deep.
    let require =
        vec![ClaimValue { claim: "resource_access.account.roles".into(), value: "view-profile".into() }];
    let claim = "realm_access.roles".into();
    let of = Trust { require, groups_claim: claim, ..trust("ght", &issuer.address, TokenAlgorithm::Rs256) };
    let principal = ask(&authenticator(Pace::default(), [of]), &token).await.unwrap();
    assert_eq!(roles(&principal, "ght"), [Role::Gestionnaire]);
}

#[tokio::test]
async fn whoever_has_no_role_is_told_what_the_token_lacks() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let siret = ClaimValue { claim: "siret".into(), value: "1".into() };
    let of = Trust { require: vec![siret], ..trust("macon", &issuer.address, TokenAlgorithm::Rs256) };
    let authenticator = authenticator(Pace::default(), [of]);
    for (changes, told) in [
        (json!({"siret": "1", "groups": ["agents"]}), None),
        (json!({"siret": "1", "groups": null}), Some("aucun groupe (revendication « groups »)")),
        (json!({"siret": "1", "groups": {"agents": true}}), Some("aucun groupe (revendication « groups »)")),
        (
            json!({"siret": "1", "groups": ["autres"]}),
            Some("aucun de vos groupes (revendication « groups »)"),
        ),
        (json!({"siret": "2"}), Some("la revendication « siret » de votre jeton n'est celle d'aucun")),
        (json!({}), Some("ne porte pas la revendication « siret »")),
    ] {
        let token = signer.sign("RS256", &json!({}), &with(claims(&issuer.address), changes.clone()));
        let principal = ask(&authenticator, &token).await.unwrap();
        let said = principal.without_role().map(|text| text.fr);
        assert_eq!(said.is_some(), told.is_some(), "{changes}: {said:?}");
        // Nothing that the token or the tenant holds is repeated.
        let said = said.unwrap_or_default();
        assert!(said.contains(told.unwrap_or_default()) && !said.contains("autres"), "{said}");
    }
}

#[tokio::test]
async fn a_tenant_sharing_its_issuer_asks_for_more() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let of = |tenant: &str, siret: &str| Trust {
        require: vec![ClaimValue { claim: "siret".into(), value: siret.into() }],
        ..trust(tenant, &issuer.address, TokenAlgorithm::Rs256)
    };
    let other_algorithm = trust("prefecture", &issuer.address, TokenAlgorithm::Ps256);
    let trusts =
        [of("macon", "1"), of("cluny", "2"), other_algorithm, hoster(&issuer.address, TokenAlgorithm::Rs256)];
    let authenticator = authenticator(Pace::default(), trusts);
    for (siret, groups, expected, hebergeur) in [
        (json!("1"), json!(["dpo"]), vec!["macon"], false),
        (json!(["2", "1"]), json!(["dpo"]), vec!["cluny", "macon"], false),
        (json!(1), json!(["dpo"]), vec![], false),
        (json!(null), json!(["dpo", "exploitants"]), vec![], true),
        (json!("1"), json!("exploitants"), vec![], true),
    ] {
        let token = with(claims(&issuer.address), json!({"siret": siret, "groups": groups}));
        let principal = ask(&authenticator, &signer.sign("RS256", &json!({}), &token)).await.unwrap();
        let found: Vec<String> = principal.roles.keys().map(ToString::to_string).collect();
        assert_eq!(
            (found.iter().map(String::as_str).collect(), principal.hoster),
            (expected, hebergeur),
            "{siret}"
        );
    }
}

#[test]
fn a_tenant_says_what_it_trusts() {
    let tenant: Tenant = serde_json::from_value(json!({
        "apiVersion": "beffroi.fr/v1alpha1", "kind": "Tenant", "metadata": {"name": "ght-bm", "uid": "u1"},
        "spec": {
            "title": "GHT", "kind": "Groupement", "policy": "sante",
            "identity": {
                "issuer": "https://sso.example/realms/ght",
                "roles": [{"group": "/dpo", "role": "dpo"}, {"group": "/chefs", "role": "gestionnaire"}],
            },
        },
    }))
    .unwrap();
    let trust = Trust::of(&tenant, AUDIENCE).unwrap();
    assert_eq!((trust.audience.as_str(), trust.client_id.as_str()), (AUDIENCE, AUDIENCE));
    assert_eq!((trust.algorithm, trust.groups_claim.as_str()), (TokenAlgorithm::Rs256, "groups"));
    let Whom::Tenant { uid, name, roles } = trust.whom else { panic!("a tenant") };
    assert_eq!((uid, name.as_str()), ("u1".into(), "ght-bm"));
    let roles: BTreeSet<_> = roles.into_iter().collect();
    assert_eq!(roles, [("/dpo".into(), Role::Dpo), ("/chefs".into(), Role::Gestionnaire)].into());
    assert_eq!(Trust::of(&Tenant::new("x", beffroi_crds::TenantSpec::default()), AUDIENCE), None);
}
