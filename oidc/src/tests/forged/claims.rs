//! Claims for others, of another time, of another kind of token; all of them well signed.

use super::parts;
use crate::tests::*;

#[tokio::test]
async fn another_audience() {
    let world = World::new().await;
    let slash = format!("{AUDIENCE}/");
    for audience in [
        json!(null),
        json!(""),
        json!([]),
        json!("other"),
        json!(["other"]),
        json!(slash),
        json!(AUDIENCE.to_uppercase()),
        json!({AUDIENCE: true}),
        json!([[AUDIENCE]]),
        json!([AUDIENCE, 7]),
        json!(true),
        json!(format!("{AUDIENCE} other")),
    ] {
        let token = world.token(json!({"aud": audience}));
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-audience", "{audience}");
    }
}

#[tokio::test]
async fn the_wrong_time() {
    let world = World::new().await;
    for exp in [NOW - 30, NOW - 31, NOW - 86400, 0] {
        assert_eq!(world.ask(&world.token(json!({"exp": exp}))).await.unwrap_err(), "token-expired", "{exp}");
    }
    let milliseconds = (NOW + 300) * 1000;
    for exp in [
        json!(null),
        json!((NOW + 300).to_string()),
        json!(-1),
        json!(-NOW),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(milliseconds),
        json!(1e300),
        json!(-1e300),
        json!(true),
        json!([NOW + 300]),
        json!({"exp": NOW + 300}),
    ] {
        assert_eq!(world.ask(&world.token(json!({"exp": exp}))).await.unwrap_err(), "token-time", "{exp}");
    }
    for claim in ["nbf", "iat"] {
        for time in [json!(NOW + 31), json!(NOW + 86400), json!(253_402_300_799_i64)] {
            assert_eq!(
                world.ask(&world.token(json!({claim: time}))).await.unwrap_err(),
                "token-not-yet",
                "{claim} {time}"
            );
        }
        for time in [json!("0"), json!(-1), json!(1e300), json!(false), json!([])] {
            assert_eq!(
                world.ask(&world.token(json!({claim: time}))).await.unwrap_err(),
                "token-time",
                "{claim} {time}"
            );
        }
    }
    // serde_json's macro cannot write this one, nor what a claim of null is to those who think it absent.
    let (header, _, _) = parts(&world.token(json!({})));
    let header = String::from_utf8(decode(&header)).unwrap();
    for (exp, code) in [
        ("1e999", "token-claims"),
        ("null", "token-time"),
        ("0x7fffffff", "token-claims"),
        ("NaN", "token-claims"),
    ] {
        let text = world.claims().to_string().replace(&(NOW + 300).to_string(), exp);
        assert_eq!(
            world.ask(&world.rsa.sign_text(&header, &text, "RS256")).await.unwrap_err(),
            code,
            "{exp}"
        );
    }
}

#[tokio::test]
async fn other_kinds_of_tokens() {
    let world = World::new().await;
    for claims in [
        json!({"nonce": "n"}),
        json!({"at_hash": "h"}),
        json!({"c_hash": "h"}),
        json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
        json!({"typ": "ID"}),
        json!({"typ": "Refresh"}),
        json!({"typ": "Offline"}),
        json!({"token_use": "id"}),
    ] {
        assert_eq!(
            world.ask(&world.token(claims.clone())).await.unwrap_err(),
            "token-not-access",
            "{claims}"
        );
    }
    let bound = world.token(json!({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}));
    assert_eq!(world.ask(&bound).await.unwrap_err(), "token-bound");
    for subject in
        [json!(null), json!(""), json!("a".repeat(256)), json!("a\nb"), json!(7), json!(["camille"])]
    {
        assert_eq!(
            world.ask(&world.token(json!({"sub": subject}))).await.unwrap_err(),
            "token-subject",
            "{subject}"
        );
    }
}

#[tokio::test]
async fn what_parsers_read_in_two_ways() {
    let world = World::new().await;
    let (good, header) = (world.claims().to_string(), r#"{"alg":"RS256","kid":"k1"}"#);
    let twice = |claim: &str| good.replacen('{', &format!("{{{claim},"), 1);
    for claim in [
        r#""exp":1"#,
        r#""iss":"https://evil.example""#,
        r#""groups":["dpo"]"#,
        r#""aud":"x""#,
        r#""\u0073ub":"x""#,
    ] {
        let token = world.rsa.sign_text(header, &twice(claim), "RS256");
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-claims", "{claim}");
    }
    let headers = [
        r#"{"alg":"none","alg":"RS256","kid":"k1"}"#,
        r#"{"alg":"RS256","kid":"k1","kid":"k2"}"#,
        r#"["RS256"]"#,
        r#""RS256""#,
        "",
        r#"{"alg":"RS256","kid":"k1"} "x""#,
        r#"{"alg":"RS256","kid":"k1",}"#,
        r"{'alg':'RS256','kid':'k1'}",
        "\u{feff}{\"alg\":\"RS256\",\"kid\":\"k1\"}",
    ];
    for header in headers {
        let token = world.rsa.sign_text(header, &good, "RS256");
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-header", "{header}");
    }
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(2000), "]".repeat(2000));
    for claims in [deep.as_str(), "", "[]", "null", "7", &good[..good.len() - 1], &format!("{good}{good}")] {
        let token = world.rsa.sign_text(header, claims, "RS256");
        assert_eq!(world.ask(&token).await.unwrap_err(), "token-claims", "{claims}");
    }
}
