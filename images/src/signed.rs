//! How images and the archive were built, ready to be signed.

use std::collections::BTreeMap;

use beffroi_core::{
    distribution::{
        oci::Descriptor,
        provenance::{BUILD, Definition, Provenance, Resource, Run, Statement},
    },
    evidence::statement::{Sha256, Subject},
};

use crate::{facts::Facts, packages::Package};

/// The statement on an image and its bill of materials.
pub(crate) fn image(
    name: &str,
    image: &Descriptor,
    bill: &Descriptor,
    packages: &[Package],
    facts: &Facts,
) -> Statement {
    let subject = |name: String, descriptor: &Descriptor| {
        let sha256 = descriptor.sha256().unwrap_or_default().to_owned();
        Subject { name, digest: Sha256 { sha256 } }
    };
    let subjects = vec![subject(name.to_owned(), image), subject(format!("{name}.cdx.json"), bill)];
    let files = packages.iter().flat_map(|package| {
        package.files.values().map(|sum| Resource {
            uri: package.url.clone(),
            digest: BTreeMap::from([("sha256".to_owned(), sum.clone())]),
        })
    });
    Statement::new(subjects, provenance(facts, files.collect()))
}

/// How it was built; besides the source these went into it.
pub(crate) fn provenance(facts: &Facts, mut others: Vec<Resource>) -> Provenance {
    // Of files that were not committed the commit tells nothing.
    let digest = match facts.revision.strip_suffix("-dirty") {
        Some(_) => BTreeMap::new(),
        None => BTreeMap::from([("gitCommit".to_owned(), facts.revision.clone())]),
    };
    let uri = format!("git+{}@{}", facts.source, facts.revision);
    others.insert(0, Resource { uri, digest });
    Provenance {
        build_definition: Definition {
            build_type: BUILD.to_owned(),
            external_parameters: facts.parameters(),
            internal_parameters: facts.tools.iter().cloned().collect(),
            resolved_dependencies: others,
        },
        run_details: Run { builder: facts.builder() },
    }
}
