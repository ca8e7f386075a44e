//! A log that a plain web server serves: files, GET, nothing else.

use std::path::PathBuf;

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use beffroi_core::evidence::{Expected, verify};
use beffroi_log::{Error, Filter, Reader, Store, Writer, open_store};
use tempfile::TempDir;

use crate::common::{keys, located, thing, time};

async fn serve(folder: PathBuf) -> String {
    let file = move |Path(path): Path<String>| {
        let path = folder.join(path);
        async move { tokio::fs::read(path).await.map_err(|_| StatusCode::NOT_FOUND) }
    };
    let router = Router::new().route("/log/{*path}", get(file));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/log")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_address_and_the_public_keys_reads_and_verifies() {
    let folder = TempDir::new().unwrap();
    let writer = Writer::open(Store::folder(folder.path(), false).unwrap(), keys(1), 1).await.unwrap();
    let url = serve(folder.path().to_owned()).await;
    let store = open_store(&url).unwrap();
    let reader = Reader::new(store.clone());
    assert_eq!(reader.checkpoint().await.unwrap(), None);

    writer.append((0..300).map(|number| thing(&number.to_string())).collect()).await.unwrap();
    writer.rotate(keys(2), time()).await.unwrap();
    writer.append(vec![located("w1", "t2")]).await.unwrap();
    let note = reader.checkpoint().await.unwrap().unwrap();
    writer.append(vec![thing("more")]).await.unwrap();
    for index in [0, 255, 256, 300, 301] {
        let bundle = reader.bundle(index, Some(&note)).await.unwrap().to_vec().unwrap();
        verify(&bundle, keys(1).public(), &Expected::default()).unwrap();
    }
    assert_eq!(reader.latest_location("w1").await.unwrap().unwrap().index, 301);
    let filter = Filter { tenant: Some("t1".into()), limit: 2, ..Filter::default() };
    let listed: Vec<u64> = reader.list(&filter).await.unwrap().iter().map(|listed| listed.index).collect();
    assert_eq!(listed, [302, 299]);
    assert!(matches!(Writer::open(store, keys(2), 2).await, Err(Error::ReadOnly)));
}
