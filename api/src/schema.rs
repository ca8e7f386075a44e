//! Schemas of the API's types: one source, `schemars`, for the custom resources and for the `OpenAPI` document alike, so
//! that limits are told once. `utoipa` learns their names only.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema},
};

use crate::{
    events::Told,
    problem::ProblemBody,
    request::page::Page,
    resources,
    views::{
        app::AppView,
        evidence::{EvidenceView, LogEntry},
        explanation::Explanation,
        location::Location,
        policy::PolicyView,
        preview::Preview,
        provider::ProviderView,
        rule::RuleView,
        site::SiteView,
        tenant::{NewTenant, TenantPatch, TenantView},
        workspace::{NewWorkspace, WorkspacePatch, WorkspaceView},
    },
};

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
    EvidenceView,
    Explanation,
    Location,
    LogEntry,
    NewTenant,
    NewWorkspace,
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
    resources::PreviewRequest,
    resources::SignIn,
    resources::Token,
    Page<AppView>,
    Page<EvidenceView>,
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
    schemas.values_mut().for_each(tidy);
    schemas
}

/// Takes away what only the API server and Rust understand; a rule that is a pattern stays as one.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(pattern) = fields.get("x-kubernetes-validations").and_then(pattern) {
                fields.insert("pattern".to_owned(), pattern.into());
            }
            fields.retain(|name, _| !name.starts_with("x-kubernetes-"));
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.remove("format");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The pattern of a rule such as `self.matches('…')`.
fn pattern(rules: &Value) -> Option<String> {
    let mut rules = rules.as_array()?.iter().filter_map(|rule| rule.get("rule")?.as_str());
    let quoted = rules.find_map(|rule| {
        let (pattern, rest) = rule.strip_prefix("self.matches('")?.split_once("')")?;
        (rest.is_empty() || rest.starts_with(" && size(")).then_some(pattern)
    })?;
    Some(quoted.replace("\\\\", "\\"))
}
