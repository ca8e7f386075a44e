//! A storage class as a site declares it, beside the one that is in the cluster: facts → what differs. The same
//! comparison serves the site (`Verified`), placement and the verdict on each workspace (LOC-01).

use beffroi_crds::site::StorageClass;

use crate::{
    facts::ClassFacts,
    message::{rules::RuleMessage, site::SiteMessage},
};

/// Something in which the real class is another than the declared one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What is there.
    pub observed: SiteMessage,
    /// What is declared.
    pub expected: SiteMessage,
}

impl Difference {
    /// What is said of it, of a class by its name.
    pub fn of(self, class: &str) -> RuleMessage {
        let (seen, declared) = (Box::new(self.observed.into()), Box::new(self.expected.into()));
        RuleMessage::ClassDiffers { class: class.to_owned(), seen, declared }
    }
}

/// How a class in the cluster differs from what is declared of it. Without a declared provisioner nothing is said of
/// the class, so nothing can differ.
pub fn differences(declared: &StorageClass, seen: &ClassFacts) -> Vec<Difference> {
    let Some(provisioner) = &declared.provisioner else { return Vec::new() };
    let mut found = Vec::new();
    if seen.provisioner != *provisioner {
        let of = |provisioner: &String| SiteMessage::ClassProvisioner { provisioner: provisioner.clone() };
        found.push(Difference { observed: of(&seen.provisioner), expected: of(provisioner) });
    }
    for (key, wanted) in &declared.parameters {
        let there = seen.parameters.get(key);
        if there != Some(wanted) {
            let none = || SiteMessage::ClassWithoutParameter { name: key.clone() };
            let of = |value: &String| SiteMessage::ClassParameter { name: key.clone(), value: value.clone() };
            found.push(Difference { observed: there.map_or_else(none, of), expected: of(wanted) });
        }
    }
    let others = seen.parameters.keys().filter(|key| !declared.parameters.contains_key(*key));
    found.extend(others.chain(&seen.undeclared).map(|key| Difference {
        observed: SiteMessage::ClassParameterUndeclared { name: key.clone() },
        expected: SiteMessage::ClassNoOtherParameter,
    }));
    found
}

/// What is kept of a class beside its declaration: values of declared parameters, of the others their names alone.
pub fn beside(declared: Option<&StorageClass>, seen: &ClassFacts) -> ClassFacts {
    let is_declared = |key: &str| declared.is_some_and(|class| class.parameters.contains_key(key));
    let mut kept = ClassFacts { provisioner: seen.provisioner.clone(), ..ClassFacts::default() };
    kept.undeclared.clone_from(&seen.undeclared);
    for (key, value) in &seen.parameters {
        if is_declared(key) {
            kept.parameters.insert(key.clone(), value.clone());
        } else {
            kept.undeclared.push(key.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn provisioner_and_every_parameter_are_compared() {
        let declared = StorageClass {
            provisioner: Some("csi.example".into()),
            parameters: map(&[("zone", "fr-a"), ("type", "ssd")]),
            ..StorageClass::default()
        };
        let told = |provisioner: &str, parameters: &[(&str, &str)]| -> Vec<String> {
            let seen = ClassFacts {
                provisioner: provisioner.into(),
                parameters: map(parameters),
                ..ClassFacts::default()
            };
            let kept = beside(Some(&declared), &seen);
            let found = differences(&declared, &seen);
            assert_eq!(found, differences(&declared, &kept), "what is kept says the same");
            found.into_iter().map(|d| format!("{}, not {}", d.observed, d.expected)).collect()
        };
        let same = [("zone", "fr-a"), ("type", "ssd")];
        assert!(told("csi.example", &same).is_empty());
        assert_eq!(told("other.example", &same), ["provisioner other.example, not provisioner csi.example"]);
        assert_eq!(
            told("csi.example", &[("zone", "de-a")]),
            ["no parameter type, not parameter type=ssd", "parameter zone=de-a, not parameter zone=fr-a"]
        );
        let more = [("zone", "fr-a"), ("type", "ssd"), ("replica", "secret of somebody")];
        let found = told("csi.example", &more);
        assert!(found[0].starts_with("parameter replica, which is not declared"), "{found:?}");
        let seen = ClassFacts { parameters: map(&more), ..ClassFacts::default() };
        assert!(!format!("{:?}", beside(Some(&declared), &seen)).contains("secret"), "nobody declared it");
        let silent = StorageClass::default();
        assert!(differences(&silent, &seen).is_empty(), "nothing is declared");
    }
}
