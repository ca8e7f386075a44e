//! The grace period of deletion: an order that names its end → apps stopped, said in `Ready` once seen → deleted
//! once that instant has passed. Until then the order is taken back by taking the end out of it.

use std::time::Duration;

use beffroi_crds::{
    Workspace,
    conditions::{READY, reason::DELETION_SCHEDULED},
    labels,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Order, stop};
use crate::conditions::Finding;

/// When a workspace is to be deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Due {
    /// Not by its order, or not while it is paused.
    Never,
    /// Not before this instant.
    At(Timestamp),
    /// That instant has passed.
    Now,
}

impl Due {
    /// How long until it is, if it will be; never longer than `otherwise`.
    pub fn within(self, now: Timestamp, otherwise: Duration) -> Duration {
        match self {
            Self::At(at) => {
                let left: SignedDuration = at.duration_since(now);
                Duration::try_from(left).unwrap_or_default().min(otherwise)
            }
            Self::Never => otherwise,
            Self::Now => Duration::ZERO,
        }
    }
}

/// When a workspace is to be deleted by its own order.
pub fn due(workspace: &Workspace, now: Timestamp) -> Due {
    let Some(Time(at)) = workspace.spec.delete_after else { return Due::Never };
    if labels::is_paused(workspace) || workspace.metadata.deletion_timestamp.is_some() {
        Due::Never
    } else if at > now {
        Due::At(at)
    } else {
        Due::Now
    }
}

/// `Ready` of a workspace whose deletion is scheduled.
pub(super) fn scheduled(order: &Order<'_>) -> Option<Finding> {
    let Time(at) = order.workspace.spec.delete_after.as_ref()?;
    let apps = stop::told(order);
    let message = format!(
        "{apps}, and at {at:.0} it is deleted with all its data; to take it back, unset spec.deleteAfter before"
    );
    Some(Finding::new(READY, false, DELETION_SCHEDULED, message))
}

/// Whether the deletion that is under way is the one that the order named.
pub(super) fn was_due(workspace: &Workspace) -> bool {
    let deleted = workspace.metadata.deletion_timestamp.as_ref();
    // Whoever deletes writes whole seconds.
    let second = |time: &Time| time.0.as_second();
    workspace.spec.delete_after.as_ref().zip(deleted).is_some_and(|(at, on)| second(at) <= second(on))
}

#[cfg(test)]
mod tests {
    use kube::ResourceExt;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn due_at(workspace: &Workspace, now: i64) -> Due {
        due(workspace, at(now))
    }

    #[test]
    fn an_order_ends_when_it_says_and_not_while_it_is_paused() {
        let mut workspace = Workspace::default();
        assert_eq!(due_at(&workspace, 10), Due::Never);
        workspace.spec.delete_after = Some(Time(at(10)));
        assert_eq!([due_at(&workspace, 9), due_at(&workspace, 10)], [Due::At(at(10)), Due::Now]);
        workspace.annotations_mut().insert(labels::PAUSED.into(), "true".into());
        assert_eq!(due_at(&workspace, 10), Due::Never);
        workspace.annotations_mut().clear();
        workspace.metadata.deletion_timestamp = Some(Time(at(10)));
        assert_eq!(due_at(&workspace, 10), Due::Never, "it is being deleted already");
        assert!(was_due(&workspace));
        workspace.metadata.deletion_timestamp = Some(Time(at(9)));
        assert!(!was_due(&workspace), "somebody else was faster");
    }

    #[test]
    fn nobody_looks_again_later_than_it_is_due() {
        let minute = Duration::from_mins(1);
        assert_eq!(Due::At(at(70)).within(at(60), minute), Duration::from_secs(10));
        assert_eq!(Due::At(at(700)).within(at(60), minute), minute);
        assert_eq!(Due::At(at(50)).within(at(60), minute), Duration::ZERO);
        assert_eq!(Due::Now.within(at(60), minute), Duration::ZERO, "it fell between two looks at the clock");
        assert_eq!(Due::Never.within(at(60), minute), minute);
    }
}
