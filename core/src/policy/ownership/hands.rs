//! Who is who: every line that names a holder, and every `Provider` → hands, each one legal entity or person.
//!
//! One hand is what one identifier names, or one `Provider`, or, where no identifier tells two apart, one name. Names
//! compare as [`names`](crate::policy::names) has it. Two SIREN, or two LEI, under one name are two hands; a line that
//! bears that name and neither is then a third, and may be either: nobody can tell whose it is.
//!
//! Hands are numbered by what they are, not by where they stand, so that nothing depends on the order of lines or on the
//! names of objects.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    Provider,
    provider::{HolderKind, Identifier, Shareholder},
};

use super::Law;
use crate::policy::{
    names::{LEI, SIREN, folded, numbers},
    territory,
};

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
    /// One of several who bear its name, and nothing says which.
    Namesake,
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
    /// Whether lines that name it, and the `Provider`, bear two numbers of one register.
    pub contradicted: bool,
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
    by_number: BTreeMap<String, HandId>,
    by_name: BTreeMap<String, BTreeSet<HandId>>,
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
        let namesakes = namesakes(&mentions);
        let named = order.iter().map(|(_, root)| {
            let mentions = members.get(root).map_or(&[][..], |all| all);
            hand(mentions, &namesakes, law)
        });
        let all = named.chain([somebody(law)]).collect();
        let mut this = Self { all, ..Self::default() };
        for (((provider, line), root), mention) in places.into_iter().zip(&roots).zip(&mentions) {
            let id = number.get(root).copied().unwrap_or_default();
            this.by_name.entry(mention.folded.clone()).or_default().insert(id);
            let keys = mention.keys.iter().filter(|key| register(key).is_some());
            this.by_number.extend(keys.map(|key| (key.clone(), id)));
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

    /// Hands that a name may mean: that of a `Provider`, a legal name, a SIREN or a LEI.
    pub fn named(&self, name: &str) -> BTreeSet<HandId> {
        let found = numbers(Some(name), Some(name)).filter_map(|key| self.by_number.get(&key).copied());
        let found = found.chain(self.of_provider(name)).collect::<BTreeSet<_>>();
        if found.is_empty() { self.by_name.get(&folded(name)).cloned().unwrap_or_default() } else { found }
    }

    /// The hand that a line of a `Provider` names.
    pub fn of_line(&self, provider: &'a str, line: usize) -> Option<HandId> {
        self.of_line.get(&(provider, line)).copied()
    }
}

fn key_of_provider(name: &str) -> String {
    format!("provider {name}")
}

fn description<'a>(name: &'a str, provider: &'a Provider) -> Mention<'a> {
    let spec = &provider.spec;
    let mut keys: Vec<_> = numbers(spec.siren.as_deref(), spec.lei.as_deref()).collect();
    keys.push(key_of_provider(name));
    Mention {
        name: &spec.legal_name,
        folded: folded(&spec.legal_name),
        keys,
        lands: territory::of_seat(&spec.seat).collect(),
        kind: None,
        describes: Some((name, provider)),
    }
}

fn mention(line: &Shareholder) -> Mention<'_> {
    let none = Identifier::default();
    let identifier = line.identifier.as_ref().unwrap_or(&none);
    let mut keys: Vec<_> = numbers(identifier.siren.as_deref(), identifier.lei.as_deref()).collect();
    keys.extend(line.provider.as_deref().map(key_of_provider));
    Mention {
        name: &line.name,
        folded: folded(&line.name),
        keys,
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
    // What registers call each.
    let mut numbers: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, mention) in mentions.iter().enumerate() {
        let root = sets.root(at);
        let keys = mention.keys.iter().filter(|key| register(key).is_some()).map(String::as_str);
        numbers.entry(root).or_default().extend(keys);
        by_name.entry(&mention.folded).or_default().insert(root);
    }
    for bearers in by_name.values() {
        let (identified, plain): (Vec<usize>, Vec<usize>) =
            bearers.iter().partition(|root| numbers.get(root).is_some_and(|all| !all.is_empty()));
        let all: BTreeSet<&str> =
            identified.iter().filter_map(|root| numbers.get(root)).flatten().copied().collect();
        let registers: BTreeSet<&str> = all.iter().filter_map(|key| register(key)).collect();
        // Numbers of two registers do not tell two hands apart; two numbers of one do.
        let one = registers.len() == all.len();
        let groups = if one { vec![[identified, plain].concat()] } else { vec![plain] };
        for group in groups {
            group.iter().skip(1).zip(&group).for_each(|(other, first)| sets.join(*other, *first));
        }
    }
    (0..mentions.len()).map(|at| sets.root(at)).collect()
}

/// The register that a key is a number of.
fn register(key: &str) -> Option<&str> {
    key.split_once(' ').map(|(register, _)| register).filter(|register| [SIREN, LEI].contains(register))
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
        contradicted: false,
    }
}

/// Names that several bear, as registers have it.
fn namesakes<'m>(mentions: &'m [Mention<'_>]) -> BTreeSet<&'m str> {
    let mut numbers: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for mention in mentions {
        for (key, register) in mention.keys.iter().filter_map(|key| Some((key, register(key)?))) {
            numbers.entry((&mention.folded, register)).or_default().insert(key);
        }
    }
    numbers.into_iter().filter(|(_, all)| all.len() > 1).map(|((name, _), _)| name).collect()
}

fn hand<'a>(mentions: &[&Mention<'a>], namesakes: &BTreeSet<&str>, law: Law<'_>) -> Hand<'a> {
    let mut described: Vec<_> = mentions.iter().filter_map(|m| m.describes).collect();
    // What is described twice is looked at in one order, whatever the objects are called.
    described.sort_by_cached_key(|(_, provider)| serde_json::to_string(&provider.spec).unwrap_or_default());
    let lands: BTreeSet<&str> = mentions.iter().flat_map(|m| m.lands.iter().copied()).collect();
    let kinds: BTreeSet<HolderKind> = mentions.iter().filter_map(|m| m.kind).collect();
    let end = |kind: &HolderKind| !matches!(kind, HolderKind::Company);
    let ends = !kinds.is_empty() && kinds.iter().all(end);
    // A person is no legal entity that a Provider describes.
    let entity = |kind: &HolderKind| !matches!(kind, HolderKind::ListedCompany | HolderKind::Person);
    let holders = described.iter().any(|(_, provider)| !provider.spec.shareholders.is_empty());
    let numbered = mentions.iter().flat_map(|m| &m.keys).any(|key| register(key).is_some());
    let namesake = !numbered && mentions.iter().any(|m| namesakes.contains(&*m.folded));
    let behind = match (described.is_empty(), ends) {
        (false, _) if holders => Behind::Firm,
        (false, true) if kinds.iter().all(entity) => Behind::Nobody,
        (false, _) => Behind::Firm,
        (true, _) if namesake => Behind::Namesake,
        (true, true) => Behind::Nobody,
        (true, false) => Behind::Unsaid,
    };
    let all: BTreeSet<&str> = mentions.iter().flat_map(|m| &m.keys).map(String::as_str).collect();
    let all: Vec<&str> = all.into_iter().filter_map(register).collect();
    let contradicted = all.iter().collect::<BTreeSet<_>>().len() < all.len();
    let name = described.first().map(|(_, provider)| &*provider.spec.legal_name);
    let first = mentions.iter().map(|m| m.name).min();
    Hand {
        name: name.or(first).unwrap_or_default(),
        outside: lands.iter().find(|land| law.outside(land)).copied(),
        excluded: lands.iter().find(|land| law.excluded(land)).copied(),
        lands,
        behind,
        described,
        contradicted,
    }
}
