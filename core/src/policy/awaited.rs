//! Rules of the law that are not evaluated yet. They keep their place in the list and say what they wait for.

use super::{
    Check, Input,
    Input::{Declared, Observed, Signed},
    Rule,
    Severity::{self, Blocking, Major, Minor},
    Source,
};
use crate::message::rules::Awaited;

const fn rule(
    (id, severity, source): (&'static str, Severity, Source),
    fr: &'static str,
    en: &'static str,
    inputs: &'static [Input],
    awaits: Awaited,
) -> Rule {
    Rule { id, severity, source, fr, en, inputs, check: Check::NotEvaluated(awaits) }
}

pub const LOC_03: Rule = rule(
    ("LOC-03", Blocking, Source::same("SecNumCloud 3.2, 19.2.d")),
    "Journaux, annuaire et certificats dans l'Union européenne.",
    "Logs, directory and certificates in the EU.",
    &[Observed, Declared],
    Awaited::Inventory,
);
pub const CRY_02: Rule = rule(
    ("CRY-02", Major, Source::same("SecNumCloud 3.2, 10.1")),
    "Clés détenues par l'organisation ou par une entité de l'Union européenne.",
    "Keys held by the tenant or by an EU entity.",
    &[Observed],
    Awaited::KeyManagement,
);
pub const ADM_01: Rule = rule(
    ("ADM-01", Blocking, Source::same("SecNumCloud 3.2, 9.6")),
    "Personne n'agit hors des identités du bastion.",
    "Humans act only through the bastion's identities.",
    &[Observed],
    Awaited::Sessions,
);
pub const ADM_02: Rule = rule(
    ("ADM-02", Major, Source::same("SecNumCloud 3.2, 9.6")),
    "Interventions approuvées, enregistrées, limitées dans le temps.",
    "Interventions approved, recorded, limited in time.",
    &[Observed],
    Awaited::Intervention,
);
pub const ADM_03: Rule = rule(
    ("ADM-03", Blocking, Source::same("SecNumCloud 3.2, 19.2.c")),
    "Administration et supervision depuis l'Union européenne.",
    "Administration and supervision from the EU.",
    &[Observed],
    Awaited::CountryOfIntervention,
);
pub const ISO_01: Rule = rule(
    ("ISO-01", Blocking, Source::same("SecNumCloud 3.2, 9.7")),
    "Aucun espace de travail n'agit sur ceux d'une autre organisation, ni ne prend ce que tous partagent.",
    "No workspace acts on those of another tenant, nor takes what all share.",
    &[Observed],
    Awaited::SharedByPods,
);
pub const OPS_02: Rule = rule(
    ("OPS-02", Major, Source::same("SecNumCloud 3.2, 12.6")),
    "Durée de conservation des journaux.",
    "Log retention.",
    &[Observed],
    Awaited::LogStores,
);
pub const OPS_03: Rule = rule(
    ("OPS-03", Major, Source::same("SecNumCloud 3.2, 12.6")),
    "Restauration essayée depuis moins de N jours.",
    "Restore tried within N days.",
    &[Observed],
    Awaited::Restore,
);
pub const INC_01: Rule = rule(
    ("INC-01", Major, Source { fr: "NIS 2, art. 23", en: "NIS2 art. 23" }),
    "Délais d'incident comptés depuis la connaissance : 24 h, 72 h, un mois.",
    "Incident timers from awareness: 24 h, 72 h, one month.",
    &[Observed],
    Awaited::Incident,
);
pub const REV_01: Rule = rule(
    ("REV-01", Major, Source { fr: "règlement européen sur les données, art. 25", en: "Data Act art. 25" }),
    "Départ : préavis, transition et récupération dans les délais.",
    "Leaving: notice, transition and retrieval within the delays.",
    &[Signed, Observed],
    Awaited::Export,
);
pub const REV_02: Rule = rule(
    ("REV-02", Major, Source { fr: "règlement européen sur les données, art. 29", en: "Data Act art. 29" }),
    "Aucun frais de sortie.",
    "No egress charge.",
    &[Signed],
    Awaited::Charges,
);
pub const REV_03: Rule = rule(
    (
        "REV-03",
        Major,
        Source {
            fr: "RGPD, art. 17 ; règlement européen sur les données, art. 25",
            en: "GDPR art. 17; Data Act art. 25",
        },
    ),
    "Suppression attestée.",
    "Deletion attested.",
    &[Signed, Observed],
    Awaited::Closure,
);
pub const AI_02: Rule = rule(
    ("AI-02", Major, Source { fr: "règlement européen sur l'IA, art. 53.1.d", en: "AI Act art. 53.1.d" }),
    "Résumé public des données d'entraînement à jour.",
    "Public summary of training content is current.",
    &[Declared, Observed],
    Awaited::CurrentSummary,
);
pub const ACC_01: Rule = rule(
    ("ACC-01", Minor, Source::same("RGAA 4.1")),
    "Déclaration d'accessibilité par application.",
    "Accessibility statement per app.",
    &[Declared],
    Awaited::FieldOfApp,
);
