//! What good tokens of local issuers make of people. Which tokens are good is tried in `beffroi_oidc`.

mod authorize;
mod cached;
mod rate;
mod roles;

use std::sync::Arc;

use beffroi_oidc::{
    Algorithm, Registration, RequiredClaim,
    sample::{Issuer, Signer, with},
};
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

/// Now, in all tests: seconds.
const NOW: i64 = 1_800_000_000;
const AUDIENCE: &str = "https://api.beffroi.example";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn authenticator(trusts: impl IntoIterator<Item = Trust>) -> Authenticator {
    paced(Pace::default(), trusts)
}

fn paced(pace: Pace, trusts: impl IntoIterator<Item = Trust>) -> Authenticator {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = IssuerClient::new(AGENT, None, PATIENCE).unwrap();
    let authenticator = Authenticator::new(Issuers::new(client, pace));
    authenticator.set_trusts(trusts.into_iter().collect());
    authenticator
}

/// What is agreed on with an issuer.
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

/// What a tenant trusts: groups `agents`, `directeurs` and `dpo` are its lecteur, gestionnaire and dpo.
fn trust(tenant: &str, registration: Registration) -> Trust {
    let roles = [("agents", Role::Lecteur), ("directeurs", Role::Gestionnaire), ("dpo", Role::Dpo)];
    Trust {
        registration,
        groups_claim: "groups".to_owned(),
        whom: Whom::Tenant {
            uid: tenant.into(),
            name: tenant.to_owned(),
            roles: roles.map(|(group, role)| (group.to_owned(), role)).to_vec(),
        },
    }
}

fn hoster(registration: Registration) -> Trust {
    Trust { whom: Whom::Hoster { groups: vec!["exploitants".into()] }, ..trust("", registration) }
}

/// Claims of a good token.
fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": [AUDIENCE, "other"], "sub": "camille", "name": "Camille Durand",
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300, "groups": ["agents", "directeurs"],
    })
}

async fn ask(authenticator: &Authenticator, token: &str) -> Result<Arc<Principal>, &'static str> {
    let header = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    authenticator.authenticate(Some(&header), now()).await.map_err(|error| error.code())
}

/// A tenant, its issuer, and another tenant with an issuer of its own.
struct World {
    ght: Issuer,
    mairie: Issuer,
    key: Signer,
    authenticator: Authenticator,
}

impl World {
    async fn new() -> Self {
        let key = Signer::rsa("k1");
        let ght = Issuer::start(&[&key]).await;
        let mairie = Issuer::start(&[&Signer::stranger("k1")]).await;
        let trusts = [("ght", &ght), ("mairie", &mairie)]
            .map(|(tenant, issuer)| trust(tenant, registration(&issuer.address, Algorithm::Rs256)));
        Self { authenticator: authenticator(trusts), ght, mairie, key }
    }

    /// A token of the first tenant with other claims.
    fn token(&self, changes: Value) -> String {
        self.key.sign("RS256", &json!({}), &with(claims(&self.ght.address), changes))
    }

    async fn ask(&self, token: &str) -> Result<Arc<Principal>, &'static str> {
        ask(&self.authenticator, token).await
    }
}
