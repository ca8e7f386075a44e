//! A workspace's status, as a person reads it.

use std::fmt::Write;

use anyhow::{Context, bail};
use beffroi_crds::{Workspace, workspace::Judgement};
use kube::{Api, Client, ResourceExt};

use crate::Target;

/// Reads the workspace from the management cluster.
pub(crate) async fn read(target: &Target) -> anyhow::Result<Workspace> {
    let client = Client::try_default()
        .await
        .context("no access to a cluster: point KUBECONFIG at the management cluster")?;
    let api: Api<Workspace> = match &target.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::default_namespaced(client),
    };
    match api.get_opt(&target.workspace).await {
        Ok(Some(workspace)) => Ok(workspace),
        Ok(None) => bail!(
            "no workspace {} in namespace {}: `kubectl get workspaces -A` lists them; choose the tenant's with -n tenant-NAME",
            target.workspace,
            target.namespace.as_deref().unwrap_or("of the current context"),
        ),
        Err(error) => Err(error).context(
            "the workspace cannot be read: is this the management cluster, with Beffroi's kinds installed?",
        ),
    }
}

/// On which sites it lies.
pub(crate) fn location(workspace: &Workspace) -> String {
    let mut out = String::new();
    let Some(status) = workspace.status.as_ref().filter(|s| !s.sites.is_empty()) else {
        return format!("{} lies nowhere yet: `beffroi explain` says why\n", workspace.name_any());
    };
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(out, "{:<12} {:<20} {:<6} {:<6} SINCE", "SITE", "CITY", "READY", "PODS");
    for site in &status.sites {
        let since = site.since.as_ref().map(|t| format!("{:.0}", t.0)).unwrap_or_default();
        let pods = site.pods.as_deref().unwrap_or("-");
        let _ = writeln!(out, "{:<12} {:<20} {:<6} {pods:<6} {since}", site.name, site.city, site.ready);
        if let Some(message) = &site.message {
            let _ = writeln!(out, "             {message}");
        }
    }
    if let Some(located) = status.conditions.iter().find(|c| c.type_ == "Located") {
        let _ = writeln!(out, "Located={} ({}): {}", located.status, located.reason, located.message);
    }
    out
}

/// Why these sites, why not the others.
pub(crate) fn explanation(workspace: &Workspace) -> String {
    let mut out = location(workspace);
    let Some(status) = &workspace.status else { return out };
    for condition in status.conditions.iter().filter(|c| c.status != "True") {
        let _ = writeln!(
            out,
            "{}={} ({}): {}",
            condition.type_, condition.status, condition.reason, condition.message
        );
    }
    for site in &status.refused {
        let _ = writeln!(out, "refused {}", site.name);
        site.by.iter().for_each(|judgement| line(&mut out, judgement));
    }
    if !status.warnings.is_empty() {
        let _ = writeln!(out, "warnings");
        status.warnings.iter().for_each(|judgement| line(&mut out, judgement));
    }
    out
}

fn line(out: &mut String, judgement: &Judgement) {
    let _ = writeln!(
        out,
        "  {:<7} {:<9} {}",
        judgement.rule,
        format!("{:?}", judgement.verdict),
        judgement.reason
    );
}
