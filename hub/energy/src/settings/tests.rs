//! What settings are read, what is refused and where, and that they survive their text.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{any_price, any_prices, meter, repeatable};

fn problems(json: &Value) -> Vec<String> {
    let problems = Settings::from_json(json).unwrap_err();
    problems.iter().map(Problem::to_string).collect()
}

fn with_tariff(tariff: &Value) -> Value {
    json!({ "version": 1, "tariffs": [tariff] })
}

#[test]
fn the_first_version_is_read_and_written_unchanged() {
    let text = include_str!("golden-1.json");
    let settings = Settings::from_text(text).unwrap();
    let json: Value = serde_json::from_str(text).unwrap();
    assert_eq!(settings.to_json(), json);
    assert_eq!(settings.meters().len(), 5);
    assert_eq!(settings.meter(meter(8)).role, Role::Solar);
    assert_eq!(settings.meter(meter(99)), MeterSettings::of(meter(99)));
    let on = |date: &str| {
        settings
            .tariff_on(date.parse().unwrap())
            .map(|t| t.from.to_string())
    };
    assert_eq!(on("2024-12-31"), None);
    assert_eq!(on("2025-12-31").as_deref(), Some("2025-01-01"));
    assert_eq!(on("2026-01-01").as_deref(), Some("2026-01-01"));
}

#[test]
fn nothing_but_a_version_is_settings_too() {
    let empty = Settings::from_text(r#"{"version": 1}"#).unwrap();
    assert_eq!(empty, Settings::default());
}

#[test]
fn a_price_may_be_a_number() {
    for (number, text) in [
        (json!(0.3142), "0.3142"),
        (json!(1), "1"),
        (json!(-0.000_001), "-0.000001"),
    ] {
        let tariff =
            json!({ "from": "2026-01-01", "currency": "EUR", "import": { "default": number } });
        let settings = Settings::from_json(&with_tariff(&tariff)).unwrap();
        assert_eq!(settings.tariffs()[0].import.default.to_string(), text);
    }
}

#[test]
fn each_problem_names_its_field() {
    let json = json!({
        "version": 1,
        "metres": [],
        "meters": [
            { "node": 1, "endpoint": 70_000, "role": "gird" },
            { "node": "x", "role": "grid", "reversed": 1 },
            { "node": 1, "endpoint": 1, "role": "device", "parent": { "node": 2 } },
            7,
        ],
        "tariffs": [{
            "from": "2026-02-30",
            "currency": "eur",
            "import": { "default": "0,31", "bands": [{ "name": "night", "price": [], "from": "25:00", "days": "mon..fry" }] },
            "export": { "bands": 3 },
            "standing_per_day": "1e3",
        }],
    });
    assert_eq!(
        problems(&json),
        [
            "metres: unknown field, did you mean `meters`?",
            "meters[0].endpoint: must be the number of an endpoint, 0 to 65535",
            "meters[0].role: unknown role `gird`, did you mean `grid`?",
            "meters[1].node: must be the number of a node",
            "meters[1].endpoint: is missing",
            "meters[1].reversed: must be true or false, not a number",
            "meters[2].parent.endpoint: is missing",
            "meters[3]: must be an object, not a number",
            "tariffs[0].from: column 9: day must be in month 2 of 2026, not 30",
            "tariffs[0].currency: must be a code of three capitals such as EUR",
            "tariffs[0].import.default: must be a decimal number such as 0.3142",
            "tariffs[0].import.bands[0].price: must be a price such as \"0.3142\", not a list",
            "tariffs[0].import.bands[0].to: is missing beside `from`",
            "tariffs[0].import.bands[0].from: column 1: hour must be 0 to 23, not 25",
            "tariffs[0].import.bands[0].days: column 6: unknown weekday `fry`, did you mean `fri`?",
            "tariffs[0].export.default: is missing",
            "tariffs[0].export.bands: must be a list, not a number",
            "tariffs[0].standing_per_day: must be a decimal number such as 0.3142",
        ]
    );
}

#[test]
fn what_is_no_object_of_a_known_version_is_refused() {
    assert_eq!(problems(&json!([])), ["must be an object, not a list"]);
    assert_eq!(problems(&json!({})), ["version: is missing"]);
    assert_eq!(
        problems(&json!({ "version": 2 })),
        ["version: is 2, and only version 1 is known"]
    );
    let no_json = Settings::from_text("{").unwrap_err();
    assert!(no_json[0].to_string().starts_with("this is no JSON: EOF"));
    assert!(Settings::from_text(&" ".repeat(LONGEST + 1)).is_err());
}

#[test]
fn a_parent_is_another_device_and_never_behind_its_child() {
    let device = |node: u64, parent: u64| json!({ "node": node, "endpoint": 1, "role": "device", "parent": { "node": parent, "endpoint": 1 } });
    let with = |meters: Value| problems(&json!({ "version": 1, "meters": meters }));
    assert_eq!(
        with(json!([
            device(1, 2),
            device(2, 3),
            device(3, 1),
            device(4, 1),
            device(5, 5)
        ])),
        [
            "meters[0].parent: meter 0x1/1 would be behind itself",
            "meters[1].parent: meter 0x2/1 would be behind itself",
            "meters[2].parent: meter 0x3/1 would be behind itself",
            "meters[4].parent: meter 0x5/1 would be behind itself",
        ]
    );
    let grid = json!({ "node": 1, "endpoint": 1, "role": "grid" });
    assert_eq!(
        with(json!([grid, device(2, 1)])),
        ["meters[1].parent: meter 0x1/1 must be a device, not grid"]
    );
    let mut solar = device(1, 2);
    solar["role"] = json!("solar");
    assert_eq!(
        with(json!([solar])),
        ["meters[0].parent: only a device has a parent, not a meter that is solar"]
    );
    assert_eq!(
        with(json!([grid, grid])),
        ["meters[1]: meter 0x1/1 is told twice"]
    );
}

#[test]
fn tariffs_ascend_and_bands_have_names() {
    let tariff = |from: &str, name: &str| {
        json!({
            "from": from,
            "currency": "EUR",
            "import": { "default": "0.3", "bands": [{ "name": name, "price": "0.2" }] },
        })
    };
    let json = json!({ "version": 1, "tariffs": [
        tariff("2026-01-01", " "),
        tariff("2026-01-01", "default"),
        tariff("2026-01-02", &"x".repeat(65)),
    ]});
    assert_eq!(
        problems(&json),
        [
            "tariffs[1].from: must be after 2026-01-01, where the one before begins",
            "tariffs[0].import.bands[0].name: must not be empty",
            "tariffs[1].import.bands[0].name: `default` is what the price outside of all bands is called",
            "tariffs[2].import.bands[0].name: has 65 characters, at most 64 are kept",
        ]
    );
}

#[test]
fn a_home_of_too_many_meters_is_refused() {
    let told = |node| MeterSettings::of(meter(node));
    let problems = Settings::new((0..1_025).map(told).collect(), Vec::new()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "meters: has 1025 entries, at most 1024 are kept"
    );
}

proptest! {
    #![proptest_config(repeatable(256))]

    #[test]
    fn settings_survive_their_text(settings in any_settings()) {
        let text = serde_json::to_string(&settings).unwrap();
        let again: Settings = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        prop_assert_eq!(again, settings);
    }

    #[test]
    fn no_json_panics(text in ".*", broken in broken_settings()) {
        let _ = Settings::from_text(&text);
        let _ = Settings::from_json(&broken);
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let roles = prop::sample::select(Role::ALL.as_slice());
    let meters = prop::collection::vec((roles, any::<bool>(), any::<bool>()), 0..6);
    let tariffs = prop::collection::vec(
        (any_prices(), prop::option::of(any_prices()), any_price()),
        0..4,
    );
    (meters, tariffs).prop_map(|(meters, tariffs)| {
        let meters = (1..)
            .zip(meters)
            .map(|(node, (role, has_parent, reversed))| MeterSettings {
                meter: meter(node),
                role,
                // Ever higher up, so never round; not told, so a device.
                parent: (has_parent && role == Role::Device).then(|| meter(node + 100)),
                reversed,
            });
        let tariffs = (2020..)
            .zip(tariffs)
            .map(|(year, (import, export, standing))| Tariff {
                from: CivilDate::new(year, 3, 1).unwrap(),
                currency: "EUR".parse().unwrap(),
                import,
                export,
                standing_per_day: standing,
            });
        Settings::new(meters.collect(), tariffs.collect()).unwrap()
    })
}

/// The golden settings with one part replaced by something else.
fn broken_settings() -> impl Strategy<Value = Value> {
    let junk = prop::sample::select(vec![
        json!(null),
        json!(-1),
        json!(1e300),
        json!("\u{e9}"),
        json!([[]]),
        json!({ "a": {} }),
        json!(u64::MAX),
    ]);
    let golden: Value = serde_json::from_str(include_str!("golden-1.json")).unwrap();
    let places = vec![
        "/meters",
        "/meters/0",
        "/meters/0/node",
        "/meters/3/parent",
        "/meters/1/role",
        "/tariffs",
        "/tariffs/1",
        "/tariffs/1/import",
        "/tariffs/1/import/bands",
        "/tariffs/1/import/bands/0",
        "/tariffs/1/import/bands/0/from",
        "/tariffs/1/export/default",
        "/tariffs/1/standing_per_day",
        "/tariffs/0/from",
        "/version",
    ];
    (junk, prop::sample::select(places)).prop_map(move |(junk, place)| {
        let mut json = golden.clone();
        *json.pointer_mut(place).unwrap() = junk;
        json
    })
}
