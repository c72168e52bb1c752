//! Everything that a rule does.

use hub_model::{Operation, Value};
use rules::machine::Order;
use rules::trace::Outcome;

use crate::device::Manner;
use crate::house::{DESK, HEATER, House, LAMP, LOCK, OUTDOOR, steps};

/// A rule that does this when someone comes.
fn does(what: &str) -> String {
    format!("id = \"x\"\nowner = \"anna\"\n[[when]]\nbecomes = \"hall-motion.occupied\"\n{what}")
}

fn step(what: &str) -> String {
    does(&format!("[[do]]\n{what}\n"))
}

/// What goes over the wire: cluster, command, fields by tag.
fn wire(operation: &Operation) -> (u32, u32, Vec<Value>) {
    match operation {
        Operation::Invoke {
            cluster,
            command,
            fields,
            ..
        } => {
            let fields = (0..8).map_while(|tag| fields.field(tag).cloned());
            (cluster.0, command.0, fields.collect())
        }
        Operation::Write {
            cluster,
            attribute,
            value,
            ..
        } => (cluster.0, attribute.0, vec![value.clone()]),
        Operation::Read { .. } => (0, 0, Vec::new()),
    }
}

fn given(house: &House, node: hub_model::NodeId) -> Vec<(u32, u32, Vec<Value>)> {
    house.operations(node).iter().map(wire).collect()
}

#[test]
fn set_asks_each_property_in_the_devices_own_words() {
    let uint = Value::Uint;
    for (set, node, expected) in [
        ("target = \"hall-lamp\", on = true", LAMP, (0x06, 1, vec![])),
        (
            "target = \"hall-lamp\", on = false",
            LAMP,
            (0x06, 0, vec![]),
        ),
        (
            "target = \"hall-lamp\", level = \"50 %\"",
            LAMP,
            (0x08, 4, vec![uint(127), Value::Null, uint(0), uint(0)]),
        ),
        (
            "target = \"hall-lamp\", level = \"50 %\", transition = \"1s 500ms\"",
            LAMP,
            (0x08, 4, vec![uint(127), uint(15), uint(0), uint(0)]),
        ),
        (
            "target = \"hall-lamp\", color-temperature = \"2500 K\", transition = \"2s\"",
            LAMP,
            (0x300, 0x0A, vec![uint(400), uint(20), uint(0), uint(0)]),
        ),
        (
            "target = \"heater\", heating-setpoint = \"21.5 °C\"",
            HEATER,
            (0x201, 0x12, vec![Value::Int(2_150)]),
        ),
        (
            "target = \"heater\", system-mode = \"cool\"",
            HEATER,
            (0x201, 0x1C, vec![uint(3)]),
        ),
        (
            "target = \"front-lock\", locked = true",
            LOCK,
            (0x101, 0, vec![]),
        ),
        (
            "target = \"front-lock\", locked = false",
            LOCK,
            (0x101, 1, vec![]),
        ),
        (
            "target = \"hall-lamp\", \"LevelControl.OnLevel\" = \"79 %\"",
            LAMP,
            (0x08, 0x11, vec![uint(201)]),
        ),
    ] {
        let mut house = House::new();
        house.rule(&step(&format!("set = {{ {set} }}")));
        house.motion(true);
        house.wait_s(1);
        assert_eq!(given(&house, node), [expected], "{set}");
        let timed = matches!(
            house.operations(node)[0],
            Operation::Invoke { timed: true, .. }
        );
        assert_eq!(timed, node == LOCK, "{set}");
        assert!(
            house.steps("x")[0].ends_with("confirmed"),
            "{set}: {:?}",
            house.steps("x")
        );
    }
}

#[test]
fn on_with_a_level_is_one_command() {
    let mut house = House::new();
    house.rule(&step(
        "set = { target = \"hall-lamp\", on = true, level = \"50 %\", color-temperature = \"4000 K\" }",
    ));
    house.motion(true);
    house.wait_s(1);
    let commands: Vec<_> = given(&house, LAMP)
        .into_iter()
        .map(|(c, id, _)| (c, id))
        .collect();
    assert_eq!(commands, [(0x08, 4), (0x300, 0x0A)]);
    assert!(house.is_on(LAMP));
}

#[test]
fn a_level_does_not_turn_on_what_is_told_to_be_off() {
    for on in ["false", "\"front-door.open\""] {
        let mut house = House::new();
        house.rule(&step(&format!(
            "set = {{ target = \"hall-lamp\", on = {on}, level = \"50 %\" }}"
        )));
        house.motion(true);
        house.wait_s(1);
        let level = vec![
            Value::Uint(127),
            Value::Null,
            Value::Uint(1),
            Value::Uint(1),
        ];
        assert_eq!(given(&house, LAMP), [(0x06, 0, vec![]), (0x08, 0, level)]);
        assert!(!house.is_on(LAMP));
        assert_eq!(house.truth(LAMP, 0x08, 0), Value::Uint(127));
    }
}

#[test]
fn a_room_is_all_its_devices_that_have_it_each_once() {
    let mut house = House::new();
    house.rule(&step(
        "set = { target = [\"hall-lamp\", \"@hall\", \"@home\"], on = true }",
    ));
    house.motion(true);
    house.wait_s(1);
    assert!(house.is_on(LAMP) && house.is_on(DESK));
    assert_eq!(house.given.len(), 2);
    let errors = house.errors(&step("set = { target = \"@office\", locked = true }"));
    assert!(
        errors.contains("no device of @office has locked"),
        "{errors}"
    );
}

#[test]
fn a_scene_tells_how_it_went_for_each_device() {
    let mut house = House::new();
    house.scene(
        r#"
id = "calm"
[[devices]]
device = "hall-lamp"
level = "10 %"
[[devices]]
device = "desk-lamp"
on = false
"#,
    );
    house.rule(&step("scene = \"calm\"\ntransition = \"3s\""));
    house.manner(DESK, Manner::Refuses);
    house.motion(true);
    house.wait_s(1);
    assert_eq!(
        house.steps("x"),
        [
            "hall-lamp.level = 10 %: confirmed",
            "desk-lamp.on = false: refused: the device answered with status 0x87",
        ]
    );
    assert_eq!(given(&house, LAMP)[0].2[1], Value::Uint(30));
    assert_eq!(house.last("x").outcome, Outcome::Done);
}

#[test]
fn wait_ends_when_it_is_so_already_comes_so_or_does_not() {
    let wait = |more: &str| {
        does(&format!(
            "[[do]]\nwait = {{ until = \"front-door.open\", timeout = \"5m\"{more} }}\n[[do]]\nnotify = \"go\"\n"
        ))
    };
    let mut house = House::new();
    house.rule(&wait(""));
    house.door(true);
    house.motion(true);
    assert_eq!(house.notices().len(), 1);
    assert_eq!(
        house.steps("x")[0],
        "wait until front-door.open: it was so already"
    );
    house.motion(false);
    house.door(false);
    house.motion(true);
    house.wait_s(60);
    house.door(true);
    assert_eq!(house.notices().len(), 2);
    assert_eq!(house.steps("x")[0], "wait until front-door.open: it is so");
    house.motion(false);
    house.door(false);
    house.motion(true);
    house.wait_s(301);
    assert_eq!(
        house.steps("x")[0],
        "wait until front-door.open: it did not come so in time"
    );
    assert_eq!(house.notices().len(), 3, "it goes on");

    for (otherwise, notices, done) in [
        ("stop", vec![], false),
        (
            "notify",
            vec!["anna: front-door.open did not come so in time", "anna: go"],
            true,
        ),
    ] {
        let mut house = House::new();
        house.rule(&wait(&format!(", else = \"{otherwise}\"")));
        house.motion(true);
        house.wait_s(301);
        assert_eq!(house.notices(), notices);
        assert_eq!(house.last("x").outcome == Outcome::Done, done);
    }
}

#[test]
fn wait_with_a_for_begins_anew_when_it_does_not_hold() {
    let mut house = House::new();
    house.rule(&does(
        "[[do]]\nwait = { until = \"front-door.open\", for = \"1m\", timeout = \"5m\" }\n[[do]]\nnotify = \"go\"\n",
    ));
    house.door(true);
    house.motion(true);
    house.wait_s(50);
    house.door(false);
    house.door(true);
    house.wait_s(50);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(11);
    assert_eq!(house.notices().len(), 1);
    assert!(house.steps("x")[0].ends_with("it is so"));
    // A for that would end after the timeout does not help.
    house.motion(false);
    house.door(false);
    house.motion(true);
    house.wait_s(280);
    house.door(true);
    house.wait_s(21);
    assert_eq!(house.notices().len(), 2);
    assert!(
        house.steps("x")[0].ends_with("it did not come so in time"),
        "{:?}",
        house.steps("x")
    );
}

#[test]
fn delay_may_be_reckoned() {
    let mut house = House::new();
    house.variable("minutes", r#"{"type":"number","unit":"min","initial":2}"#);
    house.wait_s(1);
    house.rule(&does(
        "[[do]]\ndelay = \"home.minutes * 2 + 30 s\"\n[[do]]\nnotify = \"go\"\n",
    ));
    house.motion(true);
    house.wait_s(269);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(2);
    assert_eq!(house.notices().len(), 1);
    assert_eq!(house.steps("x")[0], "wait for 4m30s");
    // One that is not known ends the run, rather than to do at once what was to come later.
    house.rule(&does("[[do]]\ndelay = \"(outdoor.temperature - 10 °C) / 1 K * 1 min\"\n[[do]]\nnotify = \"go\"\n"));
    house.set(OUTDOOR, 0x0402, 0, Value::Null);
    house.motion(false);
    house.motion(true);
    let why = "do[0]: how long to wait is not known: outdoor.temperature is not known".into();
    assert_eq!(house.last("x").outcome, Outcome::Failed { why });
}

#[test]
fn if_choose_and_what_is_not_known() {
    let mut house = House::new();
    let choose = r#"
[[do]]
choose = [
    { if = "outdoor.temperature < 0 °C", do = [ { notify = "frost" } ] },
    { if = "outdoor.temperature < 10 °C", do = [ { notify = "cold" } ] },
]
else = [ { notify = "mild" } ]
[[do]]
if = "outdoor.temperature > 25 °C"
then = [ { notify = "hot" } ]
[[do]]
notify = "end"
"#;
    house.rule(&does(choose));
    for (centi, expected) in [(-100, "frost"), (500, "cold"), (2_000, "mild")] {
        house.told.clear();
        house.outdoor(centi);
        house.motion(false);
        house.motion(true);
        assert_eq!(
            house.notices(),
            [format!("anna: {expected}"), "anna: end".to_owned()]
        );
    }
    house.told.clear();
    house.outdoor(3_000);
    house.motion(false);
    house.motion(true);
    assert_eq!(house.notices(), ["anna: mild", "anna: hot", "anna: end"]);
    house.told.clear();
    house.set(OUTDOOR, 0x0402, 0, Value::Null);
    house.motion(false);
    house.motion(true);
    assert_eq!(house.notices(), ["anna: mild", "anna: end"]);
    assert_eq!(
        house.steps("x")[0],
        "if outdoor.temperature < 0 °C: not known, so no: outdoor.temperature is not known"
    );
}

#[test]
fn repeat_counts_or_goes_on_until_something_holds() {
    let mut house = House::new();
    house.variables();
    house.rule(&does(
        r#"
[[do]]
repeat = 3
do = [
    { repeat = 2, do = [ { assign = { count = "home.count + 1" } } ] },
]
[[do]]
repeat = { until = "home.count >= 10", timeout = "1h" }
do = [ { assign = { count = "home.count + 1" } }, { delay = "10s" } ]
[[do]]
notify = "{home.count}"
"#,
    ));
    house.motion(true);
    assert_eq!(house.home("count"), "7");
    house.wait_s(41);
    assert_eq!(house.notices(), ["anna: 10"]);
}

#[test]
fn parallel_goes_on_when_all_have_ended_also_when_they_end_at_once() {
    let mut house = House::new();
    house.variables();
    house.rule(&does(
        r#"
[[do]]
repeat = 1000
do = [
    { parallel = [
        [ { assign = { count = "home.count + 1" } } ],
        [ { let = { x = 1 } } ],
        [ { parallel = [ [ { let = { x = 2 } } ], [ { let = { x = 3 } } ] ] } ],
    ] },
]
[[do]]
notify = "{home.count}"
"#,
    ));
    house.motion(true);
    house.wait_s(1);
    assert_eq!(house.notices(), ["anna: 1000"]);
    let trace = house.last("x");
    assert_eq!(trace.steps.len(), 200);
    assert!(trace.left_out > 3_000, "{}", trace.left_out);
}

#[test]
fn stop_ends_the_run_with_its_reason_all_branches_of_it() {
    let mut house = House::new();
    house.rule(&does(
        r#"
[[do]]
parallel = [
    [ { delay = "1m" }, { notify = "late" } ],
    [ { delay = "10s" }, { stop = "enough" } ],
]
[[do]]
notify = "end"
"#,
    ));
    house.motion(true);
    house.wait_s(100);
    assert_eq!(house.notices().len(), 0);
    assert_eq!(
        house.last("x").outcome,
        Outcome::Stopped {
            why: "enough".into()
        }
    );
    assert_eq!(house.view("x").running, 0);
}

#[test]
fn run_starts_another_rule_without_its_conditions() {
    let mut house = House::new();
    house.rule(
        r#"
id = "other"
[[when]]
manual = true
[[only_if]]
expr = "front-door.open"
[[do]]
notify = "other, by {trigger.device}"
"#,
    );
    house.rule(&does("[[do]]\nrun = \"other\"\n[[do]]\nnotify = \"x\"\n"));
    house.motion(true);
    assert_eq!(house.notices(), ["anna: x", "other, by hall-motion"]);
    assert!(
        house.steps("x")[0].starts_with("run other: started as t"),
        "{:?}",
        house.steps("x")
    );
    assert_eq!(&*house.last("other").trigger.text, "x ran it");
    // One that is disabled or busy is not started, and that is told.
    let other = house.view("other").rule;
    let text = rules::face::rule_to_text(&other);
    house.rule(&text.replace("enabled = true", "enabled = false"));
    house.motion(false);
    house.motion(true);
    assert_eq!(
        house.steps("x")[0],
        "run other: not started: it is disabled"
    );
}

#[test]
fn notify_fills_in_values_and_goes_to_the_owner_or_to_whom_it_says() {
    let mut house = House::new();
    house.rule(&does(
        r#"
[[do]]
notify = "It is {outdoor.temperature}, {{so}} {if(outdoor.temperature > 0 °C, \"mild\", \"cold\")}"
[[do]]
notify = "hello"
to = "ben"
[[do]]
notify = "{heater.local-temperature}"
"#,
    ));
    house.set(HEATER, 0x0201, 0, Value::Null);
    house.motion(true);
    assert_eq!(
        house.notices(),
        [
            "anna: It is 15 °C, {so} mild",
            "ben: hello",
            "anna: (not known)"
        ]
    );
}

#[test]
fn let_that_has_no_value_leaves_none_of_before() {
    let mut house = House::new();
    house.rule(&does(
        r#"
[[do]]
let = { t = "10 °C" }
[[do]]
let = { t = "outdoor.temperature" }
[[do]]
notify = "{$t}"
"#,
    ));
    house.set(OUTDOOR, 0x0402, 0, Value::Null);
    house.motion(true);
    assert_eq!(house.notices(), ["anna: (not known)"]);
    assert_eq!(
        house.steps("x")[1],
        "$t: no value: outdoor.temperature is not known"
    );
}

#[test]
fn a_variable_of_the_home_starts_another_rule_and_outlives_a_restart() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "night"
[[when]]
becomes = "home.mode == night"
[[do]]
notify = "good night"
"#,
    );
    house.rule(&step("assign = { mode = \"night\" }"));
    house.motion(true);
    assert_eq!(house.notices(), ["good night"]);
    house.restart(std::time::Duration::from_secs(5));
    assert_eq!(house.home("mode"), "night");
    house.motion(false);
    house.motion(true);
    assert_eq!(house.notices().len(), 1, "it is so already");
    assert_eq!(house.steps("x"), ["home.mode = night"]);
}

#[test]
fn invoke_reaches_every_command_with_its_fields() {
    let mut house = House::new();
    house.rule(&step(
        "invoke = { device = \"hall-lamp\", command = \"LevelControl.Move\", fields = { MoveMode = \"up\", Rate = \"20 %\" } }",
    ));
    house.motion(true);
    house.wait_s(1);
    assert_eq!(
        given(&house, LAMP),
        [(0x08, 1, vec![Value::Uint(0), Value::Uint(51)])]
    );
    assert_eq!(
        house.steps("x"),
        ["hall-lamp: LevelControl.Move: acknowledged"]
    );
    for (invoke, error) in [
        (
            "device = \"hall-lamp\", command = \"OnOff.Twist\"",
            "there is no command OnOff.Twist",
        ),
        (
            "device = \"outdoor\", command = \"OnOff.On\"",
            "outdoor has no OnOff",
        ),
        (
            "device = \"hall-lamp\", command = \"LevelControl.Move\", fields = { Speed = 3 }",
            "LevelControl.Move has no field Speed",
        ),
    ] {
        let errors = house.errors(&step(&format!("invoke = {{ {invoke} }}")));
        assert!(errors.contains(error), "{errors}");
    }
}

#[test]
fn one_run_never_costs_more_than_is_known_when_it_is_saved() {
    let mut house = House::new();
    house.variables();
    let nested = |inner: &str| {
        does(&format!(
            "[[do]]\nrepeat = 1000\ndo = [ {{ repeat = 60, do = [ {inner} ] }} ]\n"
        ))
    };
    house.rule(&nested("{ let = { x = 1 } }").replace("60", "40"));
    let errors = house.errors(&nested("{ let = { x = 1 } }, { let = { y = 1 } }"));
    assert!(errors.contains("at most 100000 are allowed"), "{errors}");
    // Each command of a step counts.
    let many = nested("{ set = { target = \"@home\", on = true } }").replace("60", "49");
    assert!(
        house.errors(&many).contains("at most 100000"),
        "{}",
        house.errors(&many)
    );
}

#[test]
fn a_long_run_does_not_hold_up_the_others() {
    let mut house = House::new();
    house.variables();
    house.rule(&does("[[do]]\nrepeat = 1000\ndo = [ { repeat = 30, do = [ { let = { x = 1 } } ] } ]\n[[do]]\nnotify = \"end\"\n"));
    house.rule(
        "id = \"y\"\n[[when]]\nbecomes = \"hall-motion.occupied\"\n[[do]]\nnotify = \"short\"\n",
    );
    house.motion(true);
    assert_eq!(
        house.notices(),
        ["short"],
        "it did not wait for the long one"
    );
    assert_eq!(house.view("x").running, 1);
    house.restart(std::time::Duration::from_secs(1));
    house.wait_s(1);
    assert_eq!(house.notices(), ["short", "anna: end"]);
}

#[test]
fn a_scene_that_a_person_applies_has_a_trace() {
    let mut house = House::new();
    house.scene("id = \"calm\"\ndevices = [ { device = \"hall-lamp\", level = \"10 %\" } ]\n");
    let apply = Order::Apply {
        scene: "calm".into(),
        transition_ms: Some(2_000),
    };
    let run = house.order(&apply).unwrap().unwrap();
    house.wait_s(1);
    let trace = house.machine.trace(run).unwrap();
    assert_eq!(steps(&trace), ["hall-lamp.level = 10 %: confirmed"]);
    assert_eq!(
        (&*trace.rule, &*trace.trigger.text),
        ("scene:calm", "anna applied it")
    );
    assert_eq!(given(&house, LAMP)[0].2[1], Value::Uint(20));
    assert_eq!(house.given[0].author, "scene:calm");
}
