//! What people ask of the machine.

use rules::machine::{Order, Refused, Told};
use rules::trace::{Outcome, RunId};

use crate::house::House;

const SLOW: &str = r#"
id = "slow"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
delay = "10m"
[[do]]
notify = "slow"
"#;

#[test]
fn a_run_is_stopped_by_name() {
    let mut house = House::new();
    house.rule(SLOW);
    let run = house
        .order(&Order::Run {
            rule: "slow".into(),
        })
        .unwrap()
        .unwrap();
    house.order(&Order::Stop { run }).unwrap();
    let trace = house.machine.trace(run).unwrap();
    assert_eq!(
        trace.outcome,
        Outcome::Stopped {
            why: "anna stopped it".into()
        }
    );
    house.wait_s(700);
    assert_eq!(house.notices().len(), 0);
    assert_eq!(house.order(&Order::Stop { run }), Err(Refused::NoRun(run)));
}

#[test]
fn what_is_not_there_is_refused() {
    let mut house = House::new();
    house.variables();
    let none: std::sync::Arc<str> = "none".into();
    for (order, refused) in [
        (Order::Run { rule: none.clone() }, "there is no rule none"),
        (
            Order::Resume { rule: none.clone() },
            "there is no rule none",
        ),
        (
            Order::Apply {
                scene: none.clone(),
                transition_ms: None,
            },
            "there is no scene none",
        ),
        (
            Order::Assign {
                variable: none.clone(),
                value: 1.into(),
            },
            "the home has no variable none",
        ),
        (
            Order::Assign {
                variable: "count".into(),
                value: "many".into(),
            },
            "\"many\" is not a number",
        ),
        (
            Order::Assign {
                variable: "mode".into(),
                value: "noon".into(),
            },
            "\"noon\" is not one of day, evening, night",
        ),
        (
            Order::Stop { run: RunId(7) },
            "there is no run t7, or it has ended",
        ),
    ] {
        let said = house.order(&order).unwrap_err().to_string();
        assert!(said.starts_with(refused), "{said}");
    }
}

#[test]
fn a_variable_is_assigned_and_told() {
    let mut house = House::new();
    house.variables();
    house.assign("count", 3.5.into());
    assert_eq!(house.home("count"), "3.5");
    let told = house
        .told
        .iter()
        .filter(|told| matches!(told, Told::Variable { .. }))
        .count();
    assert_eq!(told, 1);
    house.assign("count", 3.5.into());
    let told = house
        .told
        .iter()
        .filter(|told| matches!(told, Told::Variable { .. }))
        .count();
    assert_eq!(told, 1, "it is no other value");
}

#[test]
fn a_rule_that_cannot_run_says_why() {
    let mut house = House::new();
    house.rule_unchecked(&SLOW.replace("hall-motion", "nobody"));
    let refused = house
        .order(&Order::Run {
            rule: "slow".into(),
        })
        .unwrap_err();
    assert!(
        refused.to_string().contains("there is no device nobody"),
        "{refused}"
    );
}

#[test]
fn a_disabled_rule_can_be_tried_by_hand() {
    let mut house = House::new();
    house.rule(&format!("enabled = false{}", SLOW.replace("10m", "1s")));
    house
        .order(&Order::Run {
            rule: "slow".into(),
        })
        .unwrap();
    house.wait_s(2);
    assert_eq!(house.notices(), ["slow"]);
}

#[test]
fn why_something_is_as_it_is_leads_to_the_run_and_why_not_to_the_rules_that_could() {
    let mut house = House::new();
    house.rule(
        r#"
id = "light"
[[when]]
becomes = "hall-motion.occupied"
[[only_if]]
expr = "hall-lux.illuminance < 20 lx"
[[do]]
set = { target = "hall-lamp", level = "40 %" }
"#,
    );
    house.motion(true);
    let path = crate::house::path(crate::house::LAMP, 0x0006, 0);
    let could = house.machine.could_set(&path);
    assert_eq!(could.len(), 1, "a level turns it on");
    assert_eq!(&*could[0].0.rule.id, "light");
    let why = "hall-lux.illuminance < 20 lx is false".into();
    assert_eq!(could[0].1[0].outcome, Outcome::NotRun { why });
    house.set(crate::house::LUX, 0x0400, 0, crate::device::lux(3.0));
    house.motion(false);
    house.motion(true);
    house.wait_s(1);
    let cause = house.cause(crate::house::LAMP, 0x0006, 0).unwrap();
    assert_eq!(house.machine.run_of(cause), Some(house.last("light").id));
}
