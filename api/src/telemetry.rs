//! What is told of requests: an access log and metrics by route ([`observe`]), traces where a collector is named. No
//! token, no name of a person and no body is told.

use std::time::Instant;

use anyhow::Context as _;
use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use metrics_exporter_prometheus::PrometheusHandle;
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, prelude::*};

use crate::{
    auth::rate::{Network, Payer},
    id::request_id,
    options::LogFormat,
    problem::Problem,
};

/// Names the collector, as OpenTelemetry's specification has it.
const ENDPOINT: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Answers take so long, in seconds.
const BUCKETS: [f64; 8] = [0.000_1, 0.000_5, 0.002, 0.01, 0.05, 0.25, 1.0, 5.0];

/// Traces on their way to a collector.
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Sends what is left.
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "some traces could not be sent");
        }
    }
}

/// Starts logging to standard error, where `RUST_LOG` chooses what is told, and tracing where a collector is named.
///
/// # Errors
/// When logging was started before, or the collector's address is not one.
pub fn logs(format: LogFormat) -> anyhow::Result<Traces> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube_client=warn"));
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Human => layer.compact().with_filter(filter).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let provider = collector()?;
    let traces = provider.as_ref().map(|provider| {
        let ours = EnvFilter::new("off,beffroi_api=info,beffroi_oidc=info");
        tracing_opentelemetry::layer().with_tracer(provider.tracer("beffroi-api")).with_filter(ours)
    });
    tracing_subscriber::registry()
        .with(layer)
        .with(traces)
        .try_init()
        .context("logging was started twice")?;
    Ok(Traces(provider))
}

fn collector() -> anyhow::Result<Option<SdkTracerProvider>> {
    if ENDPOINT.iter().all(|name| std::env::var_os(name).is_none()) {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .build()
        .context("the collector that OTEL_EXPORTER_OTLP_ENDPOINT names cannot be used")?;
    let resource = Resource::builder().with_service_name("beffroi-api").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(Some(provider))
}

/// Starts the metrics recorder.
///
/// # Errors
/// When the buckets are refused.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = beffroi_process::metrics(&BUCKETS)?;
    metrics::describe_counter!("beffroi_api_requests_total", "Requests, by route, method and status.");
    metrics::describe_histogram!(
        "beffroi_api_request_seconds",
        "How long an answer takes, by route and method."
    );
    metrics::describe_counter!(
        "beffroi_api_refused_total",
        "Requests of nobody that is known, by the code of what is wrong with their token or its issuer."
    );
    metrics::describe_gauge!("beffroi_api_event_streams", "Open streams of events.");
    metrics::describe_counter!("beffroi_api_watch_failures_total", "Times that a watch failed, by kind.");
    metrics::describe_counter!(
        "beffroi_api_connections_refused_total",
        "Connections that there was no room for: as many files were open as may be."
    );
    metrics::describe_counter!(
        "beffroi_api_answers_refused_total",
        "Answers that there was no room for: as much as may waited to be read."
    );
    Ok(handle)
}

/// Middleware: tells of each request. Labels are bounded: the route is that of the table of routes, never a path.
pub async fn observe(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let id = request_id(request.headers()).to_owned();
    let begun = Instant::now();
    let span = tracing::info_span!("request", "otel.name" = %format_args!("{method} {route}"), "otel.kind" = "server", http.route = %route,
        http.request.method = method, request_id = %id, http.response.status_code = tracing::field::Empty);
    // Where nobody collects spans, there is none to have a parent.
    let caller = global::get_text_map_propagator(|known| known.extract(&HeaderExtractor(request.headers())));
    let _ = span.set_parent(caller);
    let response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    span.record("http.response.status_code", status);
    let told = response.extensions();
    let problem = told.get::<Problem>();
    let (kind, code) = (problem.map(|problem| problem.kind), problem.and_then(|problem| problem.code));
    let payer = told.get::<Payer>().map(tracing::field::display);
    // Whom to keep out; of those who are let in, nobody needs to know where they are.
    let network = told.get::<Network>().filter(|_| matches!(status, 401 | 429)).map(tracing::field::display);
    tracing::info!(target: "access", method, route, status, ms = took.as_secs_f64() * 1e3, request = %id, problem = ?kind, code,
        payer, network);
    if let Some(code) = code {
        metrics::counter!("beffroi_api_refused_total", "code" => code).increment(1);
    }
    metrics::counter!("beffroi_api_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    metrics::histogram!("beffroi_api_request_seconds", "route" => route, "method" => method).record(took);
    response
}

fn method(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use axum::{Router, body::Body, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::id;

    #[derive(Clone, Default)]
    struct Text(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Text {
        fn write(&mut self, more: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(more);
            Ok(more.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn each_line_of_a_request_names_it() {
        let text = Text::default();
        let writer = text.clone();
        let lines = fmt::layer().with_writer(move || writer.clone()).json().flatten_event(true);
        let listening = tracing_subscriber::registry().with(lines).set_default();
        let app = Router::new()
            .route("/", get(async || tracing::warn!("something is told on the way")))
            .layer(middleware::from_fn(observe))
            .layer(middleware::from_fn(id::assign));
        let request = Request::get("/").header(id::HEADER, "r-42").body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap();
        drop(listening);
        let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
        for words in ["something is told on the way", "\"target\":\"access\""] {
            let line = text.lines().find(|line| line.contains(words)).unwrap_or_default();
            assert!(line.contains("r-42"), "{words}: {text}");
        }
    }
}
