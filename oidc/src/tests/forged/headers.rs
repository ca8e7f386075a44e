//! Headers that would choose the key or the rules themselves.

use crate::tests::*;

#[tokio::test]
async fn a_key_id_that_means_more() {
    let world = World::new().await;
    let long = "k".repeat(201);
    for (id, code) in [
        (json!("../../../../../../dev/null"), "token-key-unknown"),
        (json!("/proc/self/environ"), "token-key-unknown"),
        (json!("k1' UNION SELECT 'secret'; --"), "token-key-unknown"),
        (json!("k1\u{0}"), "token-key-unknown"),
        (json!("k1\n"), "token-key-unknown"),
        (json!("K1"), "token-key-unknown"),
        (json!(""), "token-key-unknown"),
        (json!("|sleep 10"), "token-key-unknown"),
        (json!("https://evil.example/keys"), "token-key-unknown"),
        (json!(long), "token-key-id"),
        (json!(["k1"]), "token-key-id"),
        (json!({"k1": 1}), "token-key-id"),
        (json!(1), "token-key-id"),
        (json!(null), "token-key-id"),
    ] {
        let token = world.with_header(&json!({"kid": id}));
        assert_eq!(world.ask(&token).await.unwrap_err(), code, "{id}");
    }
}

#[tokio::test]
async fn a_token_that_brings_its_key() {
    let world = World::new().await;
    let evil = Issuer::start(&[&Signer::stranger("k1")]).await;
    let address = format!("{}/keys", evil.address);
    let stranger = Signer::stranger("k1");
    for header in [
        json!({"jwk": stranger.jwk}),
        json!({"jwk": stranger.jwk, "kid": null}),
        json!({"jku": address}),
        json!({"jku": format!("{}/keys#{address}", world.first.address)}),
        json!({"x5u": address}),
        json!({"x5c": ["MIIB"]}),
        json!({"x5c": []}),
    ] {
        for signer in [&stranger, &world.rsa] {
            let token = signer.sign("RS256", &header, &world.claims());
            assert_eq!(world.ask(&token).await.unwrap_err(), "token-brings-key", "{header}");
        }
    }
    assert_eq!(evil.served(), 0, "an address in a token was followed");
}

#[tokio::test]
async fn headers_that_change_the_rules() {
    let world = World::new().await;
    for (header, code) in [
        (json!({"crit": ["exp"]}), "token-critical"),
        (json!({"crit": []}), "token-critical"),
        (json!({"crit": ["b64"], "b64": false}), "token-critical"),
        (json!({"b64": false}), "token-encrypted"),
        (json!({"zip": "DEF"}), "token-encrypted"),
        (json!({"enc": "A256GCM"}), "token-encrypted"),
        (json!({"cty": "JWT"}), "token-encrypted"),
        (json!({"typ": "logout+jwt"}), "token-type"),
        (json!({"typ": "dpop+jwt"}), "token-type"),
        (json!({"typ": "secevent+jwt"}), "token-type"),
        (json!({"typ": "id_token"}), "token-type"),
        (json!({"typ": ""}), "token-type"),
        (json!({"typ": ["JWT"]}), "token-type"),
    ] {
        assert_eq!(world.ask(&world.with_header(&header)).await.unwrap_err(), code, "{header}");
    }
}
