//! The same log on a real S3 server: versitygw over a folder.

use std::time::Duration;

use beffroi_cluster::{
    Guarded, free_port,
    parts::{Extra, Parts},
};
use beffroi_core::evidence::{Expected, verify};
use beffroi_log::{Error, Filter, Reader, Store, Writer};
use tempfile::TempDir;

use crate::common::{Promises, keys, located, thing, time};

/// A server with one bucket; dropped, it ends.
struct Server {
    _process: Guarded,
    port: u16,
    _folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let parts = tokio::task::spawn_blocking(|| Parts::extra(Extra::S3)).await.unwrap().unwrap();
        // It wants attributes of files, which a folder in memory may not have.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        std::fs::create_dir_all(folder.path().join("data/evidence")).unwrap();
        let port = free_port().unwrap();
        let program = parts.program(Extra::S3.program()).display().to_string();
        let (listen, data) = (format!("127.0.0.1:{port}"), folder.path().join("data").display().to_string());
        let command =
            [&program, "--port", &listen, "--access", "tester", "--secret", "a-secret", "posix", &data];
        let command = command.map(str::to_owned);
        let mut process = Guarded::start(&parts, "versitygw", folder.path(), &command, &[]).unwrap();
        let up = async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok();
        process.until(Duration::from_secs(30), up).await.unwrap();
        Self { _process: process, port, _folder: folder }
    }

    fn store(&self, secret: &str) -> Store {
        let variables = [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".into()),
            ("AWS_ACCESS_KEY_ID", "tester".into()),
            ("AWS_SECRET_ACCESS_KEY", secret.into()),
            ("AWS_REGION", "us-east-1".into()),
        ];
        Store::open("s3://evidence/prod/log", variables.map(|(name, value)| (name.to_owned(), value)))
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_on_s3_appends_fences_rotates_and_proves() {
    let server = Server::start().await;
    let store = server.store("a-secret");
    let mut promises = Promises::default();
    let first = Writer::open(store.clone(), keys(1), 1).await.unwrap();
    let names: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    let indexes = first.append(names.iter().map(|name| thing(name)).collect()).await.unwrap();
    promises.acknowledged.extend(indexes.into_iter().zip(names));
    let reader = Reader::new(store.clone());
    promises.checkpoints.push(reader.checkpoint().await.unwrap().unwrap());

    let second = Writer::open(store.clone(), keys(1), 2).await.unwrap();
    assert!(matches!(first.append(vec![thing("late")]).await, Err(Error::Fenced { found: 2, ours: 1 })));
    let mut tasks = Vec::new();
    for number in 0..40 {
        let second = second.clone();
        tasks.push(tokio::spawn(async move {
            let name = format!("many/{number}");
            (second.append(vec![thing(&name)]).await.unwrap()[0], name)
        }));
    }
    for task in tasks {
        promises.acknowledged.push(task.await.unwrap());
    }
    promises.checkpoints.push(reader.checkpoint().await.unwrap().unwrap());
    second.rotate(keys(2), time()).await.unwrap();
    for number in 0..20 {
        let name = format!("one/{number}");
        promises.acknowledged.push((second.append(vec![thing(&name)]).await.unwrap()[0], name));
    }
    let index = second.append(vec![located("w1", "t9")]).await.unwrap()[0];
    promises.checkpoints.push(reader.checkpoint().await.unwrap().unwrap());

    assert!(matches!(Writer::open(store.clone(), keys(1), 3).await, Err(Error::Rotated { .. })));
    let third = Writer::open(store.clone(), keys(2), 3).await.unwrap();
    third.append(vec![thing("last")]).await.unwrap();
    promises.check(store, keys(1).public()).await;
    let bundle = reader.bundle(index, None).await.unwrap().to_vec().unwrap();
    assert!(verify(&bundle, keys(1).public(), &Expected::default()).unwrap().policy.is_some());
    let filter = Filter { tenant: Some("t9".into()), ..Filter::default() };
    assert_eq!(reader.list(&filter).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_server_is_told() {
    let server = Server::start().await;
    let error = Writer::open(server.store("wrong"), keys(1), 1).await.unwrap_err().to_string();
    assert!(error.starts_with("the store of the log failed at checkpoint"), "{error}");
    assert!(!error.contains("wrong"), "{error}");
}
