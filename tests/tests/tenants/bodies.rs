//! One body is one tenant: refused by the API, told where somebody went past it, and whose it is only to the hosting
//! provider. And a town hall that moves stays the same body.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Tenant, Workspace, tenant::Role};
use beffroi_tests::{
    Stage, eventually, samples,
    scene::{self, until, until_reason},
};
use http::Method;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams},
};
use serde_json::{Value, json};

use super::{TENANT, recorded, tenants, told_of_it};

/// The same SIREN, another establishment.
const MOVED: &str = "99900201700021";

pub async fn one_body_is_one_tenant(stage: &Stage, hoster: &str) -> Result<()> {
    the_api_refuses_it(stage, hoster).await?;
    past_the_api_it_is_told(stage, hoster).await?;
    a_town_hall_moves(stage, hoster).await
}

async fn the_api_refuses_it(stage: &Stage, hoster: &str) -> Result<()> {
    let commune = json!({
        "name": "doublon", "title": "Doublon", "kind": "Commune", "siren": "110020013", "insee": "71076",
        "policy": "standard",
    });
    let hospital = json!({
        "name": "doublon", "title": "Doublon", "kind": "EtablissementDeSante", "siren": "110020013",
        "finess": "710000001", "policy": "standard",
    });
    let school = json!({
        "name": "doublon", "title": "Doublon", "kind": "EtablissementScolaire", "siren": "110020013",
        "uai": "0710001R", "policy": "standard",
    });
    let of = async |name: &str, field: &str| -> Result<Value> {
        let tenant = serde_json::to_value(tenants(stage).get(name).await?.spec)?;
        Ok(tenant[field].clone())
    };
    for (body, field, whose) in [
        (&commune, "siret", TENANT),
        (&commune, "insee", TENANT),
        (&hospital, "finess", "ch-macon"),
        (&school, "uai", "rectorat-dijon"),
        // Its SIREN alone, of a grouping's member.
        (&commune, "siren", "ch-tournus"),
    ] {
        let mut body = body.clone();
        body[field] = of(whose, field).await?;
        if field == "siret" {
            body["siren"] = of(whose, "siren").await?;
        }
        let answer = stage.api.ask(Some(hoster), Method::POST, "/v1/tenants", &[], Some(&body)).await?;
        ensure!(answer.status == 422, "{field}: {answer:?}");
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        let told = errors.iter().find(|error| error["field"] == field);
        let rule = told.and_then(|error| error["rule"].as_str()).unwrap_or_default();
        ensure!(rule.contains(&format!("« {whose} »")), "{field}: {}", answer.body);
    }
    let mut taken = commune.clone();
    taken["domains"] = json!(["doublon.example", "www.mairie-macon.example", "gouv.fr"]);
    let answer = stage.api.ask(Some(hoster), Method::POST, "/v1/tenants", &[], Some(&taken)).await?;
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let fields: Vec<_> = errors.iter().filter_map(|error| error["field"].as_str()).collect();
    ensure!(answer.status == 422 && fields == ["domains[1]", "domains[2]"], "{answer:?}");
    ensure!(tenants(stage).get_opt("doublon").await?.is_none(), "it was registered");
    Ok(())
}

async fn past_the_api_it_is_told(stage: &Stage, hoster: &str) -> Result<()> {
    let mut double = scene::tenant("doublon");
    double.spec.insee = tenants(stage).get(TENANT).await?.spec.insee;
    samples::apply(&stage.scene.client(), &double).await?;
    let message = until_reason(&tenants(stage), "doublon", "Accepted", "BodyTaken").await?;
    ensure!(message.contains("insee 71270") && !message.contains(TENANT), "{message}");
    let first = tenants(stage).get(TENANT).await?.status.context("no status")?;
    ensure!(first.rivals.is_empty(), "the first is told: {:?}", first.rivals);
    let seen = stage.api.read(hoster, "/v1/tenants/doublon").await?;
    ensure!(seen["rivals"][0]["tenant"] == TENANT, "{seen}");

    let mut order = scene::workspace("ordre", "docs", &[]);
    order.metadata.namespace = Some("tenant-doublon".into());
    order.spec.domain = "ordre.doublon.example".into();
    stage.scene.order(&order).await?;
    let orders: Api<Workspace> = Api::namespaced(stage.scene.client(), "tenant-doublon");
    until_reason(&orders, "ordre", "Accepted", "BodyTaken").await?;

    // Put right, it is a body of its own.
    let patch = Patch::Apply(scene::tenant("doublon"));
    tenants(stage).delete("doublon", &DeleteParams::default()).await?;
    orders.delete("ordre", &DeleteParams::default()).await?;
    is_gone(stage).await?;
    tenants(stage).patch("doublon", &PatchParams::apply("kubectl").force(), &patch).await?;
    until(&tenants(stage), "doublon", "Ready", "True").await?;
    tenants(stage).delete("doublon", &DeleteParams::default()).await?;
    is_gone(stage).await
}

async fn is_gone(stage: &Stage) -> Result<()> {
    eventually("its end", async || {
        ensure!(tenants(stage).get_opt("doublon").await?.is_none(), "still there");
        Ok(())
    })
    .await
}

async fn a_town_hall_moves(stage: &Stage, hoster: &str) -> Result<()> {
    let before: Tenant = tenants(stage).get(TENANT).await?;
    let siret = before.spec.siret.clone().context("no SIRET")?;
    let path = format!("/v1/tenants/{TENANT}");
    let moved = stage.api.write(hoster, Method::PATCH, &path, Some(&json!({"siret": MOVED}))).await?;
    ensure!(moved["siret"] == MOVED, "{moved}");
    recorded(stage, TENANT).await?;
    let [_, actor, note] = told_of_it(stage).await?;
    let words = format!("SIRET : désormais \"{MOVED}\", auparavant \"{}\"", &*siret);
    ensure!(!actor.is_empty() && note.contains(&words), "{note}");
    let held = tenants(stage).get(&before.name_any()).await?.status.context("no status")?.numbers;
    ensure!(held.iter().any(|number| number.field == "siret" && number.value == MOVED), "{held:?}");
    until(&tenants(stage), TENANT, "Ready", "True").await?;

    let elsewhere = json!({"siret": "11002001300097"});
    let answer = stage.api.ask(Some(hoster), Method::PATCH, &path, &[], Some(&elsewhere)).await?;
    ensure!(answer.status == 422 && answer.body.to_string().contains("le SIREN, restent"), "{answer:?}");
    let reader = stage.token(TENANT, Role::Lecteur).await?;
    ensure!(stage.api.read(&reader, &path).await?["siret"] == MOVED, "its people read the former");
    Ok(())
}
