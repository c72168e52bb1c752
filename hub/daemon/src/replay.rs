//! `ingle replay`: repeats an incident and says whether it comes out as it was recorded. Needs no hub.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use hub_runtime::clock;
use rules::replay::incident::Incident;
use serde_json::json;

use crate::output::Output;

/// Repeats the incident of a file.
pub(crate) fn run(file: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let incident =
        Incident::read(&text).with_context(|| format!("understand {}", file.display()))?;
    // Any instant will do: it does not show.
    let replay = incident.replay(clock::now().mono);
    let others = incident.compare(&replay);
    let answer = json!({
        "identical": others.is_empty(),
        "traces": replay.traces,
        "different": others.iter().map(|other| json!({
            "run": other.run,
            "recorded": other.recorded,
            "replayed": other.replayed,
        })).collect::<Vec<_>>(),
    });
    output.answer(&answer, |_| {
        let traces = replay.traces.iter();
        let mut text: String = traces
            .map(|trace| crate::commands::trace_text::whole(trace))
            .collect();
        for other in &others {
            let missing = "nothing".to_owned();
            text += &format!(
                "{} came out otherwise:\n  recorded {}\n  replayed {}\n",
                other.run,
                other.recorded.as_ref().unwrap_or(&missing),
                other.replayed.as_ref().unwrap_or(&missing)
            );
        }
        let count = replay.traces.len();
        text + &match others.is_empty() {
            true => format!("{count} traces, identical with those recorded"),
            false => format!(
                "{count} traces, {} of them otherwise than recorded",
                others.len()
            ),
        }
    });
    Ok(match others.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
