//! Tokens forged in every way that is known to have worked somewhere, and others. Each is refused for its own
//! reason, so that no refusal hides that another check is missing.

mod claims;
mod headers;
mod shapes;
mod signatures;

/// Header, claims, signature.
fn parts(token: &str) -> (String, String, String) {
    let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    (header.into(), body.into(), signature.into())
}
