//! What is found without reading every entry: by tenant, workspace and kind.
//!
//! All of it is derived from the entries, written before the checkpoint that covers them, never changed, and
//! named so that a reader needs no listing:
//! - `index/segment/N` tells of the entries from 4096·N on, 4096 of them, which are about whom;
//! - `index/rotation/N` holds the index of the N-th change of keys.
//!
//! What is missing is written again when the log is opened; a reader that misses a segment reads its entries.

use std::collections::BTreeMap;

use beffroi_core::evidence::{
    dsse::{self, Envelope},
    statement::{AUDIT, DATA_LOCATION, DATA_LOCATION_V1, KEY_ROTATION},
};
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Entries of a segment.
pub(crate) const SEGMENT: u64 = 4096;

/// What a statement claims.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Kind {
    /// Where data lies.
    DataLocation,
    /// Something that touched a tenant.
    Audit,
    /// Which keys come next.
    KeyRotation,
}

impl Kind {
    fn of(predicate: &str) -> Option<Self> {
        match predicate {
            DATA_LOCATION | DATA_LOCATION_V1 => Some(Self::DataLocation),
            AUDIT => Some(Self::Audit),
            KEY_ROTATION => Some(Self::KeyRotation),
            _ => None,
        }
    }
}

/// Which entries are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    /// About this tenant, by UID.
    pub tenant: Option<String>,
    /// About this workspace, by UID.
    pub workspace: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Before this index: to go on where a list ended.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self { tenant: None, workspace: None, kind: None, before: None, limit: 100 }
    }
}

impl Filter {
    /// Whether an entry is wanted.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        same(&self.tenant, &row.tenant)
            && same(&self.workspace, &row.workspace)
            && (self.kind.is_none() || self.kind == row.kind)
    }
}

/// Whom an entry is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: Option<Kind>,
    pub(crate) tenant: Option<String>,
    pub(crate) workspace: Option<String>,
}

/// As much of a statement as [`Row`] needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Glance {
    predicate_type: String,
    predicate: About,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    tenant_uid: Option<String>,
    workspace: Option<Workspace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workspace {
    uid: String,
    tenant_uid: String,
}

impl Row {
    /// Reads an entry.
    ///
    /// # Errors
    /// When it is not an envelope with a statement.
    pub(crate) fn of(entry: &[u8]) -> Result<Self, Error> {
        let broken = || Error::damaged("an entry is not an envelope with a statement");
        let envelope: Envelope = serde_json::from_slice(entry).map_err(|_| broken())?;
        let payload = dsse::decode(&envelope.payload).ok_or_else(broken)?;
        let Glance { predicate_type, predicate } = serde_json::from_slice(&payload).map_err(|_| broken())?;
        let (workspace, of_workspace) = predicate.workspace.map(|w| (w.uid, w.tenant_uid)).unzip();
        let tenant = predicate.tenant_uid.or(of_workspace);
        Ok(Self { kind: Kind::of(&predicate_type), tenant, workspace })
    }
}

/// Which entries of 4096 are about whom: places in the segment, in order.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Segment {
    kinds: BTreeMap<Kind, Vec<u16>>,
    tenants: BTreeMap<String, Vec<u16>>,
    workspaces: BTreeMap<String, Vec<u16>>,
}

impl Segment {
    pub(crate) fn new(rows: &[Row]) -> Self {
        let mut segment = Self::default();
        for (place, row) in (0..).zip(rows) {
            if let Some(kind) = row.kind {
                segment.kinds.entry(kind).or_default().push(place);
            }
            if let Some(tenant) = &row.tenant {
                segment.tenants.entry(tenant.clone()).or_default().push(place);
            }
            if let Some(workspace) = &row.workspace {
                segment.workspaces.entry(workspace.clone()).or_default().push(place);
            }
        }
        segment
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(Error::json("index"))
    }

    pub(crate) fn decode(path: &Path, text: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(text).map_err(Error::json(path.as_ref()))
    }

    /// Bytes that it takes in memory, about.
    pub(crate) fn weight(&self) -> u64 {
        let named = self.tenants.iter().chain(&self.workspaces).map(|(name, places)| (name.len(), places));
        let all = named.chain(self.kinds.values().map(|places| (0, places)));
        all.map(|(name, places)| (name + 2 * places.len() + 64) as u64).sum()
    }

    /// Places of the entries wanted, in order.
    pub(crate) fn matching(&self, filter: &Filter) -> Vec<u16> {
        let mut lists: Vec<&[u16]> = Vec::new();
        if let Some(kind) = filter.kind {
            lists.push(self.kinds.get(&kind).map_or(&[], Vec::as_slice));
        }
        if let Some(tenant) = &filter.tenant {
            lists.push(self.tenants.get(tenant).map_or(&[], Vec::as_slice));
        }
        if let Some(workspace) = &filter.workspace {
            lists.push(self.workspaces.get(workspace).map_or(&[], Vec::as_slice));
        }
        let Some((first, others)) = lists.split_first() else {
            return (0..u16::try_from(SEGMENT).unwrap_or(u16::MAX)).collect();
        };
        let in_all = |place: &&u16| others.iter().all(|list| list.binary_search(place).is_ok());
        first.iter().filter(in_all).copied().collect()
    }
}

/// Where a segment lies.
pub(crate) fn segment_path(number: u64) -> Path {
    Path::from(format!("index/segment/{number:010}"))
}

/// Where the index of a change of keys lies.
pub(crate) fn rotation_path(number: u64) -> Path {
    Path::from(format!("index/rotation/{number:010}"))
}

/// The index of a change of keys, as it is written.
pub(crate) fn rotation_text(index: u64) -> Vec<u8> {
    format!("{index}\n").into_bytes()
}

/// The inverse.
pub(crate) fn rotation_index(path: &Path, text: &[u8]) -> Result<u64, Error> {
    let index = str::from_utf8(text).ok().and_then(|text| text.trim_end().parse().ok());
    index.ok_or_else(|| Error::damaged(format!("{path} is not the index of an entry")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Row> {
        let kind =
            prop::option::of(prop::sample::select(vec![Kind::DataLocation, Kind::Audit, Kind::KeyRotation]));
        let name =
            || prop::option::of(prop::sample::select(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
        (kind, name(), name()).prop_map(|(kind, tenant, workspace)| Row { kind, tenant, workspace })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_segment_finds_what_reading_every_row_finds(rows in prop::collection::vec(row(), 4096), asked in row()) {
            let Row { kind, tenant, workspace } = asked;
            let filter = Filter { tenant, workspace, kind, ..Filter::default() };
            let text = Segment::new(&rows).encode().unwrap();
            let segment = Segment::decode(&segment_path(0), &text).unwrap();
            let read: Vec<u16> =
                (0..).zip(&rows).filter(|(_, row)| filter.wants(row)).map(|(place, _)| place).collect();
            prop_assert_eq!(segment.matching(&filter), read);
        }
    }
}
