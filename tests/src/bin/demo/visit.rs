//! The page as a browser takes it: each file that it names, then a sign-in by authorization code with PKCE.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use beffroi_tests::{
    Api,
    oidc::{CHALLENGE, Provider, VERIFIER},
};
use http::Method;
use reqwest::{Client, Url};
use serde_json::{Value, json};

/// Reads the page, and whatever its files name in turn; tells how many there are.
pub(crate) async fn read(api: &Api) -> Result<usize> {
    let client = Client::builder().no_proxy().build()?;
    let mut awaited = vec![Url::parse(&api.url())?];
    let mut read = BTreeSet::new();
    while let Some(address) = awaited.pop() {
        if !read.insert(address.clone()) {
            continue;
        }
        let answer = client.get(address.clone()).send().await?;
        ensure!(answer.status().is_success(), "GET {address}: {}", answer.status());
        awaited.extend(named(&address, &answer.text().await?));
    }
    Ok(read.len())
}

/// Files that a file names: what stands between quotes and begins as a path of the page's assets does.
fn named(of: &Url, text: &str) -> Vec<Url> {
    let path = |part: &&str| {
        ["/assets/", "./", "../"].iter().any(|begin| part.starts_with(begin))
            && !part.contains(char::is_whitespace)
    };
    text.split('"').filter(path).filter_map(|part| of.join(part).ok()).collect()
}

/// Signs `user` in at the issuer of a tenant, as the page does, and gives what the API then knows of them.
pub(crate) async fn sign_in(api: &Api, provider: &Provider, tenant: &str, user: &str) -> Result<Value> {
    let page = format!("{}/", api.url());
    let asked = api.ask(None, Method::GET, &format!("/v1/sign-in?tenant={tenant}"), &[], None).await?;
    let told =
        |field: &str| asked.body[field].as_str().with_context(|| format!("{}: no {field}", asked.body));
    let authorize = Url::parse_with_params(
        told("authorizationEndpoint")?,
        [
            ("response_type", "code"),
            ("client_id", told("clientId")?),
            ("redirect_uri", &page),
            ("scope", told("scope")?),
            ("state", "visite"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    )?;
    let back = provider.sign_in(authorize, user, &page).await?;
    let answer =
        |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    ensure!(answer("state").as_deref() == Some("visite"), "{user} is sent back to {back}");
    let code = answer("code").with_context(|| format!("{user} is sent back to {back}"))?;
    let body = json!({"tenant": tenant, "code": code, "verifier": VERIFIER, "redirectUri": page});
    let granted = api.ask(None, Method::POST, "/v1/sign-in", &[], Some(&body)).await?;
    let token = granted.body["accessToken"].as_str().with_context(|| format!("{}", granted.body))?;
    api.read(token, "/v1/me").await
}
