//! `beffroi evidence` → `beffroi verify`, offline; then each way in which it must not verify.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use beffroi_core::evidence::{Bundle, Predicate, Statement, dsse};
use beffroi_crds::{SovereigntyPolicy, SovereigntyPolicySpec};
use beffroi_tests::{Scene, cli, eventually, fleet::NAMESPACE, scene::HOME};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::json;

pub(crate) fn path(scene: &Scene, name: &str) -> PathBuf {
    scene.fleet.management.folder().join(name)
}

/// The public keys, as the operator publishes them.
pub(crate) async fn key(scene: &Scene, name: &str) -> Result<PathBuf> {
    let maps: Api<ConfigMap> = Api::namespaced(scene.client(), NAMESPACE);
    let data = maps.get("beffroi-evidence").await?.data.context("no data")?;
    let file = path(scene, name);
    fs::write(&file, data.get("beffroi.pub").context("no beffroi.pub")?)?;
    Ok(file)
}

/// The newest proof of a workspace.
pub(crate) async fn bundle(scene: &Scene, workspace: &str, more: &[&str]) -> Result<PathBuf> {
    let file = path(scene, &format!("{workspace}.json"));
    let target = file.display().to_string();
    let mut arguments = vec!["evidence", workspace, "-n", HOME, "-o", &target];
    arguments.extend(more);
    cli::run(&scene.fleet, scene.operator()?, &arguments).await?.ok()?;
    Ok(file)
}

/// What a bundle says.
pub(crate) fn statement(file: &Path) -> Result<Statement> {
    let bundle = Bundle::parse(&fs::read(file)?)?;
    Ok(Statement::parse(&dsse::decode(&bundle.envelope.payload).context("not base64")?)?)
}

/// Waits until the newest proof of a workspace verifies with an exit code.
pub(crate) async fn until_verified(
    scene: &Scene,
    workspace: &str,
    key: &Path,
    code: i32,
) -> Result<cli::Ran> {
    eventually(&format!("proof of {workspace} with exit code {code}"), async || {
        let file = bundle(scene, workspace, &[]).await?;
        let ran = cli::verify(&file, key, &[]).await?;
        ensure!(ran.code == code, "exit code {}: {}{}", ran.code, ran.out, ran.err);
        Ok(ran)
    })
    .await
}

pub(crate) async fn verify_for_whoever_has_the_key(scene: &Scene) -> Result<()> {
    let key = key(scene, "beffroi.pub").await?;
    let ran = until_verified(scene, "mairie", &key, 0).await?;
    for wanted in ["rbx1: Roubaix", "LOC-01 tenue", "Non prouvé", "ce que le cluster dit de lui-même"] {
        ensure!(ran.out.contains(wanted), "{wanted:?} is missing: {}", ran.out);
    }
    let file = bundle(scene, "mairie", &[]).await?;
    let Predicate::DataLocation(claim) = statement(&file)?.predicate else {
        anyhow::bail!("another predicate")
    };
    ensure!(claim.sites[0].pods >= 1 && claim.sites[0].nodes >= 1, "nothing was seen: {:?}", claim.sites);

    let state = path(scene, "log.state").display().to_string();
    let whole =
        ["--state", &state, "--max-age", "1h", "--workspace", "tenant-essaim/mairie", "--language", "en"];
    let ran = cli::verify(&file, &key, &whole).await?;
    ensure!(ran.code == 0 && ran.out.contains("Genuine              yes"), "{ran:?}");
    ensure!(fs::read_to_string(&state)?.starts_with("beffroi.fr/log/"), "the state was not kept");

    against_ones_own_policy(scene, &file, &key).await?;

    // The same bundle, wrongly used.
    let expect = async |code: i32, file: &Path, key: &Path, more: &[&str]| -> Result<()> {
        let ran = cli::verify(file, key, more).await?;
        ensure!(
            ran.code == code && (code != 20 || ran.err.contains("REFUSÉ")),
            "{code} was awaited: {ran:?}"
        );
        Ok(())
    };
    expect(21, &file, &key, &["--workspace", "tenant-essaim/loin"]).await?;
    expect(21, &file, &key, &["--max-age", "0s"]).await?;
    expect(23, &file, &key, &["--type", "audit"]).await?;
    expect(1, &path(scene, "absent.json"), &key, &[]).await?;
    expect(2, &file, &key, &["--max-age", "longtemps"]).await?;
    let other = path(scene, "autre");
    cli::run_offline(&["keys", "generate", "--out", &other.display().to_string()]).await?.ok()?;
    expect(20, &file, &other.join("beffroi.pub"), &[]).await?;
    let again = cli::run_offline(&["keys", "generate", "--out", &other.display().to_string()]).await?;
    ensure!(again.code == 1 && again.err.contains("nothing is overwritten"), "{again:?}");
    let bytes = fs::read(&file)?;
    for place in (0..bytes.len()).step_by(bytes.len() / 20) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let spoilt = path(scene, "spoilt.json");
        fs::write(&spoilt, &changed)?;
        expect(20, &spoilt, &key, &[]).await?;
    }
    Ok(())
}

/// The rules that counted are printed, and compared with the copy of the policy that somebody kept.
async fn against_ones_own_policy(scene: &Scene, file: &Path, key: &Path) -> Result<()> {
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let policy = policies.get("standard").await?;
    let ran = cli::verify(file, key, &[]).await?;
    let countries: Vec<&str> = policy.spec.place.countries.iter().map(|country| &**country).collect();
    for wanted in [
        format!("pays: {}", countries.join(", ")),
        "âge d'une observation: 60 s".to_owned(),
        "à partir de l'observation et de la politique jointes".to_owned(),
        // Nothing is backed up here, which is no reason to say that backups lie where they may.
        "LOC-02 sans objet".to_owned(),
    ] {
        ensure!(ran.out.contains(&wanted), "{wanted:?} is missing: {}", ran.out);
    }
    let copy = path(scene, "standard.yaml");
    let against = async |spec: &SovereigntyPolicySpec| -> Result<cli::Ran> {
        let manifest =
            json!({"apiVersion": "beffroi.fr/v1alpha1", "kind": "SovereigntyPolicy", "spec": spec});
        fs::write(&copy, manifest.to_string())?;
        cli::verify(file, key, &["--policy", &copy.display().to_string()]).await
    };
    let same = against(&policy.spec).await?;
    ensure!(same.code == 0, "{same:?}");
    let mut narrower = policy.spec.clone();
    narrower.place.countries = vec!["FR".into()];
    narrower.observation_max_age_seconds = 900;
    let other = against(&narrower).await?;
    ensure!(other.code == 24 && other.err.contains("spec.observationMaxAgeSeconds"), "{other:?}");
    Ok(())
}
