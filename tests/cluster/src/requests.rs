//! What an API server was asked: its metrics → counts by verb and resource.

use std::collections::BTreeMap;

use kube::Client;

use crate::Error;

const METRIC: &str = "apiserver_request_total{";
const MUTATING: [&str; 6] = ["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"];

/// Counts of answered requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    by_verb_and_resource: BTreeMap<(String, String), u64>,
}

impl Requests {
    pub(crate) async fn read(client: &Client) -> Result<Self, Error> {
        let request = http::Request::get("/metrics").body(Vec::new());
        let request = request.map_err(|error| Error::Other(format!("no request for /metrics: {error}")))?;
        let text = client.request_text(request).await.map_err(Error::kubernetes("reading the metrics"))?;
        Ok(Self::parse(&text))
    }

    /// Requests with a verb, as the API server calls it: POST, PUT, PATCH, APPLY, DELETE, GET, LIST, WATCH.
    pub fn verb(&self, verb: &str) -> u64 {
        self.sum(|counted, _| counted == verb)
    }

    /// Requests that may write.
    pub fn mutating(&self) -> u64 {
        self.sum(|verb, _| MUTATING.contains(&verb))
    }

    /// Requests that may write a resource (plural, for example `networkpolicies`).
    pub fn mutating_of(&self, resource: &str) -> u64 {
        self.sum(|verb, counted| counted == resource && MUTATING.contains(&verb))
    }

    /// What was added since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let counts = self.by_verb_and_resource.iter().map(|(key, count)| {
            (
                key.clone(),
                count.saturating_sub(earlier.by_verb_and_resource.get(key).copied().unwrap_or_default()),
            )
        });
        Self { by_verb_and_resource: counts.filter(|(_, count)| *count > 0).collect() }
    }

    fn sum(&self, wanted: impl Fn(&str, &str) -> bool) -> u64 {
        self.by_verb_and_resource
            .iter()
            .filter(|((verb, resource), _)| wanted(verb, resource))
            .map(|(_, n)| n)
            .sum()
    }

    fn parse(metrics: &str) -> Self {
        let mut counts = BTreeMap::new();
        for line in metrics.lines().filter_map(|line| line.strip_prefix(METRIC)) {
            let Some((labels, count)) = line.rsplit_once("} ") else { continue };
            // Written as floats; a count of requests has no fraction.
            let count = count.split(['.', ' ']).next().and_then(|count| count.parse::<u64>().ok());
            if let (Some(verb), Some(resource), Some(count)) =
                (label(labels, "verb"), label(labels, "resource"), count)
            {
                *counts.entry((verb.to_owned(), resource.to_owned())).or_default() += count;
            }
        }
        Self { by_verb_and_resource: counts }
    }
}

/// Value of a label; those of this metric hold no commas and no quotes.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = r#"
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="namespaces",scope="resource",subresource="",verb="APPLY",version="v1"} 3
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="namespaces",scope="resource",subresource="",verb="POST",version="v1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"} 7
"#;

    #[test]
    fn counts_by_verb_and_resource() {
        let requests = Requests::parse(METRICS);
        assert_eq!(requests.verb("LIST"), 7);
        assert_eq!(requests.mutating(), 5);
        assert_eq!(requests.mutating_of("namespaces"), 5);
        assert_eq!(requests.mutating_of("pods"), 0);
    }

    #[test]
    fn tells_what_was_added() {
        let earlier = Requests::parse(METRICS);
        let later = Requests::parse(&METRICS.replace("} 3", "} 4"));
        assert_eq!(later.since(&earlier).mutating(), 1);
        assert_eq!(earlier.since(&earlier), Requests::default());
    }
}
