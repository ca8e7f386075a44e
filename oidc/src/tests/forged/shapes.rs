//! Texts that are no compact token, or not one token.

use super::parts;
use crate::tests::*;

#[tokio::test]
async fn the_wrong_shape() {
    let world = World::new().await;
    let good = world.token(json!({}));
    let (header, body, signature) = parts(&good);
    let standard = signature.replace('-', "+").replace('_', "/");
    let huge = world.token(json!({"padding": "x".repeat(8 * 1024)}));
    world
        .refuses([
            ("huge", huge, "token-too-large"),
            ("8 KiB and one byte of dots", ".".repeat(8 * 1024 + 1), "token-too-large"),
            ("8 KiB of dots", ".".repeat(8 * 1024), "token-shape"),
            ("one part", header.clone(), "token-shape"),
            ("two parts", format!("{header}.{body}"), "token-shape"),
            ("four parts", format!("{good}.{signature}"), "token-shape"),
            ("encrypted", format!("{header}.{body}.{body}.{body}.{signature}"), "token-encrypted"),
            ("JSON serialization", json!({"payload": body, "protected": header}).to_string(), "token-scheme"),
            ("no header", format!(".{body}.{signature}"), "token-header"),
            ("no claims", format!("{header}..{signature}"), "token-claims"),
            ("padding", format!("{good}=="), "token-encoding"),
            ("padded header", format!("{header}=.{body}.{signature}"), "token-encoding"),
            ("standard base64", format!("{header}.{body}.+{}", &standard[1..]), "token-encoding"),
            ("percent encoding", format!("{header}.{body}.%41{}", &signature[1..]), "token-encoding"),
            (
                "a nested token",
                world.rsa.sign_text(r#"{"alg":"RS256","kid":"k1"}"#, &good, "RS256"),
                "token-claims",
            ),
            (
                "signature of another token",
                format!("{header}.{body}.{}", parts(&world.token(json!({"sub": "x"}))).2),
                "token-signature",
            ),
            (
                "claims of another token",
                format!("{header}.{}.{signature}", parts(&world.token(json!({"sub": "x"}))).1),
                "token-signature",
            ),
            ("signature twice", format!("{good}{signature}"), "token-signature"),
        ])
        .await;
}

#[test]
fn a_huge_token_is_not_even_split() {
    let huge = "a".repeat(crate::token::MAX_BYTES + 1);
    assert_eq!(Unverified::parse(&huge).map(|_| ()), Err(TokenError::TooLarge));
}

#[tokio::test]
async fn headers_that_hold_no_token() {
    let world = World::new().await;
    let good = world.token(json!({}));
    let ask = async |header: Option<&str>| {
        let header = header.map(|text| HeaderValue::from_bytes(text.as_bytes()).unwrap());
        world.verifier.read(header.as_ref(), now()).await.map_err(|error| error.code())
    };
    assert_eq!(ask(None).await.unwrap_err(), "token-missing");
    assert!(ask(Some(&format!("bearer {good}"))).await.is_ok());
    for header in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        good.clone(),
        format!("Basic {good}"),
        format!("DPoP {good}"),
        format!("Bearer  {good}"),
        format!("Bearer {good} "),
        format!("Bearer {good}, Bearer {good}"),
        format!("Bearer\t{good}"),
        format!("Bearer é{good}"),
    ] {
        assert_eq!(ask(Some(&header)).await.unwrap_err(), "token-scheme", "{header}");
    }
}
