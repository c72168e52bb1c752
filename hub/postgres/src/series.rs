//! Series and notes: the names in the database.
//!
//! Its texts cannot have the character zero, which a name of another system may have: it is written
//! `\0`, and the backslash `\\`.

use std::collections::{BTreeMap, BTreeSet};

use history::series::SeriesKey;
use hub_model::{AttributePath, EventPath, spec};
use recorder::SeriesId;
use tokio_postgres::types::Type;

use crate::error::Fault;
use crate::session::{Param, Session};

const ENROL: &str = "INSERT INTO series (key, kind, node, endpoint, cluster, member, name) \
    SELECT n.key, n.kind, n.node::numeric, n.endpoint, n.cluster, n.member, n.name \
    FROM unnest($1::text[], $2::text[], $3::text[], $4::int4[], $5::int8[], $6::int8[], $7::text[]) \
    WITH ORDINALITY AS n(key, kind, node, endpoint, cluster, member, name, place) \
    WHERE NOT EXISTS (SELECT FROM series k WHERE k.key = n.key) ORDER BY n.place";
const IDS: &str = "SELECT key, id FROM series WHERE key = ANY($1::text[])";
const SERIES: &str = "SELECT id, key FROM series ORDER BY id";
const NOTE: &str = "SELECT text FROM note WHERE name = $1";
const SET_NOTE: &str = "INSERT INTO note (name, text) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET text = excluded.text";

/// Keys as columns.
#[derive(Default)]
struct Rows {
    key: Vec<String>,
    kind: Vec<String>,
    node: Vec<Option<String>>,
    endpoint: Vec<Option<i32>>,
    cluster: Vec<Option<i64>>,
    member: Vec<Option<i64>>,
    name: Vec<Option<String>>,
}

impl Session {
    pub(crate) async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, Fault> {
        let rows = self.client.query_typed(SERIES, &[]).await?;
        let mut series = Vec::with_capacity(rows.len());
        for row in rows {
            let text = plain(row.try_get(1)?);
            let key = text.parse().map_err(|error| {
                Fault::failed(format!("the table series cannot be read: {error}"))
            })?;
            series.push((series_id(row.try_get(0)?), key));
        }
        Ok(series)
    }

    pub(crate) async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, Fault> {
        let text = vec![written(&key.to_string())];
        let ids = self.ids_of(&text).await?;
        Ok(ids.into_values().next().map(series_id))
    }

    pub(crate) async fn enrol(&mut self, keys: &[SeriesKey]) -> Result<Vec<SeriesId>, Fault> {
        let texts: Vec<_> = keys.iter().map(|key| written(&key.to_string())).collect();
        let mut ids = self.ids_of(&texts).await?;
        if texts.iter().any(|text| !ids.contains_key(text)) {
            let mut met: BTreeSet<&str> = ids.keys().map(String::as_str).collect();
            let mut rows = Rows::default();
            for (key, text) in keys.iter().zip(&texts) {
                if met.insert(text) {
                    rows.push(key, text);
                }
            }
            self.insert(&rows).await?;
            ids = self.ids_of(&texts).await?;
        }
        self.given.extend(ids.values());
        let gone = || Fault::failed("a series is gone that was there just now");
        let found = texts.iter().map(|text| ids.get(text).copied());
        found.map(|id| id.map(series_id).ok_or_else(gone)).collect()
    }

    async fn insert(&self, rows: &Rows) -> Result<(), Fault> {
        self.client
            .execute_typed(
                ENROL,
                &[
                    (&rows.key, Type::TEXT_ARRAY),
                    (&rows.kind, Type::TEXT_ARRAY),
                    (&rows.node, Type::TEXT_ARRAY),
                    (&rows.endpoint, Type::INT4_ARRAY),
                    (&rows.cluster, Type::INT8_ARRAY),
                    (&rows.member, Type::INT8_ARRAY),
                    (&rows.name, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        Ok(())
    }

    async fn ids_of(&self, texts: &Vec<String>) -> Result<BTreeMap<String, i32>, Fault> {
        let of: [Param<'_>; 1] = [(texts, Type::TEXT_ARRAY)];
        let mut ids = BTreeMap::new();
        for row in self.client.query_typed(IDS, &of).await? {
            ids.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(ids)
    }

    pub(crate) async fn note(&self, name: &str) -> Result<Option<String>, Fault> {
        let name = written(name);
        let of: [Param<'_>; 1] = [(&name, Type::TEXT)];
        Ok(match self.client.query_typed_opt(NOTE, &of).await? {
            Some(row) => Some(plain(row.try_get(0)?)),
            None => None,
        })
    }

    pub(crate) async fn set_note(&self, name: &str, text: &str) -> Result<(), Fault> {
        let (name, text) = (written(name), written(text));
        self.client
            .execute_typed(SET_NOTE, &[(&name, Type::TEXT), (&text, Type::TEXT)])
            .await?;
        Ok(())
    }
}

impl Rows {
    fn push(&mut self, key: &SeriesKey, text: &str) {
        let (endpoint, cluster, member, name) = match key {
            SeriesKey::Attribute(path) => (
                Some(path.endpoint.0),
                Some(path.cluster.0),
                Some(path.attribute.0),
                name_of_attribute(path),
            ),
            SeriesKey::Event(path) => (
                Some(path.endpoint.0),
                Some(path.cluster.0),
                Some(path.event.0),
                name_of_event(path),
            ),
            _ => (None, None, None, None),
        };
        let kind = text.split('/').next().unwrap_or_default();
        self.key.push(text.to_owned());
        self.kind.push(kind.to_owned());
        self.node.push(key.node().map(|node| node.0.to_string()));
        self.endpoint.push(endpoint.map(i32::from));
        self.cluster.push(cluster.map(i64::from));
        self.member.push(member.map(i64::from));
        self.name.push(name);
    }
}

fn name_of_attribute(path: &AttributePath) -> Option<String> {
    let cluster = spec::cluster(path.cluster)?;
    let attribute = cluster.attribute(path.attribute)?;
    Some(format!("{}.{}", cluster.name, attribute.name))
}

fn name_of_event(path: &EventPath) -> Option<String> {
    let cluster = spec::cluster(path.cluster)?;
    let event = cluster.event(path.event)?;
    Some(format!("{}.{}", cluster.name, event.name))
}

fn series_id(id: i32) -> SeriesId {
    SeriesId(u32::try_from(id).unwrap_or_default())
}

/// A text as the database can have it.
fn written(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\0', "\\0")
}

/// The text that was written so.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('0') => plain.push('\0'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_comes_back_and_has_no_zero(text in "[\\\\0\0a-c]{0,12}|.*") {
            let there = written(&text);
            prop_assert!(!there.contains('\0'));
            prop_assert_eq!(plain(&there), text);
        }
    }
}
