//! Operations together: what serves them, and what the document tells of them.

use axum::Router;
use serde_json::{Map, Value};

use super::Operation;
use crate::schema::Describe;

/// Operations of one resource, or of several.
pub struct Routes<S> {
    operations: Vec<Operation<S>>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub const fn new() -> Self {
        Self { operations: Vec::new() }
    }

    /// These, and one more.
    #[must_use]
    pub fn with(mut self, operation: Operation<S>) -> Self {
        self.operations.push(operation);
        self
    }

    /// These, and those of another resource.
    #[must_use]
    pub fn merge(mut self, mut others: Self) -> Self {
        self.operations.append(&mut others.operations);
        self
    }

    /// What serves them, the document's paths, and the schemas that these refer to.
    pub fn whole(self) -> (Router<S>, Map<String, Value>, Vec<Describe>) {
        let (mut router, mut paths, mut schemas) = (Router::new(), Map::new(), Vec::new());
        for Operation { path, method, handler, told } in self.operations {
            let (operation, mut types) = told.whole();
            schemas.append(&mut types);
            router = router.route(&path, handler);
            paths.entry(path).or_insert_with(|| Map::new().into())[method] = operation;
        }
        (router, paths, schemas)
    }

    /// Method and path of each, with its examples that are not of their type.
    #[cfg(test)]
    pub fn misfits(&self) -> impl Iterator<Item = (String, &[String])> {
        let of = |operation: &Operation<S>| format!("{} {}", operation.method, operation.path);
        self.operations.iter().map(move |operation| (of(operation), operation.told.misfits()))
    }
}
