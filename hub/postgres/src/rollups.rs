//! Roll-ups, how far they have come, and the days that are late.

use std::collections::BTreeMap;
use std::time::SystemTime;

use history::rollup::{Numbers, Period, Rollup};
use hub_model::{Timestamp, Value};
use recorder::{Late, SeriesId};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::Fault;
use crate::moment;
use crate::query::id_of;
use crate::session::{Param, Session};
use crate::value::{self, Columns};

const PUT: &str = r#"INSERT INTO rollup (period, series, begins, samples, known_ms, first, last, min, max,
    sum, count, weighted, number_ms, increase, resets, states, states_exact, other_ms)
SELECT $1::"char", n.series, n.begins, n.samples, n.known_ms, n.first, n.last, n.min, n.max, n.sum,
    n.count, n.weighted, n.number_ms, n.increase, n.resets, n.states::jsonb, n.states_exact, n.other_ms
FROM unnest($2::int4[], $3::timestamptz[], $4::int8[], $5::int8[], $6::float8[], $7::float8[],
    $8::float8[], $9::float8[], $10::float8[], $11::int8[], $12::float8[], $13::int8[], $14::float8[],
    $15::int8[], $16::text[], $17::bytea[], $18::int8[])
    AS n(series, begins, samples, known_ms, first, last, min, max, sum, count, weighted, number_ms,
    increase, resets, states, states_exact, other_ms)
ON CONFLICT (period, series, begins) DO UPDATE SET samples = excluded.samples,
    known_ms = excluded.known_ms, first = excluded.first, last = excluded.last, min = excluded.min,
    max = excluded.max, sum = excluded.sum, count = excluded.count, weighted = excluded.weighted,
    number_ms = excluded.number_ms, increase = excluded.increase, resets = excluded.resets,
    states = excluded.states, states_exact = excluded.states_exact, other_ms = excluded.other_ms"#;

const READ: &str = r#"SELECT begins, samples, known_ms, other_ms, states::text, states_exact, first, last,
    min, max, sum, count, weighted, number_ms, increase, resets FROM rollup
    WHERE period = $1::"char" AND series = $2 AND begins >= $3 AND begins < $4 ORDER BY begins"#;
const EXPIRE: &str = r#"DELETE FROM rollup WHERE period = $1::"char" AND begins < $2"#;
const SET_UNTIL: &str = "UPDATE progress SET rolled_until = $1";
const UNTIL: &str = "SELECT rolled_until FROM progress";
const LATE: &str = "SELECT series, day, stamp FROM late ORDER BY series, day LIMIT $1";
const MENDED: &str = "DELETE FROM late USING unnest($1::int4[], $2::int4[], $3::int8[]) \
    AS m(series, day, stamp) WHERE late.series = m.series AND late.day = m.day AND late.stamp = m.stamp";

/// Roll-ups as columns.
#[derive(Default)]
struct Rows {
    series: Vec<i32>,
    begins: Vec<SystemTime>,
    samples: Vec<i64>,
    known_ms: Vec<i64>,
    numbers: Vec<Option<Numbers>>,
    states: Vec<Option<String>>,
    states_exact: Vec<Option<Vec<u8>>>,
    other_ms: Vec<i64>,
}

impl Session {
    pub(crate) async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), Fault> {
        let rows = rows(rollups)?;
        if rows.series.is_empty() {
            return Ok(());
        }
        let floats = |of: fn(&Numbers) -> f64| rows.numbers(of);
        let wholes = |of: fn(&Numbers) -> u64| rows.numbers(|n| of(n).cast_signed());
        self.client
            .execute_typed(
                PUT,
                &[
                    (&letter(period), Type::CHAR),
                    (&rows.series, Type::INT4_ARRAY),
                    (&rows.begins, Type::TIMESTAMPTZ_ARRAY),
                    (&rows.samples, Type::INT8_ARRAY),
                    (&rows.known_ms, Type::INT8_ARRAY),
                    (&floats(|n| n.first), Type::FLOAT8_ARRAY),
                    (&floats(|n| n.last), Type::FLOAT8_ARRAY),
                    (&floats(|n| n.min), Type::FLOAT8_ARRAY),
                    (&floats(|n| n.max), Type::FLOAT8_ARRAY),
                    (&floats(|n| n.sum), Type::FLOAT8_ARRAY),
                    (&wholes(|n| n.count.into()), Type::INT8_ARRAY),
                    (&floats(|n| n.weighted), Type::FLOAT8_ARRAY),
                    (&wholes(|n| n.ms), Type::INT8_ARRAY),
                    (&floats(|n| n.increase), Type::FLOAT8_ARRAY),
                    (&wholes(|n| n.resets.into()), Type::INT8_ARRAY),
                    (&rows.states, Type::TEXT_ARRAY),
                    (&rows.states_exact, Type::BYTEA_ARRAY),
                    (&rows.other_ms, Type::INT8_ARRAY),
                ],
            )
            .await?;
        Ok(())
    }

    pub(crate) async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, Fault> {
        let Some(id) = id_of(series).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let (period, from, to) = (letter(period), moment::to_sql(from), moment::to_sql(to));
        let of: [Param<'_>; 4] = [
            (&period, Type::CHAR),
            (&id, Type::INT4),
            (&from, Type::TIMESTAMPTZ),
            (&to, Type::TIMESTAMPTZ),
        ];
        let rows = self.client.query_typed(READ, &of).await?;
        rows.iter().map(rollup).collect()
    }

    pub(crate) async fn expire_rollups(
        &self,
        period: Period,
        before: Timestamp,
    ) -> Result<(), Fault> {
        let (period, before) = (letter(period), moment::to_sql(before));
        let of: [Param<'_>; 2] = [(&period, Type::CHAR), (&before, Type::TIMESTAMPTZ)];
        self.client.execute_typed(EXPIRE, &of).await?;
        Ok(())
    }

    pub(crate) async fn set_rolled_until(&self, until: Timestamp) -> Result<(), Fault> {
        let until = moment::to_sql(until);
        self.client
            .execute_typed(SET_UNTIL, &[(&until, Type::TIMESTAMPTZ)])
            .await?;
        Ok(())
    }

    pub(crate) async fn rolled_until(&self) -> Result<Option<Timestamp>, Fault> {
        let row = self.client.query_typed_one(UNTIL, &[]).await?;
        let until: Option<SystemTime> = row.try_get(0)?;
        Ok(until.map(moment::from_sql))
    }

    pub(crate) async fn late(&self, limit: usize) -> Result<Vec<Late>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let of: [Param<'_>; 1] = [(&limit, Type::INT8)];
        let rows = self.client.query_typed(LATE, &of).await?;
        let late = rows.iter().map(late_day).collect::<Result<_, _>>();
        Ok(late?)
    }

    pub(crate) async fn mended(&self, days: Vec<Late>) -> Result<(), Fault> {
        let days = days
            .iter()
            .filter_map(|late| Some((id_of(late.series)?, late)));
        let (mut series, mut day, mut stamp) = (Vec::new(), Vec::new(), Vec::new());
        for (id, late) in days {
            series.push(id);
            day.push(late.day);
            stamp.push(late.stamp.cast_signed());
        }
        self.client
            .execute_typed(
                MENDED,
                &[
                    (&series, Type::INT4_ARRAY),
                    (&day, Type::INT4_ARRAY),
                    (&stamp, Type::INT8_ARRAY),
                ],
            )
            .await?;
        Ok(())
    }
}

impl Rows {
    fn numbers<T>(&self, of: impl Fn(&Numbers) -> T) -> Vec<Option<T>> {
        self.numbers.iter().map(|n| n.as_ref().map(&of)).collect()
    }
}

/// One for each series and beginning: the last that came.
fn rows(rollups: Vec<(SeriesId, Vec<Rollup>)>) -> Result<Rows, Fault> {
    let mut placed = BTreeMap::new();
    for (series, rollups) in rollups {
        let stray = || Fault::failed(format!("there is no series {}", series.0));
        let id = id_of(series).ok_or_else(stray)?;
        placed.extend(
            rollups
                .into_iter()
                .map(|rollup| ((id, rollup.from), rollup)),
        );
    }
    let mut rows = Rows::default();
    for ((id, from), rollup) in placed {
        let states = states_to_columns(&rollup)?;
        rows.series.push(id);
        rows.begins.push(moment::to_sql(from));
        rows.samples.push(rollup.samples.into());
        rows.known_ms.push(rollup.known_ms.cast_signed());
        rows.numbers.push(rollup.numbers);
        rows.states.push(states.value);
        rows.states_exact.push(states.exact);
        rows.other_ms.push(rollup.other_ms.cast_signed());
    }
    Ok(rows)
}

/// States as one list of pairs; nothing when there are none.
fn states_to_columns(rollup: &Rollup) -> Result<Columns, Fault> {
    if rollup.states.is_empty() {
        return Ok(Columns::default());
    }
    let pair = |(state, ms): &(Value, u64)| Value::list([state.clone(), Value::Uint(*ms)]);
    let list = Value::list(rollup.states.iter().map(pair));
    value::columns(&list).map_err(|error| Fault::failed(error.to_string()))
}

fn states_of_columns(columns: &Columns) -> Option<Vec<(Value, u64)>> {
    if columns.value.is_none() && columns.exact.is_none() {
        return Some(Vec::new());
    }
    let Ok(Value::List(pairs)) = value::value(columns) else {
        return None;
    };
    let pair = |pair: &Value| match pair {
        Value::List(pair) => match &**pair {
            [state, Value::Uint(ms)] => Some((state.clone(), *ms)),
            _ => None,
        },
        _ => None,
    };
    pairs.iter().map(pair).collect()
}

fn rollup(row: &Row) -> Result<Rollup, Fault> {
    let from = moment::from_sql(row.try_get(0)?);
    let states = Columns {
        value: row.try_get(4)?,
        exact: row.try_get(5)?,
        ..Columns::default()
    };
    let unreadable = || Fault::failed(format!("the roll-up of {from} cannot be read"));
    let number = |n: i64| u32::try_from(n).map_err(|_| unreadable());
    let first: Option<f64> = row.try_get(6)?;
    let numbers = match first {
        None => None,
        Some(first) => Some(Numbers {
            first,
            last: row.try_get(7)?,
            min: row.try_get(8)?,
            max: row.try_get(9)?,
            sum: row.try_get(10)?,
            count: number(row.try_get(11)?)?,
            weighted: row.try_get(12)?,
            ms: row.try_get::<_, i64>(13)?.cast_unsigned(),
            increase: row.try_get(14)?,
            resets: number(row.try_get(15)?)?,
        }),
    };
    Ok(Rollup {
        from,
        samples: number(row.try_get(1)?)?,
        known_ms: row.try_get::<_, i64>(2)?.cast_unsigned(),
        numbers,
        states: states_of_columns(&states).ok_or_else(unreadable)?,
        other_ms: row.try_get::<_, i64>(3)?.cast_unsigned(),
    })
}

fn late_day(row: &Row) -> Result<Late, tokio_postgres::Error> {
    let (series, stamp): (i32, i64) = (row.try_get(0)?, row.try_get(2)?);
    Ok(Late {
        series: SeriesId(u32::try_from(series).unwrap_or_default()),
        day: row.try_get(1)?,
        stamp: stamp.cast_unsigned(),
    })
}

fn letter(period: Period) -> i8 {
    let letter = match period {
        Period::FiveMinutes => b'5',
        Period::Hour => b'h',
        Period::Day => b'd',
        Period::Month => b'm',
    };
    letter.cast_signed()
}
