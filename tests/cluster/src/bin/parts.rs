//! Builds every part of a cluster and every extra of the tests that is not in the cache yet, and prints their
//! folders.

use beffroi_cluster::parts::{Extra, Parts};

fn main() -> Result<(), beffroi_cluster::Error> {
    println!("{}", Parts::ready()?.folder().display());
    println!("{}", Parts::nodes()?.folder().display());
    for extra in Extra::TESTED {
        println!("{}", Parts::extra(extra)?.folder().display());
    }
    Ok(())
}
