//! Letting samples go, and how much there is.

use std::time::{Duration, SystemTime};

use recorder::{Expire, Size};
use tokio::time::Instant;
use tokio_postgres::types::Type;
use tracing::info;

use crate::error::Fault;
use crate::moment;
use crate::query::id_of;
use crate::session::{Param, Session};

/// Samples deleted by one statement, so that none takes long.
const AT_ONCE: i64 = 20_000;
/// Series looked at by one statement.
const SERIES: usize = 200;
/// How long one call may delete; what is left goes with the next.
const WITHIN: Duration = Duration::from_secs(5);
/// Pages looked at to learn how long a row is.
const PAGES: f32 = 50.0;
/// Octets of a row when none was looked at.
const USUAL_ROW: f64 = 48.0;
/// Octets of a row beside itself: its pointer, and its place in the key's index.
const BESIDE_ROW: f64 = 4.0 + 32.0;

const ALL: &str = "SELECT id FROM series ORDER BY id";
const OLDEST: &str = "SELECT min(f.at) FROM series k CROSS JOIN LATERAL \
    (SELECT at FROM sample WHERE series = k.id ORDER BY at LIMIT 1) AS f";
const BESIDE: &str = "pg_total_relation_size('rollup') + pg_total_relation_size('series') \
    + pg_total_relation_size('late') + pg_total_relation_size('note')";
const PAGES_OF_ALL: &str = "SELECT (pg_relation_size('sample') / 8192)::float4";
const ROW: &str = "SELECT avg(pg_column_size(s.*))::float8 FROM sample s \
    TABLESAMPLE SYSTEM ($1) REPEATABLE (1)";

impl Session {
    pub(crate) async fn expire(&self, what: Expire) -> Result<u64, Fault> {
        let before = moment::to_sql(what.before);
        let mut gone = 0;
        if what.only.is_none() && what.but.is_empty() {
            gone += self.drop_chunks(before).await?;
            if self.layout.gives_back() {
                return Ok(gone);
            }
        }
        let ids = match &what.only {
            Some(only) => only.iter().filter_map(|series| id_of(*series)).collect(),
            None => self.all_ids().await?,
        };
        let but: Vec<_> = what
            .but
            .iter()
            .filter_map(|series| id_of(*series))
            .collect();
        let ids: Vec<i32> = ids.into_iter().filter(|id| !but.contains(id)).collect();
        let delete = self.layout.delete();
        let until = Instant::now() + WITHIN;
        for some in ids.chunks(SERIES) {
            loop {
                let deleted = self.delete(&delete, some, before).await?;
                gone += deleted.unsigned_abs();
                if Instant::now() >= until {
                    info!(gone, "more samples are to go than one call can let go");
                    return Ok(gone);
                }
                if deleted < AT_ONCE {
                    break;
                }
            }
        }
        Ok(gone)
    }

    async fn delete(&self, sql: &str, ids: &[i32], before: SystemTime) -> Result<i64, Fault> {
        let of: [Param<'_>; 3] = [
            (&ids, Type::INT4_ARRAY),
            (&before, Type::TIMESTAMPTZ),
            (&AT_ONCE, Type::INT8),
        ];
        Ok(self.client.query_typed_one(sql, &of).await?.try_get(0)?)
    }

    /// About how many samples went with the chunks that are older; none when there are no chunks.
    async fn drop_chunks(&self, before: SystemTime) -> Result<u64, Fault> {
        let (Some(drop), Some(recount)) = (self.layout.drop_chunks(), self.layout.recount()) else {
            return Ok(0);
        };
        let of: [Param<'_>; 1] = [(&before, Type::TIMESTAMPTZ)];
        self.client.query_typed(&drop, &of).await?;
        let row = self.client.query_typed_one(&recount, &[]).await?;
        let gone: i64 = row.try_get(0)?;
        Ok(gone.unsigned_abs())
    }

    async fn all_ids(&self) -> Result<Vec<i32>, Fault> {
        let rows = self.client.query_typed(ALL, &[]).await?;
        let ids = rows.iter().map(|row| row.try_get(0));
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// What samples take is reckoned from their number, since the room of those that went is kept for
    /// those to come.
    pub(crate) async fn size(&self) -> Result<Size, Fault> {
        let held = self.layout.held();
        let sql = format!("SELECT samples, {held}, ({BESIDE})::int8, ({OLDEST}) FROM progress");
        let row = self.client.query_typed_one(&sql, &[]).await?;
        let (samples, held): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let beside: i64 = row.try_get(2)?;
        let oldest: Option<SystemTime> = row.try_get(3)?;
        let mut octets = held.unsigned_abs();
        if !self.layout.gives_back() {
            octets = octets.min(self.reckoned(samples).await?);
        }
        Ok(Size {
            octets: octets.saturating_add(beside.unsigned_abs()),
            samples: samples.unsigned_abs(),
            oldest: oldest.map(moment::from_sql),
            newest: None,
        })
    }

    async fn reckoned(&self, samples: i64) -> Result<u64, Fault> {
        let pages: f32 = self
            .client
            .query_typed_one(PAGES_OF_ALL, &[])
            .await?
            .try_get(0)?;
        let percent = (100.0 * PAGES / pages.max(1.0)).min(100.0);
        let of: [Param<'_>; 1] = [(&percent, Type::FLOAT4)];
        let row: Option<f64> = self.client.query_typed_one(ROW, &of).await?.try_get(0)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "it is reckoned, and not negative"
        )]
        let octets = (samples as f64 * (row.unwrap_or(USUAL_ROW) + BESIDE_ROW)) as u64;
        Ok(octets)
    }
}
