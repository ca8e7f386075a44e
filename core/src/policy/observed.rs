//! Rules that are judged on what is seen of each workspace in its sites, all the time, and not when it is
//! ordered: see [`location`](crate::location). LOC-01 is judged at both.

use super::{
    Check, Input, Rule,
    Severity::{self, Blocking, Major},
    Source,
};

const fn rule(
    (id, severity, source): (&'static str, Severity, &'static str),
    fr: &'static str,
    en: &'static str,
) -> Rule {
    Rule {
        id,
        severity,
        source: Source::same(source),
        fr,
        en,
        inputs: &[Input::Observed],
        check: Check::Observed,
    }
}

pub const LOC_02: Rule = rule(
    ("LOC-02", Blocking, "SecNumCloud 3.2, 19.2"),
    "Sauvegardes sur des sites admis, autres que le site principal.",
    "Backups at allowed sites, not the primary one.",
);
pub const LOC_04: Rule = rule(
    ("LOC-04", Major, "SecNumCloud 3.2, 19.6.c"),
    "Aucune voie vers l'extérieur, sauf les destinations nommées avec leur pays et l'entrée du site.",
    "No way out but to listed destinations with country, and the site's own ingress.",
);
pub const LOC_05: Rule = rule(
    ("LOC-05", Major, "EU Cloud Sovereignty Framework, SOV-5"),
    "Images et charts des registres admis, par empreinte.",
    "Images and charts from allowed registries, by digest.",
);
pub const CRY_01: Rule = rule(
    ("CRY-01", Blocking, "SecNumCloud 3.2, 10.1"),
    "Chiffrement au repos de chaque volume.",
    "Encryption at rest on each volume.",
);
