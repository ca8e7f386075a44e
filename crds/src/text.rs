//! Strings with a meaning: each type carries its own CEL rules, so that a refusal names the field and says how a right
//! value looks.

mod cel;

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::cel::{FOURTEEN, NINE, lei_key, luhn, matches, once, reserved};
use crate::{
    country,
    rule::{CelRule, Told},
};

/// Declares types of texts. A `form` is a pattern, and a `length` a greatest length, which are kept as such for
/// documentation, under words that no definition bears; a `rule` is any other.
macro_rules! texts {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident, max $max:literal;
        $(form $fcode:literal, $form:literal, $fen:literal, $ffr:literal $(, within $within:literal)?;)?
        $(length $lcode:literal, $length:literal, $len:literal, $lfr:literal;)?
        $(rule $code:literal, $rule:expr, $en:expr, $fr:expr $(, told $told:expr)?;)*
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
            #[serde(transparent)]
            pub struct $name(pub String);

            impl $name {
                fn rules() -> Vec<CelRule> {
                    vec![
                        $(declared($fcode, matches($form) $(+ " && " + &most($within))?, $fen, $ffr),)?
                        $(declared($lcode, most($length), $len, $lfr),)?
                        $(CelRule { $(told: Some($told),)? ..declared($code, $rule, $en, $fr) },)*
                    ]
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
                fn inline_schema() -> bool {
                    true
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    let words = [
                        $((PATTERN, Value::from($form)), $((LONGEST, $within.into()),)?)?
                        $((LONGEST, $length.into()),)?
                    ];
                    held($max, &Self::rules(), words)
                }
            }

            impl Deref for $name {
                type Target = str;
                fn deref(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }

            impl From<&str> for $name {
                fn from(text: &str) -> Self {
                    Self(text.to_owned())
                }
            }
        )+

        /// The rules of all of them.
        pub(crate) fn rules() -> Vec<CelRule> {
            [$($name::rules()),+].concat()
        }
    };
}

/// Word of a schema for the pattern of a rule.
pub const PATTERN: &str = "x-pattern";
/// Word of a schema for the greatest length of a rule.
pub const LONGEST: &str = "x-max-length";
/// Word of a schema for the two fields of which a rule wants one.
pub const ONE_OF: &str = "x-one-of";

fn declared(
    code: &'static str,
    rule: impl Into<Cow<'static, str>>,
    en: &'static str,
    fr: &'static str,
) -> CelRule {
    CelRule { code, rule: rule.into(), en, fr, told: None }
}

/// That a text has so many characters at most, in CEL.
fn most(length: u32) -> String {
    format!("size(self) <= {length}")
}

/// The schema of a text that is held to rules, with words for documentation.
fn held<const N: usize>(max: u32, rules: &[CelRule], words: [(&str, Value); N]) -> Schema {
    let rule = |declared: &CelRule| {
        let CelRule { rule, en, told, .. } = declared;
        let mut rule = json_schema!({ "rule": rule, "message": en });
        if let Some(Told { en, .. }) = told {
            rule.insert("messageExpression".to_owned(), en.as_str().into());
        }
        rule.to_value()
    };
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let mut schema = json_schema!({ "type": "string", "maxLength": max, "x-kubernetes-validations": rules });
    for (word, value) in words {
        schema.insert(word.to_owned(), value);
    }
    schema
}

texts! {
    /// ISO 3166-1 alpha-2 country code, officially assigned: a reserved or colloquial one names nobody. See
    /// [`country`](crate::country).
    Country, max 8;
    form "country.form", "^[A-Z]{2}$",
        "must be an ISO 3166-1 alpha-2 code in capitals, for example FR",
        "doit être un code ISO 3166-1 alpha-2 en majuscules, par exemple FR";
    rule "country.assigned", once("^[A-Z]{2}$", &matches(&country::pattern())),
        country::UNASSIGNED, country::UNASSIGNED_FR, told reserved();

    /// ISO 3166-2 subdivision code.
    Subdivision, max 16;
    form "subdivision.form", "^[A-Z]{2}-[0-9A-Z]{1,4}$",
        "must be an ISO 3166-2 code, for example FR-BFC or FR-71",
        "doit être un code ISO 3166-2, par exemple FR-BFC ou FR-71";

    /// SHA-256 digest, as OCI writes it.
    Digest, max 128;
    form "digest.form", "^sha256:[0-9a-f]{64}$",
        "must be sha256: followed by 64 lower-case hexadecimal digits",
        "doit être sha256: suivi de 64 chiffres hexadécimaux en minuscules";

    /// Name of a cluster-scoped Beffroi resource.
    Name, max 64;
    form "name.form", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "must be a resource name: lower-case letters, digits and hyphens, at most 63 characters",
        "doit être un nom de ressource : minuscules, chiffres et traits d'union, 63 caractères au plus";
    length "name.length", 63,
        "must have at most 63 characters",
        "doit avoir 63 caractères au plus";

    /// Name of a Kubernetes `PriorityClass` that workspaces may use.
    PriorityClassName, max 64;
    form "priority-class.form", "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
        "must be a resource name: lower-case letters, digits, hyphens and dots",
        "doit être un nom de ressource : minuscules, chiffres, traits d'union et points";
    rule "priority-class.own", "!self.startsWith('system-')",
        "is for pods of the cluster itself: offer a class of your own",
        "est réservé aux pods du cluster lui-même : proposez une classe à vous";

    /// SIREN: nine digits with a Luhn key (INSEE).
    Siren, max 16;
    form "siren.form", "^[0-9]{9}$",
        "a SIREN has 9 digits",
        "un SIREN a 9 chiffres";
    rule "siren.key", once("^[0-9]{9}$", &luhn(NINE, 1)),
        "the SIREN's key is wrong: check the 9 digits against the Sirene register",
        "la clé du SIREN est fausse : vérifiez les 9 chiffres dans le répertoire Sirene";
    rule "siren.zeros", "self != '000000000'",
        "a SIREN is not nine zeros: check the 9 digits against the Sirene register",
        "un SIREN n'est pas formé de neuf zéros : vérifiez les 9 chiffres dans le répertoire Sirene";

    /// LEI: 18 letters and digits with a key of two digits (ISO 17442, ISO 7064 MOD 97-10).
    Lei, max 24;
    form "lei.form", "^[0-9A-Z]{18}[0-9]{2}$",
        "a LEI has 18 capital letters and digits, then 2 digits",
        "un LEI a 18 lettres majuscules ou chiffres, puis 2 chiffres";
    rule "lei.key", once("^[0-9A-Z]{18}[0-9]{2}$", &lei_key()),
        "the LEI's key is wrong: check its 20 characters against the GLEIF's index",
        "la clé du LEI est fausse : vérifiez ses 20 caractères dans l'index de la GLEIF";

    /// SIRET: a SIREN and five more digits, Luhn key; La Poste (SIREN 356000000) may instead have a sum of
    /// digits divisible by five (INSEE).
    Siret, max 20;
    form "siret.form", "^[0-9]{14}$",
        "a SIRET has 14 digits",
        "un SIRET a 14 chiffres";
    rule "siret.key", once("^[0-9]{14}$", &format!(
            "{} || (self.startsWith('356000000') && {FOURTEEN}.map(i, int(self.substring(i, i + 1))).sum() % 5 == 0)",
            luhn(FOURTEEN, 0)
        )),
        "the SIRET's key is wrong: check the 14 digits against the Sirene register",
        "la clé du SIRET est fausse : vérifiez les 14 chiffres dans le répertoire Sirene";
    rule "siret.siren", once("^[0-9]{14}$", &luhn(NINE, 1)),
        "the first 9 digits of the SIRET are not a valid SIREN: check them against the Sirene register",
        "les 9 premiers chiffres du SIRET ne sont pas un SIREN valide : vérifiez-les dans le répertoire Sirene";
    rule "siret.zeros", "!self.matches('^000000000|^[0-9]{9}0000[0-9]$')",
        "no SIREN is nine zeros, and no establishment is number 0000: check the 14 digits against the Sirene register",
        "aucun SIREN n'est formé de neuf zéros, et aucun établissement n'a le numéro 0000 : vérifiez les 14 chiffres dans le répertoire Sirene";

    /// FINESS number of a health establishment: nine characters with a Luhn key; Corsican numbers begin
    /// with 2A or 2B, and only their form is checked.
    Finess, max 16;
    form "finess.form", "^([0-9]{2}|2A|2B)[0-9]{7}$",
        "a FINESS number has 9 characters: digits, or 2A/2B then 7 digits",
        "un numéro FINESS a 9 caractères : des chiffres, ou 2A/2B puis 7 chiffres";
    rule "finess.key", once("^[0-9]{9}$", &luhn(NINE, 1)),
        "the FINESS number's key is wrong: check it against the FINESS register",
        "la clé du numéro FINESS est fausse : vérifiez-le dans le répertoire FINESS";
    rule "finess.zeros", "!self.startsWith('00')",
        "no FINESS number begins with 00: it begins with the department's number",
        "aucun numéro FINESS ne commence par 00 : il commence par le numéro du département";

    /// UAI of a school or rectorat: seven digits and a key letter (number modulo 23).
    Uai, max 16;
    form "uai.form", "^[0-9]{7}[A-Z]$",
        "a UAI has 7 digits and a capital letter",
        "un UAI a 7 chiffres et une lettre majuscule";
    rule "uai.key", once("^[0-9]{7}[A-Z]$",
            "'ABCDEFGHJKLMNPRSTUVWXYZ'.charAt(int(self.substring(0, 7)) % 23) == self.substring(7, 8)"),
        "the UAI's key letter is wrong: check it against the directory of schools",
        "la lettre clé de l'UAI est fausse : vérifiez-la dans l'annuaire de l'éducation";
    rule "uai.zeros", "!self.startsWith('000')",
        "no UAI begins with 000: it begins with the department's number",
        "aucun UAI ne commence par 000 : il commence par le numéro du département";

    /// INSEE code of a commune; not a postcode.
    Insee, max 16;
    form "insee.form", "^([0-9]{2}|2A|2B)[0-9]{3}$",
        "an INSEE commune code has 5 characters: digits, or 2A/2B then 3 digits; it is not a postcode",
        "un code commune INSEE a 5 caractères : des chiffres, ou 2A/2B puis 3 chiffres ; ce n'est pas un code postal";
    // After the department: 001 to 999, overseas 01 to 99.
    rule "insee.department", once("^([0-9]{2}|2A|2B)[0-9]{3}$", &matches(
            "^((0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|(97[1-8]|98[678])[0-9]{2})$")),
        "no commune is in this department: 01 to 95 with 2A and 2B (20 ended in 1976), 971 to 978, 986 to 988 overseas; 99 is abroad; check it against INSEE's Code officiel géographique",
        "aucune commune n'est dans ce département : 01 à 95 avec 2A et 2B (20 a pris fin en 1976), 971 à 978, 986 à 988 outre-mer ; 99 est l'étranger ; vérifiez-le dans le Code officiel géographique de l'INSEE";
    rule "insee.zeros", "!self.matches('^[0-9AB]{2}000$|^9[78][0-9]00$')",
        "no commune is number 0 of its department: check it against INSEE's Code officiel géographique",
        "aucune commune n'a le numéro 0 dans son département : vérifiez-le dans le Code officiel géographique de l'INSEE";

    /// DNS name in lower case.
    Domain, max 254;
    form "domain.form", r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "must be a DNS name in lower case, for example espace.ght-bm.example",
        "doit être un nom DNS en minuscules, par exemple espace.ght-bm.example",
        within 253;
    rule "domain.label", "!self.matches('[a-z0-9-]{64}')",
        "each label of a DNS name has at most 63 characters (RFC 1035): shorten what stands between two dots",
        "chaque partie d'un nom DNS a 63 caractères au plus (RFC 1035) : raccourcissez ce qui se trouve entre deux points";
    rule "domain.address", "!self.matches('[.][0-9]+$')",
        "must be a DNS name, and not an IP address",
        "doit être un nom DNS, et non une adresse IP";

    /// One label of a DNS name, in lower case.
    HostLabel, max 64;
    form "host-label.form", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "must be one label of a DNS name in lower case, at most 63 characters, for example matrix",
        "doit être une seule partie d'un nom DNS en minuscules, 63 caractères au plus, par exemple matrix",
        within 63;

    /// Kubernetes quantity.
    Quantity, max 32;
    rule "quantity.form", "isQuantity(self)",
        "must be a Kubernetes quantity, for example 500m, 2 or 4Gi",
        "doit être une quantité de Kubernetes, par exemple 500m, 2 ou 4Gi";
    rule "quantity.negative", "!isQuantity(self) || !quantity(self).isLessThan(quantity('0'))",
        "must not be negative",
        "ne doit pas être négatif";

    /// `https://` or `oci://` address.
    Address, max 1024;
    form "address.form", r"^(https|oci)://[^\s]+$",
        "must be an https:// or oci:// address",
        "doit être une adresse https:// ou oci://";

    /// Issuer of tokens (`OpenID` Connect Core 1.0, 2): compared letter by letter with claim `iss`.
    Issuer, max 512;
    form "issuer.form", r"^(https://[A-Za-z0-9.-]+|http://(localhost|127[.]0[.]0[.]1))(:[0-9]{1,5})?(/[^\s?#]*)?$",
        "must be an https:// address without query or fragment, as claim iss of its tokens says it; http:// is for trials, on localhost or 127.0.0.1",
        "doit être une adresse https:// sans requête ni fragment, telle que la dit la revendication iss de ses jetons ; http:// est réservé aux essais, sur localhost ou 127.0.0.1";

    /// Scope of a token (RFC 6749, 3.3).
    Scope, max 100;
    form "scope.form", r"^[!#-\[\]-~]+$",
        "must be one scope, without spaces, quotes and backslashes, for example groups",
        "doit être une seule portée, sans espace, guillemet ni barre oblique inverse, par exemple groups";

    /// OCI repository address.
    OciRepository, max 1024;
    form "oci-repository.form", "^oci://[a-z0-9.:-]+(/[a-z0-9._-]+)+$",
        "must be an OCI repository without tag or digest, for example oci://registre.example.fr/charts/docs",
        "doit être un dépôt OCI sans étiquette ni empreinte, par exemple oci://registre.example.fr/charts/docs";

    /// Host of a registry, with its port where it has one.
    Host, max 260;
    form "host.form", "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$",
        "must be a host name with an optional port, for example registre.example.fr:5000",
        "doit être un nom d'hôte, avec un port s'il le faut, par exemple registre.example.fr:5000";

    /// Time of day.
    TimeOfDay, max 8;
    form "time-of-day.form", "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        "must be a time of day such as 22:30",
        "doit être une heure telle que 22:30";

    /// IANA time zone.
    TimeZone, max 64;
    form "time-zone.form", "^[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2}$|^UTC$",
        "must be an IANA time zone such as Europe/Paris",
        "doit être un fuseau horaire IANA tel que Europe/Paris";
}

/// A calendar date (RFC 3339 full-date), such as 2026-05-16.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Date(pub String);

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Date {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Schema of a free JSON object, kept as it is written.
pub(crate) fn free_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}
