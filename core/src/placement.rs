//! Sites that the rules allow → a set that meets the request → which each, and why not the others.
//!
//! Pipeline: [`candidates`] (every site judged: lawful, at hand, with room) → [`kept`](keep) (what stays: a
//! workspace that lies somewhere is never moved by itself) → [`search`] (what is added around it).
//!
//! * What stays: every current site while no fewer are wanted, even one that the rules refuse now (a lapsed
//!   certificate or a silent site does not pull a hospital down): it is reported in [`Placement::at_risk`].
//!   When fewer are wanted, the lawful and the oldest stay.
//! * What is added: the first set, in order of preference, load and a hash, that meets number, cities and
//!   distance; found by exact search. Nothing is begun by halves: if no set meets them all, nothing is added
//!   and [`Placement::shortfall`] says why.
//! * Same facts, same answer: no clock, no chance, and no order of input but the ones that mean something
//!   (preference, age).

mod candidates;
mod distance;
mod search;
mod shortfall;
#[cfg(test)]
mod tests;

use beffroi_crds::workspace::{Judgement, RefusedSite};

pub use self::distance::kilometres;
use self::{
    candidates::{Candidate, Standing},
    search::{Search, Spread},
};
use crate::{
    facts::Resources,
    message::{Message, placement::PlacementMessage},
    policy::{Case, outcome::Outcome},
};

/// An order to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who orders what, under which rules.
    pub case: &'a Case<'a>,
    /// What it reserves on each site.
    pub needs: Resources,
    /// Where it lies now, oldest first.
    pub current: &'a [String],
}

/// Where it goes, and why not elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// The sites: those where it lies now, oldest first, then new ones.
    pub chosen: Vec<String>,
    /// Each other site that is not acceptable, with every rule that refuses it.
    pub refused: Vec<RefusedSite>,
    /// What rules warn of on the chosen sites.
    pub warnings: Vec<Judgement>,
    /// Why the request is not met, if it is not.
    pub shortfall: Option<PlacementMessage>,
    /// Chosen sites that rules refuse now: kept, but a plan is called for.
    pub at_risk: Vec<RefusedSite>,
    /// Sites that are acceptable, and not needed.
    pub spare: Vec<String>,
    /// Where it lies now and is no longer to, oldest first: its data there is erased once the chosen sites are ready.
    /// Nothing leaves while the request is not met.
    pub leaving: Vec<String>,
}

/// Places an order.
pub fn place(request: &Request<'_>) -> Placement {
    let spread = Spread::of(request.case);
    let candidates = candidates::judge(request);
    let kept = keep(&candidates, &spread);
    let free: Vec<_> = candidates.iter().filter(|c| c.standing == Standing::Acceptable).collect();
    let found = search::add(&kept, &free, &spread);
    let mut placement = Placement::default();
    let added = match found {
        Search::Found(added) => added,
        Search::Impossible => {
            placement.shortfall = Some(shortfall::explain(&kept, &free, &spread));
            Vec::new()
        }
        Search::GivenUp => {
            placement.shortfall = Some(PlacementMessage::Undecided { sites: free.len() });
            Vec::new()
        }
    };
    let chosen: Vec<&Candidate<'_>> = kept.iter().chain(&added).copied().collect();
    for candidate in &candidates {
        let here = chosen.iter().any(|c| c.name == candidate.name);
        let report = RefusedSite { name: candidate.name.to_owned(), by: candidate.refusals.clone() };
        match (here, candidate.refusals.is_empty()) {
            (true, false) => placement.at_risk.push(report),
            (false, false) => placement.refused.push(report),
            (false, true) if candidate.standing == Standing::Acceptable => placement.spare.push(report.name),
            _ => {}
        }
    }
    // The order in which sites would be taken follows their load; a report must not move with it.
    placement.refused.sort_by(|a, b| a.name.cmp(&b.name));
    placement.at_risk.sort_by(|a, b| a.name.cmp(&b.name));
    placement.warnings = warnings(&chosen);
    placement.chosen = chosen.iter().map(|c| c.name.to_owned()).collect();
    if placement.shortfall.is_none() {
        let leaving = request.current.iter().filter(|name| !placement.chosen.contains(name));
        placement.leaving = leaving.cloned().collect();
    }
    placement
}

/// What stays of where it lies now: all of it, or the best of it that still meets the request where fewer
/// sites are wanted.
fn keep<'c, 'a>(candidates: &'c [Candidate<'a>], spread: &Spread) -> Vec<&'c Candidate<'a>> {
    let mut current: Vec<_> = candidates.iter().filter(|c| c.age().is_some()).collect();
    current.sort_by_key(|c| c.age());
    if current.len() <= spread.sites {
        return current;
    }
    let mut ranked = current.clone();
    ranked.sort_by_key(|c| (!c.refusals.is_empty(), c.age()));
    match search::add(&[], &ranked, spread) {
        Search::Found(mut best) => {
            best.sort_by_key(|c| c.age());
            best
        }
        Search::Impossible | Search::GivenUp => current,
    }
}

/// Warnings of the chosen sites; what several share is said once, under all their names.
fn warnings(chosen: &[&Candidate<'_>]) -> Vec<Judgement> {
    let mut grouped: Vec<(Judgement, Vec<&str>)> = Vec::new();
    for candidate in chosen {
        for warning in &candidate.warnings {
            match grouped.iter_mut().find(|(known, _)| known == warning) {
                Some((_, sites)) => sites.push(candidate.name),
                None => grouped.push((warning.clone(), vec![candidate.name])),
            }
        }
    }
    let named = |(warning, sites): (Judgement, Vec<&str>)| {
        let reason = Message::from(&warning).of(sites.join(", "));
        Outcome { verdict: warning.verdict, reason, paths: warning.paths }.judgement(warning.rule)
    };
    grouped.into_iter().map(named).collect()
}
