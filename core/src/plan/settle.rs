//! What must be written in a site so that it holds what is wanted, and nothing else: none when settled.

use std::collections::BTreeSet;

use super::{Drift, SiteLive, SitePlan, Step};
use crate::{
    manifests::{Kind, Live, Object},
    message::{placement::PlacementMessage, progress::ProgressMessage},
};

/// Compares what is wanted with what is there.
pub fn settle(wanted: Vec<Object>, live: Option<&SiteLive>) -> SitePlan {
    settle_beside(wanted, BTreeSet::new(), live)
}

/// The same, with what is there of the apps that are `kept` left as it is.
pub fn settle_beside(wanted: Vec<Object>, kept: BTreeSet<String>, live: Option<&SiteLive>) -> SitePlan {
    let Some(live) = live.filter(|live| live.reachable) else {
        let waiting = Some(ProgressMessage::SiteSilent.into());
        return SitePlan { wanted, kept, waiting, ..SitePlan::default() };
    };
    let namespace = live.objects.iter().find(|l| l.kind == Kind::Namespace);
    if namespace.is_some_and(|n| n.deleting_since().is_some()) {
        let waiting = Some(ProgressMessage::NamespaceMadeAgain.into());
        return SitePlan { wanted, kept, waiting, ..SitePlan::default() };
    }
    let mut steps: Vec<Step> = wanted.iter().filter_map(|object| write(object, live)).collect();
    let unwanted = live.objects.iter().filter(|l| {
        l.kind != Kind::Namespace
            && l.deleting_since().is_none()
            && !(l.kind.is_flux() && kept.contains(l.name()))
            && !wanted.iter().any(|w| w.kind == l.kind && w.name() == l.name())
    });
    steps.extend(unwanted.map(|l| Step::Delete(l.clone())));
    if let Some(app) =
        kept.iter().find(|app| !live.objects.iter().any(|l| l.kind.is_flux() && l.name() == *app))
    {
        let refused = Some(PlacementMessage::AppForgotten { app: app.clone() }.into());
        return SitePlan { wanted, kept, steps, refused, ..SitePlan::default() };
    }
    SitePlan { wanted, kept, steps, ..SitePlan::default() }
}

/// The write that makes `object` of what is there; none where it is so already.
pub(super) fn write(object: &Object, live: &SiteLive) -> Option<Step> {
    match find(object, live) {
        None => {
            let gone = live.vanished.iter().any(|(kind, name)| *kind == object.kind && name == object.name());
            let drift = if gone { Drift::Deleted } else { Drift::None };
            Some(match object.kind {
                Kind::Namespace => Step::Create(object.clone(), drift),
                _ => Step::Apply(object.clone(), drift),
            })
        }
        Some(there) if there.deleting_since().is_some() => None,
        Some(there) => {
            let differences = object.differences(there);
            if differences.is_empty() {
                return None;
            }
            let drift = if object.was_applied_to(there) { Drift::Changed(differences) } else { Drift::None };
            Some(Step::Apply(object.clone(), drift))
        }
    }
}

/// The live object that `object` describes.
pub(super) fn find<'a>(object: &Object, live: &'a SiteLive) -> Option<&'a Live> {
    live.objects.iter().map(AsRef::as_ref).find(|l| l.kind == object.kind && l.name() == object.name())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kube::core::{DynamicObject, ObjectMeta};
    use serde_json::{Value, json};

    use super::*;
    use beffroi_crds::labels::APPLIED;

    fn object(kind: Kind, name: &str, digest: &str, data: Value) -> DynamicObject {
        DynamicObject {
            types: Some(kind.type_meta()),
            metadata: ObjectMeta {
                name: Some(name.into()),
                annotations: Some([(APPLIED.to_owned(), digest.to_owned())].into()),
                ..ObjectMeta::default()
            },
            data,
        }
    }

    fn wanted(digest: &str, data: Value) -> Vec<Object> {
        vec![Object { kind: Kind::ResourceQuota, manifest: object(Kind::ResourceQuota, "q", digest, data) }]
    }

    fn live(digest: &str, data: Value) -> SiteLive {
        let there = Live::of(Kind::ResourceQuota, object(Kind::ResourceQuota, "q", digest, data));
        SiteLive { reachable: true, objects: vec![Arc::new(there)], ..SiteLive::default() }
    }

    #[test]
    fn what_is_as_wanted_is_not_written() {
        let plan = settle(wanted("1", json!({"a": 1})), Some(&live("1", json!({"a": 1, "status": {}}))));
        assert!(plan.steps.is_empty() && plan.waiting.is_none());
    }

    #[test]
    fn a_change_of_plan_is_no_drift_and_a_change_by_another_is() {
        let drift = |plan: &SitePlan| match plan.steps.as_slice() {
            [Step::Apply(_, drift)] => drift.clone(),
            other => panic!("{other:?}"),
        };
        let planned = settle(wanted("2", json!({"a": 2})), Some(&live("1", json!({"a": 1}))));
        assert_eq!(drift(&planned), Drift::None);
        let changed = settle(wanted("1", json!({"a": 1})), Some(&live("1", json!({"a": 9}))));
        assert_eq!(drift(&changed), Drift::Changed(vec!["a".into()]));
        let mut gone = live("1", json!({}));
        gone.objects.clear();
        gone.vanished.push((Kind::ResourceQuota, "q".into()));
        assert_eq!(drift(&settle(wanted("1", json!({"a": 1})), Some(&gone))), Drift::Deleted);
    }

    #[test]
    fn a_field_that_is_no_longer_wanted_is_written_away() {
        let plan = settle(wanted("2", json!({"a": 1})), Some(&live("1", json!({"a": 1, "b": 2}))));
        assert!(matches!(plan.steps.as_slice(), [Step::Apply(_, Drift::None)]));
    }

    #[test]
    fn what_is_kept_is_neither_written_nor_removed() {
        let mut there = live("1", json!({}));
        let release = Live::of(Kind::HelmRelease, object(Kind::HelmRelease, "docs", "9", json!({})));
        there.objects = vec![Arc::new(release)];
        let kept = |app: &str| settle_beside(Vec::new(), [app.to_owned()].into(), Some(&there));
        assert!(kept("docs").settled(), "{:?}", kept("docs"));
        let other = kept("meet");
        assert!(matches!(other.steps.as_slice(), [Step::Delete(_)]) && other.refused.is_some());
    }

    #[test]
    fn what_is_no_longer_wanted_goes_and_silence_changes_nothing() {
        let there = live("1", json!({}));
        assert!(matches!(settle(Vec::new(), Some(&there)).steps.as_slice(), [Step::Delete(_)]));
        let silent = SiteLive { reachable: false, ..there };
        for nothing in [settle(Vec::new(), Some(&silent)), settle(wanted("1", json!({})), None)] {
            assert!(nothing.steps.is_empty() && nothing.waiting.is_some());
        }
    }
}
