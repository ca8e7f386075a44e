//! Names that are given to what is made: they become part of namespaces and ids, so Kubernetes' own limits are too wide.

use serde_json::Value;

use crate::{language::Text, problem::Problem};

/// Longest name, in characters.
const LONGEST: usize = 50;

/// Whether a name can be given: lower-case letters, digits and hyphens, with a letter or digit at both ends.
///
/// # Errors
/// 422, naming field `name`.
pub fn given(name: &str) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let bare = name.starts_with('-') || name.ends_with('-');
    if (1..=LONGEST).contains(&name.len()) && name.chars().all(plain) && !bare {
        return Ok(());
    }
    Err(Problem::field(
        "name",
        Some(Value::from(name)),
        Text::new(
            format!(
                "des minuscules sans accent, des chiffres et des traits d'union, {LONGEST} caractères au plus, sans trait d'union au bord"
            ),
            format!(
                "lower-case letters, digits and hyphens, at most {LONGEST} characters, no hyphen at either end"
            ),
        ),
        Text::new("Par exemple « communication ».", "for example communication"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_namespace_can_carry_is_a_name() {
        for name in ["a", "7", "ch-macon-2", &"a".repeat(50)] {
            assert!(given(name).is_ok(), "{name}");
        }
        for name in ["", "-", "a-", "-a", "a.b", "A", "é", "a_b", "a b", "a\n", &"a".repeat(51)] {
            assert!(given(name).is_err(), "{name:?}");
        }
    }
}
