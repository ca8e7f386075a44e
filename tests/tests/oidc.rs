//! The providers that other tests sign in at are what they claim to be: discovery, keys, tokens of each kind, a change
//! of keys, and the page that people sign in on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use beffroi_crds::{
    Tenant,
    tenant::{Role, TokenAlgorithm},
};
use beffroi_tests::{
    oidc::{AUDIENCE, CHALLENGE, Flavour, HOSTER, PASSWORD, Provider, Realm, User, VERIFIER, person},
    samples, web,
};
use jsonwebtoken::{DecodingKey, TokenData, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};

#[tokio::test]
async fn each_algorithm_and_flavour_verifies() -> Result<()> {
    let claire = || vec![User::new("claire", "Claire", &["agents"])];
    let realm = |name, algorithm, flavour| Realm {
        algorithm,
        flavour,
        groups_claim: "roles".into(),
        ..Realm::new(name, "Essai", claire())
    };
    let mut realms = vec![
        realm("rs", TokenAlgorithm::Rs256, Flavour::Rfc9068),
        realm("ps", TokenAlgorithm::Ps256, Flavour::Plain),
        realm("es", TokenAlgorithm::Es256, Flavour::Rfc9068),
        realm("ed", TokenAlgorithm::EdDsa, Flavour::Plain),
    ];
    realms[3].users[0].claims.insert("siret".into(), "99900201700013".into());
    let provider = Provider::start(realms.clone()).await?;
    for realm in &realms {
        let discovery = provider.get(&realm.name, ".well-known/openid-configuration").await?;
        ensure!(discovery["issuer"] == provider.issuer(&realm.name), "{discovery}");
        ensure!(discovery["jwks_uri"] == format!("{}/jwks", provider.issuer(&realm.name)), "{discovery}");
        ensure!(discovery["code_challenge_methods_supported"] == json!(["S256"]), "{discovery}");

        let TokenData { header, claims, .. } =
            verified(&provider, realm, &provider.token(&realm.name, "claire").await?).await?;
        let (kind, client, audience) = match realm.flavour {
            Flavour::Rfc9068 => ("at+jwt", "client_id", json!(AUDIENCE)),
            Flavour::Plain => ("JWT", "azp", json!([AUDIENCE, "account"])),
            Flavour::Opaque => bail!("nothing can be read in an opaque token"),
        };
        ensure!(header.typ.as_deref() == Some(kind), "{header:?}");
        ensure!(claims[client] == AUDIENCE && claims["aud"] == audience, "{claims}");
        ensure!(claims["roles"] == json!(["agents"]) && claims["name"] == "Claire", "{claims}");
        ensure!(claims["siret"].is_string() == (realm.name == "ed"), "{claims}");
        let left = claims["exp"].as_u64().context("no exp")? - now();
        ensure!((3590..=3600).contains(&left), "{left} s");
    }
    let short = provider.token_for("es", "claire", Duration::from_secs(5)).await?;
    let claims = verified(&provider, &realms[2], &short).await?.claims;
    ensure!(claims["exp"].as_u64().context("no exp")? <= now() + 5, "{claims}");
    let stranger = provider.token("es", "inconnue").await;
    ensure!(
        stranger.is_err_and(|error| error.to_string().contains("invalid_grant")),
        "a stranger got a token"
    );
    Ok(())
}

#[tokio::test]
async fn groups_lie_where_their_claim_says_and_an_opaque_token_is_one() -> Result<()> {
    let named = |name: &str, claim: &str| Realm {
        groups_claim: claim.into(),
        ..Realm::new(name, "Essai", vec![User::new("claire", "Claire", &["agents"])])
    };
    let realms = vec![
        named("chemin", "realm_access.roles"),
        named("point", r"resource_access.portail\.fr.roles"),
        named("adresse", "https://x.example/groups"),
        Realm { flavour: Flavour::Opaque, ..named("opaque", "groups") },
    ];
    let provider = Provider::start(realms.clone()).await?;
    for (realm, pointer) in realms.iter().zip([
        "/realm_access/roles",
        "/resource_access/portail.fr/roles",
        "/https:~1~1x.example~1groups",
    ]) {
        let claims = verified(&provider, realm, &provider.token(&realm.name, "claire").await?).await?.claims;
        ensure!(claims.pointer(pointer) == Some(&json!(["agents"])), "{claims}");
    }
    let opaque = provider.token("opaque", "claire").await?;
    ensure!(!opaque.is_empty() && !opaque.contains('.'), "{opaque}");
    Ok(())
}

#[tokio::test]
async fn keys_rotate_and_are_withdrawn() -> Result<()> {
    let provider = Provider::start(vec![Realm::hoster()]).await?;
    let signed_with = async || -> Result<String> {
        decode_header(provider.token(HOSTER, HOSTER).await?)?.kid.context("no kid")
    };
    let published = async || -> Result<Vec<String>> {
        let keys = provider.get(HOSTER, "jwks").await?;
        let kids = keys["keys"].as_array().context("no keys")?.iter();
        Ok(kids.filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect())
    };
    let first = signed_with().await?;
    ensure!(published().await? == [first.as_str()], "other keys are published");
    provider.rotate(HOSTER).await?;
    let second = signed_with().await?;
    ensure!(first != second, "the old key still signs");
    ensure!(published().await? == [second.as_str(), &first], "the old key is gone");
    provider.withdraw(HOSTER).await?;
    ensure!(published().await? == [second.as_str()], "the old key is still published");
    ensure!(provider.requests().await?["/hebergeur/jwks"] == 3, "requests are not counted");
    Ok(())
}

#[tokio::test]
async fn sample_tenants_have_a_person_for_each_role() -> Result<()> {
    let provider = Provider::start_tls(Realm::samples()?).await?;
    let mut tenants: Vec<Tenant> = samples::read("tenants")?;
    for tenant in &mut tenants {
        provider.identify(tenant);
        let realm = Realm::of(tenant);
        let identity = tenant.spec.identity.as_ref().context("no identity")?;
        ensure!(*identity.issuer == provider.issuer(&realm.name), "{}", identity.issuer);
        for role in [Role::Lecteur, Role::Gestionnaire, Role::Dpo] {
            let group =
                identity.roles.iter().find(|binding| binding.role == role).map(|binding| &binding.group);
            let token = provider.token(&realm.name, person(role).0).await?;
            let claims = verified(&provider, &realm, &token).await?.claims;
            ensure!(claims[&identity.groups_claim] == json!([group]), "{claims}");
            let required = identity.require.iter().all(|wanted| claims[&wanted.claim] == wanted.value);
            ensure!(required, "{claims} lacks {:?}", identity.require);
        }
    }
    ensure!(provider.issuer("ght-bm").starts_with("https://"), "not over TLS");
    Ok(())
}

#[tokio::test]
async fn people_sign_in_with_a_browser() -> Result<()> {
    let realm = Realm::hoster();
    let provider = Provider::start(vec![realm.clone()]).await?;
    for device in ["desktop", "phone"] {
        let ask = [
            ("response_type", "code"),
            ("client_id", AUDIENCE),
            ("scope", "openid profile"),
            ("state", "une-suite"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let authorize =
            reqwest::Url::parse_with_params(&format!("{}/auth", provider.issuer(HOSTER)), ask)?.to_string();
        let configuration =
            json!({"authorize": authorize, "name": HOSTER, "password": PASSWORD, "device": device});
        let found = web::run("sign-in", &configuration).await?;
        ensure!(found["violations"] == json!([]), "{found:#}");
        ensure!(found["outside"] == json!([]), "{found:#}");
        let arrived = reqwest::Url::parse(found["arrived"].as_str().context("nowhere")?)?;
        let answer = |name: &str| arrived.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        ensure!(answer("state").as_deref() == Some("une-suite"), "{arrived}");
        let redirect = found["redirect"].as_str().context("nowhere")?;
        let code = answer("code").context("no code")?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", AUDIENCE),
            ("code", &*code),
            ("redirect_uri", redirect),
        ];
        let refused = provider.post("/hebergeur/token", &form).await;
        ensure!(refused.is_err(), "a code was taken without its verifier");
        form.push(("code_verifier", VERIFIER));
        let tokens = provider.post("/hebergeur/token", &form).await?;
        let token = tokens["access_token"].as_str().context("no token")?;
        let claims = verified(&provider, &realm, token).await?.claims;
        ensure!(claims["sub"] == HOSTER && claims["groups"] == json!([HOSTER]), "{claims}");
    }
    Ok(())
}

/// What a token says, once it verifies with a key that its issuer publishes.
async fn verified(provider: &Provider, realm: &Realm, token: &str) -> Result<TokenData<Value>> {
    let header = decode_header(token)?;
    let keys: JwkSet = serde_json::from_value(provider.get(&realm.name, "jwks").await?)?;
    let key = keys.find(header.kid.as_deref().context("no kid")?).context("its key is not published")?;
    let mut validation = Validation::new(serde_json::from_value(json!(realm.algorithm))?);
    validation.set_audience(&[&realm.audience]);
    validation.set_issuer(&[provider.issuer(&realm.name)]);
    Ok(decode(token, &DecodingKey::from_jwk(key)?, &validation)?)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}
