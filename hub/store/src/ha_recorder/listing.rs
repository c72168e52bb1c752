//! What there is: entities and statistics with their counts, and when the other hub did not run.

use std::collections::BTreeMap;
use std::sync::Arc;

use history_import::{Entity, EntityRef, Outage, Statistic, StatisticRef, moment};
use hub_model::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Map, Value as Json};

use super::HaRecorder;
use super::text::{count, number, text};

/// How many of the latest rows of an entity are asked for its unit and its class.
const LATEST: u32 = 12;
/// How long the other hub must have been away for that to be told.
const AWAY_S: f64 = 60.0;

/// What is counted of an entity or a statistic.
#[derive(Default)]
struct Counted {
    rows: u64,
    undated: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

pub(super) fn entities(of: &HaRecorder) -> rusqlite::Result<Vec<Entity>> {
    let mut counts = BTreeMap::new();
    let sql = "SELECT metadata_id, count(last_updated_ts), count(*) - count(last_updated_ts), \
               min(last_updated_ts), max(last_updated_ts) \
               FROM states WHERE metadata_id IS NOT NULL AND state_id <= ?1 GROUP BY metadata_id";
    let mut statement = of.connection.prepare(sql)?;
    let mut rows = statement.query([of.last])?;
    while let Some(row) = rows.next()? {
        let counted = Counted {
            rows: count(row, 1)?,
            undated: count(row, 2)?,
            first: number(row, 3)?.and_then(moment),
            last: number(row, 4)?.and_then(moment),
        };
        counts.insert(row.get::<_, i64>(0)?, counted);
    }
    let sql = "SELECT metadata_id, entity_id FROM states_meta \
               WHERE entity_id IS NOT NULL ORDER BY entity_id, metadata_id";
    let mut statement = of.connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut entities = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let Some((id, counted)) = text(row, 1)?.zip(counts.remove(&number)) else {
            continue;
        };
        let said = said(&of.connection, number)?;
        entities.push(Entity {
            number: EntityRef(number),
            id,
            name: said.name,
            device_class: said.class,
            unit: said.unit,
            rows: counted.rows,
            undated: counted.undated,
            first: counted.first,
            last: counted.last,
        });
    }
    Ok(entities)
}

/// What attributes say of an entity.
#[derive(Default)]
struct Said {
    name: Option<Arc<str>>,
    class: Option<Arc<str>>,
    unit: Option<Arc<str>>,
}

/// What the latest rows say: while an entity is not there, some leave this out.
fn said(connection: &Connection, entity: i64) -> rusqlite::Result<Said> {
    let sql = "SELECT shared_attrs FROM ( \
               SELECT attributes_id AS id FROM states WHERE metadata_id = ?1 \
               ORDER BY last_updated_ts DESC LIMIT ?2) \
               JOIN state_attributes ON attributes_id = id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((entity, LATEST))?;
    let mut said = Said::default();
    while let Some(row) = rows.next()? {
        let attributes = text(row, 0)?;
        let attributes = attributes.and_then(|text| serde_json::from_str(&text).ok());
        let attributes: Map<String, Json> = attributes.unwrap_or_default();
        for (slot, name) in [
            (&mut said.name, "friendly_name"),
            (&mut said.class, "device_class"),
            (&mut said.unit, "unit_of_measurement"),
        ] {
            let found = attributes.get(name).and_then(Json::as_str);
            *slot = slot.take().or_else(|| found.map(Arc::from));
        }
    }
    Ok(said)
}

pub(super) fn unmigrated(of: &HaRecorder) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM states WHERE metadata_id IS NULL AND state_id <= ?1";
    of.connection.query_row(sql, [of.last], |row| count(row, 0))
}

pub(super) fn statistics(of: &HaRecorder) -> rusqlite::Result<Vec<Statistic>> {
    let sql = "SELECT id, statistic_id, name, unit_of_measurement, has_sum, ( \
               SELECT count(*) FROM statistics WHERE metadata_id = m.id) \
               FROM statistics_meta AS m WHERE statistic_id IS NOT NULL ORDER BY statistic_id, id";
    let mut statement = of.connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut statistics = Vec::new();
    while let Some(row) = rows.next()? {
        statistics.push(Statistic {
            number: StatisticRef(row.get(0)?),
            id: text(row, 1)?.unwrap_or_default(),
            name: text(row, 2)?,
            unit: text(row, 3)?,
            has_sum: number(row, 4)?.is_some_and(|flag| flag != 0.0),
            rows: count(row, 5)?,
        });
    }
    Ok(statistics)
}

/// The spans between its runs. A run that was not ended in order ended with its last state.
pub(super) fn outages(of: &HaRecorder) -> rusqlite::Result<Vec<Outage>> {
    let sql = "SELECT unixepoch(start, 'subsec'), unixepoch(\"end\", 'subsec'), closed_incorrect \
               FROM recorder_runs ORDER BY start, run_id";
    let mut statement = of.connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut outages = Vec::new();
    let mut ended: Option<Ended> = None;
    while let Some(row) = rows.next()? {
        let Some(start) = number(row, 0)? else {
            continue;
        };
        let from = match ended {
            None => None,
            Some(Ended::At(end)) => Some(end),
            Some(Ended::Somehow) => last_before(&of.connection, start)?,
        };
        let from = from.filter(|from| start - from >= AWAY_S);
        if let Some((from, until)) = from.and_then(moment).zip(moment(start)) {
            outages.push(Outage { from, until });
        }
        let in_order = number(row, 2)? == Some(0.0);
        ended = Some(match number(row, 1)? {
            Some(end) if in_order => Ended::At(end),
            _ => Ended::Somehow,
        });
    }
    Ok(outages)
}

/// How a run ended.
enum Ended {
    /// In order, in this second.
    At(f64),
    /// Nobody noted when.
    Somehow,
}

/// The second of the last state before another.
fn last_before(connection: &Connection, second: f64) -> rusqlite::Result<Option<f64>> {
    let sql = "SELECT last_updated_ts FROM states WHERE last_updated_ts < ?1 \
               ORDER BY last_updated_ts DESC LIMIT 1";
    let last = connection.query_row(sql, [second], |row| number(row, 0));
    Ok(last.optional()?.flatten())
}
