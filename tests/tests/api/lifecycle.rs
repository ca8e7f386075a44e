//! A manager orders, looks, changes, stops, leaves and comes back; and reads each time what was written.

use std::fs;

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{
    Stage, cli, eventually,
    oidc::{SECOND, person},
    operator::get,
};
use http::Method;
use serde_json::{Value, json};

use crate::api::remains;

const TENANT: &str = "ght-bm";

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_lives_by_the_api_alone() -> Result<()> {
    let stage = Stage::start(&["par1", "rbx1"]).await?;
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let dpo = stage.token(TENANT, Role::Dpo).await?;
    let api = &stage.api;

    let me = api.read(&manager, "/v1/me").await?;
    ensure!(me["tenants"][0]["name"] == TENANT, "{me}");
    let apps = api.read(&manager, "/v1/apps?limit=200").await?;
    ensure!(
        apps["items"].as_array().is_some_and(|all| all.iter().any(|app| app["orderable"] == true)),
        "{apps}"
    );

    let order = json!({
        "tenant": TENANT, "name": "visio", "domain": "visio.ght-bm.example", "data": ["Staff"],
        "apps": [{"name": "meet", "channel": "Stable"}], "placement": {"sites": 2},
    });
    let preview = api.write(&manager, Method::POST, "/v1/preview", Some(&order)).await?;
    ensure!(preview["accepted"] == true, "{preview}");
    let key = [("Idempotency-Key", "7b0f6a0e")];
    let made = api.ask(Some(&manager), Method::POST, "/v1/workspaces", &key, Some(&order)).await?;
    ensure!(made.status == 201 && made.body["id"] == "ght-bm.visio", "{} {}", made.status, made.body);
    let again = api.ask(Some(&manager), Method::POST, "/v1/workspaces", &key, Some(&order)).await?;
    ensure!(again.status == 201 && again.headers.contains_key("idempotency-replayed"), "{}", again.body);

    let ready = until(&stage, &manager, "Ready").await?;
    let lies = |of: &Value| {
        of["sites"].as_array().into_iter().flatten().map(|s| s["name"].clone()).collect::<Vec<_>>()
    };
    ensure!(lies(&ready) == lies(&preview), "preview {preview} and outcome {ready}");
    let explanation = api.read(&manager, "/v1/workspaces/ght-bm.visio/explanation").await?;
    ensure!(explanation["refused"] == preview["refused"], "preview {preview} and outcome {explanation}");

    let location = api.read(&manager, "/v1/workspaces/ght-bm.visio/location").await?;
    ensure!(location["map"]["features"].as_array().is_some_and(|all| all.len() == 2), "{location}");
    let evidence = eventually("evidence", async || {
        let list = api.read(&dpo, "/v1/workspaces/ght-bm.visio/evidence").await?;
        ensure!(list["items"][0]["verdict"] == "Located", "{list}");
        Ok(list)
    })
    .await?;
    let path = format!("/v1/workspaces/ght-bm.visio/evidence/{}", evidence["items"][0]["index"]);
    let known = api.read(&manager, &path).await?["checkpoint"].as_str().context("no state")?.to_owned();

    told_in_both_languages(&stage, &manager, &order).await?;
    stop_and_start(&stage, &manager).await?;
    grows_and_shows_it(&stage, &manager, &path, &known).await?;
    leave_and_return(&stage, &manager).await?;
    let log = api.read(&dpo, "/v1/log").await?;
    let actions: Vec<&str> =
        log["items"].as_array().into_iter().flatten().filter_map(|e| e["action"].as_str()).collect();
    ensure!(actions.contains(&"WorkspaceOrdered") && actions.contains(&"WorkspaceChanged"), "{log}");
    remains::stays_readable_to_the_dpo(&stage).await?;
    remains::passes_to_whoever_comes_after(&stage).await
}

/// Whoever knows a state of the log is shown that nothing of it was taken back: offline, and more than once.
async fn grows_and_shows_it(stage: &Stage, manager: &str, path: &str, known: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [state, bundle, keys] =
        ["log.state", "bundle.json", "beffroi.pub"].map(|name| folder.path().join(name));
    fs::write(&state, known)?;
    eventually("the log to grow", async || {
        ensure!(stage.api.read(manager, path).await?["checkpoint"] != known, "it is as it was");
        Ok(())
    })
    .await?;
    fs::write(&keys, get(stage.api.url().trim_start_matches("http://"), "/v1/evidence-keys").await?)?;
    // A bundle holds as it was sent, to the letter.
    let client = reqwest::Client::builder().no_proxy().build()?;
    for proven in [false, true] {
        let since = proven.then(|| fs::read_to_string(&state)).transpose()?.map(|state| ("since", state));
        let url = reqwest::Url::parse_with_params(&format!("{}{path}", stage.api.url()), since)?;
        let answer = client.get(url).bearer_auth(manager).send().await?;
        fs::write(&bundle, answer.text().await?)?;
        let ran = cli::verify(&bundle, &keys, &["--state", &state.display().to_string()]).await?;
        ensure!(ran.code == if proven { 0 } else { 21 }, "{proven}: {ran:?}");
    }
    let wrong = stage.api.ask(Some(manager), Method::GET, &format!("{path}?since=hier"), &[], None).await?;
    ensure!(wrong.status == 422 && wrong.body["errors"][0]["field"] == "since", "{wrong:?}");
    Ok(())
}

/// What refuses is told in French, or in English to those who ask for it; neither is taken for the other.
async fn told_in_both_languages(stage: &Stage, manager: &str, order: &Value) -> Result<()> {
    let mut order = order.clone();
    order["placement"] = json!({"sites": 8});
    let english = [("Accept-Language", "en")];
    let ask = async |headers: &[(&str, &str)]| {
        let asked = stage.api.ask(Some(manager), Method::POST, "/v1/preview", headers, Some(&order)).await?;
        ensure!(asked.status == 200, "{} {}", asked.status, asked.body);
        let text = asked.body["shortfall"].as_str().unwrap_or_default().to_owned();
        anyhow::Ok((text, asked.headers["content-language"].to_str()?.to_owned()))
    };
    let (fr, en) = (ask(&[]).await?, ask(&english).await?);
    ensure!(fr.1 == "fr" && fr.0.starts_with("sites demandés : 8, sites admissibles : "), "{fr:?}");
    ensure!(en.1 == "en" && en.0.starts_with("8 sites are wanted, "), "{en:?}");

    let path = "/v1/workspaces/ght-bm.visio/location";
    let fr = stage.api.ask(Some(manager), Method::GET, path, &[], None).await?;
    let en = stage.api.ask(Some(manager), Method::GET, path, &english, None).await?;
    let message = |of: &Value| of["message"].as_str().unwrap_or_default().to_owned();
    ensure!(message(&fr.body).starts_with("tout ce qui a été vu sur "), "{}", fr.body);
    ensure!(message(&en.body).starts_with("all that was seen on "), "{}", en.body);
    let tag = fr.headers["etag"].to_str()?;
    let known = [("Accept-Language", "en"), ("If-None-Match", tag)];
    let again = stage.api.ask(Some(manager), Method::GET, path, &known, None).await?;
    ensure!(again.status == 200 && again.headers["etag"] != tag, "{} {:?}", again.status, again.headers);
    Ok(())
}

async fn stop_and_start(stage: &Stage, manager: &str) -> Result<()> {
    let path = "/v1/workspaces/ght-bm.visio";
    let known = stage.api.ask(Some(manager), Method::GET, path, &[], None).await?;
    let tag = known.headers["etag"].to_str()?.to_owned();
    let suspended = stage.api.write(manager, Method::POST, &format!("{path}/suspend"), None).await?;
    ensure!(suspended["state"] == "Suspended", "{suspended}");
    let read = stage.api.read(manager, path).await?;
    ensure!(read["suspended"] == true, "one does not read what one wrote: {read}");
    let late = stage
        .api
        .ask(
            Some(manager),
            Method::PATCH,
            path,
            &[("If-Match", &tag)],
            Some(&json!({"updates": "FollowChannel"})),
        )
        .await?;
    ensure!(late.status == 412, "{} {}", late.status, late.body);
    stage.api.write(manager, Method::POST, &format!("{path}/resume"), None).await?;
    until(stage, manager, "Ready").await?;
    Ok(())
}

async fn leave_and_return(stage: &Stage, manager: &str) -> Result<()> {
    let path = "/v1/workspaces/ght-bm.visio";
    for days in [91, u32::MAX] {
        let late = format!("{path}?graceDays={days}");
        let refused = stage.api.ask(Some(manager), Method::DELETE, &late, &[], None).await?;
        ensure!(refused.status == 422 && refused.body["errors"][0]["field"] == "graceDays", "{refused:?}");
    }
    let leaving = stage.api.write(manager, Method::DELETE, path, None).await?;
    ensure!(leaving["state"] == "Leaving" && leaving["deleteAfter"].is_string(), "{leaving}");
    stage.api.write(manager, Method::POST, &format!("{path}/restore"), None).await?;
    until(stage, manager, "Ready").await?;
    nobody_erases_alone(stage, manager, path).await
}

/// One manager of five hospitals wants it gone at once: it takes another, and any change in between is a change of mind.
async fn nobody_erases_alone(stage: &Stage, manager: &str, path: &str) -> Result<()> {
    let api = &stage.api;
    let second = stage.provider.token(TENANT, SECOND.0).await?;
    let confirm = async |token: &str, request: &Value| {
        let (path, body) = (format!("{path}/confirm-deletion"), json!({"request": request}));
        api.ask(Some(token), Method::POST, &path, &[], Some(&body)).await
    };
    let seen = json!({"workspace": "ght-bm.visio"});
    let least = api.write(manager, Method::POST, "/v1/preview", Some(&seen)).await?["minGraceDays"].clone();
    ensure!(least == 21, "what the strictest policy of its members says: {least}");
    let ask = async |days: i64| {
        let asked = api.write(manager, Method::DELETE, &format!("{path}?graceDays={days}"), None).await?;
        ensure!(asked["state"] != "Leaving" && asked.get("deleteAfter").is_none(), "{asked}");
        anyhow::Ok(asked["deletionRequest"].clone())
    };
    let soon = ask(20).await?;
    let now = ask(0).await?;
    ensure!(soon["id"] != now["id"] && now["graceDays"] == 0, "{soon} {now}");
    ensure!(now["subject"] == person(Role::Gestionnaire).0 && now["until"].is_string(), "{now}");
    ensure!(ask(0).await? == now, "asked for twice, it is one request");

    let (dpo, hoster) = (stage.token(TENANT, Role::Dpo).await?, stage.hoster().await?);
    let lecteur = stage.token(TENANT, Role::Lecteur).await?;
    let member = stage.token("ch-macon", Role::Gestionnaire).await?;
    for (who, token) in
        [("who asked", manager), ("dpo", &dpo), ("lecteur", &lecteur), ("of a member", &member)]
    {
        let refused = confirm(token, &now["id"]).await?;
        ensure!(refused.status == 403, "{who}: {refused:?}");
    }
    let told = confirm(manager, &now["id"]).await?.body["detail"].as_str().unwrap_or_default().to_owned();
    ensure!(told.contains("confirmation d'une autre personne"), "{told}");
    ensure!(api.read(&lecteur, path).await?["deletionRequest"] == now, "who reads is not told");
    ensure!(api.read(&hoster, path).await?["deletionRequest"] == now, "the hoster is not told");
    let other = confirm(&second, &soon["id"]).await?;
    ensure!(other.status == 409, "another request than was seen: {other:?}");

    // The order changes: what was asked for was asked of another order.
    let change = json!({"updates": "FollowChannel"});
    let changed = api.write(&second, Method::PATCH, path, Some(&change)).await?;
    ensure!(changed.get("deletionRequest").is_none(), "{changed}");
    let void = confirm(&second, &now["id"]).await?;
    ensure!(void.status == 409, "{void:?}");
    // Taken back, by another.
    let again = ask(0).await?;
    // What comes and goes between two looks of the operator is not told.
    requested_in_the_log(stage, &dpo, &again).await?;
    let back = api.write(&second, Method::POST, &format!("{path}/restore"), None).await?;
    ensure!(back.get("deletionRequest").is_none() && back["state"] != "Leaving", "{back}");
    ensure!(confirm(&second, &again["id"]).await?.status == 409, "taken back, and confirmed");
    until(stage, manager, "Ready").await?;

    let last = ask(0).await?;
    requested_in_the_log(stage, &dpo, &last).await?;
    let agreed = confirm(&second, &last["id"]).await?;
    ensure!(agreed.status == 202 && agreed.body["deleteAfter"].is_string(), "{agreed:?}");
    eventually("the workspace to be gone", async || {
        let answer = stage.api.ask(Some(manager), Method::GET, path, &[], None).await?;
        ensure!(answer.status == 404, "{} {}", answer.status, answer.body);
        Ok(())
    })
    .await?;
    let [first, second] = [person(Role::Gestionnaire).0, SECOND.0];
    let log = stage.api.read(&dpo, "/v1/log?limit=200").await?;
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    let told = |action: &str, actor: &str, words: &[&str]| {
        entries.iter().any(|entry| {
            let has =
                |field: &str, words: &str| entry[field].as_str().is_some_and(|text| text.contains(words));
            entry["action"] == action && has("actor", actor) && words.iter().all(|one| has("note", one))
        })
    };
    ensure!(told("DeletionRequested", first, &["confirmation d'une autre personne"]), "{log}");
    ensure!(told("DeletionDropped", second, &["est retirée"]), "{log}");
    ensure!(told("WorkspaceChanged", second, &[first, second, "et confirmée par"]), "{log}");
    Ok(())
}

/// What waits is recorded while it waits.
async fn requested_in_the_log(stage: &Stage, dpo: &str, request: &Value) -> Result<()> {
    let name = person(Role::Gestionnaire).0;
    eventually("the request in the log", async || {
        let log = stage.api.read(dpo, "/v1/log?limit=1").await?;
        let newest = &log["items"][0];
        let by = newest["actor"].as_str().unwrap_or_default();
        ensure!(newest["action"] == "DeletionRequested" && by.starts_with(name), "{log}");
        ensure!(newest["args"]["request"] == request["id"], "an earlier one: {log}");
        Ok(())
    })
    .await
}

async fn until(stage: &Stage, token: &str, state: &str) -> Result<Value> {
    eventually(state, async || {
        let found = stage.api.read(token, "/v1/workspaces/ght-bm.visio").await?;
        ensure!(found["state"] == state, "{found}");
        Ok(found)
    })
    .await
}
