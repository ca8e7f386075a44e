//! What Beffroi says: a message of an area ([`law`], [`location`], [`order`]…) with typed arguments → its code and
//! arguments, which are kept, compared and signed → its sentence in a [`Language`].
//!
//! Each message is one row of its area's file: what it means, its code, its name and arguments, its English, its French.
//! A row without one of the two does not compile. Whatever a person or another program wrote is an argument, and never
//! read as a sentence.

mod args;
mod draw;

/// Declares the messages of one area: an enum, its codes and arguments in JSON, and its sentences. In a sentence,
/// `{name}` stands for the argument of that name, as the language writes it.
macro_rules! messages {
    (
        $(#[$about:meta])*
        $area:ident {
            $(
                $(#[$doc:meta])*
                $code:literal $name:ident $({ $($arg:ident: $type:ty),+ $(,)? })?
                    $en:literal
                    $fr:literal
            )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(tag = "code", content = "args", deny_unknown_fields)]
        #[allow(missing_docs, reason = "the sentence of a message names its arguments")]
        pub enum $area {
            $(
                $(#[$doc])*
                #[serde(rename = $code)]
                $name $({ $($arg: $type),+ })?,
            )+
        }

        impl $crate::message::Draw for $area {
            fn draw(
                &self,
                language: $crate::message::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                #[cfg(test)]
                if $crate::message::tests::is_reworded() {
                    return $crate::message::tests::otherwise(self, f);
                }
                match self {
                    $(Self::$name $({ $($arg),+ })? => {
                        $($(
                            // A language may leave an argument out.
                            #[allow(unused_variables, reason = "see above")]
                            let $arg = $crate::message::In(language, $arg);
                        )+)?
                        match language {
                            $crate::message::Language::En => write!(f, $en),
                            $crate::message::Language::Fr => write!(f, $fr),
                        }
                    })+
                }
            }
        }

        impl std::fmt::Display for $area {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::message::Draw::draw(self, $crate::message::Language::En, f)
            }
        }

        impl $crate::message::Typed for $area {
            #[allow(unused_variables, reason = "rows without arguments name no type")]
            fn typed(table: &mut $crate::message::Table) -> String {
                table.add(module_path!(), stringify!($area), |table| {
                    $crate::message::Kind::Rows(vec![$($crate::message::Row {
                        code: $code,
                        args: vec![$($(
                            (stringify!($arg), <$type as $crate::message::Typed>::typed(table))
                        ),+)?],
                        text: [$en, $fr],
                    }),+])
                })
            }
        }

        #[cfg(test)]
        impl $crate::message::tests::Sample for $area {
            #[allow(unused_variables, reason = "rows without arguments need no place among them")]
            fn samples() -> Vec<Self> {
                let mut all = Vec::new();
                $({
                    $($(let $arg = <$type as $crate::message::tests::Sample>::samples();)+)?
                    for at in 0..[1 $($(, $arg.len())+)?].into_iter().fold(1, usize::max) {
                        all.push(Self::$name $({ $($arg: $arg[at % $arg.len()].clone()),+ })?);
                    }
                })+
                all
            }
        }
    };
}

/// Declares an argument of several parts: a struct, and how it is written.
macro_rules! phrase {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$doc:meta])* $arg:ident: $type:ty, )+ }
            $en:literal
            $fr:literal
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $( $(#[$doc])* pub $arg: $type, )+ }

        impl $crate::message::Draw for $name {
            fn draw(
                &self,
                language: $crate::message::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                $(let $arg = $crate::message::In(language, &self.$arg);)+
                match language {
                    $crate::message::Language::En => write!(f, $en),
                    $crate::message::Language::Fr => write!(f, $fr),
                }
            }
        }

        impl $crate::message::Typed for $name {
            fn typed(table: &mut $crate::message::Table) -> String {
                table.add(module_path!(), stringify!($name), |table| {
                    $crate::message::Kind::Phrase($crate::message::Row {
                        code: "",
                        args: vec![$((stringify!($arg), <$type as $crate::message::Typed>::typed(table))),+],
                        text: [$en, $fr],
                    })
                })
            }
        }

        #[cfg(test)]
        impl $crate::message::tests::Sample for $name {
            fn samples() -> Vec<Self> {
                $(let $arg = <$type as $crate::message::tests::Sample>::samples();)+
                let most = [$($arg.len()),+].into_iter().fold(1, usize::max);
                (0..most).map(|at| Self { $($arg: $arg[at % $arg.len()].clone()),+ }).collect()
            }
        }
    };
}

/// Declares several of a type as one argument: what stands before them, unless there are none, and what between them,
/// in English and in French.
macro_rules! series {
    (
        $(#[$about:meta])*
        $name:ident of $type:ty: $en:literal $en_between:literal, $fr:literal $fr_between:literal
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Vec<$type>);

        impl $crate::message::Draw for $name {
            fn draw(
                &self,
                language: $crate::message::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                let (before, between) = match language {
                    $crate::message::Language::En => ($en, $en_between),
                    $crate::message::Language::Fr => ($fr, $fr_between),
                };
                $crate::message::args::series(&self.0, before, between, language, f)
            }
        }

        impl $crate::message::Typed for $name {
            fn typed(table: &mut $crate::message::Table) -> String {
                table.add(module_path!(), stringify!($name), |table| {
                    let of = <$type as $crate::message::Typed>::typed(table);
                    $crate::message::Kind::Series(of, [$en, $fr], [$en_between, $fr_between])
                })
            }
        }
    };
}

/// Declares words that stand as arguments within sentences: an enum, kept by the name of its variant; or, after `for`,
/// words for an enum of others.
macro_rules! words {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$doc:meta])* $word:ident $en:literal $fr:literal )+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
        #[allow(missing_docs, reason = "the word is its own meaning")]
        pub enum $name { $( $(#[$doc])* $word, )+ }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::message::Draw::draw(self, $crate::message::Language::En, f)
            }
        }

        words! { for $name { $($word $en $fr)+ } }
    };

    (for $name:ident { $($word:ident $en:literal $fr:literal)+ }) => {
        impl $crate::message::Draw for $name {
            fn draw(
                &self,
                language: $crate::message::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                #[cfg(test)]
                if $crate::message::tests::is_reworded() {
                    return $crate::message::tests::otherwise(self, f);
                }
                f.write_str(match (language, self) {
                    $(
                        ($crate::message::Language::En, Self::$word) => $en,
                        ($crate::message::Language::Fr, Self::$word) => $fr,
                    )+
                })
            }
        }

        impl $crate::message::Typed for $name {
            fn typed(table: &mut $crate::message::Table) -> String {
                table.add(module_path!(), stringify!($name), |_| {
                    $crate::message::Kind::Words(vec![
                        $(($crate::message::table::kept(&Self::$word), [$en, $fr])),+
                    ])
                })
            }
        }

        #[cfg(test)]
        impl $crate::message::tests::Sample for $name {
            fn samples() -> Vec<Self> {
                vec![$(Self::$word),+]
            }
        }
    };
}

pub mod change;
pub mod joint;
pub mod law;
pub mod location;
pub mod order;
pub mod placement;
pub mod progress;
pub mod provider;
pub mod rules;
pub mod site;
pub mod table;
pub mod tenant;
pub mod trail;
pub mod unreadable;
pub mod work;

pub use beffroi_crds::message::Language;
use beffroi_crds::{
    message::{Args, Said},
    workspace::Judgement,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    args::Decimal,
    draw::{Draw, In},
    joint::{Joint, Parts, list},
    table::{Kind, Row, Table, Typed},
};

/// Declares [`Message`]: one variant for each area.
macro_rules! areas {
    ($($area:ident $module:ident)+) => {
        /// A message of any area.
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Message {
            $(
                #[doc = concat!("Of [`", stringify!($module), "`].")]
                $area($module::$area),
            )+
        }

        $(
            impl From<$module::$area> for Message {
                fn from(one: $module::$area) -> Self {
                    Self::$area(one)
                }
            }
        )+

        impl Draw for Message {
            fn draw(&self, language: Language, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$area(one) => one.draw(language, f),)+
                }
            }
        }

        impl Typed for Message {
            fn typed(table: &mut Table) -> String {
                table.add(module_path!(), "Message", |table| Kind::Any(vec![$($module::$area::typed(table)),+]))
            }
        }

        #[cfg(test)]
        impl tests::Sample for Message {
            fn samples() -> Vec<Self> {
                let mut all: Vec<Self> = Vec::new();
                $(all.extend(<$module::$area as tests::Sample>::samples().into_iter().map(Self::from));)+
                all
            }
        }
    };
}

areas! {
    ChangeMessage change
    Joint joint
    LawMessage law
    LocationMessage location
    OrderMessage order
    PlacementMessage placement
    ProgressMessage progress
    ProviderMessage provider
    RuleMessage rules
    SiteMessage site
    TenantMessage tenant
    TrailMessage trail
    UnreadableMessage unreadable
    WorkMessage work
}

impl Message {
    /// The sentence in a language.
    pub fn in_language(&self, language: Language) -> String {
        In(language, self).to_string()
    }

    /// Code and arguments, as they are kept; no code where nothing is to be said.
    pub fn said(&self) -> Said {
        if self.is_none() {
            return Said::default();
        }
        // Every row is written as an object of code and arguments; a test writes each.
        serde_json::to_value(self).and_then(serde_json::from_value).unwrap_or_default()
    }

    /// The message that was kept; `None` where another version of Beffroi kept it, and this one does not know it.
    pub fn read(said: &Said) -> Option<Self> {
        serde_json::from_value(serde_json::to_value(said).ok()?).ok()
    }

    /// Nothing to be said.
    pub fn none() -> Self {
        Joint::Nothing.into()
    }

    /// Whether there is nothing to be said.
    pub fn is_none(&self) -> bool {
        *self == Self::none()
    }
}

/// Why a rule says what it says, as that was kept.
impl From<&Judgement> for Message {
    fn from(judgement: &Judgement) -> Self {
        let said = Said { code: judgement.code.clone(), args: judgement.args.clone() };
        Self::read(&said).unwrap_or_else(|| Self::verbatim(&judgement.reason))
    }
}

/// The sentence in a language of what was kept with its English `text`; that text where there is no code, or one that
/// this version does not know.
pub fn drawn(language: Language, code: &str, args: &Args, text: &str) -> String {
    let said = || Said { code: code.to_owned(), args: args.clone() };
    let known = Some(code).filter(|code| !code.is_empty()).and_then(|_| Message::read(&said()));
    known.map_or_else(|| text.to_owned(), |message| message.in_language(language))
}

/// What is kept, with an end: of each text so many characters, of each list so many entries. What is cut ends with `…`.
pub fn bounded(said: Said, characters: usize, entries: usize) -> Said {
    let args = said.args.0.into_iter().map(|(name, value)| (name, cut(value, characters, entries)));
    Said { args: Args(args.collect()), ..said }
}

fn cut(value: Value, characters: usize, entries: usize) -> Value {
    match value {
        Value::String(text) if text.chars().count() > characters => {
            text.chars().take(characters.saturating_sub(1)).chain(['…']).collect::<String>().into()
        }
        Value::Array(mut all) => {
            if all.len() > entries && all.iter().all(Value::is_string) {
                all.truncate(entries);
                all.push("…".into());
            }
            all.into_iter().map(|one| cut(one, characters, entries)).collect()
        }
        Value::Object(all) => {
            all.into_iter().map(|(name, one)| (name, cut(one, characters, entries))).collect()
        }
        other => other,
    }
}

/// In English.
impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.draw(Language::En, f)
    }
}

#[cfg(test)]
pub(crate) mod tests;
