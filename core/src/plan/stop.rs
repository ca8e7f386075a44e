//! Stopping what runs although nothing new may be written: releases as they are in each site → the same, stopped.
//!
//! An order that is suspended or to be deleted stops its apps even where it is refused by now, where its charts may
//! not be pulled any more, or where it waits to leave. And [`running`]: where they were not seen to stop yet.

use std::collections::BTreeMap;

use super::{Order, SiteLive, SitePlan, Step, current_sites, settle};
use crate::{
    manifests::{self, Kind, Live},
    message::progress::{Apps, ProgressMessage},
};

/// Adds to each site's plan what stops the apps that lie there, where the order stops them and nothing else is to be
/// done first.
pub(super) fn stop(order: &Order<'_>, sites: &mut BTreeMap<String, SitePlan>) {
    if !order.workspace.spec.is_stopped() {
        return;
    }
    for name in current_sites(order) {
        let plan = sites.entry(name.clone()).or_default();
        match order.live.get(&name).filter(|live| live.reachable) {
            Some(live) if plan.steps.is_empty() => plan.steps = steps(live),
            Some(_) => {}
            None => {
                plan.waiting.get_or_insert_with(|| ProgressMessage::SiteSilent.into());
            }
        }
    }
}

/// Sites where apps of a workspace run, or may.
pub(super) fn running(order: &Order<'_>) -> Vec<String> {
    let mut names = current_sites(order);
    names.retain(|name| !order.live.get(name).is_some_and(stopped));
    names
}

/// What its apps do, for whoever ordered that they stop.
pub(super) fn told(order: &Order<'_>) -> Apps {
    let on = running(order);
    if on.is_empty() { Apps::Stopped } else { Apps::ToStop { on } }
}

fn steps(live: &SiteLive) -> Vec<Step> {
    let running = releases(live).filter(|release| !manifests::is_stopped(release));
    running.filter_map(|release| settle::write(&manifests::stopped(release), live)).collect()
}

/// Whether it is seen that nothing runs, and that nothing will.
fn stopped(live: &SiteLive) -> bool {
    live.reachable && releases(live).all(manifests::is_stopped) && live.pods.iter().all(|pod| pod.over)
}

fn releases(live: &SiteLive) -> impl Iterator<Item = &Live> {
    live.objects.iter().map(AsRef::as_ref).filter(|live| live.kind == Kind::HelmRelease)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_crds::{
        SovereigntyPolicy, Workspace,
        app::Release,
        conditions::{PROVISIONED, READY},
        workspace::{PlacedSite, WorkspaceStatus},
    };
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::core::{DynamicObject, ObjectMeta};
    use serde_json::json;

    use super::*;
    use crate::{
        plan::{Drift, PodFacts, plan, report},
        policy::fixtures::Scene,
    };

    /// A workspace on par1 whose app was withdrawn from the catalogue since.
    struct Withdrawn {
        scene: Scene,
        workspace: Workspace,
        live: BTreeMap<String, SiteLive>,
    }

    impl Withdrawn {
        fn new() -> Self {
            let mut scene = Scene::default();
            let policy = SovereigntyPolicy::new("standard", scene.policy.clone());
            scene.world.policies.insert("standard".into(), Arc::new(policy));
            let mut workspace = Workspace::new("mairie", scene.workspace.clone());
            let placed = PlacedSite { name: "par1".into(), ..PlacedSite::default() };
            workspace.status = Some(WorkspaceStatus { sites: vec![placed], ..WorkspaceStatus::default() });
            let pods = vec![PodFacts { name: "docs-0".into(), fine: true, ..PodFacts::default() }];
            let objects = vec![Arc::new(release())];
            let live = SiteLive { reachable: true, objects, pods, ..SiteLive::default() };
            Self { scene, workspace, live: [("par1".to_owned(), live)].into() }
        }

        fn order(&self) -> Order<'_> {
            Order {
                world: &self.scene.world,
                workspace: &self.workspace,
                tenant: Some(&self.scene.tenant),
                siblings: &[],
                live: &self.live,
            }
        }

        fn live(&mut self) -> &mut SiteLive {
            self.live.get_mut("par1").unwrap()
        }

        /// What is written in par1.
        fn written(&self) -> Vec<manifests::Object> {
            let plan = plan(&self.order());
            assert!(plan.accepted.is_err(), "nobody withdrew the app");
            let steps = plan.sites.into_values().flat_map(|site| site.steps);
            let applied = steps.map(|step| match step {
                Step::Apply(object, drift) => {
                    assert_eq!(drift, Drift::None);
                    object
                }
                other => panic!("{other:?}"),
            });
            applied.collect()
        }

        /// What the site takes of it.
        fn apply(&mut self) {
            for object in self.written() {
                let there = Live::of(object.kind, object.manifest);
                self.live().objects = vec![Arc::new(there)];
            }
        }

        fn told(&self, kind: &str) -> String {
            let order = self.order();
            let status = report::status(&order, &plan(&order), None, &BTreeMap::new());
            status.conditions.into_iter().find(|c| c.type_ == kind).unwrap().message
        }
    }

    fn release() -> Live {
        let metadata = ObjectMeta {
            name: Some("docs".into()),
            namespace: Some("macon-mairie".into()),
            labels: Some(
                [("beffroi.fr/app", "docs"), ("other", "one")].map(|(k, v)| (k.into(), v.into())).into(),
            ),
            annotations: Some([("beffroi.fr/applied".to_owned(), "1".to_owned())].into()),
            ..ObjectMeta::default()
        };
        let data = json!({"spec": {"releaseName": "docs", "values": {"a": 1}}, "status": {"history": []}});
        let object = DynamicObject { types: Some(Kind::HelmRelease.type_meta()), metadata, data };
        Live::of(Kind::HelmRelease, object)
    }

    #[test]
    fn what_is_refused_stays_as_it_is_until_it_is_to_stop() {
        let mut scene = Withdrawn::new();
        assert!(scene.written().is_empty());
        assert!(scene.told(PROVISIONED).ends_with("stays as it is"));
        scene.workspace.spec.suspended = true;
        let [stopped] = scene.written().try_into().unwrap();
        let spec = &stopped.manifest.data["spec"];
        assert_eq!((&spec["values"], &spec["releaseName"]), (&json!({"a": 1}), &json!("docs")));
        assert!(spec["postRenderers"].to_string().contains("replicas"), "{spec}");
        assert!(stopped.manifest.data.get("status").is_none());
        assert_eq!(stopped.manifest.metadata.namespace.as_deref(), Some("macon-mairie"));
        let labels = stopped.manifest.metadata.labels.unwrap();
        assert_eq!(labels.keys().collect::<Vec<_>>(), ["beffroi.fr/app"], "another's label is another's");
        scene.apply();
        assert!(scene.written().is_empty(), "once is enough");
    }

    #[test]
    fn it_is_said_to_be_stopped_once_that_is_seen() {
        let mut scene = Withdrawn::new();
        scene.workspace.spec.delete_after = Some(Time(scene.scene.world.now));
        let waits = "its apps are to be stopped on par1";
        assert!(scene.told(READY).starts_with(waits) && scene.told(PROVISIONED).contains(waits));
        scene.apply();
        assert!(scene.told(READY).starts_with(waits), "a pod runs still");
        scene.live().pods[0].over = true;
        assert!(scene.told(READY).starts_with("its apps are stopped, and"), "{}", scene.told(READY));
        scene.live().reachable = false;
        assert!(scene.told(READY).starts_with(waits), "nobody sees it any more");
    }

    #[test]
    fn apps_of_a_registry_that_is_refused_by_now_stop_too() {
        let mut scene = Withdrawn::new();
        let release = Release { version: "1".into(), ..Release::default() };
        scene.scene.app.spec.releases = vec![release];
        scene.scene.world.apps.insert("docs".into(), Arc::new(scene.scene.app.clone()));
        let refused = |scene: &Withdrawn| {
            let plan = plan(&scene.order());
            assert!(plan.accepted.is_ok(), "{plan:?}");
            let site = &plan.sites["par1"];
            assert!(site.refused.is_some(), "no registry is declared");
            site.steps.len()
        };
        assert_eq!(refused(&scene), 0);
        scene.workspace.spec.suspended = true;
        assert_eq!(refused(&scene), 1);
        assert!(scene.told(READY).contains("registry"), "{}", scene.told(READY));
    }

    #[test]
    fn a_silent_site_is_waited_for_and_what_is_undone_is_stopped_anew_as_drift() {
        let mut scene = Withdrawn::new();
        scene.workspace.spec.suspended = true;
        scene.live().reachable = false;
        let silent = plan(&scene.order()).sites.remove("par1").unwrap();
        assert!(silent.steps.is_empty() && silent.waiting.is_some());
        scene.live().reachable = true;
        scene.apply();
        let there = scene.live().objects[0].clone();
        let (metadata, mut data) = (there.metadata.clone(), there.data());
        data["spec"].as_object_mut().unwrap().remove("postRenderers");
        let undone = DynamicObject { types: None, metadata, data };
        scene.live().objects = vec![Arc::new(Live::of(Kind::HelmRelease, undone))];
        let again = plan(&scene.order()).sites.remove("par1").unwrap();
        assert!(matches!(&again.steps[..], [Step::Apply(_, Drift::Changed(_))]), "{again:?}");
    }
}
