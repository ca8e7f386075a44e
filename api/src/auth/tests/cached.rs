//! What is remembered of a token, and when it is not.

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
    let trust = trust("ght", &world.ght.address, TokenAlgorithm::Rs256);
    let trusts = world.authenticator.trusts();
    // The same again changes nothing.
    let same = ["ght", "mairie"].map(|tenant| trusts.sign_in(Some(tenant)).unwrap().clone());
    world.authenticator.set_trusts(same.into_iter().collect());
    assert!(Arc::ptr_eq(&first, &world.ask(&token).await.unwrap()));
    for (trusts, expected) in [
        (vec![Trust { groups_claim: "roles".into(), ..trust.clone() }], Ok(false)),
        (vec![trust.clone(), hoster("https://other.example", TokenAlgorithm::Rs256)], Ok(true)),
        (vec![Trust { audience: "other".into(), ..trust.clone() }], Ok(true)),
        (vec![Trust { audience: "another".into(), ..trust.clone() }], Err("token-audience")),
        (vec![Trust { algorithm: TokenAlgorithm::Ps256, ..trust.clone() }], Err("token-algorithm")),
        (vec![], Err("token-issuer")),
        (vec![trust], Ok(true)),
    ] {
        world.authenticator.set_trusts(trusts.into_iter().collect());
        assert_eq!(world.ask(&token).await.map(|principal| !principal.roles.is_empty()), expected);
    }
}
