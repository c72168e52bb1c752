//! A rule acts with its owner's rights, as they are when it runs.

use crate::house::{House, LOCK, at};
use rules::trace::Outcome;

fn unlocks(owner: &str) -> String {
    format!(
        r#"
id = "unlock"
{owner}
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = {{ target = "front-lock", locked = false }}
[[do]]
notify = "welcome"
"#
    )
}

#[test]
fn what_the_owner_may_the_rule_may() {
    for owner in ["", "owner = \"anna\""] {
        let mut house = House::new();
        house.rule(&unlocks(owner));
        house.motion(true);
        house.wait_s(1);
        assert_eq!(
            house.steps("unlock")[0],
            "front-lock.locked = false: confirmed"
        );
        assert!(house.given[0].author.starts_with("unlock@"));
    }
}

#[test]
fn what_the_owner_may_not_is_denied_and_the_trace_says_so() {
    for owner in ["ben", "mallory"] {
        let mut house = House::new();
        house.rule(&unlocks(&format!("owner = \"{owner}\"")));
        house.motion(true);
        house.wait_s(1);
        let step = &house.steps("unlock")[0];
        assert!(step.contains("not sent: unlock@"), "{step}");
        assert!(
            step.contains("may not do that: it is not allowed to its owner"),
            "{step}"
        );
        assert_eq!(house.device(LOCK).obeyed.len(), 0);
        assert_eq!(
            house.last("unlock").outcome,
            Outcome::Done,
            "it is told, and goes on"
        );
    }
}

#[test]
fn ensure_of_what_is_denied_gives_up_in_the_end() {
    let mut house = House::new();
    house.rule(&unlocks("owner = \"ben\"").replace(
        "false }",
        "false }\nensure = { within = \"1s\", retry = 1, else = \"stop\" }",
    ));
    house.motion(true);
    house.wait_s(5);
    assert!(matches!(
        house.last("unlock").outcome,
        Outcome::Failed { .. }
    ));
    assert!(house.last("unlock").ended.unwrap() < at("2026-03-10 12:00:05"));
}
