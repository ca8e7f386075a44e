//! What serde refuses in a body or a query: its message → a rule in both languages. The names of our own types, which
//! its messages hold, are told to nobody.

use crate::language::Text;

/// Why a value could not be read.
pub(crate) fn rule(message: &str) -> Text {
    field(message)
        .or_else(|| variant(message))
        .or_else(|| kind(message))
        .or_else(|| number(message))
        .unwrap_or_else(|| Text::new("n'est pas de la forme attendue", message))
}

fn field(message: &str) -> Option<Text> {
    let named = |prefix| message.strip_prefix(prefix).and_then(quoted);
    let (fr, en) = if let Some(name) = named("missing field ") {
        (format!("le champ {name} manque"), format!("field {name} is missing"))
    } else if let Some(name) = named("unknown field ") {
        (format!("le champ n'est pas connu : {name}"), format!("the field is not known: {name}"))
    } else {
        let name = named("duplicate field ")?;
        (format!("ne doit être donné qu'une fois : {name}"), format!("must be given once only: {name}"))
    };
    Some(Text::new(fr, en))
}

fn variant(message: &str) -> Option<Text> {
    let (_, expected) = message.strip_prefix("unknown variant ")?.split_once(", expected ")?;
    let words: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let words = words.join(", ");
    Some(Text::new(format!("valeurs admises : {words}"), format!("supported values: {words}")))
}

fn kind(message: &str) -> Option<Text> {
    let rest =
        ["invalid type: ", "invalid value: "].iter().find_map(|prefix| message.strip_prefix(prefix))?;
    let (_, expected) = rest.rsplit_once(", expected ")?;
    let (fr, en) = match expected.split(' ').find(|word| !["a", "an"].contains(word))? {
        "string" | "str" | "character" => ("un texte", "a text"),
        "boolean" | "bool" => ("true ou false", "true or false"),
        "sequence" => ("une liste", "a list"),
        "map" | "struct" => ("un objet", "an object"),
        word if ["u8", "u16", "u32", "u64", "usize", "nonzero"].contains(&word) => {
            ("un nombre entier, ni négatif ni trop grand", "a whole number, neither negative nor too large")
        }
        word if ["i8", "i16", "i32", "i64", "integer"].contains(&word) => {
            ("un nombre entier", "a whole number")
        }
        "f32" | "f64" => ("un nombre", "a number"),
        _ => return None,
    };
    Some(Text::new(format!("est attendu : {fr}"), format!("expected: {en}")))
}

/// Of a query, where numbers are texts at first.
fn number(message: &str) -> Option<Text> {
    let of_digits = ["invalid digit found in string", "cannot parse integer from empty string"];
    let of_size = ["number too large to fit in target type", "number too small to fit in target type"];
    if of_digits.contains(&message) {
        return Some(Text::new(
            "est attendu : un nombre entier, en chiffres",
            "expected: a whole number, in digits",
        ));
    }
    of_size.contains(&message).then(|| Text::new("le nombre est trop grand", "the number is too large"))
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.split('`').next()
}

#[cfg(test)]
mod tests {
    use beffroi_crds::workspace::WorkspaceSpec;
    use serde_json::{Value, json};

    use super::*;

    fn told(spec: Value) -> Text {
        rule(&serde_json::from_value::<WorkspaceSpec>(spec).unwrap_err().to_string())
    }

    #[test]
    fn what_serde_says_is_told_in_both_languages_and_without_our_types() {
        let whole = |change: Value| {
            let mut spec = json!({"domain": "a.example", "data": ["Staff"], "apps": [{"name": "docs", "channel": "Stable"}]});
            change.as_object().unwrap().iter().for_each(|(name, value)| spec[name] = value.clone());
            spec
        };
        for (spec, fr, en) in [
            (json!({"data": [], "apps": []}), "le champ domain manque", "field domain is missing"),
            (whole(json!({"domain": 3})), "est attendu : un texte", "expected: a text"),
            (whole(json!({"apps": {}})), "est attendu : une liste", "expected: a list"),
            (whole(json!({"placement": "x"})), "est attendu : un objet", "expected: an object"),
            (whole(json!({"suspended": "x"})), "est attendu : true ou false", "expected: true or false"),
            (
                whole(json!({"placement": {"sites": -1}})),
                "est attendu : un nombre entier, ni négatif ni trop grand",
                "expected: a whole number, neither negative nor too large",
            ),
        ] {
            let told = told(spec);
            assert_eq!((told.fr.as_str(), told.en.as_str()), (fr, en));
        }
        let told = told(whole(json!({"data": ["Everything"]})));
        assert!(told.fr.starts_with("valeurs admises : ") && told.fr.contains("Staff"), "{told:?}");
    }

    #[test]
    fn what_nobody_foresaw_is_not_told_in_english_to_who_reads_french() {
        assert_eq!(rule("something odd").fr, "n'est pas de la forme attendue");
        assert_eq!(rule("something odd").en, "something odd");
    }
}
