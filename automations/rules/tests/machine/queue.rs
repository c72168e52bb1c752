//! Class 8: a start that finds no room is told, never dropped silently.

use rules::machine::Order;
use rules::trace::Outcome;

use crate::house::House;

fn queued(more: &str) -> String {
    format!(
        r#"
id = "slow"
mode = "queued"
max = 2
{more}
[[when]]
changes = "outdoor.temperature"
[[do]]
let = {{ t = "outdoor.temperature" }}
[[do]]
delay = "1m"
[[do]]
notify = "{{$t}}"
"#
    )
}

#[test]
fn the_new_start_is_dropped_and_that_is_told() {
    let mut house = House::new();
    house.rule(&queued("overflow = \"drop-new\""));
    for n in 1..=5 {
        house.outdoor(n * 100);
    }
    assert_eq!(house.view("slow").running, 1);
    assert_eq!(house.view("slow").waiting, 2);
    assert_eq!(house.not_run("slow"), ["the queue was full"]);
    assert_eq!(house.last("slow").times, 2);
    let outcomes: Vec<_> = house
        .traces("slow")
        .iter()
        .map(|t| t.outcome.clone())
        .collect();
    assert_eq!(
        outcomes[1..],
        [Outcome::Queued, Outcome::Queued, Outcome::Running]
    );
    house.wait_s(200);
    assert_eq!(house.notices().len(), 3);
    assert_eq!(house.notices()[0], "1 °C");
    assert_eq!(house.runs("slow"), 3);
}

#[test]
fn the_oldest_start_is_dropped_and_that_is_told() {
    let mut house = House::new();
    house.rule(&queued("overflow = \"drop-oldest\""));
    for n in 1..=5 {
        house.outdoor(n * 100);
    }
    let why = "the queue was full, and it had waited longest";
    assert_eq!(house.not_run("slow"), [why; 1], "the same twice, counted");
    assert_eq!(
        (house.view("slow").running, house.view("slow").waiting),
        (1, 2)
    );
    house.wait_s(200);
    assert_eq!(house.notices().len(), 3);
}

#[test]
fn those_that_wait_outlive_a_restart_in_their_order() {
    let mut house = House::new();
    house.rule(&queued("").replace("changes = \"outdoor.temperature\"", "manual = true"));
    for _ in 0..3 {
        house
            .order(&Order::Run {
                rule: "slow".into(),
            })
            .unwrap();
    }
    let refused = house.order(&Order::Run {
        rule: "slow".into(),
    });
    assert_eq!(refused.unwrap_err().to_string(), "the queue was full");
    house.wait_s(30);
    house.restart(std::time::Duration::from_secs(10));
    assert_eq!(
        (house.view("slow").running, house.view("slow").waiting),
        (1, 2)
    );
    house.wait_s(21);
    assert_eq!(house.notices().len(), 1);
    assert_eq!(
        (house.view("slow").running, house.view("slow").waiting),
        (1, 1)
    );
    house.wait_s(130);
    assert_eq!(house.notices().len(), 3);
    let ids: Vec<_> = house
        .traces("slow")
        .iter()
        .map(|trace| trace.id.0)
        .collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn single_and_parallel_tell_what_they_drop() {
    let mut house = House::new();
    let rule = queued("").replace("mode = \"queued\"\nmax = 2", "mode = \"single\"");
    house.rule(&rule);
    house.rule(
        &rule
            .replace("\"slow\"", "\"many\"")
            .replace("\"single\"", "\"parallel\"\nmax = 2"),
    );
    for n in 1..=4 {
        house.outdoor(n * 100);
    }
    assert_eq!(house.not_run("slow"), ["it was running already"]);
    assert_eq!(house.last("slow").times, 3);
    assert_eq!(house.not_run("many"), ["it was running as often as it may"]);
    assert_eq!(house.last("many").times, 2);
    assert_eq!(house.view("many").running, 2);
}

#[test]
fn a_long_queue_of_instant_runs_is_worked_off() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "many"
mode = "queued"
max = 25
[[when]]
manual = true
[[do]]
wait = { until = "home.flag", timeout = "1h" }
[[do]]
repeat = 100
do = [ { parallel = [ [ { assign = { count = "home.count + 1" } } ], [ { let = { x = 1 } } ] ] } ]
"#,
    );
    for _ in 0..26 {
        house
            .order(&Order::Run {
                rule: "many".into(),
            })
            .unwrap();
    }
    house.assign("flag", true.into());
    house.wait_s(1);
    assert_eq!(house.home("count"), "2600");
    assert_eq!(
        (house.view("many").running, house.view("many").waiting),
        (0, 0)
    );
    assert_eq!(house.runs("many"), 26);
}
