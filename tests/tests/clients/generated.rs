//! A client that openapi-python-client makes from the committed document: every operation is in it, and with nothing else
//! a workspace's whole life is lived.

use std::path::Path;

use anyhow::{Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Stage, oidc::SECOND};
use serde_json::Value;
use tokio::process::Command;

use super::{beside, document};

/// One package, of code that is neither checked nor formatted.
const CONFIGURATION: &str = "project_name_override: beffroi\npackage_name_override: beffroi\npost_hooks: []\n\
    content_type_overrides:\n  application/vnd.beffroi.period.v1+jsonl: text/plain\n";

/// Makes the client and lives with it.
pub async fn live(stage: &Stage, programs: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    generate(programs, folder.path()).await?;
    let mut python = Command::new(programs.join("python"));
    python
        .arg(beside("lifecycle.py"))
        .arg(stage.api.url())
        .env("PYTHONPATH", folder.path())
        .env("MANAGER", stage.token("ght-bm", Role::Gestionnaire).await?)
        .env("SECOND", stage.provider.token("ght-bm", SECOND.0).await?)
        .env("DPO", stage.token("ght-bm", Role::Dpo).await?);
    print!("{}", said(&mut python).await?);
    Ok(())
}

/// The client, as a package in `folder`; a warning would mean that something of the document was left out.
async fn generate(programs: &Path, folder: &Path) -> Result<()> {
    let (configuration, package) = (folder.join("configuration.yaml"), folder.join("beffroi"));
    std::fs::write(&configuration, CONFIGURATION)?;
    let mut generator = Command::new(programs.join("openapi-python-client"));
    generator.args(["generate", "--meta", "none", "--fail-on-warning", "--path"]).arg(document());
    generator.arg("--config").arg(&configuration).arg("--output-path").arg(&package);
    said(&mut generator).await?;

    let document: Value = serde_json::from_str(&std::fs::read_to_string(document())?)?;
    let wanted: usize =
        document["paths"].as_object().into_iter().flatten().map(|(_, item)| operations(item)).sum();
    let mut made = 0;
    for tag in
        std::fs::read_dir(package.join("api"))?.filter_map(Result::ok).filter(|tag| tag.path().is_dir())
    {
        let modules = std::fs::read_dir(tag.path())?.filter_map(Result::ok);
        made += modules.filter(|module| module.file_name() != "__init__.py").count();
    }
    ensure!(made == wanted, "{made} of {wanted} operations are in the generated client");
    println!("generated client: {made} operations");
    Ok(())
}

fn operations(item: &Value) -> usize {
    item.as_object().map_or(0, |item| item.values().filter(|value| value["operationId"].is_string()).count())
}

/// What a program that succeeded wrote.
async fn said(command: &mut Command) -> Result<String> {
    let output = command.kill_on_drop(true).output().await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let program = Path::new(command.as_std().get_program()).display();
    ensure!(output.status.success(), "{program}:\n{}{}", text(&output.stdout), text(&output.stderr));
    Ok(text(&output.stdout))
}
