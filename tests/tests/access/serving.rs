//! Serving goes on while the certificate is renewed, and ends well when the process is asked to stop.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Api, Stage, eventually, operator::get, within};
use reqwest::{Certificate, Client, Version};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Both.
pub async fn goes_on_and_ends_well(stage: &Stage) -> Result<()> {
    a_certificate_is_renewed(stage).await?;
    what_is_under_way_is_finished(stage).await?;
    a_stream_ends_with_the_process(stage).await?;
    what_never_ends_is_cut(stage).await
}

async fn a_certificate_is_renewed(stage: &Stage) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let names = ["--tls-certificate", path(&certificate)?, "--tls-key", path(&key)?];
    let first = new_certificate(&certificate, &key)?;
    let api = Api::start_with(&stage.scene.fleet, &stage.provider, &names).await?;
    let address = format!("{}/v1/rules/JUR-02", api.url().replace("http://", "https://"));
    let early = trusting(&first)?;
    let answer = early.get(&address).send().await?;
    ensure!(answer.status() == 200 && answer.version() == Version::HTTP_2, "agreed on by ALPN: {answer:?}");
    let old =
        Client::builder().http1_only().no_proxy().tls_certs_only([Certificate::from_pem(first.as_bytes())?]);
    let answer = old.build()?.get(&address).send().await?;
    ensure!(answer.status() == 200 && answer.version() == Version::HTTP_11, "{answer:?}");

    // A certificate without its key serves nobody: the old pair stays.
    let second = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    fs::write(&certificate, second.cert.pem())?;
    tokio::time::sleep(Duration::from_secs(6)).await;
    ensure!(trusting(&first)?.get(&address).send().await.is_ok(), "half a pair was taken");
    fs::write(&key, second.signing_key.serialize_pem())?;
    within("the new certificate", Duration::from_secs(12), async || {
        trusting(&second.cert.pem())?.get(&address).send().await.map(drop).map_err(Into::into)
    })
    .await?;
    ensure!(trusting(&first)?.get(&address).send().await.is_err(), "the old certificate is still given");
    ensure!(early.get(&address).send().await?.status() == 200, "an open connection was cut");
    api.stop();
    Ok(())
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("no text")
}

fn new_certificate(certificate: &Path, key: &Path) -> Result<String> {
    let new = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    fs::write(certificate, new.cert.pem())?;
    fs::write(key, new.signing_key.serialize_pem())?;
    Ok(new.cert.pem())
}

/// A client that has no connection yet.
fn trusting(certificate: &str) -> Result<Client> {
    let root = Certificate::from_pem(certificate.as_bytes())?;
    Ok(Client::builder().no_proxy().tls_certs_only([root]).build()?)
}

/// A request whose body comes slowly.
struct Slow {
    stream: TcpStream,
    rest: String,
}

impl Slow {
    async fn begin(api: &Api, token: &str) -> Result<Self> {
        let body = r#"{"workspace": "rectorat-dijon.redite", "suspended": true}"#;
        let (now, rest) = body.split_at(10);
        let host = api.url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&host).await?;
        let head = format!(
            "POST /v1/preview HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        // It is under way once somebody asks for its body.
        let mut word = [0; 25];
        stream.read_exact(&mut word).await?;
        ensure!(&word == b"HTTP/1.1 100 Continue\r\n\r\n", "{}", String::from_utf8_lossy(&word));
        stream.write_all(now.as_bytes()).await?;
        Ok(Self { stream, rest: rest.to_owned() })
    }

    async fn end(mut self) -> Result<String> {
        self.stream.write_all(self.rest.as_bytes()).await?;
        let mut answer = String::new();
        tokio::time::timeout(Duration::from_secs(5), self.stream.read_to_string(&mut answer)).await??;
        Ok(answer)
    }
}

async fn what_is_under_way_is_finished(stage: &Stage) -> Result<()> {
    let mut api = Api::start(&stage.scene.fleet, &stage.provider).await?;
    let token = stage.token("rectorat-dijon", Role::Gestionnaire).await?;
    let slow = Slow::begin(&api, &token).await?;
    let idle = TcpStream::connect(api.url().trim_start_matches("http://")).await?;
    api.ask_to_stop()?;
    let asked = Instant::now();
    within("readiness to end", Duration::from_secs(5), async || {
        let answer = get(api.inside(), "/readyz").await.context("health is not served while requests are")?;
        ensure!(answer.starts_with("stopping"), "{answer}");
        Ok(())
    })
    .await?;
    ensure!(api.outcome().is_none(), "it ended with a request under way");
    let answer = slow.end().await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ends_well(&mut api).await?;
    // Sooner than the time to drain is up.
    ensure!(asked.elapsed() < Duration::from_secs(10), "it ended only after {:?}", asked.elapsed());
    println!("ended {:?} after it was asked", asked.elapsed());
    drop(idle);
    Ok(())
}

async fn a_stream_ends_with_the_process(stage: &Stage) -> Result<()> {
    let mut api = Api::start(&stage.scene.fleet, &stage.provider).await?;
    let token = stage.token("rectorat-dijon", Role::Gestionnaire).await?;
    let client = Client::builder().no_proxy().build()?;
    let opened = eventually("a stream", async || {
        let stream = client.get(format!("{}/v1/events", api.url())).bearer_auth(&token).send().await?;
        stream.error_for_status().map_err(Into::into)
    });
    let mut stream = opened.await?;
    let first = stream.chunk().await?.context("nothing came")?;
    ensure!(String::from_utf8_lossy(&first).contains("event: ready"), "{first:?}");
    api.ask_to_stop()?;
    let asked = Instant::now();
    // Its end is one: a stream that is cut is an error.
    while stream.chunk().await.context("the stream was cut")?.is_some() {}
    ends_well(&mut api).await?;
    // Sooner than the time to drain is up.
    ensure!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
    Ok(())
}

async fn what_never_ends_is_cut(stage: &Stage) -> Result<()> {
    let mut api = Api::start_with(&stage.scene.fleet, &stage.provider, &["--drain-seconds", "1"]).await?;
    let token = stage.token("rectorat-dijon", Role::Gestionnaire).await?;
    let slow = Slow::begin(&api, &token).await?;
    api.ask_to_stop()?;
    let asked = Instant::now();
    ends_well(&mut api).await?;
    // Sooner than a body has to be there.
    let cut = Duration::from_millis(800)..Duration::from_secs(8);
    ensure!(cut.contains(&asked.elapsed()), "it was cut after {:?}", asked.elapsed());
    drop(slow);
    Ok(())
}

/// Waits until it has ended as it should.
pub async fn ends_well(api: &mut Api) -> Result<()> {
    let outcome = eventually("its end", async || {
        let outcome = api.outcome();
        outcome.context("it still runs")
    })
    .await?;
    ensure!(outcome.success(), "{outcome}:\n{}", api.log());
    Ok(())
}
