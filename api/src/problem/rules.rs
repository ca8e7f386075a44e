//! The rules of `Workspace` and `Tenant` in French: the custom resource definitions tell them in English.

/// The rule in what the API server says of a value, which begins with the value: `Invalid value: "x": RULE`,
/// `Invalid value: 9: spec.placement.sites in body RULE`, `Too many: 17: RULE`.
pub(super) fn of(message: &str) -> &str {
    if let Some((_, rule)) = message.split_once(" in body ") {
        return rule;
    }
    let rule = message.rsplit_once("\": ").map_or(message, |(_, rule)| rule);
    ["Invalid value: ", "Too many: ", "Too long: "]
        .iter()
        .find_map(|verdict| {
            let rest = rule.strip_prefix(verdict)?;
            let after = |(value, rule): (&str, _)| value.bytes().all(|b| b.is_ascii_digit()).then_some(rule);
            Some(rest.split_once(": ").and_then(after).unwrap_or(rest))
        })
        .unwrap_or(rule)
}

/// A rule of the definitions, or one of the API server's own about schemas. What nobody translated is told as such.
pub(super) fn in_french(rule: &str) -> String {
    translated(rule).unwrap_or_else(|| format!("règle du cluster, en anglais : {rule}"))
}

fn translated(rule: &str) -> Option<String> {
    let known = RULES.iter().find(|(english, _)| *english == rule).map(|(_, french)| (*french).to_owned());
    known.or_else(|| {
        SHAPES.iter().find_map(|((before, after), (avant, apres))| {
            Some(format!("{avant}{}{apres}", rule.strip_prefix(before)?.strip_suffix(after)?))
        })
    })
}

/// What the API server says about a schema, around a number or words: (before, after) in English, then in French.
type Shape = ((&'static str, &'static str), (&'static str, &'static str));

const SHAPES: [Shape; 16] = [
    (("Required value", ""), ("valeur obligatoire", "")),
    (("Duplicate value", ""), ("valeur en double", "")),
    (("supported values: ", ""), ("valeurs admises : ", "")),
    (("must have at most ", " items"), ("", " éléments au plus")),
    (("must have at most ", " item"), ("", " élément au plus")),
    (("should have at most ", " items"), ("", " éléments au plus")),
    (("should have at least ", " items"), ("", " éléments au moins")),
    (("may not be more than ", " bytes"), ("", " octets au plus")),
    (("should be at least ", " chars long"), ("", " caractères au moins")),
    (("should be at most ", " chars long"), ("", " caractères au plus")),
    (("should be greater than or equal to ", ""), ("au moins ", "")),
    (("should be less than or equal to ", ""), ("au plus ", "")),
    (("should be greater than ", ""), ("plus de ", "")),
    (("should be less than ", ""), ("moins de ", "")),
    (("should match ", ""), ("doit suivre le motif ", "")),
    (("must be of type ", ""), ("type attendu : ", "")),
];

const RULES: &[(&str, &str)] = &[
    ("must lie between the years 1970 and 9998", "doit tomber entre les années 1970 et 9998"),
    (
        "placement.minCities must not be above placement.sites",
        "placement.minCities ne doit pas dépasser placement.sites",
    ),
    ("give version or channel, one of them", "donnez version ou channel, l'un des deux"),
    (
        "must be a resource name: lower-case letters, digits and hyphens, at most 63 characters",
        "doit être un nom de ressource : minuscules, chiffres et traits d'union, 63 caractères au plus",
    ),
    ("must have at most 63 characters", "63 caractères au plus"),
    (
        "must be a DNS name in lower case, for example espace.ght-bm.example",
        "doit être un nom DNS en minuscules, par exemple espace.ght-bm.example",
    ),
    (
        "each label of a DNS name has at most 63 characters (RFC 1035): shorten what stands between two dots",
        "chaque partie d'un nom DNS a 63 caractères au plus (RFC 1035) : raccourcissez ce qui se trouve entre deux points",
    ),
    ("must be a DNS name, and not an IP address", "doit être un nom DNS, et non une adresse IP"),
    (
        "APP.DOMAIN must have at most 253 characters: order under a shorter domain",
        "APPLICATION.DOMAINE a 253 caractères au plus : commandez sous un domaine plus court",
    ),
    (
        "metadata.name must have at most 63 characters: labels of what is written in sites bear it",
        "le nom a 63 caractères au plus : des étiquettes de ce qui est écrit dans les sites le portent",
    ),
    ("must be a time of day such as 22:30", "doit être une heure telle que 22:30"),
    (
        "must be an IANA time zone such as Europe/Paris",
        "doit être un fuseau horaire IANA tel que Europe/Paris",
    ),
    (
        "metadata.name must have at most 50 characters: namespace tenant-NAME is made from it",
        "le nom a 50 caractères au plus : l'espace de noms tenant-NOM en est formé",
    ),
    (
        "metadata.name must not hold a dot: namespace tenant-NAME is made from it",
        "le nom ne contient pas de point : l'espace de noms tenant-NOM en est formé",
    ),
    (
        "kind is immutable: another body is another Tenant",
        "kind ne change pas : un autre organisme est un autre tenant",
    ),
    (
        "siren is immutable: another body is another Tenant",
        "siren ne change pas : un autre organisme est un autre tenant",
    ),
    (
        "siret may change while its first nine digits, the SIREN, stay: another body is another Tenant",
        "siret change tant que ses neuf premiers chiffres, le SIREN, restent : un autre organisme est un autre tenant",
    ),
    (
        "finess is immutable: another establishment is another Tenant",
        "finess ne change pas : un autre établissement est un autre tenant",
    ),
    (
        "uai is immutable: another establishment is another Tenant",
        "uai ne change pas : un autre établissement est un autre tenant",
    ),
    (
        "insee is immutable: another commune is another Tenant",
        "insee ne change pas : une autre commune est un autre tenant",
    ),
    ("siret must begin with siren", "le SIRET commence par le SIREN"),
    (
        "siren or siret is required, except for kind Groupement",
        "siren ou siret est obligatoire, sauf pour un Groupement",
    ),
    (
        "a Groupement has no legal personality, hence no siren or siret: name its members instead",
        "un Groupement n'a pas la personnalité morale, donc ni siren ni siret : nommez ses membres",
    ),
    (
        "members: a Groupement names at least two tenants, and no other kind names any",
        "members : un Groupement nomme au moins deux tenants, et lui seul en nomme",
    ),
    ("members: the same tenant is named twice", "members : le même tenant est nommé deux fois"),
    ("insee is required for kind Commune", "insee est obligatoire pour une Commune"),
    (
        "finess is required for kind EtablissementDeSante",
        "finess est obligatoire pour un EtablissementDeSante",
    ),
    (
        "uai is required for kinds EtablissementScolaire and Rectorat",
        "uai est obligatoire pour un EtablissementScolaire et un Rectorat",
    ),
    ("insee is for kind Commune only", "insee est réservé à une Commune"),
    ("finess is for kind EtablissementDeSante only", "finess est réservé à un EtablissementDeSante"),
    (
        "uai is for kinds EtablissementScolaire and Rectorat only",
        "uai est réservé à un EtablissementScolaire et à un Rectorat",
    ),
    (
        "flow: Confidential is not supported: people sign in with a public client and PKCE, and tokens are JWT access tokens; put a broker such as Keycloak before an issuer that takes confidential clients only, and name the broker",
        "flow : Confidential n'est pas pris en charge : on se connecte avec un client public et PKCE, et les jetons d'accès sont des JWT ; mettez un intermédiaire tel que Keycloak devant un fournisseur d'identité qui n'admet que des clients confidentiels, et nommez l'intermédiaire",
    ),
    (
        "issuer: ProConnect and FranceConnect take confidential clients only, want a nonce, refuse PKCE and give access tokens that are no JWTs: put a broker such as Keycloak between, and name the broker's issuer",
        "issuer : ProConnect et FranceConnect n'admettent que des clients confidentiels, exigent un nonce, refusent PKCE et donnent des jetons d'accès qui ne sont pas des JWT : mettez un intermédiaire tel que Keycloak entre les deux, et nommez l'émetteur de l'intermédiaire",
    ),
    ("must be a mail address", "doit être une adresse de courriel"),
    (
        "a FINESS number has 9 characters: digits, or 2A/2B then 7 digits",
        "un numéro FINESS a 9 caractères : des chiffres, ou 2A/2B puis 7 chiffres",
    ),
    (
        "the FINESS number's key is wrong: check it against the FINESS register",
        "la clé du numéro FINESS est fausse : vérifiez-le dans le répertoire FINESS",
    ),
    ("must be an https:// or oci:// address", "doit être une adresse https:// ou oci://"),
    (
        "an INSEE commune code has 5 characters: digits, or 2A/2B then 3 digits; it is not a postcode",
        "un code commune INSEE a 5 caractères : des chiffres, ou 2A/2B puis 3 chiffres ; ce n'est pas un code postal",
    ),
    (
        "no commune is in this department: 01 to 95 with 2A and 2B (20 ended in 1976), 971 to 978, 986 to 988 overseas; 99 is abroad; check it against INSEE's Code officiel géographique",
        "aucune commune n'est dans ce département : 01 à 95 avec 2A et 2B (20 a pris fin en 1976), 971 à 978, 986 à 988 outre-mer ; 99 est l'étranger ; vérifiez-le dans le Code officiel géographique de l'INSEE",
    ),
    (
        "no commune is number 0 of its department: check it against INSEE's Code officiel géographique",
        "aucune commune n'a le numéro 0 dans son département : vérifiez-le dans le Code officiel géographique de l'INSEE",
    ),
    (
        "a SIREN is not nine zeros: check the 9 digits against the Sirene register",
        "un SIREN n'est pas neuf zéros : vérifiez les 9 chiffres dans le répertoire Sirene",
    ),
    (
        "no SIREN is nine zeros, and no establishment is number 0000: check the 14 digits against the Sirene register",
        "aucun SIREN n'est neuf zéros et aucun établissement n'a le numéro 0000 : vérifiez les 14 chiffres dans le répertoire Sirene",
    ),
    (
        "no FINESS number begins with 00: it begins with the department's number",
        "aucun numéro FINESS ne commence par 00 : il commence par le numéro du département",
    ),
    (
        "no UAI begins with 000: it begins with the department's number",
        "aucun UAI ne commence par 000 : il commence par le numéro du département",
    ),
    (
        "must be a Kubernetes quantity, for example 500m, 2 or 4Gi",
        "doit être une quantité de Kubernetes, par exemple 500m, 2 ou 4Gi",
    ),
    ("must not be negative", "ne doit pas être négatif"),
    ("a SIREN has 9 digits", "un SIREN a 9 chiffres"),
    (
        "the SIREN's key is wrong: check the 9 digits against the Sirene register",
        "la clé du SIREN est fausse : vérifiez les 9 chiffres dans le répertoire Sirene",
    ),
    ("a SIRET has 14 digits", "un SIRET a 14 chiffres"),
    (
        "the SIRET's key is wrong: check the 14 digits against the Sirene register",
        "la clé du SIRET est fausse : vérifiez les 14 chiffres dans le répertoire Sirene",
    ),
    (
        "the first 9 digits of the SIRET are not a valid SIREN: check them against the Sirene register",
        "les 9 premiers chiffres du SIRET ne sont pas un SIREN : vérifiez-les dans le répertoire Sirene",
    ),
    ("a UAI has 7 digits and a capital letter", "un UAI a 7 chiffres et une lettre majuscule"),
    (
        "the UAI's key letter is wrong: check it against the directory of schools",
        "la lettre clé de l'UAI est fausse : vérifiez-la dans l'annuaire de l'éducation",
    ),
    (
        "require: iss, aud, exp, nbf, iat and the groups are checked already: name another claim, for example siret",
        "require : iss, aud, exp, nbf, iat et les groupes sont déjà vérifiés : nommez une autre revendication, par exemple siret",
    ),
    (
        "must be one scope, without spaces, quotes and backslashes, for example groups",
        "doit être une seule portée, sans espace, guillemet ni barre oblique inverse, par exemple groups",
    ),
    (
        "require: the same claim is named twice, and a token bears it once",
        "require : la même revendication est nommée deux fois, et un jeton ne la porte qu'une",
    ),
    (
        "must be an https:// address without query or fragment, as claim iss of its tokens says it; http:// is for trials, on localhost or 127.0.0.1",
        "doit être une adresse https:// sans requête ni fragment, telle que la dit la revendication iss de ses jetons ; http:// est réservé aux essais, sur localhost ou 127.0.0.1",
    ),
];

#[cfg(test)]
mod tests {
    use beffroi_crds::{Tenant, Workspace};
    use kube::CustomResourceExt;
    use serde_json::Value;

    use super::*;

    /// Messages of every rule below a schema.
    fn messages(schema: &Value, found: &mut Vec<String>) {
        if let Some(rules) = schema.get("x-kubernetes-validations").and_then(Value::as_array) {
            found.extend(rules.iter().filter_map(|rule| rule["message"].as_str().map(str::to_owned)));
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|field| messages(field, found)),
            Value::Array(items) => items.iter().for_each(|item| messages(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_rule_that_a_tenant_can_break_is_told_in_french() {
        let mut found = Vec::new();
        for definition in [Workspace::crd(), Tenant::crd()] {
            messages(&serde_json::to_value(definition).unwrap(), &mut found);
        }
        assert!(found.len() > 40, "{found:?}");
        let missing: Vec<&String> = found.iter().filter(|rule| translated(rule).is_none()).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    /// As kube-apiserver 1.36 says them.
    #[test]
    fn limits_of_the_schema_are_told_without_the_value_and_in_french() {
        for (message, rule, french) in [
            (
                "Invalid value: 9: spec.placement.sites in body should be less than or equal to 8",
                "should be less than or equal to 8",
                "au plus 8",
            ),
            ("Too many: 17: must have at most 16 items", "must have at most 16 items", "16 éléments au plus"),
            (
                "Invalid value: \"\": spec.domain in body should be at least 1 chars long",
                "should be at least 1 chars long",
                "1 caractères au moins",
            ),
            (
                "Unsupported value: \"All\": supported values: \"Staff\", \"Health\"",
                "supported values: \"Staff\", \"Health\"",
                "valeurs admises : \"Staff\", \"Health\"",
            ),
            (
                "Invalid value: \"object\": give version or channel, one of them",
                "give version or channel, one of them",
                "donnez version ou channel, l'un des deux",
            ),
            ("Required value", "Required value", "valeur obligatoire"),
            ("odd", "odd", "règle du cluster, en anglais : odd"),
        ] {
            assert_eq!((of(message), in_french(rule).as_str()), (rule, french), "{message}");
        }
    }
}
