//! From an edit to the object changes that carry it out; pure, nothing is applied here.

use std::sync::Arc;

use hub_model::{NodeId, Timestamp};

use super::body::{HOME_ID, HomeBody};
use super::{FloorId, Home, Node, RoomId, name};
use crate::change::{ObjectChange, ObjectKind, Revision};
use crate::edit::{Edit, EditError};

mod draft;
mod nodes;
mod order;
mod rooms;

use draft::Draft;

/// The first node id given out. Those below are for the hub's own nodes on its fabric.
const FIRST_NODE: u64 = 0x10;
const NODE_COUNTER: &str = "node";
const CAUSE_COUNTER: &str = "cause";

/// A node that a bridge brings into the home.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) node: NodeId,
    pub(crate) bridge: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) room: Option<RoomId>,
}

impl Home {
    /// The changes that carry out the edit, at most one an object.
    ///
    /// # Errors
    /// When the edit cannot be made, or changes nothing.
    pub fn plan(&self, edit: &Edit) -> Result<Vec<ObjectChange>, EditError> {
        let mut draft = Draft::of(self);
        match edit {
            Edit::RenameHome { name } => {
                let name = name::checked(name)?;
                draft.put(ObjectKind::HOME, HOME_ID, &HomeBody { name });
            }
            Edit::CreateFloor { .. }
            | Edit::RenameFloor { .. }
            | Edit::MoveFloor { .. }
            | Edit::DeleteFloor { .. } => draft.floor(edit)?,
            Edit::CreateRoom { .. }
            | Edit::RenameRoom { .. }
            | Edit::SetRoomIcon { .. }
            | Edit::MoveRoom { .. }
            | Edit::DeleteRoom { .. } => draft.room(edit)?,
            Edit::RenameNode { .. } | Edit::MoveNode { .. } | Edit::SetNodeIcon { .. } => {
                draft.node(edit)?;
            }
            Edit::RenameDevice { .. }
            | Edit::MoveDevice { .. }
            | Edit::SetDeviceIcon { .. }
            | Edit::Group { .. }
            | Edit::Ungroup { .. } => draft.device(edit)?,
            Edit::PutObject { kind, id, body } => draft.foreign(kind, id, body.as_deref())?,
        }
        draft.finish()
    }

    /// The changes that take a revision back.
    ///
    /// # Errors
    /// When one of its objects changed since, when something else has come to need what would go,
    /// or when it added or removed a node, which only the node's bridge can take back.
    pub fn plan_undo(&self, revision: &Revision) -> Result<Vec<ObjectChange>, EditError> {
        let mut changes = Vec::new();
        for change in &revision.changes {
            if change.kind == ObjectKind::COUNTER {
                continue;
            }
            let exists_twice = change.before.is_some() && change.after.is_some();
            if change.kind == ObjectKind::NODE && !exists_twice {
                return Err(EditError::NothingToUndo);
            }
            let current = self.object(&change.kind, &change.id).map(|body| &**body);
            if current != change.after.as_deref() {
                return Err(EditError::ChangedSince {
                    kind: change.kind.clone(),
                    id: change.id.clone(),
                });
            }
            changes.push(change.reversed());
        }
        if changes.is_empty() {
            return Err(EditError::NothingToUndo);
        }
        let mut after = self.clone();
        let conflict = match after.apply(&changes) {
            Ok(()) => after.conflict(),
            Err(_) => return Err(EditError::NothingToUndo),
        };
        match conflict {
            Some((kind, id)) => Err(EditError::ChangedSince { kind, id }),
            None => Ok(changes),
        }
    }

    /// The next node id, and the change that makes it ours.
    pub(crate) fn plan_reservation(&self) -> (NodeId, Vec<ObjectChange>) {
        let next = self.counter(NODE_COUNTER).max(FIRST_NODE);
        let mut draft = Draft::of(self);
        draft.count(NODE_COUNTER, next.saturating_add(1));
        (NodeId(next), draft.changes)
    }

    /// The first cause id that was never ours.
    pub(crate) fn next_cause(&self) -> u64 {
        self.counter(CAUSE_COUNTER).max(1)
    }

    /// The change that makes the next `block` of cause ids ours.
    pub(crate) fn plan_causes(&self, block: u64) -> Vec<ObjectChange> {
        let mut draft = Draft::of(self);
        draft.count(CAUSE_COUNTER, self.next_cause().saturating_add(block));
        draft.changes
    }

    /// The changes that bring a node into the home; none when it is there already.
    pub(crate) fn plan_arrival(&self, arrival: &Arrival, now: Timestamp) -> Vec<ObjectChange> {
        let id = arrival.node;
        let mut draft = Draft::of(self);
        let node = match self.node(id) {
            Some(known) if known.bridge == arrival.bridge => return draft.changes,
            // Ids are the hub's, so a node of another bridge by this id has moved there.
            Some(known) => Node {
                bridge: Arc::clone(&arrival.bridge),
                ..(**known).clone()
            },
            None => {
                let name = arrival.name.clone();
                let provisional = name.is_none();
                let name = name.unwrap_or_else(|| name::provisional(id));
                Node {
                    id,
                    slug: name::slug(self, id, &name),
                    name,
                    bridge: Arc::clone(&arrival.bridge),
                    room: arrival.room.filter(|room| self.rooms.contains_key(room)),
                    icon: None,
                    since: now,
                    provisional,
                }
            }
        };
        draft.put(ObjectKind::NODE, &id.to_string(), &node);
        // A bridge may bring ids that were given out before this home's counter was restored.
        if id.0 >= self.counter(NODE_COUNTER) && id <= NodeId::MAX_OPERATIONAL {
            draft.count(NODE_COUNTER, id.0 + 1);
        }
        draft.changes
    }

    /// The changes that take a node out of the home.
    pub(crate) fn plan_departure(&self, node: NodeId) -> Vec<ObjectChange> {
        let mut draft = Draft::of(self);
        for (device, _) in self.choices(node) {
            draft.delete(ObjectKind::DEVICE, &device.to_string());
        }
        draft.delete(ObjectKind::NODE, &node.to_string());
        draft.changes
    }

    /// The change that gives a node the name that its device tells, if it has none yet.
    pub(crate) fn plan_own_name(&self, id: NodeId, told: &str) -> Vec<ObjectChange> {
        let mut draft = Draft::of(self);
        if let Some(node) = self.node(id).filter(|node| node.provisional)
            && let Some(name) = name::from_device(told)
        {
            let slug = name::slug(self, id, &name);
            let node = Node {
                name,
                slug,
                provisional: false,
                ..(**node).clone()
            };
            draft.put(ObjectKind::NODE, &id.to_string(), &node);
        }
        draft.changes
    }

    fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or(0)
    }

    /// An object that names what is not there, or whose slug is another's.
    fn conflict(&self) -> Option<(ObjectKind, String)> {
        let no_room = |room: Option<RoomId>| room.is_some_and(|id| !self.rooms.contains_key(&id));
        let no_floor =
            |floor: Option<FloorId>| floor.is_some_and(|id| !self.floors.contains_key(&id));
        let lost_rooms = self.rooms.values().filter(|room| no_floor(room.floor));
        let lost_nodes = self.nodes.values().filter(|node| {
            no_room(node.room) || self.slugs.get(&node.slug).is_none_or(|id| *id != node.id)
        });
        let lost_choices = self
            .choices
            .iter()
            .filter(|(id, choice)| no_room(choice.room) || !self.nodes.contains_key(&id.node));
        let rooms = lost_rooms.map(|room| (ObjectKind::ROOM, room.id.to_string()));
        let nodes = lost_nodes.map(|node| (ObjectKind::NODE, node.id.to_string()));
        let choices = lost_choices.map(|(id, _)| (ObjectKind::DEVICE, id.to_string()));
        rooms.chain(nodes).chain(choices).next()
    }
}
