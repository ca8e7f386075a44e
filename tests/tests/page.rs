//! The page for people, in Chromium, on desktop and on a phone: no violation that axe-core finds, nothing that leaves
//! the machine, and what a manager, a DPO and the hosting provider come for done without kubectl. And the page when
//! things go wrong.

use std::time::Duration;

use anyhow::{Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{
    Stage, eventually,
    oidc::{HOSTER, PASSWORD, person},
    web,
};
use http::Method;
use serde_json::json;

const TENANT: &str = "ght-bm";
const WORKSPACE: &str = "communication";

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_and_a_dpo_do_all_they_come_for() -> Result<()> {
    let stage = Stage::start(&["par1", "rbx1"]).await?;
    order(&stage).await?;
    for device in ["desktop", "phone"] {
        let asked = json!({
            "url": stage.api.url(), "organisation": TENANT, "workspace": WORKSPACE, "device": device,
            "manager": person(Role::Gestionnaire).0, "dpo": person(Role::Dpo).0, "hoster": HOSTER,
            "password": PASSWORD,
        });
        let told = web::run("page", &asked).await?;
        ensure!(told["violations"] == json!([]), "{device}: {:#}", told["violations"]);
        for part in ["managing", "protecting", "providing"] {
            ensure!(told[part]["outside"] == json!([]), "{device}: {}", told[part]["outside"]);
            // The one answer that the scenario provokes: an organisation that is not there.
            let errors = told[part]["errors"].as_array().cloned().unwrap_or_default();
            let others: Vec<_> =
                errors.iter().filter(|e| !e.to_string().contains("404 (Not Found)")).collect();
            ensure!(
                others.is_empty() || others.iter().all(|e| e.to_string().contains("422")),
                "{device}: {others:?}"
            );
        }
        let text = |part: &str, what: &str| told[part][what].as_str().unwrap_or_default().to_owned();
        let map = text("managing", "map");
        ensure!(map.contains("Paris") && map.contains("Roubaix"), "{device}: {map}");
        ensure!(text("managing", "preview").contains("iraient"), "{device}: {}", text("managing", "preview"));
        ensure!(
            text("protecting", "good").contains("Authentique"),
            "{device}: {}",
            text("protecting", "good")
        );
        ensure!(text("protecting", "bad").contains("Refusée"), "{device}: {}", text("protecting", "bad"));
        ensure!(told["protecting"]["entries"].as_u64() > Some(1), "{device}: {told}");
        ensure!(told["providing"]["tenants"].as_u64() > Some(1), "{device}: {told}");
        leave(&stage).await?;
    }
    // What a real API does too seldom: it fails, it is late, a session ends.
    let told = web::run("trouble", &json!({"url": stage.api.url()})).await?;
    ensure!(told["violations"] == json!([]), "{:#}", told["violations"]);
    ensure!(told["thrown"] == json!([]), "{:#}", told["thrown"]);
    Ok(())
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
    eventually("the workspace and its proof", Duration::from_mins(1), async || {
        let found = stage.api.read(&manager, &format!("/v1/workspaces/{TENANT}.{WORKSPACE}")).await?;
        ensure!(found["state"] == "Ready", "{found}");
        let proofs =
            stage.api.read(&manager, &format!("/v1/workspaces/{TENANT}.{WORKSPACE}/evidence")).await?;
        ensure!(proofs["items"][0]["verdict"] == "Located", "{proofs}");
        Ok(())
    })
    .await
}

/// What the scenario ordered makes place for the next.
async fn leave(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let path = format!("/v1/workspaces/{TENANT}.essai");
    stage.api.write(&manager, Method::DELETE, &format!("{path}?graceDays=0"), None).await?;
    eventually("the workspace to be gone", Duration::from_mins(1), async || {
        let answer = stage.api.ask(Some(&manager), Method::GET, &path, &[], None).await?;
        ensure!(answer.status == 404, "{}", answer.body);
        Ok(())
    })
    .await
}
