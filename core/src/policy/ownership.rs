//! Who holds and who decides: declared shareholders → who controls whom → shares of outside holders, direct
//! and indirect (SecNumCloud 3.2, 19.6.b).
//!
//! How shares are counted, in basis points (24 % is 2,400 and passes, 24.01 % does not):
//! * A holder from outside the allowed countries holds its share whole, whoever owns it in turn.
//! * A holder from inside that is controlled from outside (more than half of the capital or votes in one hand,
//!   over several paths if need be, or the power to appoint the majority) counts wholly for whoever stands
//!   outermost in that line of control: control passes whole.
//! * Through any other holder shares multiply: 40 % of a holder that has 50 % is 20 %.
//! * The same holder over several paths, by name and country, is one hand; its shares add up.
//! * Cross-holdings are solved, not cut: what a ring owns of itself belongs to those outside the ring. A ring
//!   that nobody outside owns is [`Ownership::circular`], hence unproven.
//! * An indirect share is rounded up.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use beffroi_crds::{Provider, provider::Shareholder};

use super::chain::decides;

/// A legal entity that holds or decides.
#[derive(Clone, Debug)]
pub struct Holder<'a> {
    /// Its name.
    pub name: &'a str,
    /// Every country that it is tied to: as declared by who names it, seat, administration, establishment.
    pub countries: Vec<&'a str>,
    /// The first of its countries that is outside, if any.
    pub outside: Option<&'a str>,
    provider: Option<&'a str>,
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let country = self.outside.or(self.countries.first().copied()).unwrap_or("?");
        write!(f, "{} ({country})", self.name)
    }
}

/// What an outside holder has in an entity.
#[derive(Clone, Debug)]
pub struct Stake<'a> {
    /// Who.
    pub holder: Holder<'a>,
    /// Share of the capital, in basis points.
    pub capital: u32,
    /// Share of the votes, in basis points.
    pub votes: u32,
    /// Through whom, from the entity outwards; empty if directly.
    pub through: Vec<&'a str>,
}

/// A power that an outside holder has over an entity.
#[derive(Clone, Debug)]
pub struct Power<'a> {
    /// Who.
    pub holder: Holder<'a>,
    /// The shareholder that bears it.
    pub by: &'a str,
    /// `a veto`, `power to appoint the majority of the governing bodies`.
    pub what: &'static str,
}

/// Name (without case) and country: the same hand over several paths.
type Hand = (String, String);
type Shares = BTreeMap<Option<Hand>, (f64, f64)>;

/// Who owns a set of providers.
#[derive(Debug, Default)]
pub struct Ownership<'a> {
    providers: BTreeMap<&'a str, &'a Provider>,
    outside: BTreeSet<&'a str>,
    controllers: BTreeMap<&'a str, Holder<'a>>,
    shares: BTreeMap<&'a str, Shares>,
}

impl<'a> Ownership<'a> {
    /// Solves the ownership of these providers, where `outside` says which countries are not allowed.
    pub fn of(
        providers: impl Iterator<Item = (&'a str, &'a Provider)>,
        outside: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut this = Self { providers: providers.collect(), ..Self::default() };
        let holders = this.providers.values().flat_map(|p| &p.spec.shareholders).map(|s| &*s.country);
        let seats = this.providers.values().flat_map(|p| countries(p));
        this.outside = holders.chain(seats).filter(|c| outside(c)).collect();
        this.find_controllers();
        this.solve();
        this
    }

    /// What each outside holder has in a provider, the largest first.
    pub fn stakes(&self, name: &str) -> Vec<Stake<'a>> {
        let Some((&name, _)) = self.providers.get_key_value(name) else { return Vec::new() };
        let shares = self.shares.get(name).into_iter().flatten();
        let mut stakes: Vec<_> = shares
            .filter_map(|(hand, (capital, votes))| {
                let (holder, through) = self.path(name, hand.as_ref()?, &mut BTreeSet::new())?;
                Some(Stake { holder, capital: basis_points(*capital), votes: basis_points(*votes), through })
            })
            .collect();
        stakes.sort_by_key(|stake| std::cmp::Reverse(stake.capital.max(stake.votes)));
        stakes
    }

    /// Vetoes and powers to appoint the majority that outside holders have over a provider.
    pub fn powers(&self, name: &str) -> Vec<Power<'a>> {
        let holders = self.providers.get(name).map(|p| p.spec.shareholders.iter()).into_iter().flatten();
        let mut powers = Vec::new();
        for shareholder in holders {
            let bearer = self.holder(shareholder);
            let by = bearer.name;
            let Some(holder) = self.outermost(bearer) else { continue };
            let power = |what| Power { holder: holder.clone(), by, what };
            powers.extend(shareholder.veto.then(|| power("a veto")));
            let appoints = "the power to appoint the majority of the governing bodies";
            powers.extend(shareholder.appoints_majority.then(|| power(appoints)));
        }
        powers
    }

    /// Everyone in the line of control over a provider, and every outside holder of more than half.
    pub fn rulers(&self, name: &str) -> Vec<Holder<'a>> {
        let line = self.controllers.get(name).map(|first| self.line(first.clone())).unwrap_or_default();
        let half = self.stakes(name).into_iter().filter(|s| s.capital.max(s.votes) > 5_000).map(|s| s.holder);
        let mut rulers = line;
        for holder in half {
            if !rulers.iter().any(|r| hand(r) == hand(&holder)) {
                rulers.push(holder);
            }
        }
        rulers
    }

    /// Whether a provider is owned by a ring in which nobody outside it has a share.
    pub fn circular(&self, name: &str) -> bool {
        let total = self.shares.get(name).into_iter().flatten().fold((0.0, 0.0), |sum, (_, s)| add(sum, *s));
        self.providers.contains_key(name) && (total.0 < 0.9999 || total.1 < 0.9999)
    }

    fn holder(&self, shareholder: &'a Shareholder) -> Holder<'a> {
        let described = shareholder.provider.as_deref().and_then(|n| self.providers.get_key_value(n));
        let own = described.map(|(_, p)| countries(p)).into_iter().flatten();
        let countries: Vec<_> = [&*shareholder.country].into_iter().chain(own).collect();
        Holder {
            name: described.map_or(&shareholder.name, |(_, p)| &p.spec.legal_name),
            outside: countries.iter().find(|c| self.outside.contains(*c)).copied(),
            provider: described.map(|(name, _)| *name),
            countries,
        }
    }

    /// A holder, who controls it, who controls them, and so on; ends where the line closes.
    fn line(&self, first: Holder<'a>) -> Vec<Holder<'a>> {
        let mut line = vec![first];
        while let Some(next) = line.last().and_then(|h| h.provider).and_then(|p| self.controllers.get(p)) {
            if line.iter().any(|h| hand(h) == hand(next)) {
                break;
            }
            line.push(next.clone());
        }
        line
    }

    fn outermost(&self, holder: Holder<'a>) -> Option<Holder<'a>> {
        self.line(holder).into_iter().rfind(|h| h.outside.is_some())
    }

    /// Adds controllers until none is left to find; one that is found stays.
    fn find_controllers(&mut self) {
        loop {
            let free = self.providers.iter().filter(|(name, _)| !self.controllers.contains_key(*name));
            let found: Vec<_> =
                free.filter_map(|(name, p)| Some((*name, self.controller(name, p)?))).collect();
            if found.is_empty() {
                return;
            }
            self.controllers.extend(found);
        }
    }

    fn controller(&self, name: &str, provider: &'a Provider) -> Option<Holder<'a>> {
        let mut held: BTreeMap<Hand, (f64, f64)> = BTreeMap::new();
        for shareholder in &provider.spec.shareholders {
            let holder = self.holder(shareholder);
            if decides(shareholder) {
                return Some(holder);
            }
            let Some(top) = self.line(holder).pop() else { continue };
            let sum = held.entry(hand(&top)).or_default();
            *sum = add(*sum, (number(shareholder.capital_percent), number(shareholder.votes_percent)));
            if sum.0.max(sum.1) > 50.0 && top.provider != Some(name) {
                return Some(top);
            }
        }
        None
    }

    /// Solves `share(p) = direct + Σ share of each holder that is looked through × share(holder)`.
    fn solve(&mut self) {
        const ROUNDS: usize = 500;
        self.shares = self.providers.keys().map(|name| (*name, Shares::new())).collect();
        for _ in 0..ROUNDS {
            let mut moved = 0.0_f64;
            let names: Vec<_> = self.providers.keys().copied().collect();
            for name in names {
                let next = self.shares_of(name);
                let before = self.shares.insert(name, next).unwrap_or_default();
                let after = self.shares.get(name).into_iter().flatten();
                moved = after.fold(moved, |m, (hand, share)| {
                    let old = before.get(hand).copied().unwrap_or_default();
                    m.max((share.0 - old.0).abs()).max((share.1 - old.1).abs())
                });
            }
            if moved < 1e-9 {
                return;
            }
        }
    }

    fn shares_of(&self, name: &str) -> Shares {
        let Some(provider) = self.providers.get(name) else { return Shares::new() };
        let mut shares = Shares::new();
        let mut rest = (1.0, 1.0);
        for shareholder in &provider.spec.shareholders {
            let direct =
                (fraction(number(shareholder.capital_percent)), fraction(number(shareholder.votes_percent)));
            rest = (rest.0 - direct.0, rest.1 - direct.1);
            let holder = self.holder(shareholder);
            let behind = holder.provider.and_then(|p| self.shares.get(p));
            let parts: Vec<_> = match (self.outermost(holder), behind) {
                (Some(outside), _) => vec![(Some(hand(&outside)), (1.0, 1.0))],
                (None, Some(behind)) => behind.iter().map(|(hand, share)| (hand.clone(), *share)).collect(),
                (None, None) => vec![(None, (1.0, 1.0))],
            };
            for (hand, part) in parts {
                let sum = shares.entry(hand).or_default();
                *sum = add(*sum, (direct.0 * part.0, direct.1 * part.1));
            }
        }
        let nobody = shares.entry(None).or_default();
        *nobody = add(*nobody, (rest.0.max(0.0), rest.1.max(0.0)));
        shares
    }

    /// How an outside hand comes to hold a share of a provider.
    fn path(
        &self,
        name: &'a str,
        wanted: &Hand,
        seen: &mut BTreeSet<&'a str>,
    ) -> Option<(Holder<'a>, Vec<&'a str>)> {
        if !seen.insert(name) {
            return None;
        }
        let shareholders = &self.providers.get(name)?.spec.shareholders;
        let direct = shareholders.iter().find_map(|s| {
            let holder = self.holder(s);
            let first = holder.name;
            let outer = self.outermost(holder).filter(|outer| hand(outer) == *wanted)?;
            let through = if outer.name == first { Vec::new() } else { vec![first] };
            Some((outer, through))
        });
        direct.or_else(|| {
            shareholders.iter().find_map(|s| {
                let between = self.holder(s);
                let (holder, mut through) = self.path(between.provider?, wanted, seen)?;
                through.insert(0, between.name);
                Some((holder, through))
            })
        })
    }
}

fn countries(provider: &Provider) -> impl Iterator<Item = &str> {
    let seat = &provider.spec.seat;
    let elsewhere = seat.administration_country.iter().chain(&seat.establishment_country);
    [&seat.country].into_iter().chain(elsewhere).map(|c| &**c)
}

fn hand(holder: &Holder<'_>) -> Hand {
    let name = holder.name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (name, holder.outside.or(holder.countries.first().copied()).unwrap_or_default().to_owned())
}

/// A percentage as a number.
#[allow(clippy::cast_precision_loss)]
pub fn number(percent: beffroi_crds::percent::Percent) -> f64 {
    let (units, scale) = percent.fraction();
    units as f64 / scale as f64 * 100.0
}

fn add(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 + b.0, a.1 + b.1)
}

/// A declared percentage as a fraction, to the basis point.
fn fraction(percent: f64) -> f64 {
    (percent * 100.0).round() / 10_000.0
}

/// A fraction in basis points, rounded up but for the noise of floating point.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn basis_points(fraction: f64) -> u32 {
    (fraction * 10_000.0 - 1e-5).ceil().max(0.0) as u32
}

/// A limit declared in percent, in basis points.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn limit(percent: f64) -> u32 {
    (percent * 100.0).round().max(0.0) as u32
}

/// Basis points as people write percentages.
pub fn percent(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    if rest == 0 { format!("{whole} %") } else { format!("{whole}.{rest:02} %") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixtures::{holder, parent, provider};
    use beffroi_crds::provider::Shareholder;

    /// Providers of France with these holders; whoever is not from France is outside.
    fn solved(entries: &[(&'static str, Vec<Shareholder>)], look: impl Fn(&Ownership<'_>)) {
        let providers: Vec<(&str, Provider)> = entries
            .iter()
            .map(|(name, holders)| {
                let mut spec = provider(name, "FR");
                spec.shareholders.clone_from(holders);
                (*name, Provider::new(name, spec))
            })
            .collect();
        let outside = |country: &str| country != "FR";
        look(&Ownership::of(providers.iter().map(|(name, provider)| (*name, provider)), &outside));
    }

    #[test]
    fn a_share_is_followed_through_three_levels() {
        let chain = [
            ("hoster", vec![parent("a", "FR", 100.0)]),
            ("a", vec![parent("b", "FR", 50.0), holder("Someone", "FR", 50.0)]),
            ("b", vec![holder("Northwind Inc.", "US", 40.0), holder("Other", "FR", 60.0)]),
        ];
        solved(&chain, |ownership| {
            let stakes = ownership.stakes("hoster");
            assert_eq!(stakes.len(), 1, "{stakes:?}");
            assert_eq!((stakes[0].holder.name, stakes[0].capital), ("Northwind Inc.", 2_000));
            assert_eq!(stakes[0].through.len(), 2, "the path is named: {:?}", stakes[0].through);
        });
    }

    #[test]
    fn a_ring_with_an_outside_holder_ends_and_counts_what_flows_round() {
        let ring = [
            ("hoster", vec![parent("a", "FR", 50.0), holder("Someone", "FR", 50.0)]),
            (
                "a",
                vec![
                    parent("hoster", "FR", 50.0),
                    holder("Northwind Inc.", "US", 25.0),
                    holder("Other", "FR", 25.0),
                ],
            ),
        ];
        solved(&ring, |ownership| {
            // h = a / 2 and a = 1/4 + h / 2, hence h = 1/6.
            let stakes = ownership.stakes("hoster");
            assert!((1_666..=1_667).contains(&stakes[0].capital), "{stakes:?}");
            assert!(!ownership.circular("hoster"));
        });
    }

    #[test]
    fn a_ring_that_nobody_holds_from_without_ends_and_is_told() {
        let ring = [("a", vec![parent("b", "FR", 100.0)]), ("b", vec![parent("a", "FR", 100.0)])];
        solved(&ring, |ownership| {
            assert!(ownership.stakes("a").is_empty());
            assert!(ownership.circular("a") && ownership.circular("b"));
        });
        solved(&[("own", vec![parent("own", "FR", 100.0)])], |ownership| assert!(ownership.circular("own")));
    }
}
