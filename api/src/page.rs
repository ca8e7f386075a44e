//! The page for people, and the reference: files of `api/page`, carried in the program.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

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
    match packed(path) {
        Some(file) => file.answer(asked),
        None => Problem::not_found(path).into_response(),
    }
}

/// A file, packed when it is first asked for; in a build for development, where it is read from the folder, when it has
/// changed.
fn packed(path: &str) -> Option<Packed> {
    static KEPT: Mutex<Option<HashMap<String, ([u8; 32], Packed)>>> = Mutex::new(None);
    let found = Files::get(path)?;
    let digest = found.metadata.sha256_hash();
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    match kept.get(path) {
        Some((known, packed)) if *known == digest => Some(packed.clone()),
        _ => {
            let packed = Packed::new(kind(path), found.data.into_owned());
            kept.insert(path.to_owned(), (digest, packed.clone()));
            Some(packed)
        }
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
