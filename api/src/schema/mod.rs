//! Schemas of the API's types: one source, `schemars`, for the custom resources and for the `OpenAPI` document alike, so
//! that limits are told once. `utoipa` learns their names only. What the custom resources inline gets a [name](names),
//! [patches] reach into objects, and what only Rust and Kubernetes understand is told in [plain] words.

mod known;
mod names;
mod patches;
mod plain;

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema},
};

pub use self::known::stranger;
use crate::{
    events::Told,
    problem::ProblemBody,
    request::page::Page,
    resources,
    views::{
        app::AppView,
        bundle::BundleView,
        evidence::{EvidenceView, LogEntry, PastWorkspace},
        explanation::Explanation,
        location::Location,
        ownership::OwnershipView,
        policy::PolicyView,
        preview::Preview,
        provider::ProviderView,
        rule::RuleView,
        site::SiteView,
        tenant::{NewTenant, TenantPatch, TenantView},
        workspace::{NewWorkspace, WorkspacePatch, WorkspaceView},
    },
};

/// Where schemas lie in the document.
const FOLDER: &str = "#/components/schemas/";

macro_rules! described {
    ($($type:ty),+ $(,)?) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    RefOr::T(Schema::Object(Object::new()))
                }
            }

            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    <$type as JsonSchema>::schema_name()
                }
            }
        )+

        fn collect(generator: &mut SchemaGenerator) {
            $(generator.subschema_for::<$type>();)+
        }
    };
}

described![
    ProblemBody,
    Told,
    AppView,
    BundleView,
    EvidenceView,
    PastWorkspace,
    Explanation,
    Location,
    LogEntry,
    NewTenant,
    NewWorkspace,
    OwnershipView,
    PolicyView,
    Preview,
    ProviderView,
    RuleView,
    SiteView,
    TenantPatch,
    TenantView,
    WorkspacePatch,
    WorkspaceView,
    resources::Code,
    resources::Me,
    resources::Confirmation,
    resources::PreviewRequest,
    resources::SignIn,
    resources::Token,
    Page<AppView>,
    Page<EvidenceView>,
    Page<PastWorkspace>,
    Page<LogEntry>,
    Page<PolicyView>,
    Page<ProviderView>,
    Page<RuleView>,
    Page<SiteView>,
    Page<TenantView>,
    Page<WorkspaceView>,
];

/// Every schema, by name, as `components.schemas` of an `OpenAPI` 3.1 document holds it.
pub fn components() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    collect(&mut generator);
    let mut schemas = generator.take_definitions(true);
    names::refer(&mut generator, &mut schemas);
    patches::reach(&mut schemas);
    schemas.values_mut().for_each(plain::tidy);
    names::kinds(&mut schemas);
    schemas.remove(plain::TIME);
    schemas
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Objects told where they stand.
    fn inlined(schema: &Value, path: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(fields) => {
                if fields.get("type").is_some_and(|kind| kind == "object")
                    && fields.contains_key("properties")
                {
                    found.push(path.to_owned());
                }
                for (name, field) in fields {
                    inlined(field, &format!("{path}/{name}"), found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| inlined(item, path, found)),
            _ => {}
        }
    }

    #[test]
    fn every_object_has_a_name_and_no_word_of_kubernetes_or_rust_is_left() {
        let schemas = components();
        for (name, schema) in &schemas {
            let mut found = Vec::new();
            inlined(schema, "", &mut found);
            found.retain(|path| !path.is_empty());
            assert!(found.is_empty(), "{name}: {found:?} needs a name in schema/names.rs");
            let text = schema.to_string();
            for word in ["x-kubernetes", "\"const\"", "\"uint", "k8s.io"] {
                assert!(!text.contains(word), "{name}: {word}");
            }
        }
    }

    #[test]
    fn rules_of_the_custom_resources_are_told() {
        let schemas = components();
        assert_eq!(schemas["OrderedApp"]["oneOf"].as_array().map(Vec::len), Some(2));
        let (one, other) = (&schemas["OrderedAppWithVersion"], &schemas["OrderedAppWithChannel"]);
        assert_eq!(one["required"], serde_json::json!(["name", "version"]));
        assert_eq!(other["required"], serde_json::json!(["name", "channel"]));
        assert!(other["properties"].get("version").is_none());
        assert_eq!(one["properties"]["name"]["maxLength"], 63);
        assert_eq!(schemas["MaintenanceWindow"]["properties"]["days"]["uniqueItems"], true);
        assert!(schemas["Channel"]["enum"].as_array().is_some_and(|all| all.len() > 1));
        assert!(schemas["BackupRequest"]["required"].is_array());
        assert!(schemas["BackupRequestPatch"].get("required").is_none());
    }
}
