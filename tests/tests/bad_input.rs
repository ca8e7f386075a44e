//! Bad input of every sort ends in a condition that a stranger can act on, never in a crash or a hot loop.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_crds::{
    App, Site, SovereigntyPolicy, Tenant, Workspace,
    app::{FilledValue, ValueSource},
    policy::CustomRule,
    workspace::OrderedApp,
};
use beffroi_tests::{
    Operator, Scene, eventually, fleet, samples,
    scene::{HOME, TENANT, condition, tenant, until, until_reason, workspace},
};
use k8s_openapi::{
    api::core::v1::Namespace, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
    core::{ApiResource, DynamicObject},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_ends_in_a_condition_and_in_peace() -> Result<()> {
    let mut scene = Scene::start(&["par1", "rbx1"]).await?;
    bad_orders(&scene).await?;
    names_at_their_limits(&scene).await?;
    bad_policies(&scene).await?;
    opaque_models(&scene).await?;
    bad_kubeconfigs(&scene).await?;
    a_site_without_flux(&mut scene).await?;
    names_taken_by_others(&scene).await?;
    what_cannot_be_read_is_told_and_never_judged(&mut scene).await?;
    peace(&mut scene).await
}

/// The condition with its reason is there, and its message has every one of `words`.
async fn told<K>(api: &Api<K>, name: &str, kind: &str, reason: &str, words: &[&str]) -> Result<()>
where
    K: Resource + beffroi_tests::scene::Conditions + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    until_reason(api, name, kind, reason).await?;
    // The same reason may still tell of what was before.
    eventually(&format!("{name} {kind} {reason}"), async || {
        let found = api.get(name).await?;
        let message = &condition(&found, kind)?.message;
        let lacking: Vec<_> = words.iter().filter(|word| !message.contains(**word)).collect();
        ensure!(lacking.is_empty(), "{lacking:?} not in {message}");
        Ok(())
    })
    .await
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
    let filled = |path: &str, from| FilledValue { path: path.into(), from };
    longest.spec.filled_values = vec![
        filled("ingress.host", ValueSource::Host),
        filled("ingress.className", ValueSource::IngressClass),
    ];
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

/// What an app admits of its AI models is held against it where health data lies, and what it does not say counts for
/// nothing.
async fn opaque_models(scene: &Scene) -> Result<()> {
    let client = scene.client();
    let mut body = tenant("soins");
    body.spec.policy = "sante".into();
    samples::apply(&client, &body).await?;
    let apps: Api<App> = Api::all(client.clone());
    let listed = apps.get("nextcloud").await?;
    let offer = async |models: serde_json::Value| -> Result<()> {
        let mut app = listed.clone();
        app.metadata = ObjectMeta { name: Some("assistant".into()), ..ObjectMeta::default() };
        app.status = None;
        app.spec.ai_models = serde_json::from_value(models)?;
        samples::apply(&client, &app).await.map(|_| ())
    };
    offer(json!([{"name": "Opaque", "inferenceCountry": "US", "trainedOnTenantData": true}])).await?;
    let mut order = workspace("assistant", "assistant", &[]);
    order.metadata.namespace = Some("tenant-soins".into());
    order.spec.domain = "assistant.soins.example".into();
    scene.order(&order).await?;
    let orders: Api<Workspace> = Api::namespaced(client.clone(), "tenant-soins");
    let words = [
        "AI-01 (app assistant): model Opaque: no licence",
        "AI-03 (app assistant): model Opaque: it is trained on tenants' data",
        "model Opaque: inference runs in US, outside the allowed countries",
    ];
    told(&orders, "assistant", "Accepted", "PolicyRefused", &words).await?;

    let mut model = json!({"name": "Muet", "licence": "Apache-2.0", "baseModels": [], "datasets": ["D"]});
    offer(json!([model])).await?;
    let words = [
        "AI-03 (app assistant): model Muet: whether it is trained on tenants' data is not declared",
        "model Muet: where inference runs is not declared",
    ];
    until_said(&orders, "assistant", "Accepted", &words).await?;

    // No policy makes up for it: the rule refuses of itself.
    scene.order(&workspace("assistant", "assistant", &[])).await?;
    until_said(&scene.workspaces(), "assistant", "Accepted", &words).await?;
    scene.workspaces().delete("assistant", &DeleteParams::default()).await?;

    model["trainedOnTenantData"] = json!(false);
    model["inference"] = json!("InWorkspace");
    offer(json!([model])).await?;
    until(&orders, "assistant", "Accepted", "True").await?;
    model["inferenceCountry"] = json!("FR");
    let refused = offer(json!([model])).await.err().context("two places for one inference")?;
    ensure!(refused.to_string().contains("InWorkspace runs where the workspace lies"), "{refused}");
    orders.delete("assistant", &DeleteParams::default()).await?;
    Ok(())
}

/// A condition does not hold and says every one of `words`.
async fn until_said(api: &Api<Workspace>, name: &str, kind: &str, words: &[&str]) -> Result<()> {
    eventually(&format!("{name} {kind}"), async || {
        let found = api.get(name).await?;
        let found = condition(&found, kind)?;
        let lacking: Vec<_> = words.iter().filter(|word| !found.message.contains(**word)).collect();
        ensure!(found.status == "False" && lacking.is_empty(), "{lacking:?} not in {}", found.message);
        Ok(())
    })
    .await
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
    let with_token = |change: &dyn Fn(&str) -> String| -> Result<String> {
        let mut config: serde_json::Value = serde_yaml::from_str(&good)?;
        let token = config["users"][0]["user"]["token"].as_str().context("no token")?;
        config["users"][0]["user"]["token"] = change(token).into();
        Ok(config.to_string())
    };
    let broken = with_token(&|token| format!("{token}\u{1}x"))?;
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
        ("token", broken, "KubeconfigInvalid", &["users[].user.token", "one line"]),
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
    // A good one is taken at once, without a restart; and as editors leave it, with a mark of its encoding and a
    // line's end in its token.
    let edited = format!("\u{feff}{}", with_token(&|token| format!("{token}\n"))?);
    scene.fleet.secret("rbx1", edited.as_bytes()).await?;
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
    let cluster = fleet::site_as(Cluster::builder(&site.name_any()), &site).await?;
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

/// An object that was stored before its bounds were: it is told on the object, it is no orphan, no verdict stands on it,
/// and an operator that starts anew says the same.
async fn what_cannot_be_read_is_told_and_never_judged(scene: &mut Scene) -> Result<()> {
    let (orders, tenants): (Api<Workspace>, Api<Tenant>) = (scene.workspaces(), Api::all(scene.client()));
    let sites: Api<Site> = Api::all(scene.client());
    let raw =
        Api::<DynamicObject>::namespaced_with(scene.client(), HOME, &ApiResource::erase::<Workspace>(&()));
    scene.order(&workspace("illisible", "nextcloud", &["rbx1"])).await?;
    scene.order(&workspace("lisible", "nextcloud", &["rbx1"])).await?;
    let ready = until(&orders, "illisible", "Ready", "True").await?;
    until(&orders, "lisible", "Ready", "True").await?;
    let home = ready.status.and_then(|status| status.namespace).context("no namespace")?;

    let far = json!({"spec": {"deleteAfter": "9999-12-31T23:59:59Z"}});
    let many = json!({"spec": {"quota": {"workspaces": 5_000_000_000_u64}}});
    let merge = PatchParams::default();
    let refused = orders.patch("illisible", &merge, &Patch::Merge(&far)).await.err().context("admitted")?;
    ensure!(refused.to_string().contains("deleteAfter"), "{refused}");
    let refused = tenants.patch(TENANT, &merge, &Patch::Merge(&many)).await.err().context("admitted")?;
    ensure!(refused.to_string().contains("quota.workspaces"), "{refused}");

    let bounded = unbounded(scene).await?;
    eventually("an unbounded end", async || Ok(raw.patch("illisible", &merge, &Patch::Merge(&far)).await?))
        .await?;
    for restarted in [false, true] {
        if restarted {
            scene.operator.take().context("no operator")?.kill();
            scene.operator = Some(Operator::start_with(&scene.fleet, &["--leader-elect", "false"]).await?);
        }
        let said = eventually("word of it", async || {
            let found = raw.get("illisible").await?;
            let all = found.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let says = |kind: &str| all.iter().find(|c| c["type"] == kind).cloned().unwrap_or_default();
            ensure!(says("Accepted")["reason"] == "Unreadable", "{all:?}");
            ensure!(says("Located")["status"] == "Unknown" && says("Ready")["status"] == "False", "{all:?}");
            ensure!(found.data["status"]["liesOn"] == "rbx1", "where it lies is forgotten");
            Ok(says("Accepted")["message"].to_string())
        })
        .await?;
        ensure!(said.contains("spec.deleteAfter"), "{said}");
        until(&orders, "lisible", "Ready", "True").await?;
        let seen = until(&sites, "rbx1", "NoOrphans", "True").await?;
        ensure!(seen.status.context("no status")?.orphans.is_empty(), "it is taken for an orphan");
        let homes: Api<Namespace> = Api::all(scene.fleet.site("rbx1")?.admin());
        ensure!(homes.get(&home).await?.metadata.deletion_timestamp.is_none(), "its data was touched");
    }

    // What rests on something that cannot be read is not judged either, and names it.
    eventually("an unbounded quota", async || {
        Ok(dynamic_tenant(scene).patch(TENANT, &merge, &Patch::Merge(&many)).await?)
    })
    .await?;
    for kind in ["Accepted", "Located"] {
        told(&orders, "lisible", kind, "Unreadable", &["Tenant", TENANT]).await?;
        ensure!(condition(&orders.get("lisible").await?, kind)?.status == "Unknown", "{kind} is judged");
    }
    until(&sites, "rbx1", "NoOrphans", "True").await?;

    // Put right, all goes on as before.
    let none = json!({"spec": {"quota": null}});
    dynamic_tenant(scene).patch(TENANT, &merge, &Patch::Merge(&none)).await?;
    orders.patch("illisible", &merge, &Patch::Merge(&json!({"spec": {"deleteAfter": null}}))).await?;
    until(&orders, "illisible", "Ready", "True").await?;
    until(&orders, "lisible", "Located", "True").await?;
    let crds: Api<CustomResourceDefinition> = Api::all(scene.client());
    for crd in bounded {
        let spec = json!({"spec": {"versions": crd.spec.versions}});
        crds.patch(&crd.name_any(), &merge, &Patch::Merge(&spec)).await?;
    }
    Ok(())
}

/// Tenants as they are, whether or not they can be read.
fn dynamic_tenant(scene: &Scene) -> Api<DynamicObject> {
    Api::all_with(scene.client(), &ApiResource::erase::<Tenant>(&()))
}

/// Takes the bounds off the two fields, as a definition of before had none; gives back what was there.
async fn unbounded(scene: &Scene) -> Result<Vec<CustomResourceDefinition>> {
    let crds: Api<CustomResourceDefinition> = Api::all(scene.client());
    let mut before = Vec::new();
    for (name, field) in
        [("workspaces.beffroi.fr", "deleteAfter"), ("tenants.beffroi.fr", "quota/properties/workspaces")]
    {
        let crd = crds.get(name).await?;
        let mut versions = serde_json::to_value(&crd.spec.versions)?;
        let at = format!("/0/schema/openAPIV3Schema/properties/spec/properties/{field}");
        let bounded =
            versions.pointer_mut(&at).and_then(|schema| schema.as_object_mut()).context("no such field")?;
        bounded.retain(|key, _| !["pattern", "x-kubernetes-validations", "maximum"].contains(&key.as_str()));
        let wide = Patch::Merge(json!({"spec": {"versions": versions}}));
        crds.patch(name, &PatchParams::default(), &wide).await?;
        before.push(crd);
    }
    Ok(before)
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
