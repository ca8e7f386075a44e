//! Rules of the law that are not evaluated yet. They keep their place in the list and say what they wait for.

use super::{
    Check, Input,
    Input::{Declared, Observed, Signed},
    Rule,
    Severity::{self, Blocking, Major, Minor},
};

const fn rule(
    (id, severity, source): (&'static str, Severity, &'static str),
    fr: &'static str,
    en: &'static str,
    inputs: &'static [Input],
    waits_for: &'static str,
) -> Rule {
    Rule { id, severity, source, fr, en, inputs, check: Check::NotEvaluated(waits_for) }
}

pub const LOC_03: Rule = rule(
    ("LOC-03", Blocking, "SecNumCloud 3.2, 19.2.d"),
    "Journaux, annuaire et certificats dans l'Union européenne.",
    "Logs, directory and certificates in the EU.",
    &[Observed, Declared],
    "an inventory of where logs, directory and certificates lie",
);
pub const CRY_02: Rule = rule(
    ("CRY-02", Major, "SecNumCloud 3.2, 10.1"),
    "Clés détenues par le tenant ou par une entité de l'Union européenne.",
    "Keys held by the tenant or by an EU entity.",
    &[Observed],
    "observation of key management",
);
pub const ADM_01: Rule = rule(
    ("ADM-01", Blocking, "SecNumCloud 3.2, 9.6"),
    "Personne n'agit hors des identités du bastion.",
    "Humans act only through the bastion's identities.",
    &[Observed],
    "the bastion's sessions joined with the API servers' audit logs",
);
pub const ADM_02: Rule = rule(
    ("ADM-02", Major, "SecNumCloud 3.2, 9.6"),
    "Interventions approuvées, enregistrées, limitées dans le temps.",
    "Interventions approved, recorded, limited in time.",
    &[Observed],
    "kind Intervention",
);
pub const ADM_03: Rule = rule(
    ("ADM-03", Blocking, "SecNumCloud 3.2, 19.2.c"),
    "Administration et supervision depuis l'Union européenne.",
    "Administration and supervision from the EU.",
    &[Observed],
    "kind Intervention, with the country of each session",
);
pub const ISO_01: Rule = rule(
    ("ISO-01", Blocking, "SecNumCloud 3.2, 9.7"),
    "Aucun espace de travail n'agit sur ceux d'un autre tenant, ni ne prend ce que tous partagent.",
    "No workspace acts on those of another tenant, nor takes what all share.",
    &[Observed],
    "observation of what pods share; the guards of each site hold it at the door",
);
pub const OPS_02: Rule = rule(
    ("OPS-02", Major, "SecNumCloud 3.2, 12.6"),
    "Durée de conservation des journaux.",
    "Log retention.",
    &[Observed],
    "observation of log stores",
);
pub const OPS_03: Rule = rule(
    ("OPS-03", Major, "SecNumCloud 3.2, 12.6"),
    "Restauration essayée depuis moins de N jours.",
    "Restore tried within N days.",
    &[Observed],
    "kind Restore",
);
pub const INC_01: Rule = rule(
    ("INC-01", Major, "NIS2 art. 23"),
    "Délais d'incident comptés depuis la connaissance : 24 h, 72 h, un mois.",
    "Incident timers from awareness: 24 h, 72 h, one month.",
    &[Observed],
    "kind Incident",
);
pub const REV_01: Rule = rule(
    ("REV-01", Major, "Data Act art. 25"),
    "Départ : préavis, transition et récupération dans les délais.",
    "Leaving: notice, transition and retrieval within the delays.",
    &[Signed, Observed],
    "kind Export, and the contract's delays",
);
pub const REV_02: Rule = rule(
    ("REV-02", Major, "Data Act art. 29"),
    "Aucun frais de sortie.",
    "No egress charge.",
    &[Signed],
    "the contract's charges",
);
pub const REV_03: Rule = rule(
    ("REV-03", Major, "GDPR art. 17; Data Act art. 25"),
    "Suppression attestée.",
    "Deletion attested.",
    &[Signed, Observed],
    "kind Closure",
);
pub const AI_02: Rule = rule(
    ("AI-02", Major, "AI Act art. 53.1.d"),
    "Résumé public des données d'entraînement à jour.",
    "Public summary of training content is current.",
    &[Declared, Observed],
    "when a summary counts as current",
);
pub const ACC_01: Rule = rule(
    ("ACC-01", Minor, "RGAA 4.1"),
    "Déclaration d'accessibilité par application.",
    "Accessibility statement per app.",
    &[Declared],
    "a field for it in App",
);
