//! What an owner can change in the home. Planning is `home::plan`'s.

use std::sync::Arc;

use hub_model::{EndpointId, NodeId};

use crate::change::ObjectKind;
use crate::home::{DeviceId, FloorId, RoomId};

/// One change of the home by a person or program; plans to object changes that hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// Name the home.
    RenameHome {
        /// The new name.
        name: String,
    },
    /// Add a floor above the others.
    CreateFloor {
        /// Its name.
        name: String,
    },
    /// Rename a floor.
    RenameFloor {
        /// Which.
        floor: FloorId,
        /// The new name.
        name: String,
    },
    /// Put a floor at a place among the floors.
    MoveFloor {
        /// Which.
        floor: FloorId,
        /// Its new place; 0 is the first.
        position: usize,
    },
    /// Delete a floor; its rooms stay, on no floor.
    DeleteFloor {
        /// Which.
        floor: FloorId,
    },
    /// Add a room after the others.
    CreateRoom {
        /// Its name.
        name: String,
        /// Its floor.
        floor: Option<FloorId>,
        /// Its icon.
        icon: Option<String>,
    },
    /// Rename a room.
    RenameRoom {
        /// Which.
        room: RoomId,
        /// The new name.
        name: String,
    },
    /// Give a room an icon, or none.
    SetRoomIcon {
        /// Which.
        room: RoomId,
        /// The icon's name.
        icon: Option<String>,
    },
    /// Put a room on a floor, at a place among all rooms.
    MoveRoom {
        /// Which.
        room: RoomId,
        /// Its floor.
        floor: Option<FloorId>,
        /// Its new place among all rooms; 0 is the first.
        position: usize,
    },
    /// Delete a room; what was in it stays, in no room.
    DeleteRoom {
        /// Which.
        room: RoomId,
    },
    /// Rename a node; its slug follows.
    RenameNode {
        /// Which.
        node: NodeId,
        /// The new name.
        name: String,
    },
    /// Put a node, and its devices that have no room of their own, into a room.
    MoveNode {
        /// Which.
        node: NodeId,
        /// The room.
        room: Option<RoomId>,
    },
    /// Give a node an icon, or none.
    SetNodeIcon {
        /// Which.
        node: NodeId,
        /// The icon's name.
        icon: Option<String>,
    },
    /// Name one device of a node; none gives it back its own name.
    RenameDevice {
        /// Which.
        device: DeviceId,
        /// The new name.
        name: Option<String>,
    },
    /// Put one device of a node into a room; none lets it follow its node.
    MoveDevice {
        /// Which.
        device: DeviceId,
        /// The room.
        room: Option<RoomId>,
    },
    /// Give a device an icon, or none.
    SetDeviceIcon {
        /// Which.
        device: DeviceId,
        /// The icon's name.
        icon: Option<String>,
    },
    /// Make exactly these endpoints of a node one device. Endpoints that were of another device
    /// leave it, so this both merges and splits.
    Group {
        /// The node.
        node: NodeId,
        /// The endpoints; the lowest leads.
        endpoints: Vec<EndpointId>,
    },
    /// Give the endpoints of a grouped device back to where the node itself says they belong.
    Ungroup {
        /// Which.
        device: DeviceId,
    },
    /// Write or delete an object of a kind that is not the home's own (a rule, a scene ...).
    /// Whoever owns that kind has checked the body.
    PutObject {
        /// Its kind.
        kind: ObjectKind,
        /// Its id.
        id: String,
        /// Its body; none deletes it.
        body: Option<Arc<str>>,
    },
}

/// Why an edit was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such thing.
    #[error("there is no {kind} {id}")]
    Unknown {
        /// What was named.
        kind: ObjectKind,
        /// Its id.
        id: String,
    },
    /// The name is empty, too long, or holds control characters.
    #[error("a name has 1 to {max} characters, none of them a control character")]
    BadName {
        /// The longest allowed, in characters.
        max: usize,
    },
    /// Another of the kind has this name.
    #[error("there is already a {kind} named {name:?}")]
    NameTaken {
        /// The kind.
        kind: ObjectKind,
        /// The name.
        name: String,
    },
    /// An endpoint is not of the node, or is its root.
    #[error("endpoint {endpoint} of node {node} cannot be part of a device")]
    BadEndpoint {
        /// The node.
        node: NodeId,
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// A group needs at least one endpoint.
    #[error("a device needs at least one endpoint")]
    NoEndpoints,
    /// The device is as the node itself says already.
    #[error("the device is not grouped by hand")]
    NotGrouped,
    /// The object's kind is the home's own, which has edits of its own.
    #[error("objects of kind {0} cannot be written like this")]
    ForeignKind(ObjectKind),
    /// Something of the revision changed since, or was never there.
    #[error("{kind} {id} has changed since, so the change cannot be undone")]
    ChangedSince {
        /// The object's kind.
        kind: ObjectKind,
        /// Its id.
        id: String,
    },
    /// The revision has nothing that can be undone.
    #[error("there is nothing to undo in this change")]
    NothingToUndo,
    /// The home is already like that.
    #[error("nothing would change")]
    NoChange,
}
