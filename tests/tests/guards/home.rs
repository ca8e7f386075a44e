//! A site with its guards and Flux, and a workspace there as Beffroi makes it: by core's own builders, with the
//! rights of Beffroi's one identity.

use anyhow::{Context, Result};
use beffroi_cluster::{Cluster, Registry};
use beffroi_core::{
    facts::{Prober, Resources},
    manifests::{Kind, Live, Object, Placed, desired, doomed, namespace_name, probe},
};
use beffroi_crds::{
    App, Site, SovereigntyPolicy, SovereigntyPolicySpec, Tenant, Workspace,
    app::{ApiAccess, Release},
};
use beffroi_tests::{
    fleet::{self, IDENTITY, NAMESPACE},
    samples,
    scene::{tenant, workspace},
};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use crate::guards::operators;

/// A site and a workspace.
pub(crate) struct Home {
    pub(crate) cluster: Cluster,
    pub(crate) registry: Registry,
    /// Beffroi's identity.
    pub(crate) beffroi: Client,
    pub(crate) namespace: String,
    pub(crate) site: Site,
    pub(crate) policy: SovereigntyPolicySpec,
    tenant: Tenant,
    order: Order,
}

/// What a tenant orders: a workspace with one app.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) workspace: Workspace,
    pub(crate) app: App,
    pub(crate) needs: Resources,
}

impl Home {
    pub(crate) async fn start() -> Result<Self> {
        let registry = Registry::start().await?;
        let chart = registry.push_chart(&fleet::chart("stand-in")).await?;
        let mut site = sample::<Site>("sites", "par1")?;
        samples::use_registry(&mut site, &registry);
        operators::declare(&mut site);
        let builder = Cluster::builder(&site.name_any()).flux(true).checked_types();
        let cluster = fleet::site_as(builder, &site).await?;
        let profiles = samples::profiles()?;
        let standard = profiles.iter().find(|p: &&SovereigntyPolicy| p.name_any() == "standard");
        let mut policy = standard.context("no profile standard")?.spec.clone();
        policy.images.by_digest = true;
        site.spec.priority_classes = vec!["courante".into()];
        let mut app = sample::<App>("catalogue", "docs")?;
        app.spec.needs.kubernetes_api = vec![ApiAccess::Pods, ApiAccess::Leases];
        samples::offer(&mut app, &registry, &chart);
        let (mut tenant, mut workspace) = (tenant("essaim"), workspace("mairie", "docs", &["par1"]));
        tenant.metadata.uid = Some("9b1f4f0e-0000-4000-8000-000000000001".into());
        workspace.metadata.uid = Some("9b1f4f0e-0000-4000-8000-000000000002".into());
        let namespace = namespace_name(&tenant.name_any(), &workspace);
        let beffroi = cluster.client_as(NAMESPACE, IDENTITY).await?;
        let needs = Resources { cpu_millis: 8000, memory_bytes: 16 << 30, storage_bytes: 64 << 30 };
        let order = Order { workspace, app, needs };
        let home = Self { cluster, registry, beffroi, namespace, site, policy, tenant, order };
        home.build(&home.policy).await?;
        Ok(home)
    }

    /// What the workspace is made of under a policy.
    pub(crate) fn objects(&self, policy: &SovereigntyPolicySpec) -> Vec<Object> {
        self.objects_of(&self.order, policy)
    }

    /// Puts its namespace under another domain, as the operator does once the order says so.
    pub(crate) async fn move_to(&self, domain: &str) -> Result<()> {
        let mut moved = self.order.clone();
        moved.workspace.spec.domain = domain.into();
        let objects = self.objects_of(&moved, &self.policy);
        let namespace = objects.into_iter().find(|object| object.kind == Kind::Namespace);
        self.apply(&namespace.context("no namespace")?).await
    }

    /// Its domain.
    pub(crate) fn domain(&self) -> &str {
        &self.order.workspace.spec.domain
    }

    /// Writes that it leaves on its namespace.
    pub(crate) async fn doom(&self) -> Result<()> {
        let object = self.api(Kind::Namespace).get(&self.namespace).await?;
        self.apply(&doomed(&Live::of(Kind::Namespace, object))).await
    }

    async fn apply(&self, object: &Object) -> Result<()> {
        let params = PatchParams::apply("beffroi").force();
        self.api(object.kind).patch(object.name(), &params, &Patch::Apply(&object.manifest)).await?;
        Ok(())
    }

    /// What another workspace is made of under a policy.
    pub(crate) fn objects_of(&self, order: &Order, policy: &SovereigntyPolicySpec) -> Vec<Object> {
        let apps = [(&order.app, &order.app.spec.releases[0])];
        desired(&self.placed(order, policy, &apps))
    }

    fn placed<'a>(
        &'a self,
        order: &'a Order,
        policy: &'a SovereigntyPolicySpec,
        apps: &'a [(&'a App, &'a Release)],
    ) -> Placed<'a> {
        let Order { workspace, needs, .. } = order;
        Placed { tenant: &self.tenant, workspace, site: &self.site, policy, apps, gone: &[], needs: *needs }
    }

    /// The pod by which Beffroi tries what the workspace reaches.
    pub(crate) fn probe(&self, prober: &Prober) -> Pod {
        let apps = [(&self.order.app, &self.order.app.spec.releases[0])];
        probe::build(&self.placed(&self.order, &self.policy, &apps), prober, "0.0")
    }

    /// Makes an object of the workspace as Beffroi; its name.
    pub(crate) async fn beffroi_makes(&self, pod: &Value) -> Result<String> {
        let api: Api<Pod> = Api::namespaced(self.beffroi.clone(), &self.namespace);
        Ok(api.create(&PostParams::default(), &serde_json::from_value(pod.clone())?).await?.name_any())
    }

    /// Writes all of it, as the operator does.
    pub(crate) async fn build(&self, policy: &SovereigntyPolicySpec) -> Result<()> {
        self.write(self.objects(policy)).await
    }

    /// Writes objects of a workspace, as the operator does.
    pub(crate) async fn write(&self, objects: Vec<Object>) -> Result<()> {
        for object in objects {
            let api = self.api_in(object.kind, object.manifest.metadata.namespace.as_deref());
            let name = object.name();
            let written = if object.kind == Kind::Namespace && api.get_opt(name).await?.is_none() {
                api.create(&PostParams::default(), &object.manifest).await
            } else {
                api.patch(name, &PatchParams::apply("beffroi").force(), &Patch::Apply(&object.manifest)).await
            };
            written.with_context(|| format!("{} {name}", object.kind.name()))?;
        }
        Ok(())
    }

    /// Beffroi's way to a kind in the workspace's namespace.
    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        self.api_in(kind, Some(&self.namespace))
    }

    fn api_in(&self, kind: Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        match (kind, namespace) {
            (Kind::Namespace, _) | (_, None) => Api::all_with(self.beffroi.clone(), &kind.api_resource()),
            (_, Some(name)) => Api::namespaced_with(self.beffroi.clone(), name, &kind.api_resource()),
        }
    }

    /// The first object of a kind, as JSON.
    pub(crate) fn object(&self, kind: Kind) -> Value {
        let objects = self.objects(&self.policy);
        let found = objects.into_iter().find(|object| object.kind == kind).unwrap();
        serde_json::to_value(found.manifest).unwrap()
    }

    /// An image that the workspace may use.
    pub(crate) fn image(&self) -> String {
        format!("{}/apps/web:1@sha256:{}", self.registry.host(), "0a".repeat(32))
    }

    /// A pod that may run: Pod Security `restricted`, nothing out of the ordinary.
    pub(crate) fn pod(&self) -> Value {
        json!({
            "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container("app", &self.image())],
        })
    }
}

/// A container that may run.
pub(crate) fn container(name: &str, image: &str) -> Value {
    json!({"name": name, "image": image, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}})
}

/// A sample of a kind, by name.
pub(crate) fn sample<K: kube::Resource + serde::de::DeserializeOwned>(folder: &str, name: &str) -> Result<K>
where
    K::DynamicType: Default,
{
    let all: Vec<K> = samples::read(folder)?;
    all.into_iter().find(|k| k.meta().name.as_deref() == Some(name)).with_context(|| format!("no {name}"))
}
