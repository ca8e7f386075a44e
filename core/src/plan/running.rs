//! What really runs of each app: Flux's history of its release in each site → versions of the catalogue → wherever that
//! is not what is held, it is told. An upgrade that failed may have left parts of both.

use beffroi_crds::workspace::{HeldRelease, RunningRelease};
use serde_json::Value;

use super::{Order, SiteLive, current_sites};
use crate::{facts::World, manifests::Kind};

/// Tells of each release what runs in place of it.
pub(super) fn tell(order: &Order<'_>, releases: &mut [HeldRelease]) {
    let before = order.workspace.status.iter().flat_map(|status| &status.releases);
    let before: Vec<&HeldRelease> = before.collect();
    for held in releases {
        let sites = current_sites(order);
        let running = sites.iter().filter_map(|site| {
            let known = before.iter().find(|b| b.app == held.app);
            match order.live.get(site).filter(|live| live.reachable) {
                Some(live) => in_site(order.world, site, live, held, known.copied()),
                // Nobody sees it now: what ran last is what is known.
                None => known?.running.iter().find(|running| running.site == *site).cloned(),
            }
        });
        held.running = running.collect();
    }
}

fn in_site(
    world: &World,
    site: &str,
    live: &SiteLive,
    held: &HeldRelease,
    before: Option<&HeldRelease>,
) -> Option<RunningRelease> {
    let release = live.objects.iter().find(|l| l.kind == Kind::HelmRelease && l.name() == held.app)?;
    let data = release.data();
    let history = data.pointer("/status/history")?.as_array()?;
    let newest = history.first()?;
    let version = |entry: &Value| version(world, held, before, entry);
    let whole = history.iter().find(|entry| matches!(text(entry, "status"), "deployed" | "superseded"));
    let failed = text(newest, "status") == "failed";
    if whole.is_none() && !failed {
        return None;
    }
    let running = RunningRelease {
        site: site.to_owned(),
        version: whole.map(version),
        failed: failed.then(|| version(newest)),
    };
    let as_held = running.failed.is_none() && running.version.as_ref() == Some(&held.version);
    (!as_held).then_some(running)
}

/// The version whose chart an entry of the history has; of a chart that nobody knows, what the chart says of itself.
fn version(world: &World, held: &HeldRelease, before: Option<&HeldRelease>, entry: &Value) -> String {
    let digest = text(entry, "ociDigest");
    let listed = world.apps.get(&held.app).into_iter().flat_map(|app| &app.spec.releases);
    let mut listed = listed.map(|release| (&*release.chart.digest, &release.version));
    let mut recorded = [Some(held), before].into_iter().flatten().map(|held| (&*held.digest, &held.version));
    let same = |(of, _): &(&str, &String)| !digest.is_empty() && *of == digest;
    let known = recorded.find(same).or_else(|| listed.find(same));
    known.map_or_else(|| text(entry, "chartVersion").to_owned(), |(_, version)| version.clone())
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use beffroi_crds::{Workspace, WorkspaceStatus, workspace::PlacedSite};
    use kube::core::{DynamicObject, ObjectMeta};
    use serde_json::json;

    use super::*;
    use crate::manifests::Live;

    fn held(version: &str, digest: &str) -> HeldRelease {
        HeldRelease {
            app: "docs".into(),
            version: version.into(),
            digest: digest.into(),
            ..HeldRelease::default()
        }
    }

    /// What is told to run in place of 2, which followed 1.
    fn told(history: &[(&str, &str)]) -> Vec<(Option<String>, Option<String>)> {
        let entry = |(digest, status): &(&str, &str)| json!({"ociDigest": digest, "status": status, "chartVersion": "0.9.0"});
        let history: Vec<Value> = history.iter().map(entry).collect();
        let metadata = ObjectMeta { name: Some("docs".into()), ..ObjectMeta::default() };
        let data = json!({"status": {"history": history}});
        let object = DynamicObject { types: None, metadata, data };
        let objects = vec![Arc::new(Live::of(Kind::HelmRelease, object))];
        let live = BTreeMap::from([(
            "par1".to_owned(),
            SiteLive { reachable: true, objects, ..SiteLive::default() },
        )]);
        let status = WorkspaceStatus {
            releases: vec![held("1", "sha256:1")],
            sites: vec![PlacedSite { name: "par1".into(), ..PlacedSite::default() }],
            ..WorkspaceStatus::default()
        };
        let workspace = Workspace { status: Some(status), ..Workspace::default() };
        let world = World::default();
        let order = Order { world: &world, workspace: &workspace, tenant: None, siblings: &[], live: &live };
        let mut releases = vec![held("2", "sha256:2")];
        tell(&order, &mut releases);
        releases.remove(0).running.into_iter().map(|running| (running.version, running.failed)).collect()
    }

    #[test]
    fn what_runs_is_told_where_it_is_not_what_is_held() {
        let some = |text: &str| Some(text.to_owned());
        assert!(
            told(&[]).is_empty() && told(&[("sha256:2", "pending-install")]).is_empty(),
            "nothing runs yet"
        );
        assert_eq!(told(&[("sha256:2", "pending-upgrade"), ("sha256:1", "deployed")]), [(some("1"), None)]);
        assert!(told(&[("sha256:2", "deployed"), ("sha256:1", "superseded")]).is_empty());
        assert_eq!(told(&[("sha256:1", "deployed")]), [(some("1"), None)]);
        assert_eq!(told(&[("sha256:2", "failed"), ("sha256:1", "deployed")]), [(some("1"), some("2"))]);
        // Rolled back: the newest entry is of the older chart.
        let back = [("sha256:1", "deployed"), ("sha256:2", "failed"), ("sha256:1", "superseded")];
        assert_eq!(told(&back), [(some("1"), None)]);
        assert_eq!(told(&[("sha256:2", "failed")]), [(None, some("2"))]);
        assert_eq!(told(&[("sha256:8", "deployed")]), [(some("0.9.0"), None)]);
    }
}
