//! `helm uninstall` of a site's chart would leave workspaces without their guards: it is refused while one is left, and
//! takes all away afterwards.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_tests::fleet::{NAMESPACE, chart};
use serde_json::json;

use crate::guards::home::Home;

const RELEASE: &str = "beffroi-site";

/// Admission policies and bindings of the chart that are there, by kind and name.
async fn held(cluster: &Cluster) -> Result<Vec<String>> {
    let kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
    let arguments = ["get", kinds, "-l", "app.kubernetes.io/name=beffroi-site", "-o", "name"];
    let told = cluster.kubectl(&arguments).await?;
    Ok(told.lines().filter(|line| line.contains('/')).map(str::to_owned).collect())
}

pub(crate) async fn is_refused_while_a_workspace_is_left(home: &Home) -> Result<()> {
    is_refused(&home.cluster, &format!("namespace {} holds a workspace", home.namespace)).await
}

async fn is_refused(cluster: &Cluster, why: &str) -> Result<()> {
    let before = held(cluster).await?;
    let refused = cluster.helm_uninstall(RELEASE, NAMESPACE).await.err();
    let told = refused.context("the guards were taken away")?.to_string();
    for words in [why, "uninstall.withWorkspaces=true"] {
        ensure!(told.contains(words), "{words}: {told}");
    }
    let after = held(cluster).await?;
    ensure!(!before.is_empty() && before == after, "{before:?} {after:?}");
    Ok(())
}

/// The smaller workspace is still there.
pub(crate) async fn goes_where_somebody_says_so(home: &Home) -> Result<()> {
    is_refused(&home.cluster, "holds a workspace").await?;
    let said = json!({"uninstall": {"withWorkspaces": true}});
    home.cluster.helm_install(RELEASE, NAMESPACE, &chart(RELEASE), &said).await?;
    takes_all_away(&home.cluster).await
}

async fn takes_all_away(cluster: &Cluster) -> Result<()> {
    cluster.helm_uninstall(RELEASE, NAMESPACE).await?;
    let left = held(cluster).await?;
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

/// A site where nobody is left, and one release at a time, whatever its name: as YAML reads it, a number and a boolean.
#[tokio::test]
async fn a_site_without_workspaces_is_left_and_taken_again() -> Result<()> {
    let cluster = Cluster::builder("site").start().await?;
    cluster.helm_install(RELEASE, NAMESPACE, &chart(RELEASE), &json!({})).await?;
    let second = cluster.helm_install("123", "on", &chart(RELEASE), &json!({})).await.err();
    let told = second.context("two releases in one cluster")?.to_string();
    ensure!(told.contains("by release beffroi-site in namespace beffroi-system"), "{told}");
    takes_all_away(&cluster).await?;
    cluster.helm_install("123", "on", &chart(RELEASE), &json!({"token": {"longLived": true}})).await?;
    cluster.helm_uninstall("123", "on").await?;
    cluster.stop();
    Ok(())
}
