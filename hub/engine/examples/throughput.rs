//! How many reports the engine takes a second on one core, and how many bytes a value costs.
//!
//! `cargo run --release -p hub-engine --example throughput`
//!
//! The reports are those of a large home: 500 nodes of 500 attributes. Each round reports all of
//! them in batches of 50, either changed or as they were; all events are drained, as the hub's
//! task does. Memory is what the process holds (resident), read from `/proc` before and after.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and its memory, and prints"
)]

use std::sync::Arc;
use std::time::Instant;

use hub_engine::{ConsoleOnly, Engine, EngineConfig, RevisionId, StoredHome, Transmit};
use hub_model::{
    AttributeId, BridgeOutput, ClusterId, EndpointId, NodeId, Now, Report, ReportBody, Timestamp,
    Value,
};

const NODES: u64 = 500;
const ATTRIBUTES: u32 = 500;
const BATCH: usize = 50;
const ROUNDS: u64 = 8;

fn main() -> Result<(), hub_engine::BodyError> {
    let config = EngineConfig {
        bridges: vec!["bench".into()],
        ..EngineConfig::default()
    };
    let mut engine = Engine::start(config, Arc::new(ConsoleOnly), StoredHome::default(), now())?;
    drain(&mut engine);
    for node in (0..NODES).map(node) {
        engine.handle_bridge(0, BridgeOutput::Joined { node }, now());
        drain(&mut engine);
    }
    let before = resident_bytes();
    let (first, _) = round(&mut engine, 0);
    let held = resident_bytes().saturating_sub(before);
    println!("first reports     {first:>9.0} /s");
    let rates = |changed: bool, engine: &mut Engine| {
        let value = |round: u64| if changed { round } else { ROUNDS };
        let all = (1..=ROUNDS).map(|at| round(engine, value(at)).0);
        all.fold(0.0, f64::max)
    };
    println!("changed values    {:>9.0} /s", rates(true, &mut engine));
    println!("unchanged values  {:>9.0} /s", rates(false, &mut engine));
    let slots = NODES * u64::from(ATTRIBUTES);
    println!("values held       {slots:>9}");
    println!("bytes a value     {:>9}", held / slots);
    Ok(())
}

/// Reports every attribute once; reports a second, and events drained.
fn round(engine: &mut Engine, value: u64) -> (f64, u64) {
    let batches: Vec<_> = (0..NODES).flat_map(|at| reports(node(at), value)).collect();
    let reports: usize = batches.iter().map(Vec::len).sum();
    let began = Instant::now();
    let mut events = 0;
    for batch in batches {
        engine.handle_bridge(0, BridgeOutput::Reports(batch), now());
        events += drain(engine);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = reports as f64 / began.elapsed().as_secs_f64();
    (rate, events)
}

fn reports(node: NodeId, value: u64) -> Vec<Vec<Report>> {
    let all: Vec<_> = (0..ATTRIBUTES)
        .map(|at| Report {
            node,
            endpoint: EndpointId(1),
            cluster: ClusterId(0x0402 + at / 20),
            body: ReportBody::Attribute {
                attribute: AttributeId(at % 20),
                value: Value::Uint(value),
                version: None,
            },
            at: now().wall,
            cause: None,
        })
        .collect();
    all.chunks(BATCH).map(<[Report]>::to_vec).collect()
}

fn drain(engine: &mut Engine) -> u64 {
    let mut revision = 0;
    while let Some(transmit) = engine.poll_transmit() {
        if let Transmit::Commit { commit, .. } = transmit {
            revision += 1;
            engine.handle_committed(commit, Ok(RevisionId(revision)), now());
        }
    }
    let mut events = 0;
    while engine.poll_event().is_some() {
        events += 1;
    }
    events
}

fn node(at: u64) -> NodeId {
    NodeId(0x10 + at)
}

fn now() -> Now {
    Now {
        mono: Instant::now(),
        wall: Timestamp::from_secs(1_800_000_000),
    }
}

/// The resident memory of this process; 0 where `/proc` does not tell.
fn resident_bytes() -> u64 {
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * PAGE
}
