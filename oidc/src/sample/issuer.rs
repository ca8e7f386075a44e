//! An issuer on loopback, which answers what the test wants and counts what it is asked.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::{Signer, with};

/// What it does when asked for a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    /// Answers.
    Honest,
    /// Answers 503.
    Down,
    /// Sends elsewhere.
    Redirecting,
    /// Answers more than anybody reads.
    Endless,
}

/// What it answers.
#[derive(Debug)]
pub struct Script {
    /// How it answers.
    pub mood: Mood,
    /// Members of the discovery document that are replaced.
    pub discovery: Value,
    /// Its key set.
    pub keys: Value,
    /// Status and body of the token endpoint.
    pub granted: (u16, Value),
    /// What the token endpoint was asked.
    pub asked: Value,
}

/// An issuer that runs until it is dropped.
pub struct Issuer {
    /// Its claim `iss`.
    pub address: String,
    /// What it answers.
    pub script: Arc<Mutex<Script>>,
    served: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Issuer {
    /// One that publishes these keys.
    pub async fn start(keys: &[&Signer]) -> Self {
        let script = Arc::new(Mutex::new(Script {
            mood: Mood::Honest,
            discovery: json!({}),
            keys: set(keys),
            granted: (200, json!({"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 300})),
            asked: Value::Null,
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/realms/one", listener.local_addr().unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let shared = Shared { address: address.clone(), script: script.clone(), served: served.clone() };
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = shared.clone();
                tokio::spawn(serve(stream, move |path, body| shared.answer(path, body)));
            }
        });
        Self { address, script, served, task }
    }

    /// How often its keys were asked for.
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    /// Changes what it answers.
    pub fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// Publishes other keys.
    pub fn publish(&self, keys: &[&Signer]) {
        self.set(|script| script.keys = set(keys));
    }
}

fn set(keys: &[&Signer]) -> Value {
    json!({"keys": keys.iter().map(|signer| &signer.jwk).collect::<Vec<_>>()})
}

#[derive(Clone)]
struct Shared {
    address: String,
    script: Arc<Mutex<Script>>,
    served: Arc<AtomicUsize>,
}

impl Shared {
    fn answer(&self, path: &str, body: &str) -> Answer {
        let mut script = self.script.lock().unwrap();
        match path.strip_prefix("/realms/one") {
            Some("/.well-known/openid-configuration") => {
                let address = &self.address;
                let plain = json!({
                    "issuer": address, "jwks_uri": format!("{address}/keys"),
                    "authorization_endpoint": format!("{address}/authorize"),
                    "token_endpoint": format!("{address}/token"),
                });
                in_mood(script.mood, with(plain, script.discovery.clone()))
            }
            Some("/keys") => {
                self.served.fetch_add(1, Ordering::SeqCst);
                in_mood(script.mood, script.keys.clone())
            }
            Some("/token") => {
                let asked = url::form_urlencoded::parse(body.as_bytes());
                let asked: Map<String, Value> =
                    asked.map(|(name, value)| (name.into_owned(), value.into())).collect();
                script.asked = asked.into();
                script.granted.clone()
            }
            _ => (404, Value::Null),
        }
    }
}

fn in_mood(mood: Mood, document: Value) -> Answer {
    match mood {
        Mood::Honest => (200, document),
        Mood::Down => (503, Value::Null),
        Mood::Redirecting => (302, Value::Null),
        Mood::Endless => (200, with(document, json!({"padding": "x".repeat(300 * 1024)}))),
    }
}

/// Status and document.
type Answer = (u16, Value);

/// Reads one request, whose path and body lead to its answer.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: impl Fn(&str, &str) -> Answer,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    stream.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    while line.trim_end() != "" {
        line.clear();
        stream.read_line(&mut line).await?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let (status, document) = answer(&path, std::str::from_utf8(&body).unwrap());
    let document = document.to_string();
    let head = format!(
        "HTTP/1.1 {status} As wanted\r\nLocation: /realms/one/keys\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        document.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(document.as_bytes()).await?;
    stream.shutdown().await
}
