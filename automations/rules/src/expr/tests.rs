//! What expressions mean, that they survive their text, and that errors point at the problem.

mod errors;

use proptest::prelude::*;

use super::parse::{DEEPEST, LONGEST, MOST_WORDS};
use super::*;
use crate::testing::{self, repeatable};

fn parse(text: &str) -> Expr {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// The error of a text as people see it: the part that is marked, what is wrong, and the advice.
fn error(text: &str) -> (String, String, String) {
    let error = match text.parse::<Expr>() {
        Ok(expr) => panic!("{text} is read as {expr}"),
        Err(error) => error,
    };
    let marked = text.get(error.span.start..error.span.end);
    let marked = marked.unwrap_or_else(|| panic!("{text}: {:?}", error.span));
    (
        marked.to_owned(),
        error.what,
        error.advice.unwrap_or_default(),
    )
}

#[test]
fn texts_print_canonically() {
    for (text, canonical) in [
        ("a.on&&b.on||!c.on", "a.on and b.on or not c.on"),
        ("Hall-Lamp.on==true", "hall-lamp.on == true"),
        ("@Hall.on == true", "@hall.on == true"),
        ("((a.on))", "a.on"),
        ("(a.on and b.on) or c.on", "a.on and b.on or c.on"),
        ("a.on and (b.on or c.on)", "a.on and (b.on or c.on)"),
        ("any(a.on,b.on,)", "any(a.on, b.on)"),
        ("hall.illuminance<20lx", "hall.illuminance < 20 lx"),
        (
            "a.temperature - 1 K>21.50 °C",
            "a.temperature - 1 K > 21.5 °C",
        ),
        ("time in 6:30 .. 22:00:00", "time in 06:30..22:00"),
        ("day in Monday..FRI", "day in mon..fri"),
        ("since(a.on) > 1h30m", "since(a.on) > 1h30m"),
        ("since(a.on) > 90 s", "since(a.on) > 1m30s"),
        ("since(a.on) > 60 s", "since(a.on) > 60s"),
        ("since(a.on) > 5m", "since(a.on) > 5m"),
        ("since(a.on) > 5 min", "since(a.on) > 5min"),
        ("sun.elevation > -6 °", "sun.elevation > -6°"),
        ("since(a.on) > 1s500ms", "since(a.on) > 1.5s"),
        ("hall-lamp/1/onoff.onoff", "hall-lamp/1/OnOff.OnOff"),
        ("hall-lamp.onoff.onoff", "hall-lamp.OnOff.OnOff"),
        ("hall-lamp/1/6.0", "hall-lamp/1/OnOff.OnOff"),
        ("hall-lamp/1/0x0006.0x0000", "hall-lamp/1/OnOff.OnOff"),
        (
            "a.OccupancySensing.occupancy.occupied",
            "a.OccupancySensing.Occupancy.Occupied",
        ),
        ("a/1/0xFFF1FC00.0x2A", "a/1/0xfff1fc00.0x002a"),
        ("a/1/0xFFF1FC00.0xFFFC", "a/1/0xfff1fc00.FeatureMap"),
        ("- 5", "-5"),
        ("a.hue--5", "a.hue - -5"),
        ("$a-$b", "$a - $b"),
        ("\"a\\\\b\\n\\\"\"", "\"a\\\\b\\n\\\"\""),
        ("küche-süd.on", "küche-süd.on"),
        ("KÜCHE.on", "küche.on"),
        ("客厅灯/2.on", "客厅灯/2.on"),
        ("not x.on in [true, false]", "not x.on in [true, false]"),
        (
            "home.mode in [night,evening]",
            "home.mode in [night, evening]",
        ),
    ] {
        let canonical_tree = parse(canonical);
        assert_eq!(canonical_tree.to_string(), canonical);
        assert_eq!(parse(text), canonical_tree, "{text}");
    }
}

#[test]
fn what_binds_more_tightly_needs_no_brackets() {
    for (text, bracketed) in [
        ("a.on or b.on and c.on", "a.on or (b.on and c.on)"),
        ("not a.on and b.on", "(not a.on) and b.on"),
        ("not a.on == b.on", "not (a.on == b.on)"),
        ("not a.hue in 1..2", "not (a.hue in 1..2)"),
        ("not not a.on", "not (not a.on)"),
        ("a.hue == b.hue ?? 1", "a.hue == (b.hue ?? 1)"),
        ("a.hue ?? 1 + 2", "a.hue ?? (1 + 2)"),
        ("a.hue + 2 * 3", "a.hue + (2 * 3)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("8 / 4 / 2", "(8 / 4) / 2"),
        ("1 ?? 2 ?? 3", "(1 ?? 2) ?? 3"),
        ("-1 * 2", "(-1) * 2"),
        ("- 1 + 2", "(-1) + 2"),
        ("a.hue in 1 + 1..2 * 3", "a.hue in (1 + 1)..(2 * 3)"),
        ("a.hue in 1..2 and b.on", "(a.hue in 1..2) and b.on"),
        ("a.hue ?? 1 in [1, 2]", "(a.hue ?? 1) in [1, 2]"),
        (
            "a.hue > 1 and b.hue < 2 or c.on",
            "((a.hue > 1) and (b.hue < 2)) or c.on",
        ),
    ] {
        assert_eq!(parse(text), parse(bracketed), "{text}");
        assert_eq!(parse(bracketed).to_string(), parse(text).to_string());
    }
    for (text, other) in [
        ("1 - (2 - 3)", "1 - 2 - 3"),
        ("(a.on == b.on) == c.on", "a.on == (b.on == c.on)"),
        ("a.on == (not b.on)", "not a.on == b.on"),
        ("-(1 + 2)", "-1 + 2"),
        ("(a.on in [true]) == b.on", "a.on in [true == b.on]"),
    ] {
        assert_ne!(parse(text), parse(other));
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn a_minus_within_a_name_is_part_of_it() {
    let name = |text: &str| parse(text).references().next().unwrap().to_string();
    assert_eq!(name("hall-lamp.on"), "hall-lamp.on");
    let minus = Kind::Binary(
        BinaryOp::Minus,
        Box::new(parse("a.hue")),
        Box::new(parse("b.hue")),
    );
    for text in ["a.hue - b.hue", "a.hue -b.hue", "a.hue- b.hue"] {
        assert_eq!(parse(text).kind, minus, "{text}");
    }
    assert_eq!(parse("5-3"), parse("5 - 3"));
    assert_eq!(parse("$a-1").kind, Kind::Local("a-1".into()));
}

#[test]
fn words_are_told_apart() {
    let of = |slug: &str, endpoint: Option<u16>, property: Property| {
        Kind::Reference(Reference {
            of: Place::Device(DeviceRef {
                slug: slug.into(),
                endpoint: endpoint.map(hub_model::EndpointId),
            }),
            property,
        })
    };
    let on = || Property::Named("on".into());
    for (text, kind) in [
        ("night", Kind::Literal(Literal::Word("night".into()))),
        ("Night", Kind::Literal(Literal::Word("Night".into()))),
        (
            "sun",
            Kind::Literal(Literal::Day(crate::schedule::Weekday::Sun)),
        ),
        ("sun.up", Kind::Clock(ClockWord::Up)),
        ("time", Kind::Clock(ClockWord::Time)),
        ("home.mode", Kind::Home("mode".into())),
        ("trigger.id", Kind::Trigger(TriggerWord::Id)),
        ("sun/1.on", of("sun", Some(1), on())),
        ("home/1.on", of("home", Some(1), on())),
        ("max.on", of("max", None, on())),
        ("mon.on", of("mon", None, on())),
        ("strip/02.on", of("strip", Some(2), on())),
        (
            "a.Switch.InitialPress",
            of(
                "a",
                None,
                Property::Event {
                    cluster: hub_model::ClusterId(0x3B),
                    event: hub_model::EventId(1),
                },
            ),
        ),
    ] {
        assert_eq!(parse(text).kind, kind, "{text}");
    }
}

#[test]
fn spans_cover_what_they_name() {
    let text = "a.on and  max( b.hue , 1h30m ) > (2 h)";
    let all = parse(text);
    let shown: Vec<_> = all
        .all()
        .iter()
        .map(|e| &text[e.span.start..e.span.end])
        .collect();
    assert_eq!(
        shown,
        [
            text,
            "a.on",
            "max( b.hue , 1h30m ) > (2 h)",
            "max( b.hue , 1h30m )",
            "2 h",
            "b.hue",
            "1h30m",
        ]
    );
}

#[test]
fn too_long_and_too_deep_is_refused() {
    let deep = |n: usize| format!("{}a.on{}", "(".repeat(n), ")".repeat(n));
    assert!(deep(DEEPEST - 1).parse::<Expr>().is_ok());
    let (marked, what, _) = error(&deep(DEEPEST));
    assert_eq!(
        (&*marked, &*what),
        ("a.on", "too many brackets within each other")
    );
    assert_eq!(
        error(&"not ".repeat(900)).1,
        "too many brackets within each other"
    );
    assert_eq!(
        error(&"- ".repeat(450)).1,
        "too many brackets within each other"
    );
    assert_eq!(
        error(&"a".repeat(LONGEST + 1)).1,
        "an expression has at most 4096 bytes"
    );
    assert_eq!(
        error(&"a+".repeat(MOST_WORDS)).1,
        "an expression has at most 1000 words and signs"
    );
    let written_out = format!("any({})", vec!["a/1/3.0"; 400].join(","));
    assert_eq!(
        error(&written_out).1,
        "the expression, written out, has more than 4096 bytes"
    );
}

#[test]
fn the_longest_sum_is_no_deep_recursion() {
    let sum = vec!["a"; MOST_WORDS / 2 - 1].join("+");
    let expr = parse(&sum);
    assert_eq!(parse(&expr.to_string()), expr);
    assert_eq!(expr.clone(), expr);
    assert_eq!(expr.all().len(), MOST_WORDS - 3);
}

#[test]
fn every_name_of_the_specification_is_read_as_itself() {
    for cluster in hub_model::spec::clusters() {
        for attribute in cluster.attributes() {
            let property = Property::Attribute {
                cluster: cluster.id,
                attribute: attribute.id,
                bit: None,
            };
            let text = format!("a.{property}");
            let read: Reference = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read.property, property, "{text}");
        }
        for event in cluster.events {
            let property = Property::Event {
                cluster: cluster.id,
                event: event.id,
            };
            let text = format!("a/1/{property}");
            let read = Reference::event(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read.property, property, "{text}");
        }
    }
}

#[test]
fn an_event_is_one_even_by_number_and_a_value_is_none() {
    let event = |text: &str| Reference::event(text).map(|of| of.to_string());
    assert_eq!(event("a/1/59.1").unwrap(), "a/1/Switch.InitialPress");
    assert_eq!(event("a/1/0xFFF1FC00.7").unwrap(), "a/1/0xfff1fc00.0x07");
    assert_eq!(
        event("@hall.Switch.LongPress").unwrap(),
        "@hall.Switch.LongPress"
    );
    for (text, why) in [
        ("a.on", "a.on is a value, not an event"),
        (
            "a.Switch.CurrentPosition",
            "a.Switch.CurrentPosition is a value, not an event",
        ),
        ("a.Switch.InitalPress", "Switch has no InitalPress"),
        (
            "a.Switch.InitialPress.x",
            "the event InitialPress has no parts here",
        ),
        (
            "front door.Switch.InitialPress",
            "one name ends before this",
        ),
        ("", "a device and a name of it are missing"),
        ("5", "a device's name begins with a letter"),
    ] {
        assert_eq!(event(text).unwrap_err().what, why, "{text}");
    }
}

proptest! {
    #![proptest_config(repeatable(512))]

    #[test]
    fn expressions_survive_their_text(expr in testing::expr()) {
        let text = expr.to_string();
        let again: Expr = match text.parse() {
            Ok(again) => again,
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error:?}"))),
        };
        prop_assert_eq!(&again, &expr, "{}", text);
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn events_survive_their_text(event in testing::event()) {
        prop_assert_eq!(Reference::event(&event.to_string()), Ok(event));
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        check(&text)?;
    }

    #[test]
    fn no_row_of_words_panics_and_what_is_read_is_read_again(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..12),
        spaces: bool,
    ) {
        check(&words.join(if spaces { " " } else { "" }))?;
    }
}

/// An error marks a part of the text; what is read is read again the same.
fn check(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<Expr>() {
        Ok(expr) => {
            let canonical = expr.to_string();
            prop_assert_eq!(canonical.parse(), Ok(expr), "{} -> {}", text, canonical);
        }
        Err(error) => {
            let marked = text.get(error.span.start..error.span.end);
            prop_assert!(marked.is_some(), "{}: {:?}", text, error);
            prop_assert!(!error.what.is_empty());
        }
    }
    let _ = Reference::event(text);
    let _ = text.parse::<Reference>();
    let _ = text.parse::<DeviceRef>();
    Ok(())
}

const WORDS: &[&str] = &[
    "a.on",
    "hall-lamp",
    "@hall.on",
    "@",
    "$x",
    "home.mode",
    "home.",
    "night",
    "not",
    "and",
    "or",
    "in",
    "AND",
    "1",
    "2.5",
    "5 m",
    "1h30m",
    "1h30",
    "20 °C",
    "°",
    "22:00",
    "24:00",
    "9:30 pm",
    "mon",
    "\"t\"",
    "\"",
    "\\",
    "(",
    ")",
    "[",
    "]",
    ",",
    "..",
    ".",
    "??",
    "==",
    "=",
    "!=",
    "!",
    "<",
    "-",
    "+",
    "*",
    "/",
    "any",
    "any(",
    "if(",
    "since(",
    "a/1/OnOff.OnOff",
    "a/1/0xFFF1FC00.1",
    "is",
    "İ.on",
    "ſ.on",
    "ß",
    "lumen",
    "3d-x.on",
    "true",
    "True",
    "sun.up",
    "trigger.id",
];
