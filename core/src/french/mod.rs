//! What a tenant reads, in French: a sentence as it is stored → its pieces → the template that each is made by → the
//! French one, with the same names and numbers.
//!
//! Statuses and the log keep English, whose bytes are signed and never change; [`of`] translates when they are read, so
//! that what is old is French too. Each area of the law has its room here, with [`Pair`]s of templates; what stands in
//! none is left as it was, word for word: a third party's message, a rule of a policy's own.

mod book;
mod law;
mod location;
mod orders;
mod placement;
mod policies;
mod providers;
mod rules;
mod sites;
mod template;
mod tenants;

use std::{borrow::Cow, sync::LazyLock};

use self::{
    book::Book,
    template::{Template, ends, is_name},
};
use crate::policy;

/// An English template and its French one. In the English one `{}` stands for what is kept as it is (a name, a list of
/// names, somebody else's words), `{w}` for the same in one word, `{names}` for
/// names of objects or hosts, `{n}` for a number, `{date}` for a day or an instant,
/// `{who}` for a provider with its roles, `{=}` for words that are translated in turn, `{,}` for a list of such. In the French one `{}` is what
/// comes next and `{0}`, `{1}`… what came at that place.
pub type Pair = (&'static str, &'static str);

/// Longer texts stay as they are, in bytes: no status has one.
const LONGEST: usize = 64 << 10;
/// Most sentences of one text; what comes after them stays as it is.
const SENTENCES: usize = 1_000;
/// Most openings of one sentence.
const OPENED_AT_MOST: usize = 4;
/// What parts sentences of one text. None of these is within what a template keeps.
const SEPARATORS: [Pair; 3] = [("; ", " ; "), (" | ", " | "), (". Refused: ", ". Sites refusés : ")];
/// What may stand before a sentence.
const OPENINGS: [Pair; 6] = [
    ("refused by ", "refusé par "),
    ("besides, unproven: ", "en outre, non prouvé : "),
    (
        "SovereigntyPolicy {w} is not in order: ",
        "la politique « {} » n'est pas en ordre, voyez avec l'hébergeur : ",
    ),
    (
        "lies where the rules no longer allow it; nothing is moved by itself, a move must be planned: ",
        "se trouve là où les règles ne l'admettent plus ; rien n'est déplacé de soi-même, un déplacement est à prévoir avec l'hébergeur : ",
    ),
    ("the kubeconfig in Secret {w}/{w} ", "le kubeconfig du Secret {}/{} : "),
    ("what its nodes said before: ", "ce que ses nœuds disaient auparavant : "),
];
const ROOMS: [&[Pair]; 9] = [
    law::PAIRS,
    rules::PAIRS,
    policies::PAIRS,
    placement::PAIRS,
    orders::PAIRS,
    location::PAIRS,
    providers::PAIRS,
    sites::PAIRS,
    tenants::PAIRS,
];

/// Templates in the order of the rooms: the first that fits is taken.
static BOOK: LazyLock<Book> = LazyLock::new(|| Book::of(pairs()));
static OPENED: LazyLock<Vec<Template>> = LazyLock::new(|| OPENINGS.iter().map(Template::of).collect());

/// Every pair of the rooms.
pub fn pairs() -> impl Iterator<Item = &'static Pair> {
    ROOMS.into_iter().flatten()
}

/// Every pair of what joins sentences and opens them.
pub fn joints() -> impl Iterator<Item = &'static Pair> {
    SEPARATORS.iter().chain(&OPENINGS)
}

/// A stored text in French; where no sentence of it is known, the text itself.
pub fn of(text: &str) -> Cow<'_, str> {
    if text.len() > LONGEST {
        return Cow::Borrowed(text);
    }
    let (mut told, mut known) = (String::with_capacity(text.len() * 2), false);
    let mut rest = text;
    for _ in 0..SENTENCES {
        let (opening, after, said) = opened(rest);
        known |= !opening.is_empty() || said.is_some();
        told.push_str(&opening);
        let end = said.as_ref().map_or_else(|| first_end(after), |(_, end)| *end);
        told.push_str(said.as_ref().map_or(&after[..end], |(french, _)| french));
        rest = &after[end..];
        let Some((english, french)) = SEPARATORS.iter().find(|(english, _)| rest.starts_with(english)) else {
            break;
        };
        told.push_str(french);
        rest = &rest[english.len()..];
    }
    told.push_str(rest);
    if known { Cow::Owned(told) } else { Cow::Borrowed(text) }
}

/// A sentence in French, and where it ends in the text.
type Said = (String, usize);

/// The sentence that a text begins with.
fn sentence(text: &str) -> Option<Said> {
    let ends: Vec<usize> = ends(text).take(template::MOST_PARTS).collect();
    ends.iter().enumerate().rev().find_map(|(separators, end)| {
        let french = BOOK.french(text.get(..*end)?, separators, template::DEPTH)?;
        Some((french, *end))
    })
}

/// The French of what stands before a sentence, the text after it, and the sentence that this begins with.
fn opened(text: &str) -> (String, &str, Option<Said>) {
    let (mut opening, mut rest) = (String::new(), text);
    for _ in 0..OPENED_AT_MOST {
        let by_rule = judged(rest);
        if by_rule.is_none()
            && let Some(said) = sentence(rest)
        {
            return (opening, rest, Some(said));
        }
        let literal = || OPENED.iter().find_map(|template| template.opening(rest));
        let Some((french, after)) = by_rule.or_else(literal).or_else(|| named(rest)) else {
            return (opening, rest, None);
        };
        opening.push_str(&french);
        rest = after;
    }
    (opening, rest, sentence(rest))
}

/// `RULE (app NAME): `, or `RULE ` before something that is known, as a refusal names what refused.
fn judged(text: &str) -> Option<(String, &str)> {
    let (rule, after) = text.split_once(' ')?;
    let house = rule.starts_with("SITE-") || rule.starts_with("CUSTOM/");
    if !house && policy::all().iter().all(|known| known.id != rule) {
        return None;
    }
    match after.strip_prefix('(').and_then(|inner| inner.split_once("): ")) {
        Some((what, reason)) => Some((format!("{rule} ({}) : ", phrase(what, template::DEPTH)), reason)),
        None => sentence(after).map(|_| (format!("{rule} "), after)),
    }
}

/// `NAME: ` or `NAME, NAME: ` before something that is known.
fn named(text: &str) -> Option<(String, &str)> {
    let (names, after) = text.split_once(": ")?;
    let known = || sentence(after).is_some() || judged(after).is_some();
    (names.split(", ").all(is_name) && known()).then(|| (format!("{names} : "), after))
}

/// Words within a sentence, in French where they are known.
fn phrase(words: &str, depth: usize) -> Cow<'_, str> {
    let separators = ends(words).count().saturating_sub(1);
    let known = depth.checked_sub(1).and_then(|depth| BOOK.french(words, separators, depth));
    known.map_or(Cow::Borrowed(words), Cow::Owned)
}

fn first_end(text: &str) -> usize {
    ends(text).next().unwrap_or(text.len())
}

#[cfg(test)]
pub(crate) mod tests;
