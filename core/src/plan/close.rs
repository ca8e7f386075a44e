//! Leaving a site: a resumable sequence that never waits for ever on what it removes.
//!
//! That it leaves is written on its namespace first, since the site's guards let no namespace go without; then
//! releases, so that Flux uninstalls under the tenant's own identity while that identity still exists;
//! then the namespace with all it holds; then nothing is left.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use beffroi_crds::workspace::Residue;

use super::{
    Drift, Order, SiteLive, SitePlan, Step, current_sites,
    residue::{look, residue, told},
};
use crate::{
    manifests::{self, Kind, Live},
    message::{Message, list, progress::ProgressMessage},
};

/// How long Flux is given to uninstall before its finalizers are taken off.
const UNINSTALL: SignedDuration = SignedDuration::from_secs(60);

/// What is left to do until nothing of a workspace remains.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// What is done in each site.
    pub sites: BTreeMap<String, SitePlan>,
    /// What holds its namespaces.
    pub residue: Vec<Residue>,
    /// Whether one of them is held for longer than deletion should take.
    pub held: bool,
}

impl Closing {
    /// Whether, as far as is seen, nothing remains anywhere.
    pub fn done(&self) -> bool {
        self.sites.values().all(SitePlan::settled)
    }

    /// What is waited for, by site.
    pub fn waiting(&self) -> Vec<Message> {
        self.sites.iter().filter_map(|(name, plan)| Some(plan.waiting.clone()?.of(name))).collect()
    }
}

/// How long a namespace is given to go before somebody is told to look at what holds it.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Plans the removal of a workspace from every site where it lies; `patience` is how long a namespace may take.
pub fn close(order: &Order<'_>, patience: SignedDuration) -> Closing {
    let namespaces = || {
        let all =
            order.live.iter().flat_map(|(name, live)| live.objects.iter().map(move |object| (name, object)));
        all.filter(|(_, object)| object.kind == Kind::Namespace)
    };
    let residue = namespaces().flat_map(|(name, home)| residue(name, home)).collect();
    let held = namespaces().any(|(_, home)| held(home, order.world.now, patience));
    let sites = current_sites(order).into_iter().map(|name| {
        let plan = if order.world.sites.contains_key(&name) {
            remove(order.live.get(&name), order.world.now, patience)
        } else {
            waiting(ProgressMessage::NoSuchSite)
        };
        (name, plan)
    });
    Closing { sites: sites.collect(), residue, held }
}

/// Whether a namespace has been going for longer than it should take.
fn held(namespace: &Live, now: Timestamp, patience: SignedDuration) -> bool {
    namespace.deleting_since().is_some_and(|since| now.duration_since(since.0) > patience)
}

/// What a namespace that is being deleted waits for.
fn leaving(namespace: &Live, now: Timestamp, patience: SignedDuration) -> SitePlan {
    let left = told(&residue("", namespace));
    let held = held(namespace, now, patience).then(|| look(patience));
    waiting(list([ProgressMessage::NamespaceLeaving.into()].into_iter().chain(left).chain(held)))
}

/// Plans the removal of what is there in one site.
pub(super) fn remove(live: Option<&SiteLive>, now: Timestamp, patience: SignedDuration) -> SitePlan {
    let Some(live) = live.filter(|live| live.reachable) else {
        return waiting(ProgressMessage::RemovedLater);
    };
    let releases: Vec<&Arc<Live>> = live.objects.iter().filter(|l| l.kind == Kind::HelmRelease).collect();
    let namespace = live.objects.iter().find(|l| l.kind == Kind::Namespace);
    let going = namespace.is_some_and(|n| n.deleting_since().is_some());
    if let Some(home) = namespace.filter(|home| !going && !manifests::is_doomed(home)) {
        let steps = vec![Step::Apply(manifests::doomed(home), Drift::None)];
        return SitePlan { steps, ..waiting(ProgressMessage::AppsLeaving) };
    }
    if !releases.is_empty() {
        let steps = releases.iter().filter_map(|l| uninstall(l, now)).collect();
        return SitePlan { steps, ..waiting(ProgressMessage::AppsLeaving) };
    }
    match namespace {
        Some(namespace) if namespace.deleting_since().is_some() => leaving(namespace, now, patience),
        Some(namespace) => {
            let steps = vec![Step::Delete(namespace.clone())];
            SitePlan { steps, ..waiting(ProgressMessage::NamespaceLeaving) }
        }
        None => SitePlan::default(),
    }
}

fn uninstall(release: &Arc<Live>, now: Timestamp) -> Option<Step> {
    match release.deleting_since() {
        None => Some(Step::Delete(release.clone())),
        Some(since) if now.duration_since(since.0) > UNINSTALL => Some(Step::Release(release.clone())),
        Some(_) => None,
    }
}

fn waiting(why: impl Into<Message>) -> SitePlan {
    SitePlan { waiting: Some(why.into()), ..SitePlan::default() }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::{
        ResourceExt,
        core::{DynamicObject, ObjectMeta},
    };

    use serde_json::json;

    use super::*;
    use beffroi_crds::labels;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn live(objects: &[(Kind, Option<i64>)], ordered: &str) -> SiteLive {
        let objects = objects.iter().map(|(kind, deleted)| {
            let metadata = ObjectMeta {
                deletion_timestamp: deleted.map(|s| Time(at(s))),
                labels: Some([(labels::WORKSPACE_UID.to_owned(), "u1".to_owned())].into()),
                annotations: Some([(labels::DELETION_ORDERED.to_owned(), ordered.to_owned())].into()),
                ..ObjectMeta::default()
            };
            let object = DynamicObject { types: None, metadata, data: serde_json::Value::Null };
            Arc::new(Live::of(*kind, object))
        });
        SiteLive { reachable: true, objects: objects.collect(), ..SiteLive::default() }
    }

    /// What is done, and whether it is still waited for.
    fn step(objects: &[(Kind, Option<i64>)], now: i64) -> (Vec<&'static str>, bool) {
        let plan = remove(Some(&live(objects, "u1")), at(now), PATIENCE);
        let names = plan.steps.iter().map(|step| match step {
            Step::Delete(live) if live.kind == Kind::Namespace => "delete namespace",
            Step::Delete(_) => "delete release",
            Step::Release(_) => "release",
            _ => "write",
        });
        (names.collect(), plan.waiting.is_some())
    }

    #[test]
    fn releases_go_first_then_the_namespace_then_nothing_is_left() {
        let home = (Kind::Namespace, None);
        assert_eq!(step(&[home, (Kind::HelmRelease, None)], 0), (vec!["delete release"], true));
        assert_eq!(step(&[home, (Kind::HelmRelease, Some(0))], 60), (vec![], true));
        assert_eq!(step(&[home, (Kind::HelmRelease, Some(0))], 61), (vec!["release"], true));
        assert_eq!(step(&[home, (Kind::ResourceQuota, None)], 0), (vec!["delete namespace"], true));
        assert_eq!(step(&[(Kind::Namespace, Some(0))], 0), (vec![], true));
        assert_eq!(step(&[], 0), (vec![], false));
    }

    #[test]
    fn that_it_leaves_is_written_on_its_namespace_before_anything_goes() {
        let objects = [(Kind::Namespace, None), (Kind::HelmRelease, None)];
        for before in ["", "autre"] {
            let plan = remove(Some(&live(&objects, before)), at(0), PATIENCE);
            let [Step::Apply(home, Drift::None)] = plan.steps.as_slice() else { panic!("{:?}", plan.steps) };
            assert_eq!(home.kind, Kind::Namespace);
            assert_eq!(home.manifest.annotations()[labels::DELETION_ORDERED], "u1");
            assert_eq!(home.manifest.labels()[labels::WORKSPACE_UID], "u1", "what it bears stays");
            assert!(plan.waiting.is_some());
        }
    }

    #[test]
    fn a_silent_site_is_waited_for() {
        assert!(remove(None, at(0), PATIENCE).waiting.is_some());
        let silent = SiteLive { reachable: false, ..live(&[], "") };
        assert!(remove(Some(&silent), at(0), PATIENCE).waiting.is_some());
    }

    #[test]
    fn what_holds_a_namespace_is_told_and_after_a_time_who_is_to_look() {
        let mut held = live(&[(Kind::Namespace, Some(0))], "u1");
        let message = "Some resources are remaining: configmaps. has 1 resource instances";
        let condition = json!({"type": "NamespaceContentRemaining", "status": "True", "message": message});
        let (metadata, data) =
            (held.objects[0].metadata.clone(), json!({"status": {"conditions": [condition]}}));
        let home = DynamicObject { types: None, metadata, data };
        held.objects = vec![Arc::new(Live::of(Kind::Namespace, home))];
        let told = |now| remove(Some(&held), at(now), PATIENCE).waiting.unwrap().to_string();
        assert_eq!(told(600), "its namespace is being deleted; left in it: 1 configmaps");
        assert!(told(601).ends_with("under Deletion that is held"), "{}", told(601));
    }
}
