//! Class 11: the time zone or the location changes while something is scheduled.

use std::time::Duration;

use rules::schedule::{Location, Place, Zone};

use crate::house::{House, at, berlin};

const MORNING: &str = r#"
id = "morning"
[[when]]
at = "06:30"
[[do]]
notify = "good morning"
"#;

fn new_york() -> Place {
    Place {
        zone: Zone::named("America/New_York").unwrap(),
        location: Some(Location::new(40.71, -74.0).unwrap()),
    }
}

#[test]
fn a_schedule_goes_by_the_clock_of_the_new_place() {
    let mut house = House::at("2026-05-10 12:00");
    house.rule(MORNING);
    house.wait_s(86_400);
    assert_eq!(house.notices().len(), 1);
    house.place = new_york();
    house.restart(Duration::from_secs(60));
    // 06:30 in New York is 12:30 in Berlin; it is 12:01 now. Today it ran already, in Berlin.
    house.wait_till("2026-05-12 12:29");
    assert_eq!(house.notices().len(), 1, "once a day");
    house.wait_till("2026-05-12 12:31");
    assert_eq!(house.notices().len(), 2);
    assert_eq!(house.view("morning").next, Some(at("2026-05-13 12:30")));
    house.place = berlin();
    house.restart(Duration::from_secs(60));
    house.wait_till("2026-05-13 06:29");
    assert_eq!(house.notices().len(), 2);
    house.wait_till("2026-05-13 06:31");
    assert_eq!(house.notices().len(), 3);
}

#[test]
fn what_the_new_clock_shows_as_past_is_late_not_forgotten() {
    let mut house = House::at("2026-05-10 00:00");
    house.place = new_york();
    house.crash();
    house.boot_after(Duration::from_secs(1));
    house.connect();
    house.rule(&format!("if_late = \"5h\"\n{MORNING}"));
    house.wait_till("2026-05-11 10:00");
    assert_eq!(house.notices().len(), 1);
    // In New York it is 04:00 of the 11th; in Berlin half past six is over.
    house.place = berlin();
    house.restart(Duration::from_secs(1));
    assert_eq!(house.notices().len(), 2);
    assert!(house.last("morning").trigger.late_ms.is_some());
    house.wait_s(3_600 * 12);
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn the_sun_is_that_of_the_new_place() {
    let mut house = House::at("2026-05-10 12:00");
    house.rule(&MORNING.replace("06:30", "sunset"));
    let berlin = house.view("morning").next.unwrap();
    house.place = new_york();
    house.restart(Duration::from_secs(60));
    let there = house.view("morning").next.unwrap();
    assert!(there.since(berlin) > Duration::from_secs(4 * 3_600));
    house.wait_s(86_400);
    assert_eq!(house.notices().len(), 1);
    // Without a location there is no sun, and that is said.
    house.place.location = None;
    house.restart(Duration::from_secs(60));
    let state = format!("{:?}", house.state("morning"));
    assert!(state.contains("the home's location is not set"), "{state}");
    house.place = new_york();
    house.restart(Duration::from_secs(60));
    house.wait_s(86_400);
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn waits_and_delays_do_not_care_where_the_home_is() {
    let mut house = House::new();
    house.rule(
        r#"
id = "later"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
delay = "10m"
[[do]]
notify = "later"
"#,
    );
    house.motion(true);
    house.wait_s(60);
    house.place = new_york();
    house.restart(Duration::from_secs(60));
    house.wait_s(470);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(15);
    assert_eq!(house.notices().len(), 1);
}
