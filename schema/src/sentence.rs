//! What is wrong, in words: one sentence in each language, which says what to do.

use std::fmt::Write;

use beffroi_crds::message::Language;
use serde_json::Value;

use crate::wrong::{Given, Part, Type, Wrong};

use Language::{En, Fr};

/// Digits from which on a number is grouped by thousands.
const GROUPED: usize = 5;

impl Wrong {
    /// The sentence in a language, without the place.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            En => self.english(),
            Fr => self.french(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Missing => "is required: give it".to_owned(),
            Self::Unknown => "nobody reads this field: correct its name, or leave it out".to_owned(),
            Self::Type { wanted, given } => {
                let next = match (wanted, given) {
                    (Type::Text, Given::Truth(_) | Given::Number(_)) => "put it in quotes",
                    (_, Given::Text(_)) => "write it without quotes, if that is what it is",
                    _ => "correct it",
                };
                format!("must be {}, and is {}: {next}", wanted.english(), given.english())
            }
            Self::NotAllowed { given, allowed } => format!("is {given}: write one of {}", listed(allowed)),
            Self::TooFew { of, count, least } => {
                format!("has {}: give at least {}", of.counted(*count, En), whole(*least, En))
            }
            Self::TooMany { of, count, most } => {
                format!("has {}: give at most {}", of.counted(*count, En), whole(*most, En))
            }
            Self::TooSmall { given, least } => {
                format!("is {}: give at least {}", number(*given, En), number(*least, En))
            }
            Self::TooGreat { given, most } => {
                format!("is {}: give at most {}", number(*given, En), number(*most, En))
            }
            Self::Pattern { given, pattern } => format!("is {given:?}: write it as pattern {pattern} says"),
            Self::NoDay { given } => format!("is {given:?}, which is no day: write one such as 2026-05-16"),
            Self::Repeated => "is in the list already: leave one of the two".to_owned(),
            Self::GivenTwice => "is given more than once: give it once".to_owned(),
            Self::Name => {
                "must be a resource name: lower-case letters, digits and hyphens, at most 63 characters".to_owned()
            }
            Self::Key => {
                "is no key: write letters, digits, -, _ and ., at most 63, after a domain and / if need be".to_owned()
            }
            Self::LabelValue => {
                "a label's value has letters, digits, -, _ and ., at most 63: shorten it, or make it an annotation"
                    .to_owned()
            }
            Self::Rule { en, .. } => en.clone(),
            Self::Unjudged { rule, why } => format!("rule {rule} cannot be evaluated, report it: {why}"),
        }
    }

    fn french(&self) -> String {
        match self {
            Self::Missing => "est obligatoire : donnez-le".to_owned(),
            Self::Unknown => "ce champ n'est pas connu : corrigez son nom, ou omettez-le".to_owned(),
            Self::Type { wanted, given } => {
                let next = match (wanted, given) {
                    (Type::Text, Given::Truth(_) | Given::Number(_)) => "mettez-le entre guillemets",
                    (_, Given::Text(_)) => "écrivez-le sans guillemets, si c'est bien ce que c'est",
                    _ => "corrigez-le",
                };
                format!("doit être {}, et est {} : {next}", wanted.french(), given.french())
            }
            Self::NotAllowed { given, allowed } => {
                let given = given.as_str().map_or_else(|| given.to_string(), quoted);
                format!("est {given} ; valeurs admises : {}", listed(allowed))
            }
            Self::TooFew { of, count, least } => {
                format!("a {} : donnez-en au moins {}", of.counted(*count, Fr), whole(*least, Fr))
            }
            Self::TooMany { of, count, most } => {
                format!("a {} : donnez-en au plus {}", of.counted(*count, Fr), whole(*most, Fr))
            }
            Self::TooSmall { given, least } => {
                format!("est {} : donnez au moins {}", number(*given, Fr), number(*least, Fr))
            }
            Self::TooGreat { given, most } => {
                format!("est {} : donnez au plus {}", number(*given, Fr), number(*most, Fr))
            }
            Self::Pattern { given, pattern } => {
                format!("est {} : écrivez-le selon le motif {pattern}", quoted(given))
            }
            Self::NoDay { given } => {
                format!("est {}, qui n'est pas une date : écrivez-en une telle que 2026-05-16", quoted(given))
            }
            Self::Repeated => "est déjà dans la liste : n'en gardez qu'un".to_owned(),
            Self::GivenTwice => "est donné plusieurs fois : donnez-le une seule fois".to_owned(),
            Self::Name => {
                "doit être un nom de ressource : minuscules, chiffres et traits d'union, 63 caractères au plus".to_owned()
            }
            Self::Key => {
                "n'est pas une clé : écrivez des lettres, des chiffres, -, _ et ., 63 au plus, après un domaine et / s'il le faut"
                    .to_owned()
            }
            Self::LabelValue => {
                "la valeur d'une étiquette a des lettres, des chiffres, -, _ et ., 63 au plus : raccourcissez-la, ou faites-en une annotation"
                    .to_owned()
            }
            Self::Rule { fr, .. } => fr.clone(),
            Self::Unjudged { rule, why } => {
                format!("la règle {rule} ne peut pas être évaluée, signalez-le : {why}")
            }
        }
    }
}

impl Type {
    fn english(self) -> &'static str {
        match self {
            Self::Object => "a mapping of fields",
            Self::List => "a list",
            Self::Text => "text",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Truth => "true or false",
            Self::WholeOrText => "a whole number or text",
        }
    }

    fn french(self) -> &'static str {
        match self {
            Self::Object => "un objet, avec des champs",
            Self::List => "une liste",
            Self::Text => "un texte",
            Self::Whole => "un nombre entier",
            Self::Number => "un nombre",
            Self::Truth => "true ou false",
            Self::WholeOrText => "un nombre entier ou un texte",
        }
    }
}

impl Given {
    fn english(&self) -> String {
        match self {
            Self::Null => "empty".to_owned(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => format!("number {number}"),
            Self::Text(text) => format!("text {text:?}"),
            Self::List => "a list".to_owned(),
            Self::Object => "a mapping of fields".to_owned(),
        }
    }

    fn french(&self) -> String {
        match self {
            Self::Null => "vide".to_owned(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => format!("le nombre {number}"),
            Self::Text(text) => format!("le texte {}", quoted(text)),
            Self::List => "une liste".to_owned(),
            Self::Object => "un objet".to_owned(),
        }
    }
}

impl Part {
    /// So many of them. In French, one is none or one.
    fn counted(self, count: u64, language: Language) -> String {
        let (one, several) = match (language, self) {
            (En, Self::Item) => ("item", "items"),
            (En, Self::Character) => ("character", "characters"),
            (Fr, Self::Item) => ("élément", "éléments"),
            (Fr, Self::Character) => ("caractère", "caractères"),
        };
        let is_one = match language {
            En => count == 1,
            Fr => count < 2,
        };
        format!("{} {}", whole(count, language), if is_one { one } else { several })
    }
}

fn quoted(text: &str) -> String {
    format!("« {text} »")
}

/// Values, one after the other, texts without quotes.
fn listed(values: &[Value]) -> String {
    let named = values.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
    named.collect::<Vec<_>>().join(", ")
}

/// 12,345 and 12 345, with a narrow space that does not break.
fn whole(count: u64, language: Language) -> String {
    grouped(&count.to_string(), language)
}

/// 0.5 and 0,5.
fn number(number: f64, language: Language) -> String {
    let text = number.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number < 0.0 { "-" } else { "" };
    let mut out = format!("{sign}{}", grouped(whole, language));
    if !fraction.is_empty() {
        let mark = match language {
            En => '.',
            Fr => ',',
        };
        // A text takes all that is written into it.
        let _ = write!(out, "{mark}{fraction}");
    }
    out
}

fn grouped(digits: &str, language: Language) -> String {
    let mark = match language {
        En => ',',
        Fr => '\u{202f}',
    };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if digits.len() >= GROUPED && at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_language_counts_and_quotes_in_its_own_way() {
        for (wrong, en, fr) in [
            (
                Wrong::TooMany { of: Part::Item, count: 12_345, most: 1 },
                "has 12,345 items: give at most 1",
                "a 12\u{202f}345 éléments : donnez-en au plus 1",
            ),
            (
                Wrong::TooFew { of: Part::Character, count: 0, least: 1 },
                "has 0 characters: give at least 1",
                "a 0 caractère : donnez-en au moins 1",
            ),
            (
                Wrong::TooSmall { given: -10_000.5, least: 0.25 },
                "is -10,000.5: give at least 0.25",
                "est -10\u{202f}000,5 : donnez au moins 0,25",
            ),
            (
                Wrong::NotAllowed { given: json!("x"), allowed: vec![json!("A"), json!(1)] },
                "is \"x\": write one of A, 1",
                "est « x » ; valeurs admises : A, 1",
            ),
            (
                Wrong::Type { wanted: Type::Text, given: Given::Number("3".to_owned()) },
                "must be text, and is number 3: put it in quotes",
                "doit être un texte, et est le nombre 3 : mettez-le entre guillemets",
            ),
        ] {
            assert_eq!(wrong.sentence(En), en);
            assert_eq!(wrong.sentence(Fr), fr);
        }
    }
}
