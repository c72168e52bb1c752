//! The schema and its versions: each step in one transaction, with the version that it leads to.

use tokio_postgres::Client;
use tokio_postgres::types::Type;
use tracing::info;

use crate::error::Fault;
use crate::timescale;

/// What leads from each version to the next. Never edited once released: a change is a further step.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (\
    version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())";
const HAS_VERSIONS: &str = "SELECT to_regclass('schema_version') IS NOT NULL";
const VERSION: &str = "SELECT coalesce(max(version), 0) FROM schema_version";

/// Makes the schema when it is not there; that needs a right which a schema that is there does not.
pub(crate) async fn make_schema(client: &Client, schema: &str) -> Result<(), Fault> {
    let sql = "SELECT true FROM pg_catalog.pg_namespace WHERE nspname = $1";
    let found = client
        .query_typed_opt(sql, &[(&schema, Type::NAME)])
        .await?;
    if found.is_none() {
        let make = format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
        client.batch_execute(&make).await?;
    }
    Ok(())
}

/// Brings the tables to this program's version. The caller holds the lock.
pub(crate) async fn migrate(client: &mut Client, schema: &str) -> Result<(), Fault> {
    let version = version(client, schema).await?;
    if version == newest() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    transaction
        .batch_execute("SET LOCAL statement_timeout = 0")
        .await?;
    transaction.batch_execute(VERSIONS).await?;
    for (step, sql) in (1_i32..).zip(STEPS).filter(|(step, _)| *step > version) {
        transaction.batch_execute(sql).await?;
        if step == 1 {
            timescale::make_hypertable(&transaction, schema).await?;
        }
        let sql = "INSERT INTO schema_version (version) VALUES ($1)";
        transaction
            .execute_typed(sql, &[(&step, Type::INT4)])
            .await?;
    }
    transaction.commit().await?;
    info!(
        schema,
        from = version,
        to = newest(),
        "the history's tables are up to date"
    );
    Ok(())
}

/// Whether the tables are of this program's version.
pub(crate) async fn check(client: &Client, schema: &str) -> Result<(), Fault> {
    match version(client, schema).await? == newest() {
        true => Ok(()),
        // The writer makes them.
        false => Err(Fault::busy("the history's tables are being made")),
    }
}

fn newest() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// The version that is there; zero when none is.
async fn version(client: &Client, schema: &str) -> Result<i32, Fault> {
    let there: bool = client
        .query_typed_one(HAS_VERSIONS, &[])
        .await?
        .try_get(0)?;
    if !there {
        return Ok(0);
    }
    let version: i32 = client.query_typed_one(VERSION, &[]).await?.try_get(0)?;
    match version > newest() {
        true => Err(Fault::failed(format!(
            "the schema {schema} was made by a newer hub (its version is {version}, this hub knows {}): \
             run that, or name another schema",
            newest()
        ))),
        false => Ok(version),
    }
}
