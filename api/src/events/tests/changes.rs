//! Which changes are told, and to whom.

use beffroi_crds::{WorkspaceStatus, conditions::Condition, message::Args, workspace::PlacedSite};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp as When};

use super::*;

fn condition(kind: &str, status: &str, message: &str) -> Condition {
    Condition {
        type_: kind.into(),
        status: status.into(),
        reason: "AsExpected".into(),
        message: message.into(),
        code: String::new(),
        args: Args::default(),
        last_transition_time: Time(When::UNIX_EPOCH),
        observed_generation: Some(1),
    }
}

#[tokio::test]
async fn what_a_reader_sees_is_told_and_a_heartbeat_is_not() {
    let replica = Replica::start(listed()).await;
    let mut stream = replica.open(&reader(&["ch"]));
    assert_eq!(stream.next().await.unwrap().name, "ready");
    let mut placed = workspace("ch", "w", 10);
    placed.status = Some(WorkspaceStatus {
        observed_generation: Some(1),
        conditions: vec![condition("Ready", "True", "all is well"), condition("Located", "True", "seen")],
        sites: vec![PlacedSite { name: "rbx1".into(), ready: true, ..PlacedSite::default() }],
        ..WorkspaceStatus::default()
    });
    send(&replica.workspaces, Event::Apply(placed.clone()));
    let told = stream.next().await.unwrap();
    assert_eq!(told.name, "workspace.changed");
    let data = json!({
        "id": "ch.w", "tenant": "ch", "version": "10", "state": "Ready", "located": "True", "sites": ["rbx1"],
    });
    assert_eq!(told.data, data);

    let mut heartbeat = placed.clone();
    heartbeat.metadata.resource_version = Some("11".into());
    heartbeat.status.as_mut().unwrap().conditions[1] = condition("Located", "True", "seen again");
    send(&replica.workspaces, Event::Apply(heartbeat));
    send(&replica.sites, Event::Apply(site("par1", 12)));
    let next = stream.next().await.unwrap();
    assert_eq!(next.short(), short("site.changed", "par1"), "the heartbeat was told");

    let mut gone = placed;
    gone.metadata.resource_version = Some("13".into());
    send(&replica.workspaces, Event::Delete(gone));
    let told = stream.next().await.unwrap();
    assert_eq!(told.name, "workspace.deleted");
    assert_eq!(told.data, json!({"id": "ch.w", "tenant": "ch", "version": "13"}));
}

#[tokio::test]
async fn each_is_told_what_it_may_know_of() {
    let replica = Replica::start(listed()).await;
    let (mut of_mairie, mut of_ch, mut of_hoster) =
        (replica.open(&reader(&["mairie"])), replica.open(&reader(&["ch"])), replica.open(&hoster()));
    for stream in [&mut of_mairie, &mut of_ch, &mut of_hoster] {
        stream.next().await;
    }
    for (version, name) in [(10, "ch"), (11, "mairie"), (12, "ght")] {
        send(&replica.workspaces, Event::Apply(changed(workspace(name, "w", 1), version)));
    }
    // The watches are apart: what comes of one may be told before what came of another.
    of_hoster.until_told(3).await;
    send(&replica.sites, Event::Apply(site("end", 13)));
    let changed = |id: &str| short("workspace.changed", id);
    assert_eq!(of_mairie.until("end").await, [changed("mairie.w")]);
    assert_eq!(
        of_ch.until("end").await,
        [changed("ch.w"), changed("ght.w")],
        "a grouping's is its members' too"
    );
}

#[tokio::test]
async fn a_workspace_is_told_once_it_is_known_whose_it_is() {
    let mut without = listed();
    without.namespaces.retain(|namespace| namespace.name_any() != "tenant-mairie");
    without.workspaces.retain(|workspace| workspace.namespace().as_deref() != Some("tenant-mairie"));
    let replica = Replica::start(without).await;
    let mut stream = replica.open(&reader(&["mairie"]));
    stream.next().await;
    send(&replica.workspaces, Event::Apply(workspace("mairie", "new", 10)));
    until(|| replica.state.caches.workspaces.get_in("tenant-mairie", "new").is_some()).await;
    let before = replica.open(&reader(&["mairie"])).next().await.unwrap();
    send(&replica.namespaces, Event::Apply(namespace("mairie", 11)));
    let told = stream.next().await.unwrap();
    assert_eq!(told.short(), short("workspace.changed", "mairie.new"));

    // Whoever had got as far as the workspace itself has not been told of it.
    let mut resumed = replica.resume(&reader(&["mairie"]), &before.id);
    assert_eq!(resumed.next().await, Some(told));
}

#[tokio::test]
async fn after_a_watch_began_anew_lists_are_read_again_unless_nothing_changed() {
    let replica = Replica::start(listed()).await;
    let mut stream = replica.open(&reader(&["ch"]));
    stream.next().await;
    list(&replica.workspaces, listed().workspaces);
    // What comes before the list was read is taken for missed.
    tokio::time::sleep(Duration::from_millis(100)).await;
    send(&replica.workspaces, Event::Apply(changed(workspace("ch", "w", 1), 10)));
    assert_eq!(stream.next().await.unwrap().name, "workspace.changed");

    list(&replica.workspaces, vec![changed(workspace("ch", "w", 1), 10)]);
    let reset = stream.next().await.unwrap();
    assert_eq!(reset.name, "reset", "two workspaces are gone");
    send(&replica.workspaces, Event::Apply(changed(workspace("ch", "w", 1), 12)));
    let told = stream.next().await.unwrap();
    let mut resumed = replica.resume(&reader(&["ch"]), &reset.id);
    assert_eq!(resumed.next().await, Some(told));
}

impl Reader {
    async fn until_told(&mut self, count: usize) {
        for _ in 0..count {
            self.next().await.unwrap();
        }
    }
}
