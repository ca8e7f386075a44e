//! Why a token is refused, as people are told it: what the standard says of it, and what is to be done here.

use beffroi_oidc::{
    IssuerError,
    TokenError::{
        self, Algorithm, Audience, Bound, BringsKey, Claims, Critical, Encoding, Encrypted, Expired, Header,
        Issuer, KeyId, KeyUnknown, Missing, NotAccess, NotYet, Scheme, Shape, Signature, Subject, Time,
        TooLarge, Type,
    },
};

use crate::language::Text;

/// What is wrong with a token, and what to do, in both languages.
pub fn told(error: TokenError) -> Text {
    Text::new(french(error), english(error))
}

/// Why an issuer is of no help, for the log: with where its address is written, where that is wrong.
pub fn logged(error: &IssuerError) -> String {
    match error {
        IssuerError::Address => format!("{error}: correct it in the tenant, or --hoster-issuer"),
        _ => error.to_string(),
    }
}

fn english(error: TokenError) -> String {
    let ours = match error {
        Shape => {
            return format!(
                "{error}: register this API there as a resource with an audience, and name that audience, and the scope that asks for it, in spec.identity of the tenant (audience, scopes) or in --audience and --hoster-scope"
            );
        }
        Issuer => "no tenant has people from the issuer of this token: check iss, letter by letter",
        Audience => {
            "the token is meant for another service: have the issuer put the audience of this API into claim aud, or name the one that it puts there in spec.identity.audience of the tenant"
        }
        _ => return error.to_string(),
    };
    ours.to_owned()
}

fn french(error: TokenError) -> &'static str {
    match error {
        Missing => "connectez-vous, et envoyez `Authorization: Bearer JETON`",
        Scheme => "envoyez un seul jeton, `Authorization: Bearer JETON`, avec une espace et rien après",
        TooLarge => "le jeton dépasse 8 Kio : demandez à son émetteur d'y mettre moins de revendications",
        Shape => {
            "un jeton a trois parties, ENTÊTE.REVENDICATIONS.SIGNATURE (RFC 7515, 7.1), et celui-ci n'est pas un JWT : dans un jeton opaque, rien ne peut être vérifié. Faites émettre des jetons d'accès JWT (RFC 9068) : déclarez cette API chez l'émetteur comme ressource, avec son audience, et nommez cette audience, et le scope qui la demande, dans spec.identity de l'organisme (audience, scopes) ou dans --audience et --hoster-scope"
        }
        Encrypted => "un jeton chiffré ou emboîté n'est pas lu : demandez à son émetteur un jeton signé",
        Encoding => "chaque partie d'un jeton est en base64url sans remplissage (RFC 7515, 2)",
        Header => "l'en-tête du jeton n'est pas un objet JSON qui nomme chaque membre une fois",
        Algorithm => "le jeton n'est pas signé par l'algorithme convenu avec son émetteur",
        Type => "le jeton est d'un autre type : envoyez un jeton d'accès (typ at+jwt ou JWT)",
        Critical => "le jeton exige une extension (crit), et aucune n'est connue",
        BringsKey => {
            "le jeton apporte sa clé ou dit où elle se trouve : seules servent les clés que publie son émetteur"
        }
        KeyId => {
            "le jeton doit nommer sa clé (kid, 200 caractères au plus), sauf si son émetteur n'en a qu'une"
        }
        Claims => {
            "les revendications du jeton ne sont pas un objet JSON qui nomme chacune une fois, ou l'une est d'un autre type : voyez avec son émetteur"
        }
        Issuer => {
            "aucun organisme n'a de personnes de l'émetteur de ce jeton : vérifiez iss, lettre à lettre"
        }
        KeyUnknown => {
            "l'émetteur ne publie pas de clé de cet identifiant et de cet algorithme : reconnectez-vous"
        }
        Signature => "la signature du jeton ne tient pas : reconnectez-vous",
        Time => {
            "la revendication exp du jeton manque, ou exp, nbf ou iat n'est pas une heure en secondes depuis 1970 : voyez avec son émetteur"
        }
        Expired => "le jeton a expiré : reconnectez-vous",
        NotYet => "le jeton n'est pas encore valide : vérifiez les horloges, ici et chez son émetteur",
        NotAccess => {
            "c'est un jeton d'identité, de rafraîchissement ou de déconnexion : envoyez le jeton d'accès"
        }
        Bound => {
            "le jeton est lié à une clé (cnf), et la preuve de possession n'est pas vérifiée ici : demandez un jeton simple"
        }
        Audience => {
            "le jeton est destiné à un autre service : faites mettre par son émetteur l'audience de cette API dans la revendication aud, ou nommez celle qu'il y met dans spec.identity.audience de l'organisme"
        }
        Subject => {
            "la revendication sub du jeton doit compter de 1 à 255 caractères imprimables : voyez avec son émetteur"
        }
    }
}
