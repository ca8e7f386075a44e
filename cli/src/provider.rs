//! Who owns a provider: the providers and a policy of the management cluster → the graph of `core` → a tree, with the
//! shares as fractions, and the path of each refusal.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use beffroi_core::{
    message::Language,
    policy::ownership::graph::{Edge, Graph, graph},
};
use beffroi_crds::{Provider, SovereigntyPolicy, ownership::Ground};
use clap::Args;
use kube::{Api, ResourceExt, api::ListParams};

use crate::{
    access::{self, Output},
    plain,
};

/// A provider, and by which rules.
#[derive(Args)]
pub(crate) struct Asked {
    /// Name of the provider.
    name: String,
    /// Name of the policy that says which countries are allowed and which control is excluded.
    #[arg(long, default_value = "standard")]
    policy: String,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// Prints who owns it.
pub(crate) async fn explain(asked: &Asked) -> anyhow::Result<()> {
    let client = access::client().await?;
    let policies: Api<SovereigntyPolicy> = Api::all(client.clone());
    let Some(policy) = policies.get_opt(&asked.policy).await? else {
        anyhow::bail!(
            "no SovereigntyPolicy is named {}: `kubectl get sovereigntypolicies` lists them",
            asked.policy
        );
    };
    let all = Api::<Provider>::all(client).list(&ListParams::default()).await?.items;
    let all: BTreeMap<String, Arc<Provider>> =
        all.into_iter().map(|provider| (provider.name_any(), Arc::new(provider))).collect();
    let Some(found) = graph(&all.into(), &asked.name, &policy.spec.law, Language::En) else {
        anyhow::bail!("no Provider is named {}: `kubectl get providers` lists them", asked.name);
    };
    match asked.output {
        Output::Text => print!("{}", text(&found)),
        Output::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        Output::Yaml => print!("{}", serde_yaml::to_string(&found)?),
    }
    Ok(())
}

/// The tree, what refuses, and what is not known.
pub(crate) fn text(graph: &Graph) -> String {
    let mut out = String::new();
    let mut followed = vec![false; graph.nodes.len()];
    walk(graph, 0, None, 0, &mut followed, &mut out);
    if graph.refusals.is_empty() {
        out.push_str("no rule on ownership is broken by what is declared\n");
    }
    for refusal in &graph.refusals {
        let path = &refusal.path;
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "{} broken: {}", refusal.rule, plain(&path.holders.join(", ")));
        if let Some(share) = &path.share {
            let reckoned = path.reckoned.as_ref().filter(|reckoned| *reckoned != share);
            let sum = reckoned.map(|reckoned| format!(" = {reckoned}")).unwrap_or_default();
            let _ = write!(out, ", {share} {}{sum}", by(path.ground));
        }
        out.push('\n');
        for step in &path.steps {
            let _ = writeln!(
                out,
                "  {} ({}) has {} of capital and {} of votes of {}{}",
                plain(&step.holder),
                step.country,
                step.capital,
                step.votes,
                plain(&step.of),
                decides(&step.decides)
            );
        }
    }
    if !graph.unsaid.is_empty() {
        out.push_str("not known\n");
    }
    for unsaid in &graph.unsaid {
        let _ = writeln!(out, "  {}", plain(unsaid));
    }
    out
}

/// A node, and below it who holds it; one that came before is not followed again.
fn walk(
    graph: &Graph,
    at: usize,
    edge: Option<&Edge>,
    depth: usize,
    followed: &mut [bool],
    out: &mut String,
) {
    let Some(node) = graph.nodes.get(at) else { return };
    let again = followed.get_mut(at).is_none_or(|seen| std::mem::replace(seen, true));
    let standing = match (node.excluded, node.outside, node.open) {
        (true, ..) => ", under an excluded law",
        (_, true, _) => ", outside the allowed countries",
        (.., true) => ", not all is known of who decides",
        _ => "",
    };
    let mark = if edge.is_some_and(|edge| edge.refuses) { "✕ " } else { "" };
    let _ = write!(
        out,
        "{}{mark}{} ({}){standing}",
        "  ".repeat(depth),
        plain(&node.name),
        node.countries.join(", ")
    );
    if let Some(edge) = edge {
        let _ = write!(
            out,
            ": {} of capital ({}), {} of votes ({}){}",
            edge.capital_percent,
            edge.capital,
            edge.votes_percent,
            edge.votes,
            decides(&edge.decides)
        );
    }
    out.push_str(if again { ", see above\n" } else { "\n" });
    if again {
        return;
    }
    for held in graph.edges.iter().filter(|held| held.of == at && held.holder != at) {
        walk(graph, held.holder, Some(held), depth + 1, followed, out);
    }
}

fn decides(grounds: &[Ground]) -> String {
    if grounds.is_empty() {
        return String::new();
    }
    format!(", decides {}", grounds.iter().map(|ground| by(*ground)).collect::<Vec<_>>().join(", "))
}

fn by(ground: Ground) -> &'static str {
    match ground {
        Ground::Capital => "by capital",
        Ground::Votes => "by votes",
        Ground::Presumption => "by more than 40 % of the votes with nobody larger",
        Ground::Veto => "by a veto",
        Ground::Appointment => "by appointing the majority",
        Ground::Concert => "in concert",
        Ground::Seat => "by its own seat",
    }
}
