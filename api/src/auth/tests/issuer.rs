//! An issuer on loopback, which answers what the test wants and counts what it is asked.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Signer, with};

/// What it does when asked for a document.
#[derive(Clone, Copy, PartialEq)]
pub enum Mood {
    Honest,
    Down,
    Redirecting,
    Endless,
}

/// What it answers.
pub struct Script {
    pub mood: Mood,
    /// Members of the discovery document that are replaced.
    pub discovery: Value,
    pub keys: Value,
    /// Status and body of the token endpoint.
    pub granted: (u16, Value),
    /// What the token endpoint was asked.
    pub asked: Value,
}

pub struct Issuer {
    pub address: String,
    pub script: Arc<Mutex<Script>>,
    served: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Shared {
    address: String,
    script: Arc<Mutex<Script>>,
    served: Arc<AtomicUsize>,
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
        let router = Router::new()
            .route("/realms/one/.well-known/openid-configuration", get(discovery))
            .route("/realms/one/keys", get(keys_document))
            .route("/realms/one/token", post(token))
            .with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
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

async fn discovery(State(shared): State<Shared>) -> Response {
    let address = &shared.address;
    let script = shared.script.lock().unwrap();
    let plain = json!({
        "issuer": address, "jwks_uri": format!("{address}/keys"),
        "authorization_endpoint": format!("{address}/authorize"), "token_endpoint": format!("{address}/token"),
    });
    answer(script.mood, with(plain, script.discovery.clone()))
}

async fn keys_document(State(shared): State<Shared>) -> Response {
    shared.served.fetch_add(1, Ordering::SeqCst);
    let script = shared.script.lock().unwrap();
    answer(script.mood, script.keys.clone())
}

async fn token(State(shared): State<Shared>, Form(asked): Form<Value>) -> Response {
    let mut script = shared.script.lock().unwrap();
    script.asked = asked;
    let (status, body) = script.granted.clone();
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn answer(mood: Mood, document: Value) -> Response {
    match mood {
        Mood::Honest => Json(document).into_response(),
        Mood::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Redirecting => (StatusCode::FOUND, [(LOCATION, "/realms/one/keys")]).into_response(),
        Mood::Endless => Json(with(document, json!({"padding": "x".repeat(300 * 1024)}))).into_response(),
    }
}
