//! The log on a store that is slow, or refuses: what is recorded stands in it once, and whoever asks is told.

use std::{sync::Arc, time::Duration};

use beffroi_core::{
    evidence::{
        Predicate,
        statement::{Action, Audit, Told, WorkspaceRef},
    },
    trail::Record,
};
use beffroi_log::{Filter, Reader, Store};
use clap::Parser;
use jiff::Timestamp;
use object_store::memory::InMemory;
use serde_json::json;

use super::{
    life::{Life, Way, hindered, settle, turn},
    server::Server,
    slow::Slow,
    town::{Of, Town},
};
use crate::{evidence::Evidence, options::Options};

/// How long whoever records waits.
const PATIENCE: Duration = Duration::from_millis(40);
/// How long a write takes; an append needs several.
const SLOW: Duration = Duration::from_millis(60);

/// A log in memory.
struct Fixture {
    evidence: Evidence,
    store: Arc<Slow>,
    reader: Reader,
}

impl Fixture {
    async fn new() -> Self {
        let ours = "{apiVersion: v1, kind: Namespace, metadata: {name: beffroi-system}}";
        let management = Server::new("management", Arc::default(), ours);
        let store = Slow::new(Arc::new(InMemory::new()));
        let log = Store::new(store.clone());
        let options = Options::parse_from(["beffroi-operator"]);
        let mut evidence = Evidence::open(log.clone(), management.client(), &options, 1).await.unwrap();
        evidence.patience = PATIENCE;
        Self { evidence, store, reader: Reader::new(log) }
    }

    /// Records until it is, and how often that was tried.
    async fn insist(&self, records: impl Fn() -> Vec<Record>) -> usize {
        for tries in 1..100 {
            if self.evidence.record(records()).await.is_ok() {
                return tries;
            }
        }
        panic!("it is never recorded");
    }

    /// What stands in the log, the first first.
    async fn told(&self) -> Vec<String> {
        let all = self.reader.list(&Filter::default()).await.unwrap();
        let told = all.into_iter().rev().filter_map(|listed| match listed.statement.predicate {
            Predicate::Audit(audit) => Some(format!("{:?} {}", audit.action, audit.object)),
            _ => None,
        });
        told.collect()
    }
}

/// Something that happens now to a workspace.
fn record(uid: &str, action: Action) -> Record {
    let workspace = WorkspaceRef {
        uid: uid.into(),
        name: uid.into(),
        namespace: "tenant-macon".into(),
        tenant: "macon".into(),
        tenant_uid: "u-macon".into(),
    };
    let audit = Audit {
        time: Timestamp::now(),
        action,
        tenant: "macon".into(),
        tenant_uid: "u-macon".into(),
        siren: None,
        workspace: Some(workspace),
        site: None,
        object: uid.into(),
        actor: None,
        note: Told::Prose("something happened".into()),
        remains: None,
    };
    (audit, json!({"of": uid}))
}

#[tokio::test]
async fn what_a_slow_log_takes_in_the_end_is_recorded_once() {
    let log = Fixture::new().await;
    log.store.writes_take(SLOW);
    assert!(log.insist(|| vec![record("mairie", Action::WorkspaceOrdered)]).await > 1, "the log is not slow");
    assert_eq!(log.told().await, ["WorkspaceOrdered mairie"]);
}

#[tokio::test]
async fn who_comes_again_with_more_has_only_that_appended() {
    let log = Fixture::new().await;
    log.store.writes_take(SLOW);
    let ordered = || record("mairie", Action::WorkspaceOrdered);
    log.evidence.record(vec![ordered()]).await.unwrap_err();
    log.insist(|| vec![ordered(), record("mairie", Action::WorkspacePlaced)]).await;
    assert_eq!(log.told().await, ["WorkspaceOrdered mairie", "WorkspacePlaced mairie"]);
}

#[tokio::test]
async fn whatever_breaks_an_append_it_is_recorded_once() {
    for done in [false, true] {
        for after in 0.. {
            let mut log = Fixture::new().await;
            log.evidence.patience = Duration::from_mins(1);
            let ordered = || vec![record("mairie", Action::WorkspaceOrdered)];
            log.insist(|| vec![record("mairie", Action::WorkspaceChanged)]).await;
            log.store.breaks(after, done);
            let tries = log.insist(ordered).await;
            assert_eq!(
                log.told().await,
                ["WorkspaceChanged mairie", "WorkspaceOrdered mairie"],
                "{after} {done}"
            );
            if log.store.is_to_break() {
                break;
            }
            assert!(tries > 1, "nothing broke at {after}");
        }
    }
}

#[tokio::test]
async fn one_that_waits_holds_up_no_other() {
    let log = Fixture::new().await;
    log.store.writes_take(Duration::from_hours(1));
    log.evidence.record(vec![record("mairie", Action::WorkspaceOrdered)]).await.unwrap_err();
    log.evidence.record(vec![record("ecole", Action::WorkspaceOrdered)]).await.unwrap_err();
    assert_eq!(log.evidence.begun(), 2, "the second waits for the store, and not for the first");
}

#[tokio::test]
async fn an_intervention_that_is_not_waited_for_is_recorded_once() {
    let log = Fixture::new().await;
    log.store.writes_take(SLOW);
    log.evidence.record_or_keep(vec![record("mairie", Action::Intervention)]).await;
    assert_eq!(log.told().await, [""; 0], "the log is not slow");
    log.insist(|| vec![record("mairie", Action::WorkspacePlaced)]).await;
    assert_eq!(log.told().await, ["Intervention mairie", "WorkspacePlaced mairie"]);
}

#[tokio::test]
async fn a_life_with_a_slow_log_goes_as_any_other() {
    hindered(Of::Meddled, Way::SlowLog, "error").await;
}

#[tokio::test]
async fn nothing_is_ready_while_evidence_cannot_be_written() {
    let town = Town::new(Of::Workspace, 600).await;
    settle(&town, Way::Plain, &mut Life::default()).await;
    assert_eq!(town.ready().await, (200, "ok\n".into()));
    // Nothing is to be written, and it is known all the same.
    town.log_takes(false);
    town.log_is_tried().await;
    let (code, why) = town.ready().await;
    assert_eq!(code, 503);
    assert!(why.starts_with("evidence cannot be written: the "), "{why}");
    town.log_takes(true);
    town.log_is_tried().await;
    assert_eq!(town.ready().await, (200, "ok\n".into()));
    assert_eq!(turn(&town).await, Some("settled"));
}
