//! Data that does not lie where it may: the API tells it, in both languages, and people see it on the page; as they see
//! that no site would take another order now.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Site, tenant::Role};
use beffroi_tests::{Stage, eventually, nodes, web};
use http::Method;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

use crate::page::{DEVICES, TENANT, WORKSPACE, asked, quiet};

const SITE: &str = "rbx1";
/// Where one of its nodes comes to say that it lies.
const ELSEWHERE: &str = "de-fra";

/// A node of a site says that it lies in Frankfurt, and the other site is closed.
pub(crate) async fn are_told_and_seen(stage: &Stage) -> Result<()> {
    let manager = stage.token(TENANT, Role::Gestionnaire).await?;
    let api = Api::namespaced(stage.scene.client(), &format!("tenant-{TENANT}"));
    let placed: beffroi_crds::Workspace = api.get(WORKSPACE).await?;
    let namespace = placed.status.and_then(|status| status.namespace).context("it has no namespace")?;
    let site = stage.scene.fleet.site(SITE)?.admin();
    let node = nodes::carrier(&site, &namespace).await?;
    let home = nodes::move_to(&site, &node, ELSEWHERE).await?;
    close(stage, true).await?;
    told(stage, &manager, &node).await?;
    for device in DEVICES {
        let seen = web::run("findings", &asked(stage, device)).await?;
        ensure!(seen["violations"] == json!([]), "{device}: {:#}", seen["violations"]);
        quiet(device, &seen, &[])?;
        let text = |what: &str| seen[what].to_string();
        ensure!(text("state").contains("Pas là où les règles l’admettent"), "{device}: {seen:#}");
        ensure!(text("map").contains("Roubaix : contredit par ce qui a été vu (rbx1)"), "{device}: {seen:#}");
        ensure!(text("map").contains("Paris : des données s’y trouvent (par1)"), "{device}: {seen:#}");
        ensure!(
            text("findings").contains(&node) && text("findings").contains("LOC-01"),
            "{device}: {seen:#}"
        );
        let refused = ["SITE-CLOSED", "JUR-05", "LOC-01"].iter().all(|rule| text("refusals").contains(rule));
        ensure!(refused && text("verdict").contains("Sites refusés : 5"), "{device}: {seen:#}");
    }
    close(stage, false).await?;
    nodes::move_to(&site, &node, &home).await?;
    eventually("the verdict to heal", async || {
        let location = location(stage, &manager, "fr").await?;
        ensure!(location["verdict"] == "Located" && location["findings"] == json!([]), "{location:#}");
        Ok(())
    })
    .await
}

/// Verdict, finding and mark, in French and in English.
async fn told(stage: &Stage, manager: &str, node: &str) -> Result<()> {
    let fallen = eventually("the verdict to fall", async || {
        let location = location(stage, manager, "fr").await?;
        ensure!(location["verdict"] == "NotLocated", "{location:#}");
        Ok(location)
    })
    .await?;
    let english = location(stage, manager, "en").await?;
    let of_node = |location: &Value| {
        let mut all = location["findings"].as_array().into_iter().flatten();
        let ours = |f: &Value| f["object"] == format!("Node {node}") && f["site"] == SITE;
        all.find(|f| ours(f)).cloned().with_context(|| format!("{location:#}"))
    };
    let (fr, en) = (of_node(&fallen)?, of_node(&english)?);
    ensure!(fr["rule"] == "LOC-01" && fr["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{fr}");
    ensure!(fallen["since"].is_string() && fallen["reason"] == english["reason"], "{fallen:#}");
    for (fr, en) in [(&fr["observed"], &en["observed"]), (&fallen["message"], &english["message"])] {
        ensure!(
            fr != en && fr.to_string().contains(ELSEWHERE) && en.to_string().contains(ELSEWHERE),
            "{fr} {en}"
        );
    }
    ensure!(
        fr["observed"].to_string().contains("porte") && en["observed"].to_string().contains("carries"),
        "{fr} {en}"
    );
    let marks = fallen["map"]["features"].as_array().into_iter().flatten();
    let contradicted = |mark: &Value| mark["properties"]["contradicted"] == true;
    let accused: Vec<_> = marks.filter(|mark| contradicted(mark)).map(|m| &m["properties"]["name"]).collect();
    ensure!(accused == [SITE], "{:#}", fallen["map"]);
    Ok(())
}

async fn location(stage: &Stage, manager: &str, language: &str) -> Result<Value> {
    let path = format!("/v1/workspaces/{TENANT}.{WORKSPACE}/location");
    let headers = [("Accept-Language", language)];
    let answer = stage.api.ask(Some(manager), Method::GET, &path, &headers, None).await?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
    Ok(answer.body)
}

/// Closes the other site to new workspaces, or opens it.
async fn close(stage: &Stage, closed: bool) -> Result<()> {
    let sites: Api<Site> = Api::all(stage.scene.client());
    let spec = json!({"spec": {"unschedulable": closed}});
    sites.patch("par1", &PatchParams::default(), &Patch::Merge(spec)).await?;
    Ok(())
}
