//! Writes every published schema into `core/schemas`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    fs::create_dir_all(&folder)?;
    for (name, text) in beffroi_core::evidence::schema::all()? {
        fs::write(folder.join(name), text)?;
        println!("core/schemas/{name}");
    }
    Ok(())
}
