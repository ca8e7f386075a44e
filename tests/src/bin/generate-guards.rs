//! Writes the digests of what the guards of chart `beffroi-site` say: core/src/site/guards.txt.

use anyhow::Result;
use beffroi_tests::{digests, fleet::NAMESPACE};

#[tokio::main]
async fn main() -> Result<()> {
    std::fs::write(digests::file(), digests::render(NAMESPACE).await?)?;
    Ok(())
}
