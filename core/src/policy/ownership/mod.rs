//! Who holds and who decides (SecNumCloud 3.2, 19.6.b and c; code de commerce L233-3, L233-7, L233-10).
//!
//! Pipeline: [`hands`] (who is who) → [`firms`] (what each firm declares, of what is exercised) → [`rings`] (who holds
//! one another) → [`deciders`] (who certainly decides over whom) and [`possible`] (who may, since something is not known)
//! → [`shares`] (what several hands have together, exactly) → [`judge`] (what the rules find of a firm) → [`paths`] and
//! [`graph`] (the same as data, to be drawn).
//!
//! How shares are counted:
//! * All numbers are exact: 24.004 % is over 24 %.
//! * A line counts whole for its holder, and for whoever decides over its holder; through any other holder shares
//!   multiply: 40 % of a holder that has 50 % is 20 %. Rings are solved.
//! * Who acts in concert is one: a hand and those it decides over, sister companies, partners of one pact.
//! * What is not said is unproven, unless no answer could change the verdict. In a listed firm holders below 5 % pass.
//! * No verdict depends on the order of lines, on how many lines a stake is written in, on names of objects, or on how
//!   many vehicles a hand holds through.

pub mod deciders;
pub mod firms;
pub mod graph;
pub mod hands;
pub mod judge;
mod linear;
pub mod paths;
pub mod possible;
#[cfg(any(test, feature = "sample"))]
pub mod random;
pub mod ratio;
pub mod rings;
pub mod shares;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{Provider, policy};

use self::{
    deciders::Deciders,
    firms::{Doubt, Firm},
    hands::{HandId, Hands},
    judge::Limits,
    possible::Possible,
    ratio::limit,
    rings::Ring,
};
use super::territory;

/// What a policy says of laws.
#[derive(Clone, Copy, Debug)]
pub struct Law<'l>(pub &'l policy::Law);

impl Law<'_> {
    /// Whether the law of a land is outside what is allowed.
    pub fn outside(&self, land: &str) -> bool {
        !territory::is_in(land, self.0.countries.iter().map(|c| &**c)) || self.excluded(land)
    }

    /// Whether the law of a land, or one that reaches it, is excluded.
    pub fn excluded(&self, land: &str) -> bool {
        territory::is_under(land, self.0.excluded_control.iter().map(|c| &**c))
    }

    /// What is wrong with codes that were stored before schemas refused them.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let codes = self.0.countries.iter().chain(&self.0.excluded_control);
        let wrong = codes.filter(|code| territory::problem(code).is_some());
        wrong.map(|code| {
            format!("the policy names {code}, which is no country of ISO 3166-1: correct its spec.law")
        })
    }

    /// The limits for shares from outside.
    pub fn limits(&self) -> Limits {
        Limits {
            each: limit(self.0.max_foreign_share_each),
            together: limit(self.0.max_foreign_share_together),
        }
    }
}

/// Who owns a set of providers.
#[derive(Debug)]
pub struct Ownership<'a> {
    /// Who is who.
    pub hands: Hands<'a>,
    firms: BTreeMap<HandId, Firm>,
    rings: Vec<Ring>,
    deciders: Deciders,
    open: BTreeSet<HandId>,
    counting: BTreeMap<HandId, BTreeSet<HandId>>,
    known: judge::Known,
}

impl<'a> Ownership<'a> {
    /// Finds who owns these providers.
    pub fn of(providers: impl Iterator<Item = (&'a str, &'a Provider)>, law: &Law<'_>) -> Self {
        let hands = Hands::of(&providers.collect(), law);
        let firms = firms::all(&hands);
        let rings = rings::of(&firms);
        let mut possible = Possible::of(&hands, &firms);
        let deciders = Deciders::of(&firms, &rings, &mut possible);
        let open = possible.into_open();
        let (counting, known) = (BTreeMap::new(), judge::Known::default());
        let mut this = Self { hands, firms, rings, deciders, open, counting, known };
        this.counting = this.counting();
        this
    }

    /// The hand that a `Provider` describes.
    pub fn hand(&self, provider: &str) -> Option<HandId> {
        self.hands.of_provider(provider)
    }

    /// Whether one hand decides over another, through however many.
    pub fn decides(&self, decider: HandId, over: HandId) -> bool {
        self.deciders.over(over).contains(&decider)
    }

    /// Everyone who decides over a hand.
    pub fn deciders(&self, over: HandId) -> &BTreeSet<HandId> {
        self.deciders.over(over)
    }

    /// Whether a hand is from outside, or one from outside decides over it.
    pub fn is_from_outside(&self, id: HandId) -> bool {
        self.outside(id) || self.deciders.over(id).iter().any(|decider| self.outside(*decider))
    }

    /// Name and land of a hand.
    pub fn told(&self, id: HandId) -> String {
        self.hands.all.get(id).map(hands::Hand::told).unwrap_or_default()
    }

    /// Name of a hand.
    pub fn name(&self, id: HandId) -> &str {
        self.hands.all.get(id).map_or("?", |hand| hand.name)
    }

    /// What is not known of a firm and of whoever has a line in it, or only of those who decide over it.
    pub fn doubts(&self, root: HandId, deciding: bool) -> Vec<(HandId, Doubt)> {
        let mut doubts = Vec::new();
        for id in self.behind(root).iter().copied() {
            if let Some(firm) = self.firms.get(&id) {
                doubts.extend(firm.doubts.iter().map(|doubt| (id, doubt.clone())));
            } else if self.open.contains(&id) {
                doubts.push((id, Doubt::Unsaid));
            }
        }
        let decides = |id: HandId| id == root || self.decides(id, root);
        let grave: Vec<_> = doubts.iter().filter(|(id, _)| decides(*id)).cloned().collect();
        if deciding && !grave.is_empty() { grave } else { doubts }
    }

    /// What is not known of a firm, in words.
    pub fn doubt(&self, id: HandId, doubt: &Doubt) -> String {
        let name = self.name(id);
        match doubt {
            Doubt::Rest(capital, votes) => {
                format!(
                    "nobody is declared to hold {capital} of the capital and {votes} of the votes of {name}"
                )
            }
            Doubt::NoHolder => format!("no holder of {name} is declared"),
            Doubt::Ring => format!("{name} is owned in a ring in which nobody outside has a share"),
            Doubt::Twice => format!("more than one Provider describes {name}: keep one"),
            Doubt::TooMuch => format!("more than 100 % of {name} is declared: correct spec.shareholders"),
            Doubt::Partner(partner) => format!("a pact of {name} names {partner}, who holds nothing of it"),
            Doubt::Unsaid => {
                format!(
                    "nobody describes {name}, a company: name its Provider in spec.shareholders[].provider"
                )
            }
        }
    }

    fn possible(&self) -> Possible<'_> {
        Possible::again(&self.firms, &self.open)
    }
}
