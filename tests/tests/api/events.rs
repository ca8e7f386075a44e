//! What changes is told as it does: to whom it may concern, on any replica, and after the API server was gone.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Api, Stage, wait::patience};
use http::Method;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

const TENANT: &str = "ght-bm";
const WORKSPACE: &str = "/v1/workspaces/ght-bm.visio";

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_on_every_replica_and_to_nobody_else() -> Result<()> {
    let mut stage = Stage::start(&["par1", "rbx1"]).await?;
    let other = Api::start(&stage.scene.fleet, &stage.provider).await?;
    let reader = stage.token(TENANT, Role::Lecteur).await?;
    // Of a member of the grouping, and of somebody else.
    let member = stage.token("ch-macon", Role::Lecteur).await?;
    let stranger = stage.token("mairie-macon", Role::Lecteur).await?;
    let mut of_tenant = Events::open(&stage.api, &reader, None).await?;
    let mut of_member = Events::open(&other, &member, None).await?;
    let mut of_stranger = Events::open(&stage.api, &stranger, None).await?;
    for events in [&mut of_tenant, &mut of_member, &mut of_stranger] {
        ensure!(events.next().await?.name == "ready");
    }

    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let order = json!({
        "tenant": TENANT, "name": "visio", "domain": "visio.ght-bm.example", "data": ["Staff"],
        "apps": [{"name": "meet", "channel": "Stable"}],
    });
    stage.api.write(&manager, Method::POST, "/v1/workspaces", Some(&order)).await?;
    let ordered = of_tenant.until(|event| event.data["id"] == "ght-bm.visio").await?;
    let ready = |event: &Event| event.data["state"] == "Ready" && event.data["located"] == "True";
    let settled = of_tenant.until(ready).await?;
    let sites = settled.data["sites"].as_array().map(Vec::len);
    ensure!(sites == Some(2) && settled.data["tenant"] == TENANT, "{settled:?}");
    of_member.until(ready).await?;

    // Each replica goes on from the other's ids.
    let mut resumed = Events::open(&other, &reader, Some(&ordered.id)).await?;
    let next = resumed.next().await?;
    ensure!(next.name != "reset" && next.id != ordered.id, "{next:?}");
    resumed.until(|event| event.data == settled.data).await?;
    drop(of_tenant);
    other.write(&manager, Method::POST, &format!("{WORKSPACE}/suspend"), None).await?;
    let mut resumed = Events::open(&stage.api, &reader, Some(&settled.id)).await?;
    let suspended = resumed.until(|event| event.data["state"] == "Suspended").await?;
    ensure!(resumed.names.iter().all(|name| name != "reset"), "{:?}", resumed.names);

    // What is the stranger's own is told on that stream, and nothing else.
    let title = json!({"title": "Mairie de Mâcon, et alentours"});
    let hoster = stage.hoster().await?;
    stage.api.write(&hoster, Method::PATCH, "/v1/tenants/mairie-macon", Some(&title)).await?;
    let own = of_stranger.own(Duration::from_secs(30)).await?;
    ensure!(own.is_some(), "a stream that tells nothing proves nothing");

    // A watch that broke off goes on, or begins anew; either is told.
    let management = &mut stage.scene.fleet.management;
    management.kill_api_server();
    tokio::time::sleep(Duration::from_secs(2)).await;
    management.start_api_server().await?;
    stage.api.write(&manager, Method::POST, &format!("{WORKSPACE}/resume"), None).await?;
    let id = &suspended.data["id"];
    let told = |event: &Event| {
        event.name == "reset" || event.data["id"] == *id && event.data["state"] != suspended.data["state"]
    };
    resumed.until(told).await?;
    while of_stranger.own(Duration::from_secs(1)).await?.is_some() {}
    Ok(())
}

/// A stream.
struct Events {
    answer: Response,
    rest: String,
    names: Vec<String>,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

impl Events {
    async fn open(api: &Api, token: &str, last: Option<&str>) -> Result<Self> {
        let client = Client::builder().no_proxy().build()?;
        let mut request = client.get(format!("{}/v1/events", api.url())).bearer_auth(token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = request.send().await?.error_for_status()?;
        Ok(Self { answer, rest: String::new(), names: Vec::new() })
    }

    /// The next event, passing over signs of life.
    async fn next(&mut self) -> Result<Event> {
        loop {
            while let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                        .map(str::to_owned)
                };
                if let Some(data) = field("data") {
                    let (name, id) = (field("event").context("no name")?, field("id").context("no id")?);
                    self.names.push(name.clone());
                    return Ok(Event { name, id, data: serde_json::from_str(&data)? });
                }
            }
            let chunk =
                timeout(Duration::from_mins(1), self.answer.chunk()).await.context("nothing comes")??;
            self.rest.push_str(&String::from_utf8_lossy(&chunk.context("the stream has ended")?));
        }
    }

    /// What is told of the stranger's tenant for so long, and nothing of another.
    async fn own(&mut self, patience: Duration) -> Result<Option<Event>> {
        while let Ok(event) = timeout(patience, self.next()).await {
            let event = event?;
            ensure!(!event.data.to_string().contains(TENANT), "{event:?}");
            if event.name == "tenant.changed" {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Result<Event> {
        // Signs of life come for ever.
        let told = async {
            loop {
                let event = self.next().await?;
                if wanted(&event) {
                    return Ok(event);
                }
            }
        };
        timeout(patience(), told).await.context("what is awaited is not told")?
    }
}
