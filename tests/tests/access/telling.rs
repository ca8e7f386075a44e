//! What is told of requests: metrics whose labels nobody can multiply, an access log that holds no secret, and spans
//! for whoever collects them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Api, Stage, alerts, operator::get};
use http::Method;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::serving::ends_well;

/// Metrics, log, traces.
pub async fn is_bounded_and_discreet(stage: &Stage) -> Result<()> {
    let (collector, mut spans) = collector().await?;
    // Whatever the machine says of these.
    let environment = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{collector}/v1/traces")),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".into()),
        ("OTEL_SDK_DISABLED", "false".into()),
        ("OTEL_TRACES_SAMPLER", "always_on".into()),
        ("RUST_LOG", "info,kube_client=warn".into()),
    ];
    let arguments = [&super::UNLIMITED[..], &["--log-format", "json"]].concat();
    let mut api = Api::start_in(&stage.scene.fleet, &stage.provider, &arguments, &environment).await?;
    labels_are_bounded(&api).await?;
    let token = stage.token("rectorat-dijon", Role::Gestionnaire).await?;
    api.read(&token, "/v1/me").await?;
    refusals_are_counted_by_their_reason(&api, &token).await?;
    nothing_secret_is_logged(&api, &token).await?;
    spans_arrive(&mut spans, &api, &token).await?;
    api.ask_to_stop()?;
    ends_well(&mut api).await
}

async fn labels_are_bounded(api: &Api) -> Result<()> {
    let series = async || -> Result<BTreeSet<String>> {
        let text = get(api.inside(), "/metrics").await?;
        let own = text.lines().filter(|line| line.starts_with("beffroi_api_request"));
        Ok(own.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect())
    };
    let odd = async |n: u32| -> Result<()> {
        for path in [
            format!("/nowhere-{n}"),
            format!("/v1/sites/s-{n}"),
            format!("/v1/rules?limit=1&x={n}"),
            format!("/assets/{n}/{n}.js"),
        ] {
            api.ask(None, Method::GET, &path, &[("User-Agent", &n.to_string())], None).await?;
        }
        api.ask(None, format!("WISH{n}").parse()?, "/v1/me", &[], None).await?;
        Ok(())
    };
    odd(0).await?;
    let before = series().await?;
    ensure!(before.iter().any(|one| one.contains("route=\"/v1/sites/{name}\"")), "{before:?}");
    for n in 1..50 {
        odd(n).await?;
    }
    let after = series().await?;
    let new: Vec<_> = after.difference(&before).collect();
    ensure!(new.is_empty(), "{new:?}");
    Ok(())
}

/// At 3 a.m.: why people are refused, which tenant asks so much, and from where.
async fn refusals_are_counted_by_their_reason(api: &Api, token: &str) -> Result<()> {
    let spoilt = format!("{token}AAAA");
    api.ask(Some(&spoilt), Method::GET, "/v1/me", &[("X-Request-Id", "essai-refus")], None).await?;
    api.ask(Some(token), Method::GET, "/v1/me", &[("X-Request-Id", "essai-payeur")], None).await?;
    let metrics = get(api.inside(), "/metrics").await?;
    alerts::look_at(&metrics, true)?;
    let counted = metrics.lines().find(|line| line.starts_with("beffroi_api_refused_total{"));
    ensure!(counted.is_some_and(|line| line.contains(r#"code="token-signature""#)), "{counted:?}");
    let line = access_line(api, "essai-refus")?;
    ensure!(line["code"] == "token-signature" && line["network"] == "127.0.0.1", "{line}");
    let line = access_line(api, "essai-payeur")?;
    let payer = line["payer"].as_str().unwrap_or_default();
    ensure!(payer.starts_with("tenant ") && payer.len() == "tenant ".len() + 36, "a UID: {line}");
    ensure!(line.get("network").is_none(), "where those are who are let in is nobody's business: {line}");
    Ok(())
}

fn access_line(api: &Api, request: &str) -> Result<serde_json::Value> {
    let log = api.log();
    let mut lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let line = lines.find(|line| line["target"] == "access" && line["request"] == request);
    line.with_context(|| format!("no line of {request} in:\n{log}"))
}

async fn nothing_secret_is_logged(api: &Api, token: &str) -> Result<()> {
    let (signature, claims) = (token.rsplit('.').next(), token.split('.').nth(1));
    let secret = "ne-le-dites-a-personne";
    let body = serde_json::json!({"tenant": "rectorat-dijon", "code": secret, "verifier": "v".repeat(43), "redirectUri": "http://127.0.0.1/"});
    api.ask(None, Method::POST, "/v1/sign-in", &[], Some(&body)).await?;
    let spoilt = format!("{token}AAAA");
    api.ask(Some(&spoilt), Method::GET, "/v1/me", &[("Cookie", secret)], None).await?;
    api.ask(
        Some(token),
        Method::GET,
        &format!("/v1/workspaces?tenant={secret}"),
        &[("X-Request-Id", "essai-log")],
        None,
    )
    .await?;
    let log = api.log();
    let line = access_line(api, "essai-log")?;
    ensure!(line["route"] == "/v1/workspaces" && line["method"] == "GET" && line["status"] == 404, "{line}");
    ensure!(line["ms"].is_number(), "{line}");
    for held in [signature, claims, Some(secret), Some("hugo.gestionnaire"), Some("Hugo"), Some("vvvvvvvv")]
        .into_iter()
        .flatten()
    {
        let found = log.lines().find(|line| line.contains(held));
        ensure!(found.is_none(), "the log holds {held:.20}: {found:?}");
    }
    Ok(())
}

async fn spans_arrive(spans: &mut mpsc::UnboundedReceiver<Span>, api: &Api, token: &str) -> Result<()> {
    // As an ingress that traces says it (W3C Trace Context).
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let headers = [("X-Request-Id", "essai-span"), ("Traceparent", &*format!("00-{trace}-{caller}-01"))];
    api.ask(Some(token), Method::GET, "/v1/tenants/rectorat-dijon", &headers, None).await?;
    let mut seen = Vec::new();
    let wanted = tokio::time::timeout(Duration::from_secs(15), async {
        while let Some(span) = spans.recv().await {
            if text(&span, "request_id").as_deref() == Some("essai-span") {
                return Some(span);
            }
            seen.push(span.name);
        }
        None
    });
    let span = wanted.await.ok().flatten();
    let span =
        span.with_context(|| format!("no span of the request, but {seen:?}; it said:\n{}", api.log()))?;
    ensure!(span.name == "GET /v1/tenants/{tenant}", "{span:?}");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    ensure!(hex(&span.trace_id) == trace && hex(&span.parent_span_id) == caller, "{span:?}");
    ensure!(text(&span, "http.route").as_deref() == Some("/v1/tenants/{tenant}"), "{span:?}");
    ensure!(text(&span, "http.request.method").as_deref() == Some("GET"), "{span:?}");
    ensure!(span.end_time_unix_nano > span.start_time_unix_nano, "{span:?}");
    let whole = format!("{span:?}");
    let signature = token.rsplit('.').next().unwrap_or_default();
    ensure!(!whole.contains(signature) && !whole.contains("hugo"), "{whole}");
    Ok(())
}

fn text(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

/// A collector of spans (OTLP over HTTP) on loopback, and what it was given.
async fn collector() -> Result<(String, mpsc::UnboundedReceiver<Span>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (spans, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let spans = spans.clone();
            tokio::spawn(async move {
                if let Err(error) = collect(stream, &spans).await {
                    println!("collector: {error:#}");
                }
            });
        }
    });
    Ok((address, received))
}

async fn collect(mut stream: TcpStream, spans: &mpsc::UnboundedSender<Span>) -> Result<()> {
    let (mut held, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        held.extend_from_slice(&buffer[..read]);
        let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&held[..end]).to_lowercase();
        ensure!(head.starts_with("post /v1/traces "), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let whole = end + 4 + length.context("no length")?.trim().parse::<usize>()?;
        if held.len() < whole {
            continue;
        }
        let request = ExportTraceServiceRequest::decode(&held[end + 4..whole])?;
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            spans.send(span)?;
        }
        held.drain(..whole);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
    }
}
