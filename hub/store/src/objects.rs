//! The home's objects, and the revisions that changed them.

use hub_engine::{Object, ObjectChange, ObjectKind, Revision, RevisionId, StoredRevision};
use hub_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::refusal::Refusal;

/// All objects, by kind and id.
pub(crate) fn load(connection: &Connection) -> Result<Vec<Object>, Refusal> {
    let mut statement =
        connection.prepare_cached("SELECT kind, id, body FROM objects ORDER BY kind, id")?;
    let objects = statement.query_map([], |row| {
        Ok(Object {
            kind: kind(row, 0)?,
            id: row.get(1)?,
            body: row.get(2)?,
        })
    })?;
    Ok(objects.collect::<Result<_, _>>()?)
}

/// Writes a revision and carries out its changes, within a transaction.
pub(crate) fn commit(
    transaction: &Transaction<'_>,
    revision: &Revision,
) -> Result<RevisionId, Refusal> {
    let author = serde_json::to_string(&revision.author)?;
    let id = transaction
        .prepare_cached("INSERT INTO revisions (at, author, reason) VALUES (?1, ?2, ?3)")?
        .insert(params![revision.at.0, author, revision.reason])?;
    for (position, change) in (0_i64..).zip(&revision.changes) {
        apply(transaction, change)?;
        transaction
            .prepare_cached(
                "INSERT INTO revision_changes (revision, position, kind, id, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                id,
                position,
                change.kind.as_str(),
                change.id,
                change.before,
                change.after
            ])?;
    }
    Ok(RevisionId(id.cast_unsigned()))
}

/// The newest revisions that are older than one of them (or than none), newest first.
pub(crate) fn revisions(
    connection: &Connection,
    before: Option<RevisionId>,
    limit: usize,
) -> Result<Vec<StoredRevision>, Refusal> {
    let before = before.map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT id, at, author, reason FROM revisions WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query([before, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let author: String = row.get(2)?;
        found.push(StoredRevision {
            id: RevisionId(id.cast_unsigned()),
            revision: Revision {
                at: Timestamp(row.get(1)?),
                author: serde_json::from_str(&author)?,
                reason: row.get(3)?,
                changes: changes(connection, id)?,
            },
        });
    }
    Ok(found)
}

/// Carries out one change, if the object is what the change says it was.
fn apply(transaction: &Transaction<'_>, change: &ObjectChange) -> Result<(), Refusal> {
    let at = [change.kind.as_str(), &change.id];
    let present: Option<String> = transaction
        .prepare_cached("SELECT body FROM objects WHERE kind = ?1 AND id = ?2")?
        .query_row(at, |row| row.get(0))
        .optional()?;
    if present != change.before {
        return Err(Refusal::conflict(change));
    }
    match &change.after {
        Some(body) => transaction
            .prepare_cached(
                "INSERT INTO objects (kind, id, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![change.kind.as_str(), change.id, body])?,
        None => transaction
            .prepare_cached("DELETE FROM objects WHERE kind = ?1 AND id = ?2")?
            .execute(at)?,
    };
    Ok(())
}

fn changes(connection: &Connection, revision: i64) -> rusqlite::Result<Vec<ObjectChange>> {
    connection
        .prepare_cached(
            "SELECT kind, id, before, after FROM revision_changes
             WHERE revision = ?1 ORDER BY position",
        )?
        .query_map([revision], |row| {
            Ok(ObjectChange {
                kind: kind(row, 0)?,
                id: row.get(1)?,
                before: row.get(2)?,
                after: row.get(3)?,
            })
        })?
        .collect()
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectKind> {
    row.get::<_, String>(column).map(ObjectKind::new)
}
