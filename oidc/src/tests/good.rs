//! Good tokens, and what they say.

use super::*;

#[tokio::test]
async fn every_algorithm_passes_where_it_is_pinned() {
    for (algorithm, signer) in [
        (Algorithm::Rs256, Signer::rsa("k")),
        (Algorithm::Ps256, Signer::rsa("k")),
        (Algorithm::Es256, Signer::ec("k")),
        (Algorithm::EdDsa, Signer::ed("k")),
    ] {
        let issuer = Issuer::start(&[&signer]).await;
        let verifier = Verifier::new(Pace::default(), [registration(&issuer.address, algorithm)]);
        let name = algorithm.name();
        assert_eq!(Algorithm::parse(name), Some(algorithm));
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
            let token = signer.sign(name, &json!({"typ": typ}), &claims(&issuer.address));
            let said = verifier.ask(&token).await.unwrap();
            assert_eq!((said.algorithm, said.is_for(AUDIENCE)), (algorithm, true), "{name} {typ}");
        }
        let bare = signer.sign(name, &json!({"typ": null, "kid": null}), &claims(&issuer.address));
        let said = verifier.ask(&bare).await.unwrap();
        assert_eq!((said.subject.as_str(), said.issuer.as_str()), ("camille", issuer.address.as_str()));
        assert_eq!(said.name.as_deref(), Some("Camille Durand"));
        assert_eq!(said.expires.as_second(), NOW + 300);
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
async fn what_is_required_is_told_where_it_is_not_met() {
    let world = World::new().await;
    let require = |claim: &str, value: &str| RequiredClaim { claim: claim.into(), value: value.into() };
    let of = Registration {
        require: vec![require("groups", "agents"), require("realm_access.roles", "view")],
        ..registration(&world.first.address, Algorithm::Rs256)
    };
    for (changes, expected) in [
        (json!({"realm_access": {"roles": ["view"]}}), None),
        (json!({"realm_access": {"roles": "view"}}), None),
        (json!({"realm_access": {"roles": ["View"]}}), Some(Unmet::Other("realm_access.roles"))),
        (json!({"realm_access": {"roles": {"view": true}}}), Some(Unmet::Absent("realm_access.roles"))),
        (json!({"realm_access.roles": ["view"]}), Some(Unmet::Absent("realm_access.roles"))),
        (json!({"groups": ["dpo"]}), Some(Unmet::Other("groups"))),
        (json!({"groups": null}), Some(Unmet::Absent("groups"))),
        (json!({"groups": ["agents", 7]}), Some(Unmet::Absent("groups"))),
    ] {
        let said = world.ask(&world.token(changes.clone())).await.unwrap();
        assert_eq!(of.unmet(&said), expected, "{changes}");
    }
}

#[tokio::test]
async fn only_what_is_agreed_on_with_its_issuer_takes_a_token() {
    let world = World::new().await;
    let said = world.ask(&world.token(json!({}))).await.unwrap();
    let of = registration(&world.first.address, Algorithm::Rs256);
    assert!(of.accepts(&said));
    assert!(Registration { audience: "other".into(), ..of.clone() }.accepts(&said));
    assert!(!Registration { audience: "another".into(), ..of.clone() }.accepts(&said));
    assert!(!Registration { algorithm: Algorithm::Ps256, ..of.clone() }.accepts(&said));
    assert!(!Registration { issuer: world.second.address.clone(), ..of }.accepts(&said));
}
