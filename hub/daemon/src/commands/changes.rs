//! `ingle why`, `revisions`, `undo`: what led to what, and taking it back.

use hub_api::dto::{Could, Revision, Revisions, RuleStateWord, Stored, Why};
use hyper::Method;
use serde_json::json;

use super::trace_text;
use crate::client::{Client, ClientError, encode};
use crate::clock_text;
use crate::output::{Output, table};

pub(crate) async fn why(
    path: &str,
    at: Option<&str>,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let at = at.map_or_else(String::new, |at| format!("&at={}", encode(at)));
    let why: Why = client
        .get(&format!("/why?path={}{at}", encode(path)))
        .await?;
    output.answer(&why, |why| {
        let links = why.links.iter().map(|link| {
            let what = link.command.clone().unwrap_or_default();
            let how = link.progress.clone().unwrap_or_default();
            vec![
                format!("  {}", clock_text::moment(link.at_ms)),
                link.origin.clone(),
                what,
                how,
            ]
        });
        let mut text = format!("{}\n{}", why.sentence, table(&links.collect::<Vec<_>>()));
        for run in &why.runs {
            text += &format!("\n{}", trace_text::whole(&run.0));
        }
        text + &could(&why.could)
    });
    Ok(())
}

/// What the rules did that could have set it: why it is not as one expected.
fn could(rules: &[Could]) -> String {
    let mut text = String::new();
    for rule in rules {
        let state = match (&rule.state, &rule.why) {
            (RuleStateWord::Ready, _) => String::new(),
            (RuleStateWord::Disabled, _) => " (disabled)".to_owned(),
            (_, Some(why)) => format!(" ({why})"),
            (_, None) => String::new(),
        };
        text += &format!("\nRule {}{state} could have set it:\n", rule.rule);
        for trace in &rule.traces {
            text += &format!("  {}\n", trace_text::brief(&trace.0));
        }
        if rule.traces.is_empty() {
            text += "  it has not started yet\n";
        }
    }
    text
}

pub(crate) async fn list(limit: usize, client: &Client, output: Output) -> Result<(), ClientError> {
    let revisions: Revisions = client.get(&format!("/revisions?limit={limit}")).await?;
    output.answer(&revisions, |revisions| {
        let told = revisions.revisions.iter().filter(|r| !is_bookkeeping(r));
        let rows = told.map(|revision| {
            let changed = revision.changes.iter().filter(|c| c.kind != COUNTER);
            let changed = changed.map(|c| format!("{} {}", c.kind, c.id));
            vec![
                revision.id.to_string(),
                clock_text::moment(revision.at_ms),
                revision.author.clone(),
                revision.reason.clone(),
                changed.collect::<Vec<_>>().join(", "),
            ]
        });
        table(&rows.collect::<Vec<_>>())
    });
    Ok(())
}

/// The kind of the objects that hold the next free numbers.
const COUNTER: &str = "counter";

/// Whether the hub only noted which numbers it has given out: nothing that a person would look for
/// or take back. `--json` tells these too.
fn is_bookkeeping(revision: &Revision) -> bool {
    revision.changes.iter().all(|c| c.kind == COUNTER)
}

pub(crate) async fn undo(
    revision: u64,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let path = format!("/revisions/{revision}/undo");
    let stored: Stored = client.send(Method::POST, &path, &json!({})).await?;
    output.answer(&stored, |_| format!("took revision {revision} back"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use hub_api::dto::ObjectChange;

    use super::*;

    fn revision(kinds: &[&str]) -> Revision {
        let change = |kind: &&str| ObjectChange {
            kind: (*kind).to_owned(),
            id: "1".to_owned(),
            before: None,
            after: Some(json!({})),
        };
        Revision {
            id: 1,
            at_ms: 0,
            author: "the hub".to_owned(),
            reason: String::new(),
            changes: kinds.iter().map(change).collect(),
        }
    }

    #[test]
    fn only_what_changes_nothing_but_counters_is_left_out() {
        assert!(is_bookkeeping(&revision(&["counter"])));
        assert!(!is_bookkeeping(&revision(&["room"])));
        assert!(!is_bookkeeping(&revision(&["counter", "node"])));
    }
}
