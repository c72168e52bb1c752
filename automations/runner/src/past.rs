//! Looking at the recorded past: rules tried on it, and incidents taken out of it.

use std::sync::Arc;
use std::time::Instant;

use hub_engine::{Event, Principal, Snapshot};
use hub_model::Timestamp;
use hub_runtime::{Door, clock};
use rules::log::{self, Input, LogError, TooLong};
use rules::machine::Config;
use rules::replay::incident::Incident;
use rules::schedule::Place;
use rules::simulate::{Outcome, Simulation, simulate};
use rules::tree::Rule;
use tokio::sync::oneshot;

use crate::handle::{Ask, RulesError, RulesHandle};

/// Why the past cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PastError {
    /// Nothing of it was recorded.
    #[error("nothing was recorded of that time")]
    Nothing,
    /// The recording cannot be read.
    #[error("the recording cannot be read: {0}")]
    Unreadable(String),
    /// The recording is being begun anew.
    #[error("the recording has just begun anew; try again in a moment")]
    Begun,
}

/// The home at a moment, and what happened after it.
#[derive(Clone, Debug)]
pub struct Past {
    /// The moment.
    pub began: Timestamp,
    /// The home then.
    pub start: Snapshot,
    /// What happened, in order. The numbers begin anew where the hub was started.
    pub events: Vec<Event>,
}

/// What is to be tried on the past.
#[derive(Clone, Debug)]
pub struct SimulateAsked {
    /// The rule.
    pub rule: Rule,
    /// Whether to compare it with the one of the same id that is in the home.
    pub compare: bool,
    /// From when on; from the beginning of the past when none.
    pub from: Option<Timestamp>,
    /// Until when; until now when none.
    pub to: Option<Timestamp>,
}

impl RulesHandle {
    /// Where the home is: its time zone and location.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.config.place
    }

    /// Tries a rule on the past.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn simulate(
        &self,
        who: &Principal,
        asked: SimulateAsked,
        past: Past,
    ) -> Result<Outcome, RulesError> {
        self.hub.may(who, Door::See).await?;
        let old = match asked.compare {
            true => self
                .rule(who, &asked.rule.id)
                .await?
                .map(|view| vec![Rule::clone(&view.rule)]),
            false => None,
        };
        let (now, config) = (clock::now(), Arc::clone(&self.config));
        let work = move || tried(&past, &config, asked, old, now.wall, now.mono);
        let tried = tokio::task::spawn_blocking(work).await;
        tried.map_err(|_| RulesError::Stopped)
    }

    /// The past as the rules' own recording has it: the last hours, or days of a quiet home.
    ///
    /// # Errors
    /// When nothing was recorded of it, that is not allowed, or the rules have stopped.
    pub async fn recorded(
        &self,
        who: &Principal,
        from: Option<Timestamp>,
    ) -> Result<Past, RulesError> {
        self.hub.may(who, Door::See).await?;
        // What is not yet in the files is, once a copy was given.
        let _ = self.copy().await;
        let from = from.unwrap_or(Timestamp(i64::MIN));
        let segments = self.recorder.segments(from).await?;
        let read = tokio::task::spawn_blocking(move || read(&segments)).await;
        Ok(read.map_err(|_| RulesError::Stopped)??)
    }

    /// The present segment of the recording with what came of it: an incident that can be replayed.
    ///
    /// # Errors
    /// When the recording was just begun anew, that is not allowed, or the rules have stopped.
    pub async fn incident(&self, who: &Principal) -> Result<String, RulesError> {
        self.hub.may(who, Door::SeeRevisions).await?;
        let (text, traces) = self.copy().await?;
        let log = log::read(&text).map_err(|error| unreadable(&error))?;
        let first = log
            .entries
            .first()
            .map(|entry| entry.wall)
            .unwrap_or_default();
        let traces = traces.into_iter().filter(|trace| trace.at >= first);
        let mut traces: Vec<_> = traces.collect();
        traces.sort_by_key(|trace| trace.id);
        let incident = Incident { log, traces };
        let text = incident.to_text();
        Ok(text.map_err(|error: TooLong| PastError::Unreadable(error.to_string()))?)
    }

    async fn copy(&self) -> Result<(String, Vec<Arc<rules::trace::Trace>>), RulesError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.asks.send(Ask::Copy(reply)).await;
        sent.map_err(|_| RulesError::Stopped)?;
        let (copy, traces) = answer.await.map_err(|_| RulesError::Stopped)?;
        let text = copy.await.map_err(|_| PastError::Begun)?;
        Ok((text, traces))
    }
}

fn unreadable(error: &LogError) -> PastError {
    PastError::Unreadable(error.to_string())
}

/// The past that segments of the recording tell.
fn read(segments: &[String]) -> Result<Past, PastError> {
    let mut start: Option<(Timestamp, Box<Snapshot>)> = None;
    let mut events: Vec<Event> = Vec::new();
    for segment in segments {
        let log = log::read(segment).map_err(|error| unreadable(&error))?;
        for entry in log.entries {
            match entry.input {
                Input::Start { home, .. } if start.is_none() => start = Some((entry.wall, home)),
                Input::Event(event) => events.push(*event),
                _ => {}
            }
        }
    }
    let (began, start) = start.ok_or(PastError::Nothing)?;
    Ok(Past {
        began,
        start: *start,
        events,
    })
}

/// Tries rules on the past.
fn tried(
    past: &Past,
    config: &Config,
    asked: SimulateAsked,
    old: Option<Vec<Rule>>,
    now: Timestamp,
    base: Instant,
) -> Outcome {
    let simulation = Simulation {
        place: config.place.clone(),
        past: config.past,
        start: &past.start,
        events: &past.events,
        rules: vec![asked.rule],
        old,
        from: asked.from.unwrap_or(past.began),
        to: asked.to.unwrap_or(now),
    };
    simulate(simulation, base)
}
