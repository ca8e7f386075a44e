//! What the rules on ownership find of one firm: broken by what is declared, whoever is not known; held in every world;
//! or unproven.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Ownership,
    hands::HandId,
    judge::{Broken, Thresholds},
    world::PossibleWorld,
};

/// Firms in all worlds of one firm that are looked at, and bounds for how many worlds that is. Where there are more, what
/// was not decided by then is unproven.
const LOOKED_AT: usize = 20_000;
const FEWEST: usize = 16;
const MOST: usize = 500;

/// What a rule asks of ownership.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Asked {
    /// JUR-02.
    Each,
    /// JUR-03.
    Together,
    /// JUR-04.
    Powers,
    /// JUR-05.
    Rulers,
}

impl Asked {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Each, Self::Together, Self::Powers, Self::Rulers];
}

/// What the rules on ownership find of one firm.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What is broken, whoever is not known.
    pub broken: Broken,
    /// What hangs on who is not known.
    pub open: BTreeSet<Asked>,
}

impl Findings {
    /// Whether a rule hangs on who is not known.
    pub fn is_open(&self, asked: Asked) -> bool {
        self.open.contains(&asked)
    }
}

impl Broken {
    /// Whether anything breaks a rule.
    pub fn is(&self, asked: Asked) -> bool {
        match asked {
            Asked::Each => !self.each.is_empty(),
            Asked::Together => !self.together.is_empty(),
            Asked::Powers => !self.powers.is_empty(),
            Asked::Rulers => !self.rulers.is_empty(),
        }
    }
}

impl Ownership<'_> {
    /// What the rules find of a firm.
    pub fn findings(&self, root: HandId, limits: &Thresholds) -> Findings {
        if !self.declared.unknown_behind(root) {
            return Findings { broken: self.declared.judge(root, limits), open: BTreeSet::new() };
        }
        let broken = self.certain().judge(root, limits);
        let mut open = BTreeSet::new();
        let mut note = |world: &PossibleWorld| {
            let there = world.judge(root, limits);
            open.extend(Asked::ALL.into_iter().filter(|asked| there.is(*asked) && !broken.is(*asked)));
            Asked::ALL.into_iter().all(|asked| broken.is(asked) || open.contains(&asked))
        };
        let behind = self.declared.behind(root);
        let (outside, inside): (Vec<HandId>, Vec<HandId>) =
            behind.iter().filter(|id| **id != root).partition(|id| self.declared.outside(**id));
        let hands = [self.hands.somebody()].into_iter().chain(outside).chain(inside);
        let budget = (LOOKED_AT / behind.len()).clamp(FEWEST, MOST);
        let decided = note(&self.declared) || hands.clone().take(budget).any(|hand| note(&self.world(hand)));
        if !decided && hands.count() > budget {
            open.extend(Asked::ALL.into_iter().filter(|asked| !broken.is(*asked)));
        }
        Findings { broken, open }
    }

    /// The world in which a hand has what is not known.
    pub(super) fn world(&self, by: HandId) -> Rc<PossibleWorld> {
        let known = self.worlds.borrow().get(&by).cloned();
        known.unwrap_or_else(|| {
            let world = Rc::new(self.declared.supposing(by));
            self.worlds.borrow_mut().insert(by, world.clone());
            world
        })
    }

    /// The world in which what is found of a firm is told: where something behind it is not known, that of what holds
    /// whoever that is.
    pub(super) fn told_in(&self, firm: HandId) -> &PossibleWorld {
        if self.declared.unknown_behind(firm) { self.certain() } else { &self.declared }
    }

    /// The world of what holds whoever is not known.
    fn certain(&self) -> &PossibleWorld {
        self.certain.get_or_init(|| self.declared.certain())
    }
}
