//! That nothing is lost between the faces, and that errors point at the problem.

use proptest::prelude::*;

use super::*;
use crate::expr::Expr;
use crate::testing::{self, repeatable};
use crate::tree::{Action, Condition, Step};

mod errors;
mod hostile;
mod notes;

const EVERYTHING: &str = include_str!("../../examples/everything.toml");
const CANONICAL: &str = include_str!("../../examples/everything.canonical.toml");

/// The least rule, with more fields above its steps.
fn rule_with(head: &str, steps: &str) -> String {
    format!("id = \"x\"\n{head}\n{steps}\n")
}

const STEP: &str = "[[do]]\nrun = \"y\"";

fn read(text: &str) -> Rule {
    match rule_from_text(text) {
        Ok(read) => read.what,
        Err(problems) => panic!("{text}\n{}", told(&problems)),
    }
}

fn told(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// All that is wrong with a text, a problem to a line.
fn wrong(text: &str) -> String {
    match rule_from_text(text) {
        Ok(read) => panic!("this is read: {:?}", read.what),
        Err(problems) => told(&problems),
    }
}

#[test]
fn the_example_has_its_canonical_text() {
    let rule = read(EVERYTHING);
    assert_eq!(rule_to_text(&rule), CANONICAL);
    assert_eq!(read(CANONICAL), rule);
    let json = rule_to_json(&rule).to_string();
    assert_eq!(rule_from_json(&json).unwrap(), rule);
}

#[test]
fn the_example_uses_every_key_of_the_language() {
    let keys = [
        "version",
        "id",
        "name",
        "note",
        "owner",
        "enabled",
        "mode",
        "max",
        "overflow",
        "per",
        "if_late",
        "becomes",
        "after_gap",
        "for",
        "changes",
        "event",
        "where",
        "pressed",
        "press",
        "at",
        "days",
        "every",
        "lost",
        "recovered",
        "after",
        "manual",
        "expr",
        "set",
        "target",
        "transition",
        "ensure",
        "within",
        "retry",
        "else",
        "scene",
        "wait",
        "until",
        "timeout",
        "delay",
        "if",
        "then",
        "choose",
        "do",
        "repeat",
        "parallel",
        "run",
        "notify",
        "to",
        "let",
        "assign",
        "invoke",
        "device",
        "command",
        "fields",
        "stop",
    ];
    for key in keys {
        assert!(EVERYTHING.contains(&format!("{key} = ")), "{key}");
        assert!(
            CANONICAL.contains(&format!("{key} = ")) || key == "do",
            "{key}"
        );
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let rule = read(&rule_with("", STEP));
    let expected = Rule {
        steps: vec![Step {
            action: Action::Run("y".into()),
            note: None,
        }],
        ..Rule::new("x")
    };
    assert_eq!(rule, expected);
    let text = rule_to_text(&rule);
    assert_eq!(
        text,
        "version = 1\nid = \"x\"\nname = \"x\"\nenabled = true\nwhen = []\n\n[[do]]\nrun = \"y\"\n"
    );
}

#[test]
fn other_ways_to_write_toml_say_the_same() {
    let block = read(&rule_with(
        "[[when]]\nat = \"06:30\"",
        "[[do]]\nset = { target = \"a\", on = true }",
    ));
    for text in [
        "id = 'x'\nwhen = [{ at = '06:30' }]\ndo = [{ set = { target = 'a', on = true } }]",
        "id = 'x'\nwhen = [{ at = '06:30' }]\n[[do]]\n[do.set]\ntarget = ['a']\non = true",
        "id = 'x'\nwhen = [{ at = '06:30' }]\n[[do]]\nset.target = 'a'\nset.on = true",
        "id = 'x'\nwhen = [{ at = '''06:30''' }]\n[[do]]\nset = { target = 'a', on = 'true' }",
        "\u{FEFF}id = 'x'\r\nwhen = [{ at = '06:30' }]\r\n[[do]]\r\nset = { target = 'a', on = true }\r\n",
    ] {
        assert_eq!(read(text), block, "{text}");
    }
}

#[test]
fn values_keep_what_they_are() {
    for (value, tree) in [
        ("true", "true"),
        ("40", "40"),
        ("-40", "-40"),
        ("0.5", "0.5"),
        ("-0.5", "-0.5"),
        ("1e-7", "0.0000001"),
        ("9007199254740992", "9007199254740992"),
        ("9007199254740992.0", "9007199254740992"),
        ("\"40 %\"", "40 %"),
        ("\"-0\"", "-0"),
        ("'\"text\"'", "\"text\""),
        ("\"night\"", "night"),
    ] {
        let rule = read(&rule_with(
            "",
            &format!("[[do]]\nassign = {{ v = {value} }}"),
        ));
        let tree: Expr = tree.parse().unwrap();
        assert!(
            matches!(&rule.steps[0].action, Action::Assign { value, .. } if *value == tree),
            "{value}"
        );
        assert_eq!(read(&rule_to_text(&rule)), rule, "{value}");
        let json = rule_to_json(&rule).to_string();
        assert_eq!(rule_from_json(&json), Ok(rule), "{value}");
    }
}

#[test]
fn a_delay_may_have_spaces_and_may_be_calculated() {
    for (text, canonical) in [
        ("5m", "5m"),
        ("1h 30m", "1h30m"),
        ("90 s", "1m30s"),
        ("600 s", "600s"),
        ("$pause * 2", "$pause * 2"),
    ] {
        let rule = read(&rule_with("", &format!("[[do]]\ndelay = \"{text}\"")));
        assert!(
            rule_to_text(&rule).contains(&format!("delay = \"{canonical}\"")),
            "{text}"
        );
        assert_eq!(read(&rule_to_text(&rule)), rule);
    }
}

#[test]
fn a_scene_is_read_and_written() {
    let text = "\
# For films.
id = \"movie-night\"
name = \"Movie night\"

[[devices]]
device = \"hall-lamp\"   # dim
level = \"10 %\"
on = true

[[devices]]
device = \"strip/2\"
color-temperature = \"2700 K\"
\"LevelControl.OnLevel\" = 20
";
    let scene = scene_from_text(text).unwrap().what;
    assert_eq!(scene.note.as_deref(), Some("For films.\ndim"));
    assert_eq!(scene.devices.len(), 2);
    let canonical = scene_to_text(&scene);
    assert_eq!(scene_from_text(&canonical).unwrap().what, scene);
    let json = scene_to_json(&scene).to_string();
    assert_eq!(scene_from_json(&json), Ok(scene));

    let problems = scene_from_text(&text.replace("level", "levl")).unwrap_err();
    assert_eq!(
        told(&problems),
        "line 7, column 1: devices[0].levl: devices have no \"levl\" to set (did you mean level?)"
    );
}

proptest! {
    #![proptest_config(repeatable(64))]

    #[test]
    fn rules_survive_every_face(rule in testing::rule()) {
        let text = rule_to_text(&rule);
        let again = match rule_from_text(&text) {
            Ok(read) => read.what,
            Err(problems) => return Err(TestCaseError::fail(format!("{text}\n{}", told(&problems)))),
        };
        prop_assert_eq!(&again, &rule, "{}", text);
        prop_assert_eq!(rule_to_text(&again), text);
        let json = rule_to_json(&rule).to_string();
        prop_assert_eq!(rule_from_json(&json), Ok(rule));
    }

    #[test]
    fn scenes_survive_every_face(scene in testing::scene()) {
        let text = scene_to_text(&scene);
        let again = match scene_from_text(&text) {
            Ok(read) => read.what,
            Err(problems) => return Err(TestCaseError::fail(format!("{text}\n{}", told(&problems)))),
        };
        prop_assert_eq!(&again, &scene, "{}", text);
        prop_assert_eq!(scene_to_text(&again), text);
        let json = scene_to_json(&scene).to_string();
        prop_assert_eq!(scene_from_json(&json), Ok(scene));
    }
}

/// The conditions of a rule, for tests.
fn conditions(rule: &Rule) -> Vec<&Condition> {
    rule.only_if.iter().collect()
}
