//! Class 14: what a sleepy device tells late and out of order makes no edge.

use std::time::Duration;

use hub_model::{Timestamp, Value};

use crate::house::{House, MOTION, OUTDOOR};

fn ago(house: &House, seconds: i64) -> Timestamp {
    Timestamp(house.now().0 - seconds * 1_000_000)
}

#[test]
fn a_report_that_is_older_than_the_last_is_no_edge() {
    let mut house = House::new();
    house.rule(
        r#"
id = "cold"
[[when]]
becomes = "outdoor.temperature < 0 °C"
[[when]]
changes = "outdoor.temperature"
[[do]]
notify = "{outdoor.temperature}"
"#,
    );
    house.outdoor(1_000);
    assert_eq!(house.notices().len(), 1);
    house.wait_s(60);
    for (value, seconds) in [(-500, 120), (800, 90), (-100, 70)] {
        house.device(OUTDOOR).put(0x0402, 0, Value::Int(value));
        house.tell(OUTDOOR, 0x0402, 0, ago(&house, seconds));
        house.wait_s(1);
    }
    assert_eq!(house.notices(), ["10 °C"]);
    // One that is late, but newer than all that is known, counts.
    house.device(OUTDOOR).put(0x0402, 0, Value::Int(-200));
    house.tell(OUTDOOR, 0x0402, 0, ago(&house, 30));
    assert_eq!(house.notices(), ["10 °C", "-2 °C"]);
}

#[test]
fn a_report_that_comes_twice_is_no_edge() {
    let mut house = House::new();
    house.rule(
        r#"
id = "on"
[[when]]
becomes = "hall-motion.occupied"
[[when]]
becomes = "not hall-motion.occupied"
[[do]]
notify = "{hall-motion.occupied}"
"#,
    );
    house.motion(true);
    house.wait_s(10);
    let earlier = ago(&house, 10);
    house.motion(false);
    house.device(MOTION).put(0x0406, 0, Value::Uint(1));
    house.tell(MOTION, 0x0406, 0, earlier);
    house.tell(MOTION, 0x0406, 0, earlier);
    house.wait_s(10);
    assert_eq!(house.notices(), ["true", "false"]);
}

#[test]
fn an_old_report_does_not_end_a_for() {
    let mut house = House::new();
    house.rule(
        r#"
id = "held"
[[when]]
becomes = "hall-motion.occupied"
for = "1m"
[[do]]
notify = "held"
"#,
    );
    house.wait_s(100);
    let before = ago(&house, 50);
    house.motion(true);
    house.wait_s(30);
    house.device(MOTION).put(0x0406, 0, Value::Uint(0));
    house.tell(MOTION, 0x0406, 0, before);
    house.wait_s(31);
    assert_eq!(house.notices(), ["held"]);
}

#[test]
fn a_late_report_after_a_start_is_a_gap_like_any_other() {
    let mut house = House::new();
    house.rule(
        r#"
id = "on"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
notify = "on"
"#,
    );
    house.crash();
    house.motion_unheard(true);
    house.boot_after(Duration::from_secs(60));
    house.connect();
    house.tell(MOTION, 0x0406, 0, ago(&house, 600));
    house.wait_s(10);
    assert_eq!(house.notices(), [""; 0]);
}
