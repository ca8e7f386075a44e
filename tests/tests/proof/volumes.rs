//! A volume that is not what its class says: of another driver, made by hand, of another topology; a class that
//! Kubernetes takes from an annotation; a class that became another one; and a place that nobody can tell, which is a
//! finding only where the policy wants proof.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use beffroi_crds::{Site, SovereigntyPolicy};
use beffroi_tests::{
    Scene, eventually,
    scene::{until, until_reason},
};
use k8s_openapi::api::{
    core::v1::{PersistentVolume, PersistentVolumeClaim},
    storage::v1::StorageClass,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::proof::{
    breaches::{healed, told},
    bundles,
};

const CLASS: &str = "volume-chiffre";
const DRIVER: &str = "cinder.csi.openstack.org";
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// The claim and the volume that a test spoils one thing of.
struct Disk<'a> {
    site: &'a Client,
    namespace: &'a str,
}

pub(crate) async fn elsewhere_or_nobody_knows_where_are_told(
    scene: &Scene,
    site: &Client,
    namespace: &str,
) -> Result<()> {
    let disk = Disk { site, namespace };
    let provisioned = json!({"annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}});
    let here = scene_region(scene).await?;
    for (spoil, words) in [
        // As its driver would have made it, but for one thing.
        (
            json!({"spec": {"csi": {"driver": "disques.example.com"}}}),
            "a volume of driver disques.example.com",
        ),
        (json!({"metadata": {"annotations": {"pv.kubernetes.io/provisioned-by": null}}}), "made by hand"),
        (json!({"metadata": {"annotations": {CLASS_ANNOTATION: "francfort"}}}), "storage class francfort"),
        (json!({"metadata": {"labels": {"topology.kubernetes.io/region": "de-fra"}}}), "region in "),
    ] {
        let mut volume = disk.volume(&provisioned, Some(&here));
        merge(&mut volume, &spoil);
        disk.put(&volume, &json!({})).await?;
        let found = told(scene, "LOC-01", "PersistentVolume disque", Instant::now()).await?;
        ensure!(found.observed.contains(words), "{words}: {found:?}");
        disk.remove().await?;
        healed(scene).await?;
    }
    // Kubernetes takes the class of the annotation, whatever the spec says.
    disk.claim(&json!({CLASS_ANNOTATION: "francfort"})).await?;
    let found = told(scene, "LOC-01", "PersistentVolumeClaim disque", Instant::now()).await?;
    ensure!(found.observed.contains("storage class francfort"), "{found:?}");
    disk.remove().await?;
    healed(scene).await?;

    disk.put(&disk.volume(&provisioned, Some(&here)), &json!({})).await?;
    bound(&disk).await?;
    healed(scene).await?;
    a_class_that_became_another(scene, site).await?;
    disk.remove().await?;

    disk.put(&disk.volume(&provisioned, None), &json!({})).await?;
    bound(&disk).await?;
    a_place_that_nobody_can_tell(scene).await?;
    disk.remove().await?;
    healed(scene).await.map(|_| ())
}

/// What the site says each of its nodes bears.
async fn scene_region(scene: &Scene) -> Result<(String, String)> {
    let site = Api::<Site>::all(scene.client()).get("rbx1").await?;
    let labels = &site.spec.nodes.labels;
    let region = labels.iter().next().context("the sample declares labels")?;
    Ok((region.0.clone(), region.1.clone()))
}

/// Somebody deletes the class, and makes another of its name.
async fn a_class_that_became_another(scene: &Scene, site: &Client) -> Result<()> {
    let classes: Api<StorageClass> = Api::all(site.clone());
    let sites: Api<Site> = Api::all(scene.client());
    let first = classes.get(CLASS).await?;
    let again = |spoil: fn(&mut StorageClass)| {
        let metadata = ObjectMeta { name: Some(CLASS.into()), ..ObjectMeta::default() };
        let mut class = StorageClass { metadata, ..first.clone() };
        spoil(&mut class);
        class
    };
    let put = async |class: StorageClass| -> Result<Instant> {
        classes.delete(&class.name_any(), &DeleteParams::default()).await?;
        classes.create(&PostParams::default(), &class).await?;
        Ok(Instant::now())
    };
    for (spoil, words) in [
        (
            (|class| class.provisioner = "disques.example.com".into()) as fn(&mut StorageClass),
            "disques.example.com",
        ),
        (
            |class| _ = class.parameters.get_or_insert_default().insert("endpoint".into(), "de-fra".into()),
            "parameter endpoint, which is not declared",
        ),
    ] {
        let broken = put(again(spoil)).await?;
        let found = told(scene, "LOC-01", "PersistentVolumeClaim disque", broken).await?;
        ensure!(found.observed.contains(words) && !found.observed.contains("de-fra"), "{found:?}");
        let message = until_reason(&sites, "rbx1", "Verified", "ContradictsDeclaration").await?;
        ensure!(message.contains(words), "{message}");
        put(again(|_| ())).await?;
        until(&sites, "rbx1", "Verified", "True").await?;
        healed(scene).await?;
    }
    Ok(())
}

async fn a_place_that_nobody_can_tell(scene: &Scene) -> Result<()> {
    let workspace = healed(scene).await?;
    ensure!(workspace.status.is_some_and(|s| s.findings.is_empty()), "nobody asks for proof");
    let key = bundles::path(scene, "beffroi.pub");
    eventually("a statement that says so", async || {
        let ran = bundles::until_verified(scene, "mairie", &key, 0).await?;
        ensure!(ran.out.contains("ni sa topologie ni ce qui l'a fourni"), "{}", ran.out);
        Ok(())
    })
    .await?;
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let ask = async |proven: bool| -> Result<Instant> {
        let wanted = Patch::Merge(json!({"spec": {"volumes": {"provenPlace": proven}}}));
        policies.patch("standard", &PatchParams::default(), &wanted).await?;
        Ok(Instant::now())
    };
    let asked = ask(true).await?;
    let found = told(scene, "LOC-01", "PersistentVolume disque", asked).await?;
    ensure!(found.observed == "no topology that shows its place", "{found:?}");
    ask(false).await?;
    healed(scene).await.map(|_| ())
}

/// Nothing is said of where a volume lies before its claim is bound.
async fn bound(disk: &Disk<'_>) -> Result<()> {
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(disk.site.clone(), disk.namespace);
    eventually("a bound claim", async || {
        let claim = claims.get("disque").await?;
        let phase = claim.status.and_then(|status| status.phase);
        ensure!(phase.as_deref() == Some("Bound"), "{phase:?}");
        Ok(())
    })
    .await
}

impl Disk<'_> {
    /// A volume as the class's driver would have made it, in `topology`.
    fn volume(&self, metadata: &Value, topology: Option<&(String, String)>) -> Value {
        let mut volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disque"}, "spec": {
            "capacity": {"storage": "1Mi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": CLASS,
            "csi": {"driver": DRIVER, "volumeHandle": "0a1b"},
            "claimRef": {"namespace": self.namespace, "name": "disque"},
        }});
        merge(&mut volume["metadata"], metadata);
        if let Some((key, value)) = topology {
            let term = json!({"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]});
            volume["spec"]["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": [term]}});
        }
        volume
    }

    async fn put(&self, volume: &Value, annotations: &Value) -> Result<()> {
        let volumes: Api<PersistentVolume> = Api::all(self.site.clone());
        volumes.create(&PostParams::default(), &serde_json::from_value(volume.clone())?).await?;
        self.claim(annotations).await
    }

    async fn claim(&self, annotations: &Value) -> Result<()> {
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(self.site.clone(), self.namespace);
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "disque", "annotations": annotations},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": CLASS, "volumeName": "disque",
                "resources": {"requests": {"storage": "1Mi"}}}});
        claims.create(&PostParams::default(), &serde_json::from_value(claim)?).await?;
        Ok(())
    }

    async fn remove(&self) -> Result<()> {
        let volumes: Api<PersistentVolume> = Api::all(self.site.clone());
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(self.site.clone(), self.namespace);
        claims.delete("disque", &DeleteParams::default()).await?;
        if volumes.get_opt("disque").await?.is_some() {
            volumes.delete("disque", &DeleteParams::default()).await?;
        }
        eventually("its end", async || {
            ensure!(claims.get_opt("disque").await?.is_none(), "the claim is there still");
            ensure!(volumes.get_opt("disque").await?.is_none(), "the volume is there still");
            Ok(())
        })
        .await
    }
}

/// Merges as a JSON merge patch does.
fn merge(into: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else { return into.clone_from(patch) };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in fields {
        match value {
            Value::Null => _ = into.as_object_mut().map(|map| map.remove(key)),
            _ => merge(&mut into[key.as_str()], value),
        }
    }
}
