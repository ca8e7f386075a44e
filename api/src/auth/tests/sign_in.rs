//! A token for a code, TLS with an authority of one's own.

use std::net::SocketAddr;

use axum::{Json, Router, routing::get};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

#[tokio::test]
async fn a_code_is_exchanged_as_a_public_client() {
    let issuer = Issuer::start(&[&Signer::rsa("k")]).await;
    let trust = trust("ght", &issuer.address, TokenAlgorithm::Rs256);
    let keys = Keys::new(oidc(), Pace::default());
    let endpoints = keys.endpoints(&trust).await.unwrap();
    assert_eq!(endpoints.authorization().unwrap(), format!("{}/authorize", issuer.address));
    let exchange = async || keys.exchange_code(&trust, "c&1", "v", "https://page.example/").await;
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
            OidcError::Refused("invalid_grant".into()),
        ),
        (401, json!({"error": "invalid_client"}), OidcError::Refused("invalid_client".into())),
        (400, json!({"error": "<script>"}), OidcError::Status(400)),
        (500, json!({"error": "server_error"}), OidcError::Status(500)),
        (302, json!({}), OidcError::Status(302)),
        (
            200,
            json!({"access_token": "a", "token_type": "DPoP"}),
            OidcError::Document("token response with a bearer token"),
        ),
        (
            200,
            json!({"access_token": 7, "token_type": "Bearer"}),
            OidcError::Document("token response with a bearer token"),
        ),
        (200, json!({"padding": "x".repeat(300 * 1024)}), OidcError::TooLarge),
    ] {
        issuer.set(|script| script.granted = (status, body));
        assert_eq!(exchange().await.map(|_| ()).unwrap_err(), expected);
    }
}

#[test]
fn openid_is_asked_for_first_and_once() {
    let scope = |scopes: &[&str]| {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        Trust { scopes, ..trust("ght", "https://id.example", TokenAlgorithm::Rs256) }.scope()
    };
    assert_eq!(scope(&[]), "openid profile");
    assert_eq!(scope(&["groups", "urn:x:beffroi"]), "openid groups urn:x:beffroi");
    assert_eq!(scope(&["profile", "openid"]), "openid profile");
    assert_eq!(scope(&["openid"]), "openid");
}

#[tokio::test]
async fn an_issuer_without_sign_in_still_has_keys() {
    let signer = Signer::rsa("k");
    let issuer = Issuer::start(&[&signer]).await;
    issuer.set(|script| script.discovery = json!({"authorization_endpoint": null, "token_endpoint": null}));
    let trust = trust("ght", &issuer.address, TokenAlgorithm::Rs256);
    let authenticator = authenticator(Pace::default(), [trust.clone()]);
    let token = signer.sign("RS256", &json!({}), &claims(&issuer.address));
    assert!(ask(&authenticator, &token).await.is_ok());
    let endpoints = authenticator.keys().endpoints(&trust).await.unwrap();
    assert_eq!(endpoints.authorization().unwrap_err().code(), "issuer-no-sign-in");
    let exchanged = authenticator.keys().exchange_code(&trust, "c", "v", "r").await;
    assert_eq!(exchanged.map(|_| ()).unwrap_err().code(), "issuer-no-sign-in");
}

#[test]
fn the_page_is_told_where_to_sign_in() {
    let trusts: Trusts = [
        trust("ght", "https://a.example", TokenAlgorithm::Rs256),
        trust("mairie", "https://a.example", TokenAlgorithm::Rs256),
        hoster("https://b.example", TokenAlgorithm::Es256),
    ]
    .into_iter()
    .collect();
    assert_eq!(
        trusts.sign_in(Some("mairie")),
        Some(&trust("mairie", "https://a.example", TokenAlgorithm::Rs256))
    );
    assert_eq!(trusts.sign_in(None).unwrap().issuer, "https://b.example");
    assert_eq!(trusts.sign_in(Some("")), None);
}

#[tokio::test]
async fn an_authority_of_ones_own_is_believed_where_it_is_given() {
    let oidc_without = oidc();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let pair = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&pair, &authority).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let SocketAddr::V4(address) = listener.local_addr().unwrap() else { panic!("IPv4") };
    let issuer = format!("https://localhost:{}", address.port());
    let signer = Signer::rsa("k");
    let document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")});
    let keys = json!({"keys": [signer.jwk]});
    let half = format!("{issuer}/half");
    let unsafe_keys = json!({"issuer": half, "jwks_uri": "http://127.0.0.1:1/keys"});
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(Json(document)))
        .route("/half/.well-known/openid-configuration", get(Json(unsafe_keys)))
        .route("/keys", get(Json(keys)));
    let tls = axum_server::tls_rustls::RustlsConfig::from_pem(leaf.pem().into(), pair.serialize_pem().into());
    let server = axum_server::from_tcp_rustls(listener, tls.await.unwrap()).unwrap();
    let task = tokio::spawn(server.serve(router.into_make_service()));
    let file = std::env::temp_dir().join(format!("beffroi-authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).unwrap();
    let oidc_with = Oidc::new(Some(&file), Duration::from_secs(5)).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(oidc_with.publication(&issuer).await.is_ok());
    let refused = oidc_with.publication(&half).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, OidcError::Endpoint("jwks_uri"));
    let refused = oidc_without.publication(&issuer).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "issuer-unreachable");
    assert!(refused.to_string().contains("certificate"), "{refused}");
    assert!(Oidc::new(Some(&file), Duration::from_secs(5)).is_err());
    task.abort();
}
