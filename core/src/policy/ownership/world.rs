//! A world: an answer to who it is that is not known → who decides over whom, which lines count, and what the rules find.
//!
//! Nobody in particular is the answer of the first world: what is found there rests on what is declared alone. In every
//! other one, one hand has all that is not known: the undeclared rest of each firm, all of each firm of which nothing is
//! known, and every power in both.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use num_traits::ToPrimitive;

use super::{
    deciders::{Deciders, counting},
    firms::Firm,
    hands::{HandId, Hands},
    ratio::Ratio,
    rings::{self, Ring},
    shares::{Count, Share},
};

/// How far floating-point numbers are trusted: sums and products of a thousand parts are wrong by far less.
const MARGIN: f64 = 1e-6;

/// Who owns and decides, when it is known who is not known.
#[derive(Debug)]
pub struct PossibleWorld {
    /// Every firm, with who holds it.
    pub firms: BTreeMap<HandId, Firm>,
    /// Firms that hold one another; those who hold come before those who are held.
    pub rings: Vec<Ring>,
    /// Who decides over whom.
    pub deciders: Deciders,
    /// Holders that count in each listed firm.
    pub counting: BTreeMap<HandId, BTreeSet<HandId>>,
    outside: BTreeSet<HandId>,
    excluded: BTreeSet<HandId>,
    known: Known,
}

/// What was found once, and holds for every firm that is judged.
#[derive(Debug, Default)]
struct Known {
    behind: RefCell<BTreeMap<HandId, Rc<BTreeSet<HandId>>>>,
    foreign: OnceCell<BTreeMap<HandId, Share>>,
    most: OnceCell<BTreeMap<HandId, f64>>,
    unknown: OnceCell<BTreeSet<HandId>>,
}

impl PossibleWorld {
    /// The world of what is declared.
    pub fn declared(firms: BTreeMap<HandId, Firm>, hands: &Hands<'_>) -> Self {
        let of = |is: fn(&super::hands::Hand<'_>) -> bool| {
            hands.all.iter().enumerate().filter(|(_, hand)| is(hand)).map(|(id, _)| id).collect()
        };
        let (outside, excluded) = (of(|hand| hand.outside.is_some()), of(|hand| hand.excluded.is_some()));
        let mut this = Self::solved(firms, outside, excluded, None);
        let listed = this.firms.iter().filter(|(_, firm)| firm.listed);
        this.counting = listed.map(|(id, firm)| (*id, counting(*id, firm, &this.deciders))).collect();
        this
    }

    /// The world in which one hand has what is not known.
    #[must_use]
    pub fn supposing(&self, by: HandId) -> Self {
        let firms = self.firms.iter().map(|(id, firm)| (*id, firm.completed(*id, by))).collect();
        let mut this = Self::solved(firms, self.outside.clone(), self.excluded.clone(), None);
        // What hands together have in a listed firm they have declared, whoever they are.
        this.counting.clone_from(&self.counting);
        for (id, counting) in &mut this.counting {
            if self.firms.get(id).is_some_and(Firm::unknown) {
                counting.insert(by);
            }
        }
        this
    }

    /// The world of what holds whoever is not known: nobody decides as nobody else is larger, where whoever is not known
    /// could make somebody so.
    #[must_use]
    pub fn certain(&self) -> Self {
        let contested = |id: &HandId| self.unknown_behind(*id);
        let contested = self.firms.keys().copied().filter(contested).collect();
        let (outside, excluded) = (self.outside.clone(), self.excluded.clone());
        let mut this = Self::solved(self.firms.clone(), outside, excluded, Some(&contested));
        this.counting.clone_from(&self.counting);
        this
    }

    fn solved(
        firms: BTreeMap<HandId, Firm>,
        outside: BTreeSet<HandId>,
        excluded: BTreeSet<HandId>,
        contested: Option<&BTreeSet<HandId>>,
    ) -> Self {
        let rings = rings::of(&firms);
        let deciders = Deciders::of(&firms, &rings, contested);
        Self { firms, rings, deciders, counting: BTreeMap::new(), outside, excluded, known: Known::default() }
    }

    /// Whether a hand is from outside.
    pub fn outside(&self, id: HandId) -> bool {
        self.outside.contains(&id)
    }

    /// Everybody from outside.
    pub fn outsiders(&self) -> &BTreeSet<HandId> {
        &self.outside
    }

    /// Whether a hand is under an excluded law.
    pub fn excluded(&self, id: HandId) -> bool {
        self.excluded.contains(&id)
    }

    /// A firm and everyone who has a line in it, directly and indirectly.
    pub fn behind(&self, root: HandId) -> Rc<BTreeSet<HandId>> {
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

    /// Whether something is not known of a firm or of whoever stands behind it.
    pub fn unknown_behind(&self, id: HandId) -> bool {
        let found = self.known.unknown.get_or_init(|| {
            let mut found = BTreeSet::new();
            for ring in &self.rings {
                let firms = ring.firms.iter().filter_map(|id| self.firms.get(id));
                let known = |firm: &Firm| {
                    !firm.unknown() && !firm.lines.iter().any(|line| found.contains(&line.holder))
                };
                if !firms.into_iter().all(known) {
                    found.extend(&ring.firms);
                }
            }
            found
        });
        found.contains(&id)
    }

    /// What all hands from outside have of a firm that is not from there, found for all firms at once.
    pub fn foreign_share(&self, root: HandId) -> Share {
        let shares =
            self.known.foreign.get_or_init(|| self.counting_for(&self.outside, &|count| count.of_all()));
        shares.get(&root).cloned().unwrap_or_else(Share::none)
    }

    /// Whether all hands from outside surely have no more than a limit of a firm that is not from there. Exact shares in
    /// long chains are long numbers: they are reckoned only where this does not tell.
    pub fn surely_within(&self, root: HandId, limit: &Ratio) -> bool {
        let most = self.known.most.get_or_init(|| self.counting_for(&self.outside, &|count| count.at_most()));
        let limit = limit.to_f64().unwrap_or_default();
        !self.outside(root) && most.get(&root).is_some_and(|most| most + MARGIN < limit)
    }

    /// What these hands have of a firm.
    pub fn share(&self, root: HandId, members: &BTreeSet<HandId>) -> Share {
        self.counting_for(members, &|count| count.of(root))
    }

    /// How lines count for these hands: whole, where the holder is one of them, or one of them decides over it.
    pub fn counting_for<T>(&self, members: &BTreeSet<HandId>, with: &dyn Fn(&Count<'_>) -> T) -> T {
        let whole = |firm: HandId, holder: HandId| {
            members.contains(&holder) || !self.deciders.over_holder(firm, holder).is_disjoint(members)
        };
        let Self { firms, rings, counting, .. } = self;
        with(&Count { firms, rings, counting, whole: &whole })
    }
}
