//! What a probe of Beffroi's own tells of the network, against what [`walls`](crate::walls) found by connecting: closed,
//! and then opened by an administrator past the guards, in a way that no object of Beffroi's shows.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_tests::{eventually, guards};
use serde_json::Value;

use crate::hoster::{Hoster, TENANT};

/// Opens every pod to everything, beside Beffroi's own policies.
const OPEN: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ouvert }
spec: { podSelector: {}, policyTypes: [Egress], egress: [{}] }
";

/// The policy asks for a probe, and LOC-04 is observed.
pub(crate) async fn are_observed(hoster: &Hoster) -> Result<()> {
    ask(hoster, r#"{"spec":{"networkProbe":true}}"#).await?;
    eventually("LOC-04 observed", async || {
        let status = status(hoster).await?;
        let probed = condition(&status, "Probed").with_context(|| format!("{status:#}"))?;
        ensure!(probed["status"] == "True", "{probed:#}");
        let located = condition(&status, "Located").context("a verdict")?;
        ensure!(located["status"] == "True", "{located:#}");
        let tried = status["sites"][0]["probe"]["tried"].as_array().context("attempts")?;
        for (target, wanted) in
            [("Names", "Reached"), ("ApiServer", ""), ("Node", ""), ("Metadata", ""), ("Outside", "")]
        {
            let one =
                tried.iter().find(|one| one["target"] == target).with_context(|| format!("{tried:?}"))?;
            let found = one["result"].as_str().unwrap_or_default();
            let good =
                if wanted.is_empty() { ["Refused", "NoAnswer"].contains(&found) } else { found == wanted };
            ensure!(good, "{target}: {tried:?}");
        }
        Ok(())
    })
    .await
}

/// Somebody opens the network past the guards: Beffroi's own policies stand as they were, and the next probe tells.
pub(crate) async fn opened_past_the_guards_are_told(
    hoster: &Hoster,
    site: &Cluster,
    namespace: &str,
) -> Result<()> {
    let lifted = guards::lift(site).await?;
    let file = site.folder().join("ouvert.yaml");
    std::fs::write(&file, OPEN)?;
    site.kubectl(&["apply", "-n", namespace, "-f", &file.display().to_string()]).await?;
    ask(hoster, r#"{"spec":{"observationMaxAgeSeconds":901}}"#).await?;
    eventually("what was reached", async || {
        let status = status(hoster).await?;
        let told = condition(&status, "Located").context("a verdict")?["message"].to_string();
        for reached in
            ["the API server of the site answers", "the pod's own node answers", "an address outside answers"]
        {
            ensure!(told.contains("LOC-04") && told.contains(reached), "{status:#}");
        }
        Ok(())
    })
    .await?;
    site.kubectl(&["delete", "networkpolicy", "ouvert", "-n", namespace]).await?;
    guards::restore(site, lifted).await?;
    eventually("LOC-04 kept again", async || {
        let status = status(hoster).await?;
        let located = condition(&status, "Located").context("a verdict")?;
        ensure!(located["status"] == "True", "{located:#}");
        Ok(())
    })
    .await
}

async fn ask(hoster: &Hoster, patch: &str) -> Result<()> {
    let patch = ["patch", "sovereigntypolicy", "standard", "--type", "merge", "-p", patch];
    hoster.management.kubectl(&patch).await.map(drop).map_err(Into::into)
}

async fn status(hoster: &Hoster) -> Result<Value> {
    let home = format!("tenant-{TENANT}");
    let asked = ["get", "workspace", "mairie", "-n", &home, "-o", "jsonpath={.status}"];
    Ok(serde_json::from_str(&hoster.management.kubectl(&asked).await?)?)
}

fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}
