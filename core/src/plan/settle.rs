//! What must be written in a site so that it holds what is wanted, and nothing else: none when settled.

use super::{Drift, SiteLive, SitePlan, Step};
use crate::manifests::{Kind, Live, Object};

/// Compares what is wanted with what is there.
pub fn settle(wanted: Vec<Object>, live: Option<&SiteLive>) -> SitePlan {
    let Some(live) = live.filter(|live| live.reachable) else {
        return SitePlan { wanted, steps: Vec::new(), waiting: Some("the site does not answer".to_owned()) };
    };
    let namespace = live.objects.iter().find(|l| l.kind == Kind::Namespace);
    if namespace.is_some_and(|n| n.deleting_since().is_some()) {
        let waiting =
            Some("its namespace is being deleted by someone; it is made again once gone".to_owned());
        return SitePlan { wanted, steps: Vec::new(), waiting };
    }
    let mut steps: Vec<Step> = wanted.iter().filter_map(|object| write(object, live)).collect();
    let unwanted = live.objects.iter().filter(|l| {
        l.kind != Kind::Namespace
            && l.deleting_since().is_none()
            && !wanted.iter().any(|w| w.kind == l.kind && w.name() == l.name())
    });
    steps.extend(unwanted.map(|l| Step::Delete(l.clone())));
    SitePlan { wanted, steps, waiting: None }
}

fn write(object: &Object, live: &SiteLive) -> Option<Step> {
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
