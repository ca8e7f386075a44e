//! Tokens of a real provider: a realm of each algorithm and flavour, a tenant that trusts it → who is recognized, by
//! `/v1/me`, as trusts, keys and time go by.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use beffroi_crds::{
    Tenant,
    tenant::{ClaimValue, Flow, Identity, Role, RoleBinding, TokenAlgorithm},
};
use beffroi_tests::{
    Stage,
    api::Answer,
    eventually,
    oidc::{Flavour, Provider, Realm, User, VERIFIER},
    samples, scene,
};
use http::Method;
use serde_json::json;

use super::forged;

/// Who signs in at each realm, and in which group.
const CLAIRE: &str = "claire";
const GROUP: &str = "agents";
/// Two tenants that share the realm of the third name, each with its SIRET.
const SHARED: [(&str, &str); 2] = [("guichet-nord", "11002001300097"), ("guichet-sud", "99900201700013")];
const DESK: &str = "guichet";
/// Realms whose groups lie elsewhere than at the top, and the claim that says where.
const NESTED: [(&str, &str); 3] = [
    ("keycloak", "realm_access.roles"),
    ("keycloak-client", r"resource_access.portail\.fr.roles"),
    ("adresse", "https://x.example/groups"),
];
/// A realm whose access tokens are no JWTs, and one whose client has a secret.
const OPAQUE: &str = "opaque";
const CONFIDENTIAL: &str = "confidentiel";
/// Seconds by which the clock of an issuer may differ.
const LEEWAY: u64 = 30;
/// How long the API waits before it asks an issuer again.
const PAUSE: Duration = Duration::from_secs(10);

/// Everything that tokens go through.
pub async fn count_as_agreed(stage: &Stage) -> Result<()> {
    let desk = Desk::open(stage).await?;
    let first = desk.each_kind_counts_where_it_is_pinned().await?;
    let brief = desk.provider.token_for("rs256-plain", CLAIRE, Duration::from_secs(1)).await?;
    let issued = Instant::now();
    desk.expect(&brief, "rs256-plain").await?;
    desk.a_shared_issuer_speaks_for_each_by_a_claim().await?;
    desk.groups_are_found_where_the_tenant_says().await?;
    desk.whoever_has_no_role_is_told_why().await?;
    desk.what_cannot_work_is_refused_with_its_reason().await?;
    desk.another_audience_is_refused().await?;
    desk.whoever_is_not_trusted_any_more_is_refused_at_once().await?;
    forged::are_refused(stage, &desk.provider, &desk.provider.token("es256-rfc9068", CLAIRE).await?).await?;
    tokio::time::sleep(PAUSE.saturating_sub(first.elapsed())).await;
    desk.keys_change().await?;
    desk.time_runs_out(&brief, issued).await?;
    desk.an_outage_is_told().await
}

/// Asks who somebody is.
pub async fn me(stage: &Stage, token: &str) -> Result<Answer> {
    stage.api.ask(Some(token), Method::GET, "/v1/me", &[("Accept-Language", "en")], None).await
}

/// Whether an answer says: sign in, for this reason.
pub fn refused(answer: &Answer, code: &str) -> Result<()> {
    let header =
        |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ensure!(answer.status == 401, "{} {}", answer.status, answer.body);
    ensure!(header("content-type") == "application/problem+json", "{:?}", answer.headers);
    ensure!(header("www-authenticate").starts_with("Bearer"), "{:?}", answer.headers);
    let told = answer.body["detail"].as_str().unwrap_or_default();
    ensure!(told.contains(&format!("({code})")), "not for {code}: {}", answer.body);
    Ok(())
}

struct Desk<'a> {
    stage: &'a Stage,
    provider: Provider,
}

/// Each algorithm in each flavour, by the name of its realm.
const KINDS: [(&str, TokenAlgorithm, Flavour); 8] = [
    ("rs256-plain", TokenAlgorithm::Rs256, Flavour::Plain),
    ("rs256-rfc9068", TokenAlgorithm::Rs256, Flavour::Rfc9068),
    ("ps256-plain", TokenAlgorithm::Ps256, Flavour::Plain),
    ("ps256-rfc9068", TokenAlgorithm::Ps256, Flavour::Rfc9068),
    ("es256-plain", TokenAlgorithm::Es256, Flavour::Plain),
    ("es256-rfc9068", TokenAlgorithm::Es256, Flavour::Rfc9068),
    ("eddsa-plain", TokenAlgorithm::EdDsa, Flavour::Plain),
    ("eddsa-rfc9068", TokenAlgorithm::EdDsa, Flavour::Rfc9068),
];

impl<'a> Desk<'a> {
    async fn open(stage: &'a Stage) -> Result<Self> {
        let claire = || vec![User::new(CLAIRE, "Claire", &[GROUP])];
        let of =
            |(name, algorithm, flavour)| Realm { algorithm, flavour, ..Realm::new(name, name, claire()) };
        let mut realms: Vec<Realm> = KINDS.map(of).into();
        let people = SHARED.map(|(name, siret)| {
            let mut user = User::new(name, name, &[GROUP]);
            user.claims.insert("siret".into(), siret.into());
            user
        });
        realms.push(Realm::new(DESK, DESK, people.into()));
        realms.extend(["inconnu", "eteint"].map(|name| Realm::new(name, name, claire())));
        realms.extend(NESTED.map(|(name, claim)| Realm {
            groups_claim: claim.into(),
            flavour: Flavour::Plain,
            ..Realm::new(name, name, claire())
        }));
        realms.push(Realm { flavour: Flavour::Opaque, ..Realm::new(OPAQUE, OPAQUE, claire()) });
        let mut confidential = Realm::new(CONFIDENTIAL, CONFIDENTIAL, claire());
        confidential.clients[0].secret = Some("secret-du-client-confidentiel".into());
        realms.push(confidential);
        Ok(Self { stage, provider: Provider::start(realms).await? })
    }

    /// Makes a tenant trust the realm of a name, after `change`.
    async fn trust(&self, tenant: &str, realm: &str, change: impl FnOnce(&mut Identity)) -> Result<()> {
        let mut wanted: Tenant = scene::tenant(tenant);
        let mut identity = Identity {
            issuer: self.provider.issuer(realm).as_str().into(),
            roles: vec![RoleBinding { group: GROUP.into(), role: Role::Gestionnaire }],
            ..Identity::default()
        };
        change(&mut identity);
        wanted.spec.identity = Some(identity);
        samples::apply(&self.stage.scene.client(), &wanted).await.map(drop)
    }

    /// Waits until a token makes its bearer a manager of that tenant, and of no other.
    async fn expect(&self, token: &str, tenant: &str) -> Result<()> {
        eventually(tenant, async || {
            let answer = me(self.stage, token).await?;
            let tenants = answer.body["tenants"].as_array().cloned().unwrap_or_default();
            let own: Vec<_> = tenants.iter().map(|one| (&one["name"], &one["roles"])).collect();
            ensure!(own == [(&json!(tenant), &json!(["gestionnaire"]))], "{} {}", answer.status, answer.body);
            Ok(())
        })
        .await
    }

    async fn expect_refusal(&self, token: &str, code: &str) -> Result<()> {
        eventually(code, async || refused(&me(self.stage, token).await?, code)).await
    }

    async fn each_kind_counts_where_it_is_pinned(&self) -> Result<Instant> {
        for (realm, kind, _) in KINDS {
            self.trust(realm, realm, |identity| identity.algorithm = kind).await?;
        }
        let mut tokens = Vec::new();
        for (realm, kind, _) in KINDS {
            tokens.push((self.provider.token(realm, CLAIRE).await?, realm, kind));
        }
        for (token, realm, _) in &tokens {
            self.expect(token, realm).await?;
        }
        let asked = Instant::now();
        for (token, realm, kind) in tokens {
            let other =
                if kind == TokenAlgorithm::Rs256 { TokenAlgorithm::Ps256 } else { TokenAlgorithm::Rs256 };
            self.trust(realm, realm, |identity| identity.algorithm = other).await?;
            self.expect_refusal(&token, "token-algorithm").await?;
            self.trust(realm, realm, |identity| identity.algorithm = kind).await?;
            self.expect(&token, realm).await?;
        }
        Ok(asked)
    }

    async fn a_shared_issuer_speaks_for_each_by_a_claim(&self) -> Result<()> {
        for (tenant, siret) in SHARED {
            let only = ClaimValue { claim: "siret".into(), value: siret.into() };
            self.trust(tenant, DESK, |identity| identity.require.push(only)).await?;
        }
        for (tenant, _) in SHARED {
            self.expect(&self.provider.token(DESK, tenant).await?, tenant).await?;
        }
        Ok(())
    }

    async fn groups_are_found_where_the_tenant_says(&self) -> Result<()> {
        for (realm, claim) in NESTED {
            self.trust(realm, realm, |identity| identity.groups_claim = claim.into()).await?;
        }
        for (realm, _) in NESTED {
            self.expect(&self.provider.token(realm, CLAIRE).await?, realm).await?;
        }
        Ok(())
    }

    /// The issuer is trusted and the token holds: what is looked for in it in vain is told, wherever one asks.
    async fn whoever_has_no_role_is_told_why(&self) -> Result<()> {
        let realm = "keycloak";
        self.trust(realm, realm, |_| ()).await?;
        let token = self.provider.token(realm, CLAIRE).await?;
        let told =
            "your token names no groups (claim groups): whoever runs your identity provider can add it";
        eventually("why there is no role", async || {
            let answer = me(self.stage, &token).await?;
            let why = answer.body["withoutRole"].as_str().unwrap_or_default();
            ensure!(answer.status == 200 && why.contains(told), "{} {}", answer.status, answer.body);
            Ok(())
        })
        .await?;
        let english = [("Accept-Language", "en")];
        for (path, status) in
            [("/v1/workspaces", 403), ("/v1/tenants/keycloak", 404), ("/v1/workspaces/a.b", 404)]
        {
            let answer = self.stage.api.ask(Some(&token), Method::GET, path, &english, None).await?;
            let why = answer.body["detail"].as_str().unwrap_or_default();
            ensure!(
                answer.status == status && why.contains(told),
                "{path}: {} {}",
                answer.status,
                answer.body
            );
        }
        self.trust(realm, realm, |identity| {
            identity.groups_claim = "realm_access.roles".into();
            identity.roles[0].group = "autres".into();
        })
        .await?;
        eventually("why no group helps", async || {
            let answer = self.stage.api.ask(Some(&token), Method::GET, "/v1/me", &[], None).await?;
            let why = answer.body["withoutRole"].as_str().unwrap_or_default();
            ensure!(
                why.starts_with("aucun de vos groupes (revendication « realm_access.roles »)"),
                "{}",
                answer.body
            );
            ensure!(!why.contains("autres") && !why.contains(GROUP), "{why}");
            Ok(())
        })
        .await
    }

    /// An opaque access token, a client that must have a secret, an issuer that is known to want one.
    async fn what_cannot_work_is_refused_with_its_reason(&self) -> Result<()> {
        self.trust(OPAQUE, OPAQUE, |_| ()).await?;
        let opaque = self.provider.token(OPAQUE, CLAIRE).await?;
        let answer = me(self.stage, &opaque).await?;
        refused(&answer, "token-shape")?;
        let told = answer.body["detail"].as_str().unwrap_or_default();
        for part in
            ["JWT access tokens (RFC 9068)", "resource with an audience", "spec.identity of the tenant"]
        {
            ensure!(told.contains(part), "{part}: {told}");
        }
        // Whoever signs in is told at once.
        let granted = eventually("a sign-in", async || {
            let answer = self.stage.api.sign_in(&self.provider, OPAQUE, CLAIRE).await?;
            ensure!(answer.status == 503, "{} {}", answer.status, answer.body);
            Ok(answer)
        })
        .await?;
        let told = granted.body["detail"].as_str().unwrap_or_default();
        ensure!(told.contains("(token-shape)") && told.contains("d'audience « beffroi »"), "{told}");

        self.trust(CONFIDENTIAL, CONFIDENTIAL, |_| ()).await?;
        let code = json!({"tenant": CONFIDENTIAL, "code": "essai", "verifier": VERIFIER, "redirectUri": "http://127.0.0.1/"});
        eventually("the reason", async || {
            let answer = self.stage.api.ask(None, Method::POST, "/v1/sign-in", &[], Some(&code)).await?;
            let told = answer.body["detail"].as_str().unwrap_or_default();
            ensure!(answer.status == 503 && told.contains("(invalid_client)"), "{} {told}", answer.status);
            ensure!(told.contains("client public") && told.contains("ProConnect"), "{told}");
            Ok(())
        })
        .await?;

        let proconnect = self.trust("proconnect", OPAQUE, |identity| {
            identity.issuer = "https://Auth.AgentConnect.gouv.fr/api/v2".into();
        });
        let told = proconnect.await.err().context("ProConnect is taken")?.to_string();
        ensure!(told.contains("confidential clients only") && told.contains("Keycloak"), "{told}");
        let declared = self.trust("proconnect", OPAQUE, |identity| identity.flow = Flow::Confidential);
        let told = declared.await.err().context("a confidential flow is taken")?.to_string();
        ensure!(told.contains("flow: Confidential is not supported"), "{told}");
        Ok(())
    }

    async fn another_audience_is_refused(&self) -> Result<()> {
        let (realm, token) = ("ps256-plain", self.provider.token("ps256-plain", CLAIRE).await?);
        self.trust(realm, realm, |identity| {
            identity.algorithm = TokenAlgorithm::Ps256;
            identity.audience = Some("another".into());
        })
        .await?;
        self.expect_refusal(&token, "token-audience").await
    }

    async fn whoever_is_not_trusted_any_more_is_refused_at_once(&self) -> Result<()> {
        let (tenant, token) = ("ps256-rfc9068", self.provider.token("ps256-rfc9068", CLAIRE).await?);
        let mut took = Duration::MAX;
        // Others are at work on the machine: only the API is late every time.
        for _ in 0..3 {
            self.expect(&token, tenant).await?;
            let taken = Instant::now();
            samples::apply(&self.stage.scene.client(), &scene::tenant(tenant)).await?;
            self.expect_refusal(&token, "token-issuer").await?;
            took = took.min(taken.elapsed());
            if took < Duration::from_secs(3) {
                return Ok(());
            }
            self.trust(tenant, tenant, |identity| identity.algorithm = TokenAlgorithm::Ps256).await?;
        }
        bail!("it was still trusted after {took:?}")
    }

    /// A new key counts with the first token that names it; the old one for as long as it is published.
    async fn keys_change(&self) -> Result<()> {
        let realm = "es256-plain";
        let old = self.provider.token(realm, CLAIRE).await?;
        self.expect(&old, realm).await?;
        let asked = async || -> Result<u64> {
            let counts = self.provider.requests().await?;
            counts[&format!("/{realm}/jwks")].as_u64().context("nobody asked for its keys")
        };
        let before = asked().await?;
        self.provider.rotate(realm).await?;
        let new = self.provider.token(realm, CLAIRE).await?;
        let answer = me(self.stage, &new).await?;
        ensure!(answer.status == 200, "a new key: {} {}", answer.status, answer.body);
        ensure!(me(self.stage, &old).await?.status == 200, "the old key is published, and refused");
        // Made-up keys do not make it ask again and again.
        for n in 0..20 {
            refused(
                &me(self.stage, &forged::with_key_id(&new, &format!("{n}"))?).await?,
                "token-key-unknown",
            )?;
        }
        ensure!(asked().await? == before + 1, "its keys were asked for {} times", asked().await? - before);
        self.provider.rotate(realm).await?;
        self.provider.withdraw(realm).await?;
        tokio::time::sleep(PAUSE).await;
        let newest = self.provider.token(realm, CLAIRE).await?;
        ensure!(me(self.stage, &newest).await?.status == 200, "the newest key is refused");
        refused(&me(self.stage, &old).await?, "token-key-unknown")
    }

    async fn time_runs_out(&self, brief: &str, issued: Instant) -> Result<()> {
        tokio::time::sleep(Duration::from_secs(LEEWAY + 2).saturating_sub(issued.elapsed())).await;
        refused(&me(self.stage, brief).await?, "token-expired")
    }

    /// An issuer that is down: whose keys are known goes on, the others are told to come back.
    async fn an_outage_is_told(self) -> Result<()> {
        let known = self.provider.token("eddsa-plain", CLAIRE).await?;
        let (nobodys, unseen) =
            (self.provider.token("inconnu", CLAIRE).await?, self.provider.token("eteint", CLAIRE).await?);
        self.trust("eteint", "eteint", |_| ()).await?;
        let stage = self.stage;
        self.provider.stop();
        let answer = me(stage, &known).await?;
        ensure!(answer.status == 200, "known keys: {} {}", answer.status, answer.body);
        refused(&me(stage, &nobodys).await?, "token-issuer")?;
        let told = eventually("the trust in an issuer that is down", async || {
            let answer = me(stage, &unseen).await?;
            ensure!(answer.status == 503, "{} {}", answer.status, answer.body);
            Ok(answer)
        })
        .await?;
        ensure!(told.headers.contains_key("retry-after") && told.body["type"].is_string(), "{told:?}");
        Ok(())
    }
}
