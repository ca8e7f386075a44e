//! A manager looks at a change before making it: what it erases, what it refuses and what does not come with it are told
//! beforehand, and are what happens then.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{App, Workspace, app::Release, tenant::Role};
use beffroi_tests::{Stage, eventually, samples};
use http::Method;
use jiff::{ToSpan, Zoned};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

const ID: &str = "mairie-macon.visio";
const PATH: &str = "/v1/workspaces/mairie-macon.visio";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_does_is_told_before_it_is_made() -> Result<()> {
    let stage = Stage::start(&["par1", "rbx1"]).await?;
    let manager = Manager { token: stage.token("mairie-macon", Role::Gestionnaire).await?, stage: &stage };
    let order = json!({
        "tenant": "mairie-macon", "name": "visio", "domain": "visio.mairie-macon.example", "data": ["Staff"],
        "apps": [{"name": "meet", "channel": "Stable"}], "placement": {"sites": 2},
    });
    let new = stage.api.write(&manager.token, Method::POST, "/v1/preview", Some(&order)).await?;
    ensure!(new["leaving"] == json!([]) && new["pending"] == json!([]), "{new}");
    stage.api.write(&manager.token, Method::POST, "/v1/workspaces", Some(&order)).await?;
    manager.until("Ready").await?;
    a_site_that_is_told_to_be_left_is_left(&manager).await?;
    a_release_that_does_not_come_says_what_it_waits_for(&manager).await?;
    nobody_goes_back_over_a_step_of_no_return(&manager).await
}

async fn a_site_that_is_told_to_be_left_is_left(manager: &Manager<'_>) -> Result<()> {
    let change = json!({"placement": {"sites": 1}});
    let seen = manager.preview(&change).await?;
    let (left, stays) = (&seen["leaving"][0], &seen["sites"][0]);
    ensure!(seen["leaving"].as_array().map(Vec::len) == Some(1) && left["city"].is_string(), "{seen}");
    ensure!(seen["atRisk"] == json!([]) && left["name"] != stays["name"], "{seen}");
    let nothing = manager.preview(&json!({"placement": {"sites": 2}})).await?;
    ensure!(nothing["leaving"] == json!([]), "{nothing}");
    let short = manager.preview(&json!({"placement": {"sites": 8}})).await?;
    ensure!(short["shortfall"].is_string() && short["leaving"] == json!([]), "{short}");

    let status = manager.workspace().await?.status.context("no status")?;
    let namespace = status.namespace.context("no namespace")?;
    manager.change(&change).await?;
    let left = left["name"].as_str().context("no name")?;
    let homes: Api<Namespace> = Api::all(manager.stage.scene.fleet.site(left)?.admin());
    eventually("the site to be left", async || {
        let now = manager.read().await?;
        let lies: Vec<&Value> = now["sites"].as_array().into_iter().flatten().map(|s| &s["name"]).collect();
        ensure!(lies == [&stays["name"]], "told to stay on {}: {lies:?}", stays["name"]);
        ensure!(homes.get_opt(&namespace).await?.is_none(), "{namespace} is there still");
        Ok(())
    })
    .await
}

async fn a_release_that_does_not_come_says_what_it_waits_for(manager: &Manager<'_>) -> Result<()> {
    let held = manager.held().await?;
    manager.publish(Release { upgrades_from: vec![held.clone()], ..manager.release("9.0.0") }).await?;
    let waits = |of: &Value| {
        let pending = &of["pending"][0];
        (pending["version"].clone(), pending["waitsFor"].clone(), pending["message"].clone())
    };
    let apps = json!({"apps": [{"name": "meet", "channel": "Stable"}]});
    let pinned = manager.preview(&apps).await?;
    ensure!(waits(&pinned).0 == "9.0.0" && waits(&pinned).1 == "Pinned", "{pinned}");
    ensure!(pinned["releases"][0]["version"] == *held, "{pinned}");
    ensure!(waits(&pinned).2.as_str().is_some_and(|said| said.contains("figées")), "{pinned}");
    // The day after tomorrow, nothing is open that opens then, wherever one is.
    let day = Zoned::now().checked_add(2.days())?.strftime("%A").to_string();
    let window = json!({"days": [day], "start": "12:00", "durationMinutes": 60, "timeZone": "Europe/Paris"});
    let follow = json!({"updates": "FollowChannel", "maintenanceWindow": window});
    let closed = manager.preview(&follow).await?;
    ensure!(waits(&closed).1 == "Window" && closed["releases"][0]["version"] == *held, "{closed}");
    let open = manager.preview(&json!({"updates": "FollowChannel"})).await?;
    ensure!(open["pending"] == json!([]) && open["releases"][0]["version"] == "9.0.0", "{open}");
    // Whoever makes the change hears it at once; who reads later, from the operator.
    let made = manager.change(&follow).await?;
    ensure!(waits(&made) == waits(&closed), "{made}");
    eventually("the operator's word", async || {
        let read = manager.read().await?;
        ensure!(waits(&read) == waits(&closed), "{read}");
        Ok(())
    })
    .await
}

async fn nobody_goes_back_over_a_step_of_no_return(manager: &Manager<'_>) -> Result<()> {
    let first = manager.held().await?;
    manager.publish(Release { irreversible: true, ..manager.release("9.1.0") }).await?;
    let version = |version: &str| json!({"apps": [{"name": "meet", "version": version}]});
    let there = manager.preview(&version("9.1.0")).await?;
    ensure!(there["accepted"] == true && there["releases"][0]["version"] == "9.1.0", "{there}");
    manager.change(&version("9.1.0")).await?;
    manager.until("Ready").await?;
    ensure!(manager.held().await? == "9.1.0");

    let back = manager.preview(&version(&first)).await?;
    ensure!(back["accepted"] == false && back["refusal"]["reason"] == "NoUpgradePath", "{back}");
    let told = back["refusal"]["message"].as_str().unwrap_or_default();
    ensure!(told.contains("étape sans retour") && told.contains("9.1.0"), "{told}");
    manager.change(&version(&first)).await?;
    let refused = manager.until("Refused").await?;
    ensure!(refused["apps"][0]["held"]["version"] == "9.1.0", "{refused}");
    ensure!(refused["sites"][0]["pods"].as_str().is_some_and(|pods| !pods.starts_with('0')), "{refused}");
    manager.change(&version("9.1.0")).await?;
    manager.until("Ready").await?;
    Ok(())
}

/// Who manages the workspace.
struct Manager<'a> {
    token: String,
    stage: &'a Stage,
}

impl Manager<'_> {
    async fn preview(&self, change: &Value) -> Result<Value> {
        let mut asked = change.clone();
        asked["workspace"] = ID.into();
        self.stage.api.write(&self.token, Method::POST, "/v1/preview", Some(&asked)).await
    }

    async fn change(&self, change: &Value) -> Result<Value> {
        self.stage.api.write(&self.token, Method::PATCH, PATH, Some(change)).await
    }

    async fn read(&self) -> Result<Value> {
        self.stage.api.read(&self.token, PATH).await
    }

    async fn held(&self) -> Result<String> {
        let read = self.read().await?;
        Ok(read["apps"][0]["held"]["version"].as_str().context("no release is held")?.to_owned())
    }

    async fn workspace(&self) -> Result<Workspace> {
        Ok(Api::namespaced(self.stage.scene.client(), "tenant-mairie-macon").get("visio").await?)
    }

    async fn until(&self, state: &str) -> Result<Value> {
        eventually(state, async || {
            let read = self.read().await?;
            ensure!(read["state"] == state, "{read}");
            Ok(read)
        })
        .await
    }

    fn release(&self, version: &str) -> Release {
        samples::release(version, &self.stage.scene.chart)
    }

    /// Lists a release of meet above all others, and waits until the API knows of it.
    async fn publish(&self, release: Release) -> Result<()> {
        let catalogue: Api<App> = Api::all(self.stage.scene.client());
        let mut releases = catalogue.get("meet").await?.spec.releases;
        let version = release.version.clone();
        releases.insert(0, release);
        let patch = Patch::Merge(json!({"spec": {"releases": releases}}));
        catalogue.patch("meet", &PatchParams::default(), &patch).await?;
        eventually("the release in the catalogue", async || {
            let app = self.stage.api.read(&self.token, "/v1/apps/meet?tenant=mairie-macon").await?;
            ensure!(app["releases"][0]["version"] == version, "{app}");
            Ok(())
        })
        .await
    }
}
