//! `make demo REAL=1`: the same up to the app that opens, and then it stays for whoever has a browser.

use std::{net::SocketAddr, time::Instant};

use anyhow::{Context, Result};
use beffroi_cluster::{
    Error,
    real::{World, within},
};
use beffroi_crds::tenant::Role;
use beffroi_tests::oidc::{HOSTER, PASSWORD, person};

use crate::{
    hoster::{APP_HOST, DOOR, Hoster, TENANT},
    opening::Opened,
    prepared,
};

#[test]
#[ignore = "stays until Ctrl-C: `make demo REAL=1`"]
fn open_to_people() -> Result<(), Error> {
    prepared()?;
    within("stay::open_to_people", async |world| stay(world).await.unwrap())
}

async fn stay(world: World) -> Result<()> {
    let begun = Instant::now();
    let told = |what: &str| println!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    let mut opened = Opened::new(&world, &told).await?;
    let issuer: SocketAddr = opened.hoster.issuer.host().parse()?;
    let https = |addresses: Vec<String>| -> Result<SocketAddr> {
        Ok(SocketAddr::new(addresses.first().context("a machine")?.parse()?, 443))
    };
    let page = https(Hoster::addresses(&opened.hoster.management))?;
    let app = https(Hoster::addresses(opened.cluster()?))?;
    let mut rules = Vec::new();
    for (name, host, target) in [
        ("page", format!("{DOOR}:443"), page),
        ("app", format!("{APP_HOST}:443"), app),
        ("issuer", issuer.to_string(), issuer),
    ] {
        rules.push(format!("MAP {host} {}", world.open(name, target).await?));
    }
    let (rules, folder) = (rules.join(","), world.folder().join("hoster"));
    println!(
        "
Everything runs in pods. In a browser that finds these names here and takes their certificates for once:

  chromium --user-data-dir=$(mktemp -d) --ignore-certificate-errors \\
    --host-resolver-rules='{rules}' \\
    https://{DOOR}/ https://{APP_HOST}/

  page   https://{DOOR}/   organisation {TENANT}, user {}, password {PASSWORD}
                               organisation {HOSTER}, user {HOSTER}, password {PASSWORD}
  app    https://{APP_HOST}/
  files of the hosting provider: {}

Ctrl-C ends it all.",
        person(Role::Gestionnaire).0,
        folder.display(),
    );
    std::future::pending().await
}
