//! Rings: firms that hold one another, together; those who hold come before those who are held.

use std::collections::{BTreeMap, BTreeSet};

use super::{firms::Firm, hands::HandId};

/// A firm by itself, or firms that hold one another.
#[derive(Debug)]
pub struct Ring {
    /// Its firms.
    pub firms: BTreeSet<HandId>,
    /// Whether any of them is held from within.
    pub closed: bool,
}

/// A walk over firms and their holders (Tarjan's strongly connected components, without recursion).
struct Walk<'f> {
    firms: &'f BTreeMap<HandId, Firm>,
    /// When each was met, and the earliest that it leads back to.
    met: BTreeMap<HandId, (usize, usize)>,
    /// Met, and in no ring yet.
    open: Vec<HandId>,
    /// Where the walk is, and who is still to be looked at.
    path: Vec<(HandId, Vec<HandId>)>,
    rings: Vec<Ring>,
}

/// All rings, each after those who hold it.
pub fn of(firms: &BTreeMap<HandId, Firm>) -> Vec<Ring> {
    let mut walk =
        Walk { firms, met: BTreeMap::new(), open: Vec::new(), path: Vec::new(), rings: Vec::new() };
    for id in firms.keys() {
        if !walk.met.contains_key(id) {
            walk.enter(*id);
            walk.finish();
        }
    }
    walk.rings
}

impl Walk<'_> {
    fn holders(&self, id: HandId) -> Vec<HandId> {
        let lines = self.firms.get(&id).map(|firm| &firm.lines).into_iter().flatten();
        lines.map(|line| line.holder).filter(|holder| self.firms.contains_key(holder)).collect()
    }

    fn enter(&mut self, id: HandId) {
        let now = self.met.len();
        self.met.insert(id, (now, now));
        self.open.push(id);
        self.path.push((id, self.holders(id)));
    }

    fn lower(&mut self, id: HandId, to: usize) {
        if let Some((_, low)) = self.met.get_mut(&id) {
            *low = (*low).min(to);
        }
    }

    fn finish(&mut self) {
        while let Some((id, next)) = self.path.last_mut() {
            let id = *id;
            if let Some(holder) = next.pop() {
                match self.met.get(&holder).copied() {
                    None => self.enter(holder),
                    Some((when, _)) if self.open.contains(&holder) => self.lower(id, when),
                    Some(_) => {}
                }
                continue;
            }
            self.path.pop();
            let (when, low) = self.met.get(&id).copied().unwrap_or_default();
            if let Some((below, _)) = self.path.last() {
                let below = *below;
                self.lower(below, low);
            }
            if when == low {
                self.close(id);
            }
        }
    }

    /// Whoever was met since, and is in no ring yet, is in the ring of this one.
    fn close(&mut self, id: HandId) {
        let from = self.open.iter().rposition(|open| *open == id).unwrap_or_default();
        let firms: BTreeSet<HandId> = self.open.split_off(from).into_iter().collect();
        let closed = firms.iter().any(|id| self.holders(*id).iter().any(|holder| firms.contains(holder)));
        self.rings.push(Ring { firms, closed });
    }
}
