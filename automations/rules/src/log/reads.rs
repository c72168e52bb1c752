//! What a machine reads of what happens.

use hub_engine::{EventKind, ObjectKind};

use crate::machine::{RULE, SCENE, VARIABLE};

/// The kinds of objects that a machine reads, in the order in which they are written.
pub(super) fn kinds() -> [ObjectKind; 6] {
    [
        ObjectKind::ROOM,
        ObjectKind::NODE,
        ObjectKind::DEVICE,
        ObjectKind::new(VARIABLE),
        ObjectKind::new(SCENE),
        ObjectKind::new(RULE),
    ]
}

/// Whether objects of the kind mean anything to a machine.
pub(super) fn is_kind(kind: &ObjectKind) -> bool {
    kinds().contains(kind)
}

/// Whether a machine reads the event. One that it does not read need not be given to it, and is not
/// in its log.
#[must_use]
pub fn is_read(kind: &EventKind) -> bool {
    match kind {
        EventKind::HomeChanged { changes, .. } => changes.iter().any(|c| is_kind(&c.kind)),
        EventKind::AttributeChanged { .. }
        | EventKind::Freshened { .. }
        | EventKind::DeviceEvent(_)
        | EventKind::Reachability { .. }
        | EventKind::NodeAdded(_)
        | EventKind::NodeRemoved { .. }
        | EventKind::StructureChanged { .. }
        | EventKind::EndpointsRemoved { .. }
        | EventKind::Command { .. } => true,
        _ => false,
    }
}
