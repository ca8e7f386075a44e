//! The life of a workspace, whatever its writes meet.

use std::{collections::BTreeSet, time::Duration};

use http::Method;
use serde_json::{Value, json};

use super::{
    life::{Life, Way, each_write_meets, hindered, live, settle, turn},
    script::Fault,
    town::{Of, Town},
};

const DELETES: &str = "management DELETE workspaces/mairie";

/// What comes of a reconcile whose write meets a fault.
fn comes_of(plain: &Life, index: usize, fault: Fault) -> &'static str {
    let writes = plain.writes();
    let leaving = writes[..index].iter().any(|(write, _)| *write == DELETES);
    let (write, nth) = writes[index];
    match (write, fault) {
        // Somebody was faster than what was read.
        (_, Fault::Refused(409)) if write.starts_with("management") => "stale",
        // Gone is what was wanted.
        (DELETES, Fault::Refused(404)) => "settled",
        ("management PATCH workspaces/mairie", Fault::Refused(404)) if nth > 0 => "settled",
        // What leaves is asked again soon, and its status says what the site refuses.
        _ if leaving && write.starts_with("par1") => "waiting",
        _ => "error",
    }
}

#[tokio::test]
async fn a_life_that_meets_nothing_writes_this_and_no_more() {
    let life = live(Of::Meddled, Way::Plain, None).await;
    assert_eq!((life.needless(), life.refused()), (Vec::new(), Vec::new()));
    assert_eq!(life.differs_from(&life), [""; 0]);
    let there: BTreeSet<&str> = life.writes().into_iter().map(|(write, _)| write).collect();
    for kind in ["namespaces", "resourcequotas", "networkpolicies", "ocirepositories", "helmreleases"] {
        assert!(there.iter().any(|write| write.starts_with("par1") && write.contains(kind)), "no {kind}");
    }
    assert!(life.gone.keys().all(|at| !at.contains("mairie")), "{:?}", life.gone);
    let told = |action: &str| life.log.iter().filter(|told| told.starts_with(action)).count();
    assert_eq!((told("Intervention"), told("WorkspaceDeleted")), (2, 1), "{:#?}", life.log);
}

#[tokio::test]
async fn a_write_that_is_done_late_is_done_once() {
    each_write_meets(Of::Meddled, &[Fault::Late], comes_of).await;
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_done_once() {
    each_write_meets(Of::Meddled, &[Fault::AnswerLost], comes_of).await;
}

#[tokio::test]
async fn a_write_that_is_lost_or_fails_is_done_later() {
    each_write_meets(Of::Meddled, &[Fault::RequestLost, Fault::Refused(500)], comes_of).await;
}

#[tokio::test]
async fn a_write_that_is_refused_is_done_later() {
    each_write_meets(Of::Meddled, &[Fault::Refused(409), Fault::Refused(404)], comes_of).await;
}

#[tokio::test]
async fn a_site_that_never_answers_is_given_up() {
    let plain = live(Of::Workspace, Way::Plain, None).await;
    let (write, nth) = plain.writes().into_iter().find(|(write, _)| write.starts_with("par1")).unwrap();
    let life = live(Of::Workspace, Way::Plain, Some((write, nth, Fault::Silence))).await;
    assert_eq!(life.differs_from(&plain), [""; 0]);
    assert_eq!(life.met, Some("error"));
}

#[tokio::test]
async fn nothing_is_told_or_done_before_the_log_has_taken_it() {
    hindered(Of::Workspace, Way::WithoutLog, "error").await;
}

#[tokio::test]
async fn who_does_not_see_yet_what_was_written_writes_nothing() {
    hindered(Of::Meddled, Way::Blind, "stale").await;
}

#[tokio::test]
async fn what_is_refused_is_told_once() {
    let town = Town::new(Of::Workspace, 600).await;
    settle(&town, Way::Plain, &mut Life::default()).await;
    town.script.forget();
    let order = json!({"spec": {"domain": "other.example"}});
    town.management.somebody(Method::PATCH, "workspaces", "mairie", order);
    for _ in 0..3 {
        town.seen().await;
        assert_eq!(turn(&town).await, Some("refused"));
    }
    let writes: Vec<String> = town.script.asked().into_iter().map(|asked| asked.write).collect();
    assert_eq!(writes, ["management PATCH workspaces/mairie/status"]);
}

#[tokio::test]
async fn who_is_let_go_of_by_somebody_else_is_forgotten() {
    let town = Town::new(Of::Workspace, 600).await;
    settle(&town, Way::Plain, &mut Life::default()).await;
    assert!(town.remembers());
    town.management.somebody(Method::DELETE, "workspaces", "mairie", Value::Null);
    let free = json!({"metadata": {"finalizers": null}});
    town.management.somebody(Method::PATCH, "workspaces", "mairie", free);
    town.seen().await;
    assert!(!town.remembers(), "its place in the site is free");
}

#[tokio::test]
async fn who_goes_while_nobody_watches_is_forgotten_once_all_are_listed() {
    let town = Town::new(Of::Workspace, 600).await;
    settle(&town, Way::Plain, &mut Life::default()).await;
    town.management.tells(false);
    town.management.somebody(Method::DELETE, "workspaces", "mairie", Value::Null);
    let free = json!({"metadata": {"finalizers": null}});
    town.management.somebody(Method::PATCH, "workspaces", "mairie", free);
    assert!(town.remembers(), "somebody told of it");
    town.management.loses_track();
    town.management.tells(true);
    town.seen().await;
    let forgotten = async {
        while town.remembers() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), forgotten).await.expect("its place in the site is free");
}
