//! Builds every part of a cluster that is not in the cache yet, and prints the folder.

fn main() -> Result<(), beffroi_cluster::Error> {
    let parts = beffroi_cluster::parts::Parts::ready()?;
    println!("{}", parts.folder().display());
    Ok(())
}
