//! A scene with people: a [`Scene`], the issuers where its tenants' people sign in, and the API that they come to.

use anyhow::Result;
use beffroi_crds::{Tenant, tenant::Role};
use kube::Client;

use crate::{
    Api, Scene, eventually,
    oidc::{HOSTER, Provider, Realm, person},
    samples,
};

/// Everything that a test of the API needs.
pub struct Stage {
    /// The API; first, so that it ends before what it asks.
    pub api: Api,
    /// The issuers.
    pub provider: Provider,
    /// Clusters, operator, samples.
    pub scene: Scene,
}

impl Stage {
    /// Starts the sample sites of these names, the operator, the issuers of the sample tenants, and the API.
    ///
    /// # Errors
    /// When anything cannot be started.
    pub async fn start(sites: &[&str]) -> Result<Self> {
        Self::start_with(sites, &[]).await
    }

    /// The same, with arguments for the API.
    ///
    /// # Errors
    /// When anything cannot be started.
    pub async fn start_with(sites: &[&str], arguments: &[&str]) -> Result<Self> {
        let scene = Scene::start(sites).await?;
        let provider = Provider::start(Realm::samples()?).await?;
        identify(&scene.client(), &provider).await?;
        let api = Api::start_with(&scene.fleet, &provider, arguments).await?;
        let stage = Self { api, provider, scene };
        stage.settle().await?;
        Ok(stage)
    }

    /// A token of who has a role in a sample tenant.
    ///
    /// # Errors
    /// When the provider refuses.
    pub async fn token(&self, tenant: &str, role: Role) -> Result<String> {
        self.provider.token(tenant, person(role).0).await
    }

    /// A token of the hosting provider's.
    ///
    /// # Errors
    /// When the provider refuses.
    pub async fn hoster(&self) -> Result<String> {
        self.provider.token(HOSTER, HOSTER).await
    }

    /// Waits until the API knows whom to trust, and each tenant has its namespace.
    async fn settle(&self) -> Result<()> {
        let hoster = self.hoster().await?;
        eventually("tenants to be ready", async || {
            let tenants = self.api.read(&hoster, "/v1/tenants?limit=200").await?;
            let items = tenants["items"].as_array().cloned().unwrap_or_default();
            let ready = items.iter().all(|tenant| tenant["ready"] == "True");
            anyhow::ensure!(ready && !items.is_empty(), "{tenants}");
            Ok(())
        })
        .await
    }
}

/// Lets the people of each sample tenant sign in at the realm of its name.
///
/// # Errors
/// When the API server refuses.
pub async fn identify(client: &Client, provider: &Provider) -> Result<()> {
    for mut tenant in samples::read::<Tenant>("tenants")? {
        provider.identify(&mut tenant);
        samples::apply(client, &tenant).await?;
    }
    Ok(())
}
