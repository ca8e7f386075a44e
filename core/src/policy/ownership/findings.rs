//! What the rules on ownership find of one firm in every world: broken in the one that rests on what is declared alone,
//! and in all others; held in all; or unproven.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Ownership,
    hands::HandId,
    judge::{Broken, Limits},
    world::World,
};

/// Worlds of one firm that are looked at: this many firms in all, within these bounds. Where there are more, what was not
/// decided by then is unproven.
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

    /// What is found in one world more.
    fn note(&mut self, there: &Broken, certain: &mut Broken, asked: &[Asked]) {
        for asked in asked.iter().copied() {
            if self.broken.is(asked) != there.is(asked) {
                self.open.insert(asked);
            }
        }
        certain.retain(there);
    }

    /// Tells apart what is broken in every world, and of that what is found in each of them.
    fn settle(&mut self, mut certain: Broken) {
        for asked in [Asked::Each, Asked::Together, Asked::Powers, Asked::Rulers] {
            if self.open.contains(&asked) {
                self.broken.clear(asked);
            } else if certain.is(asked) {
                self.broken.take(asked, &mut certain);
            }
        }
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

    fn clear(&mut self, asked: Asked) {
        self.take(asked, &mut Self::default());
    }

    fn take(&mut self, asked: Asked, from: &mut Self) {
        match asked {
            Asked::Each => self.each = std::mem::take(&mut from.each),
            Asked::Together => self.together = std::mem::take(&mut from.together),
            Asked::Powers => self.powers = std::mem::take(&mut from.powers),
            Asked::Rulers => self.rulers = std::mem::take(&mut from.rulers),
        }
    }

    /// Keeps what is found elsewhere too.
    fn retain(&mut self, there: &Self) {
        self.each.retain(|excess| there.each.iter().any(|other| other.covers(excess)));
        self.together.retain(|excess| there.together.iter().any(|other| other.ground == excess.ground));
        self.powers.retain(|power| there.powers.contains(power));
        self.rulers.retain(|ruler| there.rulers.contains(ruler));
    }
}

impl Ownership<'_> {
    /// What the rules find of a firm.
    pub fn findings(&self, root: HandId, limits: &Limits) -> Findings {
        let asked = [Asked::Each, Asked::Together, Asked::Powers, Asked::Rulers];
        self.in_every_world(root, &asked, &|world| world.judge(root, limits))
    }

    /// What the rules on shares find of a firm: JUR-02 and JUR-03 alone.
    pub fn findings_on_shares(&self, root: HandId, limits: &Limits) -> Findings {
        let asked = [Asked::Each, Asked::Together];
        self.in_every_world(root, &asked, &|world| world.judge_shares(root, limits))
    }

    fn in_every_world(&self, root: HandId, asked: &[Asked], judge: &dyn Fn(&World) -> Broken) -> Findings {
        let mut found = Findings { broken: judge(&self.declared), open: BTreeSet::new() };
        if !self.declared.unknown_behind(root) {
            return found;
        }
        let behind = self.declared.behind(root);
        // What breaks a rule breaks it in every world, unless it rests on nobody else being larger.
        let presumed = self.declared.presumes(root);
        let decided =
            |found: &Findings, asked: &Asked| found.is_open(*asked) || (found.broken.is(*asked) && !presumed);
        let mut certain = found.broken.clone();
        let somebody = self.hands.somebody();
        let (outside, inside): (Vec<HandId>, Vec<HandId>) =
            behind.iter().filter(|id| **id != root).partition(|id| self.declared.outside(**id));
        let mut budget = (LOOKED_AT / behind.len()).clamp(FEWEST, MOST);
        for by in [somebody].into_iter().chain(outside).chain(inside) {
            if asked.iter().all(|asked| decided(&found, asked)) {
                break;
            }
            if budget == 0 {
                let undecided: Vec<Asked> =
                    asked.iter().filter(|asked| !decided(&found, asked)).copied().collect();
                found.open.extend(undecided);
                break;
            }
            budget -= 1;
            found.note(&judge(&self.world(by)), &mut certain, asked);
        }
        if presumed && asked.iter().any(|asked| found.broken.is(*asked) && !found.is_open(*asked)) {
            let friend = self.declared.supposing(somebody).with_friend(somebody);
            found.note(&judge(&friend), &mut certain, asked);
        }
        found.settle(certain);
        found
    }

    /// The world in which a hand has what is not known.
    pub(super) fn world(&self, by: HandId) -> Rc<World> {
        let known = self.worlds.borrow().get(&by).cloned();
        known.unwrap_or_else(|| {
            let world = Rc::new(self.declared.supposing(by));
            self.worlds.borrow_mut().insert(by, world.clone());
            world
        })
    }
}
