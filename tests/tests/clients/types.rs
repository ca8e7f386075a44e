//! Types that openapi-typescript makes from the committed document: TypeScript's compiler takes right uses of them, and
//! refuses wrong ones.

use std::process::Command;

use anyhow::{Result, ensure};
use beffroi_tests::web;

use super::{beside, document};

#[test]
fn types_of_typescript_say_what_the_document_says() -> Result<()> {
    let programs = web::prepared()?.join("node_modules/.bin");
    let folder = tempfile::tempdir()?;
    std::fs::copy(beside("types.ts"), folder.path().join("types.ts"))?;
    let mut generator = Command::new(programs.join("openapi-typescript"));
    generator.arg(document()).arg("--output").arg(folder.path().join("api.d.ts"));
    let mut compiler = Command::new(programs.join("tsc"));
    compiler.args(["--noEmit", "--strict", "types.ts"]);
    for program in [&mut generator, &mut compiler] {
        let output = program.current_dir(folder.path()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(output.status.success(), "{program:?}:\n{}{}", text(&output.stdout), text(&output.stderr));
    }
    Ok(())
}
