//! Samples into their table: one statement for all that one call brings, so all of it or none.

use std::collections::BTreeMap;
use std::time::SystemTime;

use history::sample::Sample;
use hub_engine::Quality;
use hub_model::Timestamp;
use recorder::memory::day_of;
use recorder::{Entry, SeriesId};
use tokio_postgres::types::Type;

use crate::error::Fault;
use crate::moment;
use crate::query::{KNOWN, STALE, id_of};
use crate::session::Session;
use crate::value;

/// Puts the samples of `$1` to `$8`, makes those of the days `$9` to `$11` late whose earliest sample is
/// of before what is rolled up, and counts what is new: a row that took no other's place.
const APPEND: &str = r#"WITH put AS (
    INSERT INTO sample AS s (series, at, type, number, value, exact, quality, cause)
    SELECT n.series, n.at, n.type, n.number, n.value::jsonb, n.exact, n.quality, n.cause
    FROM unnest($1::int4[], $2::timestamptz[], $3::"char"[], $4::float8[], $5::text[], $6::bytea[],
        $7::"char"[], $8::int8[]) AS n(series, at, type, number, value, exact, quality, cause)
    ON CONFLICT (series, at) DO UPDATE SET type = excluded.type, number = excluded.number,
        value = excluded.value, exact = excluded.exact, quality = excluded.quality,
        cause = excluded.cause
    RETURNING (s.xmax = 0) AS is_new
), put_late AS (
    INSERT INTO late (series, day, stamp)
    SELECT d.series, d.day, nextval('late_stamp')
    FROM unnest($9::int4[], $10::int4[], $11::timestamptz[]) AS d(series, day, earliest), progress p
    WHERE d.earliest < p.rolled_until
    ON CONFLICT (series, day) DO UPDATE SET stamp = excluded.stamp
)
UPDATE progress SET samples = samples + (SELECT count(*) FROM put WHERE is_new)"#;

/// Samples as columns, one for each series and moment, in order.
#[derive(Default)]
struct Batch {
    series: Vec<i32>,
    at: Vec<SystemTime>,
    kind: Vec<i8>,
    number: Vec<Option<f64>>,
    value: Vec<Option<String>>,
    exact: Vec<Option<Vec<u8>>>,
    quality: Vec<i8>,
    cause: Vec<Option<i64>>,
}

/// The days of a batch, each with its earliest moment.
#[derive(Default)]
struct Days {
    series: Vec<i32>,
    day: Vec<i32>,
    earliest: Vec<SystemTime>,
}

impl Session {
    pub(crate) async fn append(&self, entries: Vec<Entry>) -> Result<(), Fault> {
        let placed = self.place(entries)?;
        if placed.is_empty() {
            return Ok(());
        }
        let days = days(&placed);
        let batch = batch(placed)?;
        self.client
            .execute_typed(
                APPEND,
                &[
                    (&batch.series, Type::INT4_ARRAY),
                    (&batch.at, Type::TIMESTAMPTZ_ARRAY),
                    (&batch.kind, Type::CHAR_ARRAY),
                    (&batch.number, Type::FLOAT8_ARRAY),
                    (&batch.value, Type::TEXT_ARRAY),
                    (&batch.exact, Type::BYTEA_ARRAY),
                    (&batch.quality, Type::CHAR_ARRAY),
                    (&batch.cause, Type::INT8_ARRAY),
                    (&days.series, Type::INT4_ARRAY),
                    (&days.day, Type::INT4_ARRAY),
                    (&days.earliest, Type::TIMESTAMPTZ_ARRAY),
                ],
            )
            .await?;
        Ok(())
    }

    /// Samples in order of series and moment, the last of each; all of series that there are.
    fn place(&self, entries: Vec<Entry>) -> Result<Vec<(i32, Sample)>, Fault> {
        let mut placed = Vec::with_capacity(entries.len());
        for Entry { series, sample } in entries {
            let id = self.given(series)?;
            placed.push((id, sample));
        }
        // Stable: of equals the last comes last, and is kept by turning round.
        placed.sort_by_key(|(id, sample)| (*id, sample.at));
        placed.reverse();
        placed.dedup_by_key(|(id, sample)| (*id, sample.at));
        placed.reverse();
        Ok(placed)
    }

    fn given(&self, series: SeriesId) -> Result<i32, Fault> {
        let given = id_of(series).filter(|id| self.given.contains(id));
        given.ok_or_else(|| Fault::failed(format!("there is no series {}", series.0)))
    }
}

fn batch(placed: Vec<(i32, Sample)>) -> Result<Batch, Fault> {
    let mut batch = Batch::default();
    for (id, sample) in placed {
        let columns =
            value::columns(&sample.value).map_err(|error| Fault::failed(error.to_string()))?;
        batch.series.push(id);
        batch.at.push(moment::to_sql(sample.at));
        batch.kind.push(columns.kind);
        batch.number.push(columns.number);
        batch.value.push(columns.value);
        batch.exact.push(columns.exact);
        batch.quality.push(match sample.quality {
            Quality::Known => KNOWN,
            Quality::Stale => STALE,
        });
        batch
            .cause
            .push(sample.cause.map(|cause| cause.0.cast_signed()));
    }
    Ok(batch)
}

fn days(placed: &[(i32, Sample)]) -> Days {
    let mut earliest: BTreeMap<(i32, i32), Timestamp> = BTreeMap::new();
    for (id, sample) in placed {
        // In order, so the first of a day is its earliest.
        earliest
            .entry((*id, day_of(sample.at)))
            .or_insert(sample.at);
    }
    let mut days = Days::default();
    for ((id, day), at) in earliest {
        days.series.push(id);
        days.day.push(day);
        days.earliest.push(moment::to_sql(at));
    }
    days
}
