//! What holds of every request: ids, languages, fields that are named, bodies, versions, methods, pages.

use anyhow::{Context, Result, ensure};
use beffroi_crds::tenant::Role;
use beffroi_tests::{Api, Stage, api::Answer, eventually};
use http::Method;
use serde_json::{Value, json};

/// All of them.
pub async fn hold(stage: &Stage) -> Result<()> {
    let guest = Guest { api: &stage.api, token: stage.token("rectorat-dijon", Role::Gestionnaire).await? };
    guest.ids_are_echoed().await?;
    guest.problems_speak_two_languages().await?;
    guest.what_is_wrong_is_named().await?;
    guest.bodies_are_checked().await?;
    guest.versions_count().await?;
    guest.methods_are_told().await?;
    pages_hold_everything(&stage.api, &stage.hoster().await?).await
}

struct Guest<'a> {
    api: &'a Api,
    token: String,
}

impl Guest<'_> {
    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.api.ask(Some(&self.token), Method::GET, path, headers, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Result<Answer> {
        self.api.ask(Some(&self.token), method, path, &[("Accept-Language", "en")], Some(&body)).await
    }

    /// A body that is not what it should be.
    async fn raw(&self, kind: &str, body: &str) -> Result<(u16, String)> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let request = client.post(format!("{}/v1/workspaces", self.api.url())).bearer_auth(&self.token);
        let response = request.header("Content-Type", kind).body(body.to_owned()).send().await?;
        let media = response.headers()["content-type"].to_str()?.to_owned();
        Ok((response.status().as_u16(), media))
    }

    async fn ids_are_echoed(&self) -> Result<()> {
        let given = self.get("/v1/workspaces/a.b", &[("X-Request-Id", "essai-1")]).await?;
        ensure!(
            given.headers["x-request-id"] == "essai-1" && given.body["requestId"] == "essai-1",
            "{given:?}"
        );
        let mut fresh = Vec::new();
        for header in ["", "a b", &"x".repeat(65), "<script>"] {
            let answer = self.get("/v1/me", &[("X-Request-Id", header)]).await?;
            fresh.push(answer.headers["x-request-id"].to_str()?.to_owned());
            ensure!(fresh.last().is_some_and(|id| id != header && id.len() == 32), "{answer:?}");
        }
        fresh.dedup();
        ensure!(fresh.len() == 4, "{fresh:?}");
        Ok(())
    }

    async fn problems_speak_two_languages(&self) -> Result<()> {
        for (wanted, tag, title) in
            [("", "fr", "Introuvable"), ("en", "en", "Not found"), ("de, en;q=0.5", "en", "Not found")]
        {
            let answer = self.get("/v1/workspaces/a.b", &[("Accept-Language", wanted)]).await?;
            ensure!(answer.headers["content-type"] == "application/problem+json", "{answer:?}");
            ensure!(answer.headers["content-language"] == tag && answer.body["title"] == title, "{answer:?}");
            ensure!(answer.body["type"] == "https://beffroi.fr/problems/not-found", "{answer:?}");
            ensure!(answer.body["status"] == 404 && answer.status == 404, "{answer:?}");
        }
        let stranger = self.api.ask(Some("a.b"), Method::GET, "/v1/me", &[], None).await?;
        let told = stranger.body["detail"].as_str().unwrap_or_default();
        ensure!(told.contains("(token-shape) : un jeton a trois parties"), "{stranger:?}");
        Ok(())
    }

    async fn what_is_wrong_is_named(&self) -> Result<()> {
        let order = |change: Value| {
            let mut order = json!({
                "tenant": "rectorat-dijon", "name": "essai", "domain": "essai.ac-dijon.example", "data": ["Staff"],
                "apps": [{"name": "docs", "channel": "Stable"}],
            });
            order
                .as_object_mut()
                .into_iter()
                .for_each(|all| all.extend(change.as_object().cloned().unwrap_or_default()));
            order
        };
        for (change, field, value) in [
            (json!({"colour": "blue"}), "colour", json!("blue")),
            (json!({"apps": [{"name": "docs", "versoin": "1"}]}), "apps[0].versoin", Value::Null),
            (json!({"data": ["Everything"]}), "data[0]", Value::Null),
            (json!({"domain": "Not A Domain"}), "domain", json!("Not A Domain")),
            (json!({"placement": {"sites": 0}}), "placement.sites", json!(0)),
        ] {
            let answer = self.send(Method::POST, "/v1/workspaces", order(change)).await?;
            let error = &answer.body["errors"][0];
            ensure!(
                answer.status == 422 && error["field"] == field,
                "{field}: {} {}",
                answer.status,
                answer.body
            );
            ensure!(value.is_null() || error["value"] == value, "{field}: {error}");
            ensure!(error["rule"].is_string() && error["fix"].is_string(), "{field}: {error}");
        }
        // Rules of our own, and of types: each is told to people in their language, and to programs as a code.
        for (change, rule) in [
            (json!({"placement": {"sites": 9}}), "au plus 8"),
            (
                json!({"placement": {"sites": 2, "minCities": 3}}),
                "placement.minCities ne doit pas dépasser placement.sites",
            ),
            (json!({"placement": {"sites": "two"}}), "doit être un nombre entier"),
            (json!({"data": ["Everything"]}), "valeurs admises : "),
            (
                json!({"apps": vec![json!({"name": "docs", "channel": "Stable"}); 65]}),
                "a 65 éléments : donnez-en au plus 16",
            ),
            (json!({"domain": null}), "doit être un texte, et est vide"),
        ] {
            let order = order(change);
            let answer =
                self.api.ask(Some(&self.token), Method::POST, "/v1/workspaces", &[], Some(&order)).await?;
            let told = answer.body["errors"][0]["rule"].as_str().unwrap_or_default().to_owned();
            ensure!(answer.status == 422 && told.contains(rule), "{rule}: {} {}", answer.status, answer.body);
        }
        for (path, status, field) in [
            ("/v1/tenants?limit=0", 422, "limit"),
            ("/v1/tenants?limit=201", 422, "limit"),
            ("/v1/tenants?cursor=%21", 422, "cursor"),
            ("/v1/tenants?limit=many", 400, "limit"),
            ("/v1/tenants?limt=1", 400, "limt"),
            ("/v1/workspaces?limit=1&tenat=rectorat-dijon", 400, "tenat"),
            ("/v1/workspaces/%FF", 400, ""),
        ] {
            let answer = self.get(path, &[]).await?;
            ensure!(
                answer.status == status && answer.headers["content-type"] == "application/problem+json",
                "{path}: {answer:?}"
            );
            ensure!(field.is_empty() || answer.body["errors"][0]["field"] == field, "{path}: {answer:?}");
        }
        Ok(())
    }

    async fn bodies_are_checked(&self) -> Result<()> {
        let long = format!("{{\"name\": \"{}\"}}", "x".repeat(70_000));
        for (kind, body, status) in [
            ("application/json", "{", 400),
            ("application/json", "[1]", 422),
            ("application/json", "\u{feff}{}", 400),
            ("application/json", long.as_str(), 413),
            ("text/plain", "{}", 415),
            ("application/x-www-form-urlencoded", "a=b", 415),
        ] {
            let (answered, media) = self.raw(kind, body).await?;
            ensure!(
                answered == status && media == "application/problem+json",
                "{kind} {body:.20}: {answered} {media}"
            );
        }
        let patch = self.send(Method::PATCH, "/v1/workspaces/rectorat-dijon.x", json!([1])).await?;
        ensure!(patch.status == 404 || patch.status == 400, "{patch:?}");
        Ok(())
    }

    async fn versions_count(&self) -> Result<()> {
        for path in [
            "/v1/tenants/rectorat-dijon",
            "/v1/policies/sante",
            "/v1/providers/ovhcloud",
            "/v1/sites/par1",
            "/",
        ] {
            // What is asked for again may have changed in between.
            eventually(path, async || self.version_counts(path).await).await?;
        }
        Ok(())
    }

    async fn version_counts(&self, path: &str) -> Result<()> {
        let answer = self.get(path, &[]).await?;
        let tag = answer.headers.get("etag").with_context(|| format!("{path}: {answer:?}"))?.to_str()?;
        // Who signs in next on the same browser finds nothing of it.
        let kept = &answer.headers["cache-control"];
        ensure!(kept == if path == "/" { "no-cache" } else { "no-store" }, "{path}: {kept:?}");
        let again = self.get(path, &[("If-None-Match", tag)]).await?;
        ensure!(
            again.status == 304 && again.headers["etag"] == tag && again.body.is_null(),
            "{path}: {again:?}"
        );
        let weak = self.get(path, &[("If-None-Match", &format!("\"0\", W/{tag}"))]).await?;
        ensure!(weak.status == 304, "{path}: {weak:?}");
        ensure!(self.get(path, &[("If-None-Match", "\"0\"")]).await?.status == 200, "{path}");
        Ok(())
    }

    async fn head_is_told(&self, path: &str) -> Result<()> {
        let whole = self.get(path, &[]).await?;
        let head = self.api.ask(Some(&self.token), Method::HEAD, path, &[], None).await?;
        let told = |answer: &Answer, name| answer.headers.get(name).cloned();
        ensure!(head.status == whole.status && head.body.is_null(), "{path}: {head:?}");
        for name in ["etag", "content-type", "content-length"] {
            ensure!(told(&head, name) == told(&whole, name), "{path} {name}: {head:?}");
        }
        Ok(())
    }

    async fn methods_are_told(&self) -> Result<()> {
        for path in ["/v1/me", "/v1/rules", "/v1/tenants/rectorat-dijon", "/v1/openapi.json", "/", "/healthz"]
        {
            eventually(path, async || self.head_is_told(path).await).await?;
        }
        for (method, path, allowed) in [
            (Method::PUT, "/v1/workspaces", "GET,HEAD,POST"),
            (Method::POST, "/v1/me", "GET,HEAD"),
            (Method::PUT, "/v1/workspaces/a.b", "GET,HEAD,PATCH,DELETE"),
            (Method::GET, "/v1/workspaces/a.b/suspend", "POST"),
            (Method::TRACE, "/healthz", "GET,HEAD"),
            (Method::DELETE, "/", "GET,HEAD"),
        ] {
            let answer = self.api.ask(Some(&self.token), method, path, &[], None).await?;
            ensure!(answer.status == 405 && answer.body["status"] == 405, "{path}: {answer:?}");
            let told: Vec<&str> = answer.headers["allow"].to_str()?.split(',').map(str::trim).collect();
            ensure!(
                told.len() == allowed.split(',').count() && told.iter().all(|one| allowed.contains(one)),
                "{path}: {told:?}"
            );
        }
        Ok(())
    }
}

async fn pages_hold_everything(api: &Api, hoster: &str) -> Result<()> {
    for list in ["/v1/tenants", "/v1/rules", "/v1/providers", "/v1/log", "/v1/apps?tenant=ght-bm"] {
        let joined = if list.contains('?') { format!("{list}&") } else { format!("{list}?") };
        let whole = api.read(hoster, &format!("{joined}limit=200")).await?;
        let mut walked = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = api.read(hoster, &format!("{joined}limit=3{cursor}")).await?;
            let items = page["items"].as_array().context("no items")?;
            ensure!((1..=3).contains(&items.len()), "{list}: {page}");
            walked.extend(items.clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let name = |item: &Value| [&item["name"], &item["id"], &item["index"]].map(Clone::clone);
        let names = |items: &[Value]| items.iter().map(name).collect::<Vec<_>>();
        let whole = whole["items"].as_array().context("no items")?;
        ensure!(whole.len() > 3 && whole.len() < 200, "{list}: {} items", whole.len());
        let whole = names(whole);
        let mut walked = names(&walked);
        if list == "/v1/log" {
            // It is newest first, and may have grown meanwhile.
            walked = walked.into_iter().skip_while(|one| Some(one) != whole.first()).collect();
        }
        ensure!(walked == whole, "{list}: {walked:?} and {whole:?}");
    }
    Ok(())
}
