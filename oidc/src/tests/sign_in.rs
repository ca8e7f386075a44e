//! A token for a code, TLS with an authority of one's own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use super::*;

#[tokio::test]
async fn a_code_is_exchanged_as_a_public_client() {
    let issuer = Issuer::start(&[&Signer::rsa("k")]).await;
    let of = registration(&issuer.address, Algorithm::Rs256);
    let issuers = Issuers::new(client(), Pace::default());
    let endpoints = issuers.endpoints(&of.issuer).await.unwrap();
    assert_eq!(endpoints.authorization().unwrap(), format!("{}/authorize", issuer.address));
    let exchange = async || issuers.exchange_code(&of, "c&1", "v", "https://page.example/").await;
    let granted = exchange().await.unwrap();
    assert_eq!((granted.access_token.as_str(), granted.expires_in), ("a.b.c", Some(300)));
    let asked = issuer.script.lock().unwrap().asked.clone();
    let expected = json!({
        "grant_type": "authorization_code", "client_id": "page", "code": "c&1", "code_verifier": "v",
        "redirect_uri": "https://page.example/",
    });
    assert_eq!(asked, expected);
    for (status, body, expected) in [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "<b>"}),
            IssuerError::Refused("invalid_grant".into()),
        ),
        (401, json!({"error": "invalid_client"}), IssuerError::Refused("invalid_client".into())),
        (400, json!({"error": "<script>"}), IssuerError::Status(400)),
        (500, json!({"error": "server_error"}), IssuerError::Status(500)),
        (302, json!({}), IssuerError::Status(302)),
        (
            200,
            json!({"access_token": "a", "token_type": "DPoP"}),
            IssuerError::Document("token response with a bearer token"),
        ),
        (
            200,
            json!({"access_token": 7, "token_type": "Bearer"}),
            IssuerError::Document("token response with a bearer token"),
        ),
        (200, json!({"padding": "x".repeat(300 * 1024)}), IssuerError::TooLarge),
    ] {
        issuer.set(|script| script.granted = (status, body));
        assert_eq!(exchange().await.map(|_| ()).unwrap_err(), expected);
    }
}

#[test]
fn openid_is_asked_for_first_and_once() {
    let scope = |scopes: &[&str]| {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        Registration { scopes, ..registration("https://id.example", Algorithm::Rs256) }.scope()
    };
    assert_eq!(scope(&[]), "openid profile");
    assert_eq!(scope(&["groups", "urn:x:api"]), "openid groups urn:x:api");
    assert_eq!(scope(&["profile", "openid"]), "openid profile");
    assert_eq!(scope(&["openid"]), "openid");
}

#[tokio::test]
async fn an_issuer_without_sign_in_still_has_keys() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    issuer.set(|script| script.discovery = json!({"authorization_endpoint": null, "token_endpoint": null}));
    let of = registration(&issuer.address, Algorithm::Rs256);
    let verifier = Verifier::new(Pace::default(), [of.clone()]);
    let token = signer.sign("RS256", &json!({}), &claims(&issuer.address));
    assert!(verifier.ask(&token).await.is_ok());
    let endpoints = verifier.issuers.endpoints(&of.issuer).await.unwrap();
    assert_eq!(endpoints.authorization().unwrap_err().code(), "issuer-no-sign-in");
    let exchanged = verifier.issuers.exchange_code(&of, "c", "v", "r").await;
    assert_eq!(exchanged.map(|_| ()).unwrap_err().code(), "issuer-no-sign-in");
}

#[tokio::test]
async fn an_authority_of_ones_own_is_believed_where_it_is_given() {
    let without = client();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let pair = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&pair, &authority).unwrap();
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(pair.serialize_der().into()));
    let tls = TlsAcceptor::from(Arc::new(tls.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let half = format!("{issuer}/half");
    let document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")});
    let unsafe_keys = json!({"issuer": half, "jwks_uri": "http://127.0.0.1:1/keys"});
    let keys = json!({"keys": [Signer::rsa("k").jwk]});
    let answer = move |path: &str, _: &str| match path {
        "/.well-known/openid-configuration" => (200, document.clone()),
        "/half/.well-known/openid-configuration" => (200, unsafe_keys.clone()),
        "/keys" => (200, keys.clone()),
        _ => (404, Value::Null),
    };
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, &answer).await.unwrap();
            }
        }
    });
    let file = std::env::temp_dir().join(format!("oidc-authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).unwrap();
    let with = IssuerClient::new("tests", Some(&file), Duration::from_secs(5)).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(with.publication(&issuer).await.is_ok());
    let refused = with.publication(&half).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, IssuerError::Endpoint("jwks_uri"));
    let refused = without.publication(&issuer).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "issuer-unreachable");
    assert!(refused.to_string().contains("certificate"), "{refused}");
    assert!(IssuerClient::new("tests", Some(&file), Duration::from_secs(5)).is_err());
    task.abort();
}
