//! The bridges' records: sealed one by one, read whole by space.

use bridge::{Change, Entry};
use rusqlite::{Connection, Transaction, params};

use crate::refusal::Refusal;
use crate::seal::Sealer;

/// All records of a space, by key.
pub(crate) fn load(
    connection: &Connection,
    sealer: &Sealer,
    space: &str,
) -> Result<Vec<Entry>, Refusal> {
    let mut statement = connection
        .prepare_cached("SELECT key, sealed FROM bridge_records WHERE space = ?1 ORDER BY key")?;
    let mut rows = statement.query([space])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        match sealer.unseal(
            space,
            &key,
            row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
        ) {
            Ok(value) => entries.push(Entry { key, value }),
            Err(_) => {
                return Err(Refusal::Unseal {
                    space: space.to_owned(),
                    key,
                });
            }
        }
    }
    Ok(entries)
}

/// Carries out the changes within a transaction.
pub(crate) fn commit(
    transaction: &Transaction<'_>,
    sealer: &Sealer,
    space: &str,
    changes: &[Change],
) -> Result<(), Refusal> {
    let mut put = transaction.prepare_cached(
        "INSERT OR REPLACE INTO bridge_records (space, key, sealed) VALUES (?1, ?2, ?3)",
    )?;
    let mut delete =
        transaction.prepare_cached("DELETE FROM bridge_records WHERE space = ?1 AND key = ?2")?;
    for change in changes {
        match change {
            Change::Put(Entry { key, value }) => {
                let sealed = sealer
                    .seal(space, key, value.expose())
                    .map_err(|_| Refusal::Random)?;
                put.execute(params![space, key, sealed])?;
            }
            Change::Delete(key) => {
                delete.execute(params![space, key])?;
            }
        }
    }
    Ok(())
}
