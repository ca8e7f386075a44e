//! What changes in an order: its spec → a mark, field by field → the fields that differ from the mark that status
//! kept of the order recorded last → what the audit log says of it.

use beffroi_crds::{WorkspaceSpec, workspace::OrderedApp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;

use crate::{
    evidence::canonical,
    message::change::{ChangeMessage, Field},
};

/// How many digits of a field's digest are kept.
const DIGITS: usize = 8;

/// Mark of an order, such as `apps=1f0c33a2 data=90ab4e17`.
pub fn mark(spec: &WorkspaceSpec) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(spec) else { return String::new() };
    let digest = |value: &Value| canonical::digest(value).unwrap_or_default();
    let mut marks: Vec<String> =
        fields.iter().map(|(field, value)| format!("{field}={:.DIGITS$}", digest(value))).collect();
    marks.sort_unstable();
    marks.join(" ")
}

/// What an order says that the one marked `before` did not; `before` is empty for a first order.
pub fn told(spec: &WorkspaceSpec, before: &str) -> Vec<ChangeMessage> {
    let now = mark(spec);
    let touched = touched(before, &now);
    let touches = |field: &str| touched.contains(&field);
    let apps = || spec.apps.iter().map(app).collect();
    let mut parts = vec![match touched.as_slice() {
        _ if before.is_empty() => ChangeMessage::Ordered { apps: apps() },
        [] => ChangeMessage::ChangedBack,
        fields => {
            ChangeMessage::Changed { fields: fields.iter().map(|name| Field((*name).to_owned())).collect() }
        }
    }];
    if touches("apps") && !before.is_empty() {
        parts.push(ChangeMessage::AppsAreNow { apps: apps() });
    }
    if touches("suspended") {
        parts.push(if spec.suspended { ChangeMessage::Suspended } else { ChangeMessage::Resumed });
    }
    if touches("deleteAfter") {
        parts.push(match &spec.delete_after {
            Some(Time(at)) => ChangeMessage::DeletionScheduled { at: *at },
            None => ChangeMessage::DeletionTakenBack,
        });
    }
    parts
}

/// Fields that two marks do not have in common.
fn touched<'a>(before: &'a str, now: &'a str) -> Vec<&'a str> {
    let differs = |a: &'a str, b: &'a str| a.split(' ').filter(move |mark| b.split(' ').all(|m| m != *mark));
    let marks = differs(before, now).chain(differs(now, before));
    let mut fields: Vec<&str> = marks.filter_map(|mark| Some(mark.split_once('=')?.0)).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn app(ordered: &OrderedApp) -> String {
    let version = ordered.version.as_ref().map(|version| format!(" {version}"));
    let channel = ordered.channel.map(|channel| format!(" ({channel:?})"));
    format!("{}{}{}", ordered.name, version.unwrap_or_default(), channel.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use beffroi_crds::app::Channel;
    use jiff::Timestamp;

    use super::*;
    use crate::message::{Language, Message, list};

    fn joined(told: Vec<ChangeMessage>) -> String {
        list(told.into_iter().map(Message::from)).to_string()
    }

    fn order(change: impl FnOnce(&mut WorkspaceSpec)) -> WorkspaceSpec {
        let stable = OrderedApp { name: "docs".into(), channel: Some(Channel::Stable), version: None };
        let mut spec = WorkspaceSpec { apps: vec![stable], ..WorkspaceSpec::default() };
        change(&mut spec);
        spec
    }

    #[test]
    fn a_change_is_told_by_the_fields_that_it_touches() {
        let first = order(|_| ());
        let told = |spec: &WorkspaceSpec, before: &str| joined(super::told(spec, before));
        assert_eq!(told(&first, ""), "ordered with apps docs (Stable)");
        let other = order(|spec| {
            spec.domain = "autre.example".into();
            spec.apps[0] = OrderedApp { name: "meet".into(), version: Some("2".into()), channel: None };
        });
        assert_eq!(told(&other, &mark(&first)), "changed: apps, domain; apps are now meet 2");
        assert_eq!(told(&first, &mark(&first)), "changed, and changed back");
        let french = Message::from(super::told(&other, &mark(&first)).remove(0)).in_language(Language::Fr);
        assert_eq!(french, "modifié : applications, domaine");
    }

    #[test]
    fn stopping_and_taking_back_are_told_in_words() {
        let (running, suspended) = (order(|_| ()), order(|spec| spec.suspended = true));
        let doomed = order(|spec| spec.delete_after = Some(Time(Timestamp::UNIX_EPOCH)));
        let said = |now: &WorkspaceSpec, before: &WorkspaceSpec| joined(told(now, &mark(before)));
        assert!(said(&suspended, &running).contains("suspended: its apps are to stop"));
        assert!(said(&running, &suspended).ends_with("; resumed"));
        assert!(said(&doomed, &running).contains("to be deleted at 1970-01-01T00:00:00Z"));
        assert!(said(&running, &doomed).ends_with("deletion is taken back"));
        let both = said(&suspended, &doomed);
        assert!(both.contains("suspended: ") && both.contains("taken back"), "{both}");
        assert!(told(&suspended, "")[1] == ChangeMessage::Suspended, "a first order may be suspended");
    }
}
