//! Data location observed, proven and verified on real clusters: what is seen makes the verdict, the verdict makes
//! evidence, and evidence verifies for somebody who has nothing but the public keys.

mod backups;
mod breaches;
mod bundles;
mod lost;
mod record;
mod rotation;
mod upkeep;
mod volumes;

use anyhow::{Context, Result};
use beffroi_crds::{SovereigntyPolicy, Tenant};
use beffroi_tests::{
    Scene,
    scene::{TENANT, until, workspace},
};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn where_data_lies_is_seen_proven_and_verified_offline() -> Result<()> {
    let mut scene = Scene::start(&["rbx1", "par1"]).await?;
    // The log has the tenant under the policy as it was first.
    until(&Api::<Tenant>::all(scene.client()), TENANT, "Ready", "True").await?;
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let brief = json!({"spec": {"observationMaxAgeSeconds": 60}});
    policies.patch("standard", &PatchParams::default(), &Patch::Merge(brief)).await?;
    scene.order(&workspace("loin", "nextcloud", &["par1"])).await?;
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    until(&scene.workspaces(), "loin", "Located", "True").await?;
    let ready = until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    let namespace = ready.status.context("no status")?.namespace.context("no namespace")?;
    until(&scene.workspaces(), "loin", "Ready", "True").await?;

    scene.fleet.site_mut("par1")?.kill_api_server();
    bundles::verify_for_whoever_has_the_key(&scene).await?;
    breaches::are_told_within_seconds(&scene, &namespace).await?;
    lost::a_site_not_seen_for_too_long_is_unknown(&mut scene).await?;
    upkeep::an_operator_that_starts_anew_knows_what_was_seen_and_writes_nothing(&mut scene, &namespace)
        .await?;
    rotation::other_keys_follow_and_old_public_files_still_serve(&mut scene).await?;
    record::all_that_touched_the_tenant_stands_in_the_log(&scene, &namespace).await
}
