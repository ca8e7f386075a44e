//! What is told beside statuses: lines of the log, events, and what a site's condition says of a watch that fails.

use std::time::Duration;

use beffroi_crds::{ChangedBy, labels::CHANGED_BY};
use http::Method;
use serde_json::{Value, json};

use super::{
    life::{Life, Way, settle, turn},
    lines::Lines,
    objects::text_of,
    script::Fault,
    town::{Of, Town},
};

/// Waits until something is so.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

/// Notes of the events of a reason.
fn events(town: &Town, reason: &str) -> Vec<String> {
    let note = |event: &Value| (event["reason"] == reason).then(|| text_of(event, "/note"));
    town.management.each(|at, event| if at.kind == "events" { note(event) } else { None })
}

#[tokio::test]
async fn a_line_names_the_workspace_the_site_and_the_request_and_so_does_an_event() {
    let town = Town::new(Of::Workspace, 600).await;
    let lines = Lines::listen();
    let by = ChangedBy { generation: 1, request: "r-42".into(), ..ChangedBy::default() };
    let note = json!({"metadata": {"annotations": {CHANGED_BY: by.to_value()}}});
    town.management.somebody(Method::PATCH, "workspaces", "mairie", note);
    town.script.fail("par1 PATCH resourcequotas/workspace", 0, Fault::Refused(500));
    while town.script.awaits_fault() {
        town.seen().await;
        town.observed_turn().await;
    }
    settle(&town, Way::Plain, &mut Life::default()).await;
    let more = json!({"spec": {"hard": {"pods": "9999"}}});
    town.site.somebody(Method::PATCH, "resourcequotas", "workspace", more);
    town.seen().await;
    town.observed_turn().await;
    for words in ["reconcile failed", "drift, to be put right"] {
        let told = lines.saying(words);
        let line = told.first().unwrap_or_else(|| panic!("nobody said {words}"));
        let says = |field: &str| line[field].as_str().unwrap_or_default();
        assert_eq!(
            (says("workspace"), says("uid"), says("request")),
            ("tenant-macon/mairie", "u-mairie", "r-42"),
            "{line}"
        );
        assert!(words == "reconcile failed" || says("site") == "par1", "{line}");
    }
    let corrected = events(&town, "DriftCorrected");
    assert_eq!(corrected.len(), 1, "{corrected:?}");
    assert!(corrected[0].contains("site par1") && corrected[0].ends_with("request r-42)"), "{corrected:?}");
}

#[tokio::test]
async fn a_site_of_which_a_kind_is_not_seen_any_more_is_not_reachable_and_it_is_said_why() {
    let lines = Lines::listen();
    let town = Town::new(Of::Workspace, 600).await;
    settle(&town, Way::Plain, &mut Life::default()).await;
    for (code, hint) in [(403, "Is chart beffroi-site installed there"), (422, "version"), (410, "etcd")] {
        town.site.refuses("pods", Some(code));
        town.site.loses_track();
        until("it is not seen any more", || !town.reaches_site()).await;
        let failure = town.site_failure().expect("it says why");
        let message = failure.message.to_string();
        assert_eq!(failure.reason, "CannotWatch");
        assert!(message.starts_with("pods ") && message.contains(hint), "{message}");
        let told = lines.saying(hint);
        assert!(told.iter().any(|line| line["level"] == "WARN" && line["site"] == "par1"), "{told:?}");
        if code != 410 {
            town.site.refuses("pods", None);
            until("it is seen again", || town.reaches_site() && town.site_failure().is_none()).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_in_the_management_cluster_is_said_aloud_with_what_to_do() {
    let lines = Lines::listen();
    let town = Town::new(Of::Workspace, 600).await;
    town.seen().await;
    town.management.refuses("tenants", Some(403));
    town.management.loses_track();
    until("it is said", || {
        let told = lines.saying("upgrade chart beffroi");
        told.iter().any(|line| line["level"] == "WARN" && line["kind"] == "Tenant")
    })
    .await;
}

#[tokio::test]
async fn a_crd_of_an_older_version_is_told_and_what_it_lacks_is_left_out() {
    let lines = Lines::listen();
    let town = Town::new(Of::Workspace, 600).await;
    let ours = beffroi_crds::all().into_iter().map(|crd| serde_json::to_value(crd).unwrap());
    for mut crd in ours {
        if text_of(&crd, "/spec/names/kind") == "Workspace" {
            let fields = "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties";
            crd.pointer_mut(fields).unwrap().as_object_mut().unwrap().remove("domain").unwrap();
        }
        town.management.hold(crd);
    }
    town.looks_at_crds().await;
    let told = lines.saying("workspaces.beffroi.fr");
    assert!(told.len() == 1 && told[0]["level"] == "WARN", "{told:?}");
    for word in ["status.domain", "helm 3", "kubectl apply --server-side --force-conflicts -f crds/"] {
        assert!(told[0].to_string().contains(word), "{told:?}");
    }
    let events = events(&town, "CrdOutdated");
    assert!(events.len() == 1 && events[0].contains("status.domain"), "{events:?}");
    town.looks_at_crds().await;
    assert_eq!(lines.saying("workspaces.beffroi.fr").len(), 1, "it is told once");
    settle(&town, Way::Plain, &mut Life::default()).await;
    let written =
        || town.script.asked().into_iter().filter(|a| a.write.ends_with("workspaces/mairie/status"));
    assert!(written().count() > 0 && written().all(|asked| asked.body["status"]["domain"].is_null()));
    // Once it is that of this version, nothing is left out any more.
    for crd in beffroi_crds::all() {
        town.management.hold(serde_json::to_value(crd).unwrap());
    }
    town.looks_at_crds().await;
    assert_eq!(lines.saying("it is that of this version now").len(), 1);
    town.seen().await;
    turn(&town).await;
    assert!(written().any(|asked| !asked.body["status"]["domain"].is_null()));
}
