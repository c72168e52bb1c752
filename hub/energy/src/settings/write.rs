//! Settings into their JSON: the canonical form, without what goes without saying.

use serde_json::{Map, Value, json};

use super::{MeterSettings, Settings, VERSION};
use crate::money::Price;
use crate::tariff::{Band, Prices, Tariff};

pub(super) fn settings(settings: &Settings) -> Value {
    json!({
        "version": VERSION,
        "meters": settings.meters.iter().map(meter).collect::<Vec<_>>(),
        "tariffs": settings.tariffs.iter().map(tariff).collect::<Vec<_>>(),
    })
}

fn meter(told: &MeterSettings) -> Value {
    let mut map = Map::new();
    put(&mut map, "node", told.meter.node.0);
    put(&mut map, "endpoint", told.meter.endpoint.0);
    put(&mut map, "role", told.role.name());
    if let Some(parent) = told.parent {
        let parent = json!({ "node": parent.node.0, "endpoint": parent.endpoint.0 });
        put(&mut map, "parent", parent);
    }
    if told.reversed {
        put(&mut map, "reversed", true);
    }
    Value::Object(map)
}

fn tariff(tariff: &Tariff) -> Value {
    let mut map = Map::new();
    put(&mut map, "from", tariff.from.to_string());
    put(&mut map, "currency", tariff.currency.code());
    put(&mut map, "import", prices(&tariff.import));
    if let Some(export) = &tariff.export {
        put(&mut map, "export", prices(export));
    }
    if tariff.standing_per_day != Price::default() {
        let standing = tariff.standing_per_day.to_string();
        put(&mut map, "standing_per_day", standing);
    }
    Value::Object(map)
}

fn prices(prices: &Prices) -> Value {
    let mut map = Map::new();
    put(&mut map, "default", prices.default.to_string());
    if !prices.bands.is_empty() {
        let bands = prices.bands.iter().map(band).collect::<Vec<_>>();
        put(&mut map, "bands", bands);
    }
    Value::Object(map)
}

fn band(band: &Band) -> Value {
    let mut map = Map::new();
    put(&mut map, "name", band.name.as_str());
    put(&mut map, "price", band.price.to_string());
    if !band.is_all_day() {
        put(&mut map, "from", band.from.to_string());
        put(&mut map, "to", band.to.to_string());
    }
    if !band.days.is_every_day() {
        put(&mut map, "days", band.days.to_string());
    }
    Value::Object(map)
}

fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}
