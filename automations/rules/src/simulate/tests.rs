//! What rules would have done: over the recorded events of a small real home.

use std::time::Duration;

use hub_engine::Edit;
use hub_model::{NodeId, Value};

use super::*;
use crate::machine::SCENE;
use crate::replay::living::{LAMP, Living, MOTION, any_instant, berlin, local};
use crate::trace;

/// Three days in which somebody comes into the hall at 8 and at 20 o'clock, for five minutes.
struct Past {
    start: Snapshot,
    living: Living,
}

impl Past {
    fn quiet() -> Self {
        let living = Living::hall();
        let start = living.snapshot();
        Self { start, living }
    }

    fn three_days() -> Self {
        let mut past = Self::quiet();
        past.wait_until("2026-11-20 20:00");
        for _ in 0..3 {
            past.visit();
            past.living.wait(Duration::from_secs(12 * 3600 - 300));
            past.visit();
            past.living.wait(Duration::from_secs(12 * 3600 - 300));
        }
        past
    }

    fn visit(&mut self) {
        self.living.motion(true);
        self.living.wait(Duration::from_secs(300));
        self.living.motion(false);
    }

    fn wait_until(&mut self, at: &str) {
        let span = local(at).since(self.living.now.wall);
        self.living.wait(span);
    }

    fn simulate(&self, rules: &[&str]) -> Outcome {
        self.simulate_within(rules, None, "2026-11-20 12:00", "2026-11-23 12:00")
    }

    fn simulate_within(
        &self,
        rules: &[&str],
        old: Option<&[&str]>,
        from: &str,
        to: &str,
    ) -> Outcome {
        simulate(self.simulation(rules, old, from, to), any_instant())
    }

    fn simulation(
        &self,
        rules: &[&str],
        old: Option<&[&str]>,
        from: &str,
        to: &str,
    ) -> Simulation<'_, &[Event]> {
        let read = |rules: &[&str]| rules.iter().map(|text| rule(text)).collect();
        Simulation {
            place: berlin(),
            past: local("2026-06-01"),
            start: &self.start,
            events: self.living.events.as_slice(),
            rules: read(rules),
            old: old.map(read),
            from: local(from),
            to: local(to),
        }
    }
}

fn rule(text: &str) -> Rule {
    face::rule_from_text(text).unwrap().what
}

const LIGHT: &str = r#"
id = "light"
name = "Light"
enabled = false
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = true }
ensure = { within = "5s", retry = 2, else = "stop" }
[[do]]
wait = { until = "not hall-motion.occupied", timeout = "1h" }
[[do]]
set = { target = "hall-lamp", on = false }
"#;

/// As [`LIGHT`], in the evening only.
fn evening() -> String {
    let condition = "occupied\"\n[[only_if]]\nexpr = \"time in 18:00..23:00\"\n[[do]]";
    LIGHT.replacen("occupied\"\n[[do]]", condition, 1)
}

fn clock(id: &str, at: &str) -> String {
    let head = format!("id = \"{id}\"\nname = \"Clock\"\n[[when]]\n{at}\n");
    head + "[[do]]\nset = { target = \"hall-lamp\", on = true }\n"
}

fn starts(outcome: &Outcome) -> Vec<String> {
    let place = berlin();
    let runs = outcome.runs.iter();
    runs.map(|run| crate::schedule::local_text(run.at, &place))
        .collect()
}

#[test]
fn a_disabled_rule_runs_over_the_past() {
    let outcome = Past::three_days().simulate(&[LIGHT]);
    let expected = [
        "2026-11-20 20:00:00",
        "2026-11-21 08:00:00",
        "2026-11-21 20:00:00",
        "2026-11-22 08:00:00",
        "2026-11-22 20:00:00",
        "2026-11-23 08:00:00",
    ];
    assert_eq!(starts(&outcome), expected);
    for run in &outcome.runs {
        assert_eq!(run.outcome, trace::Outcome::Done);
        assert_eq!(run.ended, Some(run.at + Duration::from_secs(300)));
        let told = run
            .steps
            .iter()
            .map(|step| (&*step.text, step.result.as_deref()));
        let expected = [
            ("hall-lamp.on = true", Some("simulated")),
            ("wait until not hall-motion.occupied", Some("it is so")),
            ("hall-lamp.on = false", Some("simulated")),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
    assert_eq!((&outcome.stopped, outcome.notes.len()), (&None, 0));
}

#[test]
fn starts_that_come_to_nothing_are_counted_with_their_reasons() {
    let outcome = Past::three_days().simulate(&[&evening()]);
    assert_eq!(outcome.runs.len(), 3);
    let held: Vec<_> = outcome
        .held_back
        .iter()
        .map(|held| (&*held.why, held.times))
        .collect();
    assert_eq!(held, [("time in 18:00..23:00 is false", 3)]);
    let text = outcome.to_text(&berlin());
    let summary = "would have run 3 times in 3 days, 3 starts held back: time in 18:00..23:00 is \
                   false (3×)";
    assert!(text.ends_with(&format!("{summary}\n")), "{text}");
}

#[test]
fn a_rule_that_holds_back_every_second_is_counted_to_the_last() {
    let mut past = Past::quiet();
    past.living.motion(false);
    let text = clock(
        "clock",
        "every = \"1s\"\n[[only_if]]\nexpr = \"hall-lamp.on\"",
    );
    let (from, to) = ("2026-11-20 12:00:10", "2026-11-20 12:01:10");
    let outcome = past.simulate_within(&[&text], None, from, to);
    assert_eq!(outcome.held_back[0].times, 61);
    assert_eq!(outcome.held_back[0].last, local(to));
    let outcome = past.simulate_within(&[&text], None, "2026-11-20 12:00", to);
    assert_eq!(outcome.held_back[0].times, 70);
}

#[test]
fn a_for_that_is_cut_short_is_one_reason() {
    let mut past = Past::quiet();
    for seconds in [1, 2, 3, 61] {
        past.living.motion(true);
        past.living.wait(Duration::from_secs(seconds));
        past.living.motion(false);
        past.living.wait(Duration::from_secs(100));
    }
    let text = LIGHT.replace(
        "occupied\"\n[[do]]\nset",
        "occupied\"\nfor = \"1m\"\n[[do]]\nset",
    );
    let outcome = past.simulate(&[&text]);
    let held: Vec<_> = outcome
        .held_back
        .iter()
        .map(|held| (&*held.why, held.times))
        .collect();
    assert_eq!(held, [("it held for less than 1m", 3)]);
    assert_eq!(starts(&outcome), ["2026-11-20 12:06:06"]);
}

#[test]
fn due_times_pass_between_events_and_up_to_the_end() {
    let past = Past::three_days();
    let outcome = past.simulate(&[&clock("clock", "at = \"07:30\"")]);
    assert_eq!(
        starts(&outcome),
        [
            "2026-11-21 07:30:00",
            "2026-11-22 07:30:00",
            "2026-11-23 07:30:00"
        ]
    );
    let past = Past::quiet();
    let clock = clock("clock", "every = \"10m\"");
    let outcome = past.simulate_within(&[&clock], None, "2026-11-20 12:00", "2026-11-20 13:00");
    assert_eq!(outcome.runs.len(), 6);
}

#[test]
fn what_is_before_the_beginning_warms_up_and_is_not_told() {
    let past = Past::three_days();
    let from = "2026-11-21 20:02";
    let outcome = past.simulate_within(&[&evening()], None, from, "2026-11-23 12:00");
    assert_eq!(starts(&outcome), ["2026-11-22 20:00:00"]);
    assert_eq!(outcome.held_back[0].times, 2);
    // A `for` that began before goes on.
    let absent = clock(
        "absent",
        "becomes = \"not hall-motion.occupied\"\nfor = \"4h\"",
    );
    let outcome = past.simulate_within(&[&absent], None, "2026-11-21 00:00", "2026-11-21 06:00");
    assert_eq!(starts(&outcome), ["2026-11-21 00:05:00"]);
}

#[test]
fn two_versions_are_compared() {
    let past = Past::three_days();
    let (from, to) = ("2026-11-20 12:00", "2026-11-23 12:00");
    let brighter = LIGHT.replace("on = false", "level = \"10 %\"");
    let compared = |new: &str, old: &str| {
        past.simulate_within(&[new], Some(&[old]), from, to)
            .compared
            .unwrap()
    };
    let same = compared(LIGHT, LIGHT);
    assert_eq!((same.alike, same.differing.len()), (6, 0));
    let evening = evening();
    let narrower = compared(&evening, LIGHT);
    assert_eq!(
        (
            narrower.alike,
            narrower.only_new.len(),
            narrower.only_old.len()
        ),
        (3, 0, 3)
    );
    assert_eq!(narrower.only_old[0].at, local("2026-11-21 08:00"));
    let wider = compared(LIGHT, &evening);
    assert_eq!(
        (wider.alike, wider.only_new.len(), wider.only_old.len()),
        (3, 3, 0)
    );
    assert_eq!(wider.old_held_back[0].times, 3);
    let other = compared(&brighter, LIGHT);
    assert_eq!((other.alike, other.differing.len()), (0, 6));
    let first = &other.differing[0];
    assert_eq!(
        first.old.last().unwrap().text,
        "hall-lamp.on = false".into()
    );
    assert_eq!(
        first.new.last().unwrap().text,
        "hall-lamp.level = 10 %".into()
    );
    // How long it waits is no other doing.
    let patient = compared(&LIGHT.replace("1h", "2h"), LIGHT);
    assert_eq!(patient.alike, 6);
}

#[test]
fn a_comparison_is_told() {
    let past = Past::three_days();
    let (from, to) = ("2026-11-20 12:00", "2026-11-22 12:00");
    let outcome = past.simulate_within(&[&evening()], Some(&[LIGHT]), from, to);
    assert_eq!(
        outcome.to_text(&berlin()),
        "\
2026-11-20 20:00:00  light: hall-motion.occupied became true
    20:00:00  hall-lamp.on = true  [simulated]
    20:00:00  wait until not hall-motion.occupied  [it is so]
    20:05:00  hall-lamp.on = false  [simulated]
    done after 5m
2026-11-21 20:00:00  light: hall-motion.occupied became true
    20:00:00  hall-lamp.on = true  [simulated]
    20:00:00  wait until not hall-motion.occupied  [it is so]
    20:05:00  hall-lamp.on = false  [simulated]
    done after 5m
held back:
     2 × light: time in 18:00..23:00 is false
            0     6     12    18
2026-11-20  ····················█···
2026-11-21  ····················█···
2026-11-22  ························
only in the old version:
  - 2026-11-21 08:00:00  light: hall-motion.occupied became true
  - 2026-11-22 08:00:00  light: hall-motion.occupied became true
compared with the old version: 2 starts alike, 0 only new, 2 only old, 0 doing something else
would have run 2 times in 2 days, 2 starts held back: time in 18:00..23:00 is false (2×)
"
    );
}

#[test]
fn the_json_has_all_of_it() {
    let past = Past::three_days();
    let (from, to) = ("2026-11-20 12:00", "2026-11-20 21:00");
    let outcome = past.simulate_within(&[&evening()], Some(&[LIGHT]), from, to);
    let json = serde_json::to_value(&outcome).unwrap();
    assert_eq!(json["runs"][0]["rule"], "light");
    assert_eq!(json["runs"][0]["outcome"]["is"], "done");
    assert_eq!(json["runs"][0]["steps"][0]["result"], "simulated");
    assert_eq!(json["compared"]["alike"], 1);
    assert!(json.get("stopped").is_none());
}

#[test]
fn a_simulation_is_the_same_every_time() {
    let past = Past::three_days();
    let all = [LIGHT, &evening().replace("\"light\"", "\"evening\"")];
    let outcome = past.simulate(&all);
    assert_eq!(past.simulate(&all), outcome);
    assert_eq!(outcome.runs.len(), 9);
}

#[test]
fn recorded_rules_do_not_take_the_place_of_simulated_ones() {
    let mut past = Past::quiet();
    past.living.rule(&clock("light", "every = \"1m\""));
    past.living.rule(&clock("other", "every = \"1m\""));
    past.wait_until("2026-11-20 20:00");
    past.visit();
    let outcome = past.simulate(&[LIGHT]);
    assert_eq!(starts(&outcome), ["2026-11-20 20:00:00"]);
    // Nor those that were there before.
    past.start = past.living.snapshot();
    past.living.events.clear();
    past.wait_until("2026-11-21 20:00");
    past.visit();
    let (from, to) = ("2026-11-20 21:00", "2026-11-21 21:00");
    let outcome = past.simulate_within(&[LIGHT], None, from, to);
    assert_eq!(starts(&outcome), ["2026-11-21 20:00:00"]);
}

#[test]
fn scenes_variables_and_other_rules_of_the_home_can_be_used() {
    let mut past = Past::quiet();
    let variable = r#"{"type":"choice","options":["awake","asleep"],"initial":"awake"}"#;
    past.living.variable("mode", variable);
    let scene = "id = \"bright\"\n[[devices]]\ndevice = \"hall-lamp\"\nlevel = \"40 %\"\n";
    let scene = face::scene_from_text(scene).unwrap().what;
    past.living
        .object(SCENE, "bright", &face::scene_to_json(&scene).to_string());
    past.living.rule(&clock("other", "every = \"1m\""));
    past.start = past.living.snapshot();
    past.living.events.clear();
    let text = "
id = \"all\"
name = \"All\"
[[when]]
at = \"22:00\"
[[only_if]]
expr = \"home.mode == awake\"
[[do]]
assign = { mode = \"asleep\" }
[[do]]
scene = \"bright\"
[[do]]
run = \"other\"
";
    let outcome = past.simulate(&[text]);
    assert_eq!(
        starts(&outcome),
        ["2026-11-20 22:00:00", "2026-11-20 22:00:00"]
    );
    let bright = &outcome.runs[0].steps[1];
    assert_eq!(
        (&*bright.text, bright.command),
        ("hall-lamp.level = 40 %", true)
    );
    assert_eq!(&*outcome.runs[1].rule, "other");
    assert_eq!(&*outcome.runs[1].trigger, "all ran it");
    assert_eq!(
        outcome.held_back[0].times, 2,
        "the mode stays as the rule made it"
    );
}

#[test]
fn a_rule_without_its_device_says_so_until_the_device_comes() {
    let mut past = Past::quiet();
    past.start.nodes.retain(|view| view.node.id != LAMP);
    let outcome = past.simulate(&[LIGHT]);
    assert_eq!(outcome.runs, []);
    assert_eq!(&*outcome.notes[0].rule, "light");
    assert!(
        outcome.notes[0].text.starts_with("it cannot run: "),
        "{:?}",
        outcome.notes
    );
    let text = outcome.to_text(&berlin());
    assert!(
        text.starts_with("2026-11-20 12:00:00  light: it cannot run: "),
        "{text}"
    );
    assert!(text.ends_with("would not have run in 3 days\n"), "{text}");
}

#[test]
fn a_start_of_the_hub_in_the_record_makes_no_edge() {
    let mut past = Past::quiet();
    past.living.wait(Duration::from_secs(60));
    past.living.motion(false);
    past.living.wait(Duration::from_secs(3600));
    past.living.report(NodeId(0x10), 6, 0, Value::Bool(true));
    // The hub starts again, and hears of the motion that began meanwhile.
    past.living.motion(true);
    let last = past.living.events.len() - 1;
    past.living.events[last].seq = 1;
    assert_eq!(past.simulate(&[LIGHT]).runs, []);
    past.living.events[last].seq = 1_000;
    assert_eq!(past.simulate(&[LIGHT]).runs.len(), 1);
}

#[test]
fn a_clock_that_was_wrong_does_not_make_decades_pass() {
    let mut past = Past::three_days();
    for event in past.living.events.iter_mut().take(2) {
        event.at = Timestamp::from_secs(77);
    }
    let outcome = past.simulate(&[&clock("clock", "every = \"1h\"")]);
    assert_eq!(outcome.runs.len(), 72);
}

#[test]
fn a_change_of_the_home_is_followed() {
    let mut past = Past::quiet();
    let (node, name) = (MOTION, "door motion".to_owned());
    past.living.edit(Edit::RenameNode { node, name });
    past.wait_until("2026-11-20 20:00");
    past.visit();
    let outcome = past.simulate(&[&LIGHT.replace("hall-motion", "door-motion")]);
    assert_eq!(starts(&outcome), ["2026-11-20 20:00:00"]);
    let outcome = past.simulate(&[LIGHT]);
    assert_eq!((outcome.runs.len(), outcome.notes.len()), (0, 1));
}

#[test]
fn too_many_runs_are_not_told() {
    let past = Past::quiet();
    let text = clock("clock", "every = \"1s\"");
    let (from, to) = ("2026-11-20 12:00", "2026-11-30 12:00");
    let simulation = past.simulation(&[&text], Some(&[&text]), from, to);
    let outcome = simulate_at_most(1_000, simulation, any_instant());
    assert_eq!(outcome.runs.len(), 1_000);
    let stopped = outcome.stopped.as_ref().unwrap();
    assert_eq!(stopped.why, "more than 1000 runs are not told");
    let compared = outcome.compared.as_ref().unwrap();
    assert_eq!((compared.alike, compared.until), (1_000, stopped.at));
    let text = outcome.to_text(&berlin());
    assert!(text.contains("\n… and 500 more runs\n"));
    assert!(text.contains("\nstopped at 2026-11-20 12:16:41: more than"));
}

#[test]
fn what_repeats_until_a_time_has_passed_comes_to_an_end() {
    let past = Past::quiet();
    let text = "
id = \"blink\"
name = \"Blink\"
[[when]]
at = \"13:00\"
[[do]]
repeat = { until = \"hall-motion.occupied\", timeout = \"20s\" }
do = [
    { set = { target = \"hall-lamp\", on = true } },
    { set = { target = \"hall-lamp\", on = false } },
]
";
    let outcome = past.simulate_within(&[text], None, "2026-11-20 12:00", "2026-11-20 14:00");
    assert_eq!(outcome.runs.len(), 1);
    let run = &outcome.runs[0];
    assert_eq!(run.outcome, trace::Outcome::Done);
    assert!(run.left_out > 500);
}

#[test]
fn a_rule_that_runs_away_is_told() {
    let past = Past::quiet();
    let text = "
id = \"loop\"
name = \"Loop\"
mode = \"parallel\"
max = 100
[[when]]
at = \"13:00\"
[[do]]
run = \"loop\"
";
    let outcome = past.simulate(&[text]);
    assert_eq!(outcome.notes.len(), 1, "{:?}", outcome.notes);
    assert!(outcome.notes[0].at == local("2026-11-20 13:00"));
}

#[test]
fn nothing_is_known_of_an_empty_past() {
    let past = Past::quiet();
    let at = "2026-11-20 12:00";
    let outcome = past.simulate_within(&[], Some(&[]), at, at);
    assert_eq!(outcome.runs, []);
    let text = outcome.to_text(&berlin());
    assert!(text.ends_with("would not have run in 0s\n"), "{text}");
    let backwards = past.simulate_within(&[LIGHT], None, "2026-11-21 12:00", at);
    assert_eq!(backwards.runs, []);
}
