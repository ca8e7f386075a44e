//! Nothing that is said of a tenant changes without a trace: who may sign in, by the API and past it, one change and
//! several, while it is paused, and at its end. And what an older Beffroi registered is not told as changed. Whose a
//! domain is: [`domains`]; that one body is one tenant: [`bodies`]; who is of a grouping: [`members`].

mod bodies;
mod domains;
mod members;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Tenant, labels, tenant::Role};
use beffroi_tests::{
    Operator, Stage, cli, eventually,
    oidc::HOSTER,
    operator::entries,
    quiet::Quiet,
    scene::{until, until_reason},
};
use http::Method;
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

const TENANT: &str = "mairie-macon";

#[tokio::test(flavor = "multi_thread")]
async fn who_may_sign_in_never_changes_without_a_trace() -> Result<()> {
    let mut stage = Stage::start(&["par1"]).await?;
    let hoster = stage.hoster().await?;
    settled_in_the_log(&stage).await?;
    through_the_api_and_past_it(&stage, &hoster).await?;
    nobody_else_says_who_asked(&stage).await?;
    together_and_while_paused(&mut stage, &hoster).await?;
    at_its_end(&mut stage, &hoster).await?;
    domains::whose_a_domain_is(&mut stage, &hoster).await?;
    members::a_stranger_of_a_members_name_inherits_nothing(&stage).await?;
    bodies::one_body_is_one_tenant(&stage, &hoster).await?;
    what_an_older_version_registered_is_not_told_anew(&mut stage).await
}

/// A group of the hoster's own people is bound to a role, and taken out again.
async fn through_the_api_and_past_it(stage: &Stage, hoster: &str) -> Result<()> {
    let mut identity = stage.api.read(hoster, "/v1/tenants/mairie-macon").await?["identity"].take();
    let before = identity["roles"].clone();
    let roles = identity["roles"].as_array_mut().context("no roles")?;
    roles.push(json!({"group": "exploitation", "role": "gestionnaire"}));
    patch(stage, hoster, &json!({"identity": identity})).await?;
    recorded(stage, TENANT).await?;
    let bound = told(stage).await?;
    let person = format!("{HOSTER} ({})", stage.provider.issuer(HOSTER));
    let [action, actor, note] = &bound[0];
    ensure!((action.as_str(), actor.as_str()) == ("TenantChanged", person.as_str()), "{bound:?}");
    let words = "modifiée : rôles des groupes ; rôles des groupes : en plus \"gestionnaire: exploitation\" ; demande essai-identite";
    ensure!(note == words, "{note}");

    let past = json!({"spec": {"identity": {"roles": before}}});
    tenants(stage).patch(TENANT, &PatchParams::default(), &Patch::Merge(past)).await?;
    recorded(stage, TENANT).await?;
    let [action, actor, note] = &told(stage).await?[0];
    ensure!(action == "TenantChanged" && actor.is_empty() && note.contains("hors de l'API"), "{note}");

    // As the log has it, and as the program tells it.
    let run = ["log", "--tenant", TENANT, "--limit", "5"];
    let text = cli::run(&stage.scene.fleet, stage.scene.operator()?, &run).await?.ok()?;
    println!("{text}");
    let english = "changed: identity.roles; identity.roles gains \"gestionnaire: exploitation\"";
    ensure!(text.contains("TenantChanged") && text.contains(english), "{text}");
    ensure!(text.contains(&format!("request essai-identite; by {person}")), "{text}");
    Ok(())
}

async fn nobody_else_says_who_asked(stage: &Stage) -> Result<()> {
    for note in [labels::CHANGED_BY, labels::DELETED_BY] {
        let forged = json!({"metadata": {"annotations": {note: "{}"}}});
        let refused = tenants(stage).patch(TENANT, &PatchParams::default(), &Patch::Merge(forged)).await;
        let why = refused.err().with_context(|| format!("an administrator wrote {note}"))?.to_string();
        ensure!(why.contains("the API's to write"), "{why}");
    }
    Ok(())
}

/// Several changes while no operator looks are no one's; one while the tenant is paused is told then.
async fn together_and_while_paused(stage: &mut Stage, hoster: &str) -> Result<()> {
    stage.scene.operator.take().context("no operator")?.stop();
    let past = json!({"spec": {"quota": {"workspaces": 7}}});
    tenants(stage).patch(TENANT, &PatchParams::default(), &Patch::Merge(past)).await?;
    patch(stage, hoster, &json!({"title": "Ville de Mâcon"})).await?;
    restart(stage).await?;
    recorded(stage, TENANT).await?;
    let [action, actor, note] = &told(stage).await?[0];
    ensure!(action == "TenantChanged" && actor.is_empty(), "{actor} {note}");
    for words in [
        "quota d'espaces de travail : désormais \"7\", auparavant \"5\"",
        "2 modifications à la fois, la dernière par",
    ] {
        ensure!(note.contains(words), "{note}");
    }

    let pause = |paused: Value| Patch::Merge(json!({"metadata": {"annotations": {labels::PAUSED: paused}}}));
    let (api, params) = (tenants(stage), PatchParams::default());
    api.patch(TENANT, &params, &pause(json!("true"))).await?;
    until_reason(&api, TENANT, "Ready", "Paused").await?;
    patch(stage, hoster, &json!({"title": "Commune de Mâcon"})).await?;
    recorded(stage, TENANT).await?;
    let [action, actor, note] = &told(stage).await?[0];
    let words = "titre : désormais \"Commune de Mâcon\", auparavant \"Ville de Mâcon\"";
    ensure!(action == "TenantChanged" && actor.starts_with(HOSTER) && note.contains(words), "{note}");
    let before = entries(&stage.scene.fleet).await?;
    api.patch(TENANT, &params, &pause(Value::Null)).await?;
    until(&api, TENANT, "Ready", "True").await?;
    ensure!(entries(&stage.scene.fleet).await? == before, "told again once it goes on");
    Ok(())
}

/// Registered and deleted through the API, and changed a moment before while no operator looked.
async fn at_its_end(stage: &mut Stage, hoster: &str) -> Result<()> {
    let new = json!({
        "name": "passage", "title": "Passage", "kind": "Commune", "siret": "11002001300097", "insee": "71076",
        "policy": "standard",
    });
    stage.api.write(hoster, Method::POST, "/v1/tenants", Some(&new)).await?;
    until(&tenants(stage), "passage", "Ready", "True").await?;
    let uid = tenants(stage).get("passage").await?.metadata.uid.context("no UID")?;
    stage.scene.operator.take().context("no operator")?.stop();
    let path = "/v1/tenants/passage";
    stage.api.write(hoster, Method::PATCH, path, Some(&json!({"title": "Autre"}))).await?;
    stage.api.write(hoster, Method::DELETE, path, None).await?;
    // Deleted once more by somebody else, who did nothing.
    stage.api.write(hoster, Method::DELETE, path, None).await?;
    restart(stage).await?;
    eventually("its end", async || {
        ensure!(tenants(stage).get_opt("passage").await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    let run = ["log", "--tenant-uid", &uid, "-o", "json"];
    let text = cli::run(&stage.scene.fleet, stage.scene.operator()?, &run).await?.ok()?;
    let all: Vec<Value> = serde_json::from_str(&text)?;
    let told: Vec<(&str, bool)> = all
        .iter()
        .rev()
        .filter_map(|entry| entry.pointer("/statement/predicate"))
        .map(|p| (p["action"].as_str().unwrap_or_default(), p["actor"].as_str().is_some()))
        .collect();
    let expected = [
        ("TenantRegistered", true),
        ("PolicyChanged", false),
        ("TenantChanged", true),
        ("TenantDeleted", true),
    ];
    ensure!(told == expected, "{text}");
    Ok(())
}

/// As statuses were before changes of tenants were recorded.
async fn what_an_older_version_registered_is_not_told_anew(stage: &mut Stage) -> Result<()> {
    stage.scene.operator.take().context("no operator")?.stop();
    let api = tenants(stage);
    let old: Vec<Tenant> = api.list(&ListParams::default()).await?.items;
    for mut tenant in old.clone() {
        let status = tenant.status.as_mut().context("no status")?;
        status.recorded_generation = None;
        status.recorded_spec.clear();
        let name = tenant.metadata.name.clone().context("no name")?;
        api.replace_status(&name, &PostParams::default(), &tenant).await?;
    }
    let before = entries(&stage.scene.fleet).await?;
    restart(stage).await?;
    for tenant in &old {
        recorded(stage, tenant.metadata.name.as_deref().context("no name")?).await?;
    }
    ensure!(entries(&stage.scene.fleet).await? == before, "{:?}", told(stage).await?);

    // Marked once: what is settled is left alone.
    stage.scene.operator.take().context("no operator")?.stop();
    let quiet = Quiet::from_now(&stage.scene.fleet.management).await?;
    restart(stage).await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let writes = quiet.writes(&stage.scene.fleet.management).await?;
    ensure!(writes == 0, "{writes}: {:?}", quiet.offenders(&stage.scene.fleet.management).await?);
    ensure!(entries(&stage.scene.fleet).await? == before, "{:?}", told(stage).await?);
    Ok(())
}

fn tenants(stage: &Stage) -> Api<Tenant> {
    Api::all(stage.scene.client())
}

async fn patch(stage: &Stage, token: &str, change: &Value) -> Result<()> {
    let headers = [("X-Request-Id", "essai-identite")];
    let path = "/v1/tenants/mairie-macon";
    let answer = stage.api.ask(Some(token), Method::PATCH, path, &headers, Some(change)).await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

async fn restart(stage: &mut Stage) -> Result<()> {
    let operator = Operator::start_with(&stage.scene.fleet, &["--leader-elect", "false"]).await?;
    stage.scene.operator = Some(operator);
    Ok(())
}

/// Once what is said of every tenant stands in the log.
async fn settled_in_the_log(stage: &Stage) -> Result<()> {
    for tenant in tenants(stage).list(&ListParams::default()).await?.items {
        recorded(stage, tenant.metadata.name.as_deref().context("no name")?).await?;
    }
    Ok(())
}

async fn recorded(stage: &Stage, name: &str) -> Result<()> {
    eventually("its record", async || {
        let tenant = tenants(stage).get(name).await?;
        let recorded = tenant.status.context("no status")?.recorded_generation;
        ensure!(recorded == tenant.metadata.generation, "{recorded:?} of {:?}", tenant.metadata.generation);
        Ok(())
    })
    .await
}

/// Action, actor and note of each entry on the tenant, newest first, as its DPO reads them.
async fn told(stage: &Stage) -> Result<Vec<[String; 3]>> {
    let dpo = stage.token(TENANT, Role::Dpo).await?;
    let log = stage.api.read(&dpo, "/v1/log").await?;
    let text = |entry: &Value| {
        ["action", "actor", "note"].map(|field| entry[field].as_str().unwrap_or_default().to_owned())
    };
    Ok(log["items"].as_array().context("no entries")?.iter().map(text).collect())
}

/// The newest of its changes that is told.
async fn told_of_it(stage: &Stage) -> Result<[String; 3]> {
    let all = told(stage).await?;
    all.into_iter().find(|[action, ..]| action == "TenantChanged").context("no change of it is told")
}
