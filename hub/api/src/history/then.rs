//! Why something was so at a past moment: the sample that held then, the command that led to it, who
//! asked for that, and what led to it in turn, as far as it was recorded.

use std::collections::BTreeMap;

use history::course::Gap;
use history::occurrence::Asked;
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::{Home, Principal};
use hub_model::{AttributePath, CauseId, Timestamp};
use recorder::{HistoryHandle, View};
use rules::schedule::{Place, local_text};

use super::KeptHistory;
use super::tell::Teller;
use crate::dto::{Link, Then, ms};
use crate::problem::Problem;
use crate::words;

/// How long before a sample the commands that led to it are looked for, in microseconds: rules wait.
const COMMANDS_BEFORE: i64 = 3_600_000_000;
/// How long after it, for what came of them.
const COMMANDS_AFTER: i64 = 60_000_000;
/// Commands of one node that are looked through.
const MOST_COMMANDS: usize = 20_000;
/// A chain longer than this is told in part.
const LONGEST: usize = 16;

/// How an attribute was, and why.
pub(crate) struct Past {
    pub(crate) then: Then,
    /// In words, how it was.
    pub(crate) sentence: String,
    /// The chain of commands, nearest first.
    pub(crate) links: Vec<Link>,
}

/// How an attribute was at a moment, and why.
pub(crate) async fn past(
    history: &KeptHistory,
    who: &Principal,
    home: &Home,
    place: &Place,
    path: AttributePath,
    at: Timestamp,
) -> Result<Past, Problem> {
    let handle = &history.handle;
    let key = SeriesKey::Attribute(path);
    let teller = Teller {
        key: &key,
        home,
        zone: handle.zone(),
    };
    let until = Timestamp(at.0.saturating_add(1));
    let when = local_text(at, place);
    let name = words::attribute(&path);
    let Some(sample) = handle.before(who, &key, until).await? else {
        let then = Then {
            at_ms: ms(at),
            was: None,
            known: false,
        };
        return Ok(Past {
            then,
            sentence: format!("Nothing of {name} was recorded until {when}."),
            links: Vec::new(),
        });
    };
    let answer = handle.query(who, &key, sample.at, until, View::Chart(1));
    let gaps = answer.await?.map_or_else(Vec::new, |answer| answer.gaps);
    let lost = lost(&sample, &gaps, at);
    let told = teller.sample(&sample);
    let mut sentence = match lost {
        None => format!("At {when} {name} was {}", told.text),
        Some(lost) => format!(
            "At {when} it was not known what {name} was, since {}; before that it was {}",
            local_text(lost, place),
            told.text
        ),
    };
    sentence += &format!(", from {} on.", local_text(sample.at, place));
    let links = chain(handle, who, home, &sample).await?;
    Ok(Past {
        then: Then {
            at_ms: ms(at),
            was: Some(told),
            known: lost.is_none(),
        },
        sentence,
        links,
    })
}

/// Since when it was not known any more what a sample told, if it was not at that moment.
fn lost(sample: &Sample, gaps: &[Gap], at: Timestamp) -> Option<Timestamp> {
    if !sample.is_known() {
        return Some(sample.at);
    }
    let gap = gaps
        .iter()
        .find(|gap| gap.from > sample.at && gap.from <= at);
    gap.map(|gap| gap.from)
}

/// The commands that led to a sample, nearest first.
async fn chain(
    handle: &HistoryHandle,
    who: &Principal,
    home: &Home,
    sample: &Sample,
) -> Result<Vec<Link>, Problem> {
    let Some(mut cause) = sample.cause else {
        return Ok(Vec::new());
    };
    let commands = commands(handle, who, sample.at).await?;
    let mut links = Vec::new();
    while let Some(words) = commands.get(&cause) {
        let link = link(cause, words, home);
        let parent = link.parent.map(CauseId);
        links.push(link);
        match parent {
            // A parent is older than what it led to: the chain ends for certain.
            Some(parent) if parent < cause && links.len() < LONGEST => cause = parent,
            _ => break,
        }
    }
    Ok(links)
}

/// What was asked around a moment, and what came of it, by cause.
async fn commands(
    handle: &HistoryHandle,
    who: &Principal,
    at: Timestamp,
) -> Result<BTreeMap<CauseId, Vec<(Timestamp, Asked)>>, Problem> {
    let from = Timestamp(at.0.saturating_sub(COMMANDS_BEFORE));
    let to = Timestamp(at.0.saturating_add(COMMANDS_AFTER));
    let mut commands: BTreeMap<CauseId, Vec<(Timestamp, Asked)>> = BTreeMap::new();
    let keys = handle.series(who).await?;
    let keys = keys.iter();
    for key in keys.filter(|key| matches!(key, SeriesKey::Commands(_))) {
        let samples = handle.samples(who, key, from, to, MOST_COMMANDS).await?;
        for sample in samples {
            if let Some(asked) = Asked::from_value(&sample.value) {
                let words = commands.entry(asked.cause).or_default();
                words.push((sample.at, asked));
            }
        }
    }
    Ok(commands)
}

fn link(cause: CauseId, told: &[(Timestamp, Asked)], home: &Home) -> Link {
    let asked = told.iter().find(|(_, asked)| asked.origin.is_some());
    let came = told.iter().rev().find(|(_, asked)| asked.origin.is_none());
    let at = asked.or(came).map_or(0, |(at, _)| ms(*at));
    let origin = asked.and_then(|(_, asked)| asked.origin.as_ref());
    Link {
        cause: cause.0,
        parent: asked.and_then(|(_, asked)| asked.parent.map(|parent| parent.0)),
        at_ms: at,
        origin: origin.map_or_else(
            || "somebody".to_owned(),
            |origin| words::origin(home, origin),
        ),
        command: asked.map(|(_, asked)| asked.what.to_string()),
        progress: came.map(|(_, asked)| asked.what.to_string()),
        run: None,
    }
}

#[cfg(test)]
mod tests {
    use hub_engine::Quality;
    use hub_model::Value;

    use super::*;

    #[test]
    fn what_was_known_before_a_gap_is_lost_in_it_and_after_it() {
        let sample = Sample::known(Timestamp(100), Value::Bool(true));
        let gap = |from, to| Gap {
            from: Timestamp(from),
            to: Timestamp(to),
        };
        let gaps = [gap(50, 90), gap(200, 300)];
        assert_eq!(lost(&sample, &gaps, Timestamp(199)), None);
        assert_eq!(lost(&sample, &gaps, Timestamp(250)), Some(Timestamp(200)));
        assert_eq!(lost(&sample, &gaps, Timestamp(400)), Some(Timestamp(200)));
        let stale = Sample {
            quality: Quality::Stale,
            ..sample
        };
        assert_eq!(lost(&stale, &[], Timestamp(150)), Some(Timestamp(100)));
    }
}
