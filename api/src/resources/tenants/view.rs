//! A tenant: what it is, what it may use, whom to call; and how the hoster registers one.

use beffroi_crds::{
    Tenant, TenantSpec,
    tenant::{Contact, HeldBy, Identity, Quota, Rival, TenantKind},
    text::{Domain, Finess, Insee, Name, Siren, Siret, Uai},
};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    language::Language,
    problem::Problem,
    request::body::Fields,
    views::condition::{ConditionView, Status, ready, views},
};

/// A public body, or a grouping of several.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Tenant")]
#[serde(rename_all = "camelCase")]
pub struct TenantView {
    /// Name.
    pub name: String,
    /// What it is and may.
    #[serde(flatten)]
    pub fields: TenantFields,
    /// Domains that it holds: declared, or proven by it. Its workspaces are reached under these.
    pub held_domains: Vec<HeldDomainView>,
    /// What is asked for in its name and another tenant has. Shown to the hoster alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
    /// How many workspaces it has.
    pub workspaces: u32,
    /// The summary.
    pub ready: Status,
    /// What holds of it.
    pub conditions: Vec<ConditionView>,
    /// Version: the number in `ETag`.
    pub version: String,
}

/// A domain that a tenant holds.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "HeldDomain")]
#[serde(rename_all = "camelCase")]
pub struct HeldDomainView {
    /// The domain; what is below it is held with it.
    pub domain: String,
    /// What it rests on.
    pub by: HeldBy,
    /// Since when it is held.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    /// Since when it is neither declared nor proven any more: what is reached by it stays, and no other order is taken
    /// under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub lost_since: Option<Timestamp>,
}

/// What the hoster says of a tenant.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "TenantFields")]
pub struct TenantFields {
    /// Name shown to people.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// What body it is in French public law. It does not change.
    pub kind: TenantKind,
    /// SIREN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<Siren>,
    /// SIRET. It changes where the body moves, and its first nine digits, the SIREN, stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siret: Option<Siret>,
    /// FINESS number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finess: Option<Finess>,
    /// UAI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uai: Option<Uai>,
    /// INSEE code of a commune.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insee: Option<Insee>,
    /// The policy that its workspaces are held to.
    pub policy: Name,
    /// Tenants of a grouping.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub members: Vec<Name>,
    /// Domains that are its own, as the hosting provider vouches. One that is not declared is proven with a DNS record,
    /// which the refusal of an order under it shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub domains: Vec<Domain>,
    /// What it may use at most on each site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub contacts: Vec<Contact>,
    /// Who signs in, and as what. Shown to the hoster alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// A tenant to be registered.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(extend("additionalProperties" = false))]
pub struct NewTenant {
    /// Name: lower-case letters, digits and hyphens, at most 50. It does not change.
    #[schemars(length(min = 1, max = 50))]
    pub name: Name,
    /// What it is and may.
    #[serde(flatten)]
    pub fields: TenantFields,
}

/// Fields to change of a tenant (RFC 7396): absent stays, `null` takes away.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-merge-patch" = true))]
#[allow(missing_docs)]
pub struct TenantPatch {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 200))]
    pub title: Option<String>,
    #[serde(default)]
    #[schemars(with = "Name")]
    pub policy: Option<Name>,
    #[serde(default)]
    #[schemars(with = "Siret")]
    pub siret: Option<Siret>,
    #[schemars(length(max = 64))]
    pub members: Option<Vec<Name>>,
    #[schemars(length(max = 64))]
    pub domains: Option<Vec<Domain>>,
    pub quota: Option<Quota>,
    #[schemars(length(max = 16))]
    pub contacts: Option<Vec<Contact>>,
    pub identity: Option<Identity>,
}

impl NewTenant {
    /// Reads a body.
    ///
    /// # Errors
    /// Naming each field that does not fit.
    pub fn read(mut fields: Fields) -> Result<Self, Problem> {
        fields.check::<Self>()?;
        Ok(Self { name: fields.take("name")?, fields: fields.rest()? })
    }
}

impl From<TenantSpec> for TenantFields {
    fn from(spec: TenantSpec) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let TenantSpec {
            title,
            kind,
            siren,
            siret,
            finess,
            uai,
            insee,
            policy,
            members,
            domains,
            quota,
            identity,
            contacts,
        } = spec;
        Self {
            title,
            kind,
            siren,
            siret,
            finess,
            uai,
            insee,
            policy,
            members,
            domains,
            quota,
            contacts,
            identity,
        }
    }
}

impl From<TenantFields> for TenantSpec {
    fn from(fields: TenantFields) -> Self {
        let TenantFields {
            title,
            kind,
            siren,
            siret,
            finess,
            uai,
            insee,
            policy,
            members,
            domains,
            quota,
            contacts,
            identity,
        } = fields;
        Self {
            title,
            kind,
            siren,
            siret,
            finess,
            uai,
            insee,
            policy,
            members,
            domains,
            quota,
            identity,
            contacts,
        }
    }
}

impl TenantView {
    /// A tenant; who signs in there only for the hoster.
    pub fn of(tenant: &Tenant, hoster: bool, language: Language) -> Self {
        let conditions =
            tenant.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        let mut fields = TenantFields::from(tenant.spec.clone());
        fields.identity = fields.identity.filter(|_| hoster);
        let status = tenant.status.as_ref();
        let held = status.map(|status| status.domains.as_slice()).unwrap_or_default();
        let held = held.iter().map(|held| HeldDomainView {
            domain: held.domain.clone(),
            by: held.by,
            since: held.since.0,
            lost_since: held.lost_since.as_ref().map(|at| at.0),
        });
        Self {
            name: tenant.name_any(),
            fields,
            held_domains: held.collect(),
            rivals: status.filter(|_| hoster).map(|status| status.rivals.clone()).unwrap_or_default(),
            workspaces: tenant.status.as_ref().map_or(0, |status| status.workspaces),
            ready: ready(tenant, conditions),
            conditions: views(conditions, language),
            version: tenant.resource_version().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        request::checked::{check, schema},
        schema::stranger,
    };

    #[test]
    fn every_form_has_a_schema_that_can_be_used() {
        assert!(schema::<NewTenant>().is_ok() && schema::<TenantFields>().is_ok());
        assert!(schema::<TenantPatch>().is_ok());
    }

    #[test]
    fn only_fields_that_can_change_may_be_named() {
        for (patch, field) in [
            (json!({"quota": null, "members": null, "identity": {"roles": []}}), None),
            (json!({"finess": null}), Some("finess")),
            (json!({"identity": {"colour": null}}), Some("identity.colour")),
        ] {
            assert_eq!(stranger::<TenantPatch>(&patch).as_deref(), field, "{patch}");
        }
    }

    #[test]
    fn only_what_a_namespace_can_carry_is_a_name() {
        let named = |name: &str| {
            let tenant = json!({"name": name, "title": "A", "kind": "Groupement", "policy": "standard"});
            check::<NewTenant>(&tenant, None)
        };
        for name in ["a", "7", "ch-macon-2", &"a".repeat(50)] {
            assert!(named(name).is_ok(), "{name}");
        }
        for name in ["", "-", "a-", "-a", "a.b", "A", "é", "a_b", "a b", "a\n", &"a".repeat(51)] {
            assert_eq!(named(name).unwrap_err().errors[0].field, "name", "{name:?}");
        }
    }
}
