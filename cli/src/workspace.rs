//! A workspace's status, as a person reads it.

use std::fmt::Write;

use beffroi_core::plan::releases;
use beffroi_crds::{Site, Workspace, workspace::Judgement};
use kube::{Api, ResourceExt, api::ListParams};

use crate::{
    access::{self, Output, Target},
    map, plain,
};

/// Prints where it lies.
pub(crate) async fn print_location(target: &Target) -> anyhow::Result<()> {
    let client = access::client().await?;
    let found = access::workspace(client.clone(), &target.workspace).await?;
    // Whoever may read workspaces need not be allowed to read sites: no map then.
    let sites = Api::<Site>::all(client).list(&ListParams::default()).await.map(|list| list.items);
    print(target, &found, || location(&found) + &map(&found, &sites.unwrap_or_default()))
}

/// Prints why it lies there.
pub(crate) async fn print_explanation(target: &Target) -> anyhow::Result<()> {
    let found = access::workspace(access::client().await?, &target.workspace).await?;
    print(target, &found, || explanation(&found))
}

fn print(target: &Target, workspace: &Workspace, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    match target.output {
        Output::Text => print!("{}", text()),
        Output::Json => println!("{}", serde_json::to_string_pretty(&workspace.status)?),
        Output::Yaml => print!("{}", serde_yaml::to_string(&workspace.status)?),
    }
    Ok(())
}

fn map(workspace: &Workspace, sites: &[Site]) -> String {
    let placed: Vec<&str> =
        workspace.status.iter().flat_map(|status| &status.sites).map(|site| site.name.as_str()).collect();
    let points = sites.iter().filter(|site| placed.contains(&&*site.name_any())).map(|site| map::Point {
        latitude: site.spec.coordinates.latitude,
        longitude: site.spec.coordinates.longitude,
        label: format!("{} {}", site.name_any(), site.spec.city),
    });
    map::draw(&points.collect::<Vec<_>>())
}

/// On which sites it lies.
fn location(workspace: &Workspace) -> String {
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
        let message = if status.findings.is_empty() { located.message.as_str() } else { "" };
        let _ = writeln!(out, "Located={} ({}) {message}", located.status, located.reason);
    }
    let probed = status.conditions.iter().any(|c| c.type_ == "Probed");
    if !probed {
        let _ = writeln!(out, "LOC-04 is declared: the policy asks for no probe of the network");
    }
    for kind in ["Probed", "BackedUp", "Compliant"] {
        if let Some(found) = status.conditions.iter().find(|c| c.type_ == kind) {
            let _ = writeln!(out, "{kind}={} ({}) {}", found.status, found.reason, plain(&found.message));
        }
    }
    for finding in &status.findings {
        let _ = writeln!(out, "  {} {}: {}", finding.rule, finding.site, plain(&finding.object));
        let _ = writeln!(out, "         seen      {}", plain(&finding.observed));
        let _ = writeln!(out, "         expected  {}", plain(&finding.expected));
        let _ = writeln!(out, "         since     {:.0}", finding.since.0);
    }
    if status.findings_omitted > 0 {
        let _ = writeln!(
            out,
            "  + {} more, in the observation that its evidence carries",
            status.findings_omitted
        );
    }
    out
}

/// Why these sites, why not the others.
fn explanation(workspace: &Workspace) -> String {
    let mut out = location(workspace);
    let Some(status) = &workspace.status else { return out };
    for condition in status.conditions.iter().filter(|c| c.status != "True") {
        let _ = writeln!(
            out,
            "{}={} ({}): {}",
            condition.type_, condition.status, condition.reason, condition.message
        );
    }
    for held in &status.releases {
        for running in &held.running {
            let version = running.version.as_deref().unwrap_or("nothing");
            let failed =
                running.failed.as_ref().map(|failed| format!(", {failed} failed")).unwrap_or_default();
            let _ = writeln!(
                out,
                "{} runs {version} on {}, held at {}{failed}",
                held.app, running.site, held.version
            );
        }
    }
    for pending in &status.pending {
        let _ = writeln!(out, "pending {}: {}", pending.app, releases::told(pending));
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
