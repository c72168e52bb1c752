//! `runs.db`: runs of rules under way, what their triggers wait for, and traces.
//!
//! Apart from `home.db`, because it is written for every run and must not wait behind anything that
//! takes long, and because its loss costs no device: a damaged file is set aside, and the rules begin
//! anew. Each write is one transaction, synced before it is answered.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use async_trait::async_trait;
use rule_runner::{RunStore, RunStoreError, TraceQuery};
use rules::machine::Write;
use rules::trace::{RunId, Trace};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use crate::error::OpenError;
use crate::state_dir::ensure_private_file;

/// The file's name in the state directory.
const DATABASE: &str = "runs.db";
/// Marks a SQLite file as this ("Inrn").
const APPLICATION_ID: i32 = 0x496E_726E;
const VERSION: u32 = 1;
/// Requests that may wait; the rules have one write under way at a time.
const REQUESTS: usize = 16;
/// Traces kept of each rule.
const KEPT_OF_RULE: u32 = 200;
/// Traces that are written between two looks at how many there are.
const PRUNE_EVERY: u32 = 500;

const SCHEMA: &str = "
CREATE TABLE kept (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    open INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX traces_of_rule ON traces (rule, id);
CREATE INDEX open_traces ON traces (id) WHERE open = 1;
";

type Job = Box<dyn FnOnce(&mut Runs) + Send>;

/// The open database. Clones share it; it closes when the last is dropped.
#[derive(Clone, Debug)]
pub struct RunDb {
    requests: mpsc::Sender<Job>,
}

struct Runs {
    connection: Connection,
    since_prune: u32,
}

impl RunDb {
    /// Opens the runs in a state directory that a [`crate::HomeDb`] holds, or makes them. A damaged
    /// file, or one of a newer program, is set aside.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(state_dir: &Path) -> Result<Self, OpenError> {
        let path = state_dir.join(DATABASE);
        let connection = match open(&path) {
            Ok(connection) => connection,
            Err(why) => {
                let aside = set_aside(&path)?;
                error!(error = %why, aside = %aside.display(), "runs.db is set aside");
                open(&path).map_err(|source| OpenError::Database {
                    path: path.clone(),
                    source: source.into(),
                })?
            }
        };
        let (requests, inbox) = mpsc::channel(REQUESTS);
        let runs = Runs {
            connection,
            since_prune: 0,
        };
        thread::Builder::new()
            .name("runs.db".to_owned())
            .spawn(move || serve(runs, inbox))
            .map_err(OpenError::file("start the thread of", &path))?;
        Ok(Self { requests })
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Runs) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, RunStoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |runs| {
            // Nobody waits any more: the work is done all the same.
            let _ = reply.send(job(runs));
        });
        let sent = self.requests.send(job).await;
        sent.map_err(|_| RunStoreError::Closed)?;
        let answer = answer.await.map_err(|_| RunStoreError::Closed)?;
        answer.map_err(|error| RunStoreError::Database(error.to_string()))
    }
}

fn serve(mut runs: Runs, mut inbox: mpsc::Receiver<Job>) {
    while let Some(job) = inbox.blocking_recv() {
        job(&mut runs);
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let cannot = |error: OpenError| {
        rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(error.to_string()),
        )
    };
    ensure_private_file(path).map_err(cannot)?;
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    let application: i32 = pragma(&connection, "application_id")?;
    let version: u32 = pragma(&connection, "user_version")?;
    if (application, version) == (0, 0) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {VERSION}; COMMIT;"
        ))?;
        return Ok(connection);
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" || application != APPLICATION_ID || version != VERSION {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB),
            Some(format!(
                "it is no database of runs of version {VERSION}: {verdict}"
            )),
        ));
    }
    Ok(connection)
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Moves a file that cannot be used out of the way, with what belongs to it.
fn set_aside(path: &Path) -> Result<PathBuf, OpenError> {
    let aside = path.with_extension("db.damaged");
    fs::rename(path, &aside).map_err(OpenError::file("move away", path))?;
    for extension in ["db-wal", "db-shm"] {
        let beside = path.with_extension(extension);
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            warn!(%error, path = %beside.display(), "cannot be removed");
        }
    }
    Ok(aside)
}

impl Runs {
    fn load(&self) -> rusqlite::Result<Vec<(String, String)>> {
        let mut kept = self.connection.prepare("SELECT key, body FROM kept")?;
        let kept = kept.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut all = kept.collect::<rusqlite::Result<Vec<_>>>()?;
        let sql = "SELECT 'trace/' || id, body FROM traces WHERE open = 1 ORDER BY id";
        let mut open = self.connection.prepare(sql)?;
        let open = open.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for trace in open {
            all.push(trace?);
        }
        Ok(all)
    }

    fn write(&mut self, writes: &[Write]) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            match write {
                Write::Put { key, body } => {
                    let sql = "INSERT INTO kept (key, body) VALUES (?1, ?2) \
                               ON CONFLICT (key) DO UPDATE SET body = excluded.body";
                    transaction
                        .prepare_cached(sql)?
                        .execute(params![key, body])?;
                }
                Write::Delete { key } => {
                    let sql = "DELETE FROM kept WHERE key = ?1";
                    transaction.prepare_cached(sql)?.execute(params![key])?;
                }
                Write::Trace(trace) => {
                    let sql = "INSERT INTO traces (id, rule, open, body) VALUES (?1, ?2, ?3, ?4) \
                               ON CONFLICT (id) DO UPDATE SET open = excluded.open, \
                               body = excluded.body";
                    let id = id_of(trace.id);
                    let open = !trace.outcome.is_final();
                    let body = serde_json::to_string(&**trace).map_err(unfit)?;
                    let mut statement = transaction.prepare_cached(sql)?;
                    statement.execute(params![id, &*trace.rule, open, body])?;
                    self.since_prune += 1;
                }
            }
        }
        if self.since_prune >= PRUNE_EVERY {
            self.since_prune = 0;
            let sql = "DELETE FROM traces WHERE open = 0 AND id IN (SELECT id FROM ( \
                       SELECT id, row_number() OVER (PARTITION BY rule ORDER BY id DESC) AS place \
                       FROM traces) WHERE place > ?1)";
            transaction.execute(sql, [KEPT_OF_RULE])?;
        }
        transaction.commit()
    }

    fn traces(&self, query: &TraceQuery) -> rusqlite::Result<Vec<Trace>> {
        let sql = "SELECT body FROM traces WHERE (?1 IS NULL OR rule = ?1) AND id < ?2 \
                   ORDER BY id DESC LIMIT ?3";
        let before = query.before.map_or(i64::MAX, id_of);
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(sql)?;
        let bodies = statement.query_map(params![query.rule.as_deref(), before, limit], |row| {
            row.get::<_, String>(0)
        })?;
        let mut traces = Vec::new();
        for body in bodies {
            // One that another version wrote is left out.
            traces.extend(serde_json::from_str(&body?).ok());
        }
        Ok(traces)
    }

    fn trace(&self, id: RunId) -> rusqlite::Result<Option<Trace>> {
        let sql = "SELECT body FROM traces WHERE id = ?1";
        let body: Option<String> = self
            .connection
            .query_row(sql, [id_of(id)], |row| row.get(0))
            .optional()?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }
}

/// A run's number as SQLite has it. They ascend from 1, so none is ever larger.
fn id_of(id: RunId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn unfit(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

#[async_trait]
impl RunStore for RunDb {
    async fn load(&self) -> Result<Vec<(String, String)>, RunStoreError> {
        self.ask(|runs| runs.load()).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), RunStoreError> {
        self.ask(move |runs| runs.write(&writes)).await
    }

    async fn traces(&self, query: TraceQuery) -> Result<Vec<Trace>, RunStoreError> {
        self.ask(move |runs| runs.traces(&query)).await
    }

    async fn trace(&self, id: RunId) -> Result<Option<Trace>, RunStoreError> {
        self.ask(move |runs| runs.trace(id)).await
    }
}

#[cfg(test)]
mod tests;
