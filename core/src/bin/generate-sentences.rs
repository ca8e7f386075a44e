//! Writes what the page draws sentences from into `api/page`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/page");
    fs::write(page.join("messages.js"), beffroi_core::message::table::javascript())?;
    println!("api/page/messages.js");
    Ok(())
}
