//! How the watches of one site fare: what each said when it failed → whether it counts as failing, and since when.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use beffroi_core::message::{Message, site::SiteMessage};
use beffroi_process::watch::Fault;
use kube::runtime::watcher;

use super::connection::cause;

/// How long after its last failure a watch is taken to work again: failing ones are tried anew every few
/// seconds, and one that works says nothing.
const RECOVERED: Duration = Duration::from_secs(15);

/// How often in a row a watch may list all and fail at once, until that counts as failing all along.
const IN_VAIN: u32 = 5;

/// The watches of a site that failed.
#[derive(Debug, Default)]
pub struct Faring(BTreeMap<&'static str, Failing>);

/// A watch that failed.
#[derive(Debug)]
struct Failing {
    why: Message,
    /// When it failed first, with no long time in between.
    first: Instant,
    /// When it failed first after all was listed.
    since: Instant,
    last: Instant,
    /// How often all was listed after it failed first.
    listed: u32,
    /// Whether all was listed after it failed last.
    works: bool,
}

impl Failing {
    fn counts(&self, now: Instant) -> bool {
        let works = self.works && !self.in_vain();
        !works && now.duration_since(self.last) < RECOVERED
    }

    fn in_vain(&self) -> bool {
        self.listed >= IN_VAIN
    }

    fn since(&self) -> Instant {
        if self.in_vain() { self.first } else { self.since }
    }
}

impl Faring {
    /// Remembers that a watch failed; tells whether that is news, or another failure than before.
    pub fn failed(&mut self, what: &'static str, why: Message, now: Instant) -> bool {
        let before = self.0.remove(what).filter(|f| now.duration_since(f.last) < RECOVERED);
        let same = |before: &Failing| before.why.said().code == why.said().code;
        let news = before.as_ref().is_none_or(|before| !before.counts(now) || !same(before));
        let fresh = Failing { why, first: now, since: now, last: now, listed: 0, works: false };
        let failing = match before {
            None => fresh,
            Some(Failing { first, since, listed, works, .. }) => {
                Failing { first, since: if works { now } else { since }, listed, ..fresh }
            }
        };
        self.0.insert(what, failing);
        news
    }

    /// Remembers that all of a kind was listed.
    pub fn listed(&mut self, what: &'static str) {
        if let Some(failing) = self.0.get_mut(what) {
            failing.listed += 1;
            failing.works = true;
        }
    }

    /// Whether a watch ever failed.
    pub fn has_failed(&self, what: &str) -> bool {
        self.0.contains_key(what)
    }

    /// One that fails now, of those that `count`: what it said, and since when.
    pub fn failing(&self, now: Instant, count: impl Fn(&str) -> bool) -> Option<(&Message, Instant)> {
        let mut all = self.0.iter().filter(|(what, failing)| count(what) && failing.counts(now));
        all.next().map(|(_, failing)| (&failing.why, failing.since()))
    }
}

/// What a site's condition says of a watch that fails: why, and what to do about it.
pub fn told(kind: &str, error: &watcher::Error) -> SiteMessage {
    let (kind, why) = (kind.to_owned(), Box::new(Message::verbatim(cause(error))));
    match Fault::of(error) {
        Fault::Refused => SiteMessage::CannotWatch { kind, why },
        Fault::Forgotten => SiteMessage::CannotFollow { kind, why },
        Fault::NotUnderstood => SiteMessage::WatchNotUnderstood { kind, why },
        Fault::Broken => SiteMessage::WatchBroken { kind, why },
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn why() -> Message {
        Message::verbatim("a refusal")
    }

    fn fails_since(faring: &Faring, now: Instant) -> Option<Instant> {
        faring.failing(now, |_| true).map(|(_, since)| since)
    }

    #[test]
    fn it_fails_from_the_first_refusal_until_all_is_listed_or_none_comes_any_more() {
        let (mut faring, begun) = (Faring::default(), Instant::now());
        assert!(faring.failed("pods", why(), begun));
        assert!(!faring.failed("pods", why(), begun + 5 * SECOND), "that is known");
        assert!(
            faring.failed("pods", SiteMessage::NoAnswer.into(), begun + 5 * SECOND),
            "that is another one"
        );
        assert_eq!(fails_since(&faring, begun + 10 * SECOND), Some(begun));
        assert_eq!(fails_since(&faring, begun + 5 * SECOND + RECOVERED), None);
        faring.listed("pods");
        assert_eq!(fails_since(&faring, begun + 10 * SECOND), None);
    }

    #[test]
    fn one_that_fails_now_and_then_fails_since_it_was_seen_last() {
        let (mut faring, begun) = (Faring::default(), Instant::now());
        faring.failed("pods", why(), begun);
        faring.listed("pods");
        faring.failed("pods", why(), begun + 10 * SECOND);
        assert_eq!(fails_since(&faring, begun + 11 * SECOND), Some(begun + 10 * SECOND));
    }

    #[test]
    fn one_that_lists_all_and_fails_at_once_again_and_again_fails_all_along() {
        let (mut faring, begun) = (Faring::default(), Instant::now());
        for round in 0..40 {
            let now = begun + round * SECOND;
            faring.failed("pods", why(), now);
            faring.listed("pods");
            assert_eq!(fails_since(&faring, now), (round + 1 >= IN_VAIN).then_some(begun), "{round}");
        }
        assert_eq!(fails_since(&faring, begun + 39 * SECOND + RECOVERED), None, "it works again");
    }

    #[test]
    fn each_refusal_is_told_with_what_to_do_about_it() {
        for (code, word) in [
            (403, "Is chart beffroi-site installed there"),
            (410, "etcd"),
            (422, "version"),
            (404, "version"),
            (503, "tried again"),
        ] {
            let status = Status { code, message: "the server's word".into(), ..Status::default() };
            let error = watcher::Error::WatchError(Box::new(status));
            let told = told("pods", &error).to_string();
            assert!(told.starts_with("pods ") && told.contains(word), "{told}");
            assert!(told.contains("the server's word"), "{told}");
        }
    }
}
