//! Percentages, exactly as people write them.
//!
//! A share is compared with a limit: 24.004 is more than 24, and three times 13 is no more than 39. So it is kept as the
//! decimal that was written, never as a binary fraction.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Most decimals: the API server keeps no more of a number than this.
const DECIMALS: usize = 15;

/// A decimal number from 0 to 100: `units / 10^decimals`, in lowest terms.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Percent {
    units: u64,
    decimals: u8,
}

/// Why a text is no percentage.
#[derive(Clone, Debug, PartialEq)]
pub enum PercentError {
    /// No decimal number.
    Form(String),
    /// Below 0 or above 100.
    Range(String),
    /// More decimals than are kept.
    Decimals(String),
}

impl fmt::Display for PercentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(text) => {
                write!(f, "{text:?} is no percentage: write a decimal number, for example 24.5")
            }
            Self::Range(text) => write!(f, "{text} is no share in percent: write a number from 0 to 100"),
            Self::Decimals(text) => write!(f, "{text} has more than {DECIMALS} decimals: round it"),
        }
    }
}

impl std::error::Error for PercentError {}

impl Percent {
    /// The exact value as numerator and denominator, where 1 is 100 %.
    pub fn fraction(self) -> (u64, u64) {
        // At most 15 decimals and two more.
        (self.units, 10_u64.pow(u32::from(self.decimals) + 2))
    }
}

impl FromStr for Percent {
    type Err = PercentError;

    /// Digits, and after a point or comma more digits.
    fn from_str(text: &str) -> Result<Self, PercentError> {
        let form = || PercentError::Form(text.to_owned());
        let (whole, rest) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.strip_prefix('-').is_some_and(|whole| !whole.is_empty() && digits(whole) && digits(rest)) {
            return Err(PercentError::Range(text.to_owned()));
        }
        if whole.is_empty() || !digits(whole) || !digits(rest) {
            return Err(form());
        }
        let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
        if rest.len() > DECIMALS {
            return Err(PercentError::Decimals(text.to_owned()));
        }
        if whole.len() > 3 {
            return Err(PercentError::Range(text.to_owned()));
        }
        let all = format!("0{whole}{rest}");
        let units = all.parse::<u64>().map_err(|_| form())?;
        let decimals = u8::try_from(rest.len()).map_err(|_| form())?;
        let percent = Self { units, decimals };
        if units > 100 * 10_u64.pow(u32::from(decimals)) {
            return Err(PercentError::Range(text.to_owned()));
        }
        Ok(percent)
    }
}

impl TryFrom<f64> for Percent {
    type Error = PercentError;

    /// The shortest decimal that reads as this number: what was written, up to 15 digits.
    fn try_from(number: f64) -> Result<Self, PercentError> {
        number.to_string().parse()
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(u32::from(self.decimals));
        write!(f, "{}", self.units / scale)?;
        match usize::from(self.decimals) {
            0 => Ok(()),
            decimals => write!(f, ".{:0decimals$}", self.units % scale),
        }
    }
}

impl Serialize for Percent {
    /// A number, as the schema has it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        match text.parse::<f64>() {
            Ok(number) if Self::try_from(number).as_ref() == Ok(self) => serializer.serialize_f64(number),
            _ => serializer.serialize_str(&text),
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    /// A number, or text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl de::Visitor<'_> for Reader {
            type Value = Percent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a percentage from 0 to 100, for example 24.5")
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Percent, E> {
                Percent::try_from(number).map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Percent, E> {
                number.to_string().parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Percent, E> {
                number.to_string().parse().map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Percent, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0.0, "maximum": 100.0})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_kept() {
        for (text, told, fraction) in [
            ("24", "24", (24, 100)),
            ("24.004", "24.004", (24_004, 100_000)),
            ("24,50", "24.5", (245, 1_000)),
            ("0.10", "0.1", (1, 1_000)),
            ("100.000", "100", (100, 100)),
            ("033.333333333333333", "33.333333333333333", (33_333_333_333_333_333, 100_000_000_000_000_000)),
            ("0", "0", (0, 100)),
        ] {
            let percent: Percent = text.parse().unwrap();
            assert_eq!((percent.to_string().as_str(), percent.fraction()), (told, fraction));
        }
        for wrong in
            ["", ".", "-1", "1e1", "NaN", "100.01", "101", "1000", "0.0000000000000001", "a", "1.2.3", "٣"]
        {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_and_texts_are_read_and_numbers_written() {
        let read = |json: &str| serde_json::from_str::<Percent>(json).unwrap();
        assert_eq!(read("24.004"), read("\"24.004\""));
        assert_eq!(read("24"), read("24.0"));
        assert_eq!(read("1e-7").to_string(), "0.0000001");
        assert_eq!(serde_json::to_string(&read("24.004")).unwrap(), "24.004");
        assert_eq!(
            read(&serde_json::to_string(&read("\"33.333333333333333\"")).unwrap()).to_string(),
            "33.333333333333333"
        );
        for wrong in ["-0.5", "100.5", "null", "true", "\"x\""] {
            assert!(serde_json::from_str::<Percent>(wrong).is_err(), "{wrong}");
        }
    }
}
