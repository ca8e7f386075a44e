//! What could be so, as far as is declared: who may decide over whom, when whoever is not known may be anyone.
//!
//! Whoever is not known may be foreign, excluded, or one of the hands that are named, and may have a veto or appoint in the
//! firm where something is not known. So they may decide over that firm, over whatever it decides over, and over what they
//! have enough of when taken together.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use beffroi_crds::provider::Decision;

use super::{
    deciders::{Deciders, shares, sum, together},
    firms::Firm,
    hands::{Behind, HandId, Hands},
    ratio::ratio,
    rings::Ring,
};

/// Who may be decided over by somebody who is not known.
#[derive(Debug)]
pub struct Possible<'f> {
    firms: &'f BTreeMap<HandId, Firm>,
    open: Cow<'f, BTreeSet<HandId>>,
}

impl<'f> Possible<'f> {
    /// Of companies that nobody describes, to begin with.
    pub fn of(hands: &Hands<'_>, firms: &'f BTreeMap<HandId, Firm>) -> Self {
        let unsaid = hands.all.iter().enumerate().filter(|(_, hand)| hand.behind == Behind::Unsaid);
        Self { firms, open: Cow::Owned(unsaid.map(|(id, _)| id).collect()) }
    }

    /// The same, once all is found.
    pub(super) fn again(firms: &'f BTreeMap<HandId, Firm>, open: &'f BTreeSet<HandId>) -> Self {
        Self { firms, open: Cow::Borrowed(open) }
    }

    /// What was found.
    pub(super) fn into_open(self) -> BTreeSet<HandId> {
        self.open.into_owned()
    }

    /// Whether somebody who is not known may decide over a hand.
    pub fn open(&self, hand: HandId) -> bool {
        self.open.contains(&hand)
    }

    /// Goes on to a ring whose holders are known.
    pub(super) fn extend(&mut self, ring: &Ring, known: &Deciders) {
        let mut open = std::mem::take(self.open.to_mut());
        self.grow(ring, known, None, None, &mut open);
        self.open = Cow::Owned(open);
    }

    /// Whom a hand may decide over, together with whoever is not known; not through `without`.
    pub fn reach(
        &self,
        actor: HandId,
        rings: &[Ring],
        known: &Deciders,
        without: Option<HandId>,
    ) -> BTreeSet<HandId> {
        let mut open: BTreeSet<HandId> =
            self.open.iter().filter(|id| !self.firms.contains_key(id)).copied().collect();
        rings.iter().for_each(|ring| self.grow(ring, known, Some(actor), without, &mut open));
        open
    }

    /// Whom those who are not known may decide over among themselves; not through `without`.
    pub fn reach_unknown(&self, rings: &[Ring], known: &Deciders, without: HandId) -> BTreeSet<HandId> {
        let mut open: BTreeSet<HandId> =
            self.open.iter().filter(|id| !self.firms.contains_key(id)).copied().collect();
        rings.iter().for_each(|ring| self.grow(ring, known, None, Some(without), &mut open));
        open
    }

    fn grow(
        &self,
        ring: &Ring,
        known: &Deciders,
        actor: Option<HandId>,
        without: Option<HandId>,
        open: &mut BTreeSet<HandId>,
    ) {
        loop {
            let before = open.len();
            for id in ring.firms.iter().filter(|id| Some(**id) != without) {
                if !open.contains(id)
                    && self.firms.get(id).is_some_and(|firm| decided(*id, firm, known, actor, open))
                {
                    open.insert(*id);
                }
            }
            if open.len() == before || !ring.closed {
                return;
            }
        }
    }
}

/// Whether an actor may decide over a firm with those who may be decided over by it or by somebody unknown.
fn decided(
    id: HandId,
    firm: &Firm,
    known: &Deciders,
    actor: Option<HandId>,
    open: &BTreeSet<HandId>,
) -> bool {
    if firm.unknown() {
        return true;
    }
    let theirs = |hand: HandId| actor == Some(hand) || open.contains(&hand);
    let own: BTreeSet<usize> = (0..firm.lines.len())
        .filter(|at| firm.lines.get(*at).is_some_and(|line| theirs(line.holder)))
        .collect();
    let bound = |pact: &super::firms::Concert| pact.partners.iter().any(|partner| theirs(*partner));
    if own.is_empty() && !firm.pacts.iter().any(bound) {
        return false;
    }
    if own.iter().filter_map(|at| firm.lines.get(*at)).any(|line| line.veto || line.appoints) {
        return true;
    }
    let of = shares(id, firm, &|holder| known.over_holder(id, holder));
    let enough = |lines: &BTreeSet<usize>| {
        let votes = sum(firm, lines, |line| &line.votes);
        if sum(firm, lines, |line| &line.capital) > ratio(1, 2) || votes > ratio(1, 2) {
            return true;
        }
        let smaller = |block: &BTreeSet<usize>| {
            sum(firm, &block.difference(lines).copied().collect(), |line| &line.votes) < votes
        };
        votes > ratio(2, 5)
            && of.values().all(smaller)
            && firm.pacts.iter().all(|pact| smaller(&together(pact, &of)))
    };
    enough(&own)
        || firm.pacts.iter().filter(|pact| bound(pact)).any(|pact| {
            pact.decide.contains(&Decision::Veto)
                || pact.decide.contains(&Decision::Appointment)
                || (pact.decide.contains(&Decision::Votes)
                    && enough(&together(pact, &of).union(&own).copied().collect()))
        })
}
