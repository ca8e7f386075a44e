//! The client of all measurements: a connection (plain or TLS, HTTP/1.1 or HTTP/2) → requests with a token.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Empty;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// A server.
pub struct Server {
    pub address: SocketAddr,
    tls: Option<TlsConnector>,
}

/// A connection.
pub enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Server {
    /// One that speaks TLS where a certificate is given.
    pub fn new(address: SocketAddr, certificate: Option<&str>) -> Result<Self> {
        let tls = certificate.map(connector).transpose()?;
        Ok(Self { address, tls })
    }

    /// Opens a connection.
    pub async fn connect(&self, http2: bool) -> Result<Sender> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(tls) => speak(tls.connect(ServerName::from(self.address.ip()), stream).await?, http2).await,
            None => speak(stream, http2).await,
        }
    }

    /// A request to read something.
    pub fn get(&self, path: &str, token: &str) -> Result<Request<Empty<Bytes>>> {
        let request = Request::get(format!("http://{}{path}", self.address));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        Ok(request.header(header::HOST, self.address.to_string()).body(Empty::new())?)
    }
}

impl Sender {
    /// Asks; HTTP/1.1 wants a path alone.
    pub async fn ask(&mut self, mut request: Request<Empty<Bytes>>) -> Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => {
                let path = request.uri().path().parse()?;
                *request.uri_mut() = path;
                sender.ready().await?;
                Ok(sender.send_request(request).await?)
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                Ok(sender.send_request(request).await?)
            }
        }
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S, http2: bool) -> Result<Sender> {
    let io = TokioIo::new(stream);
    if http2 {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        return Ok(Sender::Http2(sender));
    }
    let (sender, connection) = http1::handshake(io).await?;
    tokio::spawn(connection);
    Ok(Sender::Http1(sender))
}

fn connector(pem: &str) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
