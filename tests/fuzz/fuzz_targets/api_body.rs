//! Any bytes as the body of each request that has one, and as a client's word on the event stream.
//! What is read is written and read again the same.

#![no_main]

use hub_api::dto::{
    AddDevice, Answer, ClientMessage, DevicePatch, FloorPatch, Group, HomePatch, Invoke, NewFloor,
    NewRoom, NodePatch, RoomPatch, Write,
};
use hub_api::parse;
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    read::<AddDevice>(bytes);
    read::<Answer>(bytes);
    read::<ClientMessage>(bytes);
    read::<DevicePatch>(bytes);
    read::<FloorPatch>(bytes);
    read::<Group>(bytes);
    read::<HomePatch>(bytes);
    read::<Invoke>(bytes);
    read::<NewFloor>(bytes);
    read::<NewRoom>(bytes);
    read::<NodePatch>(bytes);
    read::<RoomPatch>(bytes);
    read::<Write>(bytes);
});

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Ok(first) = parse::<T>(bytes) else { return };
    let written = serde_json::to_vec(&first).expect("what was read can be written");
    let second = parse::<T>(&written).expect("what was written can be read");
    let again = serde_json::to_vec(&second).expect("what was read can be written");
    assert_eq!(written, again);
}
