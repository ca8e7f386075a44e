//! `beffroi health`: addresses of probes → each address that their names have → asked, until all are well or time is up →
//! a line each. `helm test` runs it, where no image has a shell.

use std::{
    fmt,
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use reqwest::{Client, Url, redirect::Policy};

use crate::{access, plain};

/// Whoever answers no later than this is well.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(2);
/// As much of an answer is shown, in characters.
const SHOWN: usize = 200;

/// What is asked, and for how long.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Address of a probe, http://HOST:PORT/readyz. Where the name has several addresses, all are asked.
    #[arg(required = true, value_name = "URL", value_parser = address)]
    urls: Vec<Url>,
    /// Seconds in which all may become well.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600))]
    wait_seconds: u64,
}

/// Reads an address.
fn address(text: &str) -> Result<Url, String> {
    let url = text.parse::<Url>().ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    url.ok_or_else(|| "write http://HOST:PORT/readyz, or https://…".to_owned())
}

/// Asks, and says how it went: success only if all are well.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    access::tls();
    let until = Instant::now() + Duration::from_secs(arguments.wait_seconds);
    loop {
        let mut told = Vec::new();
        for url in &arguments.urls {
            told.extend(ask(url).await);
        }
        let well = told.iter().all(|one| one.well);
        if well || Instant::now() >= until {
            for one in &told {
                println!("{one}");
            }
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What one address said.
struct Told {
    whom: String,
    well: bool,
    answer: String,
}

impl Told {
    /// From an answer's text, of which only the beginning is shown.
    fn new(whom: String, answer: Result<String, String>) -> Self {
        let well = answer.is_ok();
        let answer = answer.unwrap_or_else(|why| why);
        Self { whom, well, answer: plain(answer.trim()).chars().take(SHOWN).collect() }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.well { "well    " } else { "NOT WELL" };
        write!(f, "{verdict}  {}: {}", self.whom, self.answer)
    }
}

/// Asks each address that the name of `url` has.
async fn ask(url: &Url) -> Vec<Told> {
    let addresses = match addresses(url).await {
        Ok(addresses) => addresses,
        Err(why) => return vec![Told::new(url.to_string(), Err(why))],
    };
    let mut told = Vec::new();
    for address in addresses {
        let whom = format!("{url} at {}", address.ip());
        told.push(Told::new(whom, get(url, address).await.map_err(|why| format!("{why:#}"))));
    }
    told
}

async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, String> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let found = tokio::net::lookup_host((host, port)).await;
    let mut found: Vec<_> = found.map_err(|error| format!("{host} is not found: {error}"))?.collect();
    found.sort();
    found.dedup();
    if found.is_empty() { Err(format!("{host} has no address: does its pod run?")) } else { Ok(found) }
}

async fn get(url: &Url, address: SocketAddr) -> anyhow::Result<String> {
    let host = url.host_str().unwrap_or_default();
    // What is asked is in the cluster: no proxy, no way on to elsewhere.
    let client =
        Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).resolve(host, address);
    let client = client.build().context("no client")?;
    let answer = client.get(url.clone()).send().await.context("no answer")?;
    let status = answer.status();
    let text = answer.text().await.context("half an answer")?;
    anyhow::ensure!(status.is_success(), "{status} {text}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Answers each request with the next of `answers`, and the last one for ever.
    async fn probe(answers: &'static [&'static str]) -> anyhow::Result<Url> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/readyz", listener.local_addr()?).parse()?;
        tokio::spawn(async move {
            for index in 0.. {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let answer = answers[index.min(answers.len() - 1)];
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Ok(url)
    }

    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
    const UNFILLED: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 22\r\nConnection: close\r\n\r\nnot filled\x1b[1m: sites\n";

    #[tokio::test]
    async fn an_answer_tells_who_is_well_and_why_not() -> anyhow::Result<()> {
        access::tls();
        let (good, bad) = (probe(&[OK]).await?, probe(&[UNFILLED]).await?);
        let told = ask(&good).await;
        assert_eq!(told.iter().map(|one| one.well).collect::<Vec<_>>(), [true]);
        assert!(told[0].to_string().starts_with("well"), "{}", told[0]);
        let line = ask(&bad).await.remove(0).to_string();
        assert!(line.starts_with("NOT WELL") && line.contains("503") && line.contains(": sites"), "{line}");
        assert!(!line.contains('\x1b'), "{line:?}");
        Ok(())
    }

    #[tokio::test]
    async fn who_does_not_listen_or_has_no_name_is_not_well() -> anyhow::Result<()> {
        access::tls();
        let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        // A name that no server is asked for: longer than one may be.
        let nobody = "a".repeat(70);
        for url in [format!("http://{free}/readyz"), format!("http://{nobody}/readyz")] {
            let told = ask(&url.parse()?).await;
            assert!(told.len() == 1 && !told[0].well, "{url}: {}", told[0]);
        }
        Ok(())
    }

    #[tokio::test]
    async fn one_that_is_not_well_makes_the_whole_so_and_time_mends_it() -> anyhow::Result<()> {
        let (good, late) = (probe(&[OK]).await?, probe(&[UNFILLED, OK]).await?);
        let run = async |urls: &[&Url], wait_seconds| {
            let urls = urls.iter().copied().cloned().collect();
            run(&Arguments { urls, wait_seconds }).await.map(|code| code == ExitCode::SUCCESS)
        };
        assert!(!run(&[&good, &probe(&[UNFILLED]).await?], 0).await?);
        assert!(run(&[&good, &late], 60).await?);
        Ok(())
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["beffroi-api:8091/readyz", "ftp://x/y", "readyz", "http://"] {
            assert!(address(text).is_err(), "{text}");
        }
        assert!(address("http://beffroi-api-metrics.beffroi-system:8091/readyz").is_ok());
    }
}
