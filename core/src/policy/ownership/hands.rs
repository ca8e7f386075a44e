//! Who is who: every line that names a holder, and every `Provider` → hands, each one legal entity or person.
//!
//! One hand is what one identifier names, or one `Provider`, or, where no identifier tells two apart, one name. Names
//! compare as [`names`](crate::policy::names) has it. Two identifiers under one name are two hands; a line that bears
//! that name and no identifier is then a third, for nobody can tell whose it is.
//!
//! Hands are numbered by what they are, not by where they stand, so that nothing depends on the order of lines or on the
//! names of objects.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    Provider,
    provider::{HolderKind, Identifier, Shareholder},
};

use super::Law;
use crate::policy::{names::folded, territory};

/// A hand by its number.
pub type HandId = usize;

/// What is known of who stands behind a hand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behind {
    /// Nobody: a person, a public body, a foundation, the members of a cooperative; or the float of a listed company of
    /// which nobody declared 5 %.
    Nobody,
    /// Somebody, and nothing says who: a company that no `Provider` describes.
    Unsaid,
    /// Whoever holds the firm that a `Provider` describes.
    Firm,
}

/// A legal entity or person.
#[derive(Clone, Debug)]
pub struct Hand<'a> {
    /// Its name, as the `Provider` or else a line has it.
    pub name: &'a str,
    /// Lands that it is tied to: as declared by who names it, seat, administration, establishment.
    pub lands: BTreeSet<&'a str>,
    /// The first of them that is not allowed.
    pub outside: Option<&'a str>,
    /// The first of them that is excluded.
    pub excluded: Option<&'a str>,
    /// Who stands behind it.
    pub behind: Behind,
    /// The `Provider`s that describe it: more than one contradict each other.
    pub described: Vec<(&'a str, &'a Provider)>,
}

impl Hand<'_> {
    /// The land that counts for it: one from outside, where it has several.
    pub fn land(&self) -> &str {
        self.outside.or(self.lands.first().copied()).unwrap_or("?")
    }

    /// Name and land.
    pub fn told(&self) -> String {
        format!("{} ({})", self.name, self.land())
    }
}

/// A mention of a hand.
struct Mention<'a> {
    name: &'a str,
    folded: String,
    keys: Vec<String>,
    identified: bool,
    lands: Vec<&'a str>,
    kind: Option<HolderKind>,
    describes: Option<(&'a str, &'a Provider)>,
}

/// Every hand, and which each line and each `Provider` names.
#[derive(Debug, Default)]
pub struct Hands<'a> {
    /// The hands. The last one is nobody of those who are named: whoever is not known may be it.
    pub all: Vec<Hand<'a>>,
    of_provider: BTreeMap<&'a str, HandId>,
    of_line: BTreeMap<(&'a str, usize), HandId>,
}

impl<'a> Hands<'a> {
    /// Finds the hands of these providers and of their holders.
    pub fn of(providers: &BTreeMap<&'a str, &'a Provider>, law: Law<'_>) -> Self {
        let mut mentions = Vec::new();
        let mut places = Vec::new();
        for (name, provider) in providers {
            places.push((*name, None));
            mentions.push(description(name, provider));
            for (at, line) in provider.spec.shareholders.iter().enumerate() {
                places.push((*name, Some(at)));
                mentions.push(mention(line));
            }
        }
        let roots = unite(&mentions);
        let mut members: BTreeMap<usize, Vec<&Mention<'a>>> = BTreeMap::new();
        for (mention, root) in mentions.iter().zip(&roots) {
            members.entry(*root).or_default().push(mention);
        }
        // In an order of what they are.
        let mut order: Vec<(Vec<_>, usize)> = members
            .iter()
            .map(|(root, all)| {
                let mut what: Vec<_> = all.iter().map(|m| (&*m.folded, &m.keys, &m.lands)).collect();
                what.sort();
                what.dedup();
                (what, *root)
            })
            .collect();
        order.sort();
        let number: BTreeMap<usize, HandId> =
            order.iter().enumerate().map(|(id, (_, root))| (*root, id)).collect();
        let named = order.iter().map(|(_, root)| hand(members.get(root).map_or(&[][..], |all| all), law));
        let all = named.chain([somebody(law)]).collect();
        let mut this = Self { all, ..Self::default() };
        for ((provider, line), root) in places.into_iter().zip(&roots) {
            let id = number.get(root).copied().unwrap_or_default();
            match line {
                None => _ = this.of_provider.insert(provider, id),
                Some(line) => _ = this.of_line.insert((provider, line), id),
            }
        }
        this
    }

    /// The hand that is nobody of those who are named.
    pub fn somebody(&self) -> HandId {
        self.all.len().saturating_sub(1)
    }

    /// The hand that a `Provider` describes.
    pub fn of_provider(&self, provider: &str) -> Option<HandId> {
        self.of_provider.get(provider).copied()
    }

    /// The hand that a line of a `Provider` names.
    pub fn of_line(&self, provider: &'a str, line: usize) -> Option<HandId> {
        self.of_line.get(&(provider, line)).copied()
    }
}

fn key_of_provider(name: &str) -> String {
    format!("provider {name}")
}

fn keys<'k>(siren: Option<&'k str>, lei: Option<&'k str>) -> impl Iterator<Item = String> + 'k {
    let bare = |text: &str| text.split_whitespace().collect::<String>().to_uppercase();
    let siren = siren.map(move |siren| format!("SIREN {}", bare(siren)));
    siren.into_iter().chain(lei.map(move |lei| format!("LEI {}", bare(lei))))
}

fn description<'a>(name: &'a str, provider: &'a Provider) -> Mention<'a> {
    let spec = &provider.spec;
    let mut keys: Vec<_> = keys(spec.siren.as_deref(), spec.lei.as_deref()).collect();
    let identified = !keys.is_empty();
    keys.push(key_of_provider(name));
    Mention {
        name: &spec.legal_name,
        folded: folded(&spec.legal_name),
        keys,
        identified,
        lands: territory::of_seat(&spec.seat).collect(),
        kind: None,
        describes: Some((name, provider)),
    }
}

fn mention(line: &Shareholder) -> Mention<'_> {
    let none = Identifier::default();
    let identifier = line.identifier.as_ref().unwrap_or(&none);
    let mut keys: Vec<_> = keys(identifier.siren.as_deref(), identifier.lei.as_deref()).collect();
    let identified = !keys.is_empty();
    keys.extend(line.provider.as_deref().map(key_of_provider));
    Mention {
        name: &line.name,
        folded: folded(&line.name),
        keys,
        identified,
        lands: vec![territory::of(&line.country)],
        kind: Some(line.kind.unwrap_or(HolderKind::Company)),
        describes: None,
    }
}

/// For each mention, the first of those that name the same hand.
fn unite(mentions: &[Mention<'_>]) -> Vec<usize> {
    let mut sets = Sets((0..mentions.len()).collect());
    let mut by_key: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, mention) in mentions.iter().enumerate() {
        for key in &mention.keys {
            sets.join(at, *by_key.entry(key).or_insert(at));
        }
    }
    let known: BTreeSet<usize> = (0..mentions.len())
        .filter(|at| mentions.get(*at).is_some_and(|m| m.identified))
        .map(|at| sets.root(at))
        .collect();
    let mut by_name: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, mention) in mentions.iter().enumerate() {
        by_name.entry(&mention.folded).or_default().insert(sets.root(at));
    }
    for bearers in by_name.values() {
        let (identified, plain): (Vec<usize>, Vec<usize>) =
            bearers.iter().partition(|root| known.contains(root));
        let one = if identified.len() == 1 { identified.first() } else { plain.first() };
        for other in plain.iter().filter(|_| identified.len() != 1 || one.is_some()) {
            if let Some(one) = one {
                sets.join(*other, *one);
            }
        }
    }
    (0..mentions.len()).map(|at| sets.root(at)).collect()
}

/// Sets that are joined; each is known by its least member.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&self, mut at: usize) -> usize {
        while let Some(up) = self.0.get(at).copied().filter(|up| *up != at) {
            at = up;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(up) = self.0.get_mut(one.max(other)) {
            *up = one.min(other);
        }
    }
}

/// Somebody new, from outside, and under an excluded law where any is.
fn somebody<'a>(law: Law<'_>) -> Hand<'a> {
    Hand {
        name: "?",
        lands: BTreeSet::new(),
        outside: Some("?"),
        excluded: law.0.excluded_control.first().map(|_| "?"),
        behind: Behind::Nobody,
        described: Vec::new(),
    }
}

fn hand<'a>(mentions: &[&Mention<'a>], law: Law<'_>) -> Hand<'a> {
    let mut described: Vec<_> = mentions.iter().filter_map(|m| m.describes).collect();
    // What is described twice is looked at in one order, whatever the objects are called.
    described.sort_by_cached_key(|(_, provider)| serde_json::to_string(&provider.spec).unwrap_or_default());
    let lands: BTreeSet<&str> = mentions.iter().flat_map(|m| m.lands.iter().copied()).collect();
    let kinds: BTreeSet<HolderKind> = mentions.iter().filter_map(|m| m.kind).collect();
    let end = |kind: &HolderKind| !matches!(kind, HolderKind::Company);
    let ends = !kinds.is_empty() && kinds.iter().all(end);
    let holders = described.iter().any(|(_, provider)| !provider.spec.shareholders.is_empty());
    let behind = match (described.is_empty(), ends) {
        (false, _) if holders => Behind::Firm,
        (false, true) if !kinds.contains(&HolderKind::ListedCompany) => Behind::Nobody,
        (false, _) => Behind::Firm,
        (true, true) => Behind::Nobody,
        (true, false) => Behind::Unsaid,
    };
    let name = described.first().map(|(_, provider)| &*provider.spec.legal_name);
    let first = mentions.iter().map(|m| m.name).min();
    Hand {
        name: name.or(first).unwrap_or_default(),
        outside: lands.iter().find(|land| law.outside(land)).copied(),
        excluded: lands.iter().find(|land| law.excluded(land)).copied(),
        lands,
        behind,
        described,
    }
}
