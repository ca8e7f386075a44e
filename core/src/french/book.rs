//! Every template, found without trying all: a text → those that begin as it does and have as many sentences → the
//! first of them that makes it.

use std::collections::HashMap;

use super::{Pair, template::Template};

/// Templates in the order in which they are tried, told apart by the first byte of what they make.
pub(super) struct Book {
    templates: Vec<Template>,
    by_start: HashMap<Start, Vec<usize>>,
}

/// Sentences but one, and the first byte; none for what may begin with any.
type Start = (usize, Option<u8>);

impl Book {
    /// Of these pairs, the first that fits being taken.
    pub(super) fn of<'p>(pairs: impl Iterator<Item = &'p Pair>) -> Self {
        let templates: Vec<Template> = pairs.map(Template::of).collect();
        let start = |template: &Template| (template.separators, template.first_byte());
        let mut by_start: HashMap<Start, Vec<usize>> =
            templates.iter().map(|template| (start(template), Vec::new())).collect();
        for ((separators, byte), found) in &mut by_start {
            let open = (*separators, None);
            let begins = |own: Start| own == (*separators, *byte) || own == open;
            found.extend((0..templates.len()).filter(|at| begins(start(&templates[*at]))));
        }
        Self { templates, by_start }
    }

    /// The French of a text that one template makes, which has so many separators.
    pub(super) fn french(&self, text: &str, separators: usize, depth: usize) -> Option<String> {
        let own = text.bytes().next().and_then(|byte| self.by_start.get(&(separators, Some(byte))));
        let found = own.or_else(|| self.by_start.get(&(separators, None)));
        found?.iter().find_map(|at| self.templates[*at].french(text, depth))
    }
}
