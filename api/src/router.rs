//! Every route, and what all requests go through, from outside to inside: id → headers → problems in words → log and
//! metrics → how often an address may ask → time limit → whether it knows everything yet → who asks → compression of what
//! is not packed already → parameters that the document names.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State as Extract},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, Uri, header};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

use crate::{
    coding, health, id, openapi,
    packed::Packed,
    page,
    problem::{self, Kind, Problem},
    request::{body, query::Documented, rate, signed},
    state::State,
    telemetry,
};

/// Answers shorter than this are not worth compressing, in bytes.
const SHORT: u64 = 1024;

/// Every route.
pub fn router(state: State) -> Router {
    let (resources, document) = openapi::routes();
    let documented = Arc::new(Documented::of(&document));
    let known = move |request: Request, next: Next| {
        let documented = documented.clone();
        async move { documented.hold(request, next).await }
    };
    let document = Packed::new("application/json", document.to_string());
    let compressed = SizeAbove::new(SHORT).and(NotForContentType::SSE);
    Router::new()
        .merge(resources)
        .layer(middleware::from_fn(known))
        .layer(middleware::from_fn(coding::measure))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(middleware::from_fn(coding::agree))
        .route("/v1/openapi.json", get(async move |headers: HeaderMap| document.answer(&headers)))
        .layer(middleware::from_fn_with_state(state.clone(), signed::authenticate))
        .layer(middleware::from_fn_with_state(state.clone(), health::begun))
        .merge(page::router())
        .route("/healthz", get(async |state| health::bare(health::alive(state).await)))
        .route("/readyz", get(async |state| health::bare(health::ready(state).await)))
        .fallback(async |uri: Uri| no_such_path(&uri))
        .method_not_allowed_fallback(async || method_not_allowed())
        .layer(DefaultBodyLimit::max(body::LONGEST))
        .layer(middleware::from_fn_with_state(state.clone(), in_time))
        .layer(middleware::from_fn_with_state((state.clone(), page::has as rate::IsFile), rate::limit))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(middleware::from_fn(telemetry::observe))
        .layer(middleware::from_fn(problem::render))
        .layer(middleware::from_fn(secure))
        .layer(middleware::from_fn(id::assign))
        .with_state(state)
}

/// What probes and the collector of metrics ask, at an address of its own: never for the world.
pub fn inside(state: State, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(async move || metrics.render() + &beffroi_process::ends::render()))
        .with_state(state)
}

/// Middleware: an answer comes in time, or says that it does not.
async fn in_time(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(state.patience, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        Problem::new(
            Kind::Timeout,
            "La demande a pris trop de temps : vérifiez ce qui a été fait avant de la renvoyer.",
            "the request took too long: look at what was done before you send it again",
        )
        .into_response()
    })
}

/// Middleware: headers that keep a browser from being talked into anything. No origin but our own may ask (no CORS).
async fn secure(request: Request, next: Next) -> Response {
    const ALL: [(header::HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What a tenant sees is nobody else's to keep; files of the page say otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn no_such_path(uri: &Uri) -> Problem {
    Problem::new(
        Kind::NoSuchPath,
        format!("Rien n'est servi à {} : la référence est à /reference.", uri.path()),
        format!("nothing is served at {}: the reference is at /reference", uri.path()),
    )
}

fn method_not_allowed() -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        "Cette adresse n'admet pas cette méthode : voyez Allow, ou la référence à /reference.",
        "this path does not take this method: see Allow, or the reference at /reference",
    )
}
