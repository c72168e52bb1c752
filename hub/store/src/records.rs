//! The bridges' records: sealed one by one, read whole by space.

use bridge::{Change, Entry, StorageError};
use rusqlite::{Connection, Transaction, params};

use crate::seal::{SealError, Sealer};

/// All records of a space, by key.
pub(crate) fn load(
    connection: &Connection,
    sealer: &Sealer,
    space: &str,
) -> Result<Vec<Entry>, StorageError> {
    let mut statement = connection
        .prepare_cached("SELECT key, sealed FROM bridge_records WHERE space = ?1 ORDER BY key")
        .map_err(database)?;
    let rows = statement
        .query_map([space], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .map_err(database)?;
    rows.map(|row| {
        let (key, sealed) = row.map_err(database)?;
        let value = sealer
            .unseal(space, &key, &sealed)
            .map_err(|_| StorageError::Unseal {
                space: space.to_owned(),
                key: key.clone(),
            })?;
        Ok(Entry { key, value })
    })
    .collect()
}

/// Carries out the changes within a transaction.
pub(crate) fn commit(
    transaction: &Transaction<'_>,
    sealer: &Sealer,
    space: &str,
    changes: &[Change],
) -> Result<(), StorageError> {
    let mut put = transaction
        .prepare_cached(
            "INSERT INTO bridge_records (space, key, sealed) VALUES (?1, ?2, ?3)
             ON CONFLICT (space, key) DO UPDATE SET sealed = excluded.sealed",
        )
        .map_err(database)?;
    let mut delete = transaction
        .prepare_cached("DELETE FROM bridge_records WHERE space = ?1 AND key = ?2")
        .map_err(database)?;
    for change in changes {
        match change {
            Change::Put(entry) => {
                let sealed = sealer
                    .seal(space, &entry.key, entry.value.expose())
                    .map_err(not_sealed)?;
                put.execute(params![space, entry.key, sealed])
            }
            Change::Delete(key) => delete.execute(params![space, key]),
        }
        .map_err(database)?;
    }
    Ok(())
}

/// A refusal of the database, in the contract's words.
pub(crate) fn database(error: rusqlite::Error) -> StorageError {
    StorageError::Database(error.to_string())
}

fn not_sealed(error: SealError) -> StorageError {
    StorageError::Database(error.to_string())
}
