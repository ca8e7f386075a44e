//! How every answer comes: compressed where it is long, with headers that keep browsers from harm, by HTTP/2 too.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Api, Stage, api::Answer};
use flate2::read::GzDecoder;
use http::Method;
use serde_json::Value;

/// Headers that every answer bears.
const SECURE: [&str; 6] = [
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "strict-transport-security",
    "x-request-id",
];

/// All of it.
pub async fn come_as_they_should(stage: &Stage) -> Result<()> {
    long_answers_are_compressed(&stage.api).await?;
    every_answer_is_secure(&stage.api, &stage.token("rectorat-dijon", Role::Gestionnaire).await?).await?;
    http2_by_prior_knowledge(&stage.api).await
}

async fn long_answers_are_compressed(api: &Api) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let rules = client.get(format!("{}/v1/rules", api.url()));
    let plain = rules.try_clone().context("no copy")?.send().await?;
    ensure!(!plain.headers().contains_key("content-encoding"), "{:?}", plain.headers());
    let packed = rules.header("Accept-Encoding", "br, gzip").send().await?;
    ensure!(packed.headers()["content-encoding"] == "gzip", "{:?}", packed.headers());
    ensure!(
        packed
            .headers()
            .get_all("vary")
            .iter()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(b"accept-encoding")),
        "{:?}",
        packed.headers()
    );
    let (plain, packed) = (plain.text().await?, packed.bytes().await?);
    let mut unpacked = String::new();
    GzDecoder::new(&*packed).read_to_string(&mut unpacked)?;
    ensure!(unpacked == plain && packed.len() * 2 < plain.len(), "{} of {} bytes", packed.len(), plain.len());
    Ok(())
}

async fn every_answer_is_secure(api: &Api, token: &str) -> Result<()> {
    let origin = [("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "DELETE")];
    for (method, path, status) in [
        (Method::GET, "/v1/me", 200),
        (Method::GET, "/v1/sites/par1", 200),
        (Method::GET, "/v1/openapi.json", 200),
        (Method::GET, "/healthz", 200),
        (Method::GET, "/", 200),
        (Method::GET, "/reference", 0),
        (Method::GET, "/assets/none.js", 404),
        (Method::GET, "/v1/workspaces/a.b", 404),
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/v1/tenants?limit=0", 422),
        (Method::POST, "/v1/workspaces", 415),
        (Method::OPTIONS, "/v1/workspaces", 405),
        (Method::PUT, "/v1/me", 405),
    ] {
        let answer = api.ask(Some(token), method, path, &origin, None).await?;
        ensure!(status == 0 || answer.status == status, "{path}: {answer:?}");
        secure(&answer).with_context(|| path.to_owned())?;
    }
    secure(&api.ask(None, Method::GET, "/v1/me", &origin, None).await?)?;
    secure(&api.ask(Some("x"), Method::GET, "/v1/me", &origin, None).await?)
}

fn secure(answer: &Answer) -> Result<()> {
    for name in SECURE {
        ensure!(answer.headers.contains_key(name), "without {name}: {answer:?}");
    }
    ensure!(answer.headers.contains_key("cache-control"), "{answer:?}");
    let crossing = answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
    ensure!(crossing.is_none(), "{crossing:?}");
    Ok(())
}

async fn http2_by_prior_knowledge(api: &Api) -> Result<()> {
    let host = api.url().trim_start_matches("http://").to_owned();
    let (client, connection) = h2::client::handshake(tokio::net::TcpStream::connect(&host).await?).await?;
    tokio::spawn(connection);
    let request = http::Request::get(format!("http://{host}/v1/rules/JUR-02")).body(())?;
    let (response, _) = client.ready().await?.send_request(request, true)?;
    let mut response = response.await?;
    ensure!(response.status() == 200 && response.version() == http::Version::HTTP_2, "{response:?}");
    let mut body = Vec::new();
    while let Some(piece) = response.body_mut().data().await {
        body.extend(piece?);
    }
    ensure!(serde_json::from_slice::<Value>(&body)?["id"] == "JUR-02", "{body:?}");
    Ok(())
}
