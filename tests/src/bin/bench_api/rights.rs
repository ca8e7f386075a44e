//! What it costs to know who asks and what they may, apart from all else: in this process, on one core.

use std::{
    collections::BTreeSet,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use beffroi_api::auth::{
    self, Action, Authenticator, Decision, Resource, Role, TenantStanding, Trust, authorize,
};
use beffroi_crds::{
    Tenant, TenantSpec,
    tenant::{self, Identity, RoleBinding, TokenAlgorithm},
};
use beffroi_tests::oidc::AUDIENCE;
use http::HeaderValue;
use jiff::Timestamp;

use crate::scene::{PERSON, REALMS, Scene};

/// Distinct tokens of each issuer.
const TOKENS: usize = 200;
/// How often each is shown.
const ROUNDS: usize = 10;

pub async fn measure(scene: &Scene) -> Result<()> {
    println!("who asks, and what they may: microseconds a request");
    for (realm, algorithm) in REALMS {
        let tokens = tokens(scene, realm).await?;
        let mut first = Duration::ZERO;
        let mut again = Duration::ZERO;
        for _ in 0..ROUNDS {
            let authenticator = Authenticator::new(auth::issuers(None)?);
            authenticator.set_trusts(trust(scene, realm, algorithm).into_iter().collect());
            // So that the issuer's keys are known.
            show(&authenticator, &tokens[..1]).await?;
            first += show(&authenticator, &tokens[1..]).await?;
            again += show(&authenticator, &tokens[1..]).await?;
        }
        let count = u32::try_from(ROUNDS * (TOKENS - 1))?;
        println!(
            "{algorithm:?}, token of {} bytes: first seen {:>7.2}, seen before {:>6.2}",
            tokens[0].len(),
            micros(first / count),
            micros(again / count)
        );
        if algorithm == TokenAlgorithm::Rs256 {
            authorization(scene, realm, algorithm, &tokens[0]).await?;
        }
    }
    Ok(())
}

/// A grouping of 32 tenants, to which a person of the last one comes.
async fn authorization(
    scene: &Scene,
    realm: &str,
    algorithm: TokenAlgorithm,
    token: &HeaderValue,
) -> Result<()> {
    const TIMES: u32 = 1_000_000;
    let authenticator = Authenticator::new(auth::issuers(None)?);
    authenticator.set_trusts(trust(scene, realm, algorithm).into_iter().collect());
    let mut who = (*authenticator.authenticate(Some(token), Timestamp::now()).await?).clone();
    who.roles = [("m-31".into(), BTreeSet::from([Role::Dpo]))].into();
    let members = (0..32).map(|index| format!("m-{index:02}").as_str().into()).collect();
    let grouping = TenantStanding { uid: "grouping".into(), members };
    let own = TenantStanding { uid: "m-31".into(), members: Vec::new() };
    for (name, standing) in [("one's own tenant", own), ("a grouping of 32", grouping)] {
        let begun = Instant::now();
        for _ in 0..TIMES {
            let asked = Resource::Of(black_box(&standing));
            ensure!(authorize(black_box(&who), Action::Read, asked) == Decision::Allowed, "refused");
        }
        println!("authorize, {name}: {:>6.3}", micros(begun.elapsed()) / f64::from(TIMES));
    }
    Ok(())
}

async fn show(authenticator: &Authenticator, tokens: &[HeaderValue]) -> Result<Duration> {
    let begun = Instant::now();
    for token in tokens {
        let who = authenticator.authenticate(Some(token), Timestamp::now()).await?;
        ensure!(!who.roles.is_empty(), "no role");
    }
    Ok(begun.elapsed())
}

async fn tokens(scene: &Scene, realm: &str) -> Result<Vec<HeaderValue>> {
    let mut tokens = Vec::new();
    for _ in 0..TOKENS {
        tokens.push(format!("Bearer {}", scene.provider.token(realm, PERSON).await?).parse()?);
    }
    Ok(tokens)
}

fn trust(scene: &Scene, realm: &str, algorithm: TokenAlgorithm) -> Option<Trust> {
    let role = RoleBinding { group: "agents".to_owned(), role: tenant::Role::Lecteur };
    let identity = Identity {
        issuer: scene.provider.issuer(realm).as_str().into(),
        algorithm,
        roles: vec![role],
        ..Identity::default()
    };
    let mut tenant = Tenant::new("tenant", TenantSpec { identity: Some(identity), ..TenantSpec::default() });
    tenant.metadata.uid = Some("tenant".to_owned());
    Trust::of(&tenant, AUDIENCE)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
