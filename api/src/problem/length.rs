//! Texts that are shorter or longer than the document says: what is too long is told, and not what it holds, which may be
//! a secret.

use super::Problem;
use crate::language::Text;

/// Longest name that is looked for, in characters.
const LONGEST: usize = 63;

/// Refuses a name that is longer than any that there can be.
///
/// # Errors
/// 422, naming the parameter.
pub fn name<'a>(field: &str, given: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    given.map(|name| between(field, name, 0, LONGEST).map(|()| name)).transpose()
}

/// Refuses a text that is shorter or longer than the document says.
///
/// # Errors
/// 422, naming the field, but not what it holds: it may be a secret.
pub fn between(field: &str, given: &str, least: usize, most: usize) -> Result<(), Problem> {
    let length = given.chars().count();
    if (least..=most).contains(&length) {
        return Ok(());
    }
    Err(Problem::field(
        field,
        None,
        Text::new(
            format!("de {least} à {most} caractères ; il y en a {length}"),
            format!("{least} to {most} characters; there are {length}"),
        ),
        Text::new("Vérifiez qu'il est entier, et lui seul.", "check that it is whole, and nothing else"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_document() {
        assert!(name("tenant", Some(&"é".repeat(63))).is_ok() && name("tenant", None).is_ok());
        assert_eq!(name("tenant", Some(&"a".repeat(64))).unwrap_err().errors[0].field, "tenant");
        assert!(between("verifier", &"a".repeat(42), 43, 128).is_err());
    }
}
