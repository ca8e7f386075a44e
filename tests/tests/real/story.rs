//! From the archive to an app that people open, and what befalls it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{
    Error,
    real::{World, within},
};
use beffroi_crds::tenant::Role;
use beffroi_tests::{eventually, oidc::person, web};
use http::Method;
use serde_json::{Value, json};

use crate::{
    flows,
    hoster::{APP_HOST, DOOR, Hoster, TENANT, bundle},
    visitor::Visitor,
    walls,
};

/// The next archive's images: those of this one with another label, so that their digests differ.
const NEXT: &str = r#"
cd beffroi-0.1.0
for digest in $(grep -o 'sha256:[0-9a-f]*' values-digests.yaml | sort -u); do
    crane mutate "$REGISTRY/beffroi@$digest" --label next=yes --tag "$REGISTRY/beffroi:next"
    sed -i "s/$digest/$(crane digest "$REGISTRY/beffroi:next")/" values-digests.yaml
done
"#;

#[test]
fn from_the_archive_to_an_app_that_opens_and_to_the_end() -> Result<(), Error> {
    // What comes from registries of packages comes before: nobody reaches them from inside.
    bundle().and_then(|_| web::prepared()).map_err(|error| Error::Other(format!("{error:#}")))?;
    within("story::from_the_archive_to_an_app_that_opens_and_to_the_end", async |world| {
        story(world).await.unwrap();
    })
}

async fn story(world: World) -> Result<()> {
    let begun = Instant::now();
    let told = |what: &str| println!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    let mut hoster = Hoster::new(&world, &told).await?;

    let archive = bundle()?;
    let key = archive.with_file_name("beffroi.pub");
    for file in [&archive, &key] {
        let name = file.file_name().context("a file")?;
        std::os::unix::fs::symlink(file, hoster.terminal.folder().join(name))?;
    }
    hoster.terminal.run_readme("install").await?;
    told("the README's lines: verified, pushed, installed by helm in two sites and the management cluster");
    hoster.terminal.run_readme("declare").await?;
    told("the README's lines: sites, catalogue and tenant are declared, and ready");

    let doors = Hoster::addresses(&hoster.management);
    let door = Visitor::new(&hoster.authority, &[DOOR], &doors)?;
    let page = eventually("the page", async || door.page(&format!("https://{DOOR}/")).await).await?;
    ensure!(page.contains("Beffroi"), "{page}");
    told("the page is open over TLS, through the ingress");

    let manager = hoster.issuer.token(TENANT, person(Role::Gestionnaire).0).await?;
    let order = json!({
        "tenant": TENANT, "name": "mairie", "domain": "espace.mairie-macon.example", "data": ["Staff"],
        "apps": [{"name": "docs", "channel": "Stable"}], "placement": {"preferredSites": ["rbx1"]},
    });
    let workspaces = format!("https://{DOOR}/v1/workspaces");
    let ordered = Instant::now();
    eventually("the order", async || door.ask(&manager, Method::POST, &workspaces, Some(&order)).await)
        .await?;
    let site = placed(&door, &manager, &workspaces).await?;
    let asked =
        ["get", "workspace", "mairie", "-n", "tenant-mairie-macon", "-o", "jsonpath={.status.namespace}"];
    let namespace = hoster.management.kubectl(&asked).await?.trim().to_owned();
    hoster.certify(&site, &namespace).await?;
    until_ready(&door, &manager, &workspaces).await?;
    told(&format!(
        "a workspace is ordered by the API and Ready on {site}, {:.1} s after",
        ordered.elapsed().as_secs_f64()
    ));

    let cluster = hoster.sites.get(&site).context("a site")?;
    let ways = Hoster::addresses(cluster);
    let people = Visitor::new(&hoster.authority, &[APP_HOST], &ways)?;
    let app = format!("https://{APP_HOST}/");
    opened(&people, &app).await?;
    told("the app opens by its name over TLS");

    walls::hold(hoster.sites.get(&site).context("a site")?, &namespace, &hoster.stand_in).await?;
    told(
        "from its pod: its own service and names answer; no neighbour, API server, node, metadata, outside does",
    );

    let walled = hoster.sites.get(&site).context("a site")?;
    flows::are_observed(&hoster).await?;
    told("its policy asks for a probe: Beffroi's own pod finds the same, and LOC-04 is observed");
    flows::opened_past_the_guards_are_told(&hoster, walled, &namespace).await?;
    told(
        "an administrator opened its network past the guards: the next probe told what it reached, and the one after that it is closed",
    );

    let lost = lose_a_machine(&mut hoster, &site, &namespace, &people, &app).await?;
    told("its machine lost its power: the app is back on the other");

    let failed = upgrade(&hoster, &door).await?;
    ensure!(failed == 0, "{failed} requests failed while Beffroi was upgraded");
    told("Beffroi was upgraded under requests, and none failed");

    // Nothing of a namespace ends while a machine that ran it says nothing.
    for machine in hoster.sites.get_mut(&site).context("a site")?.machines_mut() {
        if machine.name() == lost {
            machine.power_on()?;
        }
    }
    hoster.terminal.run_readme("leave").await?;
    for (name, site) in &hoster.sites {
        let left = site.kubectl(&["get", "namespaces", "-o", "name"]).await?;
        ensure!(!left.contains(&namespace), "site {name} keeps {left}");
    }
    told("the README's lines: the workspace is deleted, Beffroi is uninstalled");
    Ok(())
}

/// The site where it lies.
async fn placed(door: &Visitor, token: &str, workspaces: &str) -> Result<String> {
    eventually("a place", async || {
        let workspace = door.ask(token, Method::GET, &format!("{workspaces}/{TENANT}.mairie"), None).await?;
        let site = workspace["sites"][0]["name"].as_str().with_context(|| format!("{workspace}"))?;
        Ok(site.to_owned())
    })
    .await
}

async fn until_ready(door: &Visitor, token: &str, workspaces: &str) -> Result<Value> {
    eventually("the workspace", async || {
        let workspace = door.ask(token, Method::GET, &format!("{workspaces}/{TENANT}.mairie"), None).await?;
        let conditions = workspace["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
        ensure!(ready, "{workspace:#}");
        Ok(workspace)
    })
    .await
}

async fn opened(people: &Visitor, app: &str) -> Result<()> {
    eventually("the app", async || {
        let page = people.page(app).await?;
        ensure!(page.contains("Cette page tient lieu"), "{page}");
        Ok(())
    })
    .await
}

/// An app's pods, and no probe's.
const APPS: [&str; 2] = ["-l", "!beffroi.fr/probe"];

/// Cuts the power of the machine that the app runs on; which one it was.
async fn lose_a_machine(
    hoster: &mut Hoster,
    site: &str,
    namespace: &str,
    people: &Visitor,
    app: &str,
) -> Result<String> {
    let cluster = hoster.sites.get_mut(site).context("a site")?;
    let where_ =
        ["get", "pods", "-n", namespace, APPS[0], APPS[1], "-o", "jsonpath={.items[0].spec.nodeName}"];
    let node = cluster.kubectl(&where_).await?;
    let machine = cluster.machines_mut().iter_mut().find(|machine| machine.name() == node.trim());
    machine.context("a machine")?.cut_power();
    let moved = [
        "get",
        "pods",
        "-n",
        namespace,
        APPS[0],
        APPS[1],
        "-o",
        "jsonpath={range .items[*]}{.spec.nodeName} {.status.containerStatuses[0].ready}\n{end}",
    ];
    eventually("another pod", async || {
        let pods = cluster.kubectl(&moved).await?;
        ensure!(pods.lines().any(|pod| pod.ends_with("true") && !pod.starts_with(node.trim())), "{pods}");
        Ok(())
    })
    .await?;
    opened(people, app).await?;
    Ok(node.trim().to_owned())
}

/// Upgrades to images of another digest while somebody asks; how many requests failed.
async fn upgrade(hoster: &Hoster, door: &Visitor) -> Result<u64> {
    let (failed, asked, ends) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let asking = tokio::spawn({
        let (door, failed, asked, ends) = (door.clone(), failed.clone(), asked.clone(), ends.clone());
        async move {
            while !ends.load(Ordering::Relaxed) {
                if let Err(error) = door.page(&format!("https://{DOOR}/v1/sites")).await {
                    println!("          a request failed: {error:#}");
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    hoster.terminal.run(NEXT).await?;
    hoster.terminal.run_readme("upgrade").await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    ends.store(true, Ordering::Relaxed);
    asking.await?;
    println!("          {} requests", asked.load(Ordering::Relaxed));
    Ok(failed.load(Ordering::Relaxed))
}
