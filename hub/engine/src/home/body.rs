//! The bodies of the home's own objects: JSON with the format's version in `v`.

use std::sync::Arc;

use hub_model::NodeId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{DeviceChoice, DeviceId, Floor, FloorId, Node, Room, RoomId};
use crate::change::ObjectKind;

/// The version that bodies are written in, and the newest that can be read.
const VERSION: u32 = 1;

/// The id of the one home object.
pub(crate) const HOME_ID: &str = "home";

/// Why an object of the home's own kinds cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The id is not of its kind's form.
    #[error("{kind} has a bad id {id:?}")]
    Id {
        /// The kind.
        kind: ObjectKind,
        /// The id.
        id: String,
    },
    /// The body is not what its kind's format says.
    #[error("{kind} {id} cannot be read: {why}")]
    Body {
        /// The kind.
        kind: ObjectKind,
        /// The id.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// A newer hub wrote it.
    #[error("{kind} {id} is of format {version}, which only a newer hub can read")]
    Newer {
        /// The kind.
        kind: ObjectKind,
        /// The id.
        id: String,
        /// The format's version.
        version: u32,
    },
}

/// An object of the home as read; what holds none was deleted.
pub(crate) enum Entry {
    Home(Option<Arc<str>>),
    Floor(FloorId, Option<Floor>),
    Room(RoomId, Option<Room>),
    Node(NodeId, Option<Node>),
    Device(DeviceId, Option<DeviceChoice>),
    Counter(String, Option<u64>),
    Foreign,
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// The body of the home object.
#[derive(Serialize, Deserialize)]
pub(crate) struct HomeBody {
    pub(crate) name: Arc<str>,
}

/// The body of a counter.
#[derive(Serialize, Deserialize)]
pub(crate) struct CounterBody {
    pub(crate) next: u64,
}

/// Whether the kind is one of the home's own.
pub(crate) fn is_own(kind: &ObjectKind) -> bool {
    [
        ObjectKind::HOME,
        ObjectKind::FLOOR,
        ObjectKind::ROOM,
        ObjectKind::NODE,
        ObjectKind::DEVICE,
        ObjectKind::COUNTER,
    ]
    .contains(kind)
}

/// The JSON of a body.
pub(crate) fn encode<T: Serialize>(body: &T) -> String {
    let versioned = Versioned { v: VERSION, body };
    serde_json::to_string(&versioned).expect("own structs of text and numbers become JSON")
}

/// Reads an object, or its absence.
pub(crate) fn decode(kind: &ObjectKind, id: &str, body: Option<&str>) -> Result<Entry, BodyError> {
    let reader = Reader { kind, id };
    Ok(match kind.as_str() {
        "home" => Entry::Home(reader.read::<HomeBody>(body)?.map(|home| home.name)),
        "floor" => {
            let id = FloorId(reader.id(|id| id.parse().ok())?);
            let floor = reader.read::<Floor>(body)?;
            Entry::Floor(id, floor.map(|floor| Floor { id, ..floor }))
        }
        "room" => {
            let id = RoomId(reader.id(|id| id.parse().ok())?);
            let room = reader.read::<Room>(body)?;
            Entry::Room(id, room.map(|room| Room { id, ..room }))
        }
        "node" => {
            let id = reader.id(parse_node)?;
            let node = reader.read::<Node>(body)?;
            Entry::Node(id, node.map(|node| Node { id, ..node }))
        }
        "device" => Entry::Device(reader.id(|id| id.parse().ok())?, reader.read(body)?),
        "counter" => {
            let counter = reader.read::<CounterBody>(body)?;
            Entry::Counter(id.to_owned(), counter.map(|counter| counter.next))
        }
        _ => Entry::Foreign,
    })
}

/// A node's id as it is written in object ids: hex with `0x`.
pub(crate) fn parse_node(text: &str) -> Option<NodeId> {
    let digits = text.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok().map(NodeId)
}

struct Reader<'a> {
    kind: &'a ObjectKind,
    id: &'a str,
}

impl Reader<'_> {
    fn id<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<T, BodyError> {
        parse(self.id).ok_or_else(|| BodyError::Id {
            kind: self.kind.clone(),
            id: self.id.to_owned(),
        })
    }

    fn read<T: DeserializeOwned>(&self, body: Option<&str>) -> Result<Option<T>, BodyError> {
        let Some(body) = body else { return Ok(None) };
        let bad = |error: serde_json::Error| BodyError::Body {
            kind: self.kind.clone(),
            id: self.id.to_owned(),
            why: error.to_string(),
        };
        let version = serde_json::from_str::<VersionOnly>(body).map_err(bad)?.v;
        if version > VERSION {
            return Err(BodyError::Newer {
                kind: self.kind.clone(),
                id: self.id.to_owned(),
                version,
            });
        }
        let read = serde_json::from_str::<Versioned<T>>(body).map_err(bad)?;
        Ok(Some(read.body))
    }
}
