//! Rules over devices of another make: what starts them, what they do, and what is told of it.

use std::path::PathBuf;
use std::time::Duration;

use interop::{Device, Hub, Kind, Lab, scenarios};
use serde_json::{Value, json};

const LAMP: &str = "lamp/1/OnOff.OnOff";

/// How often, and after how long, one looks at a rule that is at work: half a minute and more.
const LOOKS: usize = 600;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The file of a rule, kept while it is needed.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rule.toml");
    std::fs::write(&path, text).expect("a file");
    (folder, path)
}

fn add_rule(hub: &mut Hub, text: &str) {
    let (_folder, path) = file(text);
    hub.call(&["rules", "add", &path.to_string_lossy()]).done();
}

/// The last trace of a rule, once it is so.
fn trace(hub: &mut Hub, rule: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..LOOKS {
        let traces = hub.json(&["rules", "trace", rule, "--limit", "1"]);
        last = traces.pointer("/traces/0").cloned().unwrap_or_default();
        if wanted(&last) {
            return last;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    panic!("{rule} never came so: {last}");
}

fn is_done(trace: &Value) -> bool {
    trace.pointer("/outcome/is").is_some_and(|is| is == "done")
}

fn sensor_lamp_and_hub(lab: &mut Lab) -> (Device, Device, Hub) {
    let sensor = lab.device(Kind::Occupancy);
    let lamp = lab.device(Kind::Lamp);
    let mut hub = lab.hub();
    hub.add(sensor.qr(), "Motion");
    hub.add(lamp.qr(), "Lamp");
    // Rules look at what has been reported.
    hub.remembered("motion/1/OccupancySensing.Occupancy");
    hub.remembered(LAMP);
    (sensor, lamp, hub)
}

fn walk_in(sensor: &mut Device, occupied: bool) {
    sensor.set(
        1,
        &json!({ "occupancySensing": { "occupancy": { "occupied": occupied } } }),
    );
}

scenarios! {
    /// Someone walks in, the lamp goes on, and the hub can say why.
    fn someone_walks_in_and_why_tells_the_chain(lab) {
        let (mut sensor, _lamp, mut hub) = sensor_lamp_and_hub(lab);
        add_rule(&mut hub, r#"
            id = "hall"
            [[when]]
            becomes = "motion.occupied"
            [[do]]
            set = { target = "lamp", on = true }
        "#);
        let mut watch = hub.watch(&[LAMP]);
        walk_in(&mut sensor, true);
        watch.value("OnOff.OnOff", &json!(true));
        let done = trace(&mut hub, "hall", is_done);
        assert_eq!(done["trigger"]["text"], "motion.occupied became true");
        let why = hub.json(&["why", LAMP]);
        assert_eq!(why["links"][0]["origin"], "rule hall", "{why}");
        assert_eq!(why["links"][1]["origin"], "Motion", "{why}");
        assert_eq!(why["runs"][0]["id"], done["id"]);
        let sentence = why["sentence"].as_str().unwrap_or_default();
        assert!(sentence.contains("because motion.occupied became true"), "{sentence}");
    }

    /// The lamp stays off, and the hub can say why it did.
    fn a_condition_that_is_false_is_told(lab) {
        let (mut sensor, _lamp, mut hub) = sensor_lamp_and_hub(lab);
        add_rule(&mut hub, r#"
            id = "hall"
            [[when]]
            becomes = "motion.occupied"
            [[only_if]]
            expr = "lamp.level > 90 %"
            [[do]]
            set = { target = "lamp", on = true }
        "#);
        walk_in(&mut sensor, true);
        let held_back = trace(&mut hub, "hall", |trace| trace["outcome"]["is"] == "not_run");
        assert_eq!(held_back["outcome"]["why"], "lamp.level > 90 % is false");
        let why = hub.json(&["why", LAMP]);
        assert_eq!(why["could"][0]["rule"], "hall");
        assert_eq!(why["could"][0]["traces"][0]["id"], held_back["id"]);
    }

    /// A power cut in the middle of a rule's delay: the rest of it happens all the same, once.
    fn a_rule_outlives_a_power_cut_of_the_hub(lab) {
        let (mut sensor, _lamp, mut hub) = sensor_lamp_and_hub(lab);
        add_rule(&mut hub, r#"
            id = "stairs"
            [[when]]
            becomes = "motion.occupied"
            [[do]]
            set = { target = "lamp", on = true }
            [[do]]
            delay = "4s"
            [[do]]
            set = { target = "lamp", on = false }
        "#);
        let mut watch = hub.watch(&[LAMP]);
        walk_in(&mut sensor, true);
        watch.value("OnOff.OnOff", &json!(true));
        let running = trace(&mut hub, "stairs", |trace| trace["steps"][1].is_object());
        hub.kill();
        hub.restart();
        let done = trace(&mut hub, "stairs", is_done);
        assert_eq!(done["id"], running["id"]);
        assert_eq!(done["steps"].as_array().map(Vec::len), Some(3), "{done}");
        assert_eq!(hub.read(LAMP), json!(false));
        let traces = hub.json(&["rules", "trace", "stairs"]);
        assert_eq!(traces["traces"].as_array().map(Vec::len), Some(1), "{traces}");
    }

    /// A scene is captured, things change, and it is applied again: each device says how it went.
    fn a_scene_brings_back_how_things_were(lab) {
        let (_sensor, _lamp, mut hub) = sensor_lamp_and_hub(lab);
        hub.call(&["invoke", "lamp/1/LevelControl.MoveToLevelWithOnOff",
            r#"{"level": 127, "transitionTime": 0, "optionsMask": {}, "optionsOverride": {}}"#, "--confirm"]).done();
        hub.call(&["scenes", "capture", "half", "lamp"]).done();
        hub.call(&["invoke", "lamp/1/OnOff.Off", "--confirm"]).done();
        let applied = hub.json(&["scenes", "apply", "half"]);
        assert_eq!(applied["outcome"]["is"], "done", "{applied}");
        assert_eq!(applied["steps"][0]["text"], "lamp.level = 50 %", "{applied}");
        assert_eq!(hub.read(LAMP), json!(true));
        assert_eq!(hub.read("lamp/1/LevelControl.CurrentLevel"), json!(127));
    }

    /// An incident taken out of one hub is repeated by another process, and comes out the same.
    fn an_incident_is_repeated_byte_for_byte(lab) {
        let (mut sensor, _lamp, mut hub) = sensor_lamp_and_hub(lab);
        add_rule(&mut hub, r#"
            id = "hall"
            [[when]]
            changes = "motion.occupied"
            [[do]]
            set = { target = "lamp", on = "motion.occupied" }
        "#);
        for occupied in [true, false, true] {
            let before = hub.json(&["rules", "trace", "hall", "--limit", "1"])["traces"][0]["id"].clone();
            walk_in(&mut sensor, occupied);
            trace(&mut hub, "hall", |trace| is_done(trace) && trace["id"] != before);
        }
        let incident = hub.json(&["rules", "incident"]);
        let (_folder, path) = file(incident["text"].as_str().unwrap_or_default());
        let replayed = hub.json(&["replay", &path.to_string_lossy()]);
        assert_eq!(replayed["identical"], true, "{replayed}");
        assert_eq!(replayed["traces"].as_array().map(Vec::len), Some(3));
    }
}
