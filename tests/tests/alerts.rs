//! The alerts of chart `beffroi`, as it renders them: Prometheus' own tool takes them, and each fires and clears as
//! `alerts/tests.yaml` says; each has a runbook.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{
    helm,
    parts::{Extra, Parts},
};
use beffroi_tests::{
    fleet::{NAMESPACE, chart},
    samples,
};
use serde_json::{Value, json};

/// Where the kinds of the Prometheus operator are served.
const SERVED: [&str; 2] = ["--api-versions", "monitoring.coreos.com/v1"];

async fn rendered(arguments: &[&str]) -> Result<Vec<Value>> {
    let all =
        json!({"rules": true, "serviceMonitors": true, "dashboard": true, "labels": {"release": "prom"}});
    let values = json!({"replicas": 0, "monitoring": all});
    Ok(helm::render_as("beffroi", NAMESPACE, &chart("beffroi"), &values, arguments).await?)
}

fn of<'a>(manifests: &'a [Value], kind: &str) -> Vec<&'a Value> {
    manifests.iter().filter(|manifest| manifest["kind"] == kind).collect()
}

#[tokio::test]
async fn each_alert_fires_and_clears() -> Result<()> {
    let manifests = rendered(&SERVED).await?;
    let rules = of(&manifests, "PrometheusRule");
    let rules = &rules.first().context("no PrometheusRule")?["spec"];
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("rules.yaml"), serde_yaml::to_string(rules)?)?;
    let tests = fs::read_to_string(chart("beffroi").join("alerts/tests.yaml"))?;
    fs::write(folder.path().join("tests.yaml"), &tests)?;
    let promtool = tokio::task::spawn_blocking(|| Parts::extra(Extra::Promtool)).await??;
    for arguments in [["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]] {
        let mut command = Command::new(promtool.program(Extra::Promtool.program()));
        let output = command.args(arguments).current_dir(folder.path()).output()?;
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "promtool {arguments:?}: {said}");
    }

    // None is left out there, and each is told what to do at.
    let groups = rules["groups"].as_array().context("no groups")?;
    let rules: Vec<&Value> = groups.iter().filter_map(|group| group["rules"].as_array()).flatten().collect();
    let tests: Value = serde_yaml::from_str(&tests)?;
    let tests = tests["tests"].as_array().context("no tests")?;
    let runbooks = fs::read_to_string(samples::root().join("docs/operations/runbooks.md"))?;
    for rule in rules {
        let name = rule["alert"].as_str().context("no alert")?;
        ensure!(tests.iter().any(|test| test["name"] == name), "{name} is never made to fire");
        ensure!(runbooks.contains(&format!("\n## {name}\n")), "{name} has no runbook");
        let address = rule["annotations"]["runbook_url"].as_str().unwrap_or_default();
        ensure!(address.ends_with(&format!("runbooks.md#{}", name.to_lowercase())), "{name}: {address}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_watched_is_asked_for_where_it_is_served() -> Result<()> {
    let (served, unserved) = (rendered(&SERVED).await?, rendered(&[]).await?);
    for kind in ["PrometheusRule", "ServiceMonitor"] {
        ensure!(!of(&served, kind).is_empty() && of(&unserved, kind).is_empty(), "{kind}");
        for manifest in of(&served, kind) {
            ensure!(manifest["metadata"]["labels"]["release"] == "prom", "{manifest}");
        }
    }
    for monitor in of(&served, "ServiceMonitor") {
        let wanted = monitor["spec"]["selector"]["matchLabels"].as_object().context("no labels")?;
        let chosen: Vec<&Value> = of(&served, "Service")
            .into_iter()
            .filter(|service| wanted.iter().all(|(key, value)| service["metadata"]["labels"][key] == *value))
            .collect();
        let [service] = chosen.as_slice() else { anyhow::bail!("{} Services: {monitor}", chosen.len()) };
        let port = &monitor["spec"]["endpoints"][0]["port"];
        ensure!(service["spec"]["ports"][0]["name"] == *port, "{service}");
    }
    let dashboard = of(&unserved, "ConfigMap");
    let dashboard = dashboard.first().context("no dashboard")?;
    ensure!(dashboard["metadata"]["labels"]["grafana_dashboard"] == "1", "{dashboard}");
    let text = dashboard["data"]["beffroi.json"].as_str().context("no JSON")?;
    let drawn: Value = serde_json::from_str(text)?;
    ensure!(drawn["panels"].as_array().is_some_and(|panels| panels.len() > 5), "{drawn}");
    known_to_the_programs(text)
}

/// Each measure that is drawn is written somewhere in the programs.
fn known_to_the_programs(text: &str) -> Result<()> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names: BTreeSet<&str> = words.filter(|word| word.starts_with("beffroi_")).collect();
    let mut sources = String::new();
    for folder in ["operator/src", "api/src", "process/src"] {
        read_all(&samples::root().join(folder), &mut sources)?;
    }
    for name in names {
        let name = name.trim_end_matches("_bucket");
        ensure!(
            sources.contains(&format!("\"{name}\"")) || name == "beffroi_ends_seconds",
            "nobody measures {name}"
        );
    }
    Ok(())
}

fn read_all(folder: &std::path::Path, text: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, text)?;
        } else {
            text.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
