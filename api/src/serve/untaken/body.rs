//! An answer on its way: what its body has → pieces, each of which is asked for as those before it are taken.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

use super::{Answers, Held};

/// The longest piece, in bytes. hyper asks for a few ahead of what is sent, never for all of a long answer: over HTTP/2
/// because h2 is to keep no more than a byte besides what it sends ([`serve`](crate::serve)).
pub(super) const PIECE: usize = 16 << 10;

/// An answer until it is taken.
pub(super) struct Untaken {
    body: Body,
    /// What of its body is still to be handed on.
    rest: Bytes,
    /// Whether the last byte of what its body has goes apart: over HTTP/2 it is handed on once all before it is sent,
    /// where any more would be handed on with it.
    apart: bool,
    over: bool,
    answers: Arc<Answers>,
    id: u64,
}

impl Untaken {
    pub(super) fn new(body: Body, apart: bool, answers: Arc<Answers>, held: Held) -> Self {
        let id = answers.begin(held);
        Self { body, rest: Bytes::new(), apart, over: false, answers, id }
    }

    fn piece(&mut self) -> Bytes {
        let together = if self.apart { self.rest.len().saturating_sub(1).max(1) } else { self.rest.len() };
        self.rest.split_to(together.min(PIECE))
    }
}

impl HttpBody for Untaken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.answers.got_further(self.id);
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.over = true;
                    return Poll::Ready(None);
                }
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, own) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(own.lower() + rest);
        if let Some(upper) = own.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.answers.end(self.id, self.over || self.is_end_stream());
    }
}
