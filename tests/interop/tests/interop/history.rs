//! The past is kept over a power cut, and others can read what is made of it.

use interop::{Kind, parquet, scenarios};
use serde_json::{Value, json};

const VALUE: &str = "sensor/1/TemperatureMeasurement.MeasuredValue";
const NAME: &str = "TemperatureMeasurement.MeasuredValue";

/// The points of the only series of an answer.
fn points(history: &Value) -> Vec<Value> {
    let values = history.pointer("/series/0/points/values");
    let values = values.and_then(Value::as_array);
    values.expect("numbers have points").clone()
}

scenarios! {
    /// What was recorded is there after the hub was killed, and the time without it is a gap.
    fn what_was_is_known_after_a_power_cut_with_a_gap(lab) {
        let mut sensor = lab.device(Kind::Temperature);
        let mut hub = lab.hub();
        hub.add(sensor.qr(), "sensor");
        let mut watch = hub.watch(&[VALUE]);
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2250}}));
        watch.value(NAME, &json!(2250));
        // Whoever asks for the past sees all of it, so by then it is written down.
        let before = hub.json(&["history", VALUE, "--from", "-2m"]);
        assert!(points(&before).contains(&json!(22.5)), "{before}");
        // So near that no point is left out of the chart.
        let from = before["now_ms"].as_i64().map(|now| (now - 2_000).to_string());
        let from = from.expect("a moment");
        assert_eq!(before["series"][0]["gaps"], json!([]));

        hub.kill();
        hub.restart();
        let mut watch = hub.watch(&[VALUE]);
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2300}}));
        watch.value(NAME, &json!(2300));
        let after = hub.json(&["history", VALUE, "--from", &from]);
        let told = points(&after);
        let at = |wanted: &Value| told.iter().position(|told| told == wanted);
        let (old, unknown, new) = (at(&json!(22.5)), told.iter().rposition(Value::is_null), at(&json!(23.0)));
        assert!(old.is_some() && old < unknown && unknown < new, "22.5, nothing, 23: {after}");
        assert_eq!(after["series"][0]["gaps"].as_array().map(Vec::len), Some(1), "{after}");
        let status = hub.json(&["history", "status"]);
        assert_eq!(status["trouble"], json!(null));
    }

    /// A file for other programs has each sample as the hub tells it.
    fn a_parquet_file_has_what_was_recorded(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let file = lab.path("lamp.parquet");
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let mut watch = hub.watch(&["lamp/1/OnOff.OnOff"]);
        hub.json(&["invoke", "lamp/1/OnOff.On", "--confirm"]);
        watch.value("OnOff.OnOff", &json!(true));
        lamp.wait_until(1, "onOff", "onOff", &json!(true));
        let until = hub.json(&["history", "lamp/1/OnOff.OnOff"])["to_ms"].clone();
        let text = until.to_string();
        let asked = ["history", "lamp", "--from", "-1h", "--to", &text];
        let lines = hub.call(&[&asked[..], &["--samples", "--json"]].concat()).done().out;
        let told: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let path = file.to_str().expect("text");
        hub.call(&[&asked[..], &["--parquet", path]].concat()).done();

        let (head, rows) = parquet(&file);
        assert_eq!(head["columns"], json!(["series", "at", "number", "value", "quality", "cause"]));
        assert_eq!(rows.len(), told.len());
        assert!(rows.iter().any(|row| row["cause"].is_u64()), "the command is named");
        for (row, told) in rows.iter().zip(&told) {
            let value: Value = serde_json::from_str(row["value"].as_str().expect("text")).expect("JSON");
            assert_eq!(value, told["value"]);
            assert_eq!(row["number"].as_f64(), told["number"].as_f64());
            for (ours, theirs) in [("series", "series"), ("at", "at_ms"), ("quality", "quality"), ("cause", "cause")] {
                assert_eq!(row[ours], told[theirs], "{row} {told}");
            }
        }
    }
}
