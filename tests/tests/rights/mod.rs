//! Rights that no other test exercises, exercised for what they are there for: `make rights` compares what the charts grant
//! with what was done under it, and takes each right away in turn.
//!
//! [`charts`]: what a tenant's charts and apps do. [`ours`]: what Beffroi's identity does in a site. [`people`]: what is for
//! people with kubectl.

mod charts;
mod ours;
mod people;

use anyhow::{Context, Result, bail};
use beffroi_tests::rights::{Atom, Target};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchParams},
    core::{ApiResource, DynamicObject},
};
use serde_json::{Value, json};

/// Does what a right is for, in a namespace or everywhere, with an object that `make` makes. Verbs come in the order of
/// a life: what is there is read and changed before it is removed.
async fn exercise(client: &Client, namespace: Option<&str>, atom: &Atom, object: &Value) -> Result<()> {
    let resource = resource(atom, object)?;
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let mark = Patch::Merge(json!({"metadata": {"labels": {"essai": "oui"}}}));
    let done = match &*atom.verb {
        "get" => api.get(name).await.map(drop),
        "list" => api.list(&ListParams::default()).await.map(drop),
        "watch" => api.watch(&WatchParams::default(), "0").await.map(drop),
        "create" => {
            api.create(&PostParams::default(), &serde_json::from_value(object.clone())?).await.map(drop)
        }
        "update" => {
            let there = api.get(name).await?;
            api.replace(name, &PostParams::default(), &there).await.map(drop)
        }
        "patch" => api.patch(name, &PatchParams::default(), &mark).await.map(drop),
        "delete" => api.delete(name, &DeleteParams::default()).await.map(drop),
        other => bail!("nobody knows how to {other}"),
    };
    done.with_context(|| atom.to_string())
}

/// The order of [`exercise`].
fn turn(atom: &Atom) -> usize {
    let order = ["create", "get", "list", "watch", "update", "patch", "delete"];
    order.iter().position(|verb| *verb == atom.verb).unwrap_or(order.len())
}

fn resource(atom: &Atom, object: &Value) -> Result<ApiResource> {
    let Target::Objects { group, resource, .. } = &atom.target else { bail!("{atom}: of no object") };
    let api_version = object["apiVersion"].as_str().context("no apiVersion")?;
    let version = api_version.rsplit('/').next().unwrap_or_default();
    Ok(ApiResource {
        group: group.clone(),
        version: version.into(),
        api_version: api_version.into(),
        kind: object["kind"].as_str().context("no kind")?.into(),
        plural: resource.clone(),
    })
}
