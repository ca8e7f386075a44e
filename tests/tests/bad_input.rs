//! Bad input of every sort ends in a condition that a stranger can act on, never in a crash or a hot loop.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{
    App, Site, SovereigntyPolicy, Tenant, Workspace,
    app::{FilledValue, ValueSource},
    policy::CustomRule,
    workspace::OrderedApp,
};
use beffroi_tests::{
    Scene, fleet, samples,
    scene::{HOME, TENANT, tenant, until, until_reason, workspace},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_ends_in_a_condition_and_in_peace() -> Result<()> {
    let mut scene = Scene::start(&["par1", "rbx1"]).await?;
    bad_orders(&scene).await?;
    names_at_their_limits(&scene).await?;
    bad_policies(&scene).await?;
    bad_kubeconfigs(&scene).await?;
    a_site_without_flux(&mut scene).await?;
    names_taken_by_others(&scene).await?;
    peace(&mut scene).await
}

/// The condition with its reason is there, and its message has every one of `words`.
async fn told<K>(api: &Api<K>, name: &str, kind: &str, reason: &str, words: &[&str]) -> Result<()>
where
    K: Resource + beffroi_tests::scene::Conditions + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    let message = until_reason(api, name, kind, reason).await?;
    for word in words {
        ensure!(message.contains(word), "{name} {kind} {reason} does not say {word:?}: {message}");
    }
    Ok(())
}

async fn bad_orders(scene: &Scene) -> Result<()> {
    let orders = scene.workspaces();
    scene.order(&workspace("inconnue", "ardoise", &[])).await?;
    told(&orders, "inconnue", "Accepted", "ReferenceNotFound", &["spec.apps", "ardoise", "nextcloud"])
        .await?;

    let mut version = workspace("version", "nextcloud", &[]);
    version.spec.apps =
        vec![OrderedApp { name: "nextcloud".into(), version: Some("99".into()), channel: None }];
    scene.order(&version).await?;
    told(&orders, "version", "Accepted", "ReleaseNotFound", &["spec.apps[nextcloud]", "99", "0.1.0"]).await?;

    scene.order(&workspace("etrangere", "jitsi", &[])).await?;
    told(&orders, "etrangere", "Accepted", "ReleaseNotFound", &["jitsi", "none"]).await?;

    let apps: Api<App> = Api::all(scene.client());
    let mut ghost = apps.get("nextcloud").await?;
    ghost.metadata = ObjectMeta { name: Some("fantome".into()), ..ObjectMeta::default() };
    ghost.status = None;
    ghost.spec.releases[0].chart.digest = format!("sha256:{}", "0".repeat(64)).as_str().into();
    samples::apply(&scene.client(), &ghost).await?;
    scene.order(&workspace("fantome", "fantome", &["par1"])).await?;
    told(&orders, "fantome", "Provisioned", "ChartUnavailable", &["par1", "fantome", "cannot be fetched"])
        .await?;

    let mut elsewhere = ghost.clone();
    elsewhere.metadata = ObjectMeta { name: Some("ailleurs".into()), ..ObjectMeta::default() };
    elsewhere.spec.releases[0].chart.repository = "oci://registre.ailleurs.example/charts/x".into();
    samples::apply(&scene.client(), &elsewhere).await?;
    scene.order(&workspace("ailleurs", "ailleurs", &["par1"])).await?;
    told(
        &orders,
        "ailleurs",
        "Provisioned",
        "RegistryRefused",
        &["registre.ailleurs.example", "spec.registries"],
    )
    .await?;
    let pulled = scene.fleet.site("par1")?.kubectl(&["get", "ocirepositories", "-A", "-o", "name"]).await?;
    ensure!(
        !pulled.contains("ailleurs"),
        "a chart is pulled from a registry that the site does not declare: {pulled}"
    );
    Ok(())
}

/// The longest names that are taken make something that runs, and a version that is no label makes one.
async fn names_at_their_limits(scene: &Scene) -> Result<()> {
    let apps: Api<App> = Api::all(scene.client());
    let mut longest = apps.get("nextcloud").await?;
    let name = "a".repeat(53);
    longest.metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
    longest.status = None;
    longest.spec.releases[0].version = "2026.1 (LTS)".into();
    longest.spec.filled_values = vec![FilledValue { path: "ingress.host".into(), from: ValueSource::Host }];
    samples::apply(&scene.client(), &longest).await?;
    let mut order = workspace(&"w".repeat(63), &name, &["par1"]);
    // With the app's name before it, 253 characters.
    let below = 253 - name.len() - 1 - "b.essaim.example".len();
    order.spec.domain =
        format!("{}{}b.essaim.example", "c".repeat(below % 2), "d.".repeat(below / 2)).as_str().into();
    scene.order(&order).await?;
    let placed = until(&scene.workspaces(), &order.name_any(), "Ready", "True").await?;
    let hosts = placed.status.context("no status")?.hosts;
    ensure!(hosts.iter().any(|host| host.len() == 253), "{hosts:?}");
    let seen =
        scene.fleet.site("par1")?.kubectl(&["get", "ingress,helmreleases", "-A", "-o", "yaml"]).await?;
    for words in
        [&format!("host: {name}."), "app.kubernetes.io/version: 2026.1__LTS", &format!("name: {name}")]
    {
        ensure!(seen.contains(words), "no {words} in {seen}");
    }
    scene.workspaces().delete(&order.name_any(), &DeleteParams::default()).await?;
    Ok(())
}

async fn bad_policies(scene: &Scene) -> Result<()> {
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let mut broken = policies.get("standard").await?;
    broken.metadata = ObjectMeta { name: Some("cassee".into()), ..ObjectMeta::default() };
    broken.status = None;
    broken.spec.custom_rules =
        vec![CustomRule { name: "ville".into(), expression: "site.city == ".into(), message: "x".into() }];
    samples::apply(&scene.client(), &broken).await?;
    told(&policies, "cassee", "Accepted", "RuleDoesNotCompile", &["ville"]).await?;

    let mut nowhere = broken.clone();
    nowhere.metadata = ObjectMeta { name: Some("nulle-part".into()), ..ObjectMeta::default() };
    nowhere.spec.custom_rules = vec![CustomRule {
        name: "limoges".into(),
        expression: "site.city == 'Limoges'".into(),
        message: "le conseil a voté Limoges".into(),
    }];
    samples::apply(&scene.client(), &nowhere).await?;
    for (name, policy, kind, reason, words) in [
        ("sans-loi", "introuvable", "Accepted", "ReferenceNotFound", &["introuvable", "spec.policy"][..]),
        ("loi-cassee", "cassee", "Accepted", "PolicyNotAccepted", &["cassee", "ville"]),
        (
            "loi-severe",
            "nulle-part",
            "Placed",
            "NotEnoughSites",
            &["par1", "rbx1", "CUSTOM/limoges", "voté Limoges"],
        ),
    ] {
        let mut body = tenant(name);
        body.spec.policy = policy.into();
        samples::apply(&scene.client(), &body).await?;
        let mut order = workspace("ordre", "nextcloud", &[]);
        order.metadata.namespace = Some(format!("tenant-{name}"));
        order.spec.domain = format!("ordre.{name}.example").as_str().into();
        scene.order(&order).await?;
        let orders: Api<Workspace> = Api::namespaced(scene.client(), &format!("tenant-{name}"));
        told(&orders, "ordre", kind, reason, words).await?;
    }
    Ok(())
}

async fn bad_kubeconfigs(scene: &Scene) -> Result<()> {
    let sites: Api<Site> = Api::all(scene.client());
    let good = scene.fleet.site("rbx1")?.kubeconfig_of(fleet::NAMESPACE, fleet::IDENTITY).await?;
    let expired = scene.fleet.site("rbx1")?.kubeconfig_for("eyJhbGciOiJFUzI1NiJ9.e30.c2ln");
    let nowhere = good.replace(&scene.fleet.site("rbx1")?.url(), "https://127.0.0.1:9");
    let mut exec: serde_json::Value = serde_yaml::from_str(&good)?;
    exec["users"][0]["user"] =
        json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh"}});
    let with = |list: &str, object: &str, field: &str, value: &str| -> Result<String> {
        let mut text: serde_json::Value = serde_yaml::from_str(&good)?;
        text[list][0][object][field] = json!(value);
        Ok(text.to_string())
    };
    let authority = |value: &str| with("clusters", "cluster", "certificate-authority-data", value);
    let powerless = scene.fleet.site("rbx1")?.kubeconfig_of("default", "default").await?;
    for (what, text, reason, words) in [
        ("garbage", "\u{0}pas: [du yaml".to_owned(), "KubeconfigInvalid", &["Secret", "site-rbx1"][..]),
        ("exec", exec.to_string(), "KubeconfigRefused", &["exec", "token"]),
        (
            "blank authority",
            authority("")?,
            "KubeconfigInvalid",
            &["certificate-authority-data is blank", "PEM"],
        ),
        (
            "no authority at all",
            authority("Zm9v")?,
            "KubeconfigInvalid",
            &["certificate-authority-data holds no certificate", "-----BEGIN CERTIFICATE-----"],
        ),
        (
            "blank token",
            with("users", "user", "token", " ")?,
            "KubeconfigInvalid",
            &["users[].user.token is blank", "ServiceAccount"],
        ),
        ("expired", expired, "CredentialsRefused", &["expired", "Secret"]),
        ("nowhere", nowhere, "Unreachable", &["does not answer"]),
        ("powerless", powerless, "CannotWatch", &["beffroi-site"]),
    ] {
        scene.fleet.secret("rbx1", text.as_bytes()).await?;
        told(&sites, "rbx1", "Reachable", reason, words)
            .await
            .with_context(|| format!("kubeconfig: {what}"))?;
    }
    scene.fleet.disconnect("rbx1").await?;
    told(&sites, "rbx1", "Reachable", "KubeconfigMissing", &["site-rbx1", "kubectl"]).await?;
    // As some editors save it, and kubectl takes it; a good one is taken at once, without a restart.
    scene.fleet.secret("rbx1", format!("\u{feff}{good}").as_bytes()).await?;
    until(&sites, "rbx1", "Ready", "True").await?;
    scene.fleet.connect("rbx1").await?;
    until(&sites, "rbx1", "Ready", "True").await.map(|_| ())
}

async fn a_site_without_flux(scene: &mut Scene) -> Result<()> {
    let mut site: Site = samples::read::<Site>("sites")?
        .into_iter()
        .find(|s| s.name_any() == "mac1")
        .context("no sample mac1")?;
    samples::use_registry(&mut site, &scene.fleet.registry);
    let cluster = fleet::bare_site(&site, false).await?;
    scene.fleet.sites.insert("mac1".into(), cluster);
    scene.fleet.connect("mac1").await?;
    let sites: Api<Site> = Api::all(scene.client());
    told(&sites, "mac1", "FluxReady", "FluxMissing", &["source-controller", "helm-controller"]).await?;
    let order = scene.order(&workspace("sans-flux", "nextcloud", &["mac1"])).await?;
    let placed = until(&scene.workspaces(), &order.name_any(), "Ready", "True").await?;
    let refused = placed.status.map(|s| s.refused).unwrap_or_default();
    let by: Vec<&str> =
        refused.iter().filter(|s| s.name == "mac1").flat_map(|s| &s.by).map(|j| &*j.rule).collect();
    ensure!(by.contains(&"SITE-NO-FLUX"), "mac1 was refused by {by:?}");
    // Flux comes: it is seen without a restart.
    scene.fleet.site_mut("mac1")?.start_flux().await?;
    until(&sites, "mac1", "Ready", "True").await.map(|_| ())
}

/// Nothing is taken over that Beffroi did not make.
async fn names_taken_by_others(scene: &Scene) -> Result<()> {
    let homes: Api<Namespace> = Api::all(scene.client());
    let other = Namespace {
        metadata: ObjectMeta { name: Some("tenant-squatte".into()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    homes.create(&PostParams::default(), &other).await?;
    samples::apply(&scene.client(), &tenant("squatte")).await?;
    let tenants: Api<Tenant> = Api::all(scene.client());
    told(&tenants, "squatte", "Ready", "NamespaceTaken", &["tenant-squatte", "remove or rename"]).await?;
    let found = homes.get("tenant-squatte").await?;
    ensure!(
        found.labels().keys().all(|key| !key.starts_with("beffroi.fr/")),
        "someone else's namespace was labelled"
    );

    // Labels alone make nobody a tenant: ownership is a UID.
    let forged = json!({"metadata": {"labels": {
        "app.kubernetes.io/managed-by": "beffroi", "beffroi.fr/tenant": TENANT, "beffroi.fr/tenant-uid": "00000000",
    }}});
    homes.patch("tenant-squatte", &PatchParams::default(), &Patch::Merge(forged)).await?;
    let mut order = workspace("pirate", "nextcloud", &[]);
    order.metadata.namespace = Some("tenant-squatte".into());
    scene.order(&order).await?;
    let orders: Api<Workspace> = Api::namespaced(scene.client(), "tenant-squatte");
    told(&orders, "pirate", "Accepted", "NoTenant", &["tenant-squatte"]).await?;
    let own: Api<Workspace> = Api::namespaced(scene.client(), HOME);
    own.delete("fantome", &DeleteParams::default()).await?;
    Ok(())
}

/// With all this bad input standing, the operator lives and does next to nothing.
async fn peace(scene: &mut Scene) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(10)).await;
    let operator = scene.operator.as_mut().context("no operator")?;
    ensure!(operator.alive(), "the operator died:\n{}", operator.log());
    let mut fewest = f64::MAX;
    // Each is looked at anew now and then, all of them at once.
    for _ in 0..2 {
        let before = operator.metric("beffroi_reconciles_total", "").await?;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let done = operator.metric("beffroi_reconciles_total", "").await? - before;
        println!("{done} reconciles in 20 s with bad input standing");
        fewest = fewest.min(done);
        if fewest <= 60.0 {
            break;
        }
    }
    ensure!(fewest <= 60.0, "{fewest} reconciles in 20 s: a hot loop\n{}", operator.log());
    ensure!(!operator.log().contains("panicked"), "something panicked:\n{}", operator.log());
    Ok(())
}
