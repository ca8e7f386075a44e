//! Writes every definition into `crds/yaml`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    fs::create_dir_all(&folder)?;
    for crd in beffroi_crds::all() {
        let (name, text) = beffroi_crds::yaml(&crd)?;
        fs::write(folder.join(&name), text)?;
        println!("crds/yaml/{name}");
    }
    Ok(())
}
