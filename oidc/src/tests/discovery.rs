//! Issuers that publish what cannot be believed.

use super::*;
use crate::keyset::{KeySet, MAX_KEYS};
use Algorithm::{EdDsa, Es256, Ps256, Rs256};

/// The code that the first token of such an issuer is refused with.
async fn refusal(change: impl FnOnce(&mut Script)) -> &'static str {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    issuer.set(change);
    let verifier = Verifier::new(Pace::default(), [registration(&issuer.address, Rs256)]);
    verifier.ask(&signer.sign("RS256", &json!({}), &claims(&issuer.address))).await.unwrap_err()
}

#[tokio::test]
async fn documents_of_others_and_of_no_use() {
    for (discovery, code) in [
        (json!({"issuer": "https://evil.example"}), "issuer-other"),
        (json!({"issuer": null}), "issuer-document"),
        (json!({"jwks_uri": null}), "issuer-document"),
        (json!({"jwks_uri": "http://evil.example/keys"}), "issuer-endpoint"),
        (json!({"jwks_uri": "http://169.254.169.254/latest"}), "issuer-endpoint"),
        (json!({"jwks_uri": "file:///etc/passwd"}), "issuer-endpoint"),
        (json!({"jwks_uri": "keys"}), "issuer-endpoint"),
        (json!({"token_endpoint": "http://evil.example/token"}), "issuer-endpoint"),
        (json!({"authorization_endpoint": "javascript:alert(1)"}), "issuer-endpoint"),
    ] {
        let expected = discovery.clone();
        assert_eq!(refusal(|script| script.discovery = discovery).await, code, "{expected}");
    }
}

#[tokio::test]
async fn answers_that_are_none() {
    for (mood, code) in [
        (Mood::Down, "issuer-status"),
        (Mood::Redirecting, "issuer-status"),
        (Mood::Endless, "issuer-answer-too-large"),
    ] {
        assert_eq!(refusal(|script| script.mood = mood).await, code);
    }
    let many: Vec<Value> = (0..=MAX_KEYS).map(|id| json!({"kty": "oct", "kid": id.to_string()})).collect();
    for (keys, code) in [
        (json!({"keys": many}), "issuer-too-many-keys"),
        (json!({"keys": "none"}), "issuer-document"),
        (json!([]), "issuer-document"),
        (json!({"keys": []}), "token-key-unknown"),
    ] {
        assert_eq!(refusal(|script| script.keys = keys).await, code);
    }
}

#[tokio::test]
async fn addresses_that_are_no_issuer() {
    let signer = Signer::rsa("k");
    for address in [
        "http://sso.example",
        "https://sso.example?realm=1",
        "https://sso.example#1",
        "https://camille@sso.example",
        "ftp://sso.example",
        "sso.example",
        "http://127.0.0.1.evil.example",
        "",
    ] {
        let verifier = Verifier::new(Pace::default(), [registration(address, Rs256)]);
        let token = signer.sign("RS256", &json!({}), &claims(address));
        assert_eq!(verifier.ask(&token).await.unwrap_err(), "issuer-address", "{address}");
    }
}

#[test]
fn only_keys_that_fit_are_used() {
    let find = |key: &Value, algorithm| {
        let set = json!({"keys": [key]}).to_string();
        KeySet::read(set.as_bytes()).unwrap().find(Some("k"), algorithm).is_ok()
    };
    let (rsa, ec, ed) = (Signer::rsa("k").jwk, Signer::ec("k").jwk, Signer::ed("k").jwk);
    for (key, fitting) in [(&rsa, vec![Rs256, Ps256]), (&ec, vec![Es256]), (&ed, vec![EdDsa])] {
        for algorithm in [Rs256, Ps256, Es256, EdDsa] {
            assert_eq!(find(key, algorithm), fitting.contains(&algorithm), "{key} {algorithm:?}");
        }
    }
    for good in [
        json!({"use": "sig"}),
        json!({"key_ops": ["verify"]}),
        json!({"alg": "RS256"}),
        json!({"extra": [1]}),
    ] {
        assert!(find(&with(rsa.clone(), good.clone()), Rs256), "{good}");
    }
    let weak = encode([0xff; 128]);
    let padded = encode([vec![0; 200], vec![0xff; 128]].concat());
    for bad in [
        json!({"use": "enc"}),
        json!({"key_ops": ["encrypt"]}),
        json!({"alg": "PS256"}),
        json!({"alg": "RSA-OAEP"}),
        json!({"d": "AA"}),
        json!({"n": weak}),
        json!({"n": padded}),
        json!({"n": ""}),
        json!({"n": "="}),
        json!({"n": null}),
        json!({"e": null}),
        json!({"kty": "oct", "k": "AA"}),
        json!({"kid": null}),
        json!({"kid": "K"}),
        json!({"kid": 1}),
    ] {
        assert!(!find(&with(rsa.clone(), bad.clone()), Rs256), "{bad}");
    }
    for bad in [json!({"crv": "P-384"}), json!({"crv": "secp256k1"}), json!({"x": "AA"}), json!({"y": null})]
    {
        assert!(!find(&with(ec.clone(), bad.clone()), Es256), "{bad}");
    }
    for bad in [json!({"crv": "Ed448"}), json!({"crv": "X25519"}), json!({"x": "AA"})] {
        assert!(!find(&with(ed.clone(), bad.clone()), EdDsa), "{bad}");
    }
}
