//! Settings out of their JSON.

use std::fmt::Display;
use std::str::FromStr;

use hub_model::nearest::nearest;
use hub_model::{EndpointId, NodeId};
use rules::schedule::{Days, TimeOfDay};
use serde_json::Value;

use super::object::{Object, Problems, kind, shortened};
use super::{MeterSettings, Problem, Role, VERSION};
use crate::meter_id::MeterId;
use crate::money::Price;
use crate::tariff::{Band, Prices, Tariff};

/// The parts of the settings, not yet checked against each other.
pub(super) fn settings(json: &Value) -> Result<(Vec<MeterSettings>, Vec<Tariff>), Vec<Problem>> {
    let mut problems = Problems::default();
    let parts = whole(json, &mut problems);
    match (parts, problems.into_vec()) {
        (Some(parts), problems) if problems.is_empty() => Ok(parts),
        (_, problems) => Err(problems),
    }
}

fn whole(json: &Value, problems: &mut Problems) -> Option<(Vec<MeterSettings>, Vec<Tariff>)> {
    let object = Object::of("", json, &["version", "meters", "tariffs"], problems)?;
    object.required("version", version, problems);
    let meters = object.list("meters", problems).into_iter();
    let meters = meters.filter_map(|(place, value)| meter(&place, value, problems));
    let meters = meters.collect();
    let tariffs = object.list("tariffs", problems).into_iter();
    let tariffs = tariffs.filter_map(|(place, value)| tariff(&place, value, problems));
    Some((meters, tariffs.collect()))
}

fn meter(place: &str, value: &Value, problems: &mut Problems) -> Option<MeterSettings> {
    const KNOWN: &[&str] = &["node", "endpoint", "role", "parent", "reversed"];
    let object = Object::of(place, value, KNOWN, problems)?;
    let meter = meter_id(&object, problems);
    let role = object.required("role", role, problems);
    let parent = object.value("parent").and_then(|value| {
        let place = object.place_of("parent");
        let parent = Object::of(&place, value, &["node", "endpoint"], problems)?;
        meter_id(&parent, problems)
    });
    let reversed = object.optional("reversed", truth, problems);
    Some(MeterSettings {
        meter: meter?,
        role: role?,
        parent,
        reversed: reversed.unwrap_or(false),
    })
}

fn meter_id(object: &Object<'_>, problems: &mut Problems) -> Option<MeterId> {
    let node = object.required("node", node, problems);
    let endpoint = object.required("endpoint", endpoint, problems);
    Some(MeterId {
        node: node?,
        endpoint: endpoint?,
    })
}

fn tariff(place: &str, value: &Value, problems: &mut Problems) -> Option<Tariff> {
    const KNOWN: &[&str] = &["from", "currency", "import", "export", "standing_per_day"];
    let object = Object::of(place, value, KNOWN, problems)?;
    let from = object.required("from", text, problems);
    let currency = object.required("currency", text, problems);
    if object.value("import").is_none() {
        problems.add(object.place_of("import"), "is missing");
    }
    let import = object.value("import");
    let import = import.and_then(|value| prices(&object.place_of("import"), value, problems));
    let export = object.value("export");
    let export = export.and_then(|value| prices(&object.place_of("export"), value, problems));
    let standing = object.optional("standing_per_day", price, problems);
    Some(Tariff {
        from: from?,
        currency: currency?,
        import: import?,
        export,
        standing_per_day: standing.unwrap_or_default(),
    })
}

fn prices(place: &str, value: &Value, problems: &mut Problems) -> Option<Prices> {
    let object = Object::of(place, value, &["default", "bands"], problems)?;
    let default = object.required("default", price, problems);
    let bands = object.list("bands", problems).into_iter();
    let bands = bands.filter_map(|(place, value)| band(&place, value, problems));
    let bands = bands.collect();
    Some(Prices {
        default: default?,
        bands,
    })
}

fn band(place: &str, value: &Value, problems: &mut Problems) -> Option<Band> {
    const KNOWN: &[&str] = &["name", "price", "from", "to", "days"];
    let object = Object::of(place, value, KNOWN, problems)?;
    let name = object.required("name", text, problems);
    let price = object.required("price", price, problems);
    for (key, other) in [("from", "to"), ("to", "from")] {
        if object.value(key).is_some() && object.value(other).is_none() {
            problems.add(object.place_of(other), format!("is missing beside `{key}`"));
        }
    }
    let from = object.optional("from", text::<TimeOfDay>, problems);
    let to = object.optional("to", text::<TimeOfDay>, problems);
    let days = object.optional("days", text::<Days>, problems);
    Some(Band {
        name: name?,
        price: price?,
        from: from.unwrap_or(TimeOfDay::MIDNIGHT),
        to: to.unwrap_or(TimeOfDay::MIDNIGHT),
        days: days.unwrap_or_default(),
    })
}

fn version(value: &Value) -> Result<(), String> {
    match value.as_u64() {
        Some(VERSION) => Ok(()),
        Some(other) => Err(format!("is {other}, and only version {VERSION} is known")),
        None => Err(format!("must be {VERSION}")),
    }
}

fn node(value: &Value) -> Result<NodeId, String> {
    let number = value.as_u64().map(NodeId);
    number.ok_or_else(|| "must be the number of a node".to_owned())
}

fn endpoint(value: &Value) -> Result<EndpointId, String> {
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    let number = number.map(EndpointId);
    number.ok_or_else(|| "must be the number of an endpoint, 0 to 65535".to_owned())
}

fn truth(value: &Value) -> Result<bool, String> {
    let truth = value.as_bool();
    truth.ok_or_else(|| format!("must be true or false, not {}", kind(value)))
}

fn role(value: &Value) -> Result<Role, String> {
    let name = value.as_str().unwrap_or_default();
    let names = || Role::ALL.into_iter().map(Role::name);
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    role.ok_or_else(|| match nearest(name, names()) {
        Some(meant) => format!(
            "unknown role `{}`, did you mean `{meant}`?",
            shortened(name)
        ),
        None => format!("must be one of {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// What has a text form.
fn text<T: FromStr<Err: Display>>(value: &Value) -> Result<T, String> {
    let Value::String(text) = value else {
        return Err(format!("must be a text, not {}", kind(value)));
    };
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A price: a text, or a number, which is what its shortest text says.
fn price(value: &Value) -> Result<Price, String> {
    match value {
        Value::String(_) => text(value),
        Value::Number(number) => {
            let shortest = match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => whole.to_string(),
                (None, Some(fraction)) => fraction.to_string(),
                (None, None) => number.to_string(),
            };
            text(&Value::String(shortest))
        }
        other => Err(format!(
            "must be a price such as \"0.3142\", not {}",
            kind(other)
        )),
    }
}
