//! Attribute values that a node keeps over a restart.
//!
//! One record, a list of (endpoint, cluster, attribute, value), written soon after a change.

use embassy_time::{Duration, Timer};
use hub_model::{AttributeId, ClusterId, EndpointId, Value};
use rs_matter::error::Error;
use rs_matter::tlv::{TLVElement, TLVTag};
use rs_matter::utils::storage::WriteBuf;

use crate::error::DeviceError;
use crate::handler::Shared;
use crate::store::Folder;
use crate::tlv;

/// The record's name; a new format takes a new name.
const RECORD: &str = "values.1.tlv";
/// The largest record.
const SPACE: usize = 256 * 1024;

/// Puts kept values back.
pub(crate) fn load(folder: &Folder, shared: &Shared) -> Result<(), DeviceError> {
    let record = folder
        .read(RECORD)
        .map_err(|error| DeviceError::io(format!("read {RECORD}"), error))?;
    let Some(record) = record else {
        return Ok(());
    };
    let values = match tlv::read(&TLVElement::new(&record)) {
        Ok(values) => values,
        Err(error) => {
            tracing::warn!(code = ?error.code(), "kept values cannot be read; defaults are used");
            return Ok(());
        }
    };
    shared.prepare(|model| {
        for entry in values.as_list().unwrap_or_default() {
            if let Some((endpoint, cluster, attribute, value)) = entry_of(entry) {
                model.restore(endpoint, cluster, attribute, value);
            }
        }
    });
    Ok(())
}

fn entry_of(entry: &Value) -> Option<(EndpointId, ClusterId, AttributeId, Value)> {
    let id = |tag| u32::try_from(entry.field(tag)?.as_u64()?).ok();
    Some((
        EndpointId(u16::try_from(id(0)?).ok()?),
        ClusterId(id(1)?),
        AttributeId(id(2)?),
        entry.field(3)?.clone(),
    ))
}

/// Writes the record whenever a kept value has changed, at most once in `delay`.
pub(crate) async fn save(folder: &Folder, shared: &Shared, delay: Duration) -> Result<(), Error> {
    let mut written = values(shared);
    loop {
        shared.changed.notified().await;
        Timer::after(delay).await;
        let now = values(shared);
        if now == written {
            continue;
        }
        let mut space = vec![0; SPACE];
        let mut tw = WriteBuf::new(&mut space);
        tlv::write(&mut tw, &TLVTag::Anonymous, &now)?;
        folder.write(RECORD, tw.as_slice())?;
        written = now;
    }
}

fn values(shared: &Shared) -> Value {
    shared.with(|model| {
        let entries = model.kept().map(|(endpoint, cluster, attribute, value)| {
            Value::structure([
                (0, Value::Uint(endpoint.0.into())),
                (1, Value::Uint(cluster.0.into())),
                (2, Value::Uint(attribute.0.into())),
                (3, value.clone()),
            ])
        });
        Value::list(entries)
    })
}
