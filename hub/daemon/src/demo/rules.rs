//! The demo's rules: good to learn from, and added once, with its devices.

use std::collections::VecDeque;

use anyhow::Context as _;
use hub_engine::{Edit, Filter, ObjectKind, Principal, Request};
use hub_runtime::HubHandle;
use rule_runner::RulesHandle;
use rules::face;
use rules::machine::{RULE, VARIABLE};
use rules::problem::Problem;
use rules::tree::Rule;
use serde_json::json;

/// Their texts.
const TEXTS: &[&str] = &[
    include_str!("rules/hall-light.toml"),
    include_str!("rules/bath-fan.toml"),
    include_str!("rules/bedside-button.toml"),
    include_str!("rules/window-heating.toml"),
    include_str!("rules/evening.toml"),
    include_str!("rules/door-open.toml"),
    include_str!("rules/bridge-lost.toml"),
];

/// Adds each rule as soon as the devices that it names are there.
pub(super) async fn add_all(hub: &HubHandle, rules: &RulesHandle) -> anyhow::Result<()> {
    let me = Principal::console();
    let mode = json!({
        "type": "choice",
        "options": ["day", "evening", "night", "away"],
        "initial": "day",
        "note": "What the home is about.",
    });
    put(hub, &me, VARIABLE, "mode", mode.to_string()).await?;
    let mut waiting: VecDeque<Rule> = parsed()?.into();
    let mut events = hub
        .subscribe(&me, Filter::default())
        .await
        .context("watch the hub")?;
    while let Some(rule) = waiting.pop_front() {
        let problems = rules
            .check_rule(&me, rule.clone())
            .await
            .context("check a rule")?;
        if problems.iter().any(Problem::is_error) {
            waiting.push_back(rule);
            events.next().await.context("the hub stopped")?;
            continue;
        }
        put(
            hub,
            &me,
            RULE,
            &rule.id,
            face::rule_to_json(&rule).to_string(),
        )
        .await?;
    }
    eprintln!(
        "  {} rules are at work; `ingle rules list` shows them",
        TEXTS.len()
    );
    Ok(())
}

fn parsed() -> anyhow::Result<Vec<Rule>> {
    let all = TEXTS.iter().map(|text| match face::rule_from_text(text) {
        Ok(read) => Ok(read.what),
        Err(problems) => {
            let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
            anyhow::bail!("a rule of the demo cannot be read: {}", all.join("; "))
        }
    });
    all.collect()
}

async fn put(
    hub: &HubHandle,
    me: &Principal,
    kind: &str,
    id: &str,
    body: String,
) -> anyhow::Result<()> {
    let edit = Edit::PutObject {
        kind: ObjectKind::new(kind),
        id: id.to_owned(),
        body: Some(body.into()),
    };
    let reason = "the demo's rules".to_owned();
    let stored = hub.submit(me.clone(), Request::Edit { edit, reason }).await;
    stored.map(drop).with_context(|| format!("add {kind} {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_written_as_the_hub_writes_them() {
        for (text, rule) in TEXTS.iter().zip(parsed().unwrap()) {
            assert_eq!(face::rule_to_text(&rule), *text, "{}", rule.id);
        }
    }
}
