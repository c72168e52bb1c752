//! TimescaleDB: samples in chunks by time, which are compressed when they are old and dropped whole.
//!
//! It is used when the database has the extension at the moment when the tables are made; whether the
//! tables are so is looked up at each connection. To make the extension is its owner's decision.
//!
//! Not proven: no test runs against the extension. What is tested is which statements are chosen.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient};
use tracing::info;

use crate::error::Fault;

/// The extension's schema and its licence; the community's one has compression.
const EXTENSION: &str = "SELECT n.nspname::text, current_setting('timescaledb.license', true) \
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
    WHERE e.extname = 'timescaledb'";
const IS_AVAILABLE: &str =
    "SELECT true FROM pg_catalog.pg_available_extensions WHERE name = 'timescaledb'";
const IS_HYPERTABLE: &str = "SELECT true FROM timescaledb_information.hypertables \
    WHERE hypertable_schema = $1 AND hypertable_name = 'sample'";

/// How the samples are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In a table.
    Plain,
    /// In chunks of TimescaleDB, whose functions are in this schema.
    Chunks(String),
}

/// An extension that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Extension {
    schema: String,
    can_compress: bool,
}

impl Layout {
    /// How they are kept in this schema.
    pub(crate) async fn of(client: &Client, schema: &str) -> Result<Self, Fault> {
        let Some(extension) = extension(client).await? else {
            return Ok(Self::Plain);
        };
        let found = client
            .query_typed_opt(IS_HYPERTABLE, &[(&schema, Type::TEXT)])
            .await?;
        Ok(match found {
            Some(_) => Self::Chunks(extension.schema),
            None => Self::Plain,
        })
    }

    /// Deletes at most `$3` samples of the series `$1` of before `$2`, and tells how many.
    pub(crate) fn delete(&self) -> String {
        // A row's place is its chunk's own, and so no name for it.
        let gone = match self {
            Self::Plain => {
                "DELETE FROM sample WHERE ctid = ANY(ARRAY(SELECT ctid FROM sample \
                 WHERE series = ANY($1) AND at < $2 LIMIT $3)) RETURNING 1"
            }
            Self::Chunks(_) => {
                "DELETE FROM sample s USING (SELECT series, at FROM sample \
                 WHERE series = ANY($1) AND at < $2 LIMIT $3) AS old \
                 WHERE s.series = old.series AND s.at = old.at RETURNING 1"
            }
        };
        format!(
            "WITH gone AS ({gone}), counted AS (SELECT count(*) AS gone FROM gone) \
             UPDATE progress SET samples = greatest(0, samples - counted.gone) FROM counted \
             RETURNING counted.gone"
        )
    }

    /// Drops whole chunks of before `$1`, when samples are in chunks.
    pub(crate) fn drop_chunks(&self) -> Option<String> {
        let Self::Chunks(functions) = self else {
            return None;
        };
        Some(format!(
            "SELECT count(*) FROM \"{functions}\".drop_chunks('sample'::regclass, older_than => $1)"
        ))
    }

    /// Counts the samples anew, about, when whole chunks were dropped.
    pub(crate) fn recount(&self) -> Option<String> {
        let Self::Chunks(functions) = self else {
            return None;
        };
        Some(format!(
            "WITH was AS (SELECT samples FROM progress) UPDATE progress SET samples = \
             least(samples, \"{functions}\".approximate_row_count('sample'::regclass)) \
             RETURNING greatest(0, (SELECT samples FROM was) - samples)"
        ))
    }

    /// The octets of all samples on disk.
    pub(crate) fn held(&self) -> String {
        match self {
            Self::Plain => "pg_total_relation_size('sample')".to_owned(),
            Self::Chunks(functions) => {
                format!("coalesce(\"{functions}\".hypertable_size('sample'::regclass), 0)")
            }
        }
    }

    /// Whether room that was freed is given back, so that what is held is what is used.
    pub(crate) const fn gives_back(&self) -> bool {
        matches!(self, Self::Chunks(_))
    }
}

/// Keeps the samples in chunks, when the extension is there.
pub(crate) async fn make_hypertable(
    client: &impl GenericClient,
    schema: &str,
) -> Result<(), Fault> {
    if let Some(extension) = extension(client).await? {
        client
            .batch_execute(&statements(&extension, schema))
            .await?;
        return Ok(());
    }
    if !client.query_typed(IS_AVAILABLE, &[]).await?.is_empty() {
        info!("TimescaleDB is installed on the server, but not in this database, and is not used");
    }
    Ok(())
}

async fn extension(client: &impl GenericClient) -> Result<Option<Extension>, Fault> {
    let rows = client.query_typed(EXTENSION, &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let licence: Option<&str> = row.try_get(1)?;
    Ok(Some(Extension {
        schema: row.try_get(0)?,
        can_compress: licence == Some("timescale"),
    }))
}

fn statements(extension: &Extension, schema: &str) -> String {
    let functions = &extension.schema;
    let mut sql = format!(
        "SELECT \"{functions}\".create_hypertable('\"{schema}\".sample'::regclass, 'at', \
         chunk_time_interval => interval '7 days', create_default_indexes => false);"
    );
    if extension.can_compress {
        sql.push_str(&format!(
            "ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'series', \
             timescaledb.compress_orderby = 'at');\
             SELECT \"{functions}\".add_compression_policy('\"{schema}\".sample'::regclass, \
             interval '14 days');"
        ));
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_table_is_deleted_from_by_place() {
        assert!(Layout::Plain.delete().contains("ctid = ANY"));
        assert_eq!(Layout::Plain.drop_chunks(), None);
        assert_eq!(Layout::Plain.recount(), None);
        assert_eq!(Layout::Plain.held(), "pg_total_relation_size('sample')");
    }

    #[test]
    fn chunks_are_dropped_whole_and_deleted_from_by_key() {
        let layout = Layout::Chunks("public".to_owned());
        assert!(!layout.delete().contains("ctid"));
        let dropped = layout.drop_chunks().unwrap();
        assert!(
            dropped.contains("\"public\".drop_chunks('sample'::regclass"),
            "{dropped}"
        );
        let counted = layout.recount().unwrap();
        assert!(counted.contains("approximate_row_count"), "{counted}");
        assert!(layout.held().contains("hypertable_size"));
    }

    #[test]
    fn old_chunks_are_compressed_where_the_licence_has_it() {
        let mut extension = Extension {
            schema: "public".to_owned(),
            can_compress: true,
        };
        let sql = statements(&extension, "ingle");
        assert!(
            sql.contains("create_hypertable('\"ingle\".sample'::regclass, 'at'"),
            "{sql}"
        );
        assert!(sql.contains("add_compression_policy"), "{sql}");
        extension.can_compress = false;
        assert!(!statements(&extension, "ingle").contains("compress"));
    }
}
