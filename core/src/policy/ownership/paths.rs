//! How a finding comes about, as data: excess, power or ruler → steps from the firm that is judged outwards, each with
//! shares as fractions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use beffroi_crds::ownership::{Counts, Ground, OwnershipPath, PathStep};
use num_traits::Zero;

use super::{
    Ownership,
    firms::Line,
    hands::HandId,
    judge::{Excess, Power},
    ratio::{Ratio, fraction},
    shares::Count,
};

/// Most steps that are told.
const STEPS: usize = 16;
/// Most terms of a sum that is told.
const TERMS: usize = 8;

/// One term of a sum: the lines that it goes through, and the last, which counts whole.
type Term = Vec<(HandId, HandId)>;

impl Ownership<'_> {
    /// How hands come to have too much.
    pub fn path_of_excess(&self, root: HandId, excess: &Excess) -> OwnershipPath {
        let of = measure(excess.ground);
        let (terms, complete) =
            self.told_in(root).counting_for(&excess.members, &|count| terms(count, root, of));
        let mut steps = Vec::new();
        let mut sum = Vec::new();
        for term in &terms {
            let mut factors = Vec::new();
            for (at, (firm, holder)) in term.iter().enumerate() {
                let Some(line) = self.line(*firm, *holder) else { continue };
                factors.push(fraction(of(line)));
                let counts = if at + 1 == term.len() { Counts::Whole } else { Counts::Times };
                steps.push(self.step(line, *firm, counts));
            }
            sum.push(factors.join(" × "));
            // Who decides over the last one.
            if let Some((_, last)) = term.last().filter(|(_, last)| !excess.members.contains(last)) {
                let over = |id: &&HandId| self.decides(**id, *last);
                if let Some(member) = excess.holders.iter().find(over).or(excess.members.iter().find(over)) {
                    steps.extend(self.decision(*last, *member));
                }
            }
        }
        OwnershipPath {
            holders: excess.holders.iter().take(STEPS).map(|id| self.told(*id)).collect(),
            ground: excess.ground,
            share: Some(fraction(&excess.share)),
            reckoned: complete.then(|| sum.join(" + ")).filter(|text| text.len() <= 1_000),
            ..self.path(root, steps)
        }
    }

    /// How somebody comes to have a power.
    pub fn path_of_power(&self, root: HandId, power: &Power) -> OwnershipPath {
        let mut steps = self.decision(root, power.firm);
        let mut borne = match self.line(power.firm, power.by) {
            Some(line) => self.step(line, power.firm, Counts::Whole),
            None => PathStep { of: self.name(power.firm).to_owned(), ..self.holder(power.by) },
        };
        borne.decides = vec![if power.together { Ground::Concert } else { power.ground }];
        steps.push(borne);
        steps.extend(self.decision(power.by, power.holder));
        OwnershipPath {
            holders: vec![self.told(power.holder)],
            ground: power.ground,
            ..self.path(root, steps)
        }
    }

    /// How somebody comes to decide.
    pub fn path_of_ruler(&self, root: HandId, ruler: HandId) -> OwnershipPath {
        let steps = self.decision(root, ruler);
        let ground = steps.last().and_then(|step| step.decides.first()).copied().unwrap_or(Ground::Seat);
        OwnershipPath { holders: vec![self.told(ruler)], ground, ..self.path(root, steps) }
    }

    /// Names of those through whom the largest term of an excess goes.
    pub fn through(&self, root: HandId, excess: &Excess) -> Vec<&str> {
        let of = measure(excess.ground);
        let (terms, _) = self.told_in(root).counting_for(&excess.members, &|count| terms(count, root, of));
        let weight = |term: &Term| -> Ratio {
            let lines = term.iter().filter_map(|(firm, holder)| self.line(*firm, *holder));
            lines.map(of).fold(super::ratio::one(), |product, share| product * share)
        };
        let Some(term) = terms.into_iter().max_by_key(weight) else { return Vec::new() };
        let mut names: Vec<HandId> = term.iter().map(|(_, holder)| *holder).collect();
        if names.last().is_some_and(|last| excess.holders.contains(last)) {
            names.pop();
        }
        names.into_iter().map(|id| self.name(id)).collect()
    }

    fn path(&self, root: HandId, mut steps: Vec<PathStep>) -> OwnershipPath {
        steps.truncate(STEPS);
        OwnershipPath {
            entity: self.name(root).to_owned(),
            provider: self.described(root).unwrap_or_default(),
            steps,
            ..OwnershipPath::default()
        }
    }

    fn described(&self, id: HandId) -> Option<String> {
        self.hands.all.get(id)?.described.first().map(|(name, _)| (*name).to_owned())
    }

    fn line(&self, firm: HandId, holder: HandId) -> Option<&Line> {
        self.declared.firms.get(&firm)?.lines.iter().find(|line| line.holder == holder)
    }

    fn holder(&self, id: HandId) -> PathStep {
        PathStep {
            holder: self.name(id).to_owned(),
            country: self.hands.all.get(id).map(|hand| hand.land().to_owned()).unwrap_or_default(),
            provider: self.described(id),
            capital: "0".to_owned(),
            votes: "0".to_owned(),
            counts: Counts::Whole,
            ..PathStep::default()
        }
    }

    fn step(&self, line: &Line, firm: HandId, counts: Counts) -> PathStep {
        let decider = self.told_in(firm).deciders.direct.get(&firm).and_then(|all| all.get(&line.holder));
        PathStep {
            of: self.name(firm).to_owned(),
            capital: fraction(&line.capital),
            votes: fraction(&line.votes),
            decides: decider.map(|d| d.grounds.iter().copied().collect()).unwrap_or_default(),
            counts,
            ..self.holder(line.holder)
        }
    }

    /// The shortest line of decisions from a firm to one who decides over it; nothing from one to itself.
    fn decision(&self, from: HandId, to: HandId) -> Vec<PathStep> {
        // Rather from holder to holder than by what somebody has through others.
        let own = self.came(from, to, true);
        let came = if own.contains_key(&to) { own } else { self.came(from, to, false) };
        let mut steps = Vec::new();
        let mut at = to;
        while let Some(firm) = came.get(&at).filter(|_| at != from) {
            let decider = self.told_in(*firm).deciders.direct.get(firm).and_then(|all| all.get(&at));
            steps.push(PathStep {
                of: self.name(*firm).to_owned(),
                capital: decider.map(|d| fraction(&d.capital)).unwrap_or_default(),
                votes: decider.map(|d| fraction(&d.votes)).unwrap_or_default(),
                decides: decider.map(|d| d.grounds.iter().copied().collect()).unwrap_or_default(),
                ..self.holder(at)
            });
            at = *firm;
        }
        steps.reverse();
        steps
    }

    /// Of each who decides over a firm, whom it decides over on the shortest way there; only by lines of its own, or also by
    /// those of others.
    fn came(&self, from: HandId, to: HandId, own: bool) -> BTreeMap<HandId, HandId> {
        let mut came: BTreeMap<HandId, HandId> = BTreeMap::new();
        let mut next = VecDeque::from([from]);
        while let Some(id) = next.pop_front() {
            if id == to {
                break;
            }
            for decider in self.told_in(id).deciders.direct.get(&id).into_iter().flat_map(BTreeMap::keys) {
                let may = !own || self.line(id, *decider).is_some();
                if may && *decider != from && !came.contains_key(decider) {
                    came.insert(*decider, id);
                    next.push_back(*decider);
                }
            }
        }
        came
    }
}

/// What of a line counts.
fn measure(ground: Ground) -> fn(&Line) -> &Ratio {
    if ground == Ground::Votes { |line| &line.votes } else { |line| &line.capital }
}

/// The terms of what is had of a firm, and whether that is all: no ring, and not too many.
fn terms(count: &Count<'_>, root: HandId, of: fn(&Line) -> &Ratio) -> (Vec<Term>, bool) {
    let mut terms = Vec::new();
    let mut complete = true;
    let mut walk: Vec<(HandId, Term)> = vec![(root, Vec::new())];
    let mut looked = 0_usize;
    while let Some((firm, before)) = walk.pop() {
        looked += 1;
        if terms.len() >= TERMS || looked > 1_000 || before.len() >= STEPS {
            complete = false;
            break;
        }
        let met: BTreeSet<HandId> = before.iter().map(|(firm, _)| *firm).chain([firm]).collect();
        let with = |line: &Line| before.iter().copied().chain([(firm, line.holder)]).collect::<Term>();
        terms.extend(count.direct(firm).filter(|line| !of(line).is_zero()).map(with));
        for line in count.through(firm).filter(|line| !of(line).is_zero()) {
            if met.contains(&line.holder) {
                complete = false;
            } else {
                walk.push((line.holder, with(line)));
            }
        }
    }
    (terms, complete)
}
