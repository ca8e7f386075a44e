//! The page for people, and the reference: files of `api/page`, carried in the program.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use crate::{packed::Packed, problem::Problem, state::State};

#[derive(RustEmbed)]
#[folder = "page/"]
#[exclude = "*.test.mjs"]
struct Files;

/// Routes.
pub fn router() -> Router<State> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| file("index.html", &headers)))
        .route("/reference", get(async |headers: HeaderMap| file("reference.html", &headers)))
        .route(
            "/assets/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| file(&path, &headers)),
        )
}

/// Whether a path is of the page.
pub fn has(path: &str) -> bool {
    path == "/" || path == "/reference" || path.starts_with("/assets/")
}

fn file(path: &str, asked: &HeaderMap) -> Response {
    match KEPT.get(path) {
        Some(file) => file.answer(asked),
        None => Problem::not_found(path).into_response(),
    }
}

/// Every file, packed when the first is asked for.
static KEPT: LazyLock<HashMap<String, Packed>> = LazyLock::new(|| {
    let file = |path: Cow<'static, str>| {
        let file = Files::get(&path)?;
        Some((path.into_owned(), Packed::new(kind(file.metadata.mimetype()), file.data.into_owned())))
    };
    Files::iter().filter_map(file).collect()
});

/// A type with its character set: every text of the page is UTF-8.
fn kind(mime: &str) -> String {
    let text = mime.starts_with("text/");
    if text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}
