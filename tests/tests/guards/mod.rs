//! The guards of a site, on a real API server where no control plane runs: a workspace as Beffroi makes it lives
//! its whole life; each bypass is refused in words that name the rule. A guard that no bypass provokes fails the
//! test, and so does one of its validations.
//!
//! [`home`] (a site and a workspace) → [`door`] (tries, and notes refusals) → bypasses: [`images`], [`pods`],
//! [`storage`], [`exits`], [`bounds`], [`accounts`], [`neighbours`], [`identity`], [`probes`], [`operators`] → [`coverage`] →
//! [`uninstall`], [`small`] and [`life`].

mod accounts;
mod bounds;
mod coverage;
mod door;
mod exits;
mod home;
mod identity;
mod images;
mod life;
mod neighbours;
mod operators;
mod pods;
mod probes;
mod small;
mod storage;
mod uninstall;

use anyhow::Result;

use crate::guards::{door::Door, home::Home};

#[tokio::test(flavor = "multi_thread")]
async fn with_the_control_plane_down_bypasses_are_refused_and_workspaces_live() -> Result<()> {
    let home = Home::start().await?;
    let door = Door::new(&home);
    coverage::expressions_fit(&home.cluster).await?;
    life::begin(&door, &home).await?;
    images::check(&door, &home).await?;
    pods::check(&door, &home).await?;
    storage::check(&door, &home).await?;
    exits::check(&door, &home).await?;
    bounds::check(&door, &home).await?;
    accounts::check(&door, &home).await?;
    neighbours::check(&door, &home).await?;
    identity::check(&door, &home).await?;
    probes::check(&door, &home).await?;
    operators::check(&door, &home).await?;
    coverage::every_guard_was_provoked(&home.cluster, &door).await?;
    uninstall::is_refused_while_a_workspace_is_left(&home).await?;
    small::check(&door, &home).await?;
    life::check(&door, &home).await?;
    uninstall::goes_where_somebody_says_so(&home).await?;
    home.cluster.stop();
    Ok(())
}
