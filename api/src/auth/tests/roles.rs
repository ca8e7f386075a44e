//! Good tokens, and what they make of somebody.

use std::collections::BTreeSet;

use beffroi_crds::Tenant;

use super::*;

fn roles(principal: &Principal, tenant: &str) -> Vec<Role> {
    principal.roles_in(&tenant.into()).collect()
}

#[tokio::test]
async fn a_good_token_says_who_somebody_is_and_gives_roles_where_its_issuer_is_trusted() {
    let world = World::new().await;
    let principal = world.ask(&world.token(json!({}))).await.unwrap();
    assert_eq!(
        (principal.subject.as_str(), principal.issuer.as_str()),
        ("camille", world.ght.address.as_str())
    );
    assert_eq!(principal.name.as_deref(), Some("Camille Durand"));
    assert_eq!(principal.expires.as_second(), NOW + 300);
    assert_eq!(roles(&principal, "ght"), [Role::Lecteur, Role::Gestionnaire]);
    let one = world.ask(&world.token(json!({"groups": "directeurs"}))).await.unwrap();
    assert_eq!(roles(&one, "ght"), [Role::Gestionnaire]);
    // People of another issuer have the groups that have roles here, and only the roles of its own tenant.
    let own = Signer::stranger("k1").sign("RS256", &json!({}), &claims(&world.mairie.address));
    let principal = world.ask(&own).await.unwrap();
    assert_eq!(principal.roles.keys().collect::<Vec<_>>(), [&"mairie".into()]);
    for (token, code) in [
        (world.token(json!({"iss": "https://evil.example"})), "token-issuer"),
        (world.token(json!({"iss": world.mairie.address})), "token-signature"),
        (world.token(json!({"aud": "another"})), "token-audience"),
        (world.key.sign("PS256", &json!({}), &claims(&world.ght.address)), "token-algorithm"),
    ] {
        assert_eq!(world.ask(&token).await.unwrap_err(), code);
    }
}

/// Another tenant of the same issuer agreed on another algorithm: its tokens have no role in the first.
#[tokio::test]
async fn an_algorithm_that_another_agreed_on() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let of = |tenant, algorithm| trust(tenant, registration(&issuer.address, algorithm));
    let authenticator = authenticator([of("ght", Algorithm::Rs256), of("chu", Algorithm::Ps256)]);
    for (algorithm, tenant) in [("RS256", "ght"), ("PS256", "chu")] {
        let token = signer.sign(algorithm, &json!({}), &claims(&issuer.address));
        let principal = ask(&authenticator, &token).await.unwrap();
        assert_eq!(principal.roles.keys().collect::<Vec<_>>(), [&tenant.into()]);
    }
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

fn required(claim: &str, value: &str) -> RequiredClaim {
    RequiredClaim { claim: claim.into(), value: value.into() }
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
    let agreed = registration(&issuer.address, Algorithm::Rs256);
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
        let of = Trust { groups_claim: claim.into(), ..trust("ght", agreed.clone()) };
        let principal = ask(&authenticator([of]), &token).await.unwrap();
        assert_eq!(roles(&principal, "ght"), expected, "{claim}");
        let told = principal.without_role().map(|text| text.en).unwrap_or_default();
        assert_eq!(
            told.contains(&format!("your token names no groups (claim {claim})")),
            expected.is_empty(),
            "{told}"
        );
    }
    // What must be borne may lie as deep.
    let require = vec![required("resource_access.account.roles", "view-profile")];
    let of = trust("ght", Registration { require, ..agreed });
    let of = Trust { groups_claim: "realm_access.roles".into(), ..of };
    let principal = ask(&authenticator([of]), &token).await.unwrap();
    assert_eq!(roles(&principal, "ght"), [Role::Gestionnaire]);
}

#[tokio::test]
async fn whoever_has_no_role_is_told_what_the_token_lacks() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let agreed = registration(&issuer.address, Algorithm::Rs256);
    let of = trust("macon", Registration { require: vec![required("siret", "1")], ..agreed });
    let authenticator = authenticator([of]);
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
    let agreed = registration(&issuer.address, Algorithm::Rs256);
    let of = |tenant: &str, siret: &str| {
        trust(tenant, Registration { require: vec![required("siret", siret)], ..agreed.clone() })
    };
    let other_algorithm = trust("prefecture", registration(&issuer.address, Algorithm::Ps256));
    let trusts = [of("macon", "1"), of("cluny", "2"), other_algorithm, hoster(agreed.clone())];
    let authenticator = authenticator(trusts);
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
    let agreed = &trust.registration;
    assert_eq!((agreed.audience.as_str(), agreed.client_id.as_str()), (AUDIENCE, AUDIENCE));
    assert_eq!((agreed.algorithm, trust.groups_claim.as_str()), (Algorithm::Rs256, "groups"));
    let Whom::Tenant { uid, name, roles } = trust.whom else { panic!("a tenant") };
    assert_eq!((uid, name.as_str()), ("u1".into(), "ght-bm"));
    let roles: BTreeSet<_> = roles.into_iter().collect();
    assert_eq!(roles, [("/dpo".into(), Role::Dpo), ("/chefs".into(), Role::Gestionnaire)].into());
    assert_eq!(Trust::of(&Tenant::new("x", beffroi_crds::TenantSpec::default()), AUDIENCE), None);
}

#[test]
fn the_page_is_told_where_to_sign_in() {
    let mairie = trust("mairie", registration("https://a.example", Algorithm::Rs256));
    let trusts: Trusts = [
        trust("ght", registration("https://a.example", Algorithm::Rs256)),
        mairie.clone(),
        hoster(registration("https://b.example", Algorithm::Es256)),
    ]
    .into_iter()
    .collect();
    assert_eq!(trusts.sign_in(Some("mairie")), Some(&mairie));
    assert_eq!(trusts.sign_in(None).unwrap().registration.issuer, "https://b.example");
    assert_eq!(trusts.sign_in(Some("")), None);
}
