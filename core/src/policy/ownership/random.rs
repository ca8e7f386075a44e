//! Ownership graphs from a number, for tests: seed → [`Question`] → providers and a law → [`Question::verdicts`]; and, of
//! one that two solvers answer differently, the smaller ones.
//!
//! Written as JSON, a question is what `tests/law/FORMAT.md` describes. Only for tests and under feature `sample`.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

use std::collections::BTreeMap;

use beffroi_crds::{
    Provider, ProviderSpec, policy,
    provider::{Decision, HolderKind, Identifier, Pact, Seat, Shareholder},
};
use serde::Serialize;

use super::{
    Law, Ownership,
    findings::{Asked, Findings},
};

/// A question about the ownership of one firm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// What it is called.
    pub id: String,
    /// The firm that is judged.
    pub root: String,
    /// Countries whose law is allowed.
    pub allowed: Vec<String>,
    /// Countries whose law is excluded.
    pub excluded: Vec<String>,
    /// Described firms, by name of their object.
    pub firms: BTreeMap<String, Firm>,
}

/// A described firm.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Firm {
    /// Country of its seat.
    pub country: String,
    /// Whether it is listed.
    pub listed: bool,
    /// Its holders.
    pub holders: Vec<Holder>,
    /// Its pacts.
    pub pacts: Vec<Concert>,
}

/// A line of a firm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holder {
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: HolderKind,
    /// A number in a register.
    pub identifier: Option<String>,
    /// Country.
    pub country: String,
    /// Percent of the capital, in thousandths.
    #[serde(serialize_with = "percent")]
    pub capital: u32,
    /// Percent of the votes, in thousandths.
    #[serde(serialize_with = "percent")]
    pub votes: u32,
    /// Veto.
    pub veto: bool,
    /// Appointment of the majority.
    pub appoints: bool,
    /// The firm that describes it.
    pub provider: Option<String>,
}

/// A pact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Concert {
    /// Lines, by their place.
    pub holders: Vec<usize>,
    /// What they decide together.
    pub decides: Vec<Decision>,
}

fn written(thousandths: u32) -> String {
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn percent<S: serde::Serializer>(thousandths: &u32, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written(*thousandths))
}

/// A sequence of numbers from one (splitmix64).
#[derive(Clone, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// The next, below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut next = self.0;
        next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (next ^ (next >> 31)) % end
    }

    /// Whether something happens that does so many times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of some.
    pub fn of<'t, T>(&mut self, some: &'t [T]) -> &'t T {
        &some[usize::try_from(self.below(some.len() as u64)).unwrap()]
    }

    fn below_usize(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

const COUNTRIES: [&str; 12] = ["FR", "FR", "FR", "FR", "FR", "DE", "LU", "US", "US", "CH", "GB", "JP"];
/// Shares near which verdicts turn.
const EDGES: [u32; 16] = [
    24_000, 24_004, 13_000, 39_000, 40_000, 40_001, 50_000, 50_001, 12_000, 4_999, 5_000, 51_000, 25_000,
    20_000, 60_000, 10_000,
];

impl Question {
    /// The question of a number.
    pub fn random(seed: u64) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let count = 1 + numbers.below_usize(7);
        let names: Vec<String> = (0..count).map(|n| format!("f{n}")).collect();
        let seats: Vec<&str> = (0..count)
            .map(|n| if n == 0 && numbers.chance(90) { "FR" } else { *numbers.of(&COUNTRIES) })
            .collect();
        // Rings are rare, or nothing but rings would be judged.
        let rings = numbers.chance(30);
        let firms =
            (0..count).map(|at| (names[at].clone(), firm(&mut numbers, at, &names, &seats, rings))).collect();
        Self {
            id: format!("seed {seed}"),
            root: names[0].clone(),
            allowed: ["FR", "DE", "LU"].map(str::to_owned).into(),
            excluded: vec!["US".to_owned()],
            firms,
        }
    }

    /// The providers that it describes.
    pub fn providers(&self) -> BTreeMap<String, Provider> {
        let provider = |(name, firm): (&String, &Firm)| (name.clone(), Provider::new(name, spec(name, firm)));
        self.firms.iter().map(provider).collect()
    }

    /// What the policy says of laws.
    pub fn law(&self) -> policy::Law {
        policy::Law {
            countries: self.allowed.iter().map(|c| c.as_str().into()).collect(),
            excluded_control: self.excluded.iter().map(|c| c.as_str().into()).collect(),
            max_foreign_share_each: 24.0,
            max_foreign_share_together: 39.0,
            ..policy::Law::default()
        }
    }

    /// Verdicts of JUR-02 to JUR-05.
    pub fn verdicts(&self) -> [&'static str; 4] {
        let (providers, law) = (self.providers(), self.law());
        let law = Law(&law);
        let ownership = Ownership::of(providers.iter().map(|(name, p)| (name.as_str(), p)), law);
        told(&ownership.findings(ownership.hand(&self.root).unwrap(), &law.limits()))
    }

    /// Questions like this with something less: a firm, a line, a pact, a power.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut push = |change: &dyn Fn(&mut Self)| {
            let mut less = self.clone();
            change(&mut less);
            all.push(less);
        };
        for name in self.firms.keys().filter(|name| **name != self.root) {
            push(&|less| {
                less.firms.remove(name);
                for holder in less.firms.values_mut().flat_map(|firm| &mut firm.holders) {
                    if holder.provider.as_ref() == Some(name) {
                        (holder.provider, holder.kind) = (None, HolderKind::Person);
                    }
                }
            });
        }
        for (name, firm) in &self.firms {
            let within =
                |less: &mut Self, change: &dyn Fn(&mut Firm)| change(less.firms.get_mut(name).unwrap());
            for at in 0..firm.holders.len() {
                push(&|less| within(less, &|firm| remove(firm, at)));
                // Or what it has goes to somebody of France.
                push(&|less| {
                    within(less, &|firm| {
                        firm.holders[at] = Holder {
                            name: "Filler".into(),
                            kind: HolderKind::Person,
                            identifier: None,
                            country: "FR".into(),
                            provider: None,
                            veto: false,
                            appoints: false,
                            ..firm.holders[at].clone()
                        };
                    });
                });
                push(&|less| within(less, &|firm| firm.holders[at].votes = firm.holders[at].capital));
                push(&|less| within(less, &|firm| firm.holders[at].veto = false));
                push(&|less| within(less, &|firm| firm.holders[at].appoints = false));
                push(&|less| within(less, &|firm| firm.holders[at].identifier = None));
            }
            for at in 0..firm.pacts.len() {
                push(&|less| within(less, &|firm| _ = firm.pacts.remove(at)));
            }
            push(&|less| within(less, &|firm| firm.listed = false));
        }
        all.retain(|less| less != self);
        all.dedup();
        all
    }
}

/// Verdicts of JUR-02 to JUR-05, in the words of the second solver.
pub fn told(found: &Findings) -> [&'static str; 4] {
    Asked::ALL.map(|asked| match (found.broken.is(asked), found.is_open(asked)) {
        (true, _) => "Broken",
        (false, true) => "Unproven",
        (false, false) => "Held",
    })
}

fn remove(firm: &mut Firm, at: usize) {
    firm.holders.remove(at);
    for pact in &mut firm.pacts {
        pact.holders.retain(|holder| *holder != at);
        pact.holders.iter_mut().filter(|holder| **holder > at).for_each(|holder| *holder -= 1);
    }
    firm.pacts.retain(|pact| pact.holders.len() > 1);
}

fn firm(numbers: &mut Numbers, at: usize, names: &[String], seats: &[&str], rings: bool) -> Firm {
    let count = if numbers.chance(4) { 0 } else { 1 + numbers.below_usize(5) };
    let mut left = 100_000_u32;
    let mut holders = Vec::new();
    for n in 0..count {
        let edge = *numbers.of(&EDGES);
        let any = u32::try_from(numbers.below(60_000)).unwrap();
        let rough = if numbers.chance(50) { edge } else { any - any % *numbers.of(&[1, 1_000, 1_000]) };
        let capital = if n + 1 == count && numbers.chance(88) { left } else { rough.min(left) };
        left -= capital;
        let after = if rings { 0 } else { at + 1 };
        let described = (after < names.len() && numbers.chance(45))
            .then(|| after + numbers.below_usize(names.len() - after));
        holders.push(holder(numbers, capital, described, names, seats));
    }
    // Votes differ from capital here and there: two lines change places.
    if holders.len() > 1 && numbers.chance(25) {
        let (one, other) = (numbers.below_usize(holders.len()), numbers.below_usize(holders.len()));
        let votes = holders[one].votes;
        holders[one].votes = holders[other].votes;
        holders[other].votes = votes;
    }
    let pacts = (0..2)
        .filter(|_| numbers.chance(9))
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|_| {
            let mut some: Vec<usize> = (0..holders.len()).filter(|_| numbers.chance(50)).collect();
            some.truncate(3);
            let all = [Decision::Votes, Decision::Veto, Decision::Appointment];
            let decides = all
                .into_iter()
                .filter(|d| numbers.chance(if *d == Decision::Votes { 60 } else { 12 }))
                .collect();
            (some.len() > 1).then_some(Concert { holders: some, decides })
        })
        .collect();
    Firm { country: seats[at].to_owned(), listed: numbers.chance(12), holders, pacts }
}

fn holder(
    numbers: &mut Numbers,
    share: u32,
    described: Option<usize>,
    names: &[String],
    seats: &[&str],
) -> Holder {
    let (veto, appoints) = (numbers.chance(4), numbers.chance(3));
    let shell = |name: String, kind, identifier, country: &str, provider| Holder {
        name,
        kind,
        identifier,
        country: country.to_owned(),
        capital: share,
        votes: share,
        veto,
        appoints,
        provider,
    };
    if let Some(at) = described {
        let kind = if numbers.chance(90) { HolderKind::Company } else { HolderKind::ListedCompany };
        return shell(legal_name(&names[at]), kind, None, seats[at], Some(names[at].clone()));
    }
    let person = numbers.below_usize(14);
    let country = COUNTRIES[person % COUNTRIES.len()];
    // Some hands are known to registers, under two spellings.
    let identifier = person.is_multiple_of(4).then(|| format!("9695{person:02}"));
    let name = match (identifier.is_some(), numbers.below(3)) {
        (true, 0) => format!("Hand {person} other"),
        (_, 1) => format!("HAND  {person}"),
        _ => format!("Hand {person}"),
    };
    let kind = match person {
        1 => HolderKind::PublicBody,
        2 => HolderKind::Foundation,
        3 => HolderKind::CooperativeMembers,
        6 | 10 if numbers.chance(50) => HolderKind::Company,
        11 => HolderKind::ListedCompany,
        _ => HolderKind::Person,
    };
    shell(name, kind, identifier, country, None)
}

fn legal_name(name: &str) -> String {
    format!("Firm {name}")
}

/// The provider of a firm; each object is named as its firm is, and the legal name says so.
fn spec(name: &str, firm: &Firm) -> ProviderSpec {
    let shareholder = |holder: &Holder| Shareholder {
        name: holder.name.clone(),
        kind: Some(holder.kind),
        identifier: holder
            .identifier
            .as_deref()
            .map(|number| Identifier { lei: Some(number.into()), ..Identifier::default() }),
        country: holder.country.as_str().into(),
        capital_percent: written(holder.capital).parse().unwrap(),
        votes_percent: written(holder.votes).parse().unwrap(),
        veto: holder.veto,
        appoints_majority: holder.appoints,
        provider: holder.provider.as_deref().map(Into::into),
    };
    let partner = |at: &usize| {
        let holder = &firm.holders[*at];
        holder.provider.clone().unwrap_or_else(|| holder.name.clone())
    };
    let pact = |pact: &Concert| Pact {
        partners: pact.holders.iter().map(partner).collect(),
        decide: pact.decides.clone(),
    };
    ProviderSpec {
        legal_name: legal_name(name),
        seat: Seat { country: firm.country.as_str().into(), ..Seat::default() },
        listed: firm.listed,
        shareholders: firm.holders.iter().map(shareholder).collect(),
        pacts: firm.pacts.iter().map(pact).collect(),
        ..ProviderSpec::default()
    }
}
