//! Changes as they come together, and what every edit asks first.

use std::sync::Arc;

use hub_model::NodeId;
use serde::Serialize;

use super::super::body::{self, CounterBody};
use super::super::{DeviceChoice, DeviceId, Floor, FloorId, Home, Node, Room, RoomId, name};
use crate::change::{ObjectChange, ObjectKind};
use crate::edit::EditError;

/// Changes as they come together.
pub(super) struct Draft<'a> {
    pub(super) home: &'a Home,
    pub(super) changes: Vec<ObjectChange>,
}

impl<'a> Draft<'a> {
    pub(super) const fn of(home: &'a Home) -> Self {
        Self {
            home,
            changes: Vec::new(),
        }
    }

    pub(super) fn put<T: Serialize>(&mut self, kind: ObjectKind, id: &str, body: &T) {
        self.set(kind, id, Some(body::encode(body)));
    }

    pub(super) fn delete(&mut self, kind: ObjectKind, id: &str) {
        self.set(kind, id, None);
    }

    pub(super) fn count(&mut self, name: &str, next: u64) {
        self.put(ObjectKind::COUNTER, name, &CounterBody { next });
    }

    pub(super) fn set(&mut self, kind: ObjectKind, id: &str, after: Option<String>) {
        let before = self.home.object(&kind, id).map(|body| body.to_string());
        if before != after {
            self.changes.push(ObjectChange {
                kind,
                id: id.to_owned(),
                before,
                after,
            });
        }
    }

    pub(super) fn finish(self) -> Result<Vec<ObjectChange>, EditError> {
        if self.changes.is_empty() {
            return Err(EditError::NoChange);
        }
        Ok(self.changes)
    }

    /// The next number of a sequence of objects.
    pub(super) fn next_number(&mut self, counter: &str) -> u32 {
        let next = self.home.counter(counter).max(1);
        self.count(counter, next + 1);
        u32::try_from(next).unwrap_or(u32::MAX)
    }
}

impl Home {
    pub(super) fn known_floor(&self, id: FloorId) -> Result<&Floor, EditError> {
        self.floor(id)
            .ok_or_else(|| unknown(ObjectKind::FLOOR, &id))
    }

    pub(super) fn known_room(&self, id: RoomId) -> Result<&Room, EditError> {
        self.room(id).ok_or_else(|| unknown(ObjectKind::ROOM, &id))
    }

    pub(super) fn known_node(&self, id: NodeId) -> Result<&Node, EditError> {
        let node = self.node(id).map(|node| &**node);
        node.ok_or_else(|| unknown(ObjectKind::NODE, &id))
    }

    pub(super) fn choice(&self, id: DeviceId) -> Result<DeviceChoice, EditError> {
        self.known_node(id.node)?;
        Ok(self.choices.get(&id).cloned().unwrap_or_default())
    }
}

pub(super) fn icon_of(icon: Option<&str>) -> Result<Option<Arc<str>>, EditError> {
    icon.map(name::checked).transpose()
}

pub(super) fn unknown(kind: ObjectKind, id: &dyn std::fmt::Display) -> EditError {
    EditError::Unknown {
        kind,
        id: id.to_string(),
    }
}

pub(super) fn taken(kind: ObjectKind, name: &str) -> EditError {
    EditError::NameTaken {
        kind,
        name: name.to_owned(),
    }
}
