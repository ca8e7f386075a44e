//! The page as a browser takes it: each file that it names, then a sign-in by authorization code with PKCE.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use beffroi_tests::{Api, oidc::Provider};
use reqwest::{Client, Url};
use serde_json::Value;

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
    let granted = api.sign_in(provider, tenant, user).await?;
    let token = granted.body["accessToken"].as_str().with_context(|| format!("{}", granted.body))?;
    api.read(token, "/v1/me").await
}
