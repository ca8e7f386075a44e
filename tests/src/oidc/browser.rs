//! Somebody signs in as a browser would: cookies kept, the form filled, each redirect followed until the page's own.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{
    Response, Url,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};

use super::{PASSWORD, Provider, client};

/// A verifier of PKCE, and its challenge by S256: the example of RFC 7636, appendix B, which is enough on loopback.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// From the issuer's door to its form, and from there back to the page.
const REDIRECTS: usize = 8;

impl Provider {
    /// Signs `user` in from address `authorize` on; gives where the browser is sent back to, which begins with `back`.
    ///
    /// # Errors
    /// When the provider does not let them in, or sends them nowhere.
    pub async fn sign_in(&self, authorize: Url, user: &str, back: &str) -> Result<Url> {
        let client = client(self.certificate())?.redirect(Policy::none()).build()?;
        let mut cookies = Cookies::default();
        let mut request = client.get(authorize);
        for _ in 0..REDIRECTS {
            let answer = request.header(COOKIE, cookies.told()).send().await?;
            cookies.keep(&answer)?;
            let here = answer.url().clone();
            let Some(to) = answer.headers().get(LOCATION) else {
                ensure!(answer.status().is_success(), "{here}: {}", answer.status());
                request = client.post(here).form(&[("nom", user), ("secret", PASSWORD)]);
                continue;
            };
            let next = here.join(to.to_str()?)?;
            if next.as_str().starts_with(back) {
                return Ok(next);
            }
            request = client.get(next);
        }
        bail!("{user} is sent from one address to another, and never back to {back}")
    }
}

/// Cookies of one host.
#[derive(Default)]
struct Cookies(BTreeMap<String, String>);

impl Cookies {
    fn told(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Response) -> Result<()> {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let said = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = said.split_once('=').context("a cookie without a value")?;
            self.0.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }
}
