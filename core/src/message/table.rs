//! Everything that can be said, as data: each type that stands in what is kept → how its values are kept, and how each is
//! written. The page draws French from it where no program of ours is (`api/page/sentences.js`).

use std::collections::BTreeMap;

use beffroi_crds::text;
use jiff::{Timestamp, civil};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Decimal, Message, rules, tenant};
use crate::{evidence::statement::Told, policy};

/// A text in English, and in French.
pub type Both = [&'static str; 2];

/// How values of a type are kept, and how they are written.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A value of one of these types.
    Any(Vec<String>),
    /// A message: `code` and `args`.
    Rows(Vec<Row>),
    /// The arguments of one row alone.
    Phrase(Row),
    /// A word, by its name.
    Words(Vec<(String, Both)>),
    /// The same, or any other text, which stands as it is.
    Names(Vec<(String, Both)>),
    /// Several of a type: what stands before them, unless there are none, and what between them.
    Series(String, Both, Both),
}

/// A sentence, in which `{name}` stands for an argument.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its code.
    pub code: &'static str,
    /// Its arguments, each with its type.
    pub args: Vec<(&'static str, String)>,
    /// The sentence.
    pub text: Both,
}

/// Types, by name.
#[derive(Clone, Debug, Default)]
pub struct Table(pub BTreeMap<String, Kind>);

impl Table {
    /// Adds a type of a module, unless it is there, and gives its name.
    pub fn add(&mut self, module: &str, name: &str, kind: impl FnOnce(&mut Self) -> Kind) -> String {
        let module = module.rsplit("::").next().unwrap_or_default();
        let name = format!("{module}::{name}");
        if !self.0.contains_key(&name) {
            // A type can stand within itself.
            self.0.insert(name.clone(), Kind::Any(Vec::new()));
            let kind = kind(self);
            self.0.insert(name.clone(), kind);
        }
        name
    }
}

/// A type that an argument can have.
pub trait Typed {
    /// Adds it, where it is one of ours, and gives its name; that of a list of `text` is `[text]`.
    fn typed(table: &mut Table) -> String;
}

impl<T: Typed> Typed for Box<T> {
    fn typed(table: &mut Table) -> String {
        T::typed(table)
    }
}

impl<T: Typed> Typed for Vec<T> {
    fn typed(table: &mut Table) -> String {
        format!("[{}]", T::typed(table))
    }
}

/// Types that are written by a rule of their own.
macro_rules! basic {
    ($($type:ty: $name:literal)+) => {
        $(impl Typed for $type {
            fn typed(_: &mut Table) -> String {
                $name.into()
            }
        })+
    };
}

basic! {
    String: "text"
    i64: "whole"
    u32: "whole"
    u64: "whole"
    usize: "whole"
    Decimal: "decimal"
    Timestamp: "moment"
    civil::Date: "day"
    text::Date: "date"
    rules::Quoted: "quoted"
    tenant::Quoted: "json"
    Told: "told"
}

/// What can be said.
pub fn table() -> Table {
    let mut table = Table::default();
    Message::typed(&mut table);
    table
}

/// How a word is kept.
pub(super) fn kept(word: &impl Serialize) -> String {
    let kept = serde_json::to_value(word).ok();
    kept.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The French of all that can be said, and of the rules, as a module of JavaScript: a row a line.
pub fn javascript() -> String {
    let french = |[_, fr]: Both| fr;
    let row = |Row { args, text, .. }: Row| {
        let args: BTreeMap<_, _> = args.into_iter().collect();
        if args.is_empty() { json!([french(text)]) } else { json!([french(text), args]) }
    };
    let words = |all: Vec<(String, Both)>| all.into_iter().map(|(word, text)| (word, json!(french(text))));
    let types = table().0.into_iter().map(|(name, kind)| {
        let text = match kind {
            Kind::Any(of) => json!({ "any": of }).to_string(),
            Kind::Rows(all) => object("rows", all.into_iter().map(|one| (one.code.to_owned(), row(one)))),
            Kind::Phrase(one) => json!({ "phrase": row(one) }).to_string(),
            Kind::Words(all) => object("words", words(all)),
            Kind::Names(all) => object("names", words(all)),
            Kind::Series(of, before, between) => {
                json!({ "series": [of, french(before), french(between)] }).to_string()
            }
        };
        format!("  {}: {text},\n", json!(name))
    });
    let rules = policy::all()
        .iter()
        .map(|rule| format!("  {}: {},\n", json!(rule.id), json!([rule.fr, rule.source.fr])));
    format!(
        "// Written by `make generate` from core/src/message and core/src/policy. How it is read: sentences.js.\n\n\
         export const TYPES = {{\n{}}};\n\n\
         /** Each rule in French, and where it comes from. */\n\
         export const RULES = {{\n{}}};\n",
        types.collect::<String>(),
        rules.collect::<String>(),
    )
}

/// A kind of one entry a line.
fn object(kind: &str, entries: impl IntoIterator<Item = (String, Value)>) -> String {
    let lines: String =
        entries.into_iter().map(|(name, value)| format!("    {}: {value},\n", json!(name))).collect();
    format!("{{ {kind}: {{\n{lines}  }} }}")
}
