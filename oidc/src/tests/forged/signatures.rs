//! Signatures by another algorithm, another key, another issuer, or none.

use p256::elliptic_curve::{Curve, bigint::ArrayEncoding};

use super::parts;
use crate::tests::*;

#[tokio::test]
async fn no_algorithm_or_another() {
    let world = World::new().await;
    let (header, body, signature) = parts(&world.token(json!({})));
    for name in ["none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "HS256", "ES256K", "RS1", "dir"] {
        let header = encode(json!({"alg": name, "kid": "k1"}).to_string());
        for signature in ["", &signature] {
            assert_eq!(
                world.ask(&format!("{header}.{body}.{signature}")).await.unwrap_err(),
                "token-algorithm",
                "{name}"
            );
        }
    }
    for alg in [json!(null), json!(["RS256"]), json!({"RS256": true}), json!(256)] {
        let token = world.with_header(&json!({"alg": alg}));
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-algorithm", "{alg}");
    }
    world
        .refuses([
            ("signature taken away", format!("{header}.{body}."), "token-signature"),
            ("signature of nothing", format!("{header}.{body}.AA"), "token-signature"),
        ])
        .await;
}

#[tokio::test]
async fn a_public_key_taken_for_a_secret() {
    let signer = Signer::rsa("k1");
    let ec = Signer::ec("k1");
    let modulus = signer.jwk["n"].as_str().unwrap().as_bytes().to_vec();
    let secrets = [
        PUBLIC_PEM.as_bytes().to_vec(),
        PUBLIC_PEM.trim_end().as_bytes().to_vec(),
        der(PUBLIC_PEM),
        signer.jwk.to_string().into_bytes(),
        modulus,
        ec.jwk.to_string().into_bytes(),
        ec.jwk["x"].as_str().unwrap().as_bytes().to_vec(),
        vec![],
    ];
    let world = World::new().await;
    for secret in secrets {
        for name in ["HS256", "HS384", "HS512"] {
            let forged = Signer::secret(&secret).sign(name, &json!({"kid": "k1"}), &world.claims());
            assert_eq!(world.ask(&forged).await.unwrap_err(), "token-algorithm");
            let (_, body, signature) = parts(&forged);
            let header = encode(r#"{"alg":"RS256","kid":"k1"}"#);
            assert_eq!(
                world.ask(&format!("{header}.{body}.{signature}")).await.unwrap_err(),
                "token-signature"
            );
        }
    }
}

#[tokio::test]
async fn an_algorithm_that_was_not_agreed_on() {
    let world = World::new().await;
    let (ec, ed) = (Signer::ec("k2"), Signer::ed("k3"));
    world.first.publish(&[&world.rsa, &ec, &ed]);
    world
        .refuses([
            (
                "PS256 with the RSA key",
                world.rsa.sign("PS256", &json!({}), &world.claims()),
                "token-algorithm",
            ),
            (
                "ES256 with a key that is published",
                ec.sign("ES256", &json!({}), &world.claims()),
                "token-algorithm",
            ),
            (
                "EdDSA with a key that is published",
                ed.sign("EdDSA", &json!({}), &world.claims()),
                "token-algorithm",
            ),
            (
                "RS512 with the RSA key",
                world.rsa.sign("RS512", &json!({}), &world.claims()),
                "token-algorithm",
            ),
            ("RS256 that names an EC key", world.with_header(&json!({"kid": "k2"})), "token-key-unknown"),
        ])
        .await;
}

/// Somebody else agreed on another algorithm with the same issuer: each takes tokens of its own.
#[tokio::test]
async fn an_algorithm_that_another_agreed_on() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    let both = [Algorithm::Rs256, Algorithm::Ps256];
    let agreed = both.map(|algorithm| registration(&issuer.address, algorithm));
    let verifier = Verifier::new(Pace::default(), agreed.clone());
    for algorithm in both {
        let token = signer.sign(algorithm.name(), &json!({}), &claims(&issuer.address));
        let said = verifier.ask(&token).await.unwrap();
        assert_eq!(agreed.each_ref().map(|one| one.accepts(&said)), both.map(|one| one == algorithm));
    }
}

#[tokio::test]
async fn another_issuer() {
    let world = World::new().await;
    let address = &world.first.address;
    for other in [
        format!("{address}/"),
        address.replace("http://", "HTTP://"),
        address.replace("127.0.0.1", "localhost"),
        format!("{address}?"),
        format!(" {address}"),
        format!("{address}\u{0}"),
        "https://evil.example".into(),
        String::new(),
    ] {
        let token = world.token(json!({"iss": other}));
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-issuer", "{other}");
    }
    for other in [json!(null), json!([address]), json!({"iss": address}), json!(7)] {
        assert_eq!(
            world.ask(&world.token(json!({"iss": other}))).await.unwrap_err(),
            "token-issuer",
            "{other}"
        );
    }
    let stranger = Signer::stranger("k1");
    world
        .refuses([
            (
                "another issuer's key of the same id",
                stranger.sign("RS256", &json!({}), &world.claims()),
                "token-signature",
            ),
            ("our key, another issuer", world.token(json!({"iss": world.second.address})), "token-signature"),
        ])
        .await;
    let own = stranger.sign("RS256", &json!({}), &claims(&world.second.address));
    let said = world.ask(&own).await.unwrap();
    assert_eq!(world.verifier.agreed.iter().map(|one| one.accepts(&said)).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn a_curve_signature_that_holds_for_everything() {
    let signer = Signer::ec("k");
    let issuer = Issuer::start(&[&signer]).await;
    let verifier = Verifier::new(Pace::default(), [registration(&issuer.address, Algorithm::Es256)]);
    let good = signer.sign("ES256", &json!({}), &claims(&issuer.address));
    assert!(verifier.ask(&good).await.is_ok());
    let (header, body, signature) = parts(&good);
    // The order of P-256, which counts as zero.
    let order = p256::NistP256::ORDER.to_be_byte_array();
    let raw = decode(&signature);
    for forged in [
        vec![0; 64],
        vec![0; 32],
        vec![],
        [order.to_vec(), order.to_vec()].concat(),
        [raw[..32].to_vec(), vec![0; 32]].concat(),
        [vec![0; 32], raw[32..].to_vec()].concat(),
        [vec![0; 8], raw.clone()].concat(),
        vec![0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00],
    ] {
        let token = format!("{header}.{body}.{}", encode(&forged));
        assert_eq!(verifier.ask(&token).await.unwrap_err(), "token-signature", "{forged:?}");
    }
}
