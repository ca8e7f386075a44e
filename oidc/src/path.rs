//! How a claim is named: `groups`, `realm_access.roles` → the members that lead to it.
//!
//! A dot steps into an object, as Keycloak names its roles. A dot of the name itself is written `\.`, a backslash `\\`:
//! `resource_access.portail\.fr.roles`. A name that is an address, such as `https://x.example/groups`, is one name as it
//! stands; one that is not to be, has its dots written so.

use std::borrow::Cow;

/// The members that lead to a claim, from the outermost.
pub(crate) fn steps(name: &str) -> Vec<Cow<'_, str>> {
    if name.contains("://") && !name.contains('\\') {
        return vec![Cow::Borrowed(name)];
    }
    if !name.contains('\\') {
        return name.split('.').map(Cow::Borrowed).collect();
    }
    let mut steps = vec![String::new()];
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let step = match letter {
            '.' => {
                steps.push(String::new());
                continue;
            }
            '\\' => letters.next_if(|next| matches!(next, '.' | '\\')).unwrap_or(letter),
            other => other,
        };
        if let Some(last) = steps.last_mut() {
            last.push(step);
        }
    }
    steps.into_iter().map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_steps_into_an_object_unless_it_is_of_the_name() {
        for (name, wanted) in [
            ("groups", &["groups"][..]),
            ("realm_access.roles", &["realm_access", "roles"]),
            ("resource_access.portail.roles", &["resource_access", "portail", "roles"]),
            (r"resource_access.portail\.fr.roles", &["resource_access", "portail.fr", "roles"]),
            (r"fr\.exemple\.groupes", &["fr.exemple.groupes"]),
            ("https://x.example/groups", &["https://x.example/groups"]),
            ("urn:exemple:groupes", &["urn:exemple:groupes"]),
            (r"https://x\.example/claims.roles", &["https://x.example/claims", "roles"]),
            (r"a\\.b", &[r"a\", "b"]),
            (r"a\b", &[r"a\b"]),
            (r"a.b\", &["a", r"b\"]),
        ] {
            assert_eq!(steps(name), wanted, "{name}");
        }
    }
}
