//! Writes `api/openapi.json` from the code: `make generate`.

use std::{fs, path::Path};

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    fs::write(&path, beffroi_api::openapi::text())?;
    println!("wrote {}", path.display());
    Ok(())
}
