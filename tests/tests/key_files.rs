//! Keys of evidence in a folder instead of a Secret: made at the first start, replaced at a later one.

use std::fs;

use anyhow::{Context, Result, ensure};
use beffroi_tests::{Fleet, Operator, cli, fleet::NAMESPACE};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_come_from_files() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let folder = fleet.management.folder().join("cles");
    let path = folder.display().to_string();
    let arguments = ["--evidence-keys-folder", &path];
    let maps: Api<ConfigMap> = Api::namespaced(fleet.management.admin(), NAMESPACE);
    let public = async || -> Result<String> {
        let data = maps.get("beffroi-evidence").await?.data.context("no data")?;
        data.get("beffroi.pub").cloned().context("no public keys")
    };
    Operator::start_with(&fleet, &arguments).await?.stop();
    ensure!(folder.join("statement.pem").is_file() && folder.join("checkpoint.key").is_file(), "no files");
    let secrets: Api<Secret> = Api::namespaced(fleet.management.admin(), NAMESPACE);
    ensure!(secrets.get_opt("beffroi-evidence-keys").await?.is_none(), "a Secret was made all the same");
    let first = public().await?;

    let (old, next) = (folder.join("ancien.pub"), folder.join("suivantes"));
    fs::write(&old, &first)?;
    let (of, out) = (old.display().to_string(), next.display().to_string());
    cli::run_offline(&["keys", "generate", "--out", &out, "--log-of", &of]).await?.ok()?;
    for name in ["statement.pem", "checkpoint.key"] {
        fs::copy(next.join(name), folder.join(format!("next-{name}")))?;
    }
    Operator::start_with(&fleet, &arguments).await?.stop();
    ensure!(public().await? == fs::read_to_string(next.join("beffroi.pub"))?, "the old keys still sign");
    ensure!(!folder.join("next-statement.pem").exists(), "the next keys are still next");
    Operator::start_with(&fleet, &arguments).await?.stop();
    fleet.stop();
    Ok(())
}
