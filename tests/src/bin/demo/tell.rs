//! What the demo prints, for people.

use std::time::Instant;

use beffroi_crds::{Workspace, workspace::Verdict};
use beffroi_tests::{Fleet, Operator};
use kube::ResourceExt;

/// A new step.
pub(crate) fn step(text: &str) {
    println!("\n▸ {text}");
}

/// A line below a step.
pub(crate) fn line(text: &str) {
    println!("  {text}");
}

/// How long it has all taken so far.
pub(crate) fn done(started: &Instant) {
    println!("  ({} s since the start)", started.elapsed().as_secs());
}

/// Where a workspace lies, and why not elsewhere.
pub(crate) fn workspace(workspace: &Workspace) {
    let status = workspace.status.clone().unwrap_or_default();
    let sites: Vec<String> = status.sites.iter().map(|s| format!("{} ({})", s.name, s.city)).collect();
    println!("\n  {}/{}", workspace.namespace().unwrap_or_default(), workspace.name_any());
    println!("    lies on      {}", sites.join(" and "));
    let apps: Vec<String> = status.releases.iter().map(|r| format!("{} {}", r.app, r.version)).collect();
    println!("    runs         {}", apps.join(", "));
    for condition in status.conditions.iter().filter(|c| c.status != "True") {
        let said = format!("{}={} ({})", condition.type_, condition.status, condition.reason);
        println!("    not so       {said}: {}", condition.message);
    }
    for site in &status.refused {
        println!("    not on {:<5} {}", site.name, first(&site.by));
        for judgement in site.by.iter().skip(1) {
            println!("                 {}", judged(judgement));
        }
    }
    for warning in &status.warnings {
        println!("    warning      {}", judged(warning));
    }
}

fn first(by: &[beffroi_crds::workspace::Judgement]) -> String {
    by.first().map(judged).unwrap_or_default()
}

fn judged(judgement: &beffroi_crds::workspace::Judgement) -> String {
    let verdict = match judgement.verdict {
        Verdict::Unproven => " (unproven)",
        _ => "",
    };
    format!("{}{verdict}: {}", judgement.rule, judgement.reason)
}

/// How to look around.
pub(crate) fn explore(fleet: &Fleet, operator: &Operator) {
    step("All of it goes on running until Ctrl-C. In another terminal:");
    let kube = fleet.management.parts().program("kube");
    println!("  alias k='{} kubectl'", kube.display());
    println!("  export KUBECONFIG={}", fleet.management.kubeconfig().display());
    println!("  k get beffroi -A");
    println!("  k describe workspace communication -n tenant-ght-bm");
    println!("  export BEFFROI_LOG={}", operator.evidence_log());
    for command in ["where communication -n", "explain communication -n", "log --tenant"] {
        let of = if command.ends_with("-n") { "tenant-ght-bm" } else { "ght-bm" };
        println!("  target/debug/beffroi {command} {of}");
    }
    for (name, cluster) in &fleet.sites {
        println!(
            "  k --kubeconfig {} get pods,networkpolicies,helmreleases -A    # site {name}",
            cluster.kubeconfig().display()
        );
    }
}
