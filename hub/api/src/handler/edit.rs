//! Arranging the home: floors, rooms, and the names and places of nodes and devices.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::{Device, DeviceId, Edit, FloorId, Home, ObjectKind, Principal, Request, RoomId};
use hub_model::EndpointId;

use crate::body::{At, Body};
use crate::dto::{
    DevicePatch, FloorPatch, Group, HomePatch, NewFloor, NewRoom, NodePatch, RoomPatch, Stored,
};
use crate::guard::Who;
use crate::path;
use crate::problem::{Kind, Problem};
use crate::state::Api;

type Answer = Result<Json<Stored>, Problem>;
type Made = Result<(StatusCode, Json<Stored>), Problem>;

/// Names the home.
#[utoipa::path(
    patch,
    path = "/api/v1/home",
    request_body = HomePatch,
    responses((status = 200, body = Stored))
)]
pub(crate) async fn patch_home(
    State(api): State<Api>,
    Who(who): Who,
    Body(patch): Body<HomePatch>,
) -> Answer {
    store(&api, &who, [Edit::RenameHome { name: patch.name }])
        .await
        .map(Json)
}

/// Adds a floor.
#[utoipa::path(
    post,
    path = "/api/v1/floors",
    request_body = NewFloor,
    responses((status = 201, body = Stored))
)]
pub(crate) async fn add_floor(
    State(api): State<Api>,
    Who(who): Who,
    Body(floor): Body<NewFloor>,
) -> Made {
    let name = floor.name.clone();
    let mut stored = store(&api, &who, [Edit::CreateFloor { name: floor.name }]).await?;
    let home = api.home(&who).await?;
    stored.id = path::find_floor(&home, &name).map(|floor| floor.0);
    Ok((StatusCode::CREATED, Json(stored)))
}

/// Changes a floor. `floor` is its number or name.
#[utoipa::path(
    patch,
    path = "/api/v1/floors/{floor}",
    params(("floor" = String, Path)),
    request_body = FloorPatch,
    responses((status = 200, body = Stored))
)]
pub(crate) async fn patch_floor(
    State(api): State<Api>,
    Who(who): Who,
    At(floor): At<String>,
    Body(patch): Body<FloorPatch>,
) -> Answer {
    let floor = path::floor(&*api.home(&who).await?, &floor)?;
    let renamed = patch.name.map(|name| Edit::RenameFloor { floor, name });
    let moved = patch
        .position
        .map(|position| Edit::MoveFloor { floor, position });
    store(&api, &who, renamed.into_iter().chain(moved))
        .await
        .map(Json)
}

/// Deletes a floor; its rooms stay.
#[utoipa::path(
    delete,
    path = "/api/v1/floors/{floor}",
    params(("floor" = String, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn delete_floor(
    State(api): State<Api>,
    Who(who): Who,
    At(floor): At<String>,
) -> Answer {
    let floor = path::floor(&*api.home(&who).await?, &floor)?;
    store(&api, &who, [Edit::DeleteFloor { floor }])
        .await
        .map(Json)
}

/// Adds a room.
#[utoipa::path(
    post,
    path = "/api/v1/rooms",
    request_body = NewRoom,
    responses((status = 201, body = Stored))
)]
pub(crate) async fn add_room(
    State(api): State<Api>,
    Who(who): Who,
    Body(room): Body<NewRoom>,
) -> Made {
    let floor = match &room.floor {
        Some(floor) => Some(floor_by_name(&api, &who, floor).await?),
        None => None,
    };
    let name = room.name.clone();
    let edit = Edit::CreateRoom {
        name: room.name,
        floor,
        icon: room.icon,
    };
    let mut stored = store(&api, &who, [edit]).await?;
    let home = api.home(&who).await?;
    stored.id = path::find_room(&home, &name).map(|room| room.0);
    Ok((StatusCode::CREATED, Json(stored)))
}

/// Changes a room. `room` is its number or name.
#[utoipa::path(
    patch,
    path = "/api/v1/rooms/{room}",
    params(("room" = String, Path)),
    request_body = RoomPatch,
    responses((status = 200, body = Stored))
)]
pub(crate) async fn patch_room(
    State(api): State<Api>,
    Who(who): Who,
    At(room): At<String>,
    Body(patch): Body<RoomPatch>,
) -> Answer {
    let home = api.home(&who).await?;
    let room = path::room(&home, &room)?;
    let edits = room_edits(&home, room, patch)?;
    store(&api, &who, edits).await.map(Json)
}

/// Deletes a room; what was in it stays.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{room}",
    params(("room" = String, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn delete_room(
    State(api): State<Api>,
    Who(who): Who,
    At(room): At<String>,
) -> Answer {
    let room = path::room(&*api.home(&who).await?, &room)?;
    store(&api, &who, [Edit::DeleteRoom { room }])
        .await
        .map(Json)
}

/// Changes a node. `node` is its id, slug or name.
#[utoipa::path(
    patch,
    path = "/api/v1/nodes/{node}",
    params(("node" = String, Path)),
    request_body = NodePatch,
    responses((status = 200, body = Stored))
)]
pub(crate) async fn patch_node(
    State(api): State<Api>,
    Who(who): Who,
    At(node): At<String>,
    Body(patch): Body<NodePatch>,
) -> Answer {
    let home = api.home(&who).await?;
    let node = path::node(&home, &node)?;
    let mut edits = Vec::new();
    edits.extend(patch.name.map(|name| Edit::RenameNode { node, name }));
    if let Some(room) = patch.room {
        edits.push(Edit::MoveNode {
            node,
            room: some_room(&home, room)?,
        });
    }
    edits.extend(patch.icon.map(|icon| Edit::SetNodeIcon { node, icon }));
    store(&api, &who, edits).await.map(Json)
}

/// Changes a device. `node` is a node's id, slug or name; `endpoint` one of the device's.
#[utoipa::path(
    patch,
    path = "/api/v1/devices/{node}/{endpoint}",
    params(("node" = String, Path), ("endpoint" = u16, Path)),
    request_body = DevicePatch,
    responses((status = 200, body = Stored))
)]
pub(crate) async fn patch_device(
    State(api): State<Api>,
    Who(who): Who,
    At((node, endpoint)): At<(String, u16)>,
    Body(patch): Body<DevicePatch>,
) -> Answer {
    let home = api.home(&who).await?;
    let device = device(&api, &who, &home, &node, endpoint).await?.id;
    let mut edits = Vec::new();
    edits.extend(patch.name.map(|name| Edit::RenameDevice { device, name }));
    if let Some(room) = patch.room {
        edits.push(Edit::MoveDevice {
            device,
            room: some_room(&home, room)?,
        });
    }
    edits.extend(patch.icon.map(|icon| Edit::SetDeviceIcon { device, icon }));
    store(&api, &who, edits).await.map(Json)
}

/// Makes endpoints of a node one device.
#[utoipa::path(
    post,
    path = "/api/v1/nodes/{node}/groups",
    params(("node" = String, Path)),
    request_body = Group,
    responses((status = 201, body = Stored))
)]
pub(crate) async fn group(
    State(api): State<Api>,
    Who(who): Who,
    At(node): At<String>,
    Body(group): Body<Group>,
) -> Made {
    let node = path::node(&*api.home(&who).await?, &node)?;
    let endpoints = group.endpoints.into_iter().map(EndpointId).collect();
    let stored = store(&api, &who, [Edit::Group { node, endpoints }]).await?;
    Ok((StatusCode::CREATED, Json(stored)))
}

/// Gives the endpoints of a device back to where the node itself says they belong.
#[utoipa::path(
    delete,
    path = "/api/v1/nodes/{node}/groups/{endpoint}",
    params(("node" = String, Path), ("endpoint" = u16, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn ungroup(
    State(api): State<Api>,
    Who(who): Who,
    At((node, endpoint)): At<(String, u16)>,
) -> Answer {
    let home = api.home(&who).await?;
    let device = device(&api, &who, &home, &node, endpoint).await?.id;
    store(&api, &who, [Edit::Ungroup { device }])
        .await
        .map(Json)
}

/// The room of this number or name; made if there is none of that name.
pub(super) async fn room_by_name(
    api: &Api,
    who: &Principal,
    name: &str,
) -> Result<RoomId, Problem> {
    if let Some(room) = path::find_room(&*api.home(who).await?, name) {
        return Ok(room);
    }
    let edit = Edit::CreateRoom {
        name: name.to_owned(),
        floor: None,
        icon: None,
    };
    store(api, who, [edit]).await?;
    path::room(&*api.home(who).await?, name)
}

async fn floor_by_name(api: &Api, who: &Principal, name: &str) -> Result<FloorId, Problem> {
    if let Some(floor) = path::find_floor(&*api.home(who).await?, name) {
        return Ok(floor);
    }
    store(
        api,
        who,
        [Edit::CreateFloor {
            name: name.to_owned(),
        }],
    )
    .await?;
    path::floor(&*api.home(who).await?, name)
}

/// A room's floor and place are one edit, so the one that is not named stays as it is.
fn room_edits(home: &Home, room: RoomId, patch: RoomPatch) -> Result<Vec<Edit>, Problem> {
    let mut edits = Vec::new();
    edits.extend(patch.name.map(|name| Edit::RenameRoom { room, name }));
    edits.extend(patch.icon.map(|icon| Edit::SetRoomIcon { room, icon }));
    if patch.floor.is_some() || patch.position.is_some() {
        let at = home.rooms().iter().position(|other| other.id == room);
        let floor = match patch.floor {
            Some(Some(floor)) => Some(path::floor(home, &floor)?),
            Some(None) => None,
            None => home.room(room).and_then(|room| room.floor),
        };
        let position = patch.position.or(at).unwrap_or_default();
        edits.push(Edit::MoveRoom {
            room,
            floor,
            position,
        });
    }
    Ok(edits)
}

fn some_room(home: &Home, room: Option<String>) -> Result<Option<RoomId>, Problem> {
    room.map(|room| path::room(home, &room)).transpose()
}

/// The device of a node that has this endpoint.
async fn device(
    api: &Api,
    who: &Principal,
    home: &Home,
    node: &str,
    endpoint: u16,
) -> Result<Device, Problem> {
    let node = path::node(home, node)?;
    let endpoint = EndpointId(endpoint);
    let snapshot = api.snapshot_of(who, node).await?;
    let devices = snapshot
        .node(node)
        .map(|view| view.devices.as_ref())
        .unwrap_or_default();
    let found = devices
        .iter()
        .find(|device| device.endpoints.contains(&endpoint));
    found.cloned().ok_or_else(|| {
        let device = DeviceId { node, endpoint };
        Problem::new(
            Kind::UnknownThing,
            format!("there is no {} {device}", ObjectKind::DEVICE),
        )
    })
}

/// Makes the edits, one after the other, and stops at the first that is refused.
async fn store(
    api: &Api,
    who: &Principal,
    edits: impl IntoIterator<Item = Edit>,
) -> Result<Stored, Problem> {
    let edits: Vec<Edit> = edits.into_iter().collect();
    if edits.is_empty() {
        return Err(Problem::new(Kind::BadEdit, "nothing is to be changed"));
    }
    let mut stored = Stored::default();
    for edit in edits {
        let request = Request::Edit {
            edit,
            reason: String::new(),
        };
        let ticket = api.hub().submit(who.clone(), request).await?;
        stored
            .revisions
            .extend(ticket.revision.map(|revision| revision.0));
    }
    Ok(stored)
}
