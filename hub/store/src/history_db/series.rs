//! Series and their numbers.

use history::series::SeriesKey;
use recorder::{SeriesId, StoreError};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::fault::Fault;
use super::past::Past;

impl Past {
    /// The number of a series, if it has one.
    pub(super) fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, Fault> {
        let id = find(self.connection()?, &key.to_string())?;
        Ok(id.map(SeriesId))
    }

    /// The numbers of series; those that are new are made.
    pub(super) fn enrol(&mut self, keys: &[SeriesKey]) -> Result<Vec<SeriesId>, Fault> {
        let mut next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let mut made = Vec::new();
        let mut ids = Vec::with_capacity(keys.len());
        let transaction = self.begin()?;
        for key in keys {
            let text = key.to_string();
            let id = match find(&transaction, &text)? {
                Some(id) => id,
                None => {
                    next = next.checked_add(1).ok_or_else(too_many)?;
                    put(&transaction, next, &text)?;
                    made.push(key.clone());
                    next
                }
            };
            ids.push(SeriesId(id));
        }
        transaction.commit()?;
        self.keys.extend(made);
        Ok(ids)
    }
}

fn too_many() -> StoreError {
    StoreError::Failed("there are too many series".to_owned())
}

fn find(connection: &Connection, key: &str) -> rusqlite::Result<Option<u32>> {
    let sql = "SELECT id FROM series WHERE key = ?1";
    let mut find = connection.prepare_cached(sql)?;
    find.query_row([key], |row| row.get(0)).optional()
}

fn put(to: &Transaction<'_>, id: u32, key: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO series (id, key) VALUES (?1, ?2)";
    to.prepare_cached(sql)?.execute(params![id, key])?;
    Ok(())
}

/// Writes series, the first of which has this number.
pub(super) fn insert(to: &Transaction<'_>, first: u32, keys: &[SeriesKey]) -> rusqlite::Result<()> {
    for (id, key) in (first..).zip(keys) {
        put(to, id, &key.to_string())?;
    }
    Ok(())
}

/// All series, which must be numbered without a gap.
pub(super) fn load(connection: &Connection) -> Result<Vec<SeriesKey>, Fault> {
    let mut statement = connection.prepare("SELECT id, key FROM series ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut keys = Vec::new();
    for (wanted, row) in (1..).zip(rows) {
        let (id, text) = row?;
        let key = text
            .parse()
            .map_err(|_| Fault::Damaged(format!("{text:?} names no series")))?;
        if id != wanted {
            return Err(Fault::Damaged(format!("series {wanted} is missing")));
        }
        keys.push(key);
    }
    Ok(keys)
}
