//! Workspaces by the thousand on one site, each with a pod: orders → namespaces → pods that run → all Located.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_crds::{App, Site, Workspace};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Scene, eventually, fleet, nodes,
    scene::{condition, workspace},
    within,
};

/// The site that takes them all.
pub const SITE: &str = "rbx1";
/// Requests in flight.
const AT_ONCE: usize = 32;
/// Time given to each step.
const PATIENCE: Duration = Duration::from_mins(10);

/// A workspace of the multitude.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its namespace in the site.
    pub namespace: String,
}

/// Orders workspaces until there are `count`, and waits until each has its namespace. Flux is stopped: pods come from
/// [`run_pods`]. Those that are there already are among them.
///
/// # Errors
/// When they do not come about.
pub async fn gather(scene: &mut Scene, count: usize) -> Result<Vec<Member>> {
    let orders = scene.workspaces();
    let mut there = orders.list_metadata(&ListParams::default()).await?.items.len();
    if there == 0 {
        scene.fleet.site_mut(SITE)?.stop_flux();
        make_room(scene).await?;
        eventually("the tenant's namespace", async || {
            let first = workspace("m-0000", "nextcloud", &[SITE]);
            Ok(orders.create(&PostParams::default(), &first).await?)
        })
        .await?;
        there = 1;
    }
    let rest = (there..count).map(|index| workspace(&format!("m-{index:04}"), "nextcloud", &[SITE]));
    let creating = stream::iter(rest).map(async |order| orders.create(&PostParams::default(), &order).await);
    creating.buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    within("every workspace", PATIENCE, async || {
        let all = placed(&orders).await?;
        ensure!(all.len() == count, "{} of {count}", all.len());
        Ok(all)
    })
    .await
}

/// Runs a pod in each workspace, and waits until the site says that all run.
///
/// # Errors
/// When they do not come up.
pub async fn run_pods(scene: &Scene, members: &[Member]) -> Result<()> {
    let site = scene.fleet.site(SITE)?.admin();
    let image = image(scene);
    let creating = stream::iter(members).map(async |member| {
        let pods: Api<Pod> = Api::namespaced(site.clone(), &member.namespace);
        let pod = pod(&image)?;
        // The namespace may not have its ServiceAccount yet.
        eventually("a pod", async || Ok(pods.create(&PostParams::default(), &pod).await?)).await
    });
    creating.buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let pods: Api<Pod> = Api::all(site);
    within("every pod", PATIENCE, async || {
        let all = pods.list(&ListParams::default().fields("status.phase=Running")).await?.items.len();
        ensure!(all >= members.len(), "{all} of {}", members.len());
        Ok(())
    })
    .await
}

/// Verdicts as they fall, without asking for all of them again and again: that would slow whom it measures.
pub struct Verdicts(BoxStream<'static, watcher::Result<Event<Workspace>>>);

impl Verdicts {
    /// Follows those of all workspaces from now on.
    ///
    /// # Errors
    /// When the management cluster does not tell.
    pub async fn follow(scene: &Scene) -> Result<Self> {
        let events = watcher(scene.workspaces(), watcher::Config::default()).default_backoff();
        let mut verdicts = Self(events.boxed());
        while !matches!(verdicts.next(PATIENCE).await?, Event::InitDone) {}
        Ok(verdicts)
    }

    /// How long it takes after `broken` until each of `members` is told not to be located: the first, the last.
    ///
    /// # Errors
    /// When one is not told.
    pub async fn until_told(mut self, members: &[String], broken: Instant) -> Result<(Duration, Duration)> {
        let mut missing: BTreeSet<&str> = members.iter().map(String::as_str).collect();
        let mut first = None;
        while !missing.is_empty() {
            let event = self.next(PATIENCE.saturating_sub(broken.elapsed())).await;
            let event =
                event.with_context(|| format!("{} of {} are not told", missing.len(), members.len()))?;
            let (Event::Apply(one) | Event::InitApply(one)) = event else { continue };
            if condition(&one, "Located").is_ok_and(|c| c.status == "False")
                && missing.remove(one.name_any().as_str())
            {
                first.get_or_insert_with(|| broken.elapsed());
            }
        }
        Ok((first.unwrap_or_default(), broken.elapsed()))
    }

    /// What comes next; a watch that breaks is taken up again.
    async fn next(&mut self, patience: Duration) -> Result<Event<Workspace>> {
        let next = async {
            loop {
                if let Ok(event) = self.0.next().await.context("the watch is over")? {
                    return Ok(event);
                }
            }
        };
        tokio::time::timeout(patience, next).await.context("nothing more is told")?
    }
}

/// Names of the workspaces whose pod is on a node.
///
/// # Errors
/// When the site does not answer.
pub async fn carried_by(scene: &Scene, members: &[Member], node: &str) -> Result<Vec<String>> {
    let pods: Api<Pod> = Api::all(scene.fleet.site(SITE)?.admin());
    let there = pods.list(&ListParams::default().fields(&format!("spec.nodeName={node}"))).await?.items;
    let homes: Vec<String> = there.into_iter().filter_map(|pod| pod.namespace()).collect();
    Ok(members.iter().filter(|m| homes.contains(&m.namespace)).map(|m| m.name.clone()).collect())
}

/// Makes a node say that it lies in another region.
///
/// # Errors
/// When the site refuses.
pub async fn move_node(scene: &Scene, node: &str, region: &str) -> Result<()> {
    nodes::move_to(&scene.fleet.site(SITE)?.admin(), node, region).await.map(drop)
}

/// Waits until each is located, with its pod seen.
///
/// # Errors
/// When one is not.
pub async fn until_located(scene: &Scene) -> Result<()> {
    let orders = scene.workspaces();
    within("every workspace located", PATIENCE, async || {
        let all = orders.list(&ListParams::default()).await?.items;
        let seen =
            |w: &Workspace| w.status.iter().flat_map(|s| &s.sites).all(|s| s.pods.as_deref() == Some("1/1"));
        let waiting =
            all.iter().filter(|w| !seen(w) || !condition(*w, "Located").is_ok_and(|c| c.status == "True"));
        let waiting = waiting.count();
        ensure!(waiting == 0, "{waiting} of {} wait", all.len());
        Ok(())
    })
    .await
}

async fn placed(orders: &Api<Workspace>) -> Result<Vec<Member>> {
    let all = orders.list(&ListParams::default()).await?.items;
    let member = |w: &Workspace| {
        let status = w.status.as_ref()?;
        let written =
            status.sites.first()?.message.as_deref().is_none_or(|m| !m.contains("is being written"));
        written.then_some(Member { name: w.name_any(), namespace: status.namespace.clone()? })
    };
    Ok(all.iter().filter_map(member).collect())
}

/// Workspaces so small, and a site so large and open, that all have room.
async fn make_room(scene: &mut Scene) -> Result<()> {
    let management = scene.client();
    let apps: Api<App> = Api::all(management.clone());
    let small = json!({"spec": {"needs": {"cpu": "1m", "memory": "1Mi", "storage": null}}});
    apps.patch("nextcloud", &PatchParams::default(), &Patch::Merge(small)).await?;
    let sites: Api<Site> = Api::all(management);
    let open = json!({"spec": {"maxWorkspaces": null}});
    let site = sites.patch(SITE, &PatchParams::default(), &Patch::Merge(open)).await?;
    let more = (2..6).map(|index| fleet::node(&site, &format!("{SITE}-{index}")).capacity("pods", "500"));
    scene.fleet.site_mut(SITE)?.make_nodes(&more.collect::<Vec<_>>()).await?;
    Ok(())
}

fn image(scene: &Scene) -> String {
    let digest: String = Sha256::digest(b"multitude").iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}/multitude@sha256:{digest}", scene.fleet.registry.host())
}

fn pod(image: &str) -> Result<Pod> {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"},
        "spec": {
            "automountServiceAccountToken": false,
            "containers": [{
                "name": "app", "image": image,
                "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"memory": "1Mi"}},
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            }],
        },
    });
    serde_json::from_value(pod).context("a pod")
}
