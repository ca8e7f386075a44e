//! The first set of sites, in their order, that meets number, cities and distance: exact search, depth first.
//!
//! A branch is cut where what is left cannot fill it: sites too near to each other are gathered into groups of
//! which one alone may be taken (a greedy clique cover), and cities are counted. Past [`PATIENCE`] steps the
//! search gives up and says so; some dozens of sites never come near it.

use std::collections::BTreeSet;

use super::{candidates::Candidate, distance::kilometres};
use crate::policy::Case;

/// Branches looked at before giving up.
const PATIENCE: u32 = 200_000;

/// What is asked of a set of sites.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub sites: usize,
    pub cities: usize,
    pub kilometres: u32,
}

/// How a search ended.
#[derive(Debug)]
pub(super) enum Search<'c, 'a> {
    Found(Vec<&'c Candidate<'a>>),
    Impossible,
    GivenUp,
}

impl Spread {
    /// The stricter of policy and workspace.
    pub(super) fn of(case: &Case<'_>) -> Self {
        let rule = &case.policy.redundancy;
        let wish = case.workspace.placement.clone().unwrap_or_default();
        let most = |rule: u32, wish: Option<u32>, least: u32| rule.max(wish.unwrap_or(0)).max(least);
        Self {
            sites: most(rule.min_sites, wish.sites, 1) as usize,
            cities: most(rule.min_cities, wish.min_cities, 1) as usize,
            kilometres: most(rule.min_distance_km, wish.min_distance_km, 0),
        }
    }

    /// Whether two sites are far enough apart.
    pub(super) fn apart(&self, a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
        let known = a.city.is_some() && b.city.is_some();
        self.kilometres == 0
            || (known && kilometres(a.coordinates, b.coordinates) >= f64::from(self.kilometres))
    }
}

/// Sites to add to those that are kept. Those kept are not held against each other, only against new ones,
/// unless nothing is to be added: then they must meet the request by themselves.
pub(super) fn add<'c, 'a>(
    kept: &[&'c Candidate<'a>],
    free: &[&'c Candidate<'a>],
    spread: &Spread,
) -> Search<'c, 'a> {
    if !kept.iter().enumerate().all(|(i, a)| kept.iter().skip(i + 1).all(|b| spread.apart(a, b))) {
        return Search::Impossible;
    }
    let fits = |c: &&&Candidate<'a>| kept.iter().all(|k| spread.apart(k, c));
    let mut walk = Walk { spread, chosen: kept.to_vec(), patience: PATIENCE };
    let free: Vec<_> = free.iter().filter(fits).copied().collect();
    match walk.deepen(&free) {
        Some(true) => Search::Found(walk.chosen.split_off(kept.len())),
        Some(false) => Search::Impossible,
        None => Search::GivenUp,
    }
}

struct Walk<'s, 'c, 'a> {
    spread: &'s Spread,
    chosen: Vec<&'c Candidate<'a>>,
    patience: u32,
}

impl<'c, 'a> Walk<'_, 'c, 'a> {
    /// Whether the set can be filled from `free`, each of which is far enough from all chosen; `None` once
    /// patience has run out.
    fn deepen(&mut self, free: &[&'c Candidate<'a>]) -> Option<bool> {
        self.patience = self.patience.checked_sub(1)?;
        if self.chosen.len() >= self.spread.sites {
            return Some(cities(self.chosen.iter()) >= self.spread.cities);
        }
        for (i, candidate) in free.iter().enumerate() {
            if !self.promising(&free[i..]) {
                return Some(false);
            }
            self.chosen.push(candidate);
            let rest: Vec<_> =
                free[i + 1..].iter().filter(|c| self.spread.apart(candidate, c)).copied().collect();
            if self.deepen(&rest)? {
                return Some(true);
            }
            self.chosen.pop();
        }
        Some(false)
    }

    /// Whether enough sites and cities are left.
    fn promising(&self, free: &[&'c Candidate<'a>]) -> bool {
        let missing = self.spread.sites - self.chosen.len();
        let new = cities(self.chosen.iter().chain(free)) - cities(self.chosen.iter());
        let reachable = cities(self.chosen.iter()) + new.min(missing);
        reachable >= self.spread.cities && self.groups(free) >= missing
    }

    /// How many of these could be taken together at most.
    fn groups(&self, free: &[&'c Candidate<'a>]) -> usize {
        if self.spread.kilometres == 0 {
            return free.len();
        }
        let mut groups: Vec<Vec<&Candidate<'a>>> = Vec::new();
        for candidate in free {
            let near =
                |group: &&mut Vec<&Candidate<'a>>| group.iter().all(|c| !self.spread.apart(c, candidate));
            match groups.iter_mut().find(near) {
                Some(group) => group.push(candidate),
                None => groups.push(vec![candidate]),
            }
        }
        groups.len()
    }
}

/// Distinct cities; a site of which nothing is known stands in none.
pub(super) fn cities<'s, 'c: 's, 'a: 'c>(sites: impl Iterator<Item = &'s &'c Candidate<'a>>) -> usize {
    sites.filter_map(|c| c.city.as_ref()).collect::<BTreeSet<_>>().len()
}
