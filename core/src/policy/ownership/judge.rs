//! What the rules on ownership find of one firm in one [`PossibleWorld`].

use std::collections::{BTreeMap, BTreeSet};

use beffroi_crds::{ownership::Ground, provider::Decision};

use super::{
    firms::Line,
    hands::HandId,
    ratio::{Ratio, zero},
    shares::Share,
    world::PossibleWorld,
};

/// Hands that have too much of a firm, alone or in concert.
#[derive(Clone, Debug)]
pub struct Excess {
    /// Those of them that have any of it.
    pub holders: Vec<HandId>,
    /// All who act together.
    pub(super) members: BTreeSet<HandId>,
    /// Of the capital, or of the votes.
    pub ground: Ground,
    /// How much, exactly.
    pub share: Ratio,
}

/// A power that is barred.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Power {
    /// Over whom: the firm itself, or one that decides over it.
    pub firm: HandId,
    /// Who bears it: a holder.
    pub by: HandId,
    /// From outside: the bearer, or who decides over the bearer.
    pub holder: HandId,
    /// A veto, or appointment of the majority.
    pub ground: Ground,
    /// Whether by a pact.
    pub together: bool,
}

/// What the rules on ownership find of one firm.
#[derive(Clone, Debug, Default)]
pub struct Broken {
    /// JUR-02: hands above the limit for each.
    pub each: Vec<Excess>,
    /// JUR-03: all hands from outside, above the limit for all.
    pub together: Vec<Excess>,
    /// JUR-04: vetoes and appointments.
    pub powers: Vec<Power>,
    /// JUR-05: hands of excluded lands that decide.
    pub rulers: Vec<HandId>,
}

/// Limits for one hand and for all together.
pub struct Thresholds {
    /// For each.
    pub each: Ratio,
    /// For all.
    pub together: Ratio,
}

impl PossibleWorld {
    /// What the rules find of a firm.
    pub fn judge(&self, root: HandId, limits: &Thresholds) -> Broken {
        if !self.firms.contains_key(&root) {
            // Nobody stands behind it: a public body, a foundation. Its own land counts.
            return Broken {
                rulers: self.excluded(root).then_some(root).into_iter().collect(),
                ..Broken::default()
            };
        }
        Broken { powers: self.powers(root), rulers: self.rulers(root), ..self.judge_shares(root, limits) }
    }

    fn judge_shares(&self, root: HandId, limits: &Thresholds) -> Broken {
        let mut broken = Broken::default();
        if self.surely_within(root, (&limits.each).min(&limits.together)) {
            return broken;
        }
        let mut outside = self.outsiders().clone();
        outside.remove(&root);
        let all = if self.outside(root) { self.share(root, &outside) } else { self.foreign_share(root) };
        for (ground, share) in parts(&all).into_iter().filter(|(_, share)| **share > limits.together) {
            broken.together.push(self.excess(root, &outside, ground, share));
        }
        if all.capital <= limits.each && all.votes <= limits.each {
            return broken;
        }
        for members in self.concerts(root) {
            let share = self.share(root, &members);
            for (ground, share) in parts(&share).into_iter().filter(|(_, share)| **share > limits.each) {
                let smaller = |known: &Excess| known.ground == ground && known.members.is_subset(&members);
                if !broken.each.iter().any(smaller) {
                    broken.each.push(self.excess(root, &members, ground, share));
                }
            }
        }
        broken
    }

    /// Who acts in concert, of those from outside: a hand and those it decides over, sister companies under one hand,
    /// partners of one pact with those that they decide over and those who decide over them. The smallest come first.
    fn concerts(&self, root: HandId) -> Vec<BTreeSet<HandId>> {
        let behind = self.behind(root);
        // Of each hand, those from outside that it is or decides over.
        let mut families: BTreeMap<HandId, BTreeSet<HandId>> = BTreeMap::new();
        for id in behind.iter().copied().filter(|id| self.outside(*id) && *id != root) {
            for head in [id].iter().chain(self.deciders.over(id)) {
                families.entry(*head).or_default().insert(id);
            }
        }
        let family = |of: HandId| families.get(&of).into_iter().flatten().copied();
        let mut sets: BTreeSet<BTreeSet<HandId>> = families.values().cloned().collect();
        let pacts = behind.iter().filter_map(|id| self.firms.get(id)).flat_map(|firm| &firm.pacts);
        for pact in pacts {
            let bound = pact.partners.iter().flat_map(|p| [p].into_iter().chain(self.deciders.over(*p)));
            sets.insert(bound.flat_map(|hand| family(*hand)).collect());
        }
        sets.remove(&BTreeSet::new());
        let mut sets: Vec<_> = sets.into_iter().collect();
        sets.sort_by_key(BTreeSet::len);
        sets
    }

    fn excess(&self, root: HandId, members: &BTreeSet<HandId>, ground: Ground, share: &Ratio) -> Excess {
        let holders = self.contributors(root, members);
        Excess { holders, members: members.clone(), ground, share: share.clone() }
    }

    /// Of these hands, those who have any of a firm: for whom a line counts whole, the outermost.
    fn contributors(&self, root: HandId, members: &BTreeSet<HandId>) -> Vec<HandId> {
        let lines: BTreeSet<(HandId, HandId)> = self.counting_for(members, &|count| {
            let mut seen = BTreeSet::from([root]);
            let mut next = vec![root];
            let mut found = BTreeSet::new();
            while let Some(id) = next.pop() {
                let any = |line: &&Line| line.capital > zero() || line.votes > zero();
                found.extend(count.direct(id).filter(any).map(|line| (id, line.holder)));
                next.extend(
                    count.through(id).filter(any).map(|line| line.holder).filter(|h| seen.insert(*h)),
                );
            }
            found
        });
        let mut holders = BTreeSet::new();
        for (firm, line) in lines {
            let over = self.deciders.over_holder(firm, line);
            let theirs: BTreeSet<HandId> = members.iter().filter(|m| over.contains(m)).copied().collect();
            // Whoever stands outermost, where they stand in a line.
            let first = |id: &HandId| {
                !theirs.iter().any(|other| other != id && self.deciders.over(*id).contains(other))
            };
            let outermost: Vec<HandId> = theirs.iter().filter(|id| first(id)).copied().collect();
            match (outermost.is_empty(), theirs.is_empty()) {
                (false, _) => holders.extend(outermost),
                (true, false) => holders.extend(theirs),
                (true, true) => _ = holders.insert(line),
            }
        }
        holders.into_iter().collect()
    }

    fn powers(&self, root: HandId) -> Vec<Power> {
        let outside = |id: HandId| self.outside(id) && id != root;
        let mut powers = BTreeSet::new();
        let firms: BTreeSet<HandId> = self.deciders.over(root).iter().copied().chain([root]).collect();
        for id in firms.iter().filter(|id| self.firms.contains_key(id)) {
            // A firm has no power over itself, through whomever it is.
            let outside = |hand: HandId| outside(hand) && hand != *id;
            for (by, ground, together) in self.bearers(*id) {
                let behind = self.deciders.over_holder(*id, by).iter().copied().filter(|d| outside(*d));
                let first =
                    |d: &HandId| !self.deciders.over(*d).iter().any(|other| outside(*other) && other != d);
                let outermost: Vec<HandId> = behind.clone().filter(first).collect();
                let holders = if outermost.is_empty() { behind.collect() } else { outermost };
                let holders = if holders.is_empty() && outside(by) { vec![by] } else { holders };
                powers.extend(holders.into_iter().map(|holder| Power {
                    firm: *id,
                    by,
                    holder,
                    ground,
                    together,
                }));
            }
        }
        powers.into_iter().collect()
    }

    /// Who bears a veto or appoints the majority of a firm, and whether by a pact.
    fn bearers(&self, id: HandId) -> Vec<(HandId, Ground, bool)> {
        let Some(firm) = self.firms.get(&id) else { return Vec::new() };
        let mut bearers = Vec::new();
        for line in &firm.lines {
            bearers.extend(line.veto.then_some((line.holder, Ground::Veto, false)));
            bearers.extend(line.appoints.then_some((line.holder, Ground::Appointment, false)));
        }
        for pact in &firm.pacts {
            for (decision, ground) in
                [(Decision::Veto, Ground::Veto), (Decision::Appointment, Ground::Appointment)]
            {
                if pact.decide.contains(&decision) {
                    bearers.extend(pact.partners.iter().map(|partner| (*partner, ground, true)));
                }
            }
        }
        bearers
    }

    fn rulers(&self, root: HandId) -> Vec<HandId> {
        let all = [root].into_iter().chain(self.deciders.over(root).iter().copied());
        all.filter(|id| self.excluded(*id)).collect()
    }
}

fn parts(share: &Share) -> [(Ground, &Ratio); 2] {
    [(Ground::Capital, &share.capital), (Ground::Votes, &share.votes)]
}
