//! The whole story, held to: an app that opens, and what befalls it until the end.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use beffroi_cluster::{
    Error,
    real::{World, within},
};

use crate::{flows, opening::Opened, prepared, trials, walls};

#[test]
fn from_the_archive_to_an_app_that_opens_and_to_the_end() -> Result<(), Error> {
    prepared()?;
    within("story::from_the_archive_to_an_app_that_opens_and_to_the_end", async |world| {
        story(world).await.unwrap();
    })
}

async fn story(world: World) -> Result<()> {
    let begun = Instant::now();
    let told = |what: &str| println!("{:>6.1} s  {what}", begun.elapsed().as_secs_f64());
    let mut opened = Opened::new(&world, &told).await?;
    let (namespace, stand_in) = (opened.namespace.clone(), opened.hoster.stand_in.clone());

    walls::hold(opened.cluster()?, &namespace, &stand_in).await?;
    told(
        "from its pod: its own service and names answer; no neighbour, API server, node, metadata, outside does",
    );

    let walled = opened.hoster.sites.get(&opened.site).context("a site")?;
    flows::are_observed(&opened.hoster).await?;
    told("its policy asks for a probe: Beffroi's own pod finds the same, and LOC-04 is observed");
    flows::opened_past_the_guards_are_told(&opened.hoster, walled, &namespace).await?;
    told(
        "an administrator opened its network past the guards: the next probe told what it reached, and the one after that it is closed",
    );

    let lost = trials::lose_a_machine(&mut opened).await?;
    told("its machine lost its power: the app is back on the other");

    let asked = trials::upgrade_and_roll_back(&opened).await?;
    told(&format!("Beffroi was upgraded and rolled back under {asked} requests, and none failed"));

    // Nothing of a namespace ends while a machine that ran it says nothing.
    for machine in opened.cluster()?.machines_mut() {
        if machine.name() == lost {
            machine.power_on()?;
        }
    }
    opened.hoster.terminal.run_readme("leave").await?;
    for (name, site) in &opened.hoster.sites {
        let left = site.kubectl(&["get", "namespaces", "-o", "name"]).await?;
        ensure!(!left.contains(&namespace), "site {name} keeps {left}");
    }
    told("the README's lines: the workspace is deleted, Beffroi is uninstalled");
    Ok(())
}
