//! What the runtime counts itself: events, reports, commands by their end, bridges, slow clients.

use hub_engine::EventKind;
use hub_model::{BridgeOutput, CommandProgress};

use crate::meters::{Counter, Gauge, Meters};

/// What the engine's task counts.
pub(crate) struct Counting {
    events: Events,
    commands: Commands,
    /// By place.
    bridges: Vec<Bridge>,
}

struct Events {
    value: Counter,
    confirmed: Counter,
    device_event: Counter,
    reachability: Counter,
    home: Counter,
    command: Counter,
    job: Counter,
}

struct Commands {
    acknowledged: Counter,
    confirmed: Counter,
    refused: Counter,
    timed_out: Counter,
}

struct Bridge {
    name: &'static str,
    reports: Counter,
    undelivered: Counter,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Acknowledged,
    Confirmed,
    Refused,
    TimedOut,
}

impl Outcome {
    pub(crate) const fn of(progress: &CommandProgress) -> Self {
        match progress {
            CommandProgress::Acknowledged { .. } => Self::Acknowledged,
            CommandProgress::Confirmed => Self::Confirmed,
            CommandProgress::Refused(_) => Self::Refused,
            // One that was sent and then closed had no answer.
            CommandProgress::Sent | CommandProgress::TimedOut => Self::TimedOut,
        }
    }
}

impl Counting {
    pub(crate) fn new(meters: &Meters, bridges: impl Iterator<Item = &'static str>) -> Self {
        let event = |kind| {
            let help = "Events that the engine told, by what they are about.";
            meters.counter("ingle_events_total", help, &[("kind", kind)])
        };
        let command = |outcome| {
            let help = "Commands that ended, by the last that was heard of them.";
            meters.counter("ingle_commands_total", help, &[("outcome", outcome)])
        };
        Self {
            events: Events {
                value: event("value"),
                confirmed: event("confirmed"),
                device_event: event("device_event"),
                reachability: event("reachability"),
                home: event("home"),
                command: event("command"),
                job: event("job"),
            },
            commands: Commands {
                acknowledged: command("acknowledged"),
                confirmed: command("confirmed"),
                refused: command("refused"),
                timed_out: command("timed_out"),
            },
            bridges: bridges.map(|name| Bridge::new(meters, name)).collect(),
        }
    }

    pub(crate) fn event(&self, kind: &EventKind) {
        let events = &self.events;
        let counter = match kind {
            EventKind::AttributeChanged { .. } => &events.value,
            EventKind::Freshened { .. } => &events.confirmed,
            EventKind::DeviceEvent(_) => &events.device_event,
            EventKind::Reachability { .. } => &events.reachability,
            EventKind::Command { .. } => &events.command,
            EventKind::Job(_) | EventKind::JobDropped { .. } => &events.job,
            // Nodes, their parts and their descriptions; objects that were edited.
            _ => &events.home,
        };
        counter.increment();
    }

    pub(crate) fn command(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Acknowledged => &self.commands.acknowledged,
            Outcome::Confirmed => &self.commands.confirmed,
            Outcome::Refused => &self.commands.refused,
            Outcome::TimedOut => &self.commands.timed_out,
        };
        counter.increment();
    }

    pub(crate) fn output(&self, place: usize, output: &BridgeOutput) {
        if let (BridgeOutput::Reports(reports), Some(bridge)) = (output, self.bridges.get(place)) {
            let reports = u64::try_from(reports.len()).unwrap_or(u64::MAX);
            bridge.reports.add(reports);
        }
    }

    pub(crate) fn undelivered(&self, place: usize) {
        if let Some(bridge) = self.bridges.get(place) {
            bridge.undelivered.increment();
        }
    }

    /// What the bridge at this place is called.
    pub(crate) fn name(&self, place: usize) -> &'static str {
        self.bridges.get(place).map_or("?", |bridge| bridge.name)
    }
}

impl Bridge {
    fn new(meters: &Meters, name: &'static str) -> Self {
        let of = [("bridge", name)];
        Self {
            name,
            reports: meters.counter(
                "ingle_reports_total",
                "Reports of attributes and events that bridges handed over.",
                &of,
            ),
            undelivered: meters.counter(
                "ingle_bridge_undelivered_total",
                "Commands and jobs that a bridge could not take: it was full or stopped.",
                &of,
            ),
        }
    }
}

/// What is counted of a bridge's runs.
pub(crate) struct BridgeRuns {
    pub(crate) up: Gauge,
    pub(crate) restarts: Counter,
}

impl BridgeRuns {
    pub(crate) fn new(meters: &Meters, name: &str) -> Self {
        let of = [("bridge", name)];
        Self {
            up: meters.gauge("ingle_bridge_up", "Whether the bridge runs.", &of),
            restarts: meters.counter(
                "ingle_bridge_restarts_total",
                "Starts of the bridge after a failure.",
                &of,
            ),
        }
    }
}

/// Counts clients that must take a fresh snapshot.
pub(crate) fn lagged(meters: &Meters) -> Counter {
    let help = "Times that a subscriber of events was too slow and had to begin anew.";
    meters.counter("ingle_subscriptions_lagged_total", help, &[])
}
