//! The tenants' API as a process, under the `ServiceAccount` and RBAC of its chart, and a client of it.

use std::process::ExitStatus;

use anyhow::{Context, Result, anyhow, ensure};
use beffroi_cluster::{Guarded, free_port};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Client, Url};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{
    Fleet, eventually,
    fleet::NAMESPACE,
    oidc::{CHALLENGE, HOSTER, Provider, VERIFIER},
    operator::{evidence, get, program},
    task::Task,
};

/// Arguments for limits that nobody reaches who does not try.
pub const UNLIMITED: [&str; 8] = [
    "--rate-address",
    "100000",
    "--burst-address",
    "100000",
    "--rate-tenant",
    "100000",
    "--burst-tenant",
    "100000",
];

/// The API's `ServiceAccount`, as the chart names it.
pub const API: &str = "beffroi-api";

/// A running API; dropped, it ends.
pub struct Api {
    process: Guarded,
    address: String,
    inside: String,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, where it is JSON.
    pub body: Value,
}

impl Api {
    /// Starts it, trusting the provider's realm of the hosting provider, and waits until it is ready.
    ///
    /// # Errors
    /// When it is not built, or does not become ready.
    pub async fn start(fleet: &Fleet, provider: &Provider) -> Result<Self> {
        Self::start_with(fleet, provider, &[]).await
    }

    /// The same, with more arguments.
    ///
    /// # Errors
    /// When it is not built, or does not become ready.
    pub async fn start_with(fleet: &Fleet, provider: &Provider, arguments: &[&str]) -> Result<Self> {
        Self::start_in(fleet, provider, arguments, &[]).await
    }

    /// The same, with variables of its environment.
    ///
    /// # Errors
    /// When it is not built, or does not become ready.
    pub async fn start_in(
        fleet: &Fleet,
        provider: &Provider,
        arguments: &[&str],
        environment: &[(&str, String)],
    ) -> Result<Self> {
        let cluster = &fleet.management;
        let port = free_port()?;
        let kubeconfig = cluster.folder().join(format!("api-{port}.kubeconfig"));
        std::fs::write(&kubeconfig, cluster.kubeconfig_of(NAMESPACE, API).await?)?;
        let address = format!("127.0.0.1:{port}");
        let inside = format!("127.0.0.1:{}", free_port()?);
        let issuer = provider.issuer(HOSTER);
        let store = evidence(fleet).display().to_string();
        let mut command = vec![program("beffroi-api")?.display().to_string()];
        command.extend(
            [
                ["--listen", &address],
                ["--metrics-listen", &inside],
                ["--namespace", NAMESPACE],
                ["--hoster-issuer", &issuer],
                ["--hoster-group", HOSTER],
                ["--evidence-store", &store],
            ]
            .into_iter()
            .flatten()
            .map(str::to_owned),
        );
        command.extend(arguments.iter().map(ToString::to_string));
        let mut env = vec![
            ("KUBECONFIG", kubeconfig.display().to_string()),
            ("RUST_BACKTRACE", "0".to_owned()),
            ("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info,kube_client=warn".into())),
        ];
        env.extend(environment.iter().cloned());
        let process =
            Guarded::start(cluster.parts(), &format!("api-{port}"), cluster.folder(), &command, &env)?;
        let mut api = Self { process, address, inside, client: Client::builder().no_proxy().build()? };
        api.until_ready().await?;
        Ok(api)
    }

    /// `http://HOST:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where health and metrics are served.
    pub fn inside(&self) -> &str {
        &self.inside
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.process.log()).unwrap_or_default()
    }

    /// Asks it to stop, and does not wait: it ends in its own time.
    ///
    /// # Errors
    /// When it is gone.
    pub fn ask_to_stop(&self) -> Result<()> {
        let program = i32::try_from(self.process.program()?)?;
        kill_process(Pid::from_raw(program).context("it is gone")?, Signal::TERM).context("it is gone")
    }

    /// How it ended, once it has.
    pub fn outcome(&mut self) -> Option<ExitStatus> {
        self.process.outcome()
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) {
        self.process.stop();
    }

    /// Its process.
    ///
    /// # Errors
    /// When it is gone.
    pub fn task(&self) -> Result<Task> {
        Ok(Task::process(self.process.program()?))
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        self.process.alive()
    }

    /// Asks, as whoever has `token`, with headers and a body where there are any.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn ask(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut request = self.client.request(method, format!("{}{path}", self.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.with_context(|| format!("asking for {path}"))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        Ok(Answer { status, headers, body })
    }

    /// Signs `user` in at the issuer of a tenant, as the page does: what the API answers to the code that they bring back.
    ///
    /// # Errors
    /// When the issuer does not let them in.
    pub async fn sign_in(&self, provider: &Provider, tenant: &str, user: &str) -> Result<Answer> {
        let page = format!("{}/", self.url());
        let asked = self.ask(None, Method::GET, &format!("/v1/sign-in?tenant={tenant}"), &[], None).await?;
        let told =
            |field: &str| asked.body[field].as_str().with_context(|| format!("{}: no {field}", asked.body));
        let authorize = Url::parse_with_params(
            told("authorizationEndpoint")?,
            [
                ("response_type", "code"),
                ("client_id", told("clientId")?),
                ("redirect_uri", &page),
                ("scope", told("scope")?),
                ("state", "visite"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ],
        )?;
        let back = provider.sign_in(authorize, user, &page).await?;
        let answer =
            |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        ensure!(answer("state").as_deref() == Some("visite"), "{user} is sent back to {back}");
        let code = answer("code").with_context(|| format!("{user} is sent back to {back}"))?;
        let body = json!({"tenant": tenant, "code": code, "verifier": VERIFIER, "redirectUri": page});
        self.ask(None, Method::POST, "/v1/sign-in", &[], Some(&body)).await
    }

    /// Reads what must be there.
    ///
    /// # Errors
    /// When the answer is no success.
    pub async fn read(&self, token: &str, path: &str) -> Result<Value> {
        let answer = self.ask(Some(token), Method::GET, path, &[], None).await?;
        ensure!(answer.status.is_success(), "GET {path}: {} {}", answer.status, answer.body);
        Ok(answer.body)
    }

    /// Does what must succeed.
    ///
    /// # Errors
    /// When the answer is no success.
    pub async fn write(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let answer = self.ask(Some(token), method.clone(), path, &[], body).await?;
        ensure!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
        Ok(answer.body)
    }

    async fn until_ready(&mut self) -> Result<()> {
        let address = self.inside.clone();
        eventually("the API", async || {
            if !self.process.alive() {
                return Ok(Err(anyhow!("it ended; its last words:\n{}", self.process.last_words())));
            }
            let answer = get(&address, "/readyz").await?;
            ensure!(answer.starts_with("ok"), "{answer}\n{}", self.process.last_words());
            Ok(Ok(()))
        })
        .await?
    }
}
