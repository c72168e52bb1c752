//! A scene in the generic tree.

use std::sync::Arc;

use super::item::{Item, Node, Table};
use super::places::Places;
use super::read::{At, Located, Reader, version};
use super::step::values;
use super::trigger::device;
use super::{VERSION, write};
use crate::scene::{Scene, SceneDevice};

/// Reads a scene.
pub(super) fn read(root: &Node) -> Result<(Scene, Places), Vec<Located>> {
    let reader = Reader::default();
    let scene = scene(&reader, root);
    reader.finish(scene)
}

fn scene(reader: &Reader, root: &Node) -> Option<Scene> {
    let fields = reader.root(root)?;
    version(&fields)?;
    let id = fields.required("id").and_then(|node| node.id());
    let name = fields.take("name").and_then(|node| node.name());
    let note = fields.note();
    let devices = fields.list("devices", "[[devices]]", |node| scene_device(&node));
    fields.finish();
    let id = id?;
    Some(Scene {
        name: name.unwrap_or_else(|| Arc::clone(&id)),
        id,
        note,
        devices,
    })
}

fn scene_device(at: &At<'_>) -> Option<SceneDevice> {
    let fields = at.fields()?;
    let device = fields.required("device").and_then(|node| device(&node));
    let values = values(&fields);
    Some(SceneDevice {
        device: device?,
        values: values?,
    })
}

/// The tree of a scene.
pub(super) fn write(scene: &Scene) -> Node {
    let mut table = Table::default();
    table.put("version", Node::new(Item::Int(VERSION)));
    table.text("id", &*scene.id);
    table.text("name", &*scene.name);
    table.maybe_text("note", scene.note.as_deref());
    let devices = scene.devices.iter().map(|device| {
        let mut table = Table::default();
        table.text("device", device.device.to_string());
        write::put_values(&mut table, &device.values);
        table.done()
    });
    table.put("devices", Node::list(devices));
    table.done()
}
