//! When credentials end: a token's claims and a certificate's dates, read and not verified. Nothing of them is kept but
//! the dates.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use x509_parser::pem::Pem;

/// Since when and until when something holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Term {
    /// Since when, where it says so.
    pub begins: Option<Timestamp>,
    /// From when on it holds no more.
    pub ends: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    // RFC 7519: a number, which may have a fraction.
    exp: Option<f64>,
    iat: Option<f64>,
}

/// The term of a JSON Web Token; `None` for another token, and for one that does not end.
pub fn token(token: &str) -> Option<Term> {
    let mut parts = token.trim().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let Claims { exp, iat } = serde_json::from_slice(&claims).ok()?;
    Some(Term { begins: iat.and_then(instant), ends: exp.and_then(instant)? })
}

#[allow(clippy::cast_possible_truncation)]
fn instant(seconds: f64) -> Option<Timestamp> {
    // A float beyond what an integer holds becomes the nearest that it holds, which is no time either.
    Timestamp::from_second(seconds as i64).ok()
}

/// The term of the first certificate of a PEM file: who serves a chain serves its own certificate first.
pub fn certificate(pem: &[u8]) -> Option<Term> {
    terms(pem).next()
}

/// The term of a bundle of authorities: it vouches until the last of them ends.
pub fn authorities(pem: &[u8]) -> Option<Term> {
    terms(pem).max_by_key(|term| term.ends)
}

fn terms(pem: &[u8]) -> impl Iterator<Item = Term> {
    let blocks: Vec<Pem> = Pem::iter_from_buffer(pem).filter_map(Result::ok).collect();
    blocks.into_iter().filter(|block| block.label == "CERTIFICATE").filter_map(|block| {
        let validity = block.parse_x509().ok()?.validity().clone();
        let instant = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        // The second that it names still counts (RFC 5280, 4.1.2.5).
        let ends = Timestamp::from_second(validity.not_after.timestamp().checked_add(1)?).ok()?;
        Some(Term { begins: instant(validity.not_before), ends })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_says_when_it_ends_or_does_not() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(token(&jwt(r#"{"exp":20,"iat":10}"#)), Some(Term { begins: Some(at(10)), ends: at(20) }));
        assert_eq!(token(&format!("{}\n", jwt(r#"{"exp":20.9}"#))).unwrap().ends, at(20));
        for none in
            ["", "opaque", "a.b.c", &jwt("{}"), &jwt("[]"), &jwt(r#"{"exp":"20"}"#), &jwt(r#"{"exp":1e300}"#)]
        {
            assert_eq!(token(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_term() {
        for text in ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert_eq!((certificate(text.as_bytes()), authorities(text.as_bytes())), (None, None), "{text}");
        }
    }

    /// Made by `openssl req -x509 -newkey ed25519 -days 30 -set_serial 1`, in 2026.
    const OWN: &str = "\
-----BEGIN CERTIFICATE-----
MIIBLzCB4qADAgECAgEBMAUGAytlcDAXMRUwEwYDVQQDDAxzaXRlLmV4YW1wbGUw
HhcNMjYxMTMwMDAyMjE1WhcNMjYxMjMwMDAyMjE1WjAXMRUwEwYDVQQDDAxzaXRl
LmV4YW1wbGUwKjAFBgMrZXADIQA2W6KvZoBszBXHphkPoHla4pAHlJJKa+jMn+9Q
tSZ/waNTMFEwHQYDVR0OBBYEFHB+nC9n2sSnf2VXcyUQfT2onQcwMB8GA1UdIwQY
MBaAFHB+nC9n2sSnf2VXcyUQfT2onQcwMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2Vw
A0EAjI9V5PV2tMGBrEqo6Biwwz3abue6TmFHVipm2ePuU3r+Iwbf1dZRfof+MtNo
wya5blfgG2UccEP5L4tgIgwPBQ==
-----END CERTIFICATE-----
";

    #[test]
    fn a_certificate_ends_after_its_last_second() {
        let term = certificate(OWN.as_bytes()).unwrap();
        assert_eq!(term.ends.to_string(), ENDS);
        assert_eq!(authorities(format!("{OWN}{OWN}").as_bytes()), Some(term));
    }

    const ENDS: &str = "2026-12-30T00:22:16Z";
}
