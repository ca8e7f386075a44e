//! What the alerts of chart `beffroi` look at: its rules → names of measures.

use std::{collections::BTreeSet, fs};

use anyhow::{Result, ensure};

use crate::samples;

/// Names of all measures that the rules name, or those of the API alone (`beffroi_api_…`).
fn measures() -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(samples::root().join("charts/beffroi/alerts/rules.yaml"))?;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names: BTreeSet<String> =
        words.filter(|word| word.starts_with("beffroi_")).map(str::to_owned).collect();
    ensure!(names.len() > 5, "the rules name hardly any measure: {names:?}");
    Ok(names)
}

/// That all that the rules look at of the operator, or of the API, is told in what was read of `/metrics`.
///
/// # Errors
/// When a measure is missing.
pub fn look_at(scrape: &str, of_api: bool) -> Result<()> {
    let told = |name: &String| scrape.contains(&format!("# TYPE {name} "));
    let of = measures()?.into_iter().filter(|name| name.starts_with("beffroi_api_") == of_api);
    let missing: Vec<String> = of.filter(|name| !told(name)).collect();
    ensure!(missing.is_empty(), "alerts look at what nobody measures: {missing:?}\n{scrape}");
    Ok(())
}
