//! A pair of templates, taken apart once: literals and what stands between them → what a text has there → the French
//! literals around the same.

use std::borrow::Cow;

use super::{Pair, SEPARATORS, phrase};

/// Most sentences of a text that one template makes.
pub(super) const MOST_PARTS: usize = 3;
/// How often words within a sentence are translated in turn.
pub(super) const DEPTH: usize = 3;

/// What stands between two literals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Hole {
    Kept,
    Word,
    Names,
    Number,
    Date,
    Who,
    Phrase,
    Phrases,
}

/// A pair, taken apart.
#[derive(Debug)]
pub(super) struct Template {
    /// One more than there are holes.
    literals: Vec<&'static str>,
    holes: Vec<Hole>,
    /// Each with the hole after it, but the last.
    french: Vec<(&'static str, Option<usize>)>,
    /// How many sentences it makes, but one.
    pub separators: usize,
}

impl Template {
    pub(super) fn of((english, french): &Pair) -> Self {
        let pieces = pieces(english);
        let mut next = 0..;
        Self {
            separators: ends(english).count() - 1,
            literals: pieces.iter().map(|(literal, _)| *literal).collect(),
            holes: pieces.iter().filter_map(|(_, mark)| mark.map(hole)).collect(),
            french: self::pieces(french)
                .into_iter()
                .map(|(literal, mark)| {
                    (literal, mark.and_then(|mark| mark.parse().ok().or_else(|| next.next())))
                })
                .collect(),
        }
    }

    /// The first byte of whatever it makes, unless a hole comes first.
    pub(super) fn first_byte(&self) -> Option<u8> {
        self.literals.first()?.bytes().next()
    }

    /// The French of a text that it makes as a whole.
    pub(super) fn french(&self, text: &str, depth: usize) -> Option<String> {
        let (last, others) = self.literals.split_last()?;
        // Most are told by their end, before any walk.
        if !text.ends_with(last) {
            return None;
        }
        let (held, rest) = self.walk(others, text)?;
        let mut held = held;
        if self.holes.is_empty() {
            return (rest == *last).then(|| self.fill(&held, depth));
        }
        held.push(rest.strip_suffix(last)?);
        self.fits(&held).then(|| self.fill(&held, depth))
    }

    /// The French of a text's beginning that it makes, and what follows.
    pub(super) fn opening<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let (held, rest) = self.walk(&self.literals, text)?;
        self.fits(&held).then(|| (self.fill(&held, DEPTH), rest))
    }

    /// What stands before each of these literals but the first, and what is left: every literal where it comes first,
    /// so that one walk over the text is enough.
    fn walk<'t>(&self, literals: &[&str], text: &'t str) -> Option<(Vec<&'t str>, &'t str)> {
        let Some((first, others)) = literals.split_first() else { return Some((Vec::new(), text)) };
        let mut rest = text.strip_prefix(first)?;
        let mut held = Vec::with_capacity(self.holes.len());
        for literal in others {
            let (before, after) = rest.split_once(literal)?;
            held.push(before);
            rest = after;
        }
        Some((held, rest))
    }

    fn fits(&self, held: &[&str]) -> bool {
        // What a text begins with is a name, or an opening would be taken for one.
        let begins = self.literals.first().is_some_and(|literal| literal.is_empty());
        if begins && held.first().is_some_and(|first| first.contains(": ")) {
            return false;
        }
        held.iter().zip(&self.holes).all(|(text, hole)| {
            let inside = match hole {
                Hole::Word => !text.contains(' '),
                Hole::Number => text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b' ' | b'%')),
                Hole::Names => text.split(", ").all(is_name),
                Hole::Date => date(text).is_some(),
                Hole::Who => text.ends_with(')') && text.contains(" ("),
                Hole::Kept | Hole::Phrase | Hole::Phrases => true,
            };
            inside && !text.is_empty() && SEPARATORS.iter().all(|(mark, _)| !text.contains(mark))
        })
    }

    fn fill(&self, held: &[&str], depth: usize) -> String {
        let mut told = String::new();
        for (literal, hole) in &self.french {
            told.push_str(literal);
            let Some((text, hole)) = hole.and_then(|at| Some((held.get(at)?, self.holes.get(at)?))) else {
                continue;
            };
            told.push_str(&match hole {
                Hole::Kept | Hole::Word | Hole::Names => Cow::Borrowed(*text),
                Hole::Number => text.replace('.', ",").into(),
                Hole::Date => date(text).map_or(Cow::Borrowed(*text), Cow::Owned),
                Hole::Who => who(text, depth).map_or(Cow::Borrowed(*text), Cow::Owned),
                Hole::Phrase => phrase(text, depth),
                Hole::Phrases => phrases(text, depth).into(),
            });
        }
        told
    }
}

/// Where the sentences of a text end: before each separator, and at the end.
pub(super) fn ends(text: &str) -> impl Iterator<Item = usize> {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let start = from?;
        let rest = text.get(start..)?;
        let may = |byte: &(usize, u8)| matches!(byte.1, b';' | b' ' | b'.');
        let found = rest.bytes().enumerate().filter(may).find_map(|(at, _)| {
            let (mark, _) = SEPARATORS.iter().find(|(mark, _)| rest[at..].starts_with(mark))?;
            Some((at, mark.len()))
        });
        from = found.map(|(at, length)| start + at + length);
        Some(found.map_or(text.len(), |(at, _)| start + at))
    })
}

/// Literals of a template, each with the mark after it; the last has none.
fn pieces(template: &'static str) -> Vec<(&'static str, Option<&'static str>)> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (mark, after) = after.split_once('}').unwrap_or((after, ""));
        pieces.push((literal, Some(mark)));
        rest = after;
    }
    pieces.push((rest, None));
    pieces
}

fn hole(mark: &str) -> Hole {
    match mark {
        "w" => Hole::Word,
        "names" => Hole::Names,
        "n" => Hole::Number,
        "date" => Hole::Date,
        "who" => Hole::Who,
        "=" => Hole::Phrase,
        "," => Hole::Phrases,
        _ => Hole::Kept,
    }
}

/// `2026-06-15` as `15/06/2026`, and an instant with its time in UTC.
fn date(text: &str) -> Option<String> {
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let [year, month, day] = *day.split('-').collect::<Vec<_>>() else { return None };
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return None;
    }
    let time = match time {
        Some(time) => format!(" à {} UTC", time.strip_suffix('Z')?),
        None => String::new(),
    };
    Some(format!("{day}/{month}/{year}{time}"))
}

/// Whether it can be the name of an object or a host.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':');
    !text.is_empty() && text.bytes().all(plain)
}

/// `NAME (roles)`.
fn who(text: &str, depth: usize) -> Option<String> {
    let (name, roles) = text.strip_suffix(')')?.rsplit_once(" (")?;
    Some(format!("{name} ({})", phrases(roles, depth)))
}

fn phrases(list: &str, depth: usize) -> String {
    list.split(", ").map(|one| phrase(one, depth)).collect::<Vec<_>>().join(", ")
}
