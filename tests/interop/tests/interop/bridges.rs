//! Bridges, small and large.

use interop::{Kind, Measure, SOON, scenarios};
use serde_json::{Value, json};

/// The endpoints that hold a cluster.
fn endpoints_with(node: &Value, cluster: &str) -> Vec<u64> {
    let endpoints = node["endpoints"].as_array().expect("endpoints are a list");
    let has = |endpoint: &&Value| {
        let clusters = endpoint["clusters"].as_array();
        clusters.is_some_and(|clusters| clusters.iter().any(|c| c["name"] == cluster))
    };
    endpoints
        .iter()
        .filter(has)
        .filter_map(|endpoint| endpoint["id"].as_u64())
        .collect()
}

scenarios! {
    /// Each part can be named, watched and switched.
    fn the_parts_of_a_bridge_are_devices(lab) {
        let mut bridge = lab.device(Kind::Bridge(4));
        let mut hub = lab.hub();
        hub.add(bridge.qr(), "bridge");
        hub.remembered("bridge/5/OnOff.OnOff");
        let node = hub.json(&["node", "bridge"]);
        let parts = endpoints_with(&node, "BridgedDeviceBasicInformation");
        assert_eq!(parts.len(), 4);
        let switchable = endpoints_with(&node, "OnOff");
        let part = switchable.first().expect("a plug or lamp is among them");
        hub.call(&["invoke", &format!("bridge/{part}/OnOff.On"), "--confirm"]).done();
        bridge.wait_until(1, "onOff", "onOff", &json!(true));
    }

    /// Nothing of a large bridge is lost on its way.
    fn a_bridge_with_80_parts_is_known_whole(lab) {
        let mut bridge = lab.device(Kind::Bridge(80));
        let mut hub = lab.hub();
        let measure = Measure::begin("bridge with 80 parts added and known");
        hub.add(bridge.qr(), "bridge");
        let mut watch = hub.watch(&["bridge/81/TemperatureMeasurement"]);
        hub.remembered("bridge/81/BridgedDeviceBasicInformation.SerialNumber");
        measure.end(2 * SOON);
        let node = hub.json(&["node", "bridge"]);
        assert_eq!(endpoints_with(&node, "BridgedDeviceBasicInformation").len(), 80);
        let sensors = endpoints_with(&node, "TemperatureMeasurement");
        assert_eq!(sensors.len(), 27);
        for endpoint in sensors {
            let value = hub.remembered(&format!("bridge/{endpoint}/TemperatureMeasurement.MeasuredValue"));
            assert_eq!(value, (json!(2100), "known".to_owned()), "endpoint {endpoint}");
        }
        bridge.set(80, &json!({"temperatureMeasurement": {"measuredValue": 3333}}));
        watch.value("TemperatureMeasurement.MeasuredValue", &json!(3333));
    }
}
