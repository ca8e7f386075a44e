//! A connection before its first request: who comes when there is no room is sent away, and who says nothing in time;
//! the rest is told apart by what they speak, before anything is kept for them. After it, one on which nothing that is
//! answered is taken is closed ([`untaken`](super::untaken)).
//!
//! There is room for a number of connections in all, so that files are left to speak with the cluster. It is not shared
//! out by address: a hospital or a proxy has one for all of its people, and streams of events keep theirs for hours.
//!
//! hyper-util reads the preface of HTTP/2 into a small buffer of its own. The rest of an HTTP/1.1 request then does not
//! fit what hyper holds ready, and hyper doubles it: 8 KiB that an open stream of events would keep for nothing.
//!
//! hyper also takes its buffers before there is anything to read. Handed on with the first word, one request has its
//! answer under way before the next connection takes any, in what the request before it gave back.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum_server::accept::Accept;
use futures::future::BoxFuture;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::server::TlsStream;

use super::untaken::{Answers, Counted, Room};

/// What a connection of HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Accepts what `A` accepts, where there is room, and waits for the first word.
#[derive(Clone)]
pub struct Prompt<A> {
    inner: A,
    places: Arc<Semaphore>,
    patience: Duration,
    room: Arc<Room>,
}

/// A connection that has said its first word.
pub struct Connection<S> {
    /// Boxed: as it is handed on, room for it is kept in each hand, and TLS takes more than a kilobyte.
    stream: Box<S>,
    /// It speaks HTTP/1.1, and hyper-util has yet to learn it: it does where the first read brings nothing.
    untold: bool,
    answers: Arc<Answers>,
    _place: OwnedSemaphorePermit,
}

impl<A> Prompt<A> {
    /// Accepts at most so many at once, each of which may be silent for so long, and gives what is answered there `room`.
    pub fn new(inner: A, most: usize, patience: Duration, room: Arc<Room>) -> Self {
        Self { inner, places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))), patience, room }
    }
}

/// Something that tells whether it may speak HTTP/2.
pub trait Speaks {
    /// Whether it may, once it has said its first word.
    fn may_speak_http2(&mut self) -> impl Future<Output = io::Result<bool>> + Send;
}

impl Speaks for TcpStream {
    async fn may_speak_http2(&mut self) -> io::Result<bool> {
        let mut word = [0; PREFACE.len()];
        let length = self.peek(&mut word).await?;
        Ok(PREFACE.starts_with(&word[..length]))
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Speaks for TlsStream<S> {
    /// With TLS it is agreed upon (RFC 9113, 3.2), before that word.
    async fn may_speak_http2(&mut self) -> io::Result<bool> {
        self.fill_buf().await?;
        Ok(self.get_ref().1.alpn_protocol() == Some(b"h2"))
    }
}

impl<A, S> Accept<TcpStream, S> for Prompt<A>
where
    A: Accept<TcpStream, S, Future: Send + 'static>,
    A::Stream: Speaks + Send + Sync + 'static,
    A::Service: Send + 'static,
{
    type Stream = Connection<A::Stream>;
    type Service = Counted<A::Service>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            metrics::counter!("beffroi_api_connections_refused_total").increment(1);
            return Box::pin(async { Err(io::Error::other("there is no room for another connection")) });
        };
        let peer = stream.peer_addr();
        let accepted = self.inner.accept(stream, service);
        let (patience, room) = (self.patience, self.room.clone());
        Box::pin(async move {
            let (mut stream, service) = accepted.await?;
            let untold = !timeout(patience, stream.may_speak_http2()).await??;
            let service = Counted::new(service, peer?.ip(), room);
            let answers = service.answers();
            Ok((Connection { stream: Box::new(stream), untold, answers, _place: place }, service))
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.untold) {
            return Poll::Ready(Ok(()));
        }
        if self.answers.are_left() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        all: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, all)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.answers.are_sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use axum_server::accept::DefaultAcceptor;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::serve::untaken::tests::room;

    #[tokio::test]
    async fn versions_are_told_apart_and_no_byte_is_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for (said, http1) in
            [("GET / HTTP/1.1\r\n", true), ("P", false), ("POST", true), ("PRI * HTTP/2.0", false)]
        {
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            client.write_all(said.as_bytes()).await.unwrap();
            client.shutdown().await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let prompt = Prompt::new(DefaultAcceptor, 1, Duration::from_secs(10), room());
            let (mut connection, _) = prompt.accept(stream, ()).await.unwrap();
            assert_eq!(connection.untold, http1, "{said}");
            let mut first = [0; 1];
            assert_eq!(connection.read(&mut first).await.unwrap() == 0, http1, "{said}");
            let mut rest = String::new();
            connection.read_to_string(&mut rest).await.unwrap();
            assert_eq!(rest, if http1 { said } else { &said[1..] });
        }
    }

    #[tokio::test]
    async fn who_comes_when_there_is_no_room_is_sent_away_until_another_leaves() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let prompt = Prompt::new(DefaultAcceptor, 1, Duration::from_secs(10), room());
        let come = async || {
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            client.write_all(b"GET").await.unwrap();
            prompt.accept(listener.accept().await.unwrap().0, ()).await
        };
        let first = come().await.unwrap();
        assert!(come().await.is_err());
        drop(first);
        assert!(come().await.is_ok());
    }
}
