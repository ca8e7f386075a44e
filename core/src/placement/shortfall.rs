//! Why a request is not met, and what to do.

use thiserror::Error;

use super::{
    candidates::Candidate,
    search::{Search, Spread, add, cities},
};

/// Why a request is not met.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Shortfall {
    /// Too few sites are acceptable at all.
    #[error(
        "{wanted} sites are wanted, {acceptable} are acceptable: put right what refuses the others, declare more sites, or ask for fewer"
    )]
    TooFewSites {
        /// How many are wanted.
        wanted: usize,
        /// How many there are, those where it lies now included.
        acceptable: usize,
    },
    /// The acceptable sites lie in too few cities.
    #[error(
        "{wanted} cities are wanted, acceptable sites lie in {there_are}: declare sites in other cities, or ask for fewer cities"
    )]
    TooFewCities {
        /// How many are wanted.
        wanted: usize,
        /// In how many the acceptable sites lie.
        there_are: usize,
    },
    /// No set of acceptable sites is far enough apart.
    #[error(
        "no {sites} acceptable sites in {cities} cities are {kilometres} km apart from each other: declare sites further away, or ask for less distance"
    )]
    TooNear {
        /// How many sites are wanted.
        sites: usize,
        /// In how many cities.
        cities: usize,
        /// How far apart.
        kilometres: u32,
    },
    /// Where it lies now is too near to each other for what is asked now.
    #[error(
        "it lies on {a} and {b}, less than {kilometres} km apart: nothing is moved by itself, plan a move or ask for less distance"
    )]
    CurrentTooNear {
        /// One site.
        a: String,
        /// The other.
        b: String,
        /// How far apart they should be.
        kilometres: u32,
    },
    /// Where it lies now leaves no room for as many cities as are asked.
    #[error(
        "it lies on {sites} sites in {there_are} cities, {wanted} are wanted: nothing is moved by itself, plan a move or ask for fewer cities"
    )]
    CurrentTooFewCities {
        /// How many sites.
        sites: usize,
        /// In how many cities.
        there_are: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// The search was given up.
    #[error(
        "no set was found among {sites} acceptable sites within the steps allowed: ask for fewer sites or less distance"
    )]
    Undecided {
        /// How many sites are acceptable.
        sites: usize,
    },
}

/// Why nothing can be added to what is kept.
pub(super) fn explain(kept: &[&Candidate<'_>], free: &[&Candidate<'_>], spread: &Spread) -> Shortfall {
    let Spread { sites, cities: wanted, kilometres } = *spread;
    let pairs = || kept.iter().enumerate().flat_map(|(i, a)| kept.iter().skip(i + 1).map(move |b| (a, b)));
    if let Some((a, b)) = pairs().find(|(a, b)| !spread.apart(a, b)) {
        return Shortfall::CurrentTooNear { a: a.name.to_owned(), b: b.name.to_owned(), kilometres };
    }
    let acceptable = kept.len() + free.len();
    if acceptable < sites {
        return Shortfall::TooFewSites { wanted: sites, acceptable };
    }
    let there_are = cities(kept.iter());
    if kept.len() >= sites || there_are + (sites - kept.len()) < wanted {
        return Shortfall::CurrentTooFewCities { sites: kept.len(), there_are, wanted };
    }
    let anywhere = Spread { kilometres: 0, ..*spread };
    match add(kept, free, &anywhere) {
        Search::Found(_) => Shortfall::TooNear { sites, cities: wanted, kilometres },
        Search::Impossible | Search::GivenUp => {
            Shortfall::TooFewCities { wanted, there_are: cities(kept.iter().chain(free)) }
        }
    }
}
