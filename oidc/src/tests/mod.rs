//! Tokens of every kind against local issuers that speak `OpenID` Connect as far as it is asked of them.

mod discovery;
mod forged;
mod good;
mod mutated;
mod rotation;
mod sign_in;

use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{sample::*, *};

/// Now, in all tests: seconds.
const NOW: i64 = 1_800_000_000;
const AUDIENCE: &str = "https://api.example";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn client() -> IssuerClient {
    let _ = rustls::crypto::ring::default_provider().install_default();
    IssuerClient::new("tests", None, Duration::from_secs(5)).unwrap()
}

/// Somebody who takes tokens of some issuers.
struct Verifier {
    issuers: Issuers,
    agreed: Vec<Registration>,
}

impl Verifier {
    fn new(pace: Pace, agreed: impl IntoIterator<Item = Registration>) -> Self {
        Self { issuers: Issuers::new(client(), pace), agreed: agreed.into_iter().collect() }
    }

    /// What the token of a header says.
    async fn read(&self, header: Option<&HeaderValue>, at: Timestamp) -> Result<Claims, VerifyError> {
        let token = Unverified::parse(bearer(header)?)?;
        let agreed: Vec<&Registration> = self.agreed.iter().collect();
        Ok(self.issuers.verify(token, &agreed, at).await?.0)
    }

    async fn ask(&self, token: &str) -> Result<Claims, &'static str> {
        let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        self.read(Some(&header), now()).await.map_err(|error| error.code())
    }
}

fn registration(issuer: &str, algorithm: Algorithm) -> Registration {
    Registration {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        client_id: "page".to_owned(),
        scopes: Vec::new(),
        algorithm,
        require: Vec::new(),
    }
}

/// Claims of a good token.
fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": [AUDIENCE, "other"], "sub": "camille", "name": "Camille Durand",
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300, "groups": ["agents", "directeurs"],
    })
}

/// Two issuers, and all that is needed to forge tokens of the first.
struct World {
    first: Issuer,
    second: Issuer,
    rsa: Signer,
    verifier: Verifier,
}

impl World {
    /// The first issuer publishes `rsa`, and an EC and an Ed25519 key that it agreed on with nobody.
    async fn new() -> Self {
        let (rsa, ec, ed) = (Signer::rsa("k1"), Signer::ec("k2"), Signer::ed("k3"));
        let first = Issuer::start(&[&rsa, &ec, &ed]).await;
        let second = Issuer::start(&[&Signer::stranger("k1")]).await;
        let agreed = [&first, &second].map(|issuer| registration(&issuer.address, Algorithm::Rs256));
        Self { verifier: Verifier::new(Pace::default(), agreed), first, second, rsa }
    }

    fn claims(&self) -> Value {
        claims(&self.first.address)
    }

    /// A token of the first issuer with other claims, well signed.
    fn token(&self, changes: Value) -> String {
        self.rsa.sign("RS256", &json!({}), &with(self.claims(), changes))
    }

    /// A token of the first issuer with another header, well signed.
    fn with_header(&self, changes: &Value) -> String {
        self.rsa.sign("RS256", changes, &self.claims())
    }

    async fn ask(&self, token: &str) -> Result<Claims, &'static str> {
        self.verifier.ask(token).await
    }

    /// Each of these tokens is refused for the reason that is given with it.
    async fn refuses(&self, tokens: impl IntoIterator<Item = (&'static str, String, &'static str)>) {
        for (what, token, code) in tokens {
            assert_eq!(self.ask(&token).await.map(|_| what), Err(code), "{what}");
        }
    }
}
