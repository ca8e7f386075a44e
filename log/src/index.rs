//! What is found without reading every entry: by tenant, workspace and kind, by what happened and when.
//!
//! All of it is derived from the entries, written before the checkpoint that covers them, never changed, and
//! named so that a reader needs no listing:
//! - `index/segment/N` tells of the entries from 4096·N on, 4096 of them, which are about whom;
//! - `index/rotation/N` holds the index of the N-th change of keys.
//!
//! What is missing is written again when the log is opened; a reader that misses a segment reads its entries. What an
//! older version wrote says less: it leaves more to be read, and each entry that is read is looked at again.

use std::{borrow::Cow, collections::BTreeMap};

use beffroi_core::evidence::{
    dsse::{self, Envelope},
    statement::{AUDIT, Action, DATA_LOCATION, DATA_LOCATION_V1, KEY_ROTATION},
};
use jiff::Timestamp;
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
    /// Or about one of these, which that tenant came after.
    pub predecessors: Vec<String>,
    /// About this workspace, by UID.
    pub workspace: Option<String>,
    /// About a workspace of this name: each that bore it.
    pub name: Option<String>,
    /// Of what happened, this.
    pub action: Option<Action>,
    /// About a tenant of this SIREN, as far as it is told.
    pub siren: Option<String>,
    /// Made at this time or later.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Before this index: to go on where a list ended.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            tenant: None,
            predecessors: Vec::new(),
            workspace: None,
            name: None,
            action: None,
            siren: None,
            from: None,
            until: None,
            kind: None,
            before: None,
            limit: 100,
        }
    }
}

impl Filter {
    /// Whether an entry is wanted.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let tenant = || row.tenant.as_ref().is_some_and(|tenant| self.predecessors.contains(tenant));
        (same(&self.tenant, &row.tenant) || tenant())
            && same(&self.workspace, &row.workspace)
            && same(&self.name, &row.name)
            && same(&self.siren, &row.siren)
            && (self.action.is_none() || self.action == row.action)
            && (self.kind.is_none() || self.kind == row.kind)
            && self.from.is_none_or(|from| row.time.is_some_and(|time| time >= from))
            && self.until.is_none_or(|until| row.time.is_some_and(|time| time < until))
    }
}

/// Whom an entry is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: Option<Kind>,
    pub(crate) tenant: Option<String>,
    pub(crate) workspace: Option<String>,
    /// Name of the workspace.
    pub(crate) name: Option<String>,
    pub(crate) action: Option<Action>,
    pub(crate) siren: Option<String>,
    pub(crate) time: Option<Timestamp>,
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
    action: Option<Action>,
    siren: Option<String>,
    time: Option<Timestamp>,
    time_verified: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workspace {
    uid: String,
    name: String,
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
        Self::of_payload(&dsse::decode(&envelope.payload).ok_or_else(broken)?)
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<Self, Error> {
        let glance = serde_json::from_slice(payload);
        let Glance { predicate_type, predicate } =
            glance.map_err(|_| Error::damaged("an entry is not an envelope with a statement"))?;
        let About { tenant_uid, workspace, action, siren, time, time_verified } = predicate;
        let of_workspace = workspace.as_ref().map(|workspace| workspace.tenant_uid.clone());
        let (workspace, name) = workspace.map(|w| (w.uid, w.name)).unzip();
        Ok(Self {
            kind: Kind::of(&predicate_type),
            tenant: tenant_uid.or(of_workspace),
            workspace,
            name,
            action,
            siren,
            time: time_verified.or(time),
        })
    }
}

/// Which entries of 4096 are about whom: places in the segment, in order.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Segment {
    kinds: BTreeMap<Kind, Vec<u16>>,
    tenants: BTreeMap<String, Vec<u16>>,
    workspaces: BTreeMap<String, Vec<u16>>,
    /// Absent where an older version wrote it.
    #[serde(default)]
    more: Option<More>,
}

/// What a segment says besides.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct More {
    names: BTreeMap<String, Vec<u16>>,
    actions: BTreeMap<String, Vec<u16>>,
    sirens: BTreeMap<String, Vec<u16>>,
    /// The earliest and the latest time of its entries.
    times: Option<(Timestamp, Timestamp)>,
}

impl Segment {
    pub(crate) fn new(rows: &[Row]) -> Self {
        let mut segment = Self::default();
        let mut more = More::default();
        let add = |map: &mut BTreeMap<String, Vec<u16>>, key: Option<&str>, place| {
            if let Some(key) = key {
                map.entry(key.to_owned()).or_default().push(place);
            }
        };
        for (place, row) in (0..).zip(rows) {
            if let Some(kind) = row.kind {
                segment.kinds.entry(kind).or_default().push(place);
            }
            add(&mut segment.tenants, row.tenant.as_deref(), place);
            add(&mut segment.workspaces, row.workspace.as_deref(), place);
            add(&mut more.names, row.name.as_deref(), place);
            add(&mut more.actions, row.action.map(word).as_deref(), place);
            add(&mut more.sirens, row.siren.as_deref(), place);
            if let Some(time) = row.time {
                let (first, last) = more.times.unwrap_or((time, time));
                more.times = Some((first.min(time), last.max(time)));
            }
        }
        segment.more = Some(more);
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
        let more =
            self.more.iter().flat_map(|more| more.names.iter().chain(&more.actions).chain(&more.sirens));
        let named = self.tenants.iter().chain(&self.workspaces).chain(more);
        let named = named.map(|(name, places)| (name.len(), places));
        let all = named.chain(self.kinds.values().map(|places| (0, places)));
        all.map(|(name, places)| (name + 2 * places.len() + 64) as u64).sum()
    }

    /// Places of the entries that may be wanted, in order: all that are, and such as only reading them tells apart.
    pub(crate) fn matching(&self, filter: &Filter) -> Vec<u16> {
        let mut lists: Vec<Cow<'_, [u16]>> = Vec::new();
        let of = |map: &BTreeMap<String, Vec<u16>>, key: &String| map.get(key).cloned().unwrap_or_default();
        if let Some(kind) = filter.kind {
            lists.push(self.kinds.get(&kind).map_or(&[][..], Vec::as_slice).into());
        }
        if let Some(tenant) = &filter.tenant {
            let mut places = of(&self.tenants, tenant);
            for other in &filter.predecessors {
                places.extend(of(&self.tenants, other));
            }
            places.sort_unstable();
            places.dedup();
            lists.push(places.into());
        }
        if let Some(workspace) = &filter.workspace {
            lists.push(of(&self.workspaces, workspace).into());
        }
        if let Some(more) = &self.more {
            if let Some(name) = &filter.name {
                lists.push(of(&more.names, name).into());
            }
            if let Some(action) = filter.action {
                lists.push(of(&more.actions, &word(action)).into());
            }
            if let Some(siren) = &filter.siren {
                lists.push(of(&more.sirens, siren).into());
            }
            let outside = more.times.is_none_or(|(first, last)| {
                filter.from.is_some_and(|from| last < from)
                    || filter.until.is_some_and(|until| first >= until)
            });
            if outside && (filter.from.is_some() || filter.until.is_some()) {
                return Vec::new();
            }
        }
        let Some((first, others)) = lists.split_first() else {
            return (0..u16::try_from(SEGMENT).unwrap_or(u16::MAX)).collect();
        };
        let in_all = |place: &&u16| others.iter().all(|list| list.binary_search(place).is_ok());
        first.iter().filter(in_all).copied().collect()
    }
}

/// What happened, as the index names it.
fn word(action: Action) -> String {
    format!("{action:?}")
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
        let action =
            prop::option::of(prop::sample::select(vec![Action::WorkspaceDeleted, Action::TenantDeleted]));
        let name =
            || prop::option::of(prop::sample::select(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
        let time = prop::option::of(0_i64..40);
        (kind, name(), name(), name(), name(), action, time).prop_map(
            |(kind, tenant, workspace, name, siren, action, time)| {
                let time = time.and_then(|second| Timestamp::from_second(second).ok());
                Row { kind, tenant, workspace, name, action, siren, time }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// What is wanted is among what a segment finds, whoever wrote it; and nothing but that, as far as it knows.
        #[test]
        fn a_segment_finds_what_reading_every_row_finds(
            rows in prop::collection::vec(row(), 4096),
            asked in row(),
            predecessor in "[abc]",
            older in any::<bool>(),
            period in any::<bool>(),
        ) {
            let Row { kind, tenant, workspace, name, action, siren, time } = asked;
            let (from, until) = if period { (time, None) } else { (None, time) };
            let predecessors = vec![predecessor];
            let filter = Filter {
                tenant, predecessors, workspace, name, action, siren, from, until, kind, ..Filter::default()
            };
            let mut segment = Segment::new(&rows);
            if older {
                segment.more = None;
            }
            let text = segment.encode().unwrap();
            let segment = Segment::decode(&segment_path(0), &text).unwrap();
            let read: Vec<u16> =
                (0..).zip(&rows).filter(|(_, row)| filter.wants(row)).map(|(place, _)| place).collect();
            let mut found = segment.matching(&filter);
            prop_assert!(read.iter().all(|place| found.contains(place)));
            found.retain(|place| filter.wants(&rows[usize::from(*place)]));
            prop_assert_eq!(&found, &read);
            if !older && time.is_none() {
                prop_assert_eq!(segment.matching(&filter), read);
            }
        }
    }
}
