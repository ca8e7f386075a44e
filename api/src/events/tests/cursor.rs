//! Going on where one was, on this replica or another.

use super::*;

#[tokio::test]
async fn one_goes_on_on_another_replica() {
    let (one, other) = (Replica::start(listed()).await, Replica::start(listed()).await);
    let who = reader(&["ch"]);
    let mut stream = one.open(&who);
    let ready = stream.next().await.unwrap();
    let all = [workspace("ch", "w", 1), workspace("mairie", "w", 1), workspace("ght", "w", 1)];
    for (version, workspace) in (10..).zip(all.iter().cycle().take(6)) {
        for replica in [&one, &other] {
            send(&replica.workspaces, Event::Apply(changed(workspace.clone(), version)));
        }
    }
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(stream.next().await.unwrap());
    }
    let mut everyone = other.open(&hoster());
    until(|| {
        other
            .state
            .caches
            .workspaces
            .get_in("tenant-ght", "w")
            .is_some_and(|w| w.metadata.generation == Some(15))
    })
    .await;
    send(&other.sites, Event::Apply(site("end", 20)));
    everyone.until("end").await;

    let mut resumed = other.resume(&who, &ready.id);
    for event in &heard {
        assert_eq!(resumed.next().await.as_ref(), Some(event), "the very same, ids too");
    }
    let mut resumed = other.resume(&who, &heard[1].id);
    assert_eq!(resumed.next().await.as_ref(), Some(&heard[2]));
}

#[tokio::test]
async fn one_goes_on_on_a_replica_that_started_later_if_nothing_changed_meanwhile() {
    let one = Replica::start(listed()).await;
    let who = reader(&["ch"]);
    let ready = one.open(&who).next().await.unwrap();

    let same = Replica::start(listed()).await;
    let mut stream = same.resume(&who, &ready.id);
    send(&same.sites, Event::Apply(site("par1", 20)));
    assert_eq!(stream.next().await.unwrap().short(), short("site.changed", "par1"));

    let mut changed_meanwhile = listed();
    changed_meanwhile.workspaces.push(workspace("mairie", "new", 9));
    let mut deleted_meanwhile = listed();
    deleted_meanwhile.workspaces.pop();
    for listed in [changed_meanwhile, deleted_meanwhile] {
        let other = Replica::start(listed).await;
        assert_eq!(other.resume(&who, &ready.id).next().await.unwrap().name, "reset");
    }
}

#[tokio::test]
async fn what_is_no_id_of_ours_or_too_old_begins_anew() {
    let replica = Replica::start(listed()).await;
    for last in ["", "7", "0-0.0-0.0-0.0-0", "w1-t2-s3", "\u{fffd}"] {
        let mut stream = replica.resume(&reader(&["ch"]), last);
        let reset = stream.next().await.unwrap();
        assert_eq!(reset.name, "reset", "{last}");
        let mut again = replica.resume(&reader(&["ch"]), &reset.id);
        send(&replica.sites, Event::Apply(site(&format!("s{}", last.len()), 20 + last.len() as u64)));
        assert_eq!(again.next().await.unwrap().name, "site.changed", "its id is good to go on from");
    }
}
