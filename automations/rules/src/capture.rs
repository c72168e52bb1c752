//! A scene of how things are.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_engine::{NodeView, Quality, Snapshot};
use hub_model::{AttributePath, EndpointId};

use crate::datum::{Datum, Type};
use crate::expr::{DeviceRef, Expr};
use crate::house::{Dead, House};
use crate::problem::Problem;
use crate::property::{self, SetBy};
use crate::scene::{Scene, SceneDevice};

/// The scene that these devices make at present.
pub(crate) fn capture(
    home: &Snapshot,
    id: &str,
    name: &str,
    targets: &[String],
) -> Result<Scene, Problem> {
    let house = House(home);
    let mut devices = Vec::new();
    for target in targets {
        let dead = |dead: Dead| Problem::error("", dead.what).advise_if(dead.advice);
        let spots = match target.strip_prefix('@') {
            Some(room) => house.room(room).map_err(dead)?,
            None => spots(house, target).map_err(dead)?,
        };
        for (node, endpoint) in spots {
            devices.extend(device(home, node, endpoint));
        }
    }
    if devices.is_empty() {
        return Err(Problem::error("", "none of these has anything that a scene could set"));
    }
    devices.dedup_by(|a, b| a.device == b.device);
    Ok(Scene {
        id: id.into(),
        name: name.into(),
        note: None,
        devices,
    })
}

fn spots<'a>(
    house: House<'a>,
    target: &str,
) -> Result<Vec<(&'a NodeView, EndpointId)>, Dead> {
    let (slug, endpoint) = match target.split_once('/') {
        Some((slug, endpoint)) => (slug, endpoint.parse().ok().map(EndpointId)),
        None => (target, None),
    };
    let node = house.node(slug)?;
    let endpoints = node.devices.iter().flat_map(|device| device.endpoints.iter().copied());
    let wanted = endpoints.filter(|own| endpoint.is_none_or(|wanted| wanted == *own));
    Ok(wanted.map(|endpoint| (node, endpoint)).collect())
}

/// What can be set of an endpoint, as it is; none when that is nothing.
fn device(home: &Snapshot, node: &NodeView, endpoint: EndpointId) -> Option<SceneDevice> {
    let mut values: BTreeMap<Arc<str>, Expr> = BTreeMap::new();
    for def in property::all() {
        let Some(by) = def.set.filter(|by| *by != SetBy::Lock) else {
            // A scene that unlocks a door is not made by the way.
            continue;
        };
        let path = AttributePath {
            node: node.node.id,
            endpoint,
            cluster: def.cluster,
            attribute: def.attribute,
        };
        let known = home.value(&path).filter(|view| view.quality == Quality::Known);
        let datum = known.and_then(|view| def.view().read(&view.value));
        if let Some(expr) = datum.and_then(|datum| literal(&datum, &def.view().datatype())) {
            values.insert(def.name.into(), expr);
        }
        let _ = by;
    }
    drop_what_does_not_show(&mut values);
    let several = node.devices.len() > 1;
    (!values.is_empty()).then(|| SceneDevice {
        device: DeviceRef {
            slug: Arc::clone(&node.node.slug),
            endpoint: several.then_some(endpoint),
        },
        values,
    })
}

/// Of a lamp that is off only that; of one in a white, no hue.
fn drop_what_does_not_show(values: &mut BTreeMap<Arc<str>, Expr>) {
    let off = values.get("on").is_some_and(|on| on.to_string() == "false");
    if off {
        for name in ["level", "color-temperature", "hue", "saturation"] {
            values.remove(name);
        }
    } else if values.contains_key("color-temperature") {
        values.remove("hue");
        values.remove("saturation");
    }
}

/// A value as a rule writes it.
fn literal(datum: &Datum, datatype: &Type) -> Option<Expr> {
    datum.shown(datatype).parse().ok()
}
