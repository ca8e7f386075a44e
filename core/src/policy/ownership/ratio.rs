//! Exact shares: percentages as written → rationals → fractions and percentages that a person can check.

use beffroi_crds::percent::Percent;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::message::Decimal;

/// An exact number.
pub type Ratio = BigRational;

/// Most decimals that a percentage is told with.
const DECIMALS: u32 = 12;
/// Decimals up to which a percentage is told exactly.
const SHORT: u32 = 6;

/// A percentage, where 1 is 100 %.
pub fn exact(percent: Percent) -> Ratio {
    let (units, scale) = percent.fraction();
    Ratio::new(units.into(), scale.into())
}

/// A limit of a policy in percent, as it was written. What cannot be read allows nothing.
pub fn limit(percent: f64) -> Ratio {
    Percent::try_from(percent).map_or_else(|_| Ratio::zero(), exact)
}

/// `numerator / denominator`.
pub fn ratio(numerator: i64, denominator: i64) -> Ratio {
    Ratio::new(numerator.into(), denominator.into())
}

/// A fraction in lowest terms: `3/8`, `1`.
pub fn fraction(share: &Ratio) -> String {
    share.to_string()
}

/// A percentage as people write it. One with more than six decimals is told with two, or as many as it takes to
/// tell it apart from `beside`, rounded away from that.
pub fn percent(share: &Ratio, beside: Option<&Ratio>) -> Decimal {
    let hundred = share * Ratio::from_integer(100.into());
    let told = |decimals: u32| {
        let scale = Ratio::from_integer(BigInt::from(10).pow(decimals));
        let scaled = &hundred * &scale;
        let up = beside.is_none_or(|beside| share > beside);
        ((if up { scaled.ceil() } else { scaled.floor() }) / scale, decimals)
    };
    let limit = beside.map(|beside| beside * Ratio::from_integer(100.into()));
    let fits = |rounded: &Ratio, decimals: u32| {
        *rounded == hundred || (decimals >= 2 && limit.as_ref() != Some(rounded)) || decimals >= DECIMALS
    };
    let short = (0..=SHORT).map(told).find(|(rounded, _)| *rounded == hundred);
    let found =
        short.or_else(|| (0..=DECIMALS).map(told).find(|(rounded, decimals)| fits(rounded, *decimals)));
    let (rounded, decimals) = found.unwrap_or_else(|| told(DECIMALS));
    let units = (rounded * Ratio::from_integer(BigInt::from(10).pow(decimals)))
        .to_integer()
        .to_u64()
        .unwrap_or(u64::MAX);
    let scale = 10_u64.pow(decimals);
    let (whole, rest) = (units / scale, units % scale);
    Decimal(match decimals {
        0 => format!("{whole} %"),
        decimals => format!("{whole}.{rest:0width$} %", width = decimals as usize),
    })
}

/// One.
pub fn one() -> Ratio {
    Ratio::one()
}

/// Nothing.
pub fn zero() -> Ratio {
    Ratio::zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_told_apart_from_the_limit() {
        let limit = limit(24.0);
        for (share, told) in [
            (ratio(24, 100), "24 %"),
            (ratio(24_004, 100_000), "24.004 %"),
            (ratio(202, 840), "24.05 %"),
            (ratio(24_000_001, 100_000_000), "24.000001 %"),
            (ratio(24_000_000_001, 100_000_000_000), "24.01 %"),
            (ratio(1, 6), "16.66 %"),
            (ratio(1, 1), "100 %"),
            (ratio(245, 1000), "24.5 %"),
        ] {
            assert_eq!(percent(&share, Some(&limit)).0, told);
        }
        assert_eq!(fraction(&ratio(6, 16)), "3/8");
    }
}
