//! Tries to write, as the cluster's administrator unless told; notes each refusal.

use std::sync::Mutex;

use anyhow::{Context, Result, bail, ensure};
use kube::{
    Api, Client,
    api::{ApiResource, DeleteParams, Patch, PatchParams, PostParams},
    core::{DynamicObject, GroupVersionKind},
};
use serde_json::{Value, json};

use crate::guards::home::Home;

/// Something to try. All is a dry run but for [`Door::make`].
#[derive(Clone, Debug)]
pub(crate) enum Try {
    /// Make an object.
    Make(Value),
    /// Merge a patch into an object of this API version, kind and name, or into a subresource of it.
    Change(String, String, String, Option<&'static str>, Value),
    /// Put an object in place of a subresource that takes no patch.
    Put(&'static str, Value),
    /// Remove an object.
    Remove(String, String, String),
}

/// Makes an object.
pub(crate) fn make(object: &Value) -> Try {
    Try::Make(object.clone())
}

/// Changes an object.
pub(crate) fn change(version: &str, kind: &str, name: &str, patch: Value) -> Try {
    Try::Change(version.to_owned(), kind.to_owned(), name.to_owned(), None, patch)
}

/// Changes a subresource.
pub(crate) fn change_part(version: &str, kind: &str, name: &str, part: &'static str, patch: Value) -> Try {
    Try::Change(version.to_owned(), kind.to_owned(), name.to_owned(), Some(part), patch)
}

/// Removes an object.
pub(crate) fn remove(version: &str, kind: &str, name: &str) -> Try {
    Try::Remove(version.to_owned(), kind.to_owned(), name.to_owned())
}

/// A refusal by a guard.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) guard: String,
    pub(crate) text: String,
}

/// The API server under test.
pub(crate) struct Door {
    pub(crate) admin: Client,
    pub(crate) home: String,
    refusals: Mutex<Vec<Refusal>>,
}

impl Door {
    pub(crate) fn new(home: &Home) -> Self {
        Self { admin: home.cluster.admin(), home: home.namespace.clone(), refusals: Mutex::default() }
    }

    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        self.refusals.lock().unwrap().clone()
    }

    /// The administrator is refused, in these words.
    pub(crate) async fn no(&self, attempt: Try, says: &[&str]) -> Result<()> {
        self.no_as(&self.admin, attempt, says).await
    }

    /// Someone is refused, in these words.
    pub(crate) async fn no_as(&self, who: &Client, attempt: Try, says: &[&str]) -> Result<()> {
        let told = self.refused(self.attempt(who, &attempt).await).with_context(|| format!("{attempt:?}"))?;
        let missing = says.iter().find(|word| !told.contains(**word));
        ensure!(missing.is_none(), "the refusal does not say {missing:?}: {told}\n{attempt:?}");
        Ok(())
    }

    /// Notes a refusal by a guard, and returns its words.
    pub(crate) fn refused(&self, answer: Result<(), kube::Error>) -> Result<String> {
        match answer {
            Ok(()) => bail!("taken, where a refusal was expected"),
            Err(kube::Error::Api(status)) => {
                let text = status.message.clone();
                let guard =
                    text.split("ValidatingAdmissionPolicy '").nth(1).and_then(|t| t.split('\'').next());
                let guard = guard.with_context(|| format!("refused, but by no guard: {text}"))?.to_owned();
                self.refusals.lock().unwrap().push(Refusal { guard, text: text.clone() });
                Ok(text)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The administrator may.
    pub(crate) async fn yes(&self, attempt: Try) -> Result<()> {
        self.yes_as(&self.admin, attempt).await
    }

    /// Someone may.
    pub(crate) async fn yes_as(&self, who: &Client, attempt: Try) -> Result<()> {
        self.attempt(who, &attempt).await.with_context(|| format!("refused: {attempt:?}"))
    }

    /// Really makes an object, as the administrator.
    pub(crate) async fn make(&self, object: &Value) -> Result<DynamicObject> {
        let api = self.api(&self.admin, object);
        let typed = serde_json::from_value(object.clone())?;
        api.create(&PostParams::default(), &typed).await.with_context(|| format!("making {object}"))
    }

    /// Installs a kind, as far as a guard needs it.
    pub(crate) async fn serve(&self, group: &str, kind: &str) -> Result<()> {
        let (plural, singular) = (plural(kind), kind.to_lowercase());
        let names =
            json!({"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular});
        let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let version =
            json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": any}});
        let spec = json!({"group": group, "names": names, "scope": "Namespaced", "versions": [version]});
        let name = format!("{plural}.{group}");
        let mut definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", &name, &spec);
        // Kubernetes wants this of groups under its own name.
        definition["metadata"]["annotations"] = json!({"api-approved.kubernetes.io": "unapproved, a test"});
        self.make(&definition).await.map(|_| ())
    }

    /// Really patches a subresource; whether that is refused does not matter.
    pub(crate) async fn change_for_real(
        &self,
        version: &str,
        kind: &str,
        name: &str,
        part: &str,
        patch: &Value,
    ) -> Result<(), kube::Error> {
        let api = self.api(&self.admin, &json!({"apiVersion": version, "kind": kind}));
        let params = PatchParams::default();
        api.patch_subresource(part, name, &params, &Patch::Merge(patch)).await.map(|_| ())
    }

    /// An object as it is.
    pub(crate) async fn read(&self, version: &str, kind: &str, name: &str) -> Result<Value> {
        let api = self.api(&self.admin, &json!({"apiVersion": version, "kind": kind}));
        Ok(serde_json::to_value(api.get(name).await?)?)
    }

    async fn attempt(&self, who: &Client, attempt: &Try) -> Result<(), kube::Error> {
        let target = |version: &str, kind: &str| self.api(who, &json!({"apiVersion": version, "kind": kind}));
        match attempt {
            Try::Make(object) => {
                let typed: DynamicObject = serde_json::from_value(object.clone()).unwrap();
                let dry = PostParams { dry_run: true, ..PostParams::default() };
                self.api(who, object).create(&dry, &typed).await.map(|_| ())
            }
            Try::Change(version, kind, name, part, patch) => {
                let (api, patch) = (target(version, kind), Patch::Merge(patch));
                let dry = PatchParams { dry_run: true, ..PatchParams::default() };
                match part {
                    None => api.patch(name, &dry, &patch).await.map(|_| ()),
                    Some(part) => api.patch_subresource(part, name, &dry, &patch).await.map(|_| ()),
                }
            }
            Try::Put(part, object) => {
                let typed: DynamicObject = serde_json::from_value(object.clone()).unwrap();
                let dry = PostParams { dry_run: true, ..PostParams::default() };
                let name = typed.metadata.name.as_deref().unwrap();
                self.api(who, object).replace_subresource(part, name, &dry, &typed).await.map(|_| ())
            }
            Try::Remove(version, kind, name) => {
                let dry = DeleteParams { dry_run: true, ..DeleteParams::default() };
                target(version, kind).delete(name, &dry).await.map(|_| ())
            }
        }
    }

    /// What serves objects like this one: in the namespace that it names, or in the workspace's.
    fn api(&self, who: &Client, object: &Value) -> Api<DynamicObject> {
        let text = |field: &str| object[field].as_str().unwrap();
        let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
        let kind = text("kind");
        let gvk = GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, &plural(kind));
        if ["Namespace", "PersistentVolume", "CustomResourceDefinition", "ClusterRole", "PriorityClass"]
            .contains(&kind)
        {
            return Api::all_with(who.clone(), &resource);
        }
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(&self.home);
        Api::namespaced_with(who.clone(), namespace, &resource)
    }
}

fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower == "endpoints" {
        lower
    } else if let Some(stem) = lower.strip_suffix('y').filter(|stem| !stem.ends_with('a')) {
        format!("{stem}ies")
    } else if lower.ends_with('s') {
        format!("{lower}es")
    } else {
        format!("{lower}s")
    }
}

/// An object with a name and a spec.
pub(crate) fn object(version: &str, kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}
