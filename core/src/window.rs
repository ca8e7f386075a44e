//! Maintenance windows: whether one is open at an instant.

use beffroi_crds::workspace::{MaintenanceWindow, Weekday};
use jiff::{Span, Timestamp, civil, tz::TimeZone};

/// Whether changes may come at `now`. A window that opens late at night stays open past midnight. One whose
/// time zone is unknown never opens.
pub fn is_open(window: &MaintenanceWindow, now: Timestamp) -> bool {
    let (Ok(zone), Ok(start)) =
        (TimeZone::get(&window.time_zone), civil::Time::strptime("%H:%M", &*window.start))
    else {
        return false;
    };
    let today = now.to_zoned(zone.clone()).date();
    let length = Span::new().minutes(i64::from(window.duration_minutes));
    [today.yesterday().ok(), Some(today)].into_iter().flatten().any(|day| {
        let chosen = window.days.iter().any(|d| weekday(*d) == day.weekday());
        let opening = zone.to_zoned(day.to_datetime(start)).ok();
        let closing = opening.as_ref().and_then(|z| z.checked_add(length).ok());
        chosen
            && opening.zip(closing).is_some_and(|(from, to)| from.timestamp() <= now && now < to.timestamp())
    })
}

fn weekday(day: Weekday) -> civil::Weekday {
    match day {
        Weekday::Monday => civil::Weekday::Monday,
        Weekday::Tuesday => civil::Weekday::Tuesday,
        Weekday::Wednesday => civil::Weekday::Wednesday,
        Weekday::Thursday => civil::Weekday::Thursday,
        Weekday::Friday => civil::Weekday::Friday,
        Weekday::Saturday => civil::Weekday::Saturday,
        Weekday::Sunday => civil::Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: Vec<Weekday>, start: &str, minutes: u32) -> MaintenanceWindow {
        MaintenanceWindow {
            days,
            start: start.into(),
            duration_minutes: minutes,
            time_zone: "Europe/Paris".into(),
        }
    }

    fn open(window: &MaintenanceWindow, at: &str) -> bool {
        is_open(window, at.parse().unwrap())
    }

    #[test]
    fn opens_and_closes_on_the_minute_in_local_time() {
        let tuesday = window(vec![Weekday::Tuesday], "22:00", 120);
        assert!(!open(&tuesday, "2026-11-24T20:59:59Z"));
        assert!(open(&tuesday, "2026-11-24T21:00:00Z"));
        assert!(open(&tuesday, "2026-11-24T22:59:59Z"));
        assert!(!open(&tuesday, "2026-11-24T23:00:00Z"));
        assert!(open(&tuesday, "2026-07-21T20:00:00Z"), "summer time");
    }

    #[test]
    fn stays_open_past_midnight() {
        let saturday = window(vec![Weekday::Saturday], "23:30", 120);
        assert!(open(&saturday, "2026-11-29T00:15:00Z"), "Sunday 01:15 in Paris");
        assert!(!open(&saturday, "2026-11-28T00:15:00Z"));
    }

    #[test]
    fn an_unknown_time_zone_never_opens() {
        let mut odd = window(vec![Weekday::Tuesday], "00:00", 1440);
        odd.time_zone = "Terre/Milieu".into();
        assert!(!open(&odd, "2026-11-24T12:00:00Z"));
    }
}
