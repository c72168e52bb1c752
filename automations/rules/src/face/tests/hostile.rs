//! What people, programs and bad disks may hand in: nothing panics, and all has an end.

use std::sync::LazyLock;
use std::time::Instant;

use super::*;

#[test]
fn steps_within_steps_have_an_end() {
    let nested = |kind: &str, depth: usize| {
        let (open, close) = match kind {
            "if" => (r#"{"if": "a.on", "then": ["#, "]}"),
            "choose" => (r#"{"choose": [{"if": "a.on", "do": ["#, "]}]}"),
            "parallel" => (r#"{"parallel": [["#, "]]}"),
            _ => (r#"{"repeat": 2, "do": ["#, "]}"),
        };
        format!(
            r#"{{"id": "x", "do": [{}{{"set": {{"target": ["a"], "on": true}}}}{}]}}"#,
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for kind in ["if", "choose", "parallel", "repeat"] {
        let rule = rule_from_json(&nested(kind, 8)).unwrap_or_else(|e| panic!("{}", told(&e)));
        assert_eq!(read(&rule_to_text(&rule)), rule);
        let problems = told(&rule_from_json(&nested(kind, 9)).unwrap_err());
        assert!(
            problems.contains("more than 8 levels of steps within steps"),
            "{problems}"
        );
    }
    let brackets = rule_from_json(&"[".repeat(100_000)).unwrap_err();
    assert!(told(&brackets).contains("recursion limit"));
    for text in [
        format!("id = {}", "[".repeat(100_000)),
        format!("id = {}", "{a=".repeat(50_000)),
        format!("{} = 1", vec!["a"; 50_000].join(".")),
        format!("[{}]", vec!["a"; 50_000].join(".")),
        format!("id = {}{}", "[".repeat(70), "]".repeat(70)),
    ] {
        let problems = rule_from_text(&text).unwrap_err();
        assert!(problems[0].line.is_some());
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let long = format!("# {}\n", "x".repeat(LONGEST));
    assert_eq!(
        wrong(&long),
        format!(
            "the text has {} bytes; at most {LONGEST} are read",
            LONGEST + 3
        )
    );
    let json = format!("{}{{}}", " ".repeat(LONGEST));
    assert!(told(&rule_from_json(&json).unwrap_err()).contains("at most 262144 are read"));
    let many = format!("id='x'\ndo=[{}]", "{run='y'},".repeat(257));
    assert_eq!(wrong(&many), "line 2, column 4: do: more than 256 entries");
    let set = (0..257).map(|n| format!("k{n}=1,")).collect::<String>();
    let wide = format!("id='x'\n[[do]]\nset={{{set}}}");
    assert_eq!(
        wrong(&wide),
        "line 3, column 5: do[0].set: more than 256 entries"
    );
    // As canonical text it has each control character as six.
    let escaped = format!(
        "id = 'x'\nnote = '{}'\n[[do]]\nrun = 'y'",
        "\u{80}".repeat(LONGEST / 2 - 50)
    );
    assert!(wrong(&escaped).starts_with("the canonical text has "));
}

#[test]
fn not_more_than_a_hundred_problems_are_told() {
    let steps = "{ set = { a = 1, b = 2 } },\n".repeat(100);
    let problems = rule_from_text(&format!("id = 'x'\ndo = [\n{steps}]")).unwrap_err();
    assert_eq!(problems.len(), 101);
    assert_eq!(problems[100].to_string(), "and 200 more");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test is about how long it takes"
)]
fn the_largest_file_is_read_in_reasonable_time() {
    let condition =
        "[[only_if]]\nexpr = 'any(@hall.on) and hall.temperature + 1 K > 20 °C' # why\n";
    let mut large = "id = 'x'\n".to_owned();
    large.push_str(&condition.repeat(256));
    let set = "{ set = { target = ['a', 'b'], on = true, level = '40 %' } }, # so\n";
    let block = format!("[[do]]\nif = 'a.on'\nthen = [\n{}]\n", set.repeat(40));
    while large.len() + block.len() < LONGEST - 40_000 {
        large.push_str(&block);
    }
    let comments = "#\n".repeat(10_000);
    for text in [
        format!("{large}{comments}"),
        "a = 1\n".replace('a', &"k".repeat(10)).repeat(20_000),
        (0..30_000).map(|n| format!("k{n}=1\n")).collect(),
        "[[only_if]]\n".repeat(20_000),
        "[[do]]\n".repeat(256),
        "id = 'x'\n".to_owned() + &"[[do]]\nrnu = 'y'\n".repeat(256),
    ] {
        let start = Instant::now();
        let read = rule_from_text(&text);
        let took = start.elapsed();
        assert_eq!(
            read.is_ok(),
            text.starts_with(&large),
            "{:?}",
            read.err().map(|e| told(&e))
        );
        assert!(took.as_secs() < 10, "{took:?} for {:?}...", text.get(..40));
    }
}

proptest! {
    #![proptest_config(repeatable(96))]

    #[test]
    fn no_text_panics(text in "(?s).{0,200}", line in "[a-z_]{1,8} = [\\[{\"'0-9a-z .=#\\]}]{0,40}") {
        check(&text)?;
        check(&line)?;
        let _ = rule_from_json(&text);
    }

    #[test]
    fn no_damage_to_a_file_panics(
        damages in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..40, damage()), 1..4),
    ) {
        let mut text = EVERYTHING.to_owned();
        for (at, length, damage) in damages {
            let boundary = |mut at: usize| {
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                at
            };
            let start = boundary(at.index(text.len()));
            let end = boundary((start + length).min(text.len()));
            match damage {
                Damage::Gone => text.replace_range(start..end, ""),
                Damage::Twice => {
                    let twice = text[start..end].repeat(2);
                    text.replace_range(start..end, &twice);
                }
                Damage::Other(other) => text.replace_range(start..end, &other),
            }
        }
        check(&text)?;
    }

    #[test]
    fn no_damage_to_json_panics(at: prop::sample::Index, value in json()) {
        let (mut json, places) = WHOLE.clone();
        *json.pointer_mut(at.get::<String>(&places)).unwrap() = value;
        if let Ok(rule) = rule_from_json(&json.to_string()) {
            prop_assert_eq!(read(&rule_to_text(&rule)), rule);
        }
    }
}

/// The example as JSON, with the pointers of all its values.
static WHOLE: LazyLock<(serde_json::Value, Vec<String>)> = LazyLock::new(|| {
    let json = rule_to_json(&read(EVERYTHING));
    let mut places = Vec::new();
    pointers(&json, String::new(), &mut places);
    (json, places)
});

#[derive(Clone, Debug)]
enum Damage {
    Gone,
    Twice,
    Other(String),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Gone),
        Just(Damage::Twice),
        ".{0,6}".prop_map(Damage::Other),
        "[\\[\\]{}\"'#=,\n]{1,3}".prop_map(Damage::Other),
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    proptest::sample::select(vec![
        json!(null),
        json!(true),
        json!(-5),
        json!(1e300),
        json!(2.5),
        json!(u64::MAX),
        json!(""),
        json!("a.on"),
        json!("5m"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([{ "run": "y" }]),
        json!({ "a": 1 }),
    ])
}

/// The JSON pointers of all values.
fn pointers(json: &serde_json::Value, at: String, all: &mut Vec<String>) {
    match json {
        serde_json::Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                pointers(value, format!("{at}/{n}"), all);
            }
        }
        serde_json::Value::Object(table) => {
            for (key, value) in table {
                pointers(value, format!("{at}/{key}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

/// What is read is written and read again the same; what is not is pointed at within the text.
fn check(text: &str) -> Result<(), TestCaseError> {
    let _ = scene_from_text(text);
    match rule_from_text(text) {
        Ok(Read { what, places }) => {
            let canonical = rule_to_text(&what);
            let again = rule_from_text(&canonical);
            let again =
                again.map_err(|e| TestCaseError::fail(format!("{canonical}\n{}", told(&e))))?;
            prop_assert_eq!(&again.what, &what, "{}", canonical);
            let mut problem = Problem::error("do[0].x", "x").at(usize::MAX / 2);
            places.point(&mut problem, text);
        }
        Err(problems) => {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                let line = problem.line.unwrap_or(1);
                prop_assert!(line <= text.matches('\n').count() + 1, "{}", problem);
            }
        }
    }
    Ok(())
}
