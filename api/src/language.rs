//! The language of an answer: `Accept-Language` → French, unless English is wanted more → an answer that names it.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponseParts, ResponseParts},
};
pub use beffroi_core::message::Language;
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY},
    request::Parts,
};

/// The language that a request accepts best, as the answer names it.
#[derive(Clone, Copy, Debug)]
pub struct Accepted(pub Language);

/// What a request wants (RFC 9110, 12.5.4): the known language of the highest weight, the first of equals.
pub fn accepted(headers: &HeaderMap) -> Language {
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (Language::default(), 0.0_f32);
    for wish in header.split(',').take(16) {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
        let language = match tag.trim().split('-').next() {
            Some(primary) if primary.eq_ignore_ascii_case("fr") => Language::Fr,
            Some(primary) if primary.eq_ignore_ascii_case("en") => Language::En,
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

impl<S: Send + Sync> FromRequestParts<S> for Accepted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(accepted(&parts.headers)))
    }
}

/// An answer in this language: what another would read is another answer.
impl IntoResponseParts for Accepted {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(self.0.tag()));
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
            assert_eq!(accepted(&headers), language, "{header}");
        }
    }
}
