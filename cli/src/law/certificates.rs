//! Certificates of a provider, one a line: what each is of → how far its end is, and what is wrong with it.

use beffroi_core::policy::certification::{Expiry, expiry, oddity};
use beffroi_crds::provider::Certification;
use jiff::civil::Date;

use crate::plain;

/// The lines.
pub(super) fn text(all: &[Certification], today: Date) -> String {
    let lines = all.iter().enumerate().map(|(index, certification)| {
        let c = certification;
        // As manifests write it.
        let scheme = serde_json::to_value(c.scheme).unwrap_or_default();
        let line = format!(
            "{} {} of \"{}\" until {}: {}",
            scheme.as_str().unwrap_or_default(),
            c.version,
            c.service,
            c.expires,
            standing(c, index, today)
        );
        format!("  certificate {}\n", plain(&line))
    });
    lines.collect()
}

/// How it stands today, and all that keeps it from being counted.
fn standing(certification: &Certification, index: usize, today: Date) -> String {
    let mut told = Vec::new();
    match expiry(certification, today) {
        Expiry::InForce { .. } => {}
        Expiry::Warn { days: 0, .. } => told.push("ends today: give the one that follows it".to_owned()),
        Expiry::Warn { days: 1, .. } => told.push("ends tomorrow: give the one that follows it".to_owned()),
        Expiry::Warn { days, .. } => told.push(format!("ends in {days} days: give the one that follows it")),
        Expiry::Expired => told.push("expired: give the one that follows it".to_owned()),
        Expiry::NotYet => {
            told.push(format!("begins only on {}: give the one before it", certification.issued));
        }
        Expiry::Unreadable => told.push("its dates cannot be read: write each as 2026-05-16".to_owned()),
    }
    told.extend(oddity(certification).map(|oddity| format!("{oddity}: check its dates")));
    if certification.document.is_none() {
        told.push(format!("only declared: give its document (spec.certifications[{index}].document)"));
    }
    if told.is_empty() { "in force".to_owned() } else { told.join("; ") }
}

#[cfg(test)]
mod tests {
    use beffroi_crds::provider::Scheme;

    use super::*;

    #[test]
    fn each_line_says_what_is_wrong() {
        let told = |version: &str, issued: &str, expires: &str| {
            let certification = Certification {
                scheme: Scheme::SecNumCloud,
                version: version.into(),
                service: "cloud".into(),
                issued: issued.into(),
                expires: expires.into(),
                ..Certification::default()
            };
            text(&[certification], "2026-06-15".parse().unwrap())
        };
        for (version, issued, expires, wrong) in [
            ("3.2", "2026-03-02", "2029-03-01", "until 2029-03-01: only declared: give its document"),
            ("3.2", "2023-06-16", "2026-06-15", "ends today"),
            ("3.2", "2023-06-17", "2026-06-16", "ends tomorrow"),
            ("3.2", "2023-06-18", "2026-06-17", "ends in 2 days"),
            ("3.2", "2023-06-15", "2026-06-14", "expired"),
            ("3.2", "2026-07-01", "2029-06-30", "begins only on 2026-07-01"),
            ("3.2", "2026-01-01", "2030-01-01", "longer than the three years"),
            ("3.2", "2021-01-01", "2023-12-31", "before version 3.2 existed"),
            ("3.2", "soon", "2030-01-01", "cannot be read"),
        ] {
            let line = told(version, issued, expires);
            assert!(line.starts_with("  certificate SecNumCloud 3.2 of \"cloud\" until "), "{line}");
            assert!(line.contains(wrong) && line.contains("spec.certifications[0].document"), "{line}");
        }
    }
}
