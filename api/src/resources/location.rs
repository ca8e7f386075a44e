//! Where the data of a workspace lies.

use std::sync::Arc;

use axum::extract::{Path, State as Extract};
use beffroi_core::{evidence::statement::LocationVerdict, message};
use beffroi_crds::{
    Site, WorkspaceStatus,
    conditions::{LOCATED, PROBED},
    message::Said,
    workspace::{LocationFinding, PlacedSite},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    auth::Action,
    caches::Caches,
    door::{self, Admitted},
    language::{Accepted, Language},
    operation::{Routes, Unchanged, operation},
    problem::Problem,
    request::{signed::Signed, version::Known, which::OfWorkspace},
    state::State,
    views::{
        condition::{Status, find, told},
        place::{Feature, Map, city},
    },
};

/// Where the data of a workspace lies.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Id of the workspace.
    pub workspace: String,
    /// Whether all of it lies where the rules allow.
    pub verdict: LocationVerdict,
    /// Why, as a stable word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// Since when the verdict stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Sites where it lies.
    pub sites: Vec<LocatedSite>,
    /// What contradicts the place that it should lie in.
    pub findings: Vec<LocationFinding>,
    /// How many more there are, which only evidence holds.
    pub findings_omitted: u32,
    /// How it is known what its pods reach (LOC-04).
    pub flows: Flows,
    /// The sites as `GeoJSON`.
    pub map: Map,
}

/// How it is known what the pods of a workspace reach.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Flows {
    /// Whether somebody tried.
    pub known: FlowsKnown,
    /// When it was tried in each site; of several the oldest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub at: Option<Timestamp>,
}

/// Whether what pods reach was tried.
#[derive(Debug, JsonSchema, PartialEq, Serialize)]
pub enum FlowsKnown {
    /// A pod of Beffroi's tried, in each site, of late.
    Observed,
    /// It is what network policies, services and ingresses declare; nobody tried, or too long ago.
    Declared,
}

impl Flows {
    fn of(status: &WorkspaceStatus) -> Self {
        let observed = find(&status.conditions, PROBED).is_some_and(|c| c.status == "True");
        let at = status.sites.iter().filter_map(|site| site.probe.as_ref()).map(|probe| probe.at.0).min();
        if observed {
            Self { known: FlowsKnown::Observed, at }
        } else {
            Self { known: FlowsKnown::Declared, at: None }
        }
    }
}

/// A site where data lies.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "PlaceOfData")]
pub struct LocatedSite {
    /// Name of the site.
    pub name: String,
    /// City, as declared; the last that was known where the site is not registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 country; absent, as all that follows of the place, where the site is not registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2 subdivision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
    /// Who hosts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Its service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Since when the workspace lies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Whether all is ready there.
    pub ready: bool,
}

impl LocatedSite {
    fn of(placed: &PlacedSite, site: Option<&Site>) -> Self {
        let declared = site.map(|site| &site.spec);
        Self {
            name: placed.name.clone(),
            city: city(site, Some(placed)),
            country: declared.map(|spec| spec.country.to_string()),
            subdivision: declared.map(|spec| spec.subdivision.to_string()),
            provider: declared.map(|spec| spec.provider.to_string()),
            service: declared.map(|spec| spec.service.clone()),
            latitude: declared.map(|spec| spec.coordinates.latitude),
            longitude: declared.map(|spec| spec.coordinates.longitude),
            since: placed.since.as_ref().map(|since| since.0),
            ready: placed.ready,
        }
    }
}

impl Location {
    /// Where a workspace lies. A site that is not registered any more has a name and no place on the map.
    pub fn of(found: &Admitted, caches: &Caches, language: Language) -> Self {
        let status = found.workspace.status.clone().unwrap_or_default();
        let located = find(&status.conditions, LOCATED);
        let sites: Vec<(Option<Arc<Site>>, &PlacedSite)> =
            status.sites.iter().map(|placed| (caches.sites.get(&placed.name), placed)).collect();
        let finding = |finding: &LocationFinding| {
            let drawn = |said: Option<&Said>, text: &str| {
                said.map_or_else(
                    || text.to_owned(),
                    |said| message::drawn(language, &said.code, &said.args, text),
                )
            };
            let said = finding.said.as_ref();
            LocationFinding {
                observed: drawn(said.map(|said| &said.observed), &finding.observed),
                expected: drawn(said.map(|said| &said.expected), &finding.expected),
                ..finding.clone()
            }
        };
        let feature = |(site, placed): &(Option<Arc<Site>>, &PlacedSite)| {
            let contradicted = status.findings.iter().any(|finding| finding.site == placed.name);
            site.as_ref().map(|site| Feature::of(site, placed.ready, contradicted))
        };
        Self {
            workspace: found.id(),
            verdict: match located.map(|c| Status::from(c.status.as_str())).unwrap_or_default() {
                Status::True => LocationVerdict::Located,
                Status::False => LocationVerdict::NotLocated,
                Status::Unknown => LocationVerdict::Unknown,
            },
            reason: located.map_or_else(|| "NotObserved".to_owned(), |c| c.reason.clone()),
            message: located.map(|c| told(c, language)).unwrap_or_default(),
            since: located.map(|c| c.last_transition_time.0),
            map: Map::of(sites.iter().filter_map(feature)),
            sites: sites.iter().map(|(site, placed)| LocatedSite::of(placed, site.as_deref())).collect(),
            findings: status.findings.iter().map(finding).collect(),
            findings_omitted: status.findings_omitted,
            flows: Flows::of(&status),
        }
    }
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// Where the data of a workspace lies: sites, verdict, findings since when, and a map.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/location", operation_id = "readLocation", tag = "Workspaces",
    responses((status = 200, description = "Where its data lies."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<(Accepted, Unchanged<Location>), Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    let location = Location::of(&found, &state.caches, language);
    Ok((Accepted(language), known.answer_whole(&location)))
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{SiteSpec, Tenant, Workspace, conditions::Condition, probe::NetworkProbe};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::caches::tests::{empty, filled};

    #[test]
    fn flows_are_observed_where_every_site_was_tried_and_since_the_oldest() {
        let probed = |second| PlacedSite {
            probe: Some(NetworkProbe {
                at: Time(Timestamp::from_second(second).unwrap()),
                ..NetworkProbe::default()
            }),
            ..PlacedSite::default()
        };
        let condition = |status: &str| Condition {
            type_: PROBED.into(),
            status: status.into(),
            reason: "AsExpected".into(),
            message: String::new(),
            code: String::new(),
            args: beffroi_crds::message::Args::default(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        };
        let mut status =
            WorkspaceStatus { sites: vec![probed(90), probed(60)], ..WorkspaceStatus::default() };
        let flows = Flows::of(&status);
        assert_eq!((flows.known, flows.at), (FlowsKnown::Declared, None), "the policy asks for none");
        status.conditions = vec![condition("True")];
        let flows = Flows::of(&status);
        assert_eq!((flows.known, flows.at.unwrap().as_second()), (FlowsKnown::Observed, 60));
        status.conditions = vec![condition("False")];
        assert_eq!(Flows::of(&status).known, FlowsKnown::Declared);
    }

    #[tokio::test]
    async fn a_site_that_is_not_registered_any_more_is_where_data_lies_all_the_same() {
        let spec = SiteSpec { city: "Paris".into(), country: "FR".into(), ..SiteSpec::default() };
        let caches = Caches { sites: filled(vec![Site::new("par1", spec)]).await, ..empty().await };
        let placed = |name: &str, city: &str| PlacedSite {
            name: name.into(),
            city: city.into(),
            ..PlacedSite::default()
        };
        let status = WorkspaceStatus {
            sites: vec![placed("par1", "Lutèce"), placed("old1", "Lens"), placed("old2", "")],
            findings_omitted: 7,
            ..WorkspaceStatus::default()
        };
        let workspace = Workspace { status: Some(status), ..Workspace::default() };
        let found = Admitted { tenant: Arc::new(Tenant::default()), workspace: Arc::new(workspace) };
        let location = serde_json::to_value(Location::of(&found, &caches, Language::En)).unwrap();
        let sites = location["sites"].as_array().unwrap();
        assert_eq!((&sites[0]["city"], &sites[0]["country"]), (&"Paris".into(), &"FR".into()));
        assert_eq!((&sites[1]["name"], &sites[1]["city"]), (&"old1".into(), &"Lens".into()));
        let nothing: Vec<_> = sites[2].as_object().unwrap().keys().collect();
        assert_eq!(nothing, ["name", "ready"], "nothing is made up");
        assert_eq!(location["map"]["features"].as_array().unwrap().len(), 1);
        assert_eq!(location["findingsOmitted"], 7);
    }
}
