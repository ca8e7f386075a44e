//! The whole way: a token, the router, and what lies on the wire.

use axum::body::Body;
use beffroi_oidc::sample::{Issuer, Signer};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::router;

/// A tenant whose people sign in at an issuer that runs.
struct Scene {
    replica: Replica,
    issuer: Issuer,
    key: Signer,
}

impl Scene {
    async fn start(streams: StreamOptions) -> Self {
        let key = Signer::ec("k1");
        let issuer = Issuer::start(&[&key]).await;
        let mut listed = listed();
        let identity = listed.tenants[0].spec.identity.as_mut().unwrap();
        identity.issuer = issuer.address.as_str().into();
        identity.algorithm = beffroi_crds::tenant::TokenAlgorithm::Es256;
        let replica = Replica::with(listed, streams).await;
        replica.state.renew_trusts();
        Self { replica, issuer, key }
    }

    fn token(&self, groups: &[&str]) -> String {
        let claims = json!({
            "iss": self.issuer.address, "aud": "beffroi", "sub": "camille", "groups": groups,
            "exp": Timestamp::now().as_second() + 60,
        });
        self.key.sign("ES256", &json!({}), &claims)
    }

    async fn ask(&self, token: Option<&str>, last: Option<&str>) -> http::Response<Body> {
        let mut request = Request::get("/v1/events").header(header::ACCEPT_ENCODING, "gzip");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let request = request.body(Body::empty()).unwrap();
        router::router(self.replica.state.clone()).oneshot(request).await.unwrap()
    }
}

async fn next(response: &mut http::Response<Body>) -> Option<Heard> {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(5), response.frame()).await.unwrap()?;
        let bytes = frame.unwrap().into_data().unwrap();
        if let Some(heard) = heard(std::str::from_utf8(&bytes).unwrap()) {
            return Some(heard);
        }
    }
}

const MANY: StreamOptions = StreamOptions { streams_tenant: 100, streams: 100 };

#[tokio::test]
async fn events_come_through_the_router_and_end_where_the_trust_does() {
    let scene = Scene::start(MANY).await;
    let token = scene.token(&["agents"]);
    let mut stream = scene.ask(Some(&token), None).await;
    assert_eq!(stream.status(), StatusCode::OK);
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert_eq!(stream.headers()[name], value);
    }
    assert!(!stream.headers().contains_key(header::CONTENT_ENCODING));
    let ready = next(&mut stream).await.unwrap();
    send(&scene.replica.workspaces, Event::Apply(changed(workspace("ch", "w", 1), 10)));
    let told = next(&mut stream).await.unwrap();
    assert_eq!(told.short(), short("workspace.changed", "ch.w"));
    let mut resumed = scene.ask(Some(&token), Some(&ready.id)).await;
    assert_eq!(next(&mut resumed).await, Some(told));

    let mut distrusted = tenant("ch", 11);
    distrusted.spec.identity = None;
    send(&scene.replica.tenants, Event::Apply(distrusted));
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(scene.ask(Some(&token), Some(&ready.id)).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_has_no_token_no_role_or_too_many_streams_gets_none() {
    let scene = Scene::start(StreamOptions { streams_tenant: 1, streams: 100 }).await;
    assert_eq!(scene.ask(None, None).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(scene.ask(Some(&scene.token(&["others"])), None).await.status(), StatusCode::FORBIDDEN);
    let token = scene.token(&["agents"]);
    let open = scene.ask(Some(&token), None).await;
    let refused = scene.ask(Some(&token), None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "30");
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/problem+json");
    drop(open);
    assert_eq!(scene.ask(Some(&token), None).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn streams_end_when_the_process_does() {
    let scene = Scene::start(MANY).await;
    let token = scene.token(&["agents"]);
    let mut stream = scene.ask(Some(&token), None).await;
    next(&mut stream).await;
    scene.replica.state.stop.cancel();
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(scene.ask(Some(&token), None).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}
