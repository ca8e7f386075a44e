//! A period of time: `from` and `to`, days or moments → when it begins and when it is over.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    language::Text,
    problem::{Problem, length::between},
};

/// Longest text of a time, in characters.
const LONGEST: usize = 64;

/// Which period is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// From this day (`2026-11-01`, in UTC) or moment (`2026-11-01T08:00:00+01:00`) on.
    #[param(max_length = 64, example = "2026-11-01")]
    from: Option<String>,
    /// Until this day, which is still in it, or before this moment.
    #[param(max_length = 64, example = "2099-12-31")]
    to: Option<String>,
}

impl Between {
    /// When it begins, and when it is over.
    ///
    /// # Errors
    /// 422 where one is no time, or it ends before it begins.
    pub fn read(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
        let read = |field: &str, text: &Option<String>, after| {
            text.as_deref().map(|text| time(field, text, after)).transpose()
        };
        let (from, until) = (read("from", &self.from, false)?, read("to", &self.to, true)?);
        match (from, until) {
            (Some(from), Some(until)) if from >= until => Err(Problem::field(
                "to",
                self.to.clone().map(Into::into),
                Text::new("n'est pas après from", "is not after from"),
                Text::new("Échangez les deux, ou omettez l'un.", "swap them, or leave one out"),
            )),
            both => Ok(both),
        }
    }
}

fn time(field: &str, text: &str, after: bool) -> Result<Timestamp, Problem> {
    between(field, text, 1, LONGEST)?;
    let day = || {
        let day: Date = text.parse().ok().filter(|_| !text.contains(['T', 't', ' ']))?;
        let day = if after { day.tomorrow().ok()? } else { day };
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    day().or_else(|| text.parse().ok()).ok_or_else(|| {
        Problem::field(
            field,
            Some(text.into()),
            Text::new("n'est ni un jour ni un moment", "is neither a day nor a moment"),
            Text::new(
                "Écrivez 2026-11-01, ou 2026-11-01T08:00:00+01:00 (dans une adresse, + s'écrit %2B).",
                "write 2026-11-01, or 2026-11-01T08:00:00+01:00 (in an address, + is written %2B)",
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(from: Option<&str>, to: Option<&str>) -> Result<(Option<String>, Option<String>), String> {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let between = Between { from: from.map(str::to_owned), to: to.map(str::to_owned) };
        between
            .read()
            .map(|(from, to)| (text(from), text(to)))
            .map_err(|problem| problem.errors[0].field.clone())
    }

    #[test]
    fn days_are_whole_and_moments_are_themselves() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read(Some("2026-11-01"), Some("2026-11-30")),
            Ok((some("2026-11-01T00:00:00Z"), some("2026-12-01T00:00:00Z")))
        );
        assert_eq!(read(Some("2026-11-01T08:00:00+01:00"), None), Ok((some("2026-11-01T07:00:00Z"), None)));
        assert_eq!(read(Some("2026-11-01"), Some("2026-11-01")).map(|(from, _)| from.is_some()), Ok(true));
        for (from, to, field) in [
            (Some("hier"), None, "from"),
            (Some(""), None, "from"),
            (None, Some("2026-11-31"), "to"),
            (None, Some("2026-11-01T08:00:00"), "to"),
            (Some("2026-11-02"), Some("2026-11-01"), "to"),
        ] {
            assert_eq!(read(from, to), Err(field.to_owned()), "{from:?} {to:?}");
        }
    }
}
