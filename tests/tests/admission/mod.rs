//! Every rule of the custom resources, on a real API server: the good object is taken, the bad one is refused
//! with a message that names the field and the fix. A rule that no case provokes fails the test.

mod changes;
mod values;

use std::{cell::RefCell, collections::BTreeSet};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_tests::{eventually, samples};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client,
    api::{ApiResource, Patch, PatchParams, PostParams},
    core::{DynamicObject, GroupVersionKind},
};
use serde_json::{Value, json};

/// A change to a good object, and what the refusal must say.
struct Case {
    /// JSON pointer to what is changed; `-` at the end adds to a list.
    at: &'static str,
    /// What is put there; null takes it away.
    put: Value,
    /// The path of the field as the refusal names it, and words of the fix.
    says: &'static [&'static str],
}

/// A case.
fn case(at: &'static str, put: Value, says: &'static [&'static str]) -> Case {
    Case { at, put, says }
}

/// The API server under test, and every refusal that it gave.
struct Door {
    client: Client,
    refusals: RefCell<Vec<String>>,
}

impl Door {
    fn api(&self, kind: &str) -> Api<DynamicObject> {
        let plural = match kind {
            "SovereigntyPolicy" => "sovereigntypolicies".to_owned(),
            other => format!("{}s", other.to_lowercase()),
        };
        let gvk = GroupVersionKind::gvk("beffroi.fr", "v1alpha1", kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, &plural);
        match kind {
            "Workspace" => Api::namespaced_with(self.client.clone(), "default", &resource),
            _ => Api::all_with(self.client.clone(), &resource),
        }
    }

    /// Whether the server would take this object as new.
    async fn takes(&self, object: &Value) -> Result<(), String> {
        let kind = object["kind"].as_str().unwrap();
        let params = PostParams { dry_run: true, ..PostParams::default() };
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let answer = self.api(kind).create(&params, &object).await;
        answer.map(|_| ()).map_err(|error| self.refused(&error))
    }

    /// Notes a refusal.
    fn refused(&self, error: &kube::Error) -> String {
        let text = match error {
            kube::Error::Api(status) => status.message.clone(),
            other => other.to_string(),
        };
        self.refusals.borrow_mut().push(text.clone());
        text
    }

    /// The good object passes; each case is refused in the right words.
    async fn check(&self, good: &Value, cases: &[Case]) -> Result<()> {
        let kind = good["kind"].as_str().context("no kind")?;
        self.takes(good).await.map_err(|why| anyhow::anyhow!("a good {kind} was refused: {why}"))?;
        for Case { at, put, says } in cases {
            let bad = changed(good, at, put).with_context(|| format!("{kind} {at}"))?;
            let Err(told) = self.takes(&bad).await else {
                anyhow::bail!("{kind} with {at} = {put} was taken")
            };
            for word in *says {
                ensure!(
                    told.contains(word),
                    "{kind} with {at} = {put}: the refusal does not say {word:?}: {told}"
                );
            }
        }
        Ok(())
    }
}

/// A copy of `object` with one thing changed.
fn changed(object: &Value, at: &str, put: &Value) -> Result<Value> {
    let mut copy = object.clone();
    let (parent, key) = at.rsplit_once('/').context("no pointer")?;
    let mut holder = &mut copy;
    for step in parent.split('/').skip(1) {
        holder = match holder {
            Value::Array(items) => items.get_mut(step.parse::<usize>()?).context("no such item")?,
            Value::Object(fields) => fields.entry(step).or_insert_with(|| json!({})),
            _ => anyhow::bail!("nothing below {step}"),
        };
    }
    match holder {
        Value::Array(items) if key == "-" => items.push(put.clone()),
        Value::Array(items) => items[key.parse::<usize>()?] = put.clone(),
        Value::Object(fields) if put.is_null() => drop(fields.remove(key)),
        Value::Object(fields) => drop(fields.insert(key.to_owned(), put.clone())),
        _ => anyhow::bail!("nothing at {at}"),
    }
    Ok(copy)
}

/// A sample as JSON, in no namespace but the default one.
fn sample(folder: &str, name: &str) -> Value {
    let all: Vec<Value> = samples::read(folder).unwrap();
    let mut found = all.into_iter().find(|object| object["metadata"]["name"] == name).unwrap();
    found["metadata"] = json!({"name": name});
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_refuses_the_bad_and_takes_the_good() -> Result<()> {
    let cluster = Cluster::builder("admission").start().await?;
    install(&cluster).await?;
    let door = Door { client: cluster.admin(), refusals: RefCell::default() };
    values::check(&door).await?;
    changes::check(&door).await?;
    let refusals = door.refusals.borrow().join("\n");
    let silent: Vec<String> = messages().into_iter().filter(|message| !refusals.contains(message)).collect();
    ensure!(silent.is_empty(), "no case provokes: {silent:#?}");
    println!("{} refusals, {} rules", door.refusals.borrow().len(), messages().len());
    at_the_terminal(&cluster).await
}

async fn install(cluster: &Cluster) -> Result<()> {
    let api: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    for crd in beffroi_crds::all() {
        let name = crd.metadata.name.clone().context("no name")?;
        api.patch(&name, &PatchParams::apply("test"), &Patch::Apply(&crd)).await?;
        eventually(&name, async || {
            let found = api.get(&name).await?;
            let conditions = found.status.and_then(|s| s.conditions).unwrap_or_default();
            ensure!(
                conditions.iter().any(|c| c.type_ == "Established" && c.status == "True"),
                "not served yet"
            );
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// The message of every validation rule.
fn messages() -> BTreeSet<String> {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for rule in
                    fields.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten()
                {
                    found.extend(rule["message"].as_str().map(str::to_owned));
                }
                fields.values().for_each(|field| walk(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for crd in beffroi_crds::all() {
        // Status is written by the operator alone.
        let mut schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        if let Some(properties) = schema["openAPIV3Schema"]["properties"].as_object_mut() {
            properties.remove("status");
        }
        walk(&schema, &mut found);
    }
    found
}

/// What a person meets first: explanations, short names, the category, columns.
async fn at_the_terminal(cluster: &Cluster) -> Result<()> {
    let explained = cluster.kubectl(&["explain", "workspace.spec.placement"]).await?;
    ensure!(explained.contains("great-circle distance"), "{explained}");
    let crds = samples::root().join("crds/yaml");
    let told = cluster
        .kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &crds.display().to_string()])
        .await?;
    ensure!(!told.to_lowercase().contains("warning"), "{told}");
    let undocumented: Vec<String> =
        explained.lines().filter(|l| l.contains("<no description>")).map(str::to_owned).collect();
    ensure!(undocumented.is_empty(), "{undocumented:?}");
    for kinds in ["ws", "prov", "sovpol", "beffroi"] {
        cluster.kubectl(&["get", kinds, "-A"]).await.with_context(|| format!("kubectl get {kinds}"))?;
    }
    let tenant: DynamicObject = serde_json::from_value(sample("tenants", "mairie-macon"))?;
    let gvk = GroupVersionKind::gvk("beffroi.fr", "v1alpha1", "Tenant");
    let api = Api::all_with(cluster.admin(), &ApiResource::from_gvk_with_plural(&gvk, "tenants"));
    api.create(&PostParams::default(), &tenant).await?;
    let listed = cluster.kubectl(&["get", "tenants"]).await?;
    ensure!(listed.contains("POLICY") && listed.contains("KIND"), "{listed}");
    Ok(())
}
