//! Who decides over whom: all of them, each followed on.
//!
//! A hand decides over a firm by more than half of its capital or votes; by more than 40 % of its votes where nobody else
//! has as much (L233-3 II: at equal shares the presumption falls); by a veto or by appointing the majority; as a partner
//! of a pact that decides one of these, or whose partners vote together and pass one of the first two tests (L233-3 III).
//! What it has there is its own lines and those of every holder that it decides over, though not through that very firm.
//!
//! All is known here: who is not known is somebody in each [`world`](super::world).

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{ownership::Ground, provider::Decision};

use super::{
    firms::{Concert, Firm, Line},
    hands::HandId,
    ratio::{Ratio, ratio, zero},
    rings::Ring,
};

/// Largest ring in which everybody is looked at apart from everybody else; larger ones are taken as they are.
const APART: usize = 48;

/// By what a hand decides over a firm, and what it has there.
#[derive(Clone, Debug)]
pub struct Decider {
    /// By what.
    pub grounds: BTreeSet<Ground>,
    /// Share of the capital, its own and of those it decides over.
    pub capital: Ratio,
    /// Share of the votes.
    pub votes: Ratio,
}

type Sets = BTreeMap<HandId, BTreeSet<HandId>>;

/// Who decides over whom.
#[derive(Debug, Default)]
pub struct Deciders {
    /// Of each firm, who decides over it by what they have in it.
    pub direct: BTreeMap<HandId, BTreeMap<HandId, Decider>>,
    /// Of each firm, who decides over it, through however many.
    all: Sets,
    /// Of each firm in a ring: of the others there, who decides over them, but not through it.
    apart: BTreeMap<HandId, Sets>,
    none: BTreeSet<HandId>,
    contested: Option<BTreeSet<HandId>>,
}

impl Deciders {
    /// Finds everybody who decides; where some holders are `contested`, for somebody who is not known may stand behind
    /// them, everybody who does so whoever that is.
    pub fn of(firms: &BTreeMap<HandId, Firm>, rings: &[Ring], contested: Option<&BTreeSet<HandId>>) -> Self {
        let mut this = Self { contested: contested.cloned(), ..Self::default() };
        for ring in rings {
            if !ring.closed {
                for id in &ring.firms {
                    let Some(firm) = firms.get(id) else { continue };
                    let over = |holder| this.over(holder);
                    let mut sides = Sides::of(*id, firm, &over, true);
                    sides.drop_covered(firm, &over);
                    let direct = this.deciders(*id, firm, &sides, true);
                    let all = close(&direct, &|decider| this.over(decider));
                    this.all.insert(*id, all);
                    this.direct.insert(*id, direct);
                }
                continue;
            }
            this.solve(ring, firms);
        }
        this
    }

    /// Who decides over a hand.
    pub fn over(&self, hand: HandId) -> &BTreeSet<HandId> {
        self.all.get(&hand).unwrap_or(&self.none)
    }

    /// Who decides over a holder of a firm, but not through that firm.
    pub fn over_holder(&self, firm: HandId, holder: HandId) -> &BTreeSet<HandId> {
        self.apart.get(&firm).and_then(|others| others.get(&holder)).unwrap_or_else(|| self.over(holder))
    }

    fn solve(&mut self, ring: &Ring, firms: &BTreeMap<HandId, Firm>) {
        if ring.firms.len() <= APART {
            for id in &ring.firms {
                let others = self.settle(ring, Some(*id), firms);
                self.apart.insert(*id, others);
            }
        }
        let all = self.settle(ring, None, firms);
        self.all.extend(all);
        // Whoever would decide over one, were nobody to decide over another, may not do so as it is.
        loop {
            let Self { all, apart, .. } = self;
            let mut changed = false;
            for over in apart.iter_mut().filter(|(id, _)| ring.firms.contains(id)).map(|(_, over)| over) {
                for (holder, deciders) in over {
                    let before = deciders.len();
                    deciders.retain(|decider| all.get(holder).is_some_and(|all| all.contains(decider)));
                    changed |= deciders.len() < before;
                }
            }
            if !changed && ring.firms.iter().all(|id| self.direct.contains_key(id)) {
                return;
            }
            self.decide(ring, firms);
        }
    }

    /// Who decides over each firm of a ring, of who does so not through it.
    fn decide(&mut self, ring: &Ring, firms: &BTreeMap<HandId, Firm>) {
        let found: Vec<_> = ring
            .firms
            .iter()
            .filter_map(|id| {
                let firm = firms.get(id)?;
                let sides = Sides::of(*id, firm, &|holder| self.over_holder(*id, holder), false);
                Some((*id, self.deciders(*id, firm, &sides, true)))
            })
            .collect();
        self.direct.extend(found);
        ring.firms.iter().for_each(|id| _ = self.all.insert(*id, BTreeSet::new()));
        loop {
            let next: Vec<_> = ring
                .firms
                .iter()
                .filter_map(|id| {
                    let mut all = close(self.direct.get(id)?, &|decider| self.over(decider));
                    all.remove(id);
                    (all != *self.over(*id)).then_some((*id, all))
                })
                .collect();
            if next.is_empty() {
                return;
            }
            self.all.extend(next);
        }
    }

    /// Who decides over each firm of a ring when nobody decides through `without`. What rests on nobody being larger is
    /// looked at once all else is found, so that no order matters.
    fn settle(&self, ring: &Ring, without: Option<HandId>, firms: &BTreeMap<HandId, Firm>) -> Sets {
        let mut sets: Sets = ring.firms.iter().map(|id| (*id, BTreeSet::new())).collect();
        let mut presume = false;
        loop {
            let over = |hand: HandId| sets.get(&hand).unwrap_or_else(|| self.over(hand));
            let next: Vec<_> = ring
                .firms
                .iter()
                .filter(|id| Some(**id) != without)
                .filter_map(|id| {
                    let firm = firms.get(id)?;
                    let apart = self.apart.get(id).filter(|_| without.is_none());
                    let apart: Sets = apart
                        .into_iter()
                        .flatten()
                        .map(|(holder, apart)| {
                            (*holder, over(*holder).intersection(apart).copied().collect())
                        })
                        .collect();
                    let over_holder = |holder: HandId| apart.get(&holder).unwrap_or_else(|| over(holder));
                    let direct =
                        self.deciders(*id, firm, &Sides::of(*id, firm, &over_holder, false), presume);
                    let mut all = close(&direct, &over);
                    all.extend(over(*id));
                    all.remove(id);
                    (all != *over(*id)).then_some((*id, all))
                })
                .collect();
            match (next.is_empty(), presume) {
                (true, true) => return sets,
                (true, false) => presume = true,
                (false, _) => {
                    presume = false;
                    sets.extend(next);
                }
            }
        }
    }
    /// Who decides over a firm, of whose lines are whose.
    fn deciders(
        &self,
        itself: HandId,
        firm: &Firm,
        sides: &Sides,
        presume: bool,
    ) -> BTreeMap<HandId, Decider> {
        let mut found: BTreeMap<HandId, BTreeSet<Ground>> = BTreeMap::new();
        let none = BTreeSet::new();
        // What somebody who is not known has adds to whoever else is the largest.
        let contested = self.contested.as_ref().map(|all| {
            let lines = firm.deciding().iter().enumerate().filter(|(_, line)| all.contains(&line.holder));
            lines.map(|(at, _)| at).collect::<BTreeSet<usize>>()
        });
        let rest = contested.as_ref().map_or_else(zero, |_| firm.rest_votes.clone());
        let contested = contested.unwrap_or_default();
        let (half, forty) = (ratio(1, 2), ratio(2, 5));
        let grounds = |lines: &BTreeSet<usize>| {
            let mut grounds = BTreeSet::new();
            if sum(firm, lines, |line| &line.capital) > half {
                grounds.insert(Ground::Capital);
            }
            let votes = sum(firm, lines, |line| &line.votes);
            if votes > half {
                grounds.insert(Ground::Votes);
            } else if presume && votes > forty {
                let apart = |block: &BTreeSet<usize>| {
                    let all = block.union(&contested).filter(|at| !lines.contains(at)).copied().collect();
                    sum(firm, &all, |line| &line.votes) + &rest
                };
                // Who only have a veto together do not vote together.
                let voting = firm.pacts.iter().zip(&sides.together);
                let voting = voting.filter(|(pact, _)| pact.decide.contains(&Decision::Votes));
                if sides
                    .of
                    .values()
                    .chain(voting.map(|(_, lines)| lines))
                    .chain([&none])
                    .all(|block| apart(block) < votes)
                {
                    grounds.insert(Ground::Presumption);
                }
            }
            grounds
        };
        // Many have the same lines: whoever stands behind one holder.
        let mut known: BTreeMap<&BTreeSet<usize>, BTreeSet<Ground>> = BTreeMap::new();
        for (hand, lines) in &sides.of {
            let theirs = known.entry(lines).or_insert_with(|| grounds(lines));
            found.entry(*hand).or_default().extend(theirs.iter().copied());
        }
        for line in firm.deciding().iter().filter(|line| line.holder != itself) {
            let grounds = found.entry(line.holder).or_default();
            grounds.extend(line.veto.then_some(Ground::Veto));
            grounds.extend(line.appoints.then_some(Ground::Appointment));
        }
        for (pact, lines) in firm.pacts.iter().zip(&sides.together) {
            let decide = pact.decide.contains(&Decision::Veto)
                || pact.decide.contains(&Decision::Appointment)
                || (pact.decide.contains(&Decision::Votes) && !grounds(lines).is_empty());
            for partner in pact.partners.iter().filter(|partner| decide && **partner != itself) {
                found.entry(*partner).or_default().insert(Ground::Concert);
            }
        }
        found.retain(|_, grounds| !grounds.is_empty());
        let decider = |(hand, grounds): (HandId, BTreeSet<Ground>)| {
            let lines = sides.of.get(&hand).unwrap_or(&none);
            let (capital, votes) =
                (sum(firm, lines, |line| &line.capital), sum(firm, lines, |line| &line.votes));
            (hand, Decider { grounds, capital, votes })
        };
        found.into_iter().map(decider).collect()
    }
}

fn close<'s>(
    direct: &BTreeMap<HandId, Decider>,
    over: &dyn Fn(HandId) -> &'s BTreeSet<HandId>,
) -> BTreeSet<HandId> {
    direct.keys().flat_map(|decider| [*decider].into_iter().chain(over(*decider).iter().copied())).collect()
}

/// Which lines of a firm are whose.
#[derive(Debug)]
pub(super) struct Sides {
    /// Of each hand, its own and those of whom it decides over.
    of: BTreeMap<HandId, BTreeSet<usize>>,
    /// Of each pact, those of its partners and of whoever decides over one, and of whom they decide over.
    together: Vec<BTreeSet<usize>>,
}

impl Sides {
    /// Finds them, of who decides over whom; perhaps without those who only stand behind one holder, and have what that
    /// one has.
    pub fn of<'s>(
        itself: HandId,
        firm: &Firm,
        over: &dyn Fn(HandId) -> &'s BTreeSet<HandId>,
        holders: bool,
    ) -> Self {
        let all = |line: &Line| [line.holder].into_iter().chain(over(line.holder).iter().copied());
        let bound = |pact: &Concert| {
            let bound = |partner: &HandId| [*partner].into_iter().chain(over(*partner).iter().copied());
            pact.partners.iter().flat_map(bound).collect::<BTreeSet<HandId>>()
        };
        let bound: Vec<BTreeSet<HandId>> = firm.pacts.iter().map(bound).collect();
        let mut lines: BTreeMap<HandId, usize> = BTreeMap::new();
        if holders {
            firm.deciding().iter().flat_map(all).for_each(|hand| *lines.entry(hand).or_default() += 1);
        }
        let mut of: BTreeMap<HandId, BTreeSet<usize>> = BTreeMap::new();
        for (at, line) in firm.deciding().iter().enumerate() {
            for hand in all(line).filter(|hand| *hand != itself) {
                let behind_one = lines.get(&hand) == Some(&1) && hand != line.holder;
                if !behind_one || bound.iter().any(|bound| bound.contains(&hand)) {
                    of.entry(hand).or_default().insert(at);
                }
            }
        }
        let together = |bound: &BTreeSet<HandId>| {
            bound.iter().filter_map(|hand| of.get(hand)).flatten().copied().collect()
        };
        let together = bound.iter().map(together).collect();
        Self { of, together }
    }

    /// Leaves out whoever is no holder and no partner here, and has just what a holder has over whom it decides: it is
    /// found behind that one.
    fn drop_covered<'s>(&mut self, firm: &Firm, over: &dyn Fn(HandId) -> &'s BTreeSet<HandId>) {
        let named: BTreeSet<HandId> = firm.deciding().iter().map(|line| line.holder).collect();
        let bound: BTreeSet<HandId> = firm.pacts.iter().flat_map(|pact| &pact.partners).copied().collect();
        let covered = |hand: &HandId, lines: &BTreeSet<usize>| {
            let mut holders = lines.iter().filter_map(|at| firm.deciding().get(*at)).map(|line| line.holder);
            let same = |holder: HandId| self.of.get(&holder) == Some(lines) && over(holder).contains(hand);
            !named.contains(hand) && !bound.contains(hand) && holders.any(same)
        };
        let kept: BTreeSet<HandId> =
            self.of.iter().filter(|(hand, lines)| !covered(hand, lines)).map(|(hand, _)| *hand).collect();
        self.of.retain(|hand, _| kept.contains(hand));
    }
}

/// What some lines come to.
fn sum(firm: &Firm, lines: &BTreeSet<usize>, of: fn(&Line) -> &Ratio) -> Ratio {
    lines.iter().filter_map(|at| firm.deciding().get(*at)).map(of).sum()
}

/// Of a listed firm, the holders that count: each with what it decides over, with whoever decides over it, or with its
/// partners of a pact, holds 5 % or more of capital or votes. Of another firm, all.
pub fn counting(id: HandId, firm: &Firm, deciders: &Deciders) -> BTreeSet<HandId> {
    if !firm.listed {
        return firm.deciding().iter().map(|line| line.holder).collect();
    }
    let sides = Sides::of(id, firm, &|holder| deciders.over_holder(id, holder), false);
    let least = ratio(1, 20);
    let declares = |lines: &BTreeSet<usize>| {
        sum(firm, lines, |line| &line.capital) >= least || sum(firm, lines, |line| &line.votes) >= least
    };
    let blocks = sides.of.values().chain(&sides.together).filter(|lines| declares(lines));
    let lines = blocks.flatten().filter_map(|at| firm.deciding().get(*at));
    lines.map(|line| line.holder).collect()
}
