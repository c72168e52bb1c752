//! Floors and rooms: created, renamed, moved, deleted.

use std::sync::Arc;

use super::super::{DeviceChoice, Floor, FloorId, Node, Room, RoomId, name};
use super::draft::{Draft, icon_of, taken};
use super::order;
use crate::change::ObjectKind;
use crate::edit::{Edit, EditError};

impl Draft<'_> {
    fn put_floor(&mut self, floor: &Floor) {
        self.put(ObjectKind::FLOOR, &floor.id.to_string(), floor);
    }

    fn put_room(&mut self, room: &Room) {
        self.put(ObjectKind::ROOM, &room.id.to_string(), room);
    }

    /// An edit of a floor.
    pub(super) fn floor(&mut self, edit: &Edit) -> Result<(), EditError> {
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

    /// An edit of a room.
    pub(super) fn room(&mut self, edit: &Edit) -> Result<(), EditError> {
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
