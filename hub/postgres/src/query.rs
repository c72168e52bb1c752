//! Questions about samples.

use history::sample::Sample;
use hub_engine::Quality;
use hub_model::{CauseId, Timestamp};
use recorder::SeriesId;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::Fault;
use crate::moment;
use crate::session::{Param, Session};
use crate::value::{self, Columns};

const READ: &str = "SELECT at, type, number, value::text, exact, quality, cause FROM sample \
    WHERE series = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4";
const BEFORE: &str = "SELECT at, type, number, value::text, exact, quality, cause FROM sample \
    WHERE series = $1 AND at < $2 ORDER BY at DESC LIMIT 1";

/// A series' id as the database has it; none when it was never given out.
pub(crate) fn id_of(series: SeriesId) -> Option<i32> {
    i32::try_from(series.0).ok()
}

/// `quality` of a sample that can be relied upon, and of one that cannot.
pub(crate) const KNOWN: i8 = b'k'.cast_signed();
pub(crate) const STALE: i8 = b's'.cast_signed();

impl Session {
    pub(crate) async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, Fault> {
        let Some(id) = id_of(series).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let (from, to) = (moment::to_sql(from), moment::to_sql(to));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let of: [Param<'_>; 4] = [
            (&id, Type::INT4),
            (&from, Type::TIMESTAMPTZ),
            (&to, Type::TIMESTAMPTZ),
            (&limit, Type::INT8),
        ];
        let rows = self.client.query_typed(READ, &of).await?;
        rows.iter().map(sample).collect()
    }

    pub(crate) async fn before(
        &self,
        series: SeriesId,
        at: Timestamp,
    ) -> Result<Option<Sample>, Fault> {
        let Some(id) = id_of(series) else {
            return Ok(None);
        };
        let at = moment::to_sql(at);
        let of: [Param<'_>; 2] = [(&id, Type::INT4), (&at, Type::TIMESTAMPTZ)];
        let row = self.client.query_typed_opt(BEFORE, &of).await?;
        row.as_ref().map(sample).transpose()
    }
}

fn sample(row: &Row) -> Result<Sample, Fault> {
    let at = moment::from_sql(row.try_get(0)?);
    let columns = Columns {
        kind: row.try_get(1)?,
        number: row.try_get(2)?,
        value: row.try_get(3)?,
        exact: row.try_get(4)?,
    };
    let unreadable = |error| Fault::failed(format!("the sample at {at} cannot be read: {error}"));
    let quality: i8 = row.try_get(5)?;
    let cause: Option<i64> = row.try_get(6)?;
    Ok(Sample {
        at,
        value: value::value(&columns).map_err(unreadable)?,
        quality: match quality {
            KNOWN => Quality::Known,
            _ => Quality::Stale,
        },
        cause: cause.map(|cause| CauseId(cause.cast_unsigned())),
    })
}
