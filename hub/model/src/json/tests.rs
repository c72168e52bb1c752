//! JSON, both ways.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::spec::{Attribute, Command, cluster_by_name};
use crate::testing::{any_attribute, any_typed, any_value, structure};

fn attribute(cluster: &str, attribute: &str) -> &'static Attribute {
    let cluster = cluster_by_name(cluster).unwrap();
    cluster.attribute_by_name(attribute).unwrap()
}

fn command(cluster: &str, command: &str) -> &'static Command {
    let cluster = cluster_by_name(cluster).unwrap();
    cluster.command_by_name(command).unwrap()
}

fn both_ways(schema: &Schema, value: Value, json: &Json) {
    assert_eq!(&to_json(schema, &value), json);
    assert_eq!(from_json(schema, json), Ok(value));
}

fn refusal(schema: &Schema, json: &Json) -> String {
    from_json(schema, json).unwrap_err().to_string()
}

#[test]
fn each_kind_of_value_has_its_form() {
    let schema = |cluster, name| attribute(cluster, name).schema;
    both_ways(&schema("OnOff", "OnOff"), Value::Bool(true), &json!(true));
    both_ways(
        &schema("TemperatureMeasurement", "MeasuredValue"),
        Value::Int(-5),
        &json!(-5),
    );
    both_ways(
        &schema("TemperatureMeasurement", "MeasuredValue"),
        Value::Null,
        &json!(null),
    );
    both_ways(
        &schema("DoorLock", "LockState"),
        Value::Uint(1),
        &json!("Locked"),
    );
    both_ways(
        &schema("DoorLock", "LockState"),
        Value::Uint(77),
        &json!(77),
    );
    both_ways(
        &schema("OccupancySensing", "Occupancy"),
        Value::Uint(0x81),
        &json!({"occupied": true, "$unknown": 0x80}),
    );
    both_ways(
        &schema("CarbonDioxideConcentrationMeasurement", "MeasuredValue"),
        Value::Single(412.5),
        &json!(412.5),
    );
    both_ways(
        &schema("GeneralDiagnostics", "UpTime"),
        Value::Uint(u64::MAX),
        &json!("18446744073709551615"),
    );
    both_ways(
        &schema("BasicInformation", "NodeLabel"),
        Value::from("Lampe"),
        &json!("Lampe"),
    );
    both_ways(
        &schema("Descriptor", "DeviceTypeList"),
        Value::list([Value::structure([
            (0, Value::Uint(256)),
            (1, Value::Uint(3)),
        ])]),
        &json!([{"deviceType": 256, "revision": 3}]),
    );
    both_ways(
        &schema("OperationalCredentials", "TrustedRootCertificates"),
        Value::list([Value::Bytes([0, 255].into())]),
        &json!(["00ff"]),
    );
}

#[test]
fn more_spellings_are_read() {
    let lock = attribute("DoorLock", "LockState").schema;
    for spelling in [
        json!("locked"),
        json!("LOCKED"),
        json!(1),
        json!("1"),
        json!("0x1"),
        json!(1.0),
    ] {
        assert_eq!(
            from_json(&lock, &spelling),
            Ok(Value::Uint(1)),
            "{spelling}"
        );
    }
    let occupancy = attribute("OccupancySensing", "Occupancy").schema;
    for spelling in [json!(["Occupied"]), json!({"Occupied": 1}), json!(1)] {
        assert_eq!(
            from_json(&occupancy, &spelling),
            Ok(Value::Uint(1)),
            "{spelling}"
        );
    }
    let fields = command("LevelControl", "MoveToLevel").fields;
    let spelling = json!({"Level": 128, "transitionTime": null, "optionsMask": 0, "3": {}});
    assert_eq!(
        fields_from_json(fields, &spelling),
        Ok(Value::structure([
            (0, Value::Uint(128)),
            (1, Value::Null),
            (2, Value::Uint(0)),
            (3, Value::Uint(0)),
        ]))
    );
    assert_eq!(
        fields_from_json(command("OnOff", "Toggle").fields, &json!(null)),
        Ok(Value::structure([]))
    );
}

#[test]
fn errors_say_what_is_wrong_where() {
    let lock = attribute("DoorLock", "LockState").schema;
    assert_eq!(
        refusal(&lock, &json!("unlokced")),
        "\"unlokced\" is not one of NotFullyLocked, Locked, Unlocked, Unlatched; did you mean Unlocked?"
    );
    let level = attribute("LevelControl", "OnLevel").schema;
    assert_eq!(
        refusal(&level, &json!(256)),
        "expected an integer from 0 to 255 or null, not 256"
    );
    assert_eq!(
        refusal(&level, &json!(1.5)),
        "expected an integer from 0 to 255 or null, not 1.5"
    );
    let types = attribute("Descriptor", "DeviceTypeList").schema;
    assert_eq!(
        refusal(
            &types,
            &json!([{"deviceType": 1, "revision": 1}, {"deviceType": "x", "revision": 1}])
        ),
        "[1].deviceType: expected an integer from 0 to 4294967295, not \"x\""
    );
    assert_eq!(
        refusal(&types, &json!([{"deviceTyp": 1}])),
        "[0]: \"deviceTyp\" is not one of deviceType, revision; did you mean deviceType?"
    );
    assert_eq!(
        refusal(&types, &json!([{"deviceType": 1}])),
        "[0]: the field \"revision\" is missing"
    );
    assert_eq!(
        refusal(
            &types,
            &json!([{"deviceType": 1, "DEVICETYPE": 1, "revision": 1}])
        ),
        "[0]: the field \"deviceType\" is given twice"
    );
    assert_eq!(refusal(&types, &json!("x")), "expected a list, not \"x\"");
    assert_eq!(
        refusal(&attribute("OnOff", "OnOff").schema, &json!(null)),
        "expected true or false, not null"
    );
}

#[test]
fn nesting_is_bounded() {
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    let error = untyped::from_json(&deep).unwrap_err();
    assert_eq!(error.problem, Problem::TooDeep);
}

#[test]
fn the_unknown_is_kept() {
    let cluster = ClusterId(0xFFF1_FC00);
    let value = Value::structure([
        (0, Value::Int(5)),
        (7, Value::Bytes([1].into())),
        (200, Value::list([Value::Double(2.0), Value::Null])),
    ]);
    let json = attribute_to_json(cluster, AttributeId(3), &value);
    let expected =
        json!({"0": {"$int": 5}, "7": {"$bytes": "01"}, "200": [{"$double": 2.0}, null]});
    assert_eq!(json, expected);
    assert_eq!(
        attribute_from_json(cluster, AttributeId(3), &json),
        Ok(value)
    );
    // A global attribute is known on every cluster.
    let revision = attribute_to_json(cluster, AttributeId::CLUSTER_REVISION, &Value::Uint(1));
    assert_eq!(revision, json!(1));
}

#[test]
fn what_contradicts_the_schema_is_kept() {
    let schema = attribute("OnOff", "OnTime").schema;
    for (value, json) in [
        (Value::Int(3), json!({"$int": 3})),
        (Value::from("3"), json!({"$value": "3"})),
        (Value::list([]), json!({"$value": []})),
    ] {
        both_ways(&schema, value, &json);
    }
}

/// A parser that rounds differently from the writer loses the last bit of such a number.
#[test]
fn a_number_comes_back_from_text_to_the_last_bit() {
    let value = Value::Double(4.638_219_714_510_421e291);
    let text = untyped::to_json(&value).to_string();
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(untyped::from_json(&json), Ok(value));
}

proptest! {
    #[test]
    fn typed_values_come_back((_, attribute, value) in any_typed()) {
        let json = to_json(&attribute.schema, &value);
        prop_assert_eq!(from_json(&attribute.schema, &json), Ok(value));
    }

    #[test]
    fn typed_values_come_back_from_text((_, attribute, value) in any_typed()) {
        let text = to_json(&attribute.schema, &value).to_string();
        let json: Json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(from_json(&attribute.schema, &json), Ok(value));
    }

    #[test]
    fn commands_come_back(
        (command, fields) in any::<(prop::sample::Index, prop::sample::Index)>().prop_flat_map(|(c, i)| {
            let with_commands: Vec<_> =
                spec::clusters().iter().filter(|c| !c.commands.is_empty()).collect();
            let command = i.get(c.get(&with_commands).commands);
            structure(command.fields, 3).prop_map(move |fields| (command, fields))
        })
    ) {
        let json = fields_to_json(command.fields, &fields);
        prop_assert_eq!(fields_from_json(command.fields, &json), Ok(fields));
    }

    #[test]
    fn untyped_values_come_back(value in any_value()) {
        prop_assert_eq!(untyped::from_json(&untyped::to_json(&value)), Ok(value));
    }

    /// Whatever a device sends is either read back as it was or refused.
    #[test]
    fn no_value_is_changed_silently((_, attribute) in any_attribute(), value in any_value()) {
        let json = to_json(&attribute.schema, &value);
        if let Ok(back) = from_json(&attribute.schema, &json) {
            prop_assert_eq!(back, value);
        }
    }

    #[test]
    fn no_json_panics(
        (_, attribute) in any_attribute(),
        text in r#"(\[|\{|"[a-zA-Z$0-9]{0,6}":|"[a-zA-Z0-9]{0,4}"|,|\]|\}|-?[0-9]{1,20}|null|true){0,12}"#
    ) {
        if let Ok(json) = serde_json::from_str(&text) {
            let _ = from_json(&attribute.schema, &json);
            let _ = untyped::from_json(&json);
        }
    }
}
