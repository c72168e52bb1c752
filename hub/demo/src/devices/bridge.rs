//! A bridge with eleven devices behind it, as one would have for an older network.

use hub_model::EndpointId;
use matter_device::{Cluster, Endpoint};

use super::parts::{
    boolean_state, energy, groups, humidity, identify, identify_with_effect, illuminance, level,
    occupancy, on_off, plug_power, scenes, temperature,
};

/// The aggregator.
const AGGREGATOR: u16 = 1;

/// The aggregator and what it bridges; endpoints 2 to 12.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let lamp = |device_type: &str| {
        vec![
            identify_with_effect(),
            groups(),
            scenes(),
            on_off("LT", false),
        ]
        .into_iter()
        .fold(bridged(device_type), Endpoint::with)
    };
    let plug = || {
        lamp("OnOffPlugInUnit")
            .also("ElectricalSensor")
            .with(Cluster::of("PowerTopology", "TREE"))
            .with(plug_power())
            .with(energy())
    };
    let sensor = |device_type: &str, cluster| bridged(device_type).with(identify()).with(cluster);
    let bridged = [
        ("Hall light", lamp("OnOffLight")),
        ("Kitchen light", lamp("DimmableLight").with(level(200))),
        ("Router", plug()),
        ("Fridge", plug()),
        (
            "Bath temperature",
            sensor("TemperatureSensor", temperature()),
        ),
        ("Bath humidity", sensor("HumiditySensor", humidity())),
        (
            "Bedroom temperature",
            sensor("TemperatureSensor", temperature()),
        ),
        (
            "Bedroom window",
            sensor("ContactSensor", boolean_state(true)),
        ),
        ("Living room motion", sensor("OccupancySensor", occupancy())),
        ("Window light", sensor("LightSensor", illuminance())),
        ("Hall motion", sensor("OccupancySensor", occupancy())),
    ];
    let aggregator = Endpoint::new(AGGREGATOR, "Aggregator").with(identify());
    let parts = bridged.into_iter().zip(AGGREGATOR + 1..);
    let parts = parts.map(|((name, mut endpoint), id)| {
        endpoint.id = EndpointId(id);
        endpoint
            .part_of(EndpointId(AGGREGATOR))
            .with(about(name, id))
    });
    std::iter::once(aggregator).chain(parts).collect()
}

fn bridged(device_type: &str) -> Endpoint {
    Endpoint::new(0, device_type).also("BridgedNode")
}

fn about(name: &str, id: u16) -> Cluster {
    Cluster::of("BridgedDeviceBasicInformation", "")
        .set("VendorName", "Ingle Virtual Home")
        .set("ProductName", name)
        .set("NodeLabel", name)
        .set("SerialNumber", format!("VH-13-{id:02}").as_str())
        .set("Reachable", true)
        .set("UniqueId", format!("VH-13-{id:02}").as_str())
}
