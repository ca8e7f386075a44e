//! `Beffroi-At-Least`: the `ETag` of a write → the cache of that kind has it, on whichever replica: one reads what one
//! wrote.

use std::{fmt::Debug, time::Duration};

use http::{HeaderMap, HeaderName};
use kube::{Api, Resource, api::ListParams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::version::{Named, bare};
use crate::{
    caches::{Cache, PATIENCE},
    language::Text,
    operation::Told,
    problem::Problem,
    state::State,
};

/// The header.
const HEADER: HeaderName = HeaderName::from_static("beffroi-at-least");
/// What it takes: what writes answer as `ETag`, whichever view and language it names.
const PATTERN: &str = "^(W/)?\"(workspace|tenant)-[0-9]{1,19}((-|--|;)[0-9a-z]+)*\"$";
/// How long a cache usually needs at most. Who waits longer may have made the version up.
const USUAL: Duration = Duration::from_millis(100);

/// Waits, not for ever, until what is read is at least as new as a request wants it.
///
/// # Errors
/// 422 where there is no such version.
pub async fn catch_up(state: &State, headers: &HeaderMap) -> Result<(), Problem> {
    let mut wanted = headers.get_all(HEADER).iter();
    let Some(value) = wanted.next() else { return Ok(()) };
    let text = value.to_str().ok().filter(|_| wanted.next().is_none()).unwrap_or_default();
    match read(text) {
        Some(("workspace", version)) => reach(state, &state.caches.workspaces, version, text).await,
        Some(("tenant", version)) => reach(state, &state.caches.tenants, version, text).await,
        _ => Err(no_such_version(text)),
    }
}

/// Tells that an operation takes the header.
pub fn tell(told: &mut Told) {
    let description = "`ETag` of your last write: what is read is at least as new, on any replica.";
    let schema = json!({ "type": "string", "maxLength": 64, "pattern": PATTERN });
    told.takes_header("Beffroi-At-Least", json!({ "description": description, "schema": schema }));
}

/// Kind and version of a tag that has its quotes.
fn read(tag: &str) -> Option<(&str, u64)> {
    tag.contains('"').then_some(())?;
    let Named { kind, version, .. } = Named::read(bare(tag))?;
    Some((kind, version.parse().ok()?))
}

async fn reach<K>(state: &State, cache: &Cache<K>, version: u64, text: &str) -> Result<(), Problem>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    if cache.at_least(version, USUAL).await {
        return Ok(());
    }
    let one = ListParams::default().limit(1);
    let listed = Api::<K>::all(state.client.clone()).list_metadata(&one).await;
    let newest = listed.ok().and_then(|list| list.metadata.resource_version?.parse::<u64>().ok());
    if newest.is_some_and(|newest| newest < version) {
        return Err(no_such_version(text));
    }
    if !cache.at_least(version, PATIENCE).await {
        tracing::debug!(kind = %K::kind(&()), version, "the cache lags behind what a client has seen");
    }
    Ok(())
}

fn no_such_version(text: &str) -> Problem {
    Problem::field(
        "Beffroi-At-Least",
        Some(Value::from(text)),
        Text::new(
            "n'est pas l'ETag d'un espace de travail ou d'un tenant de cette API",
            "is no ETag of a workspace or a tenant of this API",
        ),
        Text::new(
            "Renvoyez l'ETag de la dernière écriture, tel qu'il a été donné.",
            "send the ETag of the last write, as it was given",
        ),
    )
}

#[cfg(test)]
mod tests {
    use beffroi_crds::{Tenant, TenantSpec, Workspace, WorkspaceSpec};
    use http::header;
    use regex::Regex;

    use super::*;
    use crate::{language::Language, request::version::Tag};

    fn tags<K: Resource<DynamicType = ()>>(mut object: K) -> Vec<String> {
        object.meta_mut().resource_version = Some("4711".to_owned());
        let plain = Tag::of(&object);
        let all = [Language::Fr, Language::En].map(|language| {
            [plain.clone().told_in(language), plain.clone().view("public").told_in(language)]
        });
        let text = |tag: Tag| tag.headers()[header::ETAG].to_str().unwrap().to_owned();
        all.into_iter().flatten().map(text).collect()
    }

    #[test]
    fn what_writes_answer_is_what_the_document_lets_one_send_back() {
        let pattern = Regex::new(PATTERN).unwrap();
        let mut all = tags(Workspace::new("w", WorkspaceSpec::default()));
        all.extend(tags(Tenant::new("t", TenantSpec::default())));
        let english = |tag: &String| tag.starts_with("\"workspace-4711-") && tag.ends_with("-en\"");
        assert!(all.iter().any(english), "{all:?}");
        // As proxies hand them on.
        for coded in ["-gzip", "--gzip", ";gzip"] {
            let handed_on = all[0].trim_end_matches('"').to_owned() + coded + "\"";
            assert!(pattern.is_match(&handed_on), "{handed_on}");
        }
        for tag in all {
            assert!(pattern.is_match(&tag) && pattern.is_match(&format!("W/{tag}")), "{tag}");
        }
    }

    #[test]
    fn only_tags_of_this_api_are_read() {
        for (tag, known) in [
            ("\"workspace-42\"", Some(("workspace", 42))),
            ("W/\"tenant-7-public\"", Some(("tenant", 7))),
            ("\"workspace-42-gzip\"", Some(("workspace", 42))),
            ("\"workspace-42-0f31c2a9b7d4-en--gzip\"", Some(("workspace", 42))),
            ("W/\"workspace-42-0f31c2a9b7d4;gzip\"", Some(("workspace", 42))),
            ("\"workspace-42\"-gzip", Some(("workspace", 42))),
            ("\"42\"", None),
            ("workspace-42", None),
            ("\"workspace-18446744073709551616\"", None),
            ("\"workspace-x\"", None),
            ("", None),
        ] {
            assert_eq!(read(tag), known, "{tag}");
        }
    }
}
