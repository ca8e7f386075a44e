//! How sites and workspaces stand, as measures: what statuses say → lines for whoever reads metrics, drawn when they are
//! read, so that they are gone with the object. What comes to pass is counted elsewhere; this is what lasts.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use beffroi_crds::{
    Site, Workspace,
    conditions::{Condition, GUARDED, REACHABLE, READY},
};
use jiff::Timestamp;
use kube::ResourceExt;

use crate::caches::Caches;

/// All that is known, as Prometheus reads it.
pub fn render(caches: &Caches) -> String {
    text(&caches.sites.state(), &caches.workspaces.state(), Timestamp::now())
}

fn text(sites: &[Arc<Site>], workspaces: &[Arc<Workspace>], now: Timestamp) -> String {
    let mut text = String::new();
    let of_sites = |kind: &'static str| {
        let held = move |site: &Arc<Site>| {
            let found = find(&site.status.as_ref()?.conditions, kind)?;
            let value = match found.status.as_str() {
                "True" => 1,
                "False" => 0,
                // Nobody can tell.
                _ => return None,
            };
            Some((site.name_any(), value))
        };
        sites.iter().filter_map(held).collect::<BTreeMap<_, _>>()
    };
    gauge(
        &mut text,
        ("beffroi_site_reachable", "site", "1 while a site's API server answers, by site."),
        of_sites(REACHABLE),
    );
    gauge(
        &mut text,
        ("beffroi_site_guarded", "site", "1 while a site's guards hold and say what they must, by site."),
        of_sites(GUARDED),
    );
    let (mut waiting, mut longest) = (BTreeMap::<String, i64>::new(), BTreeMap::<String, i64>::new());
    for workspace in workspaces {
        let ready = workspace.status.as_ref().and_then(|status| find(&status.conditions, READY));
        let Some(ready) = ready.filter(|ready| ready.status != "True") else { continue };
        let since = now.duration_since(ready.last_transition_time.0).as_secs().max(0);
        *waiting.entry(ready.reason.clone()).or_default() += 1;
        let so_far = longest.entry(ready.reason.clone()).or_default();
        *so_far = since.max(*so_far);
    }
    gauge(
        &mut text,
        ("beffroi_workspaces_waiting", "reason", "Workspaces that are not ready, by reason."),
        waiting,
    );
    gauge(
        &mut text,
        (
            "beffroi_workspaces_longest_wait_seconds",
            "reason",
            "Seconds since the one that has not been ready for longest was, by reason.",
        ),
        longest,
    );
    text
}

fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Name, label and meaning of a measure, and its values; names of objects and reasons need no escape.
fn gauge(text: &mut String, (name, label, help): (&str, &str, &str), values: BTreeMap<String, i64>) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (of, value) in values {
        let _ = writeln!(text, r#"{name}{{{label}="{of}"}} {value}"#);
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use kube::api::ObjectMeta;

    use super::*;

    fn condition(kind: &str, status: &str, reason: &str, since: i64) -> Condition {
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: String::new(),
            code: String::new(),
            args: beffroi_crds::message::Args::default(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::from_second(since).unwrap()),
        }
    }

    fn site(name: &str, conditions: Vec<Condition>) -> Arc<Site> {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let status = beffroi_crds::SiteStatus { conditions, ..beffroi_crds::SiteStatus::default() };
        Arc::new(Site { metadata, status: Some(status), spec: beffroi_crds::SiteSpec::default() })
    }

    fn workspace(conditions: Vec<Condition>) -> Arc<Workspace> {
        let status = beffroi_crds::WorkspaceStatus { conditions, ..beffroi_crds::WorkspaceStatus::default() };
        let spec = beffroi_crds::WorkspaceSpec::default();
        Arc::new(Workspace { metadata: ObjectMeta::default(), status: Some(status), spec })
    }

    #[test]
    fn what_lasts_is_told_by_site_and_by_reason() {
        let sites = [
            site(
                "par1",
                vec![
                    condition(REACHABLE, "True", "AsExpected", 0),
                    condition(GUARDED, "False", "GuardsLifted", 0),
                ],
            ),
            site(
                "rbx1",
                vec![
                    condition(REACHABLE, "False", "NoAnswer", 0),
                    condition(GUARDED, "Unknown", "NotObserved", 0),
                ],
            ),
        ];
        let orders = [
            workspace(vec![condition(READY, "False", "Progressing", 40)]),
            workspace(vec![condition(READY, "Unknown", "Progressing", 90)]),
            workspace(vec![condition(READY, "True", "AsExpected", 10)]),
            workspace(Vec::new()),
        ];
        let told = text(&sites, &orders, Timestamp::from_second(100).unwrap());
        let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                r#"beffroi_site_reachable{site="par1"} 1"#,
                r#"beffroi_site_reachable{site="rbx1"} 0"#,
                r#"beffroi_site_guarded{site="par1"} 0"#,
                r#"beffroi_workspaces_waiting{reason="Progressing"} 2"#,
                r#"beffroi_workspaces_longest_wait_seconds{reason="Progressing"} 60"#,
            ]
        );
        let none = text(&[], &[], Timestamp::UNIX_EPOCH);
        assert!(none.lines().count() == 8 && none.lines().all(|line| line.starts_with('#')), "{none}");
    }
}
