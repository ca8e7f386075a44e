//! What the charts define for people with kubectl: staff of the hosting provider declare everything, and who may look into
//! the namespace of a tenant sees its workspaces.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_crds::{App, Provider, Site, SovereigntyPolicy, Tenant};
use beffroi_tests::{
    Fleet, eventually,
    rights::{Atom, Holder, Target, granted},
    samples,
    scene::workspace,
};
use k8s_openapi::api::{
    core::v1::{Namespace, ServiceAccount},
    rbac::v1::{ClusterRoleBinding, RoleBinding},
};
use kube::{
    Api, Client, Resource,
    api::{ObjectMeta, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{exercise, turn};

/// Where people of a tenant look, with the role `view` of Kubernetes' own.
const HOME: &str = "tenant-essaim";

#[tokio::test(flavor = "multi_thread")]
async fn people_declare_and_look() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let cluster = &fleet.management;
    let admin = cluster.admin();
    let home = Namespace {
        metadata: ObjectMeta { name: Some(HOME.into()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    Api::<Namespace>::all(admin.clone()).create(&PostParams::default(), &home).await?;
    for name in ["hebergeur", "agent"] {
        let account = json!({"metadata": {"name": name}});
        let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), HOME);
        accounts.create(&PostParams::default(), &serde_json::from_value(account)?).await?;
    }
    let everywhere: Api<ClusterRoleBinding> = Api::all(admin.clone());
    everywhere.create(&PostParams::default(), &bound("hebergeur", "beffroi-hebergeur")?).await?;
    let there: Api<RoleBinding> = Api::namespaced(admin.clone(), HOME);
    there.create(&PostParams::default(), &bound("agent", "view")?).await?;

    let (staff, agent) =
        (cluster.client_as(HOME, "hebergeur").await?, cluster.client_as(HOME, "agent").await?);
    let mut atoms: Vec<Atom> =
        granted().await?.into_iter().filter(|g| g.holder == Holder::People).map(|g| g.atom).collect();
    atoms.sort_by_key(turn);
    let (declared, seen): (Vec<&Atom>, Vec<&Atom>) =
        atoms.iter().partition(|atom| atom.role == "ClusterRole/beffroi-hebergeur");
    seen_before_it_goes(cluster, &agent, &seen, &declared, &staff).await?;
    fleet.stop();
    Ok(())
}

/// Staff live through each right in its turn; in between, while all is there, others look.
async fn seen_before_it_goes(
    cluster: &Cluster,
    agent: &Client,
    seen: &[&Atom],
    declared: &[&Atom],
    staff: &Client,
) -> Result<()> {
    let (kept, last): (Vec<&Atom>, Vec<&Atom>) = declared.iter().partition(|atom| atom.verb != "delete");
    for atom in kept {
        live(staff, atom).await?;
    }
    for atom in seen {
        // The role `view` takes this one in when the controller manager has seen it.
        eventually("what is aggregated", async || live(agent, atom).await).await?;
    }
    for atom in last {
        live(staff, atom).await?;
    }
    let left = Api::<Tenant>::all(cluster.admin()).list(&kube::api::ListParams::default()).await?;
    ensure!(left.items.is_empty(), "{left:?}");
    Ok(())
}

async fn live(who: &Client, atom: &Atom) -> Result<()> {
    let Target::Objects { resource, .. } = &atom.target else { anyhow::bail!("{atom}: of no object") };
    let (home, object) = match &**resource {
        "providers" => (None, first::<Provider>(samples::providers()?)?),
        "sites" => (None, first::<Site>(samples::read("sites")?)?),
        "sovereigntypolicies" => {
            let mut policy = first::<SovereigntyPolicy>(samples::profiles()?)?;
            // The chart brings those that it is taken from.
            policy["metadata"]["name"] = json!("locale");
            (None, policy)
        }
        "apps" => (None, first::<App>(samples::read("catalogue")?)?),
        "tenants" => (None, first::<Tenant>(samples::read("tenants")?)?),
        "workspaces" => (Some(HOME), serde_json::to_value(workspace("mairie", "docs", &[]))?),
        other => anyhow::bail!("nobody knows {other}"),
    };
    exercise(who, home, atom, &object).await
}

fn first<K: Serialize>(all: Vec<K>) -> Result<Value> {
    Ok(serde_json::to_value(all.into_iter().next().context("no sample")?)?)
}

fn bound<K: Resource + DeserializeOwned>(account: &str, role: &str) -> Result<K> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": account},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": HOME}],
    }))?)
}
