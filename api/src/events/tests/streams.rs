//! The streams of one hub: how many, how slow, how long.

use std::task::{Context, Poll, Waker};

use super::{
    super::{
        Full,
        cursor::{Cursor, Watch},
        hub::Draft,
        ring::{KEPT, Whom},
    },
    *,
};

fn hub(streams_tenant: usize, streams: usize) -> Hub {
    let hub = Hub::new(StreamOptions { streams_tenant, streams });
    for watch in [Watch::Workspaces, Watch::Tenants, Watch::Sites, Watch::Namespaces] {
        hub.begin(watch, Cursor::default());
        hub.settle(watch);
    }
    hub
}

fn publish(hub: &Hub, version: u64, whom: &Whom) {
    let draft =
        Draft { name: "workspace.changed", whom: whom.clone(), data: format!("{{\"id\":\"{version}\"}}") };
    hub.publish(Watch::Workspaces, Cursor { version, ..Cursor::default() }, vec![draft]);
}

fn now(stream: &mut Events) -> Poll<Option<String>> {
    let next = stream.poll_next_unpin(&mut Context::from_waker(Waker::noop()));
    next.map(|item| item.map(|Ok(bytes)| String::from_utf8(bytes.to_vec()).unwrap()))
}

fn text(stream: &mut Events) -> String {
    let Poll::Ready(Some(text)) = now(stream) else { panic!("nothing comes") };
    text
}

#[test]
fn no_stream_opens_before_it_is_known_what_there_is() {
    let hub = Hub::new(StreamOptions { streams_tenant: 9, streams: 9 });
    assert_eq!(hub.open(&hoster(), None).err(), Some(Full::Closed));
}

#[test]
fn streams_are_bounded_by_tenant_and_in_all_and_a_closed_one_leaves_its_place() {
    let hub = hub(2, 3);
    let open = |tenant: &str| hub.open(&reader(&[tenant]), None);
    let (one, _two) = (open("ch").unwrap(), open("ch").unwrap());
    assert_eq!(open("ch").err(), Some(Full::Tenant(2)));
    let _three = open("mairie").unwrap();
    assert_eq!(open("ght").err(), Some(Full::All));
    drop(one);
    assert!(open("ch").is_ok() && open("ght").is_ok());
}

#[test]
fn a_reader_that_lags_too_far_behind_is_told_so() {
    let hub = hub(9, 9);
    let (mut slow, mut other) =
        (hub.open(&reader(&["ch"]), None).unwrap(), hub.open(&reader(&["mairie"]), None).unwrap());
    let last = heard(&text(&mut slow)).unwrap().id;
    text(&mut other);
    let whom = Whom::Of(whose("ch"));
    for version in 1..=KEPT as u64 {
        publish(&hub, version, &whom);
    }
    let mut resumed = hub.open(&reader(&["ch"]), Some(&last)).unwrap();
    assert_eq!(now(&mut resumed), Poll::Ready(Some(":\n\n".into())));
    assert_eq!(heard(&text(&mut resumed)).unwrap().data["id"], "1", "all are kept");
    publish(&hub, KEPT as u64 + 1, &whom);
    let reset = heard(&text(&mut slow)).unwrap();
    assert_eq!(reset.name, "reset");
    assert_eq!(now(&mut slow), Poll::Pending, "it goes on from now");
    publish(&hub, KEPT as u64 + 2, &whom);
    assert!(text(&mut slow).contains("workspace.changed"));
    let mut resumed = hub.open(&reader(&["ch"]), Some(&last)).unwrap();
    assert_eq!(heard(&text(&mut resumed)).unwrap().name, "reset", "the first is not kept");
    let mut resumed = hub.open(&reader(&["ch"]), Some(&reset.id)).unwrap();
    text(&mut resumed);
    assert!(text(&mut resumed).contains(&format!("\"{}\"", KEPT + 2)));
    assert_eq!((now(&mut resumed), text(&mut other).contains("reset")), (Poll::Pending, true));
}

#[test]
fn part_of_a_change_is_told_again_whole() {
    let hub = hub(9, 9);
    let who = reader(&["ch"]);
    let mut stream = hub.open(&who, None).unwrap();
    text(&mut stream);
    let draft = |id: &str| Draft {
        name: "workspace.changed",
        whom: Whom::Of(whose("ch")),
        data: format!("{{\"id\":\"{id}\"}}"),
    };
    hub.publish(Watch::Namespaces, Cursor { version: 7, ..Cursor::default() }, vec![draft("a"), draft("b")]);
    let both = [text(&mut stream), text(&mut stream)].map(|text| heard(&text).unwrap());
    let mut resumed = hub.open(&who, Some(&both[0].id)).unwrap();
    text(&mut resumed);
    assert_eq!(heard(&text(&mut resumed)).unwrap(), both[0]);
    let mut resumed = hub.open(&who, Some(&both[1].id)).unwrap();
    text(&mut resumed);
    assert_eq!(now(&mut resumed), Poll::Pending);
}

#[test]
fn a_stream_ends_with_its_token_and_a_silent_one_shows_that_it_lives() {
    let hub = hub(99, 99);
    let soon = Timestamp::now() + jiff::SignedDuration::from_secs(60);
    let who = Principal { expires: soon, ..reader(&["ch"]) };
    let mut streams: Vec<_> = (0..30).map(|_| hub.open(&who, None).unwrap()).collect();
    assert!(streams.iter_mut().all(|stream| text(stream).contains("ready")));
    let mut signs = 0;
    for _ in 0..15 {
        hub.beat(Timestamp::now());
        let now = streams.iter_mut().map(now);
        let now: Vec<_> =
            now.filter_map(|next| if let Poll::Ready(sign) = next { sign } else { None }).collect();
        assert!(now.iter().all(|sign| sign.starts_with(":\nid: 0-0.") && heard(sign).is_none()));
        assert_eq!(now.len(), 2, "a fifteenth of them each second");
        signs += now.len();
    }
    assert_eq!(signs, 30);
    hub.beat(soon);
    assert!(streams.iter_mut().all(|stream| now(stream) == Poll::Ready(None)));
}

#[test]
fn whoever_has_a_token_for_ever_shows_it_again_nonetheless() {
    let hub = hub(9, 9);
    let mut stream = hub.open(&hoster(), None).unwrap();
    text(&mut stream);
    let at = |minutes| Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    hub.beat(at(14));
    assert_ne!(now(&mut stream), Poll::Ready(None));
    hub.beat(at(15));
    assert_eq!(now(&mut stream), Poll::Ready(None));
}

#[test]
fn an_expired_token_gets_nothing_and_all_end_with_the_process() {
    let hub = hub(9, 9);
    let mut expired = hub.open(&Principal { expires: Timestamp::now(), ..hoster() }, None).unwrap();
    assert_eq!(now(&mut expired), Poll::Ready(None));
    let mut stream = hub.open(&hoster(), None).unwrap();
    text(&mut stream);
    hub.close();
    assert_eq!(now(&mut stream), Poll::Ready(None));
    assert_eq!(hub.open(&hoster(), None).err(), Some(Full::Closed));
}
