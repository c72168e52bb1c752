//! From an edit to the object changes that carry it out; pure, nothing is applied here.

use std::sync::Arc;

use hub_model::{EndpointId, NodeId, Timestamp};
use serde::Serialize;

use super::body::{self, CounterBody, HOME_ID, HomeBody};
use super::{DeviceChoice, DeviceId, Floor, FloorId, Home, Node, Room, RoomId, name};
use crate::change::{ObjectChange, ObjectKind, Revision};
use crate::edit::{Edit, EditError};

mod order;

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

/// Changes as they come together.
struct Draft<'a> {
    home: &'a Home,
    changes: Vec<ObjectChange>,
}

impl<'a> Draft<'a> {
    const fn of(home: &'a Home) -> Self {
        Self {
            home,
            changes: Vec::new(),
        }
    }

    fn put<T: Serialize>(&mut self, kind: ObjectKind, id: &str, body: &T) {
        self.set(kind, id, Some(body::encode(body)));
    }

    fn delete(&mut self, kind: ObjectKind, id: &str) {
        self.set(kind, id, None);
    }

    fn count(&mut self, name: &str, next: u64) {
        self.put(ObjectKind::COUNTER, name, &CounterBody { next });
    }

    fn set(&mut self, kind: ObjectKind, id: &str, after: Option<String>) {
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

    fn finish(self) -> Result<Vec<ObjectChange>, EditError> {
        if self.changes.is_empty() {
            return Err(EditError::NoChange);
        }
        Ok(self.changes)
    }

    /// The next number of a sequence of objects.
    fn next_number(&mut self, counter: &str) -> u32 {
        let next = self.home.counter(counter).max(1);
        self.count(counter, next + 1);
        u32::try_from(next).unwrap_or(u32::MAX)
    }

    fn put_floor(&mut self, floor: &Floor) {
        self.put(ObjectKind::FLOOR, &floor.id.to_string(), floor);
    }

    fn put_room(&mut self, room: &Room) {
        self.put(ObjectKind::ROOM, &room.id.to_string(), room);
    }

    fn floor(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::CreateFloor { name } => {
                let name = self.free_floor_name(name, None)?;
                let id = FloorId(self.next_number("floor"));
                let order = order::after(self.home.floors.values().map(|floor| floor.order));
                self.put_floor(&Floor { id, name, order });
            }
            Edit::RenameFloor { floor, name } => {
                let known = self.home.known_floor(*floor)?;
                let name = self.free_floor_name(name, Some(*floor))?;
                self.put_floor(&Floor {
                    name,
                    ..known.clone()
                });
            }
            Edit::MoveFloor { floor, position } => {
                self.home.known_floor(*floor)?;
                let sorted = self.home.floors();
                let moved = order::moved(sorted, |other| other.id == *floor, *position);
                for (order, floor) in moved {
                    self.put_floor(&Floor {
                        order,
                        ..floor.clone()
                    });
                }
            }
            Edit::DeleteFloor { floor } => {
                self.home.known_floor(*floor)?;
                self.delete(ObjectKind::FLOOR, &floor.to_string());
                let on_it = |room: &&Room| room.floor == Some(*floor);
                for room in self.home.rooms.values().filter(on_it) {
                    self.put_room(&Room {
                        floor: None,
                        ..room.clone()
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn room(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::CreateRoom { name, floor, icon } => {
                let name = self.free_room_name(name, None)?;
                floor.map(|id| self.home.known_floor(id)).transpose()?;
                let room = Room {
                    id: RoomId(self.next_number("room")),
                    name,
                    floor: *floor,
                    icon: icon_of(icon.as_deref())?,
                    order: order::after(self.home.rooms.values().map(|room| room.order)),
                };
                self.put_room(&room);
            }
            Edit::RenameRoom { room, name } => {
                let known = self.home.known_room(*room)?;
                let name = self.free_room_name(name, Some(*room))?;
                self.put_room(&Room {
                    name,
                    ..known.clone()
                });
            }
            Edit::SetRoomIcon { room, icon } => {
                let known = self.home.known_room(*room)?;
                self.put_room(&Room {
                    icon: icon_of(icon.as_deref())?,
                    ..known.clone()
                });
            }
            Edit::MoveRoom {
                room,
                floor,
                position,
            } => self.move_room(*room, *floor, *position)?,
            Edit::DeleteRoom { room } => self.delete_room(*room)?,
            _ => {}
        }
        Ok(())
    }

    fn move_room(
        &mut self,
        room: RoomId,
        floor: Option<FloorId>,
        position: usize,
    ) -> Result<(), EditError> {
        self.home.known_room(room)?;
        floor.map(|id| self.home.known_floor(id)).transpose()?;
        for (order, other) in order::moved(self.home.rooms(), |r| r.id == room, position) {
            let mut changed = other.clone();
            changed.order = order;
            if changed.id == room {
                changed.floor = floor;
            }
            self.put_room(&changed);
        }
        Ok(())
    }

    fn delete_room(&mut self, room: RoomId) -> Result<(), EditError> {
        self.home.known_room(room)?;
        self.delete(ObjectKind::ROOM, &room.to_string());
        for node in self.home.nodes().filter(|node| node.room == Some(room)) {
            let moved = Node {
                room: None,
                ..(**node).clone()
            };
            self.put(ObjectKind::NODE, &node.id.to_string(), &moved);
        }
        for (id, choice) in &self.home.choices {
            if choice.room == Some(room) {
                let moved = DeviceChoice {
                    room: None,
                    ..choice.clone()
                };
                self.put_choice(*id, &moved);
            }
        }
        Ok(())
    }

    fn node(&mut self, edit: &Edit) -> Result<(), EditError> {
        let node = match edit {
            Edit::RenameNode { node, name } => {
                let known = self.home.known_node(*node)?;
                let name = name::checked(name)?;
                Node {
                    slug: name::slug(self.home, *node, &name),
                    name,
                    provisional: false,
                    ..known.clone()
                }
            }
            Edit::MoveNode { node, room } => {
                let known = self.home.known_node(*node)?;
                room.map(|id| self.home.known_room(id)).transpose()?;
                Node {
                    room: *room,
                    ..known.clone()
                }
            }
            Edit::SetNodeIcon { node, icon } => Node {
                icon: icon_of(icon.as_deref())?,
                ..self.home.known_node(*node)?.clone()
            },
            _ => return Ok(()),
        };
        self.put(ObjectKind::NODE, &node.id.to_string(), &node);
        Ok(())
    }

    fn device(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::RenameDevice { device, name } => {
                let mut choice = self.home.choice(*device)?;
                choice.name = name.as_deref().map(name::checked).transpose()?;
                self.put_choice(*device, &choice);
            }
            Edit::MoveDevice { device, room } => {
                let mut choice = self.home.choice(*device)?;
                room.map(|id| self.home.known_room(id)).transpose()?;
                choice.room = *room;
                self.put_choice(*device, &choice);
            }
            Edit::SetDeviceIcon { device, icon } => {
                let mut choice = self.home.choice(*device)?;
                choice.icon = icon_of(icon.as_deref())?;
                self.put_choice(*device, &choice);
            }
            Edit::Group { node, endpoints } => self.group(*node, endpoints)?,
            Edit::Ungroup { device } => {
                let mut choice = self.home.choice(*device)?;
                choice.endpoints.take().ok_or(EditError::NotGrouped)?;
                self.put_choice(*device, &choice);
            }
            _ => {}
        }
        Ok(())
    }

    fn group(&mut self, node: NodeId, endpoints: &[EndpointId]) -> Result<(), EditError> {
        self.home.known_node(node)?;
        if let Some(endpoint) = endpoints.iter().find(|id| **id == EndpointId::ROOT) {
            let endpoint = *endpoint;
            return Err(EditError::BadEndpoint { node, endpoint });
        }
        let mut endpoints = endpoints.to_vec();
        endpoints.sort_unstable();
        endpoints.dedup();
        let endpoint = *endpoints.first().ok_or(EditError::NoEndpoints)?;
        let lead = DeviceId { node, endpoint };
        for (id, choice) in self.home.choices(node).filter(|(id, _)| **id != lead) {
            let Some(theirs) = &choice.endpoints else {
                continue;
            };
            let kept: Vec<_> = theirs
                .iter()
                .copied()
                .filter(|id| !endpoints.contains(id))
                .collect();
            // A group that loses its leading endpoint would be led by another: it dissolves.
            let leads = kept.first() == Some(&id.endpoint);
            let rest = DeviceChoice {
                endpoints: leads.then_some(kept),
                ..choice.clone()
            };
            self.put_choice(*id, &rest);
        }
        let mut choice = self.home.choice(lead)?;
        choice.endpoints = Some(endpoints);
        self.put_choice(lead, &choice);
        Ok(())
    }

    fn foreign(
        &mut self,
        kind: &ObjectKind,
        id: &str,
        body: Option<&str>,
    ) -> Result<(), EditError> {
        if body::is_own(kind) {
            return Err(EditError::ForeignKind(kind.clone()));
        }
        self.set(kind.clone(), id, body.map(str::to_owned));
        Ok(())
    }

    fn put_choice(&mut self, id: DeviceId, choice: &DeviceChoice) {
        if *choice == DeviceChoice::default() {
            self.delete(ObjectKind::DEVICE, &id.to_string());
        } else {
            self.put(ObjectKind::DEVICE, &id.to_string(), choice);
        }
    }

    fn free_floor_name(&self, name: &str, of: Option<FloorId>) -> Result<Arc<str>, EditError> {
        let name = name::checked(name)?;
        let mut others = self.home.floors.values().filter(|f| Some(f.id) != of);
        if others.any(|floor| floor.name == name) {
            return Err(taken(ObjectKind::FLOOR, &name));
        }
        Ok(name)
    }

    fn free_room_name(&self, name: &str, of: Option<RoomId>) -> Result<Arc<str>, EditError> {
        let name = name::checked(name)?;
        let mut others = self.home.rooms.values().filter(|r| Some(r.id) != of);
        if others.any(|room| room.name == name) {
            return Err(taken(ObjectKind::ROOM, &name));
        }
        Ok(name)
    }
}

impl Home {
    fn known_floor(&self, id: FloorId) -> Result<&Floor, EditError> {
        self.floor(id)
            .ok_or_else(|| unknown(ObjectKind::FLOOR, &id))
    }

    fn known_room(&self, id: RoomId) -> Result<&Room, EditError> {
        self.room(id).ok_or_else(|| unknown(ObjectKind::ROOM, &id))
    }

    fn known_node(&self, id: NodeId) -> Result<&Node, EditError> {
        let node = self.node(id).map(|node| &**node);
        node.ok_or_else(|| unknown(ObjectKind::NODE, &id))
    }

    fn choice(&self, id: DeviceId) -> Result<DeviceChoice, EditError> {
        self.known_node(id.node)?;
        Ok(self.choices.get(&id).cloned().unwrap_or_default())
    }
}

fn icon_of(icon: Option<&str>) -> Result<Option<Arc<str>>, EditError> {
    icon.map(name::checked).transpose()
}

fn unknown(kind: ObjectKind, id: &dyn std::fmt::Display) -> EditError {
    EditError::Unknown {
        kind,
        id: id.to_string(),
    }
}

fn taken(kind: ObjectKind, name: &str) -> EditError {
    EditError::NameTaken {
        kind,
        name: name.to_owned(),
    }
}
