//! What is the same for everyone, such as files of the page: packed once and kept, so that nobody can have it packed
//! again and again.

use std::io::Write;

use axum::response::{IntoResponse, Response};
use beffroi_core::evidence::canonical::sha256;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::coding::takes_gzip;

/// Shorter than this it is not worth packing, in bytes.
const SHORT: usize = 1024;

/// A body that does not change, plain and packed.
#[derive(Clone, Debug)]
pub struct Packed {
    kind: HeaderValue,
    /// Of the plain one: the packed one has another.
    tag: String,
    plain: Bytes,
    gzip: Option<Bytes>,
}

impl Packed {
    /// Packs it.
    pub fn new(kind: impl TryInto<HeaderValue>, plain: impl Into<Bytes>) -> Self {
        let plain = plain.into();
        let kind = kind.try_into().unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let gzip = (plain.len() >= SHORT).then(|| gzip(&plain)).flatten();
        Self { kind, tag: sha256(&plain)[..16].to_owned(), gzip: gzip.map(Bytes::from), plain }
    }

    /// Answers with it as it is wanted, or 304 where the client has it already.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let packed = self.gzip.as_ref().filter(|_| takes_gzip(asked));
        let tag = format!("\"{}{}\"", self.tag, if packed.is_some() { "-gzip" } else { "" });
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, self.kind.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        let mut known = known.flat_map(|line| line.split(',')).map(|one| one.trim().trim_start_matches("W/"));
        if known.any(|one| one == tag || one == "*") {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if packed.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        (headers, packed.unwrap_or(&self.plain).clone()).into_response()
    }
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < plain.len())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use http_body_util::BodyExt;

    use super::*;

    fn asked(accepted: &str, known: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
        headers
    }

    #[tokio::test]
    async fn each_client_gets_the_form_that_it_takes() {
        let text = "Où sont mes données ? ".repeat(100);
        let packed = Packed::new("text/plain", text.clone());
        for (accepted, gzip) in
            [("", false), ("br, gzip;q=0.5", true), ("GZIP", true), ("gzip; q=0", false), ("br", false)]
        {
            let answer = packed.answer(&asked(accepted, "\"0\""));
            assert_eq!(answer.headers().contains_key(header::CONTENT_ENCODING), gzip, "{accepted}");
            let tag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let mut read = String::new();
            if gzip {
                assert!(body.len() * 2 < text.len());
                GzDecoder::new(&*body).read_to_string(&mut read).unwrap();
            } else {
                (&*body).read_to_string(&mut read).unwrap();
            }
            assert_eq!(read, text, "{accepted}");
            let again = packed.answer(&asked(accepted, &format!("\"0\", W/{tag}")));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{accepted}");
        }
        assert!(Packed::new("text/plain", "short").gzip.is_none());
    }
}
