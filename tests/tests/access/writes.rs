//! What is ordered twice under one key is made once, whichever replica is asked; and one reads what one wrote.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Workspace, tenant::Role};
use beffroi_tests::{Api, Stage, api::Answer, eventually};
use futures::future::try_join_all;
use http::{HeaderValue, Method};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

const TENANT: &str = "rectorat-dijon";
/// Sooner than anything is waited for in vain.
const SOON: Duration = Duration::from_millis(1800);
/// Changes that are read back.
const CHANGES: u32 = 50;

/// Idempotency over two replicas, then conditions and reads of what was written.
pub async fn are_made_once_and_read_at_once(stage: &Stage) -> Result<()> {
    let other = Api::start_with(&stage.scene.fleet, &stage.provider, &super::UNLIMITED).await?;
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    the_same_order_is_made_once(&stage.api, &other, &manager).await?;
    orders_at_once_are_one(&stage.api, &other, &manager).await?;
    a_tenant_is_registered_once(&stage.api, &other, &stage.hoster().await?).await?;
    one_reads_what_one_wrote(&stage.api, &other, &manager).await?;
    one_changes_what_one_wrote(&stage.api, &other, &manager).await?;
    a_status_takes_no_edit_away(stage, &manager).await?;
    what_was_written_is_waited_for_by_its_kind(&stage.api, &other, &stage.hoster().await?).await?;
    a_tenant_stays_while_it_has_workspaces(&stage.api, &other, &manager, &stage.hoster().await?).await?;
    other.stop();
    Ok(())
}

fn order(name: &str) -> Value {
    json!({
        "tenant": TENANT, "name": name, "domain": format!("{name}.ac-dijon.example"), "data": ["Staff"],
        "apps": [{"name": "docs", "channel": "Stable"}],
    })
}

async fn post(api: &Api, token: &str, path: &str, key: &str, body: &Value) -> Result<Answer> {
    let headers = [("Idempotency-Key", key), ("Accept-Language", "en")];
    api.ask(Some(token), Method::POST, path, &headers, Some(body)).await
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

async fn the_same_order_is_made_once(one: &Api, other: &Api, token: &str) -> Result<()> {
    let path = "/v1/workspaces";
    let made = post(one, token, path, "k-1", &order("redite")).await?;
    ensure!(made.status == 201 && !replayed(&made), "{made:?}");
    ensure!(made.headers["location"] == "/v1/workspaces/rectorat-dijon.redite", "{made:?}");
    // At once: the other replica may not have heard of it.
    let elsewhere = post(other, token, path, "k-1", &order("autre")).await?;
    ensure!(elsewhere.status == 422, "{elsewhere:?}");
    for api in [other, one, other] {
        let again = post(api, token, path, "k-1", &order("redite")).await?;
        ensure!(again.status == 201 && replayed(&again), "{again:?}");
        ensure!(again.body["createdAt"] == made.body["createdAt"], "{made:?}\n{again:?}");
        let elsewhere = post(api, token, path, "k-1", &order("autre")).await?;
        ensure!(elsewhere.status == 422, "{elsewhere:?}");
        ensure!(
            elsewhere.body["type"] == "https://beffroi.fr/problems/idempotency-mismatch",
            "{elsewhere:?}"
        );
        let named = post(api, token, path, "k-2", &order("redite")).await?;
        ensure!(named.status == 409, "{named:?}");
    }
    let tag = made.headers["etag"].to_str()?;
    let change = json!({"backup": {"everyHours": 12, "keepDays": 7}});
    let path = "/v1/workspaces/rectorat-dijon.redite";
    one.write(token, Method::PATCH, path, Some(&change)).await?;
    for api in [one, other] {
        let late = api.ask(Some(token), Method::PATCH, path, &[("If-Match", tag)], Some(&change)).await?;
        ensure!(late.status == 412, "{late:?}");
    }
    Ok(())
}

async fn orders_at_once_are_one(one: &Api, other: &Api, token: &str) -> Result<()> {
    let body = order("ensemble");
    let asked =
        (0..10).map(|n| post(if n % 2 == 0 { one } else { other }, token, "/v1/workspaces", "k-3", &body));
    let answers = try_join_all(asked).await?;
    ensure!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let created = &answers[0].body["createdAt"];
    ensure!(answers.iter().all(|answer| answer.body["createdAt"] == *created), "{answers:?}");
    let new = answers.iter().filter(|answer| !replayed(answer)).count();
    ensure!(new == 1, "{new} of 10 say that they made it");
    Ok(())
}

async fn a_tenant_is_registered_once(one: &Api, other: &Api, token: &str) -> Result<()> {
    let new = |title: &str| json!({"name": "nouvelle", "title": title, "kind": "Commune", "siret": "11002001300097", "insee": "71076", "policy": "standard"});
    let made = post(one, token, "/v1/tenants", "k-4", &new("Nouvelle")).await?;
    ensure!(made.status == 201 && !replayed(&made), "{made:?}");
    for api in [other, one] {
        let again = post(api, token, "/v1/tenants", "k-4", &new("Nouvelle")).await?;
        ensure!(again.status == 201 && replayed(&again), "{again:?}");
        let elsewhere = post(api, token, "/v1/tenants", "k-4", &new("Autre")).await?;
        ensure!(elsewhere.status == 422, "{elsewhere:?}");
    }
    let path = "/v1/tenants/nouvelle";
    let gone = one.ask(Some(token), Method::DELETE, path, &[], None).await?;
    ensure!(gone.status == 202, "{gone:?}");
    let again = one.ask(Some(token), Method::GET, path, &[], None).await?;
    ensure!(
        again.status == 404 || again.body["ready"] != "True",
        "one does not read what one wrote: {again:?}"
    );
    Ok(())
}

/// Ordered on one replica, and refused by the other at once.
async fn a_tenant_stays_while_it_has_workspaces(
    one: &Api,
    other: &Api,
    manager: &str,
    hoster: &str,
) -> Result<()> {
    let path = "/v1/tenants/rectorat-dijon";
    let made = post(one, manager, "/v1/workspaces", "k-5", &order("dernier")).await?;
    ensure!(made.status == 201, "{made:?}");
    let kept = other.ask(Some(hoster), Method::DELETE, path, &[("Accept-Language", "en")], None).await?;
    ensure!(kept.status == 409, "{kept:?}");
    let told = kept.body["detail"].as_str().unwrap_or_default();
    ensure!(["dernier", "ensemble", "redite"].iter().all(|name| told.contains(name)), "{told}");
    Ok(())
}

/// The other replica may lag behind: it asks the cluster before it says that a version is another one.
/// What the operator writes of an order, and what a proxy writes on a tag, is nobody's edit; what another person changed
/// is.
async fn a_status_takes_no_edit_away(stage: &Stage, token: &str) -> Result<()> {
    let path = format!("/v1/workspaces/{TENANT}.redite");
    let orders: kube::Api<Workspace> =
        kube::Api::namespaced(stage.scene.client(), &format!("tenant-{TENANT}"));
    let change = async |tag: &str, updates: &str| {
        let body = json!({"updates": updates});
        stage.api.ask(Some(token), Method::PATCH, &path, &[("If-Match", tag)], Some(&body)).await
    };
    let forms = ["\"TAG\"", "W/\"TAG\"", "\"TAG-gzip\"", "W/\"TAG;gzip\"", "\"TAG--gzip\"", "\"TAG-en-br\""];
    for (form, updates) in forms.into_iter().zip(["FollowChannel", "Pinned"].into_iter().cycle()) {
        let seen = stage.api.ask(Some(token), Method::GET, &path, &[], None).await?;
        let tag = seen.headers["etag"].to_str()?.trim_start_matches("W/").trim_matches('"').to_owned();
        let status = json!({"status": {"findingsOmitted": 7}});
        orders.patch_status("redite", &PatchParams::default(), &Patch::Merge(&status)).await?;
        let tag = form.replace("TAG", &tag);
        let changed = change(&tag, updates).await?;
        ensure!(changed.status == 200 && changed.body["updates"] == updates, "{tag}: {changed:?}");
        let late = change(&tag, "Pinned").await?;
        ensure!(late.status == 412, "{tag}, after another's edit: {late:?}");
    }
    // Two at once with one tag: one of them makes it.
    let seen = stage.api.ask(Some(token), Method::GET, &path, &[], None).await?;
    let tag = seen.headers["etag"].to_str()?.to_owned();
    let bodies = ["un", "deux"].map(|name| json!({"domain": format!("{name}.ac-dijon.example")}));
    let condition = [("If-Match", tag.as_str())];
    let both =
        bodies.iter().map(|body| stage.api.ask(Some(token), Method::PATCH, &path, &condition, Some(body)));
    let mut outcomes: Vec<u16> =
        try_join_all(both).await?.iter().map(|answer| answer.status.as_u16()).collect();
    outcomes.sort_unstable();
    ensure!(outcomes == [200, 412], "{outcomes:?}");
    Ok(())
}

async fn one_changes_what_one_wrote(api: &Api, other: &Api, token: &str) -> Result<()> {
    let path = "/v1/workspaces/rectorat-dijon.redite";
    let mut tag = String::from("*");
    for days in 1..=CHANGES {
        let change = json!({"backup": {"everyHours": 24, "keepDays": days + CHANGES}});
        let on = if days % 2 == 0 { api } else { other };
        let written = on.ask(Some(token), Method::PATCH, path, &[("If-Match", &tag)], Some(&change)).await?;
        // Somebody else, such as the operator, may have written since.
        ensure!(written.status == 200 || written.status == 412, "change {days}: {written:?}");
        if written.status == 412 {
            // What was written since reaches the caches a moment later.
            eventually("the version that is there", async || {
                let live = api.ask(Some(token), Method::GET, path, &[], None).await?;
                ensure!(
                    live.headers["etag"] != tag.as_str(),
                    "change {days}: {tag} is refused, and {live:?}"
                );
                Ok(())
            })
            .await?;
            "*".clone_into(&mut tag);
        } else {
            tag = written.headers["etag"].to_str()?.to_owned();
        }
    }
    let refused = HeaderValue::from_bytes(b"\"\xe9\"")?;
    let request = reqwest::Client::builder().no_proxy().build()?.patch(format!("{}{path}", api.url()));
    let answer = request
        .bearer_auth(token)
        .header("If-Match", refused)
        .json(&json!({"suspended": true}))
        .send()
        .await?;
    ensure!(answer.status() == 400, "a condition that cannot be read: {answer:?}");
    Ok(())
}

async fn what_was_written_is_waited_for_by_its_kind(api: &Api, other: &Api, token: &str) -> Result<()> {
    let path = "/v1/tenants/rectorat-dijon";
    // Waiting in vain would make every one late that asks for the same.
    let mut late = 0;
    for n in 0..10 {
        let change = json!({"title": format!("Rectorat de Dijon, {n}")});
        let written = api.ask(Some(token), Method::PATCH, path, &[], Some(&change)).await?;
        let tag = written.headers["etag"].to_str()?;
        for read in ["/v1/me", "/v1/workspaces?limit=1", "/v1/apps?tenant=rectorat-dijon", path] {
            let begun = Instant::now();
            let answer =
                other.ask(Some(token), Method::GET, read, &[("Beffroi-At-Least", tag)], None).await?;
            ensure!(answer.status == 200, "{read}: {answer:?}");
            late += u32::from(begun.elapsed() >= SOON);
            ensure!(read != path || answer.body["title"] == change["title"], "{answer:?}");
        }
    }
    ensure!(late <= 2, "{late} of 40 waited");
    for absurd in ["\"workspace-9223372036854775807\"", "18446744073709551615", "\"site-1\""] {
        let begun = Instant::now();
        let answer =
            api.ask(Some(token), Method::GET, "/v1/me", &[("Beffroi-At-Least", absurd)], None).await?;
        ensure!(
            answer.status == 422 && begun.elapsed() < SOON,
            "{absurd}: {:?}, {answer:?}",
            begun.elapsed()
        );
    }
    ensure!(!api.log().contains("lags behind what"), "anyone can fill the log");
    Ok(())
}

async fn one_reads_what_one_wrote(api: &Api, other: &Api, token: &str) -> Result<()> {
    let path = "/v1/workspaces/rectorat-dijon.redite";
    for days in 1..=CHANGES {
        let change = json!({"backup": {"everyHours": 24, "keepDays": days}});
        let written = api.ask(Some(token), Method::PATCH, path, &[], Some(&change)).await?;
        ensure!(written.body["backup"]["keepDays"] == days, "{written:?}");
        // On the other replica at once, for whoever says what was written last.
        let tag = written.headers.get("etag").context("no version")?.to_str()?;
        let elsewhere = other.ask(Some(token), Method::GET, path, &[("beffroi-at-least", tag)], None).await?;
        ensure!(
            elsewhere.body["backup"]["keepDays"] == days,
            "change {days}, the other replica: {elsewhere:?}"
        );
        let read = api.ask(Some(token), Method::GET, path, &[], None).await?;
        ensure!(read.body["backup"]["keepDays"] == days, "change {days}: {}", read.body);
        let listed = api.read(token, "/v1/workspaces?limit=200").await?;
        let found = listed["items"].as_array().into_iter().flatten().find(|one| one["id"] == read.body["id"]);
        ensure!(found.context("not listed")?["backup"]["keepDays"] == days, "change {days}: {listed}");
    }
    Ok(())
}
