//! The ownership of one provider as data for whoever draws it: nodes, edges, and which of them refuse.

use std::collections::BTreeMap;

use beffroi_crds::{
    ownership::{Ground, OwnershipPath},
    policy,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Law, Ownership, hands::HandId, ratio};
use crate::{
    message::{In, Language},
    providers::Providers,
};

/// Who stands behind a provider.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// Hands; the provider itself comes first.
    pub nodes: Vec<Node>,
    /// Who holds what of whom.
    pub edges: Vec<Edge>,
    /// What the rules on ownership find of the provider.
    pub refusals: Vec<Refusal>,
    /// What is not known, as sentences in the language that was asked for.
    pub unsaid: Vec<String>,
}

/// A legal entity or person.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Name of the `Provider` that describes it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Lands that it is tied to.
    pub countries: Vec<String>,
    /// Whether one of them is outside what the policy allows.
    pub outside: bool,
    /// Whether the policy excludes control from one of them.
    pub excluded: bool,
    /// Whether somebody who is not known may decide over it.
    pub open: bool,
}

/// A holding.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// Who holds: its place in `nodes`.
    pub holder: usize,
    /// Of whom: its place in `nodes`.
    pub of: usize,
    /// Share of the capital, of what is exercised, as a fraction.
    pub capital: String,
    /// The same in percent.
    pub capital_percent: String,
    /// Share of the votes, of what is exercised, as a fraction.
    pub votes: String,
    /// The same in percent.
    pub votes_percent: String,
    /// By what the holder decides over it, where it does.
    pub decides: Vec<Ground>,
    /// Whether it is part of a path that refuses.
    pub refuses: bool,
}

/// A rule that is broken.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Its id.
    pub rule: String,
    /// How it comes about.
    pub path: OwnershipPath,
}

/// Who stands behind a provider, under what a policy says of laws; nothing where no provider has the name.
pub fn graph(providers: &Providers, name: &str, law: &policy::Law, language: Language) -> Option<Graph> {
    let law = Law(law);
    let ownership = Ownership::of(providers.behind(name).into_iter(), law);
    let root = ownership.hand(name)?;
    let mut order: Vec<HandId> =
        ownership.declared.behind(root).iter().copied().filter(|id| *id != root).collect();
    order.insert(0, root);
    let place: BTreeMap<HandId, usize> = order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let refusals = ownership.refusals(root, &law);
    let mut edges = Vec::new();
    for id in &order {
        let Some(firm) = ownership.declared.firms.get(id) else { continue };
        for line in &firm.lines {
            let (Some(holder), Some(of)) = (place.get(&line.holder), place.get(id)) else { continue };
            let decider =
                ownership.told_in(*id).deciders.direct.get(id).and_then(|all| all.get(&line.holder));
            let (holds, held) = (ownership.name(line.holder), ownership.name(*id));
            let steps = || refusals.iter().flat_map(|refusal| &refusal.path.steps);
            edges.push(Edge {
                holder: *holder,
                of: *of,
                capital: ratio::fraction(&line.capital),
                capital_percent: ratio::percent(&line.capital, None).0,
                votes: ratio::fraction(&line.votes),
                votes_percent: ratio::percent(&line.votes, None).0,
                decides: decider.map(|d| d.grounds.iter().copied().collect()).unwrap_or_default(),
                refuses: steps().any(|step| step.holder == holds && step.of == held),
            });
        }
    }
    let doubts = ownership.doubts(root, false);
    let unsaid = doubts.iter().map(|(id, doubt)| In(language, &ownership.unknown(*id, doubt)).to_string());
    Some(Graph {
        nodes: order.iter().filter_map(|id| ownership.node(*id)).collect(),
        edges,
        refusals,
        unsaid: unsaid.collect(),
    })
}

impl Ownership<'_> {
    fn node(&self, id: HandId) -> Option<Node> {
        let hand = self.hands.all.get(id)?;
        let somebody = self.hands.somebody();
        Some(Node {
            name: hand.name.to_owned(),
            provider: hand.described.first().map(|(name, _)| (*name).to_owned()),
            countries: hand.lands.iter().map(|land| (*land).to_owned()).collect(),
            outside: hand.outside.is_some(),
            excluded: hand.excluded.is_some(),
            open: self.world(somebody).deciders.over(id).contains(&somebody),
        })
    }

    /// What the rules on ownership find of a firm, with how it comes about.
    pub fn refusals(&self, root: HandId, law: &Law<'_>) -> Vec<Refusal> {
        let found = self.findings(root, &law.limits()).broken;
        let refusal = |rule: &str, path| Refusal { rule: rule.to_owned(), path };
        let each = found.each.iter().map(|e| refusal("JUR-02", self.path_of_excess(root, e)));
        let together = found.together.iter().map(|e| refusal("JUR-03", self.path_of_excess(root, e)));
        let powers = found.powers.iter().map(|p| refusal("JUR-04", self.path_of_power(root, p)));
        let rulers = found.rulers.iter().map(|r| refusal("JUR-05", self.path_of_ruler(root, *r)));
        each.chain(together).chain(powers).chain(rulers).collect()
    }
}
