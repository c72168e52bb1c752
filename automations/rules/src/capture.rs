//! A scene of how things are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_engine::{NodeView, Quality, Snapshot};
use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, Value};

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
) -> Result<Scene, Box<Problem>> {
    let house = House(home);
    let mut seen = BTreeSet::new();
    let mut devices = Vec::new();
    for target in targets {
        let dead = |dead: Dead| Box::new(Problem::error("", dead.what).advise_if(dead.advice));
        let spots = match target.strip_prefix('@') {
            Some(room) => house.room(room).map_err(dead)?,
            None => {
                let device: Result<DeviceRef, _> = target.parse();
                let device = device.map_err(|_| {
                    let what =
                        format!("{target:?} is no device; one is hall-lamp, strip/2 or @hall");
                    Box::new(Problem::error("", what))
                })?;
                house.device(&device).map_err(dead)?
            }
        };
        for (node, endpoint) in spots {
            if seen.insert((node.node.id, endpoint)) {
                devices.extend(device(home, node, endpoint));
            }
        }
    }
    if devices.is_empty() {
        let what = "none of these has anything that a scene could set";
        return Err(Box::new(Problem::error("", what)));
    }
    Ok(Scene {
        id: id.into(),
        name: name.into(),
        note: None,
        devices,
    })
}

/// What can be set of an endpoint, as it is; none when that is nothing.
fn device(home: &Snapshot, node: &NodeView, endpoint: EndpointId) -> Option<SceneDevice> {
    let mut values: BTreeMap<Arc<str>, Expr> = BTreeMap::new();
    for def in property::all() {
        // A scene that unlocks a door is not made by the way.
        if def.set.is_none_or(|by| by == SetBy::Lock) {
            continue;
        }
        let value = known(home, node, endpoint, def.cluster, def.attribute);
        let datum = value.and_then(|value| def.view().read(value));
        if let Some(expr) = datum.and_then(|datum| literal(&datum, &def.view().datatype())) {
            values.insert(def.name.into(), expr);
        }
    }
    let mode = known(home, node, endpoint, COLOR_CONTROL, COLOR_MODE);
    drop_what_does_not_show(&mut values, mode.and_then(Value::as_u64));
    let whole = DeviceRef {
        slug: Arc::clone(&node.node.slug),
        endpoint: Some(endpoint),
    };
    let spot = (node.node.id, endpoint);
    let named: DeviceRef = House(home)
        .spot_text(spot)
        .parse()
        .unwrap_or_else(|_| whole.clone());
    let is_clear = property::all()
        .filter(|def| values.contains_key(def.name))
        .all(|def| House(home).endpoint(&named, def.cluster, def.attribute) == Ok(spot));
    (!values.is_empty()).then_some(SceneDevice {
        device: if is_clear { named } else { whole },
        values,
    })
}

/// The value of an attribute, if it can be relied upon.
fn known<'a>(
    home: &'a Snapshot,
    node: &NodeView,
    endpoint: EndpointId,
    cluster: ClusterId,
    attribute: AttributeId,
) -> Option<&'a Value> {
    let path = AttributePath {
        node: node.node.id,
        endpoint,
        cluster,
        attribute,
    };
    let view = home
        .value(&path)
        .filter(|view| view.quality == Quality::Known);
    view.map(|view| &view.value)
}

const COLOR_CONTROL: ClusterId = ClusterId(0x0300);
/// Which of its attributes show the colour: Matter 1.6 Application Cluster §3.2.7.
const COLOR_MODE: AttributeId = AttributeId(8);
const BY_HUE: u64 = 0;

/// Of a lamp that is off only that; of one in a white, no hue.
fn drop_what_does_not_show(values: &mut BTreeMap<Arc<str>, Expr>, mode: Option<u64>) {
    let off = values.get("on").is_some_and(|on| on.to_string() == "false");
    if off {
        for name in ["level", "color-temperature", "hue", "saturation"] {
            values.remove(name);
        }
    } else if mode == Some(BY_HUE) {
        values.remove("color-temperature");
    } else if values.contains_key("color-temperature") {
        values.remove("hue");
        values.remove("saturation");
    }
}

/// A value as a rule writes it.
fn literal(datum: &Datum, datatype: &Type) -> Option<Expr> {
    datum.shown(datatype).parse().ok()
}
