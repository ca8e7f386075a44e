//! The language of an answer: `Accept-Language` → French, unless English is wanted more → what is stored in English as
//! that language says it → an answer that names its language.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponseParts, ResponseParts},
};
use beffroi_core::french;
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY},
    request::Parts,
};

/// What an entity tag ends with in English.
const ENGLISH: &str = "-en";

/// A language that the API answers in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// French, what tenants read.
    #[default]
    Fr,
    /// English.
    En,
}

impl Language {
    /// What a request wants (RFC 9110, 12.5.4): the known language of the highest weight, the first of equals.
    pub fn of(headers: &HeaderMap) -> Self {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::default(), 0.0_f32);
        for wish in header.split(',').take(16) {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let language = match tag.trim().split('-').next() {
                Some(primary) if primary.eq_ignore_ascii_case("fr") => Self::Fr,
                Some(primary) if primary.eq_ignore_ascii_case("en") => Self::En,
                _ => continue,
            };
            let weight = weight.trim().strip_prefix(['q', 'Q']).and_then(|weight| weight.strip_prefix('='));
            let weight = weight.and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    /// What is stored in English, such as a condition's message, in this language.
    pub fn say(self, stored: &str) -> String {
        match self {
            Self::Fr => french::of(stored).into_owned(),
            Self::En => stored.to_owned(),
        }
    }

    /// Version of an object as this language tells it: an entity tag stands for one text (RFC 9110, 8.8.3).
    pub fn version(self, version: &str) -> String {
        match self {
            Self::Fr => version.to_owned(),
            Self::En => format!("{version}{ENGLISH}"),
        }
    }

    /// As `Content-Language` names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// An answer in this language: what another would read is another answer.
impl IntoResponseParts for Language {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(self.tag()));
        headers.append(VARY, HeaderValue::from_static("Accept-Language"));
        Ok(parts)
    }
}

/// A text in both languages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text {
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    /// The text in one of them.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Fr => &self.fr,
            Language::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_language_of_the_highest_weight_is_taken() {
        for (header, language) in [
            ("", Language::Fr),
            ("en", Language::En),
            ("de, en-GB;q=0.8, fr;q=0.9", Language::Fr),
            ("en;q=0.9, fr;q=0.8", Language::En),
            ("EN-us", Language::En),
            ("en; q=0.9", Language::En),
            ("fr ;q=0.1,en ; Q=0.9", Language::En),
            ("en;q=0.1;q=1", Language::Fr),
            ("en;q=zero", Language::Fr),
            ("tlh", Language::Fr),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::of(&headers), language, "{header}");
        }
    }
}
