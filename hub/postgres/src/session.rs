//! A session of the database, made fit for a history: its limits, its schema, its lock.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use hub_runtime::Supervisor;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::info;

use crate::config::{self, PgConfig, PgConfigError};
use crate::error::Fault;
use crate::migrate;
use crate::timescale::Layout;
use crate::tls;

/// The oldest server that is supported, as `server_version_num` says it.
const OLDEST_SERVER: i32 = 130_000;
/// The first half of the lock's key: "Ingl".
const LOCK: i32 = 0x496E_676C;

/// Limits of every session: no statement and no wait for a lock outlasts a call, and the server finds
/// out within a minute when the hub is gone, so that its lock is free again.
const LIMITS: &str = "SET statement_timeout = '7s';
SET lock_timeout = '4s';
SET idle_in_transaction_session_timeout = '15s';
SET tcp_keepalives_idle = 20;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = '30s';
SET client_encoding = 'UTF8';
SET timezone = 'UTC';
SET extra_float_digits = 1";

const SERVER: &str = "SELECT current_setting('server_version_num')::int4, \
    current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery()";

const TAKE_LOCK: &str = "SELECT pg_try_advisory_lock($1, oid::bigint::bit(32)::int4) \
    FROM pg_catalog.pg_namespace WHERE nspname = $2";

/// As [`TAKE_LOCK`], but waits for it.
const AWAIT_LOCK: &str = "SELECT true FROM (SELECT pg_advisory_lock($1, oid::bigint::bit(32)::int4) \
    FROM pg_catalog.pg_namespace WHERE nspname = $2) AS taken";

/// Who has the lock. What another role's session is called is not shown to everybody.
const HOLDER: &str = "SELECT l.pid, a.application_name, host(a.client_addr) \
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::bigint = $1 \
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
    AND l.objid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $2)";

/// A parameter of a statement with its type, which saves asking the server for it.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// What all sessions of a history have in common.
pub(crate) struct Settings {
    postgres: Config,
    tls: MakeRustlsConnect,
    /// The schema, a name that needs no quotes.
    pub(crate) schema: String,
    /// How this hub's sessions are called, unlike any other's.
    name: String,
}

impl Settings {
    pub(crate) fn new(config: &PgConfig) -> Result<Self, PgConfigError> {
        let (mut postgres, mode) = config::read(&config.url)?;
        if !config::is_schema(&config.schema) {
            return Err(PgConfigError::Schema(config.schema.clone()));
        }
        if let Some(password) = &config.password {
            // To the library, which gives it to the server when that asks.
            postgres.password(password.expose());
        }
        let name = format!("ingle {:016x}", RandomState::new().hash_one(()));
        postgres.application_name(&name);
        Ok(Self {
            postgres,
            tls: tls::connector(mode, config.ca_file.as_deref().map(Path::new))?,
            schema: config.schema.clone(),
            name,
        })
    }
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that writes: it holds the lock, and brings the schema up to date.
    Writer,
    /// Answers questions.
    Reader,
    /// Does what takes long.
    Keeper,
}

/// An open session.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// The ids that were given out; of a writer's only.
    pub(crate) given: BTreeSet<i32>,
    pub(crate) layout: Layout,
    /// Ends the connection at once.
    connection: DropGuard,
}

impl Session {
    pub(crate) async fn open(
        settings: &Settings,
        role: Role,
        supervisor: &Supervisor,
    ) -> Result<Self, Fault> {
        let (client, connection) = connect(settings, supervisor).await?;
        client.batch_execute(LIMITS).await?;
        check_server(&client).await?;
        let schema = &settings.schema;
        if role == Role::Writer {
            migrate::make_schema(&client, schema).await?;
        }
        client
            .batch_execute(&format!("SET search_path = \"{schema}\""))
            .await?;
        let mut session = Self {
            client,
            given: BTreeSet::new(),
            layout: Layout::Plain,
            connection,
        };
        if role == Role::Writer {
            lock(&session.client, settings).await?;
            migrate::migrate(&mut session.client, schema).await?;
            session.given = session.ids().await?;
        } else {
            migrate::check(&session.client, schema).await?;
        }
        session.layout = Layout::of(&session.client, schema).await?;
        info!(?role, schema, layout = ?session.layout, "the history's database is open");
        Ok(session)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Lets go of the lock and says goodbye.
    pub(crate) async fn end(self) {
        let unlocked = "SELECT pg_advisory_unlock_all()";
        if self.client.batch_execute(unlocked).await.is_ok() {
            // The library takes leave of the server when the client is gone.
            self.connection.disarm();
        }
    }

    async fn ids(&self) -> Result<BTreeSet<i32>, Fault> {
        let rows = self
            .client
            .query_typed("SELECT id FROM series", &[])
            .await?;
        let ids = rows.iter().map(|row| row.try_get(0));
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

async fn connect(
    settings: &Settings,
    supervisor: &Supervisor,
) -> Result<(Client, DropGuard), Fault> {
    let (client, connection) = settings.postgres.connect(settings.tls.clone()).await?;
    let dropped = CancellationToken::new();
    let guard = dropped.clone().drop_guard();
    supervisor.spawn("postgres connection", async move {
        tokio::select! {
            // What it ends with, the work under way is told as well.
            _ = connection => {}
            () = dropped.cancelled() => {}
        }
    });
    Ok((client, guard))
}

async fn check_server(client: &Client) -> Result<(), Fault> {
    let row = client.query_typed_one(SERVER, &[]).await?;
    let (number, version): (i32, &str) = (row.try_get(0)?, row.try_get(1)?);
    let (encoding, is_standby): (&str, bool) = (row.try_get(2)?, row.try_get(3)?);
    is_new_enough(number, version)?;
    if encoding != "UTF8" {
        return Err(Fault::failed(format!(
            "the database is encoded in {encoding}: make one with ENCODING 'UTF8'"
        )));
    }
    match is_standby {
        true => Err(Fault::busy(
            "the server is a standby, which cannot be written",
        )),
        false => Ok(()),
    }
}

fn is_new_enough(number: i32, version: &str) -> Result<(), Fault> {
    match number < OLDEST_SERVER {
        true => Err(Fault::failed(format!(
            "the server is PostgreSQL {version}: 13 or newer is needed"
        ))),
        false => Ok(()),
    }
}

/// Takes the schema's lock, which is this session's until it ends.
async fn lock(client: &Client, settings: &Settings) -> Result<(), Fault> {
    let schema = &settings.schema;
    let key: [Param<'_>; 2] = [(&LOCK, Type::INT4), (schema, Type::NAME)];
    let taken = client.query_typed_one(TAKE_LOCK, &key).await?;
    if taken.try_get(0)? {
        return Ok(());
    }
    let class = i64::from(LOCK);
    let of_holder: [Param<'_>; 2] = [(&class, Type::INT8), (schema, Type::NAME)];
    let holder = client.query_typed_opt(HOLDER, &of_holder).await?;
    let Some(holder) = holder else {
        return Err(Fault::busy("the history's lock was taken just now"));
    };
    let pid: i32 = holder.try_get(0)?;
    let name: Option<&str> = holder.try_get(1)?;
    let host: Option<&str> = holder.try_get(2)?;
    if name != Some(settings.name.as_str()) {
        let place = host.map(|host| format!(" from {host}")).unwrap_or_default();
        return Err(Fault::busy(format!(
            "another hub{place} (server process {pid}) writes the schema {schema}: stop it, or name \
             another schema"
        )));
    }
    // Our own session of before, of which the server has not heard that it is lost.
    let ended: [Param<'_>; 1] = [(&pid, Type::INT4)];
    client
        .query_typed("SELECT pg_terminate_backend($1)", &ended)
        .await?;
    client.query_typed(AWAIT_LOCK, &key).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_told_by_its_version() {
        let error = is_new_enough(120_017, "12.17").unwrap_err().error;
        let words = "the history's store: the server is PostgreSQL 12.17: 13 or newer is needed";
        assert_eq!(error.to_string(), words);
        assert_eq!(is_new_enough(130_000, "13.0"), Ok(()));
    }
}
