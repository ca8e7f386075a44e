//! Why a request is not met, and what to do.

use super::{
    candidates::Candidate,
    search::{Search, Spread, add, cities},
};
use crate::message::placement::PlacementMessage;

/// Why nothing can be added to what is kept.
pub(super) fn explain(kept: &[&Candidate<'_>], free: &[&Candidate<'_>], spread: &Spread) -> PlacementMessage {
    let Spread { sites, cities: wanted, kilometres } = *spread;
    let pairs = || kept.iter().enumerate().flat_map(|(i, a)| kept.iter().skip(i + 1).map(move |b| (a, b)));
    if let Some((a, b)) = pairs().find(|(a, b)| !spread.apart(a, b)) {
        return PlacementMessage::CurrentTooNear { a: a.name.to_owned(), b: b.name.to_owned(), kilometres };
    }
    let acceptable = kept.len() + free.len();
    if acceptable < sites {
        return PlacementMessage::TooFewSites { wanted: sites, acceptable };
    }
    let there_are = cities(kept.iter());
    if kept.len() >= sites || there_are + (sites - kept.len()) < wanted {
        return PlacementMessage::CurrentTooFewCities { sites: kept.len(), there_are, wanted };
    }
    let anywhere = Spread { kilometres: 0, ..*spread };
    match add(kept, free, &anywhere) {
        Search::Found(_) => PlacementMessage::TooNear { sites, cities: wanted, kilometres },
        Search::Impossible | Search::GivenUp => {
            PlacementMessage::TooFewCities { wanted, there_are: cities(kept.iter().chain(free)) }
        }
    }
}
