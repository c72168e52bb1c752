//! The sun against another implementation, and at the edges where it does nothing.

use sunrise::{Coordinates, DawnType, SolarDay, SolarEvent};

use super::super::place::Zone;
use super::*;

#[test]
fn agrees_with_the_sunrise_crate() {
    for latitude in [-58, -45, -33, -10, 0, 12, 24, 41, 52, 59] {
        for longitude in [-170, -75, 0, 13, 100, 179] {
            let place = place("UTC", f64::from(latitude), f64::from(longitude));
            for day in (0..365).step_by(23) {
                let date = CivilDate::new(2026, 1, 1).unwrap().plus_days(day);
                for event in SunEvent::ALL {
                    assert_near_oracle(event, date, &place);
                }
            }
        }
    }
}

#[test]
fn agrees_with_an_ephemeris() {
    // PyEphem 4.2.1 (VSOP87), pressure 0, centre of the sun at -6°, -0.833°, transit, -0.833°, -6°.
    for (latitude, longitude, zone, date, events) in [
        (
            52.52,
            13.405,
            "Europe/Berlin",
            "2026-03-29",
            ["04:13:36", "04:48:04", "11:11:07", "17:35:16", "18:09:52"],
        ),
        (
            52.52,
            13.405,
            "Europe/Berlin",
            "2026-06-21",
            ["01:52:51", "02:43:06", "11:08:11", "19:33:16", "20:23:30"],
        ),
        (
            52.52,
            13.405,
            "Europe/Berlin",
            "2026-12-21",
            ["06:33:13", "07:14:54", "11:04:25", "14:53:55", "15:35:37"],
        ),
        (
            59.91,
            10.75,
            "Europe/Oslo",
            "2026-02-16",
            ["06:08:39", "06:52:12", "11:31:01", "16:10:51", "16:54:29"],
        ),
        (
            -58.0,
            -170.0,
            "Etc/GMT+11",
            "2026-02-16",
            ["15:21:18", "16:06:22", "23:33:59", "07:00:02", "07:44:42"],
        ),
        (
            59.0,
            -170.0,
            "Etc/GMT+11",
            "2026-08-19",
            ["15:01:36", "15:48:57", "23:23:32", "06:56:31", "07:43:27"],
        ),
        (
            -33.87,
            151.21,
            "Australia/Sydney",
            "2026-10-04",
            ["19:03:41", "19:28:46", "01:44:00", "07:59:46", "08:24:54"],
        ),
    ] {
        let place = place(zone, latitude, longitude);
        let date: CivilDate = date.parse().unwrap();
        for (event, utc) in SunEvent::ALL.into_iter().zip(events) {
            let expected: TimeOfDay = utc.parse().unwrap();
            let at = event.on(date, &place).unwrap().as_secs();
            let off_s = at.rem_euclid(DAY_S) - i64::from(expected.seconds());
            assert!(
                off_s.abs() <= 6,
                "{event} on {date} in {zone} is off by {off_s} s"
            );
        }
    }
}

#[test]
fn the_sun_does_not_rise_in_a_polar_night_nor_set_on_a_polar_day() {
    let tromso = place("Europe/Oslo", 69.6492, 18.9553);
    let winter = CivilDate::new(2026, 12, 21).unwrap();
    let summer = CivilDate::new(2026, 6, 21).unwrap();
    for event in [SunEvent::Sunrise, SunEvent::Sunset] {
        assert_eq!(event.on(winter, &tromso), None);
        assert_eq!(event.on(summer, &tromso), None);
    }
    assert!(SunEvent::Dawn.on(winter, &tromso).is_some());
    assert_eq!(SunEvent::Dusk.on(summer, &tromso), None);
    assert!(SunEvent::Noon.on(winter, &tromso).is_some());
}

#[test]
fn a_moment_is_the_first_second_at_which_it_has_happened() {
    let berlin = place("Europe/Berlin", 52.52, 13.405);
    let location = berlin.location.unwrap();
    let date = CivilDate::new(2026, 3, 29).unwrap();
    for degrees in [-18.0, -3.5, 0.0, 5.0, 30.0] {
        let rises = crossing(date, degrees, true, &berlin).unwrap();
        let sets = crossing(date, degrees, false, &berlin).unwrap();
        let second_before = |at: Timestamp| Timestamp::from_secs(at.as_secs() - 1);
        assert!(elevation(rises, location) >= degrees);
        assert!(elevation(second_before(rises), location) < degrees);
        assert!(elevation(sets, location) < degrees);
        assert!(elevation(second_before(sets), location) >= degrees);
    }
    assert_eq!(crossing(date, 45.0, true, &berlin), None);
}

#[test]
fn noon_belongs_to_the_clocks_day_wherever_the_date_line_runs() {
    // Clocks a day ahead of their sun, and clocks some hours off it.
    for (zone, latitude, longitude) in [
        ("Pacific/Kiritimati", 1.87, -157.4),
        ("Pacific/Apia", -13.8, -171.8),
        ("Pacific/Pago_Pago", -14.3, -170.7),
        ("Asia/Kashgar", 39.5, 76.0),
        ("Europe/Madrid", 42.9, -9.2),
    ] {
        let place = place(zone, latitude, longitude);
        for day in 0..365 {
            let date = CivilDate::new(2026, 1, 1).unwrap().plus_days(day);
            let noon = SunEvent::Noon.on(date, &place).unwrap();
            assert_eq!(local::civil_date(noon, &place), date, "{zone}");
        }
    }
}

#[test]
fn an_evening_past_midnight_still_belongs_to_its_day() {
    let reykjavik = place("Atlantic/Reykjavik", 64.15, -21.94);
    let date = CivilDate::new(2026, 6, 21).unwrap();
    let sunset = SunEvent::Sunset.on(date, &reykjavik).unwrap();
    assert_eq!(
        local::civil_date(sunset, &reykjavik),
        date.tomorrow().unwrap()
    );
}

#[test]
fn nothing_happens_without_a_location_and_nothing_panics_at_the_ends_of_the_earth() {
    let nowhere = Place {
        zone: Zone::utc(),
        location: None,
    };
    let date = CivilDate::new(2026, 6, 21).unwrap();
    for event in SunEvent::ALL {
        assert_eq!(event.on(date, &nowhere), None);
        for (latitude, longitude) in [(90.0, 0.0), (-90.0, 180.0), (0.0, -180.0)] {
            for date in [(0, 1, 1), (9999, 12, 31), (2026, 6, 21)] {
                let date = CivilDate::new(date.0, date.1, date.2).unwrap();
                let _ = event.on(date, &place("UTC", latitude, longitude));
            }
        }
    }
    for at in [i64::MIN, 0, i64::MAX] {
        let elevation = elevation(Timestamp(at), Location::new(52.0, 13.0).unwrap());
        assert!((-90.0..=90.0).contains(&elevation));
    }
}

/// Compares with the nearest of the other implementation's events, which it counts for other days.
fn assert_near_oracle(event: SunEvent, date: CivilDate, place: &Place) {
    let location = place.location.unwrap();
    let theirs = match event {
        SunEvent::Dawn => SolarEvent::Dawn(DawnType::Civil),
        SunEvent::Sunrise => SolarEvent::Sunrise,
        SunEvent::Noon => return,
        SunEvent::Sunset => SolarEvent::Sunset,
        SunEvent::Dusk => SolarEvent::Dusk(DawnType::Civil),
    };
    let ours = event.on(date, place).unwrap().as_secs();
    let coordinates = Coordinates::new(location.latitude(), location.longitude()).unwrap();
    // The other one takes the sun's declination at noon for the whole day, which between solstice and
    // equinox costs it up to two minutes; the ephemeris above agrees with ours there.
    let is_far_north_or_south = location.latitude().abs() > 55.0;
    let is_twilight = matches!(event, SunEvent::Dawn | SunEvent::Dusk);
    let tolerance_s = if is_twilight || is_far_north_or_south {
        180
    } else {
        120
    };
    let off_s = (-1..=1)
        .filter_map(|shift| {
            let day = date.plus_days(shift).to_string().parse().unwrap();
            SolarDay::new(coordinates, day).event_time(theirs)
        })
        .map(|at| (at.timestamp() - ours).abs())
        .min();
    assert!(
        off_s.is_some_and(|off_s| off_s <= tolerance_s),
        "{event} on {date} at {location:?} is off by {off_s:?} s"
    );
}

fn place(zone: &str, latitude: f64, longitude: f64) -> Place {
    Place {
        zone: Zone::named(zone).unwrap(),
        location: Some(Location::new(latitude, longitude).unwrap()),
    }
}
