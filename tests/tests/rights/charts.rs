//! A chart with an object of every kind that charts may make is installed, changed and removed by Flux, under the account
//! of its workspace; and the app's own account does all that its entry in the catalogue says that it needs.

use anyhow::{Context, Result, ensure};
use beffroi_crds::{App, app::ApiAccess, workspace::OrderedApp};
use beffroi_tests::{
    Scene, eventually, guards,
    rights::{Atom, Grant, Holder, Target, granted},
    samples,
    scene::{until, workspace},
};
use k8s_openapi::api::core::v1::PersistentVolume;
use kube::{
    Api, Client, Discovery,
    api::{ListParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use super::{exercise, turn};

const APP: &str = "complet";
const CLASS: &str = "volume-chiffre";

#[tokio::test(flavor = "multi_thread")]
async fn charts_and_apps_do_what_they_may() -> Result<()> {
    let scene = Scene::start(&["rbx1"]).await?;
    let site = scene.fleet.site("rbx1")?;
    let grants = granted().await?;
    let mut app = app(&scene).await?;
    samples::apply(&scene.client(), &app).await?;

    let alone = workspace("mairie", "docs", &["rbx1"]);
    let mut both = alone.clone();
    both.spec.apps.push(OrderedApp { name: APP.into(), ..both.spec.apps[0].clone() });
    let home = beffroi_core::manifests::namespace_name("essaim", &scene.order(&both).await?);
    volume(&site.admin(), &home).await?;
    until(&scene.workspaces(), "mairie", "Provisioned", "True").await?;
    let kinds = kinds(&site.admin(), &grants).await?;
    marked(&kinds, &home, &site.admin(), Some("first")).await?;
    app.spec.values.insert("mark".into(), json!("second"));
    samples::apply(&scene.client(), &app).await?;
    marked(&kinds, &home, &site.admin(), Some("second")).await?;

    the_app_does_what_it_says(&scene, &home, &grants).await?;

    scene.order(&alone).await?;
    marked(&kinds, &home, &site.admin(), None).await?;
    scene.fleet.stop();
    Ok(())
}

/// An app whose chart is of everything, and that needs all that an app may.
async fn app(scene: &Scene) -> Result<App> {
    let chart =
        scene.fleet.registry.push_chart(&samples::root().join("tests/tests/rights/everything")).await?;
    let mut app: App = samples::read::<App>("catalogue")?
        .into_iter()
        .find(|app| app.metadata.name.as_deref() == Some("nextcloud"))
        .context("no nextcloud")?;
    app.metadata.name = Some(APP.into());
    app.spec.values.clear();
    samples::offer(&mut app, &scene.fleet.registry, &chart);
    app.spec.values.insert("storageClass".into(), json!(CLASS));
    app.spec.filled_values = serde_json::from_value(json!([
        {"path": "host", "from": "Host"}, {"path": "className", "from": "IngressClass"}]))?;
    app.spec.needs.kubernetes_api = vec![ApiAccess::Pods, ApiAccess::Services, ApiAccess::Leases];
    Ok(app)
}

/// No driver runs here: the claim's volume is made by hand.
async fn volume(site: &Client, home: &str) -> Result<()> {
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": APP}, "spec": {
        "capacity": {"storage": "1Mi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": CLASS,
        "csi": {"driver": "cinder.csi.openstack.org", "volumeHandle": APP},
        "claimRef": {"namespace": home, "name": APP}}});
    let volumes: Api<PersistentVolume> = Api::all(site.clone());
    volumes.create(&PostParams::default(), &serde_json::from_value(volume)?).await?;
    Ok(())
}

/// Kinds that charts may make.
async fn kinds(site: &Client, grants: &[Grant]) -> Result<Vec<kube::core::ApiResource>> {
    let served = Discovery::new(site.clone()).run().await?;
    let made = |atom: &&Atom| atom.verb == "create";
    let atoms = grants.iter().filter(|grant| grant.holder == Holder::Charts).map(|grant| &grant.atom);
    atoms
        .filter(made)
        .map(|atom| {
            let Target::Objects { group, resource, .. } = &atom.target else { anyhow::bail!("{atom}") };
            let found = served.get(group).and_then(|group| {
                group.recommended_resources().into_iter().find(|(known, _)| known.plural == *resource)
            });
            Ok(found.with_context(|| format!("not served: {atom}"))?.0)
        })
        .collect()
}

/// Waits until the app's object of each kind bears the mark, or until none is there.
async fn marked(
    kinds: &[kube::core::ApiResource],
    home: &str,
    site: &Client,
    mark: Option<&str>,
) -> Result<()> {
    for kind in kinds {
        let api: Api<DynamicObject> = Api::namespaced_with(site.clone(), home, kind);
        eventually(&format!("{} with mark {mark:?}", kind.kind), async || {
            let there = api.get_opt(APP).await?;
            let found = there.as_ref().and_then(|object| object.metadata.labels.as_ref()?.get("mark"));
            ensure!(found.map(String::as_str) == mark && there.is_some() == mark.is_some(), "{found:?}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Its account is given a token past the guards: no pod runs here that a node would bring one to.
async fn the_app_does_what_it_says(scene: &Scene, home: &str, grants: &[Grant]) -> Result<()> {
    let site = scene.fleet.site("rbx1")?;
    let lifted = guards::lift(site).await?;
    let app = site.client_as(home, &format!("beffroi-app-{APP}")).await;
    guards::restore(site, lifted).await?;
    let app = app?;
    let mut atoms: Vec<&Atom> =
        grants.iter().filter(|grant| grant.holder == Holder::App).map(|grant| &grant.atom).collect();
    atoms.sort_by_key(|atom| turn(atom));
    for atom in atoms {
        exercise(&app, Some(home), atom, &object(&site.admin(), home, atom).await?).await?;
    }
    Ok(())
}

/// The object that a right is tried on: a lease of the app's own, or what is there of a kind.
async fn object(site: &Client, home: &str, atom: &Atom) -> Result<Value> {
    let Target::Objects { resource, .. } = &atom.target else { anyhow::bail!("{atom}") };
    let (version, kind) = match &**resource {
        "leases" => {
            return Ok(
                json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": APP}}),
            );
        }
        "endpointslices" => ("discovery.k8s.io/v1", "EndpointSlice"),
        "pods" => ("v1", "Pod"),
        "services" => ("v1", "Service"),
        "endpoints" => ("v1", "Endpoints"),
        other => anyhow::bail!("nobody knows {other}"),
    };
    let mut object = json!({"apiVersion": version, "kind": kind});
    let kind = super::resource(atom, &object)?;
    let api: Api<DynamicObject> = Api::namespaced_with(site.clone(), home, &kind);
    let first = api.list(&ListParams::default()).await?.items.into_iter().next();
    object["metadata"]["name"] =
        json!(first.and_then(|object| object.metadata.name).with_context(|| format!("no {resource}"))?);
    Ok(object)
}
