//! The last values of attributes, as Matter TLV: what is shown as stale after a restart.
//!
//! They are a convenience, told anew by the devices: one that cannot be read any more is left out
//! and logged, and never keeps a home from starting.

use hub_engine::StoredValue;
use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Timestamp, tlv};
use rusqlite::{Connection, Row, Transaction, params};

use crate::refusal::Refusal;

/// All last values, by path.
pub(crate) fn load(connection: &Connection) -> Result<Vec<StoredValue>, Refusal> {
    let mut statement = connection.prepare_cached(
        "SELECT node, endpoint, cluster, attribute, value, reported_at, received_at
         FROM last_values",
    )?;
    let mut rows = statement.query([])?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        let path = path(row)?;
        match tlv::decode(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?) {
            Ok(value) => values.push(StoredValue {
                path,
                value,
                reported_at: Timestamp(row.get(5)?),
                received_at: Timestamp(row.get(6)?),
            }),
            Err(error) => tracing::warn!(%path, %error, "last value cannot be read"),
        }
    }
    // Numbers of 64 bits without a sign are stored with one: the table's order is not theirs.
    values.sort_by_key(|value| value.path);
    Ok(values)
}

/// Writes values over those of the same paths, within a transaction.
pub(crate) fn save(transaction: &Transaction<'_>, values: &[StoredValue]) -> Result<(), Refusal> {
    let mut put = transaction.prepare_cached(
        "INSERT OR REPLACE INTO last_values
         (node, endpoint, cluster, attribute, value, reported_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for StoredValue {
        path,
        value,
        reported_at,
        received_at,
    } in values
    {
        put.execute(params![
            path.node.0.cast_signed(),
            path.endpoint.0,
            path.cluster.0,
            path.attribute.0,
            tlv::encode(value),
            reported_at.0,
            received_at.0
        ])?;
    }
    Ok(())
}

/// Deletes the values of a node, within a transaction.
pub(crate) fn forget(transaction: &Transaction<'_>, node: NodeId) -> Result<(), Refusal> {
    transaction
        .prepare_cached("DELETE FROM last_values WHERE node = ?1")?
        .execute([node.0.cast_signed()])?;
    Ok(())
}

fn path(row: &Row<'_>) -> rusqlite::Result<AttributePath> {
    Ok(AttributePath {
        node: NodeId(row.get::<_, i64>(0)?.cast_unsigned()),
        endpoint: EndpointId(row.get(1)?),
        cluster: ClusterId(row.get(2)?),
        attribute: AttributeId(row.get(3)?),
    })
}
