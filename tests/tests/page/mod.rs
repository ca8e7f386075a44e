//! The page for people, in Chromium, on desktop and on a phone: no violation that axe-core finds, nothing that leaves
//! the machine, and what a manager, a DPO and the hosting provider come for done without kubectl, by keyboard alone too.
//! And the page when things go wrong.

mod findings;

use anyhow::{Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{
    Stage, eventually,
    oidc::{HOSTER, PASSWORD, person},
    web,
};
use http::Method;
use serde_json::{Value, json};

const TENANT: &str = "ght-bm";
const WORKSPACE: &str = "communication";
const DEVICES: [&str; 2] = ["desktop", "phone"];

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_and_a_dpo_do_all_they_come_for() -> Result<()> {
    let stage = Stage::start(&["par1", "rbx1"]).await?;
    order(&stage).await?;
    let told = web::run("by-keyboard", &asked(&stage, "desktop")).await?;
    quiet("by keyboard", &told, &["422 ("])?;
    findings::are_told_and_seen(&stage).await?;
    for device in DEVICES {
        all_they_come_for(&stage, device).await?;
    }
    // What a real API does too seldom: it fails, it is late, a session ends.
    let told = web::run("trouble", &json!({"url": stage.api.url()})).await?;
    ensure!(told["violations"] == json!([]), "{:#}", told["violations"]);
    ensure!(told["thrown"] == json!([]), "{:#}", told["thrown"]);
    Ok(())
}

/// What a script is asked.
fn asked(stage: &Stage, device: &str) -> Value {
    json!({
        "url": stage.api.url(), "organisation": TENANT, "workspace": WORKSPACE, "device": device,
        "manager": person(Role::Gestionnaire).0, "dpo": person(Role::Dpo).0, "hoster": HOSTER, "password": PASSWORD,
    })
}

/// No error but answers of a status that the scenario provokes, and nothing that left the machine.
fn quiet(who: &str, told: &Value, provoked: &[&str]) -> Result<()> {
    ensure!(told["outside"].as_array().is_none_or(Vec::is_empty), "{who}: {}", told["outside"]);
    let errors = told["errors"].as_array().into_iter().flatten().map(Value::to_string);
    let others: Vec<_> =
        errors.filter(|error| !provoked.iter().any(|status| error.contains(status))).collect();
    ensure!(others.is_empty(), "{who}: {others:?}");
    Ok(())
}

async fn all_they_come_for(stage: &Stage, device: &str) -> Result<()> {
    let told = web::run("page", &asked(stage, device)).await?;
    ensure!(told["violations"] == json!([]), "{device}: {:#}", told["violations"]);
    for part in ["managing", "protecting", "providing", "referring"] {
        // An organisation and a workspace that are not there, a name that is none, an order that has changed meanwhile.
        quiet(&format!("{device}, {part}"), &told[part], &["404 (", "422 (", "412 ("])?;
    }
    let text = |part: &str, what: &str| told[part][what].as_str().unwrap_or_default().to_owned();
    let map = text("managing", "map");
    ensure!(map.contains("Paris") && map.contains("Roubaix"), "{device}: {map}");
    ensure!(text("managing", "preview").contains("iraient"), "{device}: {}", text("managing", "preview"));
    ensure!(text("protecting", "good").contains("Authentique"), "{device}: {}", text("protecting", "good"));
    ensure!(text("protecting", "bad").contains("Refusée"), "{device}: {}", text("protecting", "bad"));
    ensure!(told["protecting"]["entries"].as_u64() > Some(1), "{device}: {told}");
    ensure!(told["providing"]["tenants"].as_u64() > Some(1), "{device}: {told}");
    leave(stage).await
}

/// The workspace that is looked at, with its first proof.
async fn order(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let order = json!({
        "tenant": TENANT, "name": WORKSPACE, "domain": "espace.ght-bm.example", "data": ["Staff"],
        "apps": [{"name": "meet", "channel": "Stable"}, {"name": "docs", "channel": "Stable"}],
        "placement": {"sites": 2},
    });
    stage.api.write(&manager, Method::POST, "/v1/workspaces", Some(&order)).await?;
    eventually("the workspace and its proof", async || {
        let found = stage.api.read(&manager, &format!("/v1/workspaces/{TENANT}.{WORKSPACE}")).await?;
        ensure!(found["state"] == "Ready", "{found}");
        let proofs =
            stage.api.read(&manager, &format!("/v1/workspaces/{TENANT}.{WORKSPACE}/evidence")).await?;
        ensure!(proofs["items"][0]["verdict"] == "Located", "{proofs}");
        Ok(())
    })
    .await
}

/// What the scenario ordered goes, for two people wanted it to, and makes place for the next.
async fn leave(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let path = format!("/v1/workspaces/{TENANT}.essai");
    eventually("the workspace to be gone", async || {
        let answer = stage.api.ask(Some(&manager), Method::GET, &path, &[], None).await?;
        ensure!(answer.status == 404, "{}", answer.body);
        Ok(())
    })
    .await
}
