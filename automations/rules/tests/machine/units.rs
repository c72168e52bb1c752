//! Class 9: numbers are compared with numbers of the same kind, or not at all.

use hub_model::Value;
use rules::machine::RuleState;

use crate::house::{HEATER, House, OUTDOOR};

fn becomes(expr: &str) -> String {
    format!(
        "id = \"x\"\n[[when]]\nbecomes = '{expr}'\n[[do]]\nnotify = \"{{outdoor.temperature}}\"\n"
    )
}

#[test]
fn what_has_no_order_or_another_dimension_is_an_error_when_it_is_saved() {
    let mut house = House::new();
    house.variables();
    house.variable("word", r#"{"type":"text","initial":""}"#);
    for (expr, error) in [
        (
            "outdoor.temperature < 20",
            "20 is a number without a unit, not a temperature (°C) (write 20 °C)",
        ),
        ("outdoor.temperature < 20 lx", "not a temperature"),
        ("outdoor.temperature < 20 %", "not a temperature"),
        ("home.word < 20", "20"),
        ("home.word > \"20\"", "which has no order"),
        ("home.mode < night", "which has no order"),
        ("hall-lamp.on > 1", "not true or false"),
        ("outdoor.temperature == \"20\"", "not a temperature"),
        ("heater.system-mode > 3", "3"),
        ("heater.system-mode == warm", "warm is not one of off, auto"),
        (
            "outdoor.temperature + hall-lux.illuminance > 3 lx",
            "has no meaning",
        ),
        ("hall-lamp.level > 20 °C", "not a share"),
        (
            "outdoor.temperature < 5 °C and outdoor.temperature > 10 °C",
            "this can never hold",
        ),
    ] {
        let errors = house.errors(&becomes(expr));
        assert!(errors.contains(error), "{expr}: {errors}");
    }
}

#[test]
fn units_of_one_dimension_are_brought_together() {
    let mut house = House::new();
    house.rule(&becomes("outdoor.temperature > 68 °F"));
    house.outdoor(2_001);
    assert_eq!(house.notices(), ["20.01 °C"]);
}

#[test]
fn what_is_no_number_compares_with_nothing() {
    let mut house = House::new();
    house.rule(&becomes("outdoor.temperature > 18 °C"));
    house.rule(&becomes("outdoor.temperature < 18 °C").replace("\"x\"", "\"y\""));
    for odd in [
        Value::Double(f64::NAN),
        Value::Single(f32::INFINITY),
        Value::text("25"),
        Value::Null,
        Value::Bool(true),
    ] {
        house.set(OUTDOOR, 0x0402, 0, odd);
        house.wait_s(1);
    }
    assert_eq!((house.runs("x"), house.runs("y")), (0, 0));
    house.outdoor(1_500);
    house.outdoor(1_900);
    assert_eq!((house.runs("x"), house.runs("y")), (1, 0));
}

#[test]
fn arithmetic_without_a_result_is_not_known() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "x"
[[when]]
changes = "home.count"
[[only_if]]
expr = "10 / home.count > 1"
[[do]]
let = { big = "9e15 * 9e15" }
[[do]]
notify = "{10 / home.count}"
"#
        .replace("9e15", "9000000000000000")
        .as_str(),
    );
    house.assign("count", 5.into());
    assert_eq!(house.notices(), ["2"]);
    house.assign("count", 0.into());
    assert_eq!(
        house.not_run("x"),
        ["it is not known whether 10 / home.count > 1"]
    );
    let unknown = house.last("x").conditions[0].unknown.clone();
    assert_eq!(unknown.as_deref(), Some("it divides by zero"));
}

#[test]
fn a_number_beyond_all_bounds_loses_no_run() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "x"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
let = { big = "9000000000000000 * 1" }
[[do]]
repeat = 60
do = [ { let = { big = "$big * 9000000000000000" } } ]
[[do]]
assign = { count = "$big ?? -1" }
[[do]]
delay = "1m"
[[do]]
notify = "{$big ?? 0} {home.count}"
"#,
    );
    house.motion(true);
    house.wait_s(30);
    house.restart(std::time::Duration::from_secs(1));
    house.wait_s(30);
    assert_eq!(house.notices(), ["0 -1"]);
}

#[test]
fn a_variable_whose_type_changed_breaks_the_rules_that_use_it_and_starts_anew() {
    let mut house = House::new();
    house.variable("limit", r#"{"type":"number","unit":"°F","initial":50}"#);
    house.wait_s(1);
    house.rule(&becomes("outdoor.temperature > home.limit"));
    assert_eq!(house.home("limit"), "10 °C");
    house.assign("limit", 68.into());
    assert_eq!(house.home("limit"), "20 °C");
    house.variable("limit", r#"{"type":"number","unit":"°C","initial":5}"#);
    house.wait_s(1);
    assert_eq!(
        house.home("limit"),
        "20 °C",
        "the value is as it was, whatever its unit is"
    );
    house.assign("limit", 21.into());
    house.variable("limit", r#"{"type":"number","unit":"min","initial":2}"#);
    house.wait_s(1);
    assert_eq!(house.home("limit"), "120 s");
    let RuleState::Broken(problems) = house.state("x") else {
        panic!("{:?}", house.state("x"));
    };
    assert!(
        problems[0].what.contains("not a temperature"),
        "{}",
        problems[0]
    );
    house.restart(std::time::Duration::from_secs(1));
    assert_eq!(
        house.home("limit"),
        "120 s",
        "the value of before does not come back"
    );
    house.outdoor(9_000);
    assert_eq!(house.runs("x"), 0);
    house.variable("limit", r#"{"type":"number","unit":"°C","initial":5}"#);
    house.wait_s(1);
    assert_eq!(house.state("x"), RuleState::Ready);
}

#[test]
fn a_value_out_of_a_devices_range_is_an_error() {
    let mut house = House::new();
    let sets = |what: &str| {
        format!("id = \"x\"\n[[when]]\nmanual = true\n[[do]]\nset = {{ target = {what} }}\n")
    };
    for (what, error) in [
        (
            "\"heater\", heating-setpoint = \"35 °C\"",
            "heater takes 7 °C to 30 °C, not 35 °C",
        ),
        ("\"hall-lamp\", level = \"140 %\"", "not 140 %"),
        ("\"hall-lamp\", color-temperature = \"900 K\"", "not 900 K"),
        ("\"hall-lamp\", level = \"20 °C\"", "not a share"),
        ("\"hall-motion\", on = true", "hall-motion has no on"),
    ] {
        let errors = house.errors(&sets(what));
        assert!(errors.contains(error), "{what}: {errors}");
    }
    // What is only known when it runs is told then.
    house.variables();
    house.rule(&sets(
        "\"heater\", heating-setpoint = \"outdoor.temperature\"",
    ));
    house.set(HEATER, 0x0201, 0x12, Value::Int(1_900));
    house.set(OUTDOOR, 0x0402, 0, Value::Null);
    house
        .order(&rules::machine::Order::Run { rule: "x".into() })
        .unwrap();
    assert_eq!(
        house.steps("x"),
        ["heater.heating-setpoint = ?: not sent: outdoor.temperature is not known"]
    );
}
