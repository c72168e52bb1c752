//! The numbers of the home, the rules and the event streams, in words.

use hub_engine::Tally;
use hub_runtime::{Counter, Meters, Readings};

/// What is counted of event streams.
pub(crate) struct Streams {
    /// Clients that were too slow for what changed and were given a fresh snapshot.
    pub(crate) renewed: Counter,
    /// Clients that went on where their last stream had ended.
    pub(crate) resumed: Counter,
    /// Clients that did not read.
    pub(crate) dropped: Counter,
}

impl Streams {
    pub(crate) fn new(meters: &Meters) -> Self {
        Self {
            renewed: meters.counter(
                "ingle_websocket_renewals_total",
                "Times that a client of the event stream was too slow and got a fresh snapshot.",
                &[],
            ),
            resumed: meters.counter(
                "ingle_websocket_resumptions_total",
                "Times that a client of the event stream went on where its last one ended.",
                &[],
            ),
            dropped: meters.counter(
                "ingle_websocket_drops_total",
                "Clients of the event stream that did not read and were dropped.",
                &[],
            ),
        }
    }
}

pub(super) fn clients(clients: usize, readings: &mut Readings) {
    let help = "Clients of the event stream.";
    readings.gauge("ingle_websocket_clients", help, &[], clients as f64);
}

pub(super) fn home(tally: &Tally, readings: &mut Readings) {
    let nodes = tally.nodes;
    for (reachability, count) in [
        ("unknown", nodes.unknown),
        ("online", nodes.online),
        ("offline", nodes.offline),
    ] {
        readings.gauge(
            "ingle_nodes",
            "Nodes of the home, by whether they are there.",
            &[("reachability", reachability)],
            count as f64,
        );
    }
    readings.gauge(
        "ingle_nodes_orphaned",
        "Nodes of the home that no bridge claims.",
        &[],
        nodes.orphaned as f64,
    );
    readings.gauge(
        "ingle_devices",
        "Devices that the nodes are divided into.",
        &[],
        tally.devices as f64,
    );
    for (quality, count) in [
        ("known", tally.attributes.known),
        ("stale", tally.attributes.stale),
    ] {
        readings.gauge(
            "ingle_attributes",
            "Attributes, by whether their values can be relied upon.",
            &[("quality", quality)],
            count as f64,
        );
    }
    let jobs = tally.jobs;
    for (state, count) in [
        ("running", jobs.running),
        ("asking", jobs.asking),
        ("done", jobs.done),
        ("failed", jobs.failed),
    ] {
        readings.gauge(
            "ingle_jobs",
            "Jobs that are remembered (adding and removing devices), by how they stand.",
            &[("state", state)],
            count as f64,
        );
    }
}

pub(super) fn rules(tally: &rules::machine::Tally, readings: &mut Readings) {
    for (state, count) in [
        ("ready", tally.ready),
        ("disabled", tally.disabled),
        ("paused", tally.paused),
        ("broken", tally.broken),
    ] {
        readings.gauge(
            "ingle_rules",
            "Rules, by how they stand.",
            &[("state", state)],
            count as f64,
        );
    }
    for (state, count) in [("running", tally.running), ("waiting", tally.waiting)] {
        readings.gauge(
            "ingle_rule_runs_open",
            "Runs of rules that have not ended.",
            &[("state", state)],
            count as f64,
        );
    }
    let starts = tally.starts;
    for (outcome, count) in [
        ("done", starts.done),
        ("stopped", starts.stopped),
        ("failed", starts.failed),
        ("not_run", starts.not_run),
    ] {
        readings.counter(
            "ingle_rule_runs_total",
            "Starts of rules and scenes, by what came of them.",
            &[("outcome", outcome)],
            count as f64,
        );
    }
}
