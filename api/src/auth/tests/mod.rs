//! Tokens of every kind against local issuers that speak `OpenID` Connect as far as it is asked of them.

mod authorize;
mod cached;
mod discovery;
mod forged;
pub(crate) mod issuer;
mod mutated;
mod rate;
mod roles;
mod rotation;
mod sign_in;
pub(crate) mod signer;

use std::{sync::Arc, time::Duration};

use beffroi_crds::tenant::TokenAlgorithm;
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{keys::Pace, *};
use issuer::Issuer;
use signer::Signer;

/// Now, in all tests: seconds.
const NOW: i64 = 1_800_000_000;
const AUDIENCE: &str = "https://api.beffroi.example";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn oidc() -> Oidc {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Oidc::new(None, Duration::from_secs(5)).unwrap()
}

fn authenticator(pace: Pace, trusts: impl IntoIterator<Item = Trust>) -> Authenticator {
    let authenticator = Authenticator::new(Keys::new(oidc(), pace));
    authenticator.set_trusts(trusts.into_iter().collect());
    authenticator
}

/// What a tenant trusts: groups `agents`, `directeurs` and `dpo` are its lecteur, gestionnaire and dpo.
fn trust(tenant: &str, issuer: &str, algorithm: TokenAlgorithm) -> Trust {
    let roles = [("agents", Role::Lecteur), ("directeurs", Role::Gestionnaire), ("dpo", Role::Dpo)];
    Trust {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        client_id: "page".to_owned(),
        scopes: Vec::new(),
        algorithm,
        groups_claim: "groups".to_owned(),
        require: vec![],
        whom: Whom::Tenant {
            uid: tenant.into(),
            name: tenant.to_owned(),
            roles: roles.map(|(group, role)| (group.to_owned(), role)).to_vec(),
        },
    }
}

fn hoster(issuer: &str, algorithm: TokenAlgorithm) -> Trust {
    Trust { whom: Whom::Hoster { groups: vec!["exploitants".into()] }, ..trust("", issuer, algorithm) }
}

/// Claims of a good token.
fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": [AUDIENCE, "other"], "sub": "camille", "name": "Camille Durand",
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300, "groups": ["agents", "directeurs"],
    })
}

/// The same with some of them replaced, or taken away where null.
fn with(mut claims: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (claim, value) in changes {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(&claim),
            value => claims.as_object_mut().unwrap().insert(claim, value),
        };
    }
    claims
}

async fn ask(authenticator: &Authenticator, token: &str) -> Result<Arc<Principal>, &'static str> {
    let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    authenticator.authenticate(Some(&header), now()).await.map_err(|error| error.code())
}

/// Two tenants, each with its issuer, and all that is needed to forge tokens of the first.
struct World {
    ght: Issuer,
    mairie: Issuer,
    rsa: Signer,
    authenticator: Authenticator,
}

impl World {
    /// The first tenant's issuer publishes `rsa`, and an EC and an Ed25519 key that it agreed on with nobody.
    async fn new() -> Self {
        let (rsa, ec, ed) = (Signer::rsa("k1"), Signer::ec("k2"), Signer::ed("k3"));
        let ght = Issuer::start(&[&rsa, &ec, &ed]).await;
        let mairie = Issuer::start(&[&Signer::stranger("k1")]).await;
        let trusts = [
            trust("ght", &ght.address, TokenAlgorithm::Rs256),
            trust("mairie", &mairie.address, TokenAlgorithm::Rs256),
        ];
        Self { authenticator: authenticator(Pace::default(), trusts), ght, mairie, rsa }
    }

    fn claims(&self) -> Value {
        claims(&self.ght.address)
    }

    /// A token of the first tenant with other claims, well signed.
    fn token(&self, changes: Value) -> String {
        self.rsa.sign("RS256", &json!({}), &with(self.claims(), changes))
    }

    /// A token of the first tenant with another header, well signed.
    fn with_header(&self, changes: &Value) -> String {
        self.rsa.sign("RS256", changes, &self.claims())
    }

    async fn ask(&self, token: &str) -> Result<Arc<Principal>, &'static str> {
        ask(&self.authenticator, token).await
    }

    /// Each of these tokens is refused for the reason that is given with it.
    async fn refuses(&self, tokens: impl IntoIterator<Item = (&'static str, String, &'static str)>) {
        for (what, token, code) in tokens {
            assert_eq!(self.ask(&token).await.map(|_| what), Err(code), "{what}");
        }
    }
}
