//! Other keys: drawn, put beside the present ones, signed into the log by these, and in force.

use std::fs;

use anyhow::{Context, Result, ensure};
use beffroi_tests::{Operator, Scene, cli, eventually, fleet::NAMESPACE};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{
    Api,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::json;

use crate::proof::bundles;

const SECRET: &str = "beffroi-evidence-keys";

pub(crate) async fn other_keys_follow_and_old_public_files_still_serve(scene: &mut Scene) -> Result<()> {
    let old = bundles::key(scene, "ancien.pub").await?;
    let folder = bundles::path(scene, "suivantes");
    let (out, of) = (folder.display().to_string(), old.display().to_string());
    cli::run_offline(&["keys", "generate", "--out", &out, "--log-of", &of]).await?.ok()?;

    let secrets: Api<Secret> = Api::namespaced(scene.client(), NAMESPACE);
    let data = json!({
        "next-statement.pem": ByteString(fs::read(folder.join("statement.pem"))?),
        "next-checkpoint.key": ByteString(fs::read(folder.join("checkpoint.key"))?),
    });
    secrets.patch(SECRET, &PatchParams::default(), &Patch::Merge(json!({ "data": data }))).await?;
    let maps: Api<ConfigMap> = Api::namespaced(scene.client(), NAMESPACE);
    let wanted = fs::read_to_string(folder.join("beffroi.pub"))?;
    eventually("other keys", async || {
        let public = maps.get("beffroi-evidence").await?.data.context("no data")?;
        ensure!(public.get("beffroi.pub") == Some(&wanted), "the old keys are still published");
        let data = secrets.get(SECRET).await?.data.context("no data")?;
        ensure!(!data.keys().any(|key| key.starts_with("next-")), "the Secret still names them as next");
        Ok(())
    })
    .await?;

    // Who has the old file goes on: the change stands in the log, signed by the keys that they trust.
    let file = bundles::bundle(scene, "mairie", &[]).await?;
    for (key, changes) in [(&old, 1), (&folder.join("beffroi.pub"), 0)] {
        let ran = cli::verify(&file, key, &[]).await?;
        ensure!(ran.out.contains("Changements de clés") == (changes == 1) || ran.code == 20, "{ran:?}");
    }
    ensure!(cli::verify(&file, &old, &[]).await?.code == 0, "the old public file no longer serves");

    // Killed, the operator opens the log with the keys that follow.
    scene.operator.take().context("no operator")?.kill();
    scene.operator = Some(Operator::start(&scene.fleet).await?);
    keys_that_are_gone_are_not_made_anew(scene, &secrets).await
}

/// Without its keys the operator stops, and says what to do; it does not sign with others.
async fn keys_that_are_gone_are_not_made_anew(scene: &mut Scene, secrets: &Api<Secret>) -> Result<()> {
    let kept = secrets.get(SECRET).await?;
    scene.operator.take().context("no operator")?.stop();
    secrets.delete(SECRET, &DeleteParams::default()).await?;
    let Err(error) = Operator::start(&scene.fleet).await else {
        anyhow::bail!("the operator works without the log's keys");
    };
    let error = format!("{error:#}");
    ensure!(error.contains("restore it from your backup"), "{error}");
    ensure!(secrets.get_opt(SECRET).await?.is_none(), "keys were made anew");
    let metadata = ObjectMeta { name: kept.metadata.name.clone(), ..ObjectMeta::default() };
    secrets.create(&PostParams::default(), &Secret { metadata, ..kept }).await?;
    scene.operator = Some(Operator::start(&scene.fleet).await?);
    Ok(())
}
