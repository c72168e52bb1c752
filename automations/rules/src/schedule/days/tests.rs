//! What the text of days means, and that it survives being printed.

use proptest::prelude::*;

use super::super::tests::repeatable;
use super::*;

#[test]
fn days_print_canonically() {
    for (text, canonical) in [
        ("every day", "every day"),
        (" every  day ", "every day"),
        ("mon..sun", "every day"),
        ("mon..fri", "mon..fri"),
        ("Friday .. Monday", "fri..mon"),
        ("sun, sat", "sat,sun"),
        ("mon,wed,tue,fri", "mon..wed,fri"),
        ("sun,mon", "mon,sun"),
        ("wed", "wed"),
        ("tue..mon & sat", "sat"),
        ("may-01..sep-30", "may-01..sep-30"),
        ("november-15 .. mar-1", "nov-15..mar-01"),
        ("dec-24..dec-24", "dec-24"),
        ("2026-12-24,mon", "mon,2026-12-24"),
        ("2026-12-24..2027-01-06", "2026-12-24..2027-01-06"),
        ("may-01..sep-30&mon..fri", "may-01..sep-30 & mon..fri"),
    ] {
        let days: Days = text.parse().unwrap();
        assert_eq!(days.to_string(), canonical, "{text}");
        assert_eq!(canonical.parse(), Ok(days));
    }
}

#[test]
fn a_day_is_in_if_every_list_has_it() {
    for (text, yes, no) in [
        ("mon..fri", "2026-03-27", "2026-03-28"),
        ("fri..mon", "2026-03-29", "2026-03-31"),
        ("sat,sun", "2026-03-28", "2026-03-30"),
        ("may-01..sep-30", "2026-09-30", "2026-10-01"),
        ("nov-15..mar-01", "2026-01-01", "2026-03-02"),
        ("nov-15..mar-01", "2026-11-15", "2026-11-14"),
        ("feb-29", "2028-02-29", "2026-02-28"),
        ("jan-01..feb-29", "2026-02-28", "2026-03-01"),
        ("2026-12-24", "2026-12-24", "2027-12-24"),
        ("2026-12-24..2027-01-06", "2027-01-06", "2027-01-07"),
        ("mon..fri & may-01..sep-30", "2026-05-01", "2026-05-02"),
        ("mon..fri & may-01..sep-30", "2026-09-30", "2026-04-30"),
        ("sat,sun,2026-12-24", "2026-12-24", "2026-12-25"),
    ] {
        let days: Days = text.parse().unwrap();
        assert!(days.contains(yes.parse().unwrap()), "{text} has {yes}");
        assert!(!days.contains(no.parse().unwrap()), "{text} lacks {no}");
    }
}

#[test]
fn errors_point_at_the_problem() {
    for (text, why) in [
        (
            "",
            "column 1: expected a day such as mon, dec-24 or 2026-12-24, found the end",
        ),
        (
            "mon,",
            "column 5: expected a day such as mon, dec-24 or 2026-12-24, found the end",
        ),
        (
            "mon..fry",
            "column 6: unknown weekday `fry`, did you mean `fri`?",
        ),
        (
            "wednesdaz",
            "column 1: unknown day `wednesdaz`, did you mean `wednesday`?",
        ),
        (
            "mon & septemberz-01",
            "column 7: unknown day `septemberz`, did you mean `september`?",
        ),
        (
            "mon fri",
            "column 5: expected `,`, `..`, `&` or the end, found `fri`",
        ),
        ("feb-30", "column 5: day must be in february, not 30"),
        (
            "may..sep",
            "column 4: expected `-` and a day of the month, as in may-01, found `..sep`",
        ),
        ("may-01..monday", "column 9: unknown month `monday`"),
        (
            "2026-12-24..2026-12-23",
            "column 1: a range must be from early to late, not 2026-12-24..2026-12-23",
        ),
    ] {
        assert_eq!(text.parse::<Days>().unwrap_err().to_string(), why);
    }
}

proptest! {
    #![proptest_config(repeatable(256))]

    #[test]
    fn days_survive_their_text(days in any_days()) {
        let text = days.to_string();
        let again: Days = text.parse().unwrap();
        prop_assert_eq!(again.to_string(), text);
        prop_assert_eq!(again, days);
    }

    #[test]
    fn no_text_panics(text in ".*", near in "[a-z0-9,.& -]{0,30}") {
        let _ = text.parse::<Days>();
        let _ = near.parse::<Days>();
    }
}

fn any_days() -> impl Strategy<Value = Days> {
    let weekday = prop::sample::select(Weekday::ALL.as_slice());
    let date = (1990_u16..2100, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| CivilDate::new(year, month, day).unwrap());
    let season = (date.clone(), date.clone())
        .prop_map(|(first, last)| (MonthDay::of(first), MonthDay::of(last)));
    let dates = (date.clone(), date).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let list = (
        prop::collection::btree_set(weekday, 0..7),
        prop::collection::btree_set(season, 0..3),
        prop::collection::btree_set(dates, 0..3),
    )
        .prop_filter("not empty", |(weekdays, seasons, dates)| {
            !(weekdays.is_empty() && seasons.is_empty() && dates.is_empty())
        })
        .prop_map(|(weekdays, seasons, dates)| {
            let mut list = List {
                seasons,
                dates,
                ..List::default()
            };
            for day in weekdays {
                list.weekdays.insert_range(day, day);
            }
            list
        });
    prop::collection::vec(list, 0..4).prop_map(|lists| Days { lists })
}
