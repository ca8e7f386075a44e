//! `make bench`: what the operator writes in a second, against a bare client on the same servers in one run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_core::manifests::Kind;
use beffroi_crds::{App, Site};
use beffroi_tests::{
    Operator, Scene, eventually,
    scene::{HOME, workspace},
    within,
};
use clap::Parser;
use futures::{StreamExt, TryStreamExt, stream};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, Patch, PatchParams},
    core::DynamicObject,
};
use serde_json::json;

/// Measures workspaces a second, as a ratio to a bare client's.
#[derive(Parser)]
struct Options {
    /// Workspaces.
    #[arg(long, default_value_t = 200)]
    workspaces: usize,
}

/// Workspaces in the making at once, for both contestants.
const AT_ONCE: usize = 16;

#[tokio::main]
async fn main() -> Result<()> {
    let count = Options::parse().workspaces;
    let mut scene = Scene::start(&["rbx1"]).await?;
    // Flux would install charts meanwhile, and be measured with it.
    scene.fleet.site_mut("rbx1")?.stop_flux();
    let site = scene.fleet.site("rbx1")?.admin();
    make_room(&scene.client()).await?;
    let one = scene.order(&workspace("modele", "nextcloud", &["rbx1"])).await?;
    eventually("the model", async || {
        ensure!(releases(&site, "beffroi").await? == 1, "not written yet");
        Ok(())
    })
    .await?;
    scene.operator.take().context("no operator")?.stop();
    let orders = scene.workspaces();
    for index in 0..count {
        let order = workspace(&format!("w-{index:04}"), "nextcloud", &["rbx1"]);
        orders.create(&kube::api::PostParams::default(), &order).await?;
    }

    let started = Instant::now();
    let operator = Operator::start_with(&scene.fleet, &["--leader-elect", "false"]).await?;
    within("every workspace", Duration::from_mins(10), async || {
        let done = releases(&site, "beffroi").await?;
        ensure!(done == count + 1, "{done} of {count}");
        Ok(())
    })
    .await?;
    let operated = started.elapsed().as_secs_f64();
    let in_site = operator.metric("beffroi_writes_total", "cluster=\"rbx1\"").await?;
    let statuses = operator.metric("beffroi_writes_total", "verb=\"status\"").await?;
    operator.stop();

    let model = objects(&scene.client(), &site, &one.name_any()).await?;
    let started = Instant::now();
    stream::iter(0..count)
        .map(|index| write(&site, &model, index))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    let bare = started.elapsed().as_secs_f64();

    let n = f64::from(u32::try_from(count)?);
    println!(
        "{count} workspaces of {} objects, {AT_ONCE} at once, one site, two cores shared by all",
        model.len()
    );
    println!(
        "operator      {:>6.1} workspaces/s ({operated:.1} s; {in_site} writes in the site, {statuses} statuses)",
        n / operated
    );
    println!("bare client   {:>6.1} workspaces/s ({bare:.1} s; the site's objects alone)", n / bare);
    println!("ratio         {:>6.2}", bare / operated);
    scene.fleet.stop();
    Ok(())
}

/// Workspaces so small, and a site so open, that nothing but writing takes time.
async fn make_room(management: &Client) -> Result<()> {
    let apps: Api<App> = Api::all(management.clone());
    let small = json!({"spec": {"needs": {"cpu": "1m", "memory": "1Mi", "storage": null}}});
    apps.patch("nextcloud", &PatchParams::default(), &Patch::Merge(small)).await?;
    let sites: Api<Site> = Api::all(management.clone());
    let open = json!({"spec": {"maxWorkspaces": null}});
    sites.patch("rbx1", &PatchParams::default(), &Patch::Merge(open)).await?;
    Ok(())
}

/// Releases in a site under a manager's label.
async fn releases(site: &Client, manager: &str) -> Result<usize> {
    let api: Api<DynamicObject> = Api::all_with(site.clone(), &Kind::HelmRelease.api_resource());
    let ours = ListParams::default().labels(&format!("app.kubernetes.io/managed-by={manager}"));
    Ok(api.list_metadata(&ours).await?.items.len())
}

/// The objects of one workspace, as they lie in the site.
async fn objects(management: &Client, site: &Client, name: &str) -> Result<Vec<(Kind, DynamicObject)>> {
    let orders: Api<beffroi_crds::Workspace> = Api::namespaced(management.clone(), HOME);
    let status = orders.get(name).await?.status.context("the model has no status")?;
    let namespace = status.namespace.context("the model has no namespace")?;
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let api: Api<DynamicObject> = match kind {
            Kind::Namespace => Api::all_with(site.clone(), &kind.api_resource()),
            _ => Api::namespaced_with(site.clone(), &namespace, &kind.api_resource()),
        };
        let ours = ListParams::default().labels("app.kubernetes.io/managed-by=beffroi");
        let all = api.list(&ours).await?.items;
        let own = all.into_iter().filter(|o| kind != Kind::Namespace || o.name_any() == namespace);
        found.extend(own.map(|object| (kind, object)));
    }
    Ok(found)
}

/// Writes the model once more, under another name, as plainly as a client can.
async fn write(site: &Client, model: &[(Kind, DynamicObject)], index: usize) -> Result<()> {
    let home = format!("nu-{index:04}");
    for (kind, object) in model {
        let mut copy = object.clone();
        let name = if *kind == Kind::Namespace { home.clone() } else { object.name_any() };
        copy.metadata = kube::api::ObjectMeta {
            name: Some(name.clone()),
            namespace: (*kind != Kind::Namespace).then(|| home.clone()),
            labels: Some([("app.kubernetes.io/managed-by".to_owned(), "nobody".to_owned())].into()),
            ..kube::api::ObjectMeta::default()
        };
        copy.types = Some(kind.type_meta());
        if let Some(body) = copy.data.as_object_mut() {
            body.remove("status");
        }
        let api: Api<DynamicObject> = match kind {
            Kind::Namespace => Api::all_with(site.clone(), &kind.api_resource()),
            _ => Api::namespaced_with(site.clone(), &home, &kind.api_resource()),
        };
        api.patch(&name, &PatchParams::apply("bare").force(), &Patch::Apply(&copy)).await?;
    }
    Ok(())
}
