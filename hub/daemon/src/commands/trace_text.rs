//! A trace as a person reads it.

use hub_model::Timestamp;
use rules::trace::{Answered, Outcome, Seen, Trace};

use crate::clock_text;

/// One line: when it was, what came of it.
pub(crate) fn brief(trace: &Trace) -> String {
    format!(
        "{} {}: {}",
        moment(trace.last.unwrap_or(trace.at)),
        trace.id,
        outcome(trace)
    )
}

/// A row: id, time, rule, what started it, what came of it.
pub(crate) fn line(trace: &Trace) -> Vec<String> {
    vec![
        trace.id.to_string(),
        moment(trace.last.unwrap_or(trace.at)),
        trace.rule.to_string(),
        outcome(trace),
        trace.trigger.text.to_string(),
    ]
}

/// Whether a step failed, or the run.
pub(crate) fn has_failed(trace: &Trace) -> bool {
    let bad = |result: &str| {
        [
            "refused",
            "no answer",
            "not sent",
            "not reached",
            "not started",
        ]
        .iter()
        .any(|word| result.starts_with(word))
    };
    let steps = trace.steps.iter().filter_map(|step| step.result.as_deref());
    matches!(trace.outcome, Outcome::Failed { .. }) || steps.into_iter().any(bad)
}

/// All of it.
pub(crate) fn whole(trace: &Trace) -> String {
    let mut text = format!(
        "{}  {}  {}  {}\n",
        trace.id,
        moment(trace.at),
        trace.rule,
        outcome(trace)
    );
    let place = match trace.trigger.place.is_empty() {
        true => String::new(),
        false => format!("{} ", trace.trigger.place),
    };
    text += &format!(
        "  {place}{}{}\n",
        trace.trigger.text,
        values(&trace.trigger.values)
    );
    if let Some(late) = trace.trigger.late_ms {
        text += &format!("    {} late\n", clock_text::span(late));
    }
    for condition in &trace.conditions {
        text += &format!("  only if {}: {}\n", condition.text, answer(condition));
    }
    for step in &trace.steps {
        let result = step.result.as_deref().map(|result| format!(": {result}"));
        text += &format!(
            "  {} {} {}{}{}\n",
            clock_text::time(step.at.as_millis()),
            step.place,
            step.text,
            result.unwrap_or_default(),
            values(&step.values)
        );
    }
    if trace.left_out > 0 {
        text += &format!("  and {} more steps\n", trace.left_out);
    }
    text
}

fn answer(condition: &Answered) -> String {
    let word = match (condition.held, &condition.unknown) {
        (Some(true), _) => "yes".to_owned(),
        (Some(false), _) => "no".to_owned(),
        (None, Some(why)) => format!("not known, since {why}"),
        (None, None) => "not known".to_owned(),
    };
    word + &values(&condition.values)
}

fn values(values: &[Seen]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let each = values.iter().map(|seen| {
        let value = seen.value.as_deref().unwrap_or("nothing");
        let age = clock_text::span(seen.age_ms);
        match seen.certainty {
            rules::trace::Certainty::Known => format!("{} {value}, {age} old", seen.name),
            rules::trace::Certainty::Stale => format!("{} {value}, stale, {age} old", seen.name),
            rules::trace::Certainty::Unknown => format!("{} not known", seen.name),
        }
    });
    format!(" [{}]", each.collect::<Vec<_>>().join("; "))
}

fn outcome(trace: &Trace) -> String {
    let took = trace.ended.map(|ended| ended.since(trace.at).as_millis());
    let word = match &trace.outcome {
        Outcome::Queued => "waits for its turn".to_owned(),
        Outcome::Running => "runs".to_owned(),
        Outcome::Done => match took {
            Some(took) if took < 1_000 => format!("done in {took} ms"),
            Some(took) => format!(
                "done in {}",
                clock_text::span(u64::try_from(took).unwrap_or(0))
            ),
            None => "done".to_owned(),
        },
        Outcome::Stopped { why } => format!("stopped: {why}"),
        Outcome::Failed { why } => format!("failed: {why}"),
        Outcome::NotRun { why } => format!("did not run: {why}"),
    };
    match trace.times {
        1 => word,
        times => format!("{word} ({times} times)"),
    }
}

fn moment(at: Timestamp) -> String {
    clock_text::moment(at.as_millis())
}
