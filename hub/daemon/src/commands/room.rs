//! `ingle room`: the rooms, and what is in them.

use hub_api::dto::{
    DevicePatch, Floor, Home, NewFloor, NewRoom, NodePatch, Room, RoomPatch, Stored,
};
use hyper::Method;
use serde_json::Value;

use crate::cli::RoomCommand;
use crate::client::{Client, ClientError, encode};
use crate::output::{Output, table};

pub(crate) async fn run(
    command: RoomCommand,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let home: Home = client.get("/home").await?;
    let (stored, said) = match command {
        RoomCommand::List => {
            output.answer(&home, describe);
            return Ok(());
        }
        RoomCommand::Add { name, floor } => {
            let floor = match floor {
                Some(floor) => Some(floor_id(&floor, &home, client).await?),
                None => None,
            };
            let new = NewRoom {
                name: name.clone(),
                floor,
                icon: None,
            };
            let stored: Stored = client.send(Method::POST, "/rooms", &new).await?;
            (stored, format!("made {name}"))
        }
        RoomCommand::Rename { room, name } => {
            let patch = RoomPatch {
                name: Some(name.clone()),
                ..RoomPatch::default()
            };
            let path = format!("/rooms/{}", room_ref(&room, &home));
            (
                client.send(Method::PATCH, &path, &patch).await?,
                format!("renamed to {name}"),
            )
        }
        RoomCommand::Put { device, room } => {
            let said = format!("put {device} into {room}");
            (put(&device, &room, &home, client).await?, said)
        }
        RoomCommand::Rm { room } => {
            let path = format!("/rooms/{}", room_ref(&room, &home));
            let stored: Stored = client.send(Method::DELETE, &path, &Value::Null).await?;
            (stored, format!("deleted {room}"))
        }
    };
    output.answer(&stored, |_| said);
    Ok(())
}

/// Puts a whole node into a room, or one device of it when an endpoint is named.
async fn put(
    device: &str,
    room: &str,
    home: &Home,
    client: &Client,
) -> Result<Stored, ClientError> {
    let room = Some(Some(room_ref(room, home)));
    if let Some((node, endpoint)) = device.split_once('/') {
        let path = format!("/devices/{}/{}", encode(node), encode(endpoint));
        let patch = DevicePatch {
            room,
            ..DevicePatch::default()
        };
        return client.send(Method::PATCH, &path, &patch).await;
    }
    let patch = NodePatch {
        room,
        ..NodePatch::default()
    };
    client
        .send(Method::PATCH, &format!("/nodes/{}", encode(device)), &patch)
        .await
}

/// The id of the floor with this name; made when there is none.
async fn floor_id(name: &str, home: &Home, client: &Client) -> Result<String, ClientError> {
    let same = |floor: &&Floor| floor.name.eq_ignore_ascii_case(name);
    if let Some(floor) = home.floors.iter().find(same) {
        return Ok(floor.id.to_string());
    }
    let new = NewFloor { name: name.into() };
    let stored: Stored = client.send(Method::POST, "/floors", &new).await?;
    stored
        .id
        .map(|id| id.to_string())
        .ok_or_else(|| ClientError::Answer("no floor id".into()))
}

/// The id of the room with this name, or the text as it is, for the hub to judge.
fn room_ref(name: &str, home: &Home) -> String {
    let same = |room: &&Room| room.name.eq_ignore_ascii_case(name);
    home.rooms
        .iter()
        .find(same)
        .map_or_else(|| encode(name), |room| room.id.to_string())
}

fn describe(home: &Home) -> String {
    let floor = |room: &Room| {
        home.floors
            .iter()
            .find(|floor| Some(floor.id) == room.floor)
            .map(|f| f.name.clone())
    };
    let named = |id: Option<u32>| {
        let devices = home.devices.iter().filter(move |device| device.room == id);
        devices
            .map(|device| device.name.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let rows = home.rooms.iter().map(|room| {
        vec![
            room.name.clone(),
            floor(room).unwrap_or_default(),
            named(Some(room.id)),
        ]
    });
    let mut rows: Vec<_> = rows.collect();
    if home.devices.iter().any(|device| device.room.is_none()) {
        rows.push(vec!["(no room)".into(), String::new(), named(None)]);
    }
    table(&rows)
}
