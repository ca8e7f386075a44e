//! How an answer is sent: plain, or packed where its client takes gzip (RFC 9110, 12.5.3).

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderValue, header};

use crate::serve::Size;

/// Middleware around the layer that compresses: it is asked for gzip or for nothing, and what it packs has a tag that
/// says so.
///
/// Where a client refuses every coding, that layer answers 406 to what is done by then; it is sent as it is instead,
/// which a server may (RFC 9110, 12.5.3). One strong tag may not stand for two forms (RFC 9110, 8.8.3.3).
pub async fn agree(mut request: Request, next: Next) -> Response {
    if takes_gzip(request.headers()) {
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    } else {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    let mut response = next.run(request).await;
    if response.headers().contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok())
        && !tag.starts_with("W/")
        && let Ok(weak) = HeaderValue::from_str(&format!("W/{tag}"))
    {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}

/// Middleware inside of that layer: how long an answer is, which one cannot see once it is packed.
pub async fn measure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(size) = Size::of(response.body()) {
        response.extensions_mut().insert(size);
    }
    response
}

/// Whether a client takes gzip.
pub fn takes_gzip(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let refused = |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        named && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use tower::ServiceExt;
    use tower_http::compression::CompressionLayer;

    use super::*;

    #[tokio::test]
    async fn whatever_a_client_refuses_it_is_answered_and_one_tag_stands_for_one_form() {
        let long = async || ([(header::ETAG, "\"workspace-42\"")], "long ".repeat(1000));
        let app = Router::new()
            .route("/", get(long))
            .layer(middleware::from_fn(measure))
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn(agree));
        for (accepted, tag) in [
            ("", "\"workspace-42\""),
            ("identity;q=0", "\"workspace-42\""),
            ("*;q=0", "\"workspace-42\""),
            ("br, *;q=0", "\"workspace-42\""),
            ("gzip;q=0, identity;q=0", "\"workspace-42\""),
            ("gzip", "W/\"workspace-42\""),
            ("gzip, identity;q=0", "W/\"workspace-42\""),
        ] {
            let request = Request::get("/").header(header::ACCEPT_ENCODING, accepted);
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), 200, "{accepted}");
            assert_eq!(answer.headers()[header::ETAG], tag, "{accepted}");
            assert_eq!(answer.extensions().get(), Some(&Size(5000)), "{accepted}");
        }
    }
}
