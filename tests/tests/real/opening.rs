//! From the archive, by the README's lines, to a workspace that a person orders on the page, and to its app opened by
//! its name.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{Cluster, real::World};
use beffroi_crds::tenant::Role;
use beffroi_tests::{
    eventually,
    oidc::{PASSWORD, person},
    web,
};
use http::Method;
use serde_json::json;

use crate::{
    hoster::{APP_HOST, DOMAIN, DOOR, Hoster, TENANT, WORKSPACE, bundle},
    visitor::Visitor,
};

/// Everything that is open.
pub(crate) struct Opened {
    pub(crate) hoster: Hoster,
    /// Asks the API.
    pub(crate) door: Visitor,
    /// Opens the app.
    pub(crate) people: Visitor,
    /// Where the workspace lies.
    pub(crate) site: String,
    /// Its namespace there.
    pub(crate) namespace: String,
}

impl Opened {
    /// Installs, declares, orders and opens; `told` hears of each step.
    pub(crate) async fn new(world: &World, told: &dyn Fn(&str)) -> Result<Self> {
        let hoster = Hoster::new(world, told).await?;
        let archive = bundle()?;
        let key = archive.with_file_name("beffroi.pub");
        for file in [&archive, &key] {
            let name = file.file_name().context("a file")?;
            std::os::unix::fs::symlink(file, hoster.terminal.folder().join(name))?;
        }
        hoster.terminal.run_readme("install").await?;
        told(
            "the README's lines: verified, pushed, installed by helm in two sites and the management cluster",
        );
        hoster.terminal.run_readme("declare").await?;
        told("the README's lines: sites, catalogue and tenant are declared, and ready");

        let door = Visitor::new(&hoster.authority, &[DOOR], &Hoster::addresses(&hoster.management))?;
        let begun = Instant::now();
        let manager = hoster.issuer.token(TENANT, person(Role::Gestionnaire).0).await?;
        let ((), (site, namespace)) = tokio::try_join!(order(&hoster), certified(&hoster, &door, &manager))?;
        told(&format!(
            "the page is opened in Chromium: signed in, a workspace ordered, and in service on both sites: {:.1} s in all",
            begun.elapsed().as_secs_f64()
        ));
        let cluster = hoster.sites.get(&site).context("a site")?;
        let people = Visitor::new(&hoster.authority, &[APP_HOST], &Hoster::addresses(cluster))?;
        let opened = Self { hoster, door, people, site, namespace };
        opened.answers().await?;
        told("the app opens by its name over TLS");
        Ok(opened)
    }

    /// The app shows its page.
    pub(crate) async fn answers(&self) -> Result<()> {
        eventually("the app", async || {
            let page = self.people.page(&format!("https://{APP_HOST}/")).await?;
            ensure!(page.contains("Cette page tient lieu"), "{page}");
            Ok(())
        })
        .await
    }

    /// Where its workspace lies.
    pub(crate) fn cluster(&mut self) -> Result<&mut Cluster> {
        self.hoster.sites.get_mut(&self.site).context("a site")
    }
}

/// A manager orders on the page, on all sites that there are, the newest Kubernetes and the oldest, and waits until it says that the workspace is in service.
async fn order(hoster: &Hoster) -> Result<()> {
    let addresses = Hoster::addresses(&hoster.management);
    let asked = json!({
        "url": format!("https://{DOOR}"), "resolve": {DOOR: addresses.first()},
        "ours": [hoster.issuer.host()], "organisation": TENANT, "manager": person(Role::Gestionnaire).0,
        "password": PASSWORD, "workspace": WORKSPACE, "domain": DOMAIN, "app": "docs", "sites": hoster.sites.len(),
    });
    let told = web::run("first-order", &asked).await?;
    ensure!(told["outside"] == json!([]) && told["errors"] == json!([]), "{told:#}");
    Ok(())
}

/// Puts the app's certificate beside it wherever the workspace comes to lie: its first site, and the namespace there.
async fn certified(hoster: &Hoster, door: &Visitor, token: &str) -> Result<(String, String)> {
    let path = format!("https://{DOOR}/v1/workspaces/{TENANT}.{WORKSPACE}");
    let sites = eventually("its places", async || {
        let workspace = door.ask(token, Method::GET, &path, None).await?;
        let sites = workspace["sites"].as_array().into_iter().flatten();
        let sites: Vec<String> = sites.filter_map(|site| Some(site["name"].as_str()?.to_owned())).collect();
        ensure!(sites.len() == hoster.sites.len(), "{workspace}");
        Ok(sites)
    })
    .await?;
    let tenants = format!("tenant-{TENANT}");
    let asked = ["get", "workspace", WORKSPACE, "-n", &tenants, "-o", "jsonpath={.status.namespace}"];
    let namespace = hoster.management.kubectl(&asked).await?.trim().to_owned();
    for site in &sites {
        eventually("its namespace", async || hoster.certify(site, &namespace).await).await?;
    }
    Ok((sites.into_iter().next().context("a site")?, namespace))
}
