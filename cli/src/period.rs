//! A period of time, as people write one: days, or moments.

use anyhow::{Context, bail};
use clap::Args;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A period.
#[derive(Args)]
pub(crate) struct Period {
    /// From this day or moment on: 2026-11-01 (in UTC), or 2026-11-01T08:00:00+01:00.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until this day, which is still in it, or before this moment.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Period {
    /// Whether one is named at all.
    pub(crate) fn is_named(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// When it begins.
    pub(crate) fn from(&self) -> anyhow::Result<Option<Timestamp>> {
        let from = self.from.as_deref().map(|text| read("--from", text, false)).transpose()?;
        if let (Some(from), Some(until)) = (from, self.until()?)
            && from >= until
        {
            bail!("--from is not before --to: nothing lies between them");
        }
        Ok(from)
    }

    /// When it is over.
    pub(crate) fn until(&self) -> anyhow::Result<Option<Timestamp>> {
        self.to.as_deref().map(|text| read("--to", text, true)).transpose()
    }
}

fn read(what: &str, text: &str, after: bool) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<Date>()
        && !text.contains(['T', 't', ' '])
    {
        let day = if after { day.tomorrow()? } else { day };
        return Ok(day.to_zoned(TimeZone::UTC)?.timestamp());
    }
    text.parse().with_context(|| {
        format!("{what} {text}: write a day (2026-11-01) or a moment with its offset (2026-11-01T08:00:00Z)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_and_a_moment_is_one() {
        let read =
            |text: &str, after| read("--to", text, after).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(read("2026-11-30", false), "2026-11-30T00:00:00Z");
        assert_eq!(read("2026-11-30", true), "2026-12-01T00:00:00Z");
        assert_eq!(read("2026-11-30T08:00:00+01:00", true), "2026-11-30T07:00:00Z");
        for wrong in ["", "hier", "2026-13-01", "2026-11-30T08:00:00", "30/11/2026"] {
            assert_eq!(read(wrong, false), "", "{wrong}");
        }
        let period = Period { from: Some("2026-11-30".into()), to: Some("2026-11-29".into()) };
        assert!(period.is_named() && period.from().is_err());
    }
}
