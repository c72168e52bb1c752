//! What series are called: their path, as it can be asked for, and their name for people.

use history::measure::{Kind, Measure};
use history::series::SeriesKey;
use hub_engine::{Home, Snapshot};
use hub_model::{EndpointId, NodeId, present};

use crate::dto::{Series, SeriesKind};
use crate::words;

/// The end of the path of whether a node was there.
pub(crate) const REACHABILITY: &str = "reachability";
/// The end of the path of what was asked of a node.
pub(crate) const COMMANDS: &str = "commands";

/// The path of a series: `kitchen-lamp/1/OnOff.OnOff`.
pub(crate) fn path(home: &Home, key: &SeriesKey) -> String {
    let node = |id: NodeId| {
        home.node(id)
            .map_or_else(|| id.to_string(), |node| node.slug.to_string())
    };
    match key {
        SeriesKey::Reachability(id) => format!("{}/{REACHABILITY}", node(*id)),
        SeriesKey::Commands(id) => format!("{}/{COMMANDS}", node(*id)),
        SeriesKey::Attribute(path) => format!(
            "{}/{}/{}",
            node(path.node),
            path.endpoint,
            words::attribute(path)
        ),
        SeriesKey::Event(path) => format!(
            "{}/{}/{}",
            node(path.node),
            path.endpoint,
            words::event(path)
        ),
        other => other.to_string(),
    }
}

/// A series as it is told.
pub(crate) fn series(snapshot: &Snapshot, key: &SeriesKey) -> Series {
    let measure = Measure::of(key);
    let unit = measure.unit.map(|unit| unit.symbol().to_owned());
    Series {
        key: key.to_string(),
        path: path(&snapshot.home, key),
        name: name(snapshot, key),
        unit: unit.filter(|symbol| !symbol.is_empty()),
        kind: kind(key, measure),
    }
}

fn kind(key: &SeriesKey, measure: Measure) -> SeriesKind {
    match measure.kind {
        _ if key.is_of_occurrences() || *key == SeriesKey::Hub => SeriesKind::Occurrence,
        Kind::Level => SeriesKind::Level,
        Kind::Counter => SeriesKind::Counter,
        Kind::State => SeriesKind::State,
        Kind::Other => SeriesKind::Other,
        Kind::Open => SeriesKind::Open,
    }
}

fn name(snapshot: &Snapshot, key: &SeriesKey) -> String {
    match key {
        SeriesKey::Hub => "The hub".to_owned(),
        SeriesKey::Reachability(id) => format!("{}: reachability", node(snapshot, *id)),
        SeriesKey::Commands(id) => format!("{}: commands", node(snapshot, *id)),
        SeriesKey::Attribute(path) => {
            let device = device(snapshot, path.node, path.endpoint);
            let name = present::attribute_name(path.cluster, path.attribute);
            format!("{device}: {name}")
        }
        SeriesKey::Event(path) => {
            let device = device(snapshot, path.node, path.endpoint);
            let name = present::event_name(path.cluster, path.event);
            format!("{device}: {name}")
        }
        SeriesKey::Foreign(name) => name.to_string(),
        other => other.to_string(),
    }
}

fn node(snapshot: &Snapshot, id: NodeId) -> String {
    let known = snapshot.home.node(id);
    known.map_or_else(|| format!("Node {id}"), |node| node.name.to_string())
}

/// The name of the device that an endpoint belongs to, else of its node.
fn device(snapshot: &Snapshot, id: NodeId, endpoint: EndpointId) -> String {
    let devices = snapshot.node(id).into_iter();
    let mut devices = devices.flat_map(|view| view.devices.iter());
    match devices.find(|device| device.endpoints.contains(&endpoint)) {
        Some(device) => device.name.to_string(),
        None => node(snapshot, id),
    }
}
