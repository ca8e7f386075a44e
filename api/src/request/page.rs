//! Lists by pages: `limit` and an opaque cursor → the items after it, and the cursor of the next page.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{language::Text, problem::Problem};

/// Items of a page, where nobody says how many.
const USUAL: usize = 50;
/// Most items of a page.
const MOST: usize = 200;

/// A page of a list.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "{T}List")]
pub struct Page<T> {
    /// The items, in a stable order.
    pub items: Vec<T>,
    /// Cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// `next` of the page before.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
}

impl Wanted {
    /// How many items, and after which key.
    ///
    /// # Errors
    /// When the limit is out of bounds, or the cursor is not one of ours.
    pub fn read(&self) -> Result<(usize, Option<String>), Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::field(
                "limit",
                Some(limit.into()),
                Text::new(format!("de 1 à {MOST}"), format!("1 to {MOST}")),
                Text::new(
                    "Demandez moins à la fois, puis suivez next.",
                    "ask for fewer at once, then follow next",
                ),
            ));
        }
        let after = self.cursor.as_deref().map(|cursor| {
            let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            text.ok_or_else(|| foreign(cursor))
        });
        Ok((limit, after.transpose()?))
    }

    /// The page of `all`, ordered by `key`.
    ///
    /// # Errors
    /// As [`Wanted::read`].
    pub fn of<T>(&self, mut all: Vec<T>, key: impl Fn(&T) -> String) -> Result<Page<T>, Problem> {
        let (limit, after) = self.read()?;
        all.retain(|item| after.as_ref().is_none_or(|after| key(item) > *after));
        all.sort_by_cached_key(&key);
        let more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| more).map(|last| cursor(&key(last)));
        Ok(Page { items: all, next })
    }
}

impl<T> Page<T> {
    /// The same page, each item seen another way.
    pub fn map<V>(self, view: impl FnMut(T) -> V) -> Page<V> {
        Page { items: self.items.into_iter().map(view).collect(), next: self.next }
    }
}

/// The problem of a cursor that is not one of ours.
pub fn foreign(cursor: &str) -> Problem {
    Problem::field(
        "cursor",
        Some(cursor.into()),
        Text::new("n'est pas un curseur de cette API", "is no cursor of this API"),
        Text::new(
            "Reprenez next de la page précédente, ou recommencez sans.",
            "take next of the page before, or begin without one",
        ),
    )
}

/// A cursor that stands for `key`.
pub fn cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_until_the_last() {
        let all = || ["b", "d", "a", "c", "e"].map(str::to_owned).to_vec();
        let (mut seen, mut wanted) = (Vec::new(), Wanted { limit: Some(2), cursor: None });
        loop {
            let page = wanted.of(all(), Clone::clone).unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items);
            match page.next {
                Some(next) => wanted.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn bad_limits_and_cursors_are_named() {
        for (limit, cursor, field) in [
            (Some(0), None, "limit"),
            (Some(201), None, "limit"),
            (None, Some("é"), "cursor"),
            (None, Some("_w"), "cursor"),
        ] {
            let wanted = Wanted { limit, cursor: cursor.map(str::to_owned) };
            assert_eq!(wanted.read().unwrap_err().errors[0].field, field);
        }
    }
}
