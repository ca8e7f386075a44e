//! What is gone leaves its log and its evidence to the DPO, and to those of the tenant that comes after.

use std::fs;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Tenant, tenant::Role};
use beffroi_tests::{Stage, cli, eventually, operator::get};
use http::Method;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, PostParams},
};
use serde_json::Value;

const PATH: &str = "/v1/workspaces/ght-bm.visio";

/// The workspace `ght-bm.visio` is gone.
pub async fn stays_readable_to_the_dpo(stage: &Stage) -> Result<()> {
    let token = async |tenant: &str, role| stage.token(tenant, role).await;
    let (dpo, of_member) = (token("ght-bm", Role::Dpo).await?, token("ch-macon", Role::Dpo).await?);
    let past = stage.api.read(&dpo, "/v1/past-workspaces?tenant=ght-bm").await?;
    let one = &past["items"][0];
    ensure!(one["id"] == "ght-bm.visio" && one["deletedAt"].is_string(), "{past}");
    let uid = one["uid"].as_str().context("no UID")?.to_owned();

    for who in [&dpo, &of_member] {
        for more in [String::new(), format!("?uid={uid}"), format!("?uid={uid}&from=2000-01-01")] {
            let list = stage.api.read(who, &format!("{PATH}/evidence{more}")).await?;
            ensure!(list["items"][0]["workspaceUid"] == uid, "{more}: {list}");
        }
        let bundle = stage.api.read(who, &format!("{PATH}/evidence/latest")).await?;
        ensure!(bundle["envelope"]["payload"].is_string(), "{bundle}");
        let log = stage.api.read(who, "/v1/log?workspace=ght-bm.visio").await?;
        ensure!(log["items"][0]["action"] == "WorkspaceDeleted", "{log}");
    }
    // A period in which nothing happened is empty, and one that ends before it begins is none.
    let before = stage.api.read(&dpo, &format!("{PATH}/evidence?to=2000-01-01")).await?;
    ensure!(before["items"] == serde_json::json!([]), "{before}");
    let log = stage.api.read(&dpo, "/v1/log?workspace=ght-bm.visio&from=2999-01-01").await?;
    ensure!(log["items"] == serde_json::json!([]), "{log}");
    for (wrong, field) in [("from=hier", "from"), ("from=2026-02-01&to=2026-01-01", "to")] {
        let refused = ask(stage, &dpo, &format!("/v1/log?{wrong}")).await?;
        ensure!(refused.0 == 422 && refused.1["errors"][0]["field"] == field, "{wrong}: {refused:?}");
    }
    // Nobody else learns that it ever was.
    let others = [
        token("ght-bm", Role::Gestionnaire).await?,
        token("ght-bm", Role::Lecteur).await?,
        token("rectorat-dijon", Role::Dpo).await?,
    ];
    for other in &others {
        for path in [
            format!("{PATH}/evidence"),
            format!("{PATH}/evidence/latest"),
            format!("{PATH}/evidence?uid={uid}"),
        ] {
            let (status, body) = ask(stage, other, &path).await?;
            ensure!(status == 404, "{path}: {status} {body}");
        }
    }
    let (never, _) = ask(stage, &dpo, "/v1/workspaces/ght-bm.jamais/evidence").await?;
    ensure!(never == 404, "what never was: {never}");
    taken_away_whole(stage, &dpo, &others[0]).await
}

/// One download, which verifies as one.
async fn taken_away_whole(stage: &Stage, dpo: &str, manager: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [file, keys] = ["periode.jsonl", "beffroi.pub"].map(|name| folder.path().join(name));
    fs::write(&keys, get(stage.api.url().trim_start_matches("http://"), "/v1/evidence-keys").await?)?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let take = async |who: &str, query: &str| {
        let url = format!("{}/v1/evidence?{query}", stage.api.url());
        let answer = client.get(url).bearer_auth(who).send().await?;
        anyhow::Ok((answer.status().as_u16(), answer.text().await?))
    };
    let (status, text) = take(dpo, "workspace=ght-bm.visio&from=2000-01-01").await?;
    ensure!(status == 200 && text.lines().count() > 4, "{status} {text:.300}");
    fs::write(&file, &text)?;
    let ran = cli::verify(&file, &keys, &[]).await?;
    // While it was stopped nothing of it was seen, which is no proof of a place.
    ensure!([0, 11].contains(&ran.code) && ran.out.contains("Période authentique"), "{ran:?}");
    ensure!(ran.out.contains("WorkspaceDeleted") && ran.out.contains("visio"), "{ran:?}");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for spoilt in [
        lines[..lines.len() - 1].concat(),
        [&lines[..2], &lines[3..]].concat().concat(),
        text.replacen("2000-", "2999-", 1),
    ] {
        fs::write(&file, spoilt)?;
        let ran = cli::verify(&file, &keys, &[]).await?;
        ensure!(ran.code == 20 && ran.err.contains("REFUSÉ"), "{ran:?}");
    }
    let (status, text) = take(dpo, "tenant=ght-bm").await?;
    ensure!(status == 200 && text.lines().count() > lines.len(), "{status}");
    ensure!(take(manager, "tenant=ght-bm").await?.0 == 403, "the log is not the manager's");
    ensure!(take(dpo, "tenant=rectorat-dijon").await?.0 == 404, "of another tenant");
    Ok(())
}

/// A tenant that ends and is registered anew has the same SIREN and another UID: its DPO reads what was before.
pub async fn passes_to_whoever_comes_after(stage: &Stage) -> Result<()> {
    const NAME: &str = "mairie-macon";
    let tenants: Api<Tenant> = Api::all(stage.scene.client());
    let first = tenants.get(NAME).await?;
    let dpo = stage.token(NAME, Role::Dpo).await?;
    let log = stage.api.read(&dpo, &format!("/v1/log?tenant={NAME}")).await?;
    let registered =
        log["items"].as_array().and_then(|all| all.last()).context("an empty log")?["index"].clone();
    tenants.delete(NAME, &DeleteParams::default()).await?;
    eventually("the tenant's end", async || {
        ensure!(tenants.get_opt(NAME).await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    let anew = Tenant::new(NAME, first.spec.clone());
    let anew = tenants.create(&PostParams::default(), &anew).await?;
    ensure!(anew.uid() != first.uid(), "it is the same");
    eventually("the log of those before", async || {
        let (status, log) = ask(stage, &dpo, &format!("/v1/log?tenant={NAME}")).await?;
        let actions: Vec<&str> =
            log["items"].as_array().into_iter().flatten().filter_map(|e| e["action"].as_str()).collect();
        let twice = actions.iter().filter(|action| **action == "TenantRegistered").count() == 2;
        ensure!(status == 200 && twice && actions.contains(&"TenantDeleted"), "{status} {actions:?}");
        Ok(())
    })
    .await?;
    let entry = format!("/v1/log/{registered}");
    ensure!(ask(stage, &dpo, &entry).await?.0 == 200, "an entry of before");
    let stranger = stage.token("rectorat-dijon", Role::Dpo).await?;
    ensure!(ask(stage, &stranger, &entry).await?.0 == 404, "a stranger reads it");
    Ok(())
}

async fn ask(stage: &Stage, who: &str, path: &str) -> Result<(u16, Value)> {
    let answer = stage.api.ask(Some(who), Method::GET, path, &[], None).await?;
    Ok((answer.status.as_u16(), answer.body))
}
