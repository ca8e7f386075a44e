//! The people of the tenants: issuers where they sign in → the API and its page → what each may see.

use anyhow::{Result, ensure};
use beffroi_crds::{Workspace, tenant::Role};
use beffroi_tests::{
    Api, Fleet, eventually,
    oidc::{HOSTER, PASSWORD, Provider, Realm, person},
    stage::identify,
};
use http::Method;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::{tell, visit};

/// Tenant whose people are shown.
const TENANT: &str = "ght-bm";
/// One that they may not know of.
const OTHER: &str = "mairie-macon";

/// The API, and where people sign in.
pub(crate) struct People {
    api: Api,
    provider: Provider,
}

impl People {
    /// Starts the issuers of the sample tenants (`oidc-provider`) and the API under its chart's rights.
    pub(crate) async fn start(fleet: &Fleet) -> Result<Self> {
        let provider = Provider::start(Realm::samples()?).await?;
        identify(&fleet.management.admin(), &provider).await?;
        let api = Api::start(fleet, &provider).await?;
        tell::line(&format!("page {}/   reference {}/reference", api.url(), api.url()));
        Ok(Self { api, provider })
    }

    /// The page is there with all that it names, and a manager signs in on it.
    pub(crate) async fn visit(&self) -> Result<()> {
        let (user, name) = person(Role::Gestionnaire);
        self.token(Role::Gestionnaire).await?;
        let files = visit::read(&self.api).await?;
        let me = visit::sign_in(&self.api, &self.provider, TENANT, user).await?;
        ensure!(me["name"] == name && me["tenants"][0]["name"] == TENANT, "{me}");
        tell::line(&format!(
            "GET / and all that it names: {files} files; {user} signed in there by code with PKCE: {name}, {} of {TENANT}",
            text(&me["tenants"][0]["roles"][0]),
        ));
        Ok(())
    }

    /// A manager looks where the data lies, tries an order, and may not know of another tenant.
    pub(crate) async fn look(&self, workspace: &Workspace) -> Result<()> {
        let manager = self.token(Role::Gestionnaire).await?;
        let id = format!("{TENANT}.{}", workspace.name_any());
        let location = self.api.read(&manager, &format!("/v1/workspaces/{id}/location")).await?;
        tell::line(&format!(
            "GET /v1/workspaces/{id}/location: {} on {}",
            text(&location["verdict"]),
            sites(&location)
        ));
        let order = json!({
            "tenant": TENANT, "name": "essai", "domain": "essai.ght-bm.example", "data": ["Staff"],
            "apps": [{"name": "docs", "channel": "Stable"}], "placement": {"sites": 2},
        });
        let preview = self.api.write(&manager, Method::POST, "/v1/preview", Some(&order)).await?;
        let refused = preview["refused"].as_array().map_or(0, Vec::len);
        ensure!(preview["sites"].as_array().is_some_and(|sites| sites.len() == 2), "{preview}");
        tell::line(&format!(
            "POST /v1/preview: accepted {}, would lie on {}, {refused} sites refused; nothing was written",
            preview["accepted"],
            sites(&preview),
        ));
        let hidden =
            self.api.ask(Some(&manager), Method::GET, &format!("/v1/tenants/{OTHER}"), &[], None).await?;
        let missing = self.api.ask(Some(&manager), Method::GET, "/v1/tenants/nobody", &[], None).await?;
        ensure!(hidden.status == 404 && missing.status == 404, "{hidden:?} {missing:?}");
        tell::line(&format!("GET /v1/tenants/{OTHER}: {}, as for one that does not exist", hidden.status));
        let reader = self.token(Role::Lecteur).await?;
        let log = self.api.ask(Some(&reader), Method::GET, "/v1/log", &[], None).await?;
        ensure!(log.status == 403, "{log:?}");
        tell::line(&format!("GET /v1/log as lecteur: {} {}", log.status, text(&log.body["detail"])));
        Ok(())
    }

    /// What is left to be explored.
    pub(crate) fn explore(&self) -> Result<()> {
        println!("\n  the page  {}/", self.api.url());
        println!("  organisation        user                 password   role");
        for role in [Role::Lecteur, Role::Gestionnaire, Role::Dpo] {
            let word = format!("{role:?}").to_lowercase();
            println!("  {TENANT:<18}  {:<19}  {PASSWORD:<9}  {word}", person(role).0);
        }
        println!("  {:<18}  {HOSTER:<19}  {PASSWORD:<9}  hebergeur", "(hébergeur)");
        println!(
            "  the other sample tenants have the same users at their own issuer: mairie-macon, rectorat-dijon, …"
        );
        println!("\n  api={}", self.api.url());
        println!(
            "  token=$(curl -s {}/token -d '{}' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')",
            self.provider.issuer(TENANT),
            self.provider.credentials(TENANT, person(Role::Gestionnaire).0)?,
        );
        println!("  curl -H \"Authorization: Bearer $token\" $api/v1/workspaces | head -c 400");
        Ok(())
    }

    /// A token, once the API trusts the issuer.
    async fn token(&self, role: Role) -> Result<String> {
        let token = self.provider.token(TENANT, person(role).0).await?;
        eventually("the API to trust the issuer", async || self.api.read(&token, "/v1/me").await.map(|_| ()))
            .await?;
        Ok(token)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn sites(answer: &Value) -> String {
    let site = |site: &Value| format!("{} ({})", text(&site["name"]), text(&site["city"]));
    answer["sites"].as_array().into_iter().flatten().map(site).collect::<Vec<_>>().join(" and ")
}
