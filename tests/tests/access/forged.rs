//! Forged tokens, each made from a good one: all get 401 and the reason's code, none an error of ours.

use anyhow::{Context, Result, ensure};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use beffroi_tests::{Stage, oidc::Provider};
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::tokens::{me, refused};

/// What stands before the coordinates of a public key on P-256 (RFC 5480, 2).
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
/// What might lead a careless server to a key of the forger's choice.
const KEY_IDS: [&str; 8] =
    ["../../../../../../dev/null", "' OR '1'='1", "http://127.0.0.1:1/jwks", "| id", "%00", "\u{0}", "", "é"];

/// A good token, taken apart.
struct Parts {
    header: Value,
    claims: Value,
    signature: String,
}

/// Tries them all, at an ES256 realm whose good token is `good`.
pub async fn are_refused(stage: &Stage, provider: &Provider, good: &str) -> Result<()> {
    ensure!(me(stage, good).await?.status == 200, "the good one is refused");
    let parts = taken_apart(good)?;
    let signed = |header: &Value, claims: &Value| joined(header, claims, &parts.signature);
    let mut forged = Vec::new();
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = json!({"alg": none, "typ": "at+jwt"});
        forged.push((joined(&header, &parts.claims, ""), "token-algorithm"));
        forged.push((signed(&header, &parts.claims), "token-algorithm"));
    }
    for secret in public_key(provider, &parts).await? {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            forged.push((by_secret(&parts, algorithm, &secret)?, "token-algorithm"));
        }
    }
    for id in KEY_IDS {
        forged.push((with_key_id(good, id)?, "token-key-unknown"));
    }
    forged.push((with_key_id(good, &"k".repeat(201))?, "token-key-id"));
    let jwk = provider.get("rs256-plain", "jwks").await?["keys"][0].clone();
    for (member, value) in
        [("jwk", jwk), ("jku", json!("http://127.0.0.1:1/")), ("x5u", json!("http://127.0.0.1:1/"))]
    {
        forged.push((signed(&with(&parts.header, member, value), &parts.claims), "token-brings-key"));
    }
    forged.push((signed(&with(&parts.header, "crit", json!(["exp"])), &parts.claims), "token-critical"));
    for (claim, value) in
        [("groups", json!(["direction"])), ("exp", json!(4_000_000_000_u64)), ("sub", json!("somebody-else"))]
    {
        forged.push((signed(&parts.header, &with(&parts.claims, claim, value)), "token-signature"));
    }
    let elsewhere = with(&parts.claims, "iss", json!(provider.issuer("inconnu")));
    forged.push((signed(&parts.header, &elsewhere), "token-issuer"));
    forged.push((good.rsplit_once('.').context("no token")?.0.to_owned(), "token-shape"));
    forged.push((format!("{good}."), "token-shape"));
    forged.push((format!("{good}.e.e"), "token-encrypted"));
    forged.push((good.replace('.', ".="), "token-encoding"));
    forged.push((
        signed(&parts.header, &with(&parts.claims, "more", json!("x".repeat(8192)))),
        "token-too-large",
    ));
    forged.push(("x".repeat(20_000), "token-too-large"));
    for (token, code) in forged {
        let answer = me(stage, &token).await.with_context(|| token.chars().take(200).collect::<String>())?;
        refused(&answer, code).with_context(|| token.chars().take(200).collect::<String>())?;
    }
    // More than a header may hold is refused before it is looked at.
    let whole = me(stage, &"x".repeat(200_000)).await;
    ensure!(whole.as_ref().map_or(true, |answer| answer.status.is_client_error()), "{whole:?}");
    for scheme in ["Basic Y2xhaXJlOmJlZmZyb2k=", "Bearer", &format!("Bearer {good} {good}"), "Bearer \u{9}"] {
        let answer = stage.api.ask(None, Method::GET, "/v1/me", &[("Authorization", scheme)], None).await?;
        refused(&answer, "token-scheme").with_context(|| scheme.to_owned())?;
    }
    ensure!(me(stage, good).await?.status == 200, "the good one is refused after all that");
    Ok(())
}

/// A good token that names another key.
pub fn with_key_id(good: &str, id: &str) -> Result<String> {
    let parts = taken_apart(good)?;
    Ok(joined(&with(&parts.header, "kid", json!(id)), &parts.claims, &parts.signature))
}

/// The realm's public key in each form that might be taken for a secret.
async fn public_key(provider: &Provider, parts: &Parts) -> Result<Vec<Vec<u8>>> {
    let keys = provider.get("es256-rfc9068", "jwks").await?;
    let key = keys["keys"].as_array().into_iter().flatten().find(|key| key["kid"] == parts.header["kid"]);
    let key = key.context("its key is not published")?;
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default());
    let der = [STANDARD.decode(P256)?, coordinate("x")?, coordinate("y")?].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let texts = [key.to_string(), keys.to_string(), pem.trim().to_owned(), pem];
    Ok(texts.into_iter().map(String::into_bytes).chain([der, coordinate("x")?, Vec::new()]).collect())
}

fn by_secret(parts: &Parts, algorithm: Algorithm, secret: &[u8]) -> Result<String> {
    let header = with(&parts.header, "alg", json!(format!("{algorithm:?}")));
    let message = joined(&header, &parts.claims, "");
    let message = message.trim_end_matches('.');
    let key = EncodingKey::from_secret(secret);
    Ok(format!("{message}.{}", jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm)?))
}

fn taken_apart(token: &str) -> Result<Parts> {
    let mut parts = token.split('.');
    let mut next = || parts.next().context("no token");
    let read = |part: &str| -> Result<Value> { Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?) };
    Ok(Parts { header: read(next()?)?, claims: read(next()?)?, signature: next()?.to_owned() })
}

fn joined(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut changed = object.clone();
    changed[name] = value;
    changed
}
