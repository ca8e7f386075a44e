//! What each described firm declares: lines by hand, of what is exercised, and what is not said.
//!
//! Votes that a firm holds in itself are not exercised, and what it holds of its own capital is held by those who hold
//! the rest: its own lines are taken away, and those of vehicles that it owns wholly and that are under an allowed law;
//! shares are of what remains.

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{
    Provider,
    provider::{Decision, Pact},
};
use num_traits::Zero;

use super::{
    hands::{Behind, HandId, Hands},
    ratio::{Ratio, exact, one, percent, zero},
    rings,
};
use crate::policy::names::same;

/// Most firms of a ring that is judged: time grows with the fourth power of it, and no group is known that has as many.
const LARGEST_RING: usize = 24;

/// Something of a firm that nothing says.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Doubt {
    /// Percentages of capital and votes that nobody is declared to hold.
    Rest(String, String),
    /// No holder at all.
    NoHolder,
    /// Held by itself, or in a ring that nobody outside holds.
    Ring,
    /// More than one `Provider` describes it.
    Twice,
    /// More than 100 % is declared.
    TooMuch,
    /// A pact names somebody whom nothing else names.
    Partner(String),
    /// A company, named here, that nobody describes.
    Unsaid,
    /// Several bear the name, and nothing says which of them it is.
    Namesake,
    /// Two numbers of one register are said to be its.
    Contradicted,
    /// It stands in a ring of more firms than are judged.
    Large(usize),
}

/// What one hand has in a firm, over all its lines.
#[derive(Clone, Debug)]
pub struct Line {
    /// Who.
    pub holder: HandId,
    /// Share of the capital, of what is exercised.
    pub capital: Ratio,
    /// Share of the votes, of what is exercised.
    pub votes: Ratio,
    /// Whether it has a right of veto.
    pub veto: bool,
    /// Whether it may appoint the majority.
    pub appoints: bool,
}

impl Line {
    fn empty(holder: HandId) -> Self {
        Self { holder, capital: zero(), votes: zero(), veto: false, appoints: false }
    }
}

/// What of a firm is held.
#[derive(Clone, Copy)]
enum Of {
    Capital,
    Votes,
}

impl Of {
    fn line(self, line: &Line) -> &Ratio {
        match self {
            Self::Capital => &line.capital,
            Self::Votes => &line.votes,
        }
    }

    fn line_mut(self, line: &mut Line) -> &mut Ratio {
        match self {
            Self::Capital => &mut line.capital,
            Self::Votes => &mut line.votes,
        }
    }

    fn rest(self, firm: &Firm) -> &Ratio {
        match self {
            Self::Capital => &firm.rest_capital,
            Self::Votes => &firm.rest_votes,
        }
    }

    fn rest_mut(self, firm: &mut Firm) -> &mut Ratio {
        match self {
            Self::Capital => &mut firm.rest_capital,
            Self::Votes => &mut firm.rest_votes,
        }
    }
}

/// Holders who act in concert.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Concert {
    /// Who.
    pub partners: BTreeSet<HandId>,
    /// What they decide together.
    pub decide: BTreeSet<Decision>,
    /// Whether somebody is named who is not found.
    pub unknown: bool,
}

/// A described firm.
#[derive(Clone, Debug)]
pub struct Firm {
    /// Its lines, one for each hand, in the order of hands.
    pub lines: Vec<Line>,
    /// The same lines by what is decided, where that differs: shares of firms that hold one another alone are nobody's, and
    /// they decide over one another all the same.
    deciding: Option<Vec<Line>>,
    /// Its pacts.
    pub pacts: Vec<Concert>,
    /// Whether it is listed.
    pub listed: bool,
    /// Share of the capital that nobody is declared to hold, where it is not the float of a listed firm.
    pub rest_capital: Ratio,
    /// The same of the votes.
    pub rest_votes: Ratio,
    /// What of it nothing says.
    pub doubts: BTreeSet<Doubt>,
}

impl Firm {
    /// Takes every part of it for unknown.
    fn forget(&mut self, why: Doubt) {
        self.doubts.insert(why);
        (self.rest_capital, self.rest_votes) = (one(), one());
    }

    /// Whether all of its capital and votes is declared.
    fn is_whole(&self) -> bool {
        let whole = |of: fn(&Line) -> &Ratio| self.lines.iter().map(of).sum::<Ratio>() == one();
        !self.unknown() && whole(|line| &line.capital) && whole(|line| &line.votes)
    }

    /// Whether something of it is not known.
    pub fn unknown(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// Somebody whom nobody describes.
    fn undescribed(why: Doubt) -> Self {
        Self {
            lines: Vec::new(),
            deciding: None,
            pacts: Vec::new(),
            listed: false,
            rest_capital: one(),
            rest_votes: one(),
            doubts: [why].into(),
        }
    }

    /// Its lines, one for each hand, by what is decided.
    pub fn deciding(&self) -> &[Line] {
        self.deciding.as_ref().unwrap_or(&self.lines)
    }

    /// Takes the shares that are declared for nothing: nobody outside a ring has them.
    fn void(&mut self, of: Of) {
        self.doubts.insert(Doubt::Ring);
        self.deciding.get_or_insert_with(|| self.lines.clone());
        self.lines.iter_mut().for_each(|line| *of.line_mut(line) = zero());
        *of.rest_mut(self) = one();
    }

    /// The same firm, where somebody has what is not known of it.
    pub(super) fn completed(&self, itself: HandId, by: HandId) -> Self {
        let mut firm = self.clone();
        if itself == by || !firm.unknown() {
            return firm;
        }
        for of in [Of::Capital, Of::Votes].into_iter().filter(|of| *of.rest(self) == one()) {
            firm.lines.iter_mut().for_each(|line| *of.line_mut(line) = zero());
        }
        for lines in [&mut firm.lines].into_iter().chain(&mut firm.deciding) {
            let at = lines.partition_point(|line| line.holder < by);
            if lines.get(at).is_none_or(|line| line.holder != by) {
                lines.insert(at, Line::empty(by));
            }
            if let Some(line) = lines.get_mut(at) {
                line.capital += &firm.rest_capital;
                line.votes += &firm.rest_votes;
                (line.veto, line.appoints) = (true, true);
            }
        }
        (firm.rest_capital, firm.rest_votes) = (zero(), zero());
        for pact in firm.pacts.iter_mut().filter(|pact| pact.unknown) {
            pact.partners.insert(by);
        }
        firm.doubts.clear();
        firm
    }
}

/// Every firm, by its hand: those that are described, and companies that nobody describes.
pub fn all(hands: &Hands<'_>) -> BTreeMap<HandId, Firm> {
    let described = hands.all.iter().enumerate().filter(|(_, hand)| hand.behind == Behind::Firm);
    let mut firms: BTreeMap<HandId, Firm> = described
        .filter_map(|(id, hand)| {
            let (name, provider) = *hand.described.first()?;
            let mut firm = declared(hands, name, provider);
            if hand.described.len() > 1 {
                firm.forget(Doubt::Twice);
            }
            if hand.contradicted {
                firm.doubts.insert(Doubt::Contradicted);
            }
            Some((id, firm))
        })
        .collect();
    // Only what stands in a ring can hold itself through vehicles.
    let rings = rings::of(&firms);
    for ring in rings.iter().filter(|ring| ring.firms.len() > LARGEST_RING) {
        for id in &ring.firms {
            let Some(firm) = firms.get_mut(id) else { continue };
            firm.lines.retain(|line| !ring.firms.contains(&line.holder));
            firm.forget(Doubt::Large(ring.firms.len()));
        }
    }
    let rings = rings::of(&firms);
    let closed =
        rings.iter().filter(|ring| ring.closed).flat_map(|ring| ring.firms.iter().map(move |id| (*id, ring)));
    let own: BTreeMap<HandId, BTreeSet<HandId>> =
        closed.map(|(id, ring)| (id, vehicles(id, &ring.firms, &firms, hands))).collect();
    for (id, firm) in &mut firms {
        exercise(firm, own.get(id).unwrap_or(&BTreeSet::new()), *id);
    }
    for (id, of) in ungrounded(&firms) {
        if let Some(firm) = firms.get_mut(&id) {
            firm.void(of);
        }
    }
    for (id, hand) in hands.all.iter().enumerate() {
        match hand.behind {
            Behind::Unsaid => _ = firms.insert(id, Firm::undescribed(Doubt::Unsaid)),
            Behind::Namesake => _ = firms.insert(id, Firm::undescribed(Doubt::Namesake)),
            Behind::Nobody | Behind::Firm => {}
        }
    }
    firms
}

fn declared<'a>(hands: &Hands<'a>, name: &'a str, provider: &'a Provider) -> Firm {
    let spec = &provider.spec;
    let mut lines: BTreeMap<HandId, Line> = BTreeMap::new();
    for (at, shareholder) in spec.shareholders.iter().enumerate() {
        let Some(holder) = hands.of_line(name, at) else { continue };
        let line = lines.entry(holder).or_insert_with(|| Line::empty(holder));
        line.capital += exact(shareholder.capital_percent);
        line.votes += exact(shareholder.votes_percent);
        line.veto |= shareholder.veto;
        line.appoints |= shareholder.appoints_majority;
    }
    let mut doubts = BTreeSet::new();
    let mut pacts: Vec<_> =
        spec.pacts.iter().map(|pact| concert(hands, name, provider, pact, &mut doubts)).collect();
    pacts.sort();
    pacts.dedup();
    let rest = |of: fn(&Line) -> &Ratio| one() - lines.values().map(of).sum::<Ratio>();
    let (mut rest_capital, mut rest_votes) = (rest(|line| &line.capital), rest(|line| &line.votes));
    if rest_capital < zero() || rest_votes < zero() {
        doubts.insert(Doubt::TooMuch);
    } else if spec.listed {
        (rest_capital, rest_votes) = (zero(), zero());
    } else if spec.shareholders.is_empty() {
        doubts.insert(Doubt::NoHolder);
    } else if !rest_capital.is_zero() || !rest_votes.is_zero() {
        doubts.insert(Doubt::Rest(percent(&rest_capital, None).0, percent(&rest_votes, None).0));
    }
    let (rest_capital, rest_votes) = (rest_capital.max(zero()), rest_votes.max(zero()));
    let lines = lines.into_values().collect();
    Firm { lines, deciding: None, pacts, listed: spec.listed, rest_capital, rest_votes, doubts }
}

/// A pact binds hands: all that is theirs.
fn concert<'a>(
    hands: &Hands<'a>,
    name: &'a str,
    provider: &'a Provider,
    pact: &Pact,
    doubts: &mut BTreeSet<Doubt>,
) -> Concert {
    let lines = &provider.spec.shareholders;
    let (mut partners, mut unknown) = (BTreeSet::new(), false);
    for partner in &pact.partners {
        let named = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.provider.as_deref() == Some(partner) || same(&line.name, partner));
        let mut found: Vec<_> = named.filter_map(|(at, _)| hands.of_line(name, at)).collect();
        if found.is_empty() {
            // Somebody who holds through others.
            found.extend(hands.named(partner));
        }
        if found.is_empty() {
            doubts.insert(Doubt::Partner(partner.clone()));
            unknown = true;
        }
        partners.extend(found);
    }
    Concert { partners, decide: pact.decide.iter().copied().collect(), unknown }
}

/// Vehicles of a firm within its ring: those that it owns wholly, itself or through such vehicles, and that are not from
/// outside.
fn vehicles(
    of: HandId,
    ring: &BTreeSet<HandId>,
    firms: &BTreeMap<HandId, Firm>,
    hands: &Hands<'_>,
) -> BTreeSet<HandId> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for id in ring.iter().filter(|id| **id != of) {
            let Some(firm) = firms.get(id) else { continue };
            let inside =
                |line: &Line| line.holder == of || line.holder == *id || found.contains(&line.holder);
            let whole = firm.is_whole()
                && firm.lines.iter().all(inside)
                && firm.lines.iter().any(|line| line.holder != *id);
            if whole && hands.all.get(*id).is_some_and(|hand| hand.outside.is_none()) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Takes away what a firm holds in itself.
fn exercise(firm: &mut Firm, vehicles: &BTreeSet<HandId>, itself: HandId) {
    let own = |line: &Line| line.holder == itself || vehicles.contains(&line.holder);
    let (mut capital, mut votes) = (one(), one());
    for line in firm.lines.iter().filter(|line| own(line)) {
        capital -= &line.capital;
        votes -= &line.votes;
    }
    firm.lines.retain(|line| !own(line));
    for pact in &mut firm.pacts {
        pact.partners.retain(|partner| *partner != itself && !vehicles.contains(partner));
    }
    for (of, whole) in [(Of::Capital, capital), (Of::Votes, votes)] {
        if whole <= zero() {
            firm.void(of);
            continue;
        }
        firm.lines.iter_mut().for_each(|line| *of.line_mut(line) /= &whole);
        *of.rest_mut(firm) /= &whole;
    }
}

/// Firms whose capital, or whose votes, nobody holds but firms like them.
fn ungrounded(firms: &BTreeMap<HandId, Firm>) -> Vec<(HandId, Of)> {
    let mut open = Vec::new();
    for of in [Of::Capital, Of::Votes] {
        let mut grounded: BTreeSet<HandId> = BTreeSet::new();
        loop {
            let before = grounded.len();
            for (id, firm) in firms {
                let float =
                    || firm.listed && firm.lines.iter().map(|line| of.line(line)).sum::<Ratio>() < one();
                let held = |line: &Line| {
                    !of.line(line).is_zero()
                        && (!firms.contains_key(&line.holder) || grounded.contains(&line.holder))
                };
                if !of.rest(firm).is_zero() || float() || firm.lines.iter().any(held) {
                    grounded.insert(*id);
                }
            }
            if grounded.len() == before {
                break;
            }
        }
        open.extend(firms.keys().filter(|id| !grounded.contains(id)).map(|id| (*id, of)));
    }
    open
}
