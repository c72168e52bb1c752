//! Once a civil day, whatever the clock does.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::sun::SunEvent;
use super::*;

#[test]
fn a_skipped_time_is_due_as_much_later_and_a_repeated_one_the_first_time() {
    for (zone, date, time, utc) in [
        // An hour at two in the morning.
        (
            "Europe/Berlin",
            "2026-03-29",
            "02:30",
            "2026-03-29T03:30:00+02:00",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            "02:30",
            "2026-10-25T02:30:00+02:00",
        ),
        // An hour at midnight: the day starts at 01:00, and ends with 23:30 twice.
        (
            "Africa/Cairo",
            "2026-04-24",
            "00:00",
            "2026-04-24T01:00:00+03:00",
        ),
        (
            "Africa/Cairo",
            "2026-04-24",
            "00:30",
            "2026-04-24T01:30:00+03:00",
        ),
        (
            "Africa/Cairo",
            "2026-10-29",
            "23:30",
            "2026-10-29T23:30:00+03:00",
        ),
        (
            "Asia/Beirut",
            "2026-03-29",
            "00:15",
            "2026-03-29T01:15:00+03:00",
        ),
        // Half an hour.
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:15",
            "2026-10-04T02:45:00+11:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:45",
            "2026-04-05T01:45:00+11:00",
        ),
        // The last hour of a day: its run is moved into the next day and still counts for the first.
        (
            "America/Nuuk",
            "2026-03-28",
            "23:30",
            "2026-03-29T00:30:00-01:00",
        ),
    ] {
        let place = place(zone);
        let due = at(time).on(date.parse().unwrap(), &place);
        assert_eq!(due, parse_local(utc, &place), "{zone} {date} {time}");
        assert!(due.is_some());
    }
}

#[test]
fn the_night_that_a_clock_repeats_runs_once() {
    let berlin = place("Europe/Berlin");
    let schedule = at("02:30");
    let first = schedule.next(moment("2026-10-25 00:00", &berlin), None, &berlin);
    let first = first.unwrap();
    let second = schedule.next(first.at, Some(first.date), &berlin).unwrap();
    assert_eq!(local_text(first.at, &berlin), "2026-10-25 02:30:00");
    assert_eq!(local_text(second.at, &berlin), "2026-10-26 02:30:00");
    assert_eq!(second.at.since(first.at).as_secs(), 25 * 3600);
}

#[test]
fn a_day_left_out_at_the_date_line_is_not_due() {
    let apia = place("Pacific/Apia");
    let schedule = at("06:30");
    let skipped = CivilDate::new(2011, 12, 30).unwrap();
    assert_eq!(schedule.on(skipped, &apia), None);
    let before = moment("2011-12-29 06:30", &apia);
    let due = schedule.next(before, None, &apia).unwrap();
    assert_eq!(local_text(due.at, &apia), "2011-12-31 06:30:00");
    assert_eq!(due.date.to_string(), "2011-12-31");
}

#[test]
fn an_offset_past_midnight_counts_for_its_own_day() {
    let berlin = place("Europe/Berlin");
    let schedule = at("sunset + 4h");
    let due = schedule.next(moment("2026-06-21 23:00", &berlin), None, &berlin);
    let due = due.unwrap();
    assert_eq!(due.date.to_string(), "2026-06-21");
    assert_eq!(civil_date(due.at, &berlin).to_string(), "2026-06-22");
    // Already past midnight, it is still to come for the day before.
    let late = moment("2026-06-22 00:30", &berlin);
    assert_eq!(schedule.next(late, None, &berlin), Some(due));
    let done = schedule.next(late, Some(due.date), &berlin).unwrap();
    assert_eq!(done.date.to_string(), "2026-06-22");

    let early = at("dawn - 6h");
    let due = early.next(moment("2026-06-20 12:00", &berlin), None, &berlin);
    let due = due.unwrap();
    assert_eq!(due.date.to_string(), "2026-06-21");
    assert_eq!(civil_date(due.at, &berlin).to_string(), "2026-06-20");
}

#[test]
fn an_evening_past_midnight_is_still_to_come_after_midnight() {
    let reykjavik = Place {
        location: Some(Location::new(64.15, -21.94).unwrap()),
        ..place("Atlantic/Reykjavik")
    };
    for (schedule, place, past_midnight, date) in [
        ("sunset", &reykjavik, "2026-06-22 00:01", "2026-06-21"),
        (
            "23:30",
            &place("America/Nuuk"),
            "2026-03-29 00:10",
            "2026-03-28",
        ),
    ] {
        let date: CivilDate = date.parse().unwrap();
        let now = moment(past_midnight, place);
        let due = at(schedule).next(now, None, place).unwrap();
        assert_eq!(due.date, date, "{schedule}");
        assert_eq!(
            at(schedule)
                .next(now, Some(date), place)
                .map(|due| due.date),
            date.tomorrow()
        );
        assert_eq!(
            at(schedule).last(now, place).map(|due| due.date),
            date.yesterday()
        );
        assert_eq!(at(schedule).last(due.at, place), Some(due));
    }
}

#[test]
fn a_day_already_done_is_not_due_again() {
    let berlin = place("Europe/Berlin");
    let morning = moment("2026-05-01 06:00", &berlin);
    let done = CivilDate::new(2026, 5, 1).unwrap();
    let due = at("06:30").next(morning, Some(done), &berlin).unwrap();
    assert_eq!(due.date.to_string(), "2026-05-02");
    let never = CivilDate::new(9999, 12, 31).unwrap();
    assert_eq!(at("06:30").next(morning, Some(never), &berlin), None);
}

#[test]
fn only_its_days_are_due() {
    let berlin = place("Europe/Berlin");
    let weekday_summer = At {
        days: "mon..fri & may-01..sep-30".parse().unwrap(),
        ..at("06:30")
    };
    let friday = moment("2026-09-25 07:00", &berlin);
    let next = weekday_summer.next(friday, None, &berlin).unwrap();
    assert_eq!(local_text(next.at, &berlin), "2026-09-28 06:30:00");
    let autumn = moment("2026-10-01 00:00", &berlin);
    let next = weekday_summer.next(autumn, None, &berlin).unwrap();
    assert_eq!(local_text(next.at, &berlin), "2027-05-03 06:30:00");
    let last = weekday_summer.last(autumn, &berlin).unwrap();
    assert_eq!(local_text(last.at, &berlin), "2026-09-30 06:30:00");

    let once = At {
        days: "2026-12-24".parse().unwrap(),
        ..at("17:00")
    };
    let eve = moment("2026-12-24 17:00", &berlin);
    assert_eq!(once.last(eve, &berlin).map(|due| due.at), Some(eve));
    assert_eq!(once.next(eve, None, &berlin), None);
}

#[test]
fn the_polar_night_is_waited_out() {
    let tromso = Place {
        location: Some(Location::new(69.6492, 18.9553).unwrap()),
        ..place("Europe/Oslo")
    };
    let schedule = at("sunrise");
    let december = moment("2026-12-01 00:00", &tromso);
    let next = schedule.next(december, None, &tromso).unwrap();
    let last = schedule.last(december, &tromso).unwrap();
    assert_eq!((next.date.year(), next.date.month()), (2027, 1));
    assert_eq!((last.date.year(), last.date.month()), (2026, 11));
    let never = at("sun rises above 60°");
    assert_eq!(never.next(december, None, &tromso), None);
}

proptest! {
    #![proptest_config(repeatable(16))]

    #[test]
    fn a_year_has_one_due_time_for_each_civil_day(
        zone in any_zone(),
        when in any_time(),
        year in 2020_u16..2036,
    ) {
        let schedule = At { when, days: Days::default() };
        let mut date = CivilDate::new(year, 1, 1).unwrap();
        let start = schedule.on(date, &zone).unwrap();
        let mut due = Due { at: start, date };
        while date.year() == year {
            prop_assert_eq!(due.date, date);
            prop_assert_eq!(Some(due.at), schedule.on(date, &zone));
            prop_assert_eq!(schedule.last(due.at, &zone), Some(due));
            let next = schedule.next(due.at, None, &zone).unwrap();
            prop_assert_eq!(schedule.next(due.at, Some(date), &zone), Some(next));
            let just_before = Timestamp(next.at.0 - 1);
            prop_assert_eq!(schedule.next(just_before, Some(date), &zone), Some(next));
            prop_assert_eq!(schedule.last(just_before, &zone), Some(due));
            due = next;
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn next_and_last_close_in_on_any_moment(
        zone in any_zone(),
        when in any_time(),
        days in any_days(),
        second in 1_577_836_800_i64..2_082_758_400,
    ) {
        let schedule = At { when, days };
        let now = Timestamp::from_secs(second);
        let last = schedule.last(now, &zone).unwrap();
        let next = schedule.next(now, None, &zone).unwrap();
        prop_assert!(last.at <= now && now < next.at);
        prop_assert!(last.date < next.date);
        prop_assert_eq!(schedule.next(last.at, None, &zone), Some(next));
        prop_assert!(schedule.days.contains(last.date) && schedule.days.contains(next.date));
    }

    #[test]
    fn no_moment_or_offset_panics(zone in any_zone(), at: i64, offset_s: i32, done: bool) {
        let when = AtTime::Sun { event: SunEvent::Noon, offset_s };
        let schedule = At { when, days: Days::default() };
        for at in [at, i64::MIN, i64::MAX] {
            let done = done.then(|| civil_date(Timestamp(at), &zone));
            let _ = schedule.next(Timestamp(at), done, &zone);
            let _ = schedule.last(Timestamp(at), &zone);
        }
    }
}

/// Properties are tried on the same cases every time.
pub(super) fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x1236),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn any_zone() -> impl Strategy<Value = Place> {
    prop::sample::select(vec![
        ("Europe/Berlin", 52.52, 13.4),
        ("Africa/Cairo", 30.04, 31.24),
        ("Asia/Beirut", 33.9, 35.5),
        ("Australia/Lord_Howe", -31.55, 159.1),
        ("America/Nuuk", 50.0, -51.7),
        ("America/St_Johns", 47.6, -52.7),
        ("America/Santiago", -33.4, -70.7),
        ("Pacific/Chatham", -44.0, -176.5),
        ("Pacific/Kiritimati", 1.87, -157.4),
        ("Asia/Kathmandu", 27.7, 85.3),
        ("Africa/Casablanca", 33.6, -7.6),
    ])
    .prop_map(|(zone, latitude, longitude)| Place {
        location: Some(Location::new(latitude, longitude).unwrap()),
        ..place(zone)
    })
}

fn any_time() -> impl Strategy<Value = AtTime> {
    let clock = (0_u32..86_400)
        .prop_map(|seconds| AtTime::Clock(TimeOfDay::from_seconds(seconds).unwrap()));
    let near_a_change = (0_u32..4 * 60)
        .prop_map(|minutes| AtTime::Clock(TimeOfDay::from_seconds(minutes * 60).unwrap()));
    let events = prop::sample::select(SunEvent::ALL.as_slice());
    let sun = (events, -20 * 86_400..=20 * 86_400)
        .prop_map(|(event, offset_s)| AtTime::Sun { event, offset_s });
    prop_oneof![2 => clock, 2 => near_a_change, 1 => sun]
}

fn any_days() -> impl Strategy<Value = Days> {
    prop::sample::select(vec![
        "every day",
        "mon..fri",
        "sat,sun",
        "may-01..sep-30",
        "fri..mon & nov-15..mar-01",
        "dec-24",
    ])
    .prop_map(|text| text.parse().unwrap())
}

fn at(when: &str) -> At {
    At {
        when: when.parse().unwrap(),
        days: Days::default(),
    }
}

fn moment(text: &str, place: &Place) -> Timestamp {
    parse_local(text, place).unwrap()
}

fn place(zone: &str) -> Place {
    Place {
        zone: Zone::named(zone).unwrap(),
        location: Some(Location::new(52.52, 13.4).unwrap()),
    }
}
