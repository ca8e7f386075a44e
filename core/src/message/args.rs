//! How arguments are written: names and other people's words as they are, numbers, days and instants as each language
//! writes them, lists one after the other.

use std::fmt::{self, Write};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Draw, Language};

/// Digits from which on a number is grouped by thousands.
const GROUPED: usize = 5;

/// A name, or somebody else's words.
impl Draw for String {
    fn draw(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<T: Draw> Draw for Box<T> {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).draw(language, f)
    }
}

/// One after the other.
impl<T: Draw> Draw for Vec<T> {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        series(self, "", ", ", language, f)
    }
}

/// Several, with what stands before the first and between two.
pub(super) fn series(
    all: &[impl Draw],
    before: &str,
    between: &str,
    language: Language,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (at, one) in all.iter().enumerate() {
        f.write_str(if at == 0 { before } else { between })?;
        one.draw(language, f)?;
    }
    Ok(())
}

macro_rules! whole {
    ($($number:ty)+) => {
        $(impl Draw for $number {
            fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                grouped(&self.to_string(), language, f)
            }
        })+
    };
}

whole!(i64 u32 u64 usize);

/// 12,345 and 12 345, with a narrow space that does not break.
fn grouped(number: &str, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = number.trim_start_matches('-');
    f.write_str(&number[..number.len() - digits.len()])?;
    if digits.len() < GROUPED {
        return f.write_str(digits);
    }
    let mark = match language {
        Language::En => ',',
        Language::Fr => '\u{202f}',
    };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            f.write_char(mark)?;
        }
        f.write_char(digit)?;
    }
    Ok(())
}

/// A decimal number with its unit, kept with a point: `24.05 %`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Decimal(pub String);

/// In English.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Draw for Decimal {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match language {
            Language::En => f.write_str(&self.0),
            Language::Fr => f.write_str(&self.0.replace('.', ",")),
        }
    }
}

/// 2026-06-15 and 15/06/2026.
impl Draw for civil::Date {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match language {
            Language::En => write!(f, "{self}"),
            Language::Fr => write!(f, "{:02}/{:02}/{:04}", self.day(), self.month(), self.year()),
        }
    }
}

/// To the second, in UTC.
impl Draw for Timestamp {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match language {
            Language::En => write!(f, "{self:.0}"),
            Language::Fr => {
                let at = self.to_zoned(TimeZone::UTC).datetime();
                at.date().draw(language, f)?;
                write!(f, " à {:02}:{:02}:{:02} UTC", at.hour(), at.minute(), at.second())
            }
        }
    }
}

/// A day of a custom resource; as it was written where it is none.
impl Draw for beffroi_crds::text::Date {
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.parse::<civil::Date>() {
            Ok(day) => day.draw(language, f),
            Err(_) => f.write_str(&self.0),
        }
    }
}
