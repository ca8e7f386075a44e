//! One reader's stream: a number in the ring, and whose it is.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream;
use jiff::Timestamp;

use super::{
    cursor::{Id, Sum},
    hub::Hub,
    seats::Taken,
};

/// The events that one reader may know of; dropped, its place is free.
pub struct Events {
    hub: Hub,
    taken: Taken,
    /// What it may see, as its ids say it.
    rights: Sum,
    /// Number of the event to look at next.
    next: u64,
    first: Option<Bytes>,
    /// Where it goes on from, until it has what came since.
    since: Option<Box<Since>>,
}

/// What a reader has already, of the events before a number.
struct Since {
    id: Id,
    until: u64,
}

impl Events {
    /// Begins with `first`, then what comes.
    pub(super) fn new(hub: Hub, taken: Taken, rights: Sum, next: u64, first: &[u8]) -> Self {
        Self { hub, taken, rights, next, first: Some(ended(first, rights)), since: None }
    }

    /// Begins with what came since `id`, among the events from `oldest` on and before `until`.
    pub(super) fn resumed(hub: Hub, taken: Taken, rights: Sum, (oldest, until): (u64, u64), id: Id) -> Self {
        // A line at once, so that proxies pass the head of the answer on.
        let first = Some(Bytes::from_static(b":\n\n"));
        Self { hub, taken, rights, next: oldest, first, since: Some(Box::new(Since { id, until })) }
    }

    /// What is to be sent next, where there is anything.
    fn take(&mut self) -> Option<Bytes> {
        let inner = self.hub.read();
        if self.next < inner.ring.oldest() {
            // Too slow: what it missed is not kept.
            self.next = inner.ring.next();
            self.since = None;
            return Some(ended(&inner.reset(), self.rights));
        }
        while let Some(event) = inner.ring.get(self.next) {
            let known = self.since.as_ref().is_some_and(|since| {
                self.next < since.until && event.version <= since.id.of(event.watch).version
            });
            self.next += 1;
            if !known && event.whom.holds(&self.taken.who) {
                return Some(ended(&event.text, self.rights));
            }
        }
        self.since = None;
        self.taken.seat.beat.swap(false, Relaxed).then(|| ended(&inner.sign(), self.rights))
    }
}

/// An event, of which the id comes last, as one reader gets it.
fn ended(text: &[u8], rights: Sum) -> Bytes {
    let end = format!(".{rights}\n\n");
    let mut whole = Vec::with_capacity(text.len() + end.len());
    whole.extend_from_slice(text);
    whole.extend_from_slice(end.as_bytes());
    whole.into()
}

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let seat = &this.taken.seat;
        seat.waker.register(context.waker());
        if seat.ended.load(Relaxed) || seat.expires <= Timestamp::now() {
            return Poll::Ready(None);
        }
        match this.first.take().or_else(|| this.take()) {
            Some(bytes) => Poll::Ready(Some(Ok(bytes))),
            None => Poll::Pending,
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.hub.leave(&self.taken);
    }
}
