//! What columns hold, whatever type they have: SQLite lets any be anything.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

/// A column as text; none when it is null.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Arc<str>>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string().into()),
        ValueRef::Real(number) => Some(number.to_string().into()),
        ValueRef::Text(octets) | ValueRef::Blob(octets) => {
            Some(String::from_utf8_lossy(octets).into())
        }
    })
}

/// A column as a number; none when it is none.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<f64>> {
    Ok(match row.get_ref(column)? {
        #[expect(clippy::cast_precision_loss, reason = "no measurement is as large")]
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    })
}

/// A column that counts rows.
pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let count: i64 = row.get(column)?;
    Ok(u64::try_from(count).unwrap_or_default())
}
