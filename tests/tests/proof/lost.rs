//! A site that does not answer: what was seen there counts for as long as the policy says, then nobody can tell.

use anyhow::{Context, Result, ensure};
use beffroi_crds::Site;
use beffroi_tests::{
    Scene, eventually,
    scene::{condition, until},
};
use kube::Api;

use crate::proof::bundles;

pub(crate) async fn a_site_not_seen_for_too_long_is_unknown(scene: &mut Scene) -> Result<()> {
    eventually("doubt", async || {
        let lost = scene.workspaces().get("loin").await?;
        let verdict = condition(&lost, "Located")?;
        ensure!((&*verdict.status, &*verdict.reason) == ("Unknown", "ObservationTooOld"), "{verdict:?}");
        ensure!(verdict.message.contains("par1") && verdict.message.contains("60 s"), "{verdict:?}");
        Ok(())
    })
    .await?;
    let site = Api::<Site>::all(scene.client()).get("par1").await?;
    let known =
        site.status.and_then(|status| status.observed).context("what was seen of par1 is forgotten")?;
    ensure!(!known.reachable && known.flux && !known.nodes.is_empty(), "{known:?}");
    let elsewhere = scene.workspaces().get("mairie").await?;
    ensure!(
        condition(&elsewhere, "Located")?.status == "True",
        "a workspace on another site is not concerned"
    );
    let key = bundles::path(scene, "beffroi.pub");
    bundles::until_verified(scene, "loin", &key, 11).await?;
    scene.fleet.site_mut("par1")?.start_api_server().await?;
    until(&scene.workspaces(), "loin", "Located", "True").await?;
    bundles::until_verified(scene, "loin", &key, 0).await.map(|_| ())
}
