//! Beffroi's HTTP API, first form: what everyone may know.
//!
//! Pipeline: caches of custom resources ([`State`]) → a view with public fields only ([`views`]) → JSON, or a
//! problem (RFC 9457, [`problem`]). Nothing of a tenant is served here: that waits for sign-in.

pub mod auth;
pub mod problem;
pub mod views;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State as Extract},
    routing::get,
};
use beffroi_crds::{Provider, Site};
use kube::{
    Resource, ResourceExt,
    runtime::reflector::{ObjectRef, Store},
};
use serde::Serialize;

use problem::Problem;

/// Caches that answers come from.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct State {
    pub providers: Store<Provider>,
    pub sites: Store<Site>,
}

/// A list, as every collection answers.
#[derive(Debug, Serialize)]
pub struct List<T> {
    /// The items, by name.
    pub items: Vec<T>,
}

/// Every route.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/v1/rules", get(async || Json(List { items: views::rules() })))
        .route("/v1/rules/{id}", get(rule))
        .route("/v1/providers", get(async |Extract(s): Extract<State>| list(&s.providers, views::provider)))
        .route(
            "/v1/providers/{name}",
            get(async |Extract(s): Extract<State>, Path(n): Path<String>| {
                one(&s.providers, &n, views::provider)
            }),
        )
        .route("/v1/sites", get(async |Extract(s): Extract<State>| list(&s.sites, views::site)))
        .route(
            "/v1/sites/{name}",
            get(async |Extract(s): Extract<State>, Path(n): Path<String>| one(&s.sites, &n, views::site)),
        )
        .fallback(async |uri: http::Uri| Problem::no_route(uri.path()))
        .method_not_allowed_fallback(async || Problem::method())
        .with_state(state)
}

async fn rule(Path(id): Path<String>) -> Result<Json<views::Rule>, Problem> {
    views::rules()
        .into_iter()
        .find(|rule| rule.id == id)
        .map(Json)
        .ok_or_else(|| Problem::not_found("rule", &id))
}

fn list<K, V>(store: &Store<K>, view: fn(&K) -> V) -> Json<List<V>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let mut objects: Vec<Arc<K>> = store.state();
    objects.sort_by_key(|object| object.name_any());
    Json(List { items: objects.iter().map(|object| view(object)).collect() })
}

fn one<K, V>(store: &Store<K>, name: &str, view: fn(&K) -> V) -> Result<Json<V>, Problem>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let found = store.get(&ObjectRef::new(name));
    found
        .map(|object| Json(view(&object)))
        .ok_or_else(|| Problem::not_found(&K::kind(&()).to_lowercase(), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::{Request, StatusCode, header::CONTENT_TYPE};
    use http_body_util::BodyExt;
    use kube::runtime::{reflector, watcher::Event};
    use serde_json::{Value, json};
    use tower::ServiceExt;

    async fn ask(method: &str, path: &str) -> (StatusCode, String, Value) {
        let (providers, mut writer) = reflector::store();
        let provider: Provider = serde_json::from_value(json!({
            "apiVersion": "beffroi.fr/v1alpha1", "kind": "Provider", "metadata": {"name": "beffroi-cloud"},
            "spec": {"legalName": "Beffroi Cloud", "seat": {"country": "FR"}},
        }))
        .unwrap();
        writer.apply_watcher_event(&Event::Apply(provider));
        let (sites, _) = reflector::store();
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = router(State { providers, sites }).oneshot(request).await.unwrap();
        let status = answer.status();
        let kind =
            answer.headers().get(CONTENT_TYPE).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, kind, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    #[tokio::test]
    async fn providers_are_listed_and_found() {
        let (status, _, body) = ask("GET", "/v1/providers").await;
        assert_eq!((status, &body["items"][0]["legalName"]), (StatusCode::OK, &json!("Beffroi Cloud")));
        assert_eq!(ask("GET", "/v1/providers/beffroi-cloud").await.2["seat"]["country"], "FR");
    }

    #[tokio::test]
    async fn rules_say_whether_they_are_evaluated() {
        let (_, _, body) = ask("GET", "/v1/rules/JUR-02").await;
        assert_eq!(body["evaluated"], true);
        let (_, _, all) = ask("GET", "/v1/rules").await;
        assert!(all["items"].as_array().unwrap().iter().any(|rule| rule["evaluated"] == false));
    }

    #[tokio::test]
    async fn what_is_not_there_is_a_problem() {
        for (method, path, status) in
            [("GET", "/v1/sites/nowhere", 404), ("GET", "/v1/tenants", 404), ("DELETE", "/v1/sites", 405)]
        {
            let (found, kind, body) = ask(method, path).await;
            assert_eq!((found.as_u16(), kind.as_str()), (status, "application/problem+json"), "{path}");
            assert_eq!(body["status"], status);
        }
    }
}
