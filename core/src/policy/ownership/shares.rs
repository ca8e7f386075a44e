//! What several hands together have in a firm, directly and indirectly: lines, whole or multiplied → one linear system for
//! each ring → exact shares of capital and votes.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{ToPrimitive, Zero};

use super::{
    firms::{Doubt, Firm, Line},
    hands::HandId,
    linear,
    ratio::{Ratio, zero},
    rings::Ring,
};

/// Shares of capital and of votes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Share {
    /// Of the capital.
    pub capital: Ratio,
    /// Of the votes.
    pub votes: Ratio,
}

impl Share {
    /// Nothing.
    pub fn none() -> Self {
        Self { capital: zero(), votes: zero() }
    }
}

/// How lines count.
pub struct Count<'c> {
    /// Every firm.
    pub firms: &'c BTreeMap<HandId, Firm>,
    /// Their rings, each after those who hold it.
    pub rings: &'c [Ring],
    /// Holders that count in each listed firm.
    pub counting: &'c BTreeMap<HandId, BTreeSet<HandId>>,
    /// Whether the line of a firm's holder counts whole.
    pub whole: &'c dyn Fn(HandId, HandId) -> bool,
}

impl Count<'_> {
    /// What is had of a firm.
    pub fn of(&self, firm: HandId) -> Share {
        let mut needed: BTreeSet<HandId> = BTreeSet::new();
        let mut next = vec![firm];
        while let Some(id) = next.pop() {
            if needed.insert(id) {
                next.extend(self.through(id).map(|line| line.holder));
            }
        }
        let mut known: BTreeMap<HandId, Share> = BTreeMap::new();
        for ring in self.rings {
            let members: Vec<HandId> = ring.firms.intersection(&needed).copied().collect();
            if !members.is_empty() {
                self.ring(&members, &mut known);
            }
        }
        known.remove(&firm).unwrap_or_else(Share::none)
    }

    /// What is had of each firm.
    pub fn of_all(&self) -> BTreeMap<HandId, Share> {
        let mut known: BTreeMap<HandId, Share> = BTreeMap::new();
        for ring in self.rings {
            // Where more than everything is declared, a ring may have no solution as a whole.
            let too_much =
                |id: &HandId| self.firms.get(id).is_some_and(|firm| firm.doubts.contains(&Doubt::TooMuch));
            if ring.closed && ring.firms.iter().any(too_much) {
                known.extend(ring.firms.iter().map(|id| (*id, self.of(*id))));
            } else {
                self.ring(&ring.firms.iter().copied().collect::<Vec<_>>(), &mut known);
            }
        }
        known
    }

    /// Not less than what is had of each firm, capital or votes, in floating-point numbers; boundless in rings.
    pub fn at_most(&self) -> BTreeMap<HandId, f64> {
        let mut known: BTreeMap<HandId, f64> = BTreeMap::new();
        let part = |line: &Line| (&line.capital).max(&line.votes).to_f64().unwrap_or(f64::INFINITY);
        for ring in self.rings {
            for id in &ring.firms {
                let direct: f64 = self.direct(*id).map(part).sum();
                let of = |line: &Line| match known.get(&line.holder) {
                    Some(behind) if *behind > 0.0 && part(line) > 0.0 => part(line) * behind,
                    _ => 0.0,
                };
                let most =
                    if ring.closed { f64::INFINITY } else { direct + self.through(*id).map(of).sum::<f64>() };
                known.insert(*id, most);
            }
        }
        known
    }

    /// The lines of a firm that count.
    fn lines(&self, id: HandId) -> impl Iterator<Item = &Line> {
        let firm = self.firms.get(&id);
        let lines = firm.map(|firm| &firm.lines);
        let counting = self.counting.get(&id);
        lines.into_iter().flatten().filter(move |line| counting.is_none_or(|all| all.contains(&line.holder)))
    }

    /// Those that are multiplied by what is had of their holder.
    pub fn through(&self, id: HandId) -> impl Iterator<Item = &Line> {
        self.lines(id)
            .filter(move |line| self.firms.contains_key(&line.holder) && !(self.whole)(id, line.holder))
    }

    /// Those that count whole.
    pub fn direct(&self, id: HandId) -> impl Iterator<Item = &Line> {
        self.lines(id).filter(move |line| (self.whole)(id, line.holder))
    }

    fn given(&self, id: HandId, known: &BTreeMap<HandId, Share>) -> Share {
        let mut share = Share::none();
        for line in self.direct(id) {
            share.capital += &line.capital;
            share.votes += &line.votes;
        }
        for (line, behind) in self.through(id).filter_map(|line| Some((line, known.get(&line.holder)?))) {
            if !behind.capital.is_zero() {
                share.capital += &line.capital * &behind.capital;
            }
            if !behind.votes.is_zero() {
                share.votes += &line.votes * &behind.votes;
            }
        }
        share
    }

    fn ring(&self, members: &[HandId], known: &mut BTreeMap<HandId, Share>) {
        let given: Vec<Share> = members.iter().map(|id| self.given(*id, known)).collect();
        let within = |of: fn(&Line) -> &Ratio| -> Vec<Vec<Ratio>> {
            let row = |id: &HandId| {
                let mut row = vec![zero(); members.len()];
                for line in self.through(*id) {
                    let at = members.binary_search(&line.holder);
                    if let Some(part) = at.ok().and_then(|at| row.get_mut(at)) {
                        *part += of(line);
                    }
                }
                row
            };
            members.iter().map(row).collect()
        };
        let (capital, votes) = (within(|line| &line.capital), within(|line| &line.votes));
        let alone = capital.iter().chain(&votes).flatten().all(Zero::is_zero);
        let shares = if alone {
            Some(given)
        } else {
            let (held, cast) = given.into_iter().map(|share| (share.capital, share.votes)).unzip();
            let solved = linear::solve(capital, held).zip(linear::solve(votes, cast));
            solved.map(|(held, cast)| {
                held.into_iter().zip(cast).map(|(capital, votes)| Share { capital, votes }).collect()
            })
        };
        // What cannot be solved is held by nobody outside.
        let shares: Vec<Share> = shares.unwrap_or_else(|| members.iter().map(|_| Share::none()).collect());
        known.extend(members.iter().copied().zip(shares));
    }
}
