//! Schemas of the API's types: one source, `schemars`, for the custom resources and for the `OpenAPI` document alike, so
//! that limits are told once. Operations name the types ([`describe`], [`reference`]); what the custom resources inline
//! gets a [name](names), [patches] reach into objects, and what only Rust and Kubernetes understand is told in [plain]
//! words.

mod known;
mod names;
mod patches;
mod plain;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

pub use self::known::stranger;

/// Where schemas lie in the document.
const FOLDER: &str = "#/components/schemas/";

/// Puts a type into a document.
pub type Describe = fn(&mut SchemaGenerator);

/// Puts `T`, and what it refers to, into a document.
pub fn describe<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// How a document refers to `T`.
pub fn reference<T: JsonSchema>() -> Value {
    generator().subschema_for::<T>().into()
}

/// The schemas of these types and of all that they refer to, by name, as `components.schemas` of an `OpenAPI` 3.1
/// document holds them.
pub fn components(types: impl IntoIterator<Item = Describe>) -> Map<String, Value> {
    let mut generator = generator();
    types.into_iter().for_each(|describe| describe(&mut generator));
    let mut schemas = generator.take_definitions(true);
    names::refer(&mut generator, &mut schemas);
    patches::reach(&mut schemas);
    schemas.values_mut().for_each(plain::tidy);
    names::kinds(&mut schemas);
    schemas.remove(plain::TIME);
    schemas
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}
