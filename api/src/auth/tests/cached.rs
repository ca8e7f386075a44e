//! What is remembered of a token, and when it is not.

use beffroi_oidc::sample::Mood;

use super::*;

#[tokio::test]
async fn a_token_is_verified_once() {
    let world = World::new().await;
    let token = world.token(json!({}));
    let first = world.ask(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &world.ask(&token).await.unwrap()));
}

#[tokio::test]
async fn nothing_outlives_its_token() {
    let world = World::new().await;
    let header = HeaderValue::from_str(&format!("Bearer {}", world.token(json!({})))).unwrap();
    for (second, expected) in [(0, true), (299, true), (300, true), (329, true), (330, false), (331, false)] {
        let at = Timestamp::from_second(NOW + second).unwrap();
        assert_eq!(world.authenticator.authenticate(Some(&header), at).await.is_ok(), expected, "{second}");
    }
}

#[tokio::test]
async fn roles_follow_what_is_trusted() {
    let world = World::new().await;
    let token = world.token(json!({}));
    let first = world.ask(&token).await.unwrap();
    let agreed = registration(&world.ght.address, Algorithm::Rs256);
    let trust = trust("ght", agreed.clone());
    let other = |agreed| Trust { registration: agreed, ..trust.clone() };
    let trusts = world.authenticator.trusts();
    // The same again changes nothing.
    let same = ["ght", "mairie"].map(|tenant| trusts.sign_in(Some(tenant)).unwrap().clone());
    world.authenticator.set_trusts(same.into_iter().collect());
    assert!(Arc::ptr_eq(&first, &world.ask(&token).await.unwrap()));
    for (trusts, expected) in [
        (vec![Trust { groups_claim: "roles".into(), ..trust.clone() }], Ok(false)),
        (vec![trust.clone(), hoster(registration("https://other.example", Algorithm::Rs256))], Ok(true)),
        (vec![other(Registration { audience: "other".into(), ..agreed.clone() })], Ok(true)),
        (vec![other(Registration { audience: "another".into(), ..agreed.clone() })], Err("token-audience")),
        (vec![other(Registration { algorithm: Algorithm::Ps256, ..agreed })], Err("token-algorithm")),
        (vec![], Err("token-issuer")),
        (vec![trust.clone()], Ok(true)),
    ] {
        world.authenticator.set_trusts(trusts.into_iter().collect());
        assert_eq!(world.ask(&token).await.map(|principal| !principal.roles.is_empty()), expected);
    }
}

/// Between two questions to an issuer, and a little more than that.
const PAUSE: Duration = Duration::from_millis(500);
const AFTER: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_key_that_is_withdrawn_is_forgotten_with_what_it_verified() {
    let (old, new) = (Signer::rsa("old"), Signer::stranger("new"));
    let issuer = Issuer::start(&[&old]).await;
    let pace = Pace { refresh: Duration::ZERO, keep: Duration::from_hours(24), pause: PAUSE };
    let authenticator = paced(pace, [trust("ght", registration(&issuer.address, Algorithm::Rs256))]);
    let token = old.sign("RS256", &json!({}), &claims(&issuer.address));
    ask(&authenticator, &token).await.unwrap();
    issuer.publish(&[&new]);
    tokio::time::sleep(AFTER).await;
    // Old keys are good until the new ones are there.
    ask(&authenticator, &token).await.unwrap();
    tokio::time::sleep(AFTER).await;
    assert_eq!(ask(&authenticator, &token).await.unwrap_err(), "token-key-unknown");
}

#[tokio::test]
async fn keys_that_grew_too_old_are_forgotten_with_what_they_verified() {
    let key = Signer::rsa("k");
    let issuer = Issuer::start(&[&key]).await;
    let pace = Pace { refresh: PAUSE, keep: PAUSE, pause: PAUSE };
    let authenticator = paced(pace, [trust("ght", registration(&issuer.address, Algorithm::Rs256))]);
    let token = key.sign("RS256", &json!({}), &claims(&issuer.address));
    ask(&authenticator, &token).await.unwrap();
    issuer.set(|script| script.mood = Mood::Down);
    tokio::time::sleep(AFTER).await;
    assert_eq!(ask(&authenticator, &token).await.unwrap_err(), "issuer-status");
}
