//! The home's database for the rest of the program: requests to the thread that owns it.
//!
//! SQLite waits for the disk, so it has a thread of its own. Requests come by a bounded channel
//! and are carried out in order, each in one transaction that is on disk when it is answered.

use std::path::{Path, PathBuf};
use std::thread;

use async_trait::async_trait;
use bridge::{Change, Entry, Storage, StorageError};
use hub_engine::{Revision, RevisionId, StoredHome, StoredRevision, StoredValue};
use hub_model::{NodeId, Timestamp};
use hub_runtime::{HomeStore, StoreError};
use rusqlite::Transaction;
use tokio::sync::{mpsc, oneshot};

use crate::database::Database;
use crate::error::OpenError;
use crate::kek::Protection;
use crate::refusal::Refusal;
use crate::seal::Sealer;
use crate::{objects, records, values};

/// Requests that may wait: one for each bridge and client that could write at once, with room.
/// A full channel makes its sender wait for the disk.
const REQUESTS: usize = 64;

/// Where a home is, and how its secrets are kept.
#[derive(Clone, Debug)]
pub struct HomeDbOptions {
    /// The state directory; made when missing, 0700.
    pub state_dir: PathBuf,
    /// A systemd credential of 32 bytes that seals the secrets; else `keys/kek` in the state
    /// directory does, made at the first start.
    pub credential: Option<PathBuf>,
}

impl HomeDbOptions {
    /// A home in this directory, sealed under its own key file.
    #[must_use]
    pub fn new(state_dir: impl AsRef<Path>) -> Self {
        Self {
            state_dir: state_dir.as_ref().to_owned(),
            credential: None,
        }
    }
}

/// An open home. Clones share it; it closes with [`HomeDb::close`] or when the last is dropped.
#[derive(Clone, Debug)]
pub struct HomeDb {
    requests: mpsc::Sender<Request>,
    protection: Protection,
}

type Job = Box<dyn FnOnce(&mut Database) + Send>;

enum Request {
    Do(Job),
    Close(oneshot::Sender<()>),
}

impl HomeDb {
    /// Opens the home in a state directory, or makes one. Waits for the disk: a few milliseconds,
    /// more when a migration is due.
    ///
    /// `now` dates the snapshot that is taken before a migration.
    ///
    /// # Errors
    /// When another hub has the directory, the database is damaged, newer or not a home's, the key
    /// is missing or another one, or the disk refuses.
    pub fn open(options: &HomeDbOptions, now: Timestamp) -> Result<Self, OpenError> {
        let database = Database::open(&options.state_dir, options.credential.as_deref(), now)?;
        let protection = database.protection;
        tracing::info!(?protection, "home opened");
        let (requests, inbox) = mpsc::channel(REQUESTS);
        thread::Builder::new()
            .name("home.db".to_owned())
            .spawn(move || serve(database, inbox))
            .map_err(OpenError::file("start the thread of", &options.state_dir))?;
        Ok(Self {
            requests,
            protection,
        })
    }

    /// How well the key that seals the secrets is kept; show it to the owner.
    #[must_use]
    pub const fn protection(&self) -> Protection {
        self.protection
    }

    /// Closes the home after all requests made so far; the state directory is free when it
    /// returns. Later requests of any clone fail with [`StorageError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.requests.send(Request::Close(done)).await.is_ok() {
            // An error means that it was closed already.
            let _ = closed.await;
        }
    }

    /// Reads on the database thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Database) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.ask(move |database| job(database)).await
    }

    /// Carries out one transaction on the database thread; on disk when it returns.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>, &Sealer) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.ask(move |database| {
            let (transaction, sealer) = database.transaction()?;
            let answer = job(&transaction, sealer)?;
            transaction.commit()?;
            Ok(answer)
        })
        .await
    }

    /// Has the database thread do something, and waits for the answer. Dropping the future does
    /// not undo a request that was sent.
    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Nobody waits any more: the work is done all the same.
            let _ = reply.send(job(database));
        });
        self.requests
            .send(Request::Do(job))
            .await
            .map_err(|_| Refusal::Closed)?;
        answer.await.map_err(|_| Refusal::Closed)?
    }
}

fn serve(mut database: Database, mut inbox: mpsc::Receiver<Request>) {
    while let Some(request) = inbox.blocking_recv() {
        match request {
            Request::Do(job) => job(&mut database),
            Request::Close(done) => {
                inbox.close();
                drop(database);
                let _ = done.send(());
                return;
            }
        }
    }
}

#[async_trait]
impl Storage for HomeDb {
    async fn load(&self, space: &str) -> Result<Vec<Entry>, StorageError> {
        let space = space.to_owned();
        let read = self.read(move |db| records::load(&db.connection, &db.sealer, &space));
        Ok(read.await?)
    }

    async fn commit(&self, space: &str, changes: Vec<Change>) -> Result<(), StorageError> {
        let space = space.to_owned();
        let write = self.write(move |transaction, sealer| {
            records::commit(transaction, sealer, &space, &changes)
        });
        Ok(write.await?)
    }
}

#[async_trait]
impl HomeStore for HomeDb {
    async fn load(&self) -> Result<StoredHome, StoreError> {
        let read = self.read(|db| {
            Ok(StoredHome {
                objects: objects::load(&db.connection)?,
                values: values::load(&db.connection)?,
            })
        });
        Ok(read.await?)
    }

    async fn commit(&self, revision: Revision) -> Result<RevisionId, StoreError> {
        let write = self.write(move |transaction, _| objects::commit(transaction, &revision));
        Ok(write.await?)
    }

    async fn revisions(
        &self,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<StoredRevision>, StoreError> {
        let read = self.read(move |db| objects::revisions(&db.connection, before, limit));
        Ok(read.await?)
    }

    async fn save_values(&self, values: Vec<StoredValue>) -> Result<(), StoreError> {
        let write = self.write(move |transaction, _| values::save(transaction, &values));
        Ok(write.await?)
    }

    async fn forget_values(&self, node: NodeId) -> Result<(), StoreError> {
        let write = self.write(move |transaction, _| values::forget(transaction, node));
        Ok(write.await?)
    }
}
