//! What the rules on ownership find of one firm: broken where what is declared suffices to break them; unproven where
//! something that is not known could.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use beffroi_crds::{ownership::Ground, provider::Decision};

use super::{
    Ownership,
    deciders::counting,
    hands::HandId,
    ratio::{Ratio, zero},
    shares::{Count, Share},
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
pub struct Findings {
    /// JUR-02: hands above the limit for each.
    pub each: Vec<Excess>,
    /// Whether something that is not known could put one above it.
    pub each_open: bool,
    /// JUR-03: all hands from outside, above the limit for all.
    pub together: Vec<Excess>,
    /// Whether something that is not known could put them above it.
    pub together_open: bool,
    /// JUR-04: vetoes and appointments.
    pub powers: Vec<Power>,
    /// Whether somebody who is not known could have one.
    pub powers_open: bool,
    /// JUR-05: hands of excluded lands that decide.
    pub rulers: Vec<HandId>,
    /// Whether somebody who is not known could be one.
    pub rulers_open: bool,
}

/// Limits for one hand and for all together.
pub struct Limits {
    /// For each.
    pub each: Ratio,
    /// For all.
    pub together: Ratio,
}

/// What was found once, and holds for every firm that is judged.
#[derive(Debug, Default)]
pub(super) struct Known {
    behind: RefCell<BTreeMap<HandId, Rc<BTreeSet<HandId>>>>,
    unknown: RefCell<BTreeMap<HandId, bool>>,
    foreign: OnceCell<BTreeMap<HandId, Share>>,
    reach: RefCell<BTreeMap<HandId, Rc<BTreeSet<HandId>>>>,
}

impl Ownership<'_> {
    /// What the rules find of a firm.
    pub fn findings(&self, root: HandId, limits: &Limits) -> Findings {
        let mut findings = Findings::default();
        if !self.firms.contains_key(&root) {
            // Nobody stands behind it: a public body, a foundation. Its own land counts.
            findings.rulers.extend(self.excluded(root).then_some(root));
            return findings;
        }
        self.judge_shares(root, limits, &mut findings);
        self.judge_powers(root, &mut findings);
        self.judge_rulers(root, &mut findings);
        findings
    }

    /// What the rules on shares find of a firm: JUR-02 and JUR-03 alone.
    pub fn findings_on_shares(&self, root: HandId, limits: &Limits) -> Findings {
        let mut findings = Findings::default();
        if self.firms.contains_key(&root) {
            self.judge_shares(root, limits, &mut findings);
        }
        findings
    }

    fn judge_shares(&self, root: HandId, limits: &Limits, findings: &mut Findings) {
        let outside: BTreeSet<HandId> =
            (0..self.hands.all.len()).filter(|id| self.outside(*id) && *id != root).collect();
        let all = if self.outside(root) { self.certain(root, &outside) } else { self.foreign_share(root) };
        for (ground, share) in parts(&all).into_iter().filter(|(_, share)| **share > limits.together) {
            findings.together.push(self.excess(root, &outside, ground, share));
        }
        let most = (&all.capital).max(&all.votes);
        let concerts =
            if *most > limits.each || self.unknown_behind(root) { self.concerts(root) } else { Vec::new() };
        for members in &concerts {
            if *most <= limits.each {
                break;
            }
            let share = self.certain(root, members);
            for (ground, share) in parts(&share).into_iter().filter(|(_, share)| **share > limits.each) {
                let smaller = |known: &Excess| known.ground == ground && known.members.is_subset(members);
                if !findings.each.iter().any(smaller) {
                    findings.each.push(self.excess(root, members, ground, share));
                }
            }
        }
        if !self.unknown_behind(root) {
            return;
        }
        let (each, together) = (findings.each.is_empty(), findings.together.is_empty());
        let may = if each || together { self.may(root, &outside, &outside) } else { Share::none() };
        let over = |share: &Share, limit: &Ratio| share.capital > *limit || share.votes > *limit;
        findings.together_open = together && over(&may, &limits.together);
        if each && over(&may, &limits.each) {
            let nobody = BTreeSet::new();
            findings.each_open = over(&self.may(root, &nobody, &nobody), &limits.each)
                || concerts.iter().any(|members| over(&self.may(root, members, members), &limits.each))
                || self
                    .possible_concerts(root)
                    .iter()
                    .any(|members| over(&self.may(root, members, members), &limits.each));
        }
    }

    /// Whether anything is not known of a firm or of whoever stands behind it.
    pub(super) fn unknown_behind(&self, root: HandId) -> bool {
        let mut known = self.known.unknown.borrow_mut();
        *known.entry(root).or_insert_with(|| self.behind(root).iter().any(|id| self.may_be_decided(*id)))
    }

    /// What all hands from outside have of a firm that is not from there, found for all firms at once.
    fn foreign_share(&self, root: HandId) -> Share {
        let shares = self.known.foreign.get_or_init(|| {
            let outside: BTreeSet<HandId> =
                (0..self.hands.all.len()).filter(|id| self.outside(*id)).collect();
            self.count(&outside, &|whole| self.counted(false, whole).of_all())
        });
        shares.get(&root).cloned().unwrap_or_else(Share::none)
    }

    /// A firm and everyone who has a line in it, directly and indirectly.
    pub(super) fn behind(&self, root: HandId) -> Rc<BTreeSet<HandId>> {
        let known = self.known.behind.borrow().get(&root).cloned();
        known.unwrap_or_else(|| {
            let found = Rc::new(self.look_behind(root));
            self.known.behind.borrow_mut().insert(root, found.clone());
            found
        })
    }

    fn look_behind(&self, root: HandId) -> BTreeSet<HandId> {
        let mut seen = BTreeSet::from([root]);
        let mut next = vec![root];
        while let Some(id) = next.pop() {
            let lines = self.firms.get(&id).map(|firm| &firm.lines).into_iter().flatten();
            next.extend(lines.map(|line| line.holder).filter(|holder| seen.insert(*holder)));
        }
        seen
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

    /// Those who may act in concert, besides: sister companies under a hand that may decide over them.
    fn possible_concerts(&self, root: HandId) -> BTreeSet<BTreeSet<HandId>> {
        let behind = self.behind(root);
        let outside: Vec<HandId> =
            behind.iter().copied().filter(|id| self.outside(*id) && *id != root).collect();
        let family = |head: &HandId| {
            let reach = self.reach(*head);
            outside.iter().filter(|id| *id == head || reach.contains(id)).copied().collect()
        };
        behind.iter().filter(|head| **head != root).map(family).collect()
    }

    /// What these hands certainly have of a firm.
    fn certain(&self, root: HandId, members: &BTreeSet<HandId>) -> Share {
        self.count(members, &|whole| self.counted(false, whole).of(root))
    }

    fn counted<'c>(&'c self, unknown: bool, whole: &'c dyn Fn(HandId, HandId) -> bool) -> Count<'c> {
        Count { firms: &self.firms, rings: &self.rings, counting: &self.counting, whole, unknown }
    }

    /// Whether a line counts whole for these hands: its holder is one of them, or one of them decides over it.
    pub(super) fn count<T>(
        &self,
        members: &BTreeSet<HandId>,
        with: &dyn Fn(&dyn Fn(HandId, HandId) -> bool) -> T,
    ) -> T {
        with(&|firm, holder| {
            members.contains(&holder) || !self.deciders.over_holder(firm, holder).is_disjoint(members)
        })
    }

    /// Those multiplied and those whole, of what these hands certainly have.
    pub(super) fn counting_for<T>(&self, members: &BTreeSet<HandId>, with: &dyn Fn(&Count<'_>) -> T) -> T {
        self.count(members, &|whole| with(&self.counted(false, whole)))
    }

    /// What these hands may have of a firm, where each of `actors` may be who is not known.
    fn may(&self, root: HandId, members: &BTreeSet<HandId>, actors: &BTreeSet<HandId>) -> Share {
        let reached: BTreeSet<HandId> =
            actors.iter().flat_map(|actor| BTreeSet::clone(&self.reach(*actor))).collect();
        let closed = |id: HandId| self.rings.iter().any(|ring| ring.closed && ring.firms.contains(&id));
        let mut apart: BTreeMap<HandId, BTreeSet<HandId>> = BTreeMap::new();
        for id in self.behind(root).iter().copied().filter(|id| closed(*id)) {
            let mut others = self.possible().reach_unknown(&self.rings, &self.deciders, id);
            let each = actors
                .iter()
                .map(|actor| self.possible().reach(*actor, &self.rings, &self.deciders, Some(id)));
            others.extend(each.flatten());
            apart.insert(id, others);
        }
        let whole = |firm: HandId, holder: HandId| {
            members.contains(&holder)
                || !self.deciders.over_holder(firm, holder).is_disjoint(members)
                || match apart.get(&firm) {
                    Some(others) => others.contains(&holder),
                    None => self.may_be_decided(holder) || reached.contains(&holder),
                }
        };
        self.counted(true, &whole).of(root)
    }

    /// Whom a hand may decide over, together with whoever is not known.
    fn reach(&self, actor: HandId) -> Rc<BTreeSet<HandId>> {
        let known = self.known.reach.borrow().get(&actor).cloned();
        known.unwrap_or_else(|| {
            let found = Rc::new(self.possible().reach(actor, &self.rings, &self.deciders, None));
            self.known.reach.borrow_mut().insert(actor, found.clone());
            found
        })
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
                let any = |line: &&super::firms::Line| line.capital > zero() || line.votes > zero();
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

    fn judge_powers(&self, root: HandId, findings: &mut Findings) {
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
        findings.powers = powers.into_iter().collect();
        if !findings.powers.is_empty() || !self.unknown_behind(root) {
            return;
        }
        let behind = self.behind(root);
        findings.powers_open = self.may_be_decided(root) || {
            let reached: BTreeSet<HandId> = behind
                .iter()
                .filter(|id| outside(**id))
                .flat_map(|id| BTreeSet::clone(&self.reach(*id)))
                .collect();
            let may = |by: HandId| outside(by) || reached.contains(&by) || self.may_be_decided(by);
            let decides = |id: &HandId| firms.contains(id) || self.reach(*id).contains(&root);
            let described = behind.iter().filter(|id| self.firms.contains_key(id));
            described.filter(|id| self.bearers(**id).iter().any(|(by, ..)| may(*by))).any(decides)
        };
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

    fn judge_rulers(&self, root: HandId, findings: &mut Findings) {
        let all = [root].into_iter().chain(self.deciders.over(root).iter().copied());
        findings.rulers = all.filter(|id| self.excluded(*id)).collect();
        if !findings.rulers.is_empty() || !self.unknown_behind(root) {
            return;
        }
        let may = |id: &HandId| self.excluded(*id) && self.reach(*id).contains(&root);
        findings.rulers_open = self.may_be_decided(root) || self.behind(root).iter().any(may);
    }

    /// Whether somebody who is not known may decide over a hand.
    fn may_be_decided(&self, id: HandId) -> bool {
        self.open.contains(&id)
    }

    pub(super) fn outside(&self, id: HandId) -> bool {
        self.hands.all.get(id).is_some_and(|hand| hand.outside.is_some())
    }

    fn excluded(&self, id: HandId) -> bool {
        self.hands.all.get(id).is_some_and(|hand| hand.excluded.is_some())
    }

    /// Holders that count, of each listed firm.
    pub(super) fn counting(&self) -> BTreeMap<HandId, BTreeSet<HandId>> {
        let listed = self.firms.iter().filter(|(_, firm)| firm.listed);
        listed.map(|(id, firm)| (*id, counting(*id, firm, &self.deciders))).collect()
    }
}

fn parts(share: &Share) -> [(Ground, &Ratio); 2] {
    [(Ground::Capital, &share.capital), (Ground::Votes, &share.votes)]
}
