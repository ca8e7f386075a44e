//! Whose a domain is: declared, or proven with a DNS record; nobody reaches into another's, and a proof that goes stops
//! nothing that runs.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{
    Tenant, Workspace, labels,
    tenant::{HeldBy, HeldDomain, Role},
};
use beffroi_tests::{
    Operator, Stage,
    dns::{Dns, Mood},
    eventually,
    scene::{self, condition, until, until_reason},
};
use http::Method;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use super::{TENANT, tenants, told_of_it};

/// Another tenant.
const OTHER: &str = "rectorat-dijon";
/// Where no sample is at home.
const DOMAIN: &str = "ville-essai.example";

pub async fn whose_a_domain_is(stage: &mut Stage, hoster: &str) -> Result<()> {
    let dns = Dns::start().await?;
    stage.scene.operator.take().context("no operator")?.stop();
    let resolver = dns.address();
    let arguments = ["--leader-elect", "false", "--resolver", &resolver, "--domain-recheck-seconds", "1"];
    stage.scene.operator = Some(Operator::start_with(&stage.scene.fleet, &arguments).await?);

    anothers_is_refused(stage).await?;
    a_record_proves_it(stage, &dns).await?;
    nobody_else_is_given_it(stage, hoster).await?;
    no_host_is_given_twice(stage).await?;
    a_silent_server_takes_nothing_away(stage, &dns).await?;
    what_runs_stays_when_the_proof_goes(stage, &dns).await?;
    it_is_free_once_nothing_is_reached_by_it(stage, &dns).await
}

fn order(name: &str, domain: &str) -> Workspace {
    let mut order = scene::workspace(name, "docs", &[]);
    order.spec.domain = domain.into();
    order
}

fn orders(stage: &Stage, tenant: &str) -> Api<Workspace> {
    Api::namespaced(stage.scene.client(), &format!("tenant-{tenant}"))
}

async fn place(stage: &Stage, tenant: &str, name: &str, domain: &str) -> Result<()> {
    let mut order = order(name, domain);
    order.metadata.namespace = None;
    orders(stage, tenant).create(&PostParams::default(), &order).await?;
    Ok(())
}

/// Namespaces of a workspace in the site.
async fn written(stage: &Stage, tenant: &str, name: &str) -> Result<usize> {
    let uid = orders(stage, tenant).get(name).await?.uid().context("no UID")?;
    let homes: Api<Namespace> = Api::all(stage.scene.fleet.site("par1")?.admin());
    let own = ListParams::default().labels(&format!("{}={uid}", labels::WORKSPACE_UID));
    Ok(homes.list(&own).await?.items.len())
}

async fn held(stage: &Stage, tenant: &str, domain: &str) -> Result<Option<HeldDomain>> {
    let status = tenants(stage).get(tenant).await?.status.context("no status")?;
    Ok(status.domains.into_iter().find(|held| held.domain == domain))
}

async fn record(stage: &Stage, tenant: &str) -> Result<String> {
    Ok(format!("beffroi-tenant={}", tenants(stage).get(tenant).await?.uid().context("no UID")?))
}

/// The order that the issue began with, by the API and past it; and one under what is nobody's.
async fn anothers_is_refused(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let wanted = |domain: &str| {
        json!({
            "tenant": TENANT, "name": "intrus", "domain": domain, "data": ["Staff"],
            "apps": [{"name": "docs", "channel": "Stable"}],
        })
    };
    for (domain, reason) in [
        ("communication.ght-bm.example", "DomainTaken"),
        ("ght-bm.example", "DomainTaken"),
        ("gouv.fr", "PublicSuffix"),
    ] {
        let preview = Some(&wanted(domain)).cloned();
        let seen = stage.api.write(&manager, Method::POST, "/v1/preview", preview.as_ref()).await?;
        ensure!(seen["refusal"]["reason"] == reason, "{domain}: {seen}");
    }
    let intruder = wanted("communication.ght-bm.example");
    stage.api.write(&manager, Method::POST, "/v1/workspaces", Some(&intruder)).await?;
    until_reason(&orders(stage, TENANT), "intrus", "Accepted", "DomainTaken").await?;
    ensure!(written(stage, TENANT, "intrus").await? == 0, "something of it was written");
    orders(stage, TENANT).delete("intrus", &DeleteParams::default()).await?;
    Ok(())
}

async fn a_record_proves_it(stage: &Stage, dns: &Dns) -> Result<()> {
    let domain = format!("docs.{DOMAIN}");
    place(stage, TENANT, "preuve", &domain).await?;
    let message = until_reason(&orders(stage, TENANT), "preuve", "Accepted", "DomainNotProven").await?;
    let value = record(stage, TENANT).await?;
    let wanted = format!("_beffroi.{domain} TXT \"{value}\"");
    ensure!(message.contains(&wanted), "{message}");

    // As its people read it.
    let reader = stage.token(TENANT, Role::Lecteur).await?;
    let seen = stage.api.read(&reader, &format!("/v1/workspaces/{TENANT}.preuve")).await?.to_string();
    let escaped = wanted.replace('"', "\\\"");
    ensure!(seen.contains("ajoutez l'enregistrement DNS") && seen.contains(&escaped), "{seen}");

    // Another's UID, and our own where it says nothing.
    dns.set(&format!("_beffroi.{domain}"), &["beffroi-tenant=00000000-0000-0000-0000-000000000000"]);
    dns.set(&domain, &[&value]);
    let asked = dns.asked();
    eventually("lookups", async || {
        ensure!(dns.asked() > asked + 4, "{} of {asked}", dns.asked());
        Ok(())
    })
    .await?;
    let still = orders(stage, TENANT).get("preuve").await?;
    ensure!(condition(&still, "Accepted")?.reason == "DomainNotProven", "{:?}", still.status);
    ensure!(written(stage, TENANT, "preuve").await? == 0, "something of it was written");

    dns.set(&format!("_beffroi.{DOMAIN}"), &["v=spf1 -all", &value]);
    until(&orders(stage, TENANT), "preuve", "Ready", "True").await?;
    ensure!(written(stage, TENANT, "preuve").await? == 1, "nothing was written");
    let held = held(stage, TENANT, DOMAIN).await?.context("not recorded")?;
    ensure!(held.by == HeldBy::Proven && held.lost_since.is_none(), "{held:?}");
    let [_, _, note] = told_of_it(stage).await?;
    let words = format!("le domaine {DOMAIN} est tenu : son enregistrement DNS désigne cette organisation");
    ensure!(note == words, "{note}");
    Ok(())
}

/// Declared for another, below and above: the later one is told, and by whom only to the hosting provider.
async fn nobody_else_is_given_it(stage: &Stage, hoster: &str) -> Result<()> {
    let api = tenants(stage);
    let before = api.get(OTHER).await?.spec.domains;
    let declare = async |domains: Value| -> Result<Tenant> {
        let patch = Patch::Merge(json!({"spec": {"domains": domains}}));
        Ok(api.patch(OTHER, &PatchParams::default(), &patch).await?)
    };
    for domain in [format!("a.docs.{DOMAIN}"), DOMAIN.to_owned()] {
        declare(json!([domain, before[0]])).await?;
        let message = until_reason(&api, OTHER, "DomainsHeld", "DomainTaken").await?;
        ensure!(message.contains(&domain) && !message.contains(TENANT), "{message}");
        eventually("whose it is", async || {
            let rivals = api.get(OTHER).await?.status.context("no status")?.rivals;
            let told = rivals.first().map(|rival| (rival.value.clone(), rival.tenant.clone()));
            ensure!(told == Some((domain.clone(), TENANT.to_owned())), "{rivals:?}");
            Ok(())
        })
        .await?;
    }
    let path = format!("/v1/tenants/{OTHER}");
    let reader = stage.token(OTHER, Role::Lecteur).await?;
    let [seen, all] = [stage.api.read(&reader, &path).await?, stage.api.read(hoster, &path).await?];
    ensure!(seen.to_string().contains("DomainTaken") && !seen.to_string().contains(TENANT), "{seen}");
    ensure!(all["rivals"][0]["tenant"] == TENANT, "{all}");
    place(stage, OTHER, "intrus", &format!("intrus.{DOMAIN}")).await?;
    until_reason(&orders(stage, OTHER), "intrus", "Accepted", "DomainTaken").await?;
    declare(json!(before)).await?;
    until(&api, OTHER, "DomainsHeld", "True").await?;
    Ok(())
}

/// Within one tenant: the same domain again, and a domain that is another's `APP.DOMAIN`.
async fn no_host_is_given_twice(stage: &Stage) -> Result<()> {
    for domain in [format!("docs.{DOMAIN}"), format!("docs.docs.{DOMAIN}")] {
        place(stage, TENANT, "double", &domain).await?;
        let message = until_reason(&orders(stage, TENANT), "double", "Accepted", "HostTaken").await?;
        ensure!(message.contains("preuve") && message.contains(&format!("docs.{DOMAIN}")), "{message}");
        ensure!(written(stage, TENANT, "double").await? == 0, "two workspaces with one host");
        orders(stage, TENANT).delete("double", &DeleteParams::default()).await?;
        eventually("its end", async || {
            ensure!(orders(stage, TENANT).get_opt("double").await?.is_none(), "still there");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

async fn a_silent_server_takes_nothing_away(stage: &Stage, dns: &Dns) -> Result<()> {
    for mood in [Mood::Failing, Mood::Silent] {
        dns.is(mood);
        let asked = dns.asked();
        let message = until_reason(&tenants(stage), TENANT, "DomainsHeld", "LookupFailed").await?;
        ensure!(message.contains(&format!("the DNS record of {DOMAIN} cannot be looked up")), "{message}");
        eventually("more lookups", async || {
            ensure!(dns.asked() > asked + 1, "{} of {asked}", dns.asked());
            Ok(())
        })
        .await?;
        let kept = held(stage, TENANT, DOMAIN).await?.context("let go of")?;
        ensure!(kept.lost_since.is_none(), "{kept:?}");
    }
    // Everyone else's work goes on.
    place(stage, TENANT, "autre", "autre.mairie-macon.example").await?;
    until(&orders(stage, TENANT), "autre", "Accepted", "True").await?;
    dns.is(Mood::Well);
    until_reason(&tenants(stage), TENANT, "DomainsHeld", "AsExpected").await?;
    Ok(())
}

async fn what_runs_stays_when_the_proof_goes(stage: &Stage, dns: &Dns) -> Result<()> {
    dns.set(&format!("_beffroi.{DOMAIN}"), &[]);
    let message = until_reason(&tenants(stage), TENANT, "DomainsHeld", "DomainLost").await?;
    ensure!(message.contains(&format!("_beffroi.{DOMAIN} TXT")), "{message}");
    until_reason(&orders(stage, TENANT), "preuve", "Accepted", "DomainLost").await?;
    let there = until(&orders(stage, TENANT), "preuve", "Ready", "True").await?;
    ensure!(condition(&there, "Accepted")?.status == "True", "{:?}", there.status);
    ensure!(written(stage, TENANT, "preuve").await? == 1, "it was taken away");

    // No other order under it; and whoever proves it meanwhile is not given what another is reached by.
    place(stage, TENANT, "suivant", &format!("suivant.{DOMAIN}")).await?;
    until_reason(&orders(stage, TENANT), "suivant", "Accepted", "DomainLost").await?;
    orders(stage, TENANT).delete("suivant", &DeleteParams::default()).await?;
    dns.set(&format!("_beffroi.{DOMAIN}"), &[&record(stage, OTHER).await?]);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let other = orders(stage, OTHER).get("intrus").await?;
    ensure!(condition(&other, "Accepted")?.reason == "DomainTaken", "{:?}", other.status);
    ensure!(written(stage, OTHER, "intrus").await? == 0, "two tenants under one domain");
    Ok(())
}

async fn it_is_free_once_nothing_is_reached_by_it(stage: &Stage, dns: &Dns) -> Result<()> {
    orders(stage, TENANT).delete("preuve", &DeleteParams::default()).await?;
    eventually("its end", async || {
        ensure!(orders(stage, TENANT).get_opt("preuve").await?.is_none(), "still there");
        ensure!(held(stage, TENANT, DOMAIN).await?.is_none(), "still held");
        Ok(())
    })
    .await?;
    until(&orders(stage, OTHER), "intrus", "Accepted", "True").await?;
    let held = held(stage, OTHER, DOMAIN).await?.context("not recorded")?;
    ensure!(held.by == HeldBy::Proven, "{held:?}");

    // So that nothing of it is in the way of what comes after.
    for (tenant, name) in [(OTHER, "intrus"), (TENANT, "autre")] {
        orders(stage, tenant).delete(name, &DeleteParams::default()).await?;
    }
    dns.set(&format!("_beffroi.{DOMAIN}"), &[]);
    eventually("an end to it all", async || {
        for (tenant, name) in [(OTHER, "intrus"), (TENANT, "autre")] {
            ensure!(orders(stage, tenant).get_opt(name).await?.is_none(), "{name} is still there");
        }
        let tenant = tenants(stage).get(OTHER).await?;
        ensure!(condition(&tenant, "DomainsHeld")?.status == "True", "{:?}", tenant.status);
        Ok(())
    })
    .await
}
