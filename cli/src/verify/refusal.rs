//! Why a bundle is refused, for people: what does not hold and what to do, in French or English.

use beffroi_core::evidence::{
    bundle, checkpoint, dsse, period,
    verify::{Error, Kind},
};

use crate::Language;

/// The refusal.
pub(super) fn text(error: &Error, language: Language) -> String {
    match language {
        Language::En => format!("REFUSED. The proof does not hold: {error}"),
        Language::Fr => format!("REFUSÉ. La preuve ne tient pas : {}", french(error)),
    }
}

/// The refusal of a period.
pub(super) fn of_period(error: &period::Error, language: Language) -> String {
    if language == Language::En {
        return format!("REFUSED. The period does not hold: {error}");
    }
    let told = match error {
        period::Error::TooLong => "le fichier est trop long : prenez des périodes plus courtes".to_owned(),
        period::Error::Header => {
            "sa première ligne ne dit pas ce qu'il contient : le fichier a été modifié ou tronqué".to_owned()
        }
        period::Error::NotWhole { line } => {
            format!(
                "la ligne {line} n'est pas l'entrée que la première ligne annonce : le fichier a été modifié ou tronqué"
            )
        }
        period::Error::Stranger { index } => format!(
            "l'entrée {index} n'est pas de la période, de l'organisme ou de l'espace que la première ligne annonce"
        ),
        period::Error::OtherState { index } => {
            format!(
                "l'entrée {index} repose sur un autre état du journal que celui que la première ligne annonce"
            )
        }
        period::Error::Entry { index, source } => format!("entrée {index} : {}", french(source)),
    };
    format!("REFUSÉ. La période ne tient pas : {told}")
}

pub(crate) fn french(error: &Error) -> String {
    const KEY: &str = "est-ce le bon fichier de clé publique ?";
    match error {
        Error::Bundle(bundle::Error::TooLong) => "le fichier est trop long pour être une preuve".into(),
        Error::Bundle(bundle::Error::NotCanonical) => {
            "le fichier n'est pas dans son texte unique : il a été modifié, ou écrit par un autre programme"
                .into()
        }
        Error::Bundle(error) => {
            format!("le fichier ne se lit pas comme une preuve, il a été modifié ou tronqué ({error})")
        }
        Error::Envelope(dsse::Error::UnknownKey { found }) => {
            format!("la déclaration est signée par la clé {found}…, pas par une clé de confiance : {KEY}")
        }
        Error::Envelope(dsse::Error::BadSignature) => {
            "la signature de la déclaration n'est pas celle de sa clé : le contenu a été modifié".into()
        }
        Error::Envelope(error) => format!("l'enveloppe de la déclaration est mal formée ({error})"),
        Error::Checkpoint(checkpoint::Error::UnknownKey { found }) => {
            format!("l'état du journal est signé par {found}, pas par une clé de confiance : {KEY}")
        }
        Error::Checkpoint(checkpoint::Error::BadSignature) => {
            "la signature de l'état du journal n'est pas celle de sa clé : il a été modifié".into()
        }
        Error::Checkpoint(error) => format!("l'état du journal est mal formé ({error})"),
        Error::Statement(error) => format!("la déclaration ne se lit pas ({error})"),
        Error::Successor(error) => format!("un changement de clés nomme des clés illisibles ({error})"),
        Error::Rotation { index, why } => format!("le changement de clés n° {index} ne vaut rien ({why})"),
        Error::Authority(why) => {
            format!("les clés qui ont signé n'en avaient pas, ou plus, le droit ({why})")
        }
        Error::NotInLog { index, size } => {
            format!("l'entrée {index} n'est pas dans le journal de {size} entrées que la preuve invoque")
        }
        Error::BackInTime { index, time, after, later } => format!(
            "l'entrée {index} du journal est datée du {time:.0}, l'entrée {after} qui la précède du {later:.0} : le temps a reculé. Une horloge a été retardée, ou une date est fausse : demandez à l'hébergeur ce qu'il en est"
        ),
        Error::OtherSubject => "la déclaration parle d'autre chose que de son sujet".into(),
        Error::OtherObservation => "l'observation jointe n'est pas celle qui a été signée".into(),
        Error::DoesNotFollow(what) => {
            format!("la déclaration ne découle pas de ce qui a été observé : {what} diffère")
        }
        Error::OtherKind { found, wanted } => format!(
            "elle est authentique, mais c'est {}, et non {} : elle ne prouve rien d'autre. Si c'est bien ce que vous voulez vérifier, dites-le avec --type {found}",
            kind(*found),
            kind(*wanted)
        ),
        Error::OtherPolicy { parts } => format!(
            "les règles jointes ne sont pas celles de votre politique : {} diffère. Qui a signé a tenu l'espace à d'autres règles",
            parts.join(", ")
        ),
        Error::OtherWorkspace { found, wanted } => {
            format!("elle porte sur l'espace {found}, pas sur {wanted}")
        }
        Error::FromTheFuture(made) => {
            format!("elle est datée du {made:.0}, qui est à venir : vérifiez l'horloge de cette machine")
        }
        Error::TooOld { made, limit } => format!(
            "elle date du {made:.0}, plus de {limit} : demandez-en une nouvelle, ou admettez cet âge avec --max-age"
        ),
        Error::OtherLog { found, known } => {
            format!(
                "elle vient du journal {found}, l'état que vous connaissez du journal {known} : est-ce le bon fichier ?"
            )
        }
        Error::SplitView { size } => format!(
            "deux journaux de {size} entrées, de contenus différents : on ne montre pas le même journal à tous. Gardez les deux fichiers et prévenez votre RSSI"
        ),
        Error::NotGrown { from, to } => format!(
            "rien ne montre que le journal de {to} entrées prolonge celui de {from} : la preuve a été modifiée, ou l'histoire récrite. Demandez-en une autre ; si elle échoue aussi, gardez les deux fichiers et prévenez votre RSSI"
        ),
        Error::OldCheckpoint { found, known } => format!(
            "elle repose sur un état du journal ({found} entrées) plus ancien que celui que vous connaissez ({known}) : demandez-en une nouvelle"
        ),
        Error::NoConsistency { known } => format!(
            "rien n'y montre que le journal prolonge l'état que vous connaissez ({known} entrées) : demandez une preuve faite avec --since cet état"
        ),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Location => "une déclaration du lieu des données",
        Kind::Audit => "une entrée du journal d'audit",
        Kind::Keys => "un changement de clés",
    }
}
