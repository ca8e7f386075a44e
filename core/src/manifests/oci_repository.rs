//! The chart of an app, by digest.

use std::collections::BTreeMap;

use beffroi_crds::{App, app::Release, labels};
use kube::ResourceExt;
use serde_json::json;

use super::{Kind, Object, Placed, labelled};

pub(super) fn build(placed: &Placed<'_>, app: &App, release: &Release) -> Object {
    let host = release.chart.host();
    let plain = placed.site.spec.registries.iter().any(|r| &*r.host == host && r.plain_http);
    let spec = json!({
        "interval": "10m",
        "url": &*release.chart.repository,
        "ref": {"digest": &*release.chart.digest},
        "insecure": plain,
        "layerSelector": {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "operation": "copy",
        },
    });
    let name = app.name_any();
    let label = BTreeMap::from([(labels::APP.to_owned(), name.clone())]);
    labelled(placed, Kind::OciRepository, &name, json!({ "spec": spec }), label)
}
