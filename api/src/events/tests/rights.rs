//! Rights that change while a stream is open.

use super::*;

/// `None` ends it.
async fn end(stream: &mut Reader) -> bool {
    loop {
        match stream.next().await {
            None => return true,
            Some(heard) if heard.name == "ready" || heard.name.starts_with("tenant.") => {}
            Some(_) => return false,
        }
    }
}

#[tokio::test]
async fn whose_tenant_trusts_another_issuer_or_none_is_sent_away() {
    let mut elsewhere = tenant("ch", 10);
    elsewhere.spec.identity.as_mut().unwrap().issuer = "https://other.example".into();
    let mut nowhere = tenant("ch", 10);
    nowhere.spec.identity = None;
    let mut roles = tenant("ch", 10);
    roles.spec.identity.as_mut().unwrap().roles[0].group = "others".into();
    for changed in
        [Event::Apply(elsewhere), Event::Apply(nowhere), Event::Apply(roles), Event::Delete(tenant("ch", 10))]
    {
        let replica = Replica::start(listed()).await;
        let mut of_ch = replica.open(&reader(&["ch"]));
        let mut of_both = replica.open(&reader(&["ch", "mairie"]));
        let mut of_mairie = replica.open(&reader(&["mairie"]));
        send(&replica.tenants, changed);
        assert!(end(&mut of_ch).await && end(&mut of_both).await);
        send(&replica.sites, Event::Apply(site("end", 11)));
        assert_eq!(of_mairie.until("end").await, [short("ready", "")]);
    }
}

#[tokio::test]
async fn who_leaves_a_grouping_is_told_to_read_again_and_nothing_more_of_it() {
    let mut listed = listed();
    listed.tenants[2] = grouping("ght", 3, &["ch", "mairie"]);
    let replica = Replica::start(listed).await;
    let (mut of_ch, mut of_mairie) = (replica.open(&reader(&["ch"])), replica.open(&reader(&["mairie"])));
    let ready = of_ch.next().await.unwrap();
    of_mairie.next().await;
    send(&replica.workspaces, Event::Apply(changed(workspace("ght", "w", 1), 10)));
    let ght = short("workspace.changed", "ght.w");
    assert_eq!(
        [of_ch.next().await.unwrap().short(), of_mairie.next().await.unwrap().short()],
        [ght.clone(), ght]
    );

    send(&replica.tenants, Event::Apply(grouping("ght", 11, &["mairie"])));
    for stream in [&mut of_ch, &mut of_mairie] {
        assert_eq!(stream.next().await.unwrap().name, "reset");
    }
    send(&replica.workspaces, Event::Apply(changed(workspace("ght", "w", 1), 12)));
    assert_eq!(of_mairie.next().await.unwrap().short(), short("workspace.changed", "ght.w"));
    send(&replica.sites, Event::Apply(site("end", 13)));
    assert_eq!(of_ch.until("end").await, []);
    let mut resumed = replica.resume(&reader(&["ch"]), &ready.id);
    assert_eq!(
        resumed.until("end").await,
        [short("reset", "")],
        "not even what came while it belonged there"
    );
}

#[tokio::test]
async fn members_are_told_that_a_grouping_is_gone() {
    let replica = Replica::start(listed()).await;
    let (mut of_ch, mut of_mairie) = (replica.open(&reader(&["ch"])), replica.open(&reader(&["mairie"])));
    of_ch.next().await;
    of_mairie.next().await;
    send(&replica.tenants, Event::Delete(grouping("ght", 10, &["ch"])));
    let told = of_ch.next().await.unwrap();
    assert_eq!((told.short(), &told.data["version"]), (short("tenant.deleted", "ght"), &json!("10")));
    send(&replica.sites, Event::Apply(site("end", 11)));
    assert_eq!(of_mairie.until("end").await, []);
}

#[tokio::test]
async fn another_tenant_of_the_same_name_is_another_one() {
    let replica = Replica::start(listed()).await;
    let mut of_everyone = replica.open(&hoster());
    of_everyone.next().await;
    send(&replica.tenants, Event::Delete(tenant("mairie", 10)));
    of_everyone.next().await;
    let mut again = tenant("mairie", 11);
    again.metadata.uid = Some("second".into());
    send(&replica.tenants, Event::Apply(again));
    of_everyone.next().await;
    let (mut of_first, mut of_second) =
        (replica.open(&reader(&["mairie"])), replica.open(&reader(&["second"])));
    of_first.next().await;
    of_second.next().await;
    let mut home = namespace("mairie", 12);
    home.labels_mut().insert(labels::TENANT_UID.into(), "second".into());
    send(&replica.namespaces, Event::Apply(home));
    send(&replica.workspaces, Event::Apply(workspace("mairie", "new", 13)));
    assert_eq!(of_second.next().await.unwrap().short(), short("workspace.changed", "mairie.new"));
    send(&replica.sites, Event::Apply(site("end", 14)));
    assert_eq!(of_first.until("end").await, []);
}

#[tokio::test]
async fn who_may_see_more_or_less_than_before_does_not_go_on_but_reads_again() {
    let replica = Replica::start(listed()).await;
    let who = reader(&["ch"]);
    let ready = replica.open(&who).next().await.unwrap();
    let dpo = {
        let mut dpo = who.clone();
        dpo.roles.values_mut().for_each(|roles| *roles = BTreeSet::from([Role::Dpo]));
        dpo
    };
    send(&replica.workspaces, Event::Apply(changed(workspace("mairie", "w", 1), 10)));
    send(&replica.workspaces, Event::Apply(changed(workspace("ch", "w", 1), 11)));
    let mut everyone = replica.open(&hoster());
    send(&replica.sites, Event::Apply(site("end", 12)));
    everyone.until("end").await;
    // The same person, with a new token, goes on.
    let renewed = Principal { expires: Timestamp::MAX, name: Some("Camille".into()), ..who };
    let mut resumed = replica.resume(&renewed, &ready.id);
    assert_eq!(resumed.next().await.unwrap().short(), short("workspace.changed", "ch.w"));
    for other in [reader(&["ch", "mairie"]), hoster(), reader(&["mairie"]), dpo] {
        let mut resumed = replica.resume(&other, &ready.id);
        assert_eq!(resumed.next().await.unwrap().short(), short("reset", ""), "{other:?}");
    }
}
