//! Strings with a meaning: each type carries its own CEL rule, so that the API server's refusal names the
//! field and says how a right value looks.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::country;

/// What is said of a code that is not assigned, in CEL: a reserved one is told with what to write. An apostrophe would end
/// CEL's text, and the API server would refuse the whole definition.
fn reserved() -> String {
    let known = country::RESERVED.map(|(code, told)| {
        let told = told.replace('\'', "\\'");
        format!("self == '{code}' ? '{told}' : ")
    });
    format!("{}self + ' {}'", known.concat(), country::UNASSIGNED)
}

/// ISO 7064, MOD 97-10, over the 20 characters of `self`, letters as two digits: each is worth its value times ten to the
/// number of digits that follow it.
fn lei_key() -> String {
    let mut power = 1_u32;
    let powers: Vec<_> = (0..38)
        .map(|_| {
            let now = power;
            power = power * 10 % 97;
            now.to_string()
        })
        .collect();
    let twenty = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    format!(
        "[{twenty}].map(i, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(self.substring(i, i + 1)) * \
         [{}][19 - i + size(self.substring(i + 1).findAll('[A-Z]'))]).sum() % 97 == 1",
        powers.join(",")
    )
}

/// Digits 0 to 8 or 0 to 13 as CEL lists: CEL has no ranges.
const NINE: &str = "[0,1,2,3,4,5,6,7,8]";
const FOURTEEN: &str = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13]";

/// Luhn over the digits of `self`: those at indexes of parity `odd` are doubled.
fn luhn(indexes: &str, odd: u8) -> String {
    format!(
        "{indexes}.map(i, int(self.substring(i, i + 1)) * (i % 2 == {odd} ? 2 : 1))\
         .map(d, d > 9 ? d - 9 : d).sum() % 10 == 0"
    )
}

macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident, max $max:literal, $([$rule:expr, $message:expr $(, $told:expr)?]),+ $(,)?) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "maxLength": $max,
                    "x-kubernetes-validations": [$({
                        "rule": $rule, "message": $message $(, "messageExpression": $told)?
                    }),+],
                })
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
    };
}

text!(
    /// ISO 3166-1 alpha-2 country code, officially assigned: a reserved or colloquial one names nobody. See
    /// [`country`](crate::country).
    Country, max 8,
    ["self.matches('^[A-Z]{2}$')", "must be an ISO 3166-1 alpha-2 code in capitals, for example FR"],
    [format!("!self.matches('^[A-Z]{{2}}$') || self.matches('{}')", country::pattern()),
     country::UNASSIGNED, reserved()],
);
text!(
    /// ISO 3166-2 subdivision code.
    Subdivision, max 16,
    ["self.matches('^[A-Z]{2}-[0-9A-Z]{1,4}$')", "must be an ISO 3166-2 code, for example FR-BFC or FR-71"],
);
text!(
    /// SHA-256 digest, as OCI writes it.
    Digest, max 128,
    ["self.matches('^sha256:[0-9a-f]{64}$')", "must be sha256: followed by 64 lower-case hexadecimal digits"],
);
text!(
    /// Name of a cluster-scoped Beffroi resource.
    Name, max 64,
    ["self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
     "must be a resource name: lower-case letters, digits and hyphens, at most 63 characters"],
    ["size(self) <= 63", "must have at most 63 characters"],
);
text!(
    /// Name of a Kubernetes `PriorityClass` that workspaces may use.
    PriorityClassName, max 64,
    ["self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
     "must be a resource name: lower-case letters, digits, hyphens and dots"],
    ["!self.startsWith('system-')", "is for pods of the cluster itself: offer a class of your own"],
);
text!(
    /// SIREN: nine digits with a Luhn key (INSEE).
    Siren, max 16,
    ["self.matches('^[0-9]{9}$')", "a SIREN has 9 digits"],
    [format!("!self.matches('^[0-9]{{9}}$') || {}", luhn(NINE, 1)),
     "the SIREN's key is wrong: check the 9 digits against the Sirene register"],
    ["self != '000000000'", "a SIREN is not nine zeros: check the 9 digits against the Sirene register"],
);
text!(
    /// LEI: 18 letters and digits with a key of two digits (ISO 17442, ISO 7064 MOD 97-10).
    Lei, max 24,
    ["self.matches('^[0-9A-Z]{18}[0-9]{2}$')", "a LEI has 18 capital letters and digits, then 2 digits"],
    [format!("!self.matches('^[0-9A-Z]{{18}}[0-9]{{2}}$') || {}", lei_key()),
     "the LEI's key is wrong: check its 20 characters against the GLEIF's index"],
);
text!(
    /// SIRET: a SIREN and five more digits, Luhn key; La Poste (SIREN 356000000) may instead have a sum of
    /// digits divisible by five (INSEE).
    Siret, max 20,
    ["self.matches('^[0-9]{14}$')", "a SIRET has 14 digits"],
    [format!(
        "!self.matches('^[0-9]{{14}}$') || {} || (self.startsWith('356000000') && \
         {FOURTEEN}.map(i, int(self.substring(i, i + 1))).sum() % 5 == 0)", luhn(FOURTEEN, 0)),
     "the SIRET's key is wrong: check the 14 digits against the Sirene register"],
    [format!("!self.matches('^[0-9]{{14}}$') || {}", luhn(NINE, 1)),
     "the first 9 digits of the SIRET are not a valid SIREN: check them against the Sirene register"],
    ["!self.matches('^000000000|^[0-9]{9}0000[0-9]$')",
     "no SIREN is nine zeros, and no establishment is number 0000: check the 14 digits against the Sirene register"],
);
text!(
    /// FINESS number of a health establishment: nine characters with a Luhn key; Corsican numbers begin
    /// with 2A or 2B, and only their form is checked.
    Finess, max 16,
    ["self.matches('^([0-9]{2}|2A|2B)[0-9]{7}$')", "a FINESS number has 9 characters: digits, or 2A/2B then 7 digits"],
    [format!("!self.matches('^[0-9]{{9}}$') || {}", luhn(NINE, 1)),
     "the FINESS number's key is wrong: check it against the FINESS register"],
    ["!self.startsWith('00')", "no FINESS number begins with 00: it begins with the department's number"],
);
text!(
    /// UAI of a school or rectorat: seven digits and a key letter (number modulo 23).
    Uai, max 16,
    ["self.matches('^[0-9]{7}[A-Z]$')", "a UAI has 7 digits and a capital letter"],
    ["!self.matches('^[0-9]{7}[A-Z]$') || \
      'ABCDEFGHJKLMNPRSTUVWXYZ'.charAt(int(self.substring(0, 7)) % 23) == self.substring(7, 8)",
     "the UAI's key letter is wrong: check it against the directory of schools"],
    ["!self.startsWith('000')", "no UAI begins with 000: it begins with the department's number"],
);
text!(
    /// INSEE code of a commune; not a postcode.
    Insee, max 16,
    ["self.matches('^([0-9]{2}|2A|2B)[0-9]{3}$')",
     "an INSEE commune code has 5 characters: digits, or 2A/2B then 3 digits; it is not a postcode"],
    // What is not five characters is told above. After the department: 001 to 999, overseas 01 to 99.
    ["!self.matches('^([0-9]{2}|2A|2B)[0-9]{3}$') || \
      self.matches('^((0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|(97[1-8]|98[678])[0-9]{2})$')",
     "no commune is in this department: 01 to 95 with 2A and 2B (20 ended in 1976), 971 to 978, 986 to 988 overseas; 99 is abroad; check it against INSEE's Code officiel géographique"],
    ["!self.matches('^[0-9AB]{2}000$|^9[78][0-9]00$')",
     "no commune is number 0 of its department: check it against INSEE's Code officiel géographique"],
);
text!(
    /// DNS name in lower case.
    Domain, max 254,
    ["self.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?\\\\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && size(self) <= 253",
     "must be a DNS name in lower case, for example espace.ght-bm.example"],
    ["!self.matches('[a-z0-9-]{64}')",
     "each label of a DNS name has at most 63 characters (RFC 1035): shorten what stands between two dots"],
    ["!self.matches('[.][0-9]+$')", "must be a DNS name, and not an IP address"],
);
text!(
    /// One label of a DNS name, in lower case.
    HostLabel, max 64,
    ["self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && size(self) <= 63",
     "must be one label of a DNS name in lower case, at most 63 characters, for example matrix"],
);
text!(
    /// Kubernetes quantity.
    Quantity, max 32,
    ["isQuantity(self)", "must be a Kubernetes quantity, for example 500m, 2 or 4Gi"],
    ["!isQuantity(self) || !quantity(self).isLessThan(quantity('0'))", "must not be negative"],
);
text!(
    /// `https://` or `oci://` address.
    Address, max 1024,
    ["self.matches('^(https|oci)://[^\\\\s]+$')", "must be an https:// or oci:// address"],
);
text!(
    /// Issuer of tokens (`OpenID` Connect Core 1.0, 2): compared letter by letter with claim `iss`.
    Issuer, max 512,
    ["self.matches('^(https://[A-Za-z0-9.-]+|http://(localhost|127[.]0[.]0[.]1))(:[0-9]{1,5})?(/[^\\\\s?#]*)?$')",
     "must be an https:// address without query or fragment, as claim iss of its tokens says it; http:// is for trials, on localhost or 127.0.0.1"],
);
text!(
    /// Scope of a token (RFC 6749, 3.3).
    Scope, max 100,
    ["self.matches('^[!#-\\\\[\\\\]-~]+$')",
     "must be one scope, without spaces, quotes and backslashes, for example groups"],
);
text!(
    /// OCI repository address.
    OciRepository, max 1024,
    ["self.matches('^oci://[a-z0-9.:-]+(/[a-z0-9._-]+)+$')",
     "must be an OCI repository without tag or digest, for example oci://registre.example.fr/charts/docs"],
);
text!(
    /// Host of a registry, with its port where it has one.
    Host, max 260,
    ["self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$')",
     "must be a host name with an optional port, for example registre.example.fr:5000"],
);
text!(
    /// Time of day.
    TimeOfDay, max 8,
    ["self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')", "must be a time of day such as 22:30"],
);
text!(
    /// IANA time zone.
    TimeZone, max 64,
    ["self.matches('^[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2}$|^UTC$')",
     "must be an IANA time zone such as Europe/Paris"],
);

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
