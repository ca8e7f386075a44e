//! Names for what the custom resources inline: the API server takes no references, so each of their types is told in
//! full wherever it stands. Here it is told once, and referred to: a generated client has one type for it.

use beffroi_crds::{
    SovereigntyPolicySpec,
    app::{AiModel, BaseModel, Chart, DataStore, Image, Needs},
    ownership::{OwnershipPath, PathStep},
    policy::{
        BackupRule, CustomRule, DeletionRule, EgressDestination, EncryptionRule, ImageRule, Law, Place,
        Redundancy, RequiredCertification, VolumeRule,
    },
    provider::{
        Certification, Dependency, Document, Identifier, OwnSkills, OwnershipStatement, Pact,
        QualifiedThirdParty, Seat, Shareholder, Subprocessor,
    },
    site::Operations,
    tenant::{ClaimValue, Contact, Identity, Quota, Rival, RoleBinding},
    workspace::{
        BackupRequest, HeldRelease, LocationFinding, MaintenanceWindow, OrderedApp, PlacementRequest,
        RunningRelease,
    },
};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::FOLDER;

macro_rules! named {
    ($($type:ty),+ $(,)?) => {
        /// Name and schema of each.
        fn known(generator: &mut SchemaGenerator) -> Vec<(String, Value)> {
            vec![$((<$type>::schema_name().into_owned(), <$type>::json_schema(generator).into())),+]
        }
    };
}

named![
    AiModel,
    BackupRequest,
    BackupRule,
    BaseModel,
    Certification,
    Chart,
    ClaimValue,
    Contact,
    CustomRule,
    DataStore,
    DeletionRule,
    Dependency,
    Document,
    EgressDestination,
    EncryptionRule,
    HeldRelease,
    Identifier,
    Identity,
    Image,
    ImageRule,
    Law,
    LocationFinding,
    MaintenanceWindow,
    Needs,
    Operations,
    OrderedApp,
    OwnSkills,
    OwnershipPath,
    OwnershipStatement,
    Pact,
    PathStep,
    Place,
    PlacementRequest,
    QualifiedThirdParty,
    Quota,
    Redundancy,
    RequiredCertification,
    Rival,
    RoleBinding,
    RunningRelease,
    Seat,
    Shareholder,
    SovereigntyPolicySpec,
    Subprocessor,
    VolumeRule,
];

/// Puts a reference wherever one of those types stands.
pub fn refer(generator: &mut SchemaGenerator, schemas: &mut Map<String, Value>) {
    let known = known(generator);
    schemas.extend(generator.take_definitions(true));
    schemas.extend(known.iter().cloned());
    // A schema under its own name stays; what stands in it is looked at.
    schemas.values_mut().for_each(|schema| children(schema, &known));
}

/// Gives names to the kinds of a union: its own, and what tells the kind from the others.
pub fn kinds(schemas: &mut Map<String, Value>) {
    let mut named = Map::new();
    for (union, schema) in schemas.iter_mut() {
        for kind in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(Value::String(title)) = kind.as_object_mut().and_then(|kind| kind.remove("title"))
            else {
                continue;
            };
            let name = format!("{union}{title}");
            let reference = json!({ "$ref": format!("{FOLDER}{name}") });
            named.insert(name, std::mem::replace(kind, reference));
        }
    }
    schemas.extend(named);
}

fn children(schema: &mut Value, known: &[(String, Value)]) {
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, known)),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, known)),
        _ => {}
    }
}

fn replace(schema: &mut Value, known: &[(String, Value)]) {
    let found = schema
        .get("properties")
        .and_then(|properties| known.iter().find(|(_, known)| known["properties"] == *properties));
    match found {
        Some((name, known)) => *schema = reference(name, known, schema),
        None => children(schema, known),
    }
}

/// A reference that keeps what is said where it stands.
fn reference(name: &str, known: &Value, inlined: &Value) -> Value {
    let to = json!({ "$ref": format!("{FOLDER}{name}") });
    let nullable = inlined["type"].as_array().is_some_and(|types| types.contains(&"null".into()));
    let mut reference = if nullable { json!({ "anyOf": [to, { "type": "null" }] }) } else { to };
    for told in ["description", "default"] {
        if let Some(value) = inlined.get(told).filter(|value| known.get(told) != Some(value)) {
            reference[told] = value.clone();
        }
    }
    reference
}
