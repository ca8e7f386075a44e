//! Who holds and who decides (SecNumCloud 3.2, 19.6.b and c; code de commerce L233-3, L233-7, L233-10).
//!
//! Pipeline: [`hands`] (who is who) → [`firms`] (what each firm declares, of what is exercised) → [`world`] (who it may be
//! that is not known) → in each world: [`rings`] (who holds one another), [`deciders`] (who decides over whom), [`shares`]
//! (what several hands have together, exactly), [`judge`] (what breaks the rules on a firm) → [`findings`] (what does so
//! in every world, and what in some) → [`paths`] and [`graph`] (the same as data, to be drawn).
//!
//! How shares are counted:
//! * All numbers are exact: 24.004 % is over 24 %.
//! * A line counts whole for its holder, and for whoever decides over its holder; through any other holder shares
//!   multiply: 40 % of a holder that has 50 % is 20 %. Rings are solved.
//! * Who acts in concert is one: a hand and those it decides over, sister companies, partners of one pact.
//! * What is not said is unproven, unless no answer could change the verdict: an answer is one hand that has all of it.
//!   In a listed firm holders below 5 % pass.
//! * No verdict depends on the order of lines, on how many lines a stake is written in, on names of objects, or on how
//!   many vehicles a hand holds through.

pub mod deciders;
pub mod findings;
pub mod firms;
pub mod graph;
pub mod hands;
pub mod judge;
mod linear;
pub mod paths;
#[cfg(any(test, feature = "sample"))]
pub mod random;
pub mod ratio;
pub mod rings;
pub mod shares;
#[cfg(test)]
mod tests;
pub mod world;

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use beffroi_crds::{Provider, policy};

use self::{
    firms::Doubt,
    hands::{HandId, Hands},
    judge::Thresholds,
    ratio::limit,
    world::PossibleWorld,
};
use super::territory;
use crate::message::{
    Decimal,
    law::{LawMessage, Unknown},
};

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
    pub fn problems(&self) -> impl Iterator<Item = LawMessage> {
        let codes = self.0.countries.iter().chain(&self.0.excluded_control);
        let wrong = codes.filter(|code| territory::problem(code).is_some());
        wrong.map(|code| LawMessage::NoCountry { country: code.to_string() })
    }

    /// The limits for shares from outside.
    pub fn limits(&self) -> Thresholds {
        Thresholds {
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
    /// What rests on what is declared alone.
    declared: PossibleWorld,
    /// Who is not known may be one of these; each is looked at once.
    worlds: RefCell<BTreeMap<HandId, Rc<PossibleWorld>>>,
    certain: OnceCell<PossibleWorld>,
}

impl<'a> Ownership<'a> {
    /// Finds who owns these providers.
    pub fn of(providers: impl Iterator<Item = (&'a str, &'a Provider)>, law: Law<'_>) -> Self {
        let hands = Hands::of(&providers.collect(), law);
        let declared = PossibleWorld::declared(firms::all(&hands), &hands);
        Self { hands, declared, worlds: RefCell::default(), certain: OnceCell::new() }
    }

    /// The hand that a `Provider` describes.
    pub fn hand(&self, provider: &str) -> Option<HandId> {
        self.hands.of_provider(provider)
    }

    /// Whether one hand decides over another, through however many.
    pub fn decides(&self, decider: HandId, over: HandId) -> bool {
        self.declared.deciders.over(over).contains(&decider)
    }

    /// Everyone who decides over a hand.
    pub fn deciders(&self, over: HandId) -> &BTreeSet<HandId> {
        self.declared.deciders.over(over)
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
        if !self.declared.unknown_behind(root) {
            return doubts;
        }
        for id in self.declared.behind(root).iter().copied() {
            let of = self.declared.firms.get(&id).map(|firm| &firm.doubts).into_iter().flatten();
            doubts.extend(of.map(|doubt| (id, doubt.clone())));
        }
        let decides = |id: HandId| id == root || self.decides(id, root);
        let grave: Vec<_> = doubts.iter().filter(|(id, _)| decides(*id)).cloned().collect();
        if deciding && !grave.is_empty() { grave } else { doubts }
    }

    /// What is not known of a firm, as it is told.
    pub fn unknown(&self, id: HandId, doubt: &Doubt) -> Unknown {
        let firm = self.name(id).to_owned();
        match doubt {
            Doubt::Rest(capital, votes) => {
                Unknown::Rest { firm, capital: Decimal(capital.clone()), votes: Decimal(votes.clone()) }
            }
            Doubt::NoHolder => Unknown::NoHolder { firm },
            Doubt::Ring => Unknown::Ring { firm },
            Doubt::Twice => Unknown::Twice { firm },
            Doubt::TooMuch => Unknown::TooMuch { firm },
            Doubt::Partner(partner) => Unknown::Partner { firm, partner: partner.clone() },
            Doubt::Namesake => Unknown::Namesakes { name: firm },
            Doubt::Contradicted => Unknown::Contradicted { firm },
            Doubt::Large(firms) => Unknown::Large { firm, firms: *firms },
            Doubt::Unsaid => Unknown::Undescribed { firm },
        }
    }
}
