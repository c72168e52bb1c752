//! What 50,000 devices with five attributes each cost: how long the hub takes to load them, how much
//! memory it takes, and whether it keeps up with 5,000 changes a second with rules and history on.
//!
//! `cargo run --release -p hub-store --example large_home [SECONDS]`
//!
//! The program makes the home in a temporary directory, then starts itself anew for the measurement, so
//! that what the making took does not count.

#![expect(
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and ends when something is wrong"
)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, BridgeSource};
use history::series::SeriesKey;
use hub_engine::{
    ConsoleOnly, Edit, Filter, ObjectChange, ObjectKind, Principal, Request, Revision,
};
use hub_model::{
    AttributeId, AttributePath, BridgeInput, BridgeOutput, ClusterId, CommandProgress, EndpointId,
    NodeId, Origin, Report, ReportBody, Timestamp, Value,
};
use hub_runtime::{HomeStore, HubConfig, HubHandle, Supervisor, clock};
use hub_store::{HistoryDb, HomeDb, HomeDbOptions, RecordingDir, RunDb};
use recorder::{HistoryStore, RecorderConfig};
use rule_runner::{RulesHandle, RunnerConfig};
use rules::face;
use rules::schedule::{Place, Zone};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const NODES: u64 = 50_000;
const RULES: u64 = 1_000;
const RATE: u64 = 5_000;
const TICK: Duration = Duration::from_millis(10);
const ATTRIBUTES: [(u32, u32); 5] = [
    (0x0006, 0),
    (0x0402, 0),
    (0x0405, 0),
    (0x0406, 0),
    (0x0090, 8),
];
/// Nodes that are told of at once.
const AT_ONCE: u64 = 200;

fn main() {
    let mut args = std::env::args().skip(1);
    let first = args.next();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    match (first.as_deref(), args.next()) {
        (Some("make"), Some(dir)) => runtime.block_on(make(Path::new(&dir))),
        (Some(seconds), Some(dir)) => {
            let seconds = Duration::from_secs(seconds.parse().unwrap());
            runtime.block_on(measure(Path::new(&dir), seconds));
        }
        (seconds, None) => {
            let dir = tempfile::tempdir().unwrap();
            let run = |what: &str| {
                let program = std::env::current_exe().unwrap();
                let run = Command::new(program).arg(what).arg(dir.path()).status();
                assert!(run.unwrap().success());
            };
            run("make");
            run(seconds.unwrap_or("300"));
        }
        (None, Some(_)) => {}
    }
}

/// Makes the home: its nodes, their values, the rules.
async fn make(dir: &Path) {
    let home = HomeDb::open(&HomeDbOptions::new(dir), clock::now().wall).unwrap();
    for from in (0..NODES).step_by(5_000) {
        let change = |node: u64| ObjectChange {
            kind: ObjectKind::NODE,
            id: format!("{node:#x}"),
            before: None,
            after: Some(format!(
                r#"{{"v":1,"name":"node {node}","slug":"node-{node}","bridge":"bench","room":null,"icon":null,"since":0}}"#
            )),
        };
        let revision = Revision {
            at: Timestamp::default(),
            author: Origin::Hub,
            reason: "measure".to_owned(),
            changes: (from + 1..=from + 5_000).map(change).collect(),
        };
        home.commit(revision).await.unwrap();
    }
    home.close().await;
    let hub = Hub::start(dir).await;
    hub.put_rules().await;
    hub.all_told().await;
    hub.stop().await;
}

async fn measure(dir: &Path, seconds: Duration) {
    let began = Instant::now();
    let hub = Hub::start(dir).await;
    let started = began.elapsed();
    hub.all_told().await;
    println!(
        "{NODES} devices with {} attributes each, {RULES} rules",
        ATTRIBUTES.len()
    );
    println!(
        "ready after {:.2} s, all values heard after {:.2} s, {} MiB resident",
        started.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        resident("VmRSS")
    );
    let written = hub.written();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    hub.shared.load.send_replace(RATE);
    let mut next = Duration::from_secs(60);
    while began.elapsed() < seconds {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if began.elapsed() >= next {
            hub.tell(began.elapsed());
            next += Duration::from_secs(60);
        }
    }
    hub.shared.load.send_replace(0);
    let took = began.elapsed();
    hub.tell(took);
    let told = hub.shared.told.load(Ordering::Relaxed);
    println!(
        "{told} changes in {:.0} s: {:.0} a second, {:.2} CPU seconds a second, {} MiB at most",
        took.as_secs_f64(),
        rate(told, took),
        (cpu_seconds() - cpu) / took.as_secs_f64(),
        resident("VmHWM"),
    );
    println!(
        "{} runs of rules",
        hub.shared.commands.load(Ordering::Relaxed)
    );
    let path = path(1, 1);
    let now = clock::now().wall;
    let from = Timestamp(now.0 - 600_000_000);
    let console = Principal::console();
    let key = SeriesKey::Attribute(path);
    let asked = Instant::now();
    let samples = hub
        .history
        .samples(&console, &key, from, now, 10_000)
        .await
        .unwrap();
    println!(
        "{} samples of one attribute in {:?}",
        samples.len(),
        asked.elapsed()
    );
    let health = hub.history.health();
    assert_eq!(health.trouble, None);
    let all = hub.written() - written;
    println!("{all} samples written, {told} changes told");
    assert!(all >= told);
    let size = hub.history.size(&console).await.unwrap();
    println!(
        "history.db: {:.1} MB, {} samples",
        size.octets as f64 / 1e6,
        size.samples
    );
    hub.stop().await;
}

struct Hub {
    hub: HubHandle,
    history: recorder::HistoryHandle,
    rules: RulesHandle,
    supervisor: Supervisor,
    shared: Shared,
    home: HomeDb,
}

impl Hub {
    async fn start(dir: &Path) -> Self {
        let home = HomeDb::open(&HomeDbOptions::new(dir), clock::now().wall).unwrap();
        let supervisor = Supervisor::new();
        let shared = Shared {
            load: watch::Sender::new(0),
            told: Arc::default(),
            commands: Arc::default(),
        };
        let config = HubConfig::new(Arc::new(home.clone()), Arc::new(ConsoleOnly));
        let config = config.with_bridge(shared.source());
        let hub = hub_runtime::start(config, &supervisor).await.unwrap();
        let store = HistoryDb::open(dir, clock::now().wall).unwrap();
        let store: Arc<dyn HistoryStore> = Arc::new(store);
        let history = recorder::start(RecorderConfig::new(store), hub.clone(), &supervisor);
        let history = history.await.unwrap();
        let config = RunnerConfig {
            store: Arc::new(RunDb::open(dir).unwrap()),
            recorder: Arc::new(RecordingDir::open(dir).unwrap()),
            place: Place {
                zone: Zone::utc(),
                location: None,
            },
            past: Timestamp::from_secs(1_700_000_000),
        };
        let rules = rule_runner::start(config, hub.clone(), &supervisor)
            .await
            .unwrap();
        Self {
            hub,
            history,
            rules,
            supervisor,
            shared,
            home,
        }
    }

    async fn put_rules(&self) {
        for at in 1..=RULES {
            let text = format!(
                "version = 1\nid = \"rule-{at}\"\nname = \"rule {at}\"\n[[when]]\n\
                 becomes = \"node-{at}.temperature > 28 °C\"\n\
                 [[do]]\nset = {{ target = \"node-{at}\", on = true }}\n"
            );
            let rule = face::rule_from_text(&text).unwrap().what;
            let edit = Edit::PutObject {
                kind: ObjectKind::new("rule"),
                id: rule.id.to_string(),
                body: Some(face::rule_to_json(&rule).to_string().into()),
            };
            let reason = "a measurement".to_owned();
            let request = Request::Edit { edit, reason };
            self.hub
                .submit(Principal::console(), request)
                .await
                .unwrap();
        }
    }

    /// Waits until every node has told its values.
    async fn all_told(&self) {
        let console = Principal::console();
        let last = path(NODES, 4);
        loop {
            let filter = Filter::node(last.node);
            let snapshot = self.hub.snapshot(&console, filter).await.unwrap();
            let known =
                |view: &hub_engine::AttributeView| view.quality == hub_engine::Quality::Known;
            if snapshot.value(&last).is_some_and(known) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn written(&self) -> u64 {
        let name = "ingle_history_samples_written_total";
        let readings = self.hub.meters().read();
        let reading = readings.iter().find(|(found, _)| *found == name);
        let numbers = reading
            .into_iter()
            .flat_map(|(_, reading)| reading.samples.values());
        numbers
            .map(|measured| match measured {
                hub_runtime::meters::Measured::Number(number) => *number as u64,
                _ => 0,
            })
            .sum()
    }

    fn tell(&self, after: Duration) {
        let told = self.shared.told.load(Ordering::Relaxed);
        println!(
            "after {:>4.0} s: {:.0} changes a second, {} MiB resident, {:?}",
            after.as_secs_f64(),
            rate(told, after),
            resident("VmRSS"),
            self.history.health().trouble,
        );
    }

    async fn stop(self) {
        drop(self.rules);
        self.supervisor
            .shutdown(Duration::from_secs(60))
            .await
            .unwrap();
        self.home.close().await;
    }
}

fn rate(told: u64, took: Duration) -> f64 {
    told as f64 / took.as_secs_f64()
}

#[derive(Clone)]
struct Shared {
    /// Changes a second.
    load: watch::Sender<u64>,
    told: Arc<AtomicU64>,
    commands: Arc<AtomicU64>,
}

impl Shared {
    fn source(&self) -> BridgeSource {
        let shared = self.clone();
        BridgeSource::new("bench", move || {
            Ok(Box::new(Devices {
                shared: shared.clone(),
            }))
        })
    }
}

struct Devices {
    shared: Shared,
}

#[async_trait]
impl Bridge for Devices {
    fn name(&self) -> &'static str {
        "bench"
    }

    async fn run(
        self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        for from in (1..=NODES).step_by(AT_ONCE as usize) {
            let mut reports = Vec::new();
            for node in from..from + AT_ONCE {
                let id = NodeId(node);
                let _ = link.output.send(BridgeOutput::Joined { node: id }).await;
                let reachable = BridgeOutput::Reachable {
                    node: id,
                    reachable: true,
                };
                let _ = link.output.send(reachable).await;
                reports.extend((0..5).map(|at| report(node, at, 0)));
            }
            let _ = link.output.send(BridgeOutput::Reports(reports)).await;
        }
        let mut tick = tokio::time::interval(TICK);
        let mut count = 0_u64;
        let load = self.shared.load.subscribe();
        loop {
            // All branches are cancel safe.
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some(input) = link.input.recv() => {
                    if let BridgeInput::Command { cause, .. } = input {
                        self.shared.commands.fetch_add(1, Ordering::Relaxed);
                        let progress = CommandProgress::Acknowledged { response: None };
                        let _ = link.output.send(BridgeOutput::Progress { cause, progress }).await;
                    }
                }
                _ = tick.tick() => {
                    let due = *load.borrow() / 100;
                    let mut reports = Vec::new();
                    for _ in 0..due {
                        count += 1;
                        // Every attribute in its turn, each time with another value.
                        let (node, round) = (count % NODES + 1, count / NODES);
                        reports.push(report(node, round % 5, round + 1));
                    }
                    self.shared.told.fetch_add(due, Ordering::Relaxed);
                    for some in reports.chunks(5) {
                        let _ = link.output.send(BridgeOutput::Reports(some.to_vec())).await;
                    }
                }
            }
        }
    }
}

fn path(node: u64, at: u64) -> AttributePath {
    let (cluster, attribute) = ATTRIBUTES[at as usize];
    AttributePath {
        node: NodeId(node),
        endpoint: EndpointId(1),
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
    }
}

fn report(node: u64, at: u64, round: u64) -> Report {
    let path = path(node, at);
    let value = match at {
        0 => Value::Bool(round.is_multiple_of(2)),
        1 => Value::Int(2_000 + ((node * 7 + round * 131) % 1_000) as i64),
        2 => Value::Uint(4_000 + (node * 3 + round * 17) % 900),
        3 => Value::Uint(round % 2),
        _ => Value::Int(((node * 977 + round * 12_345) % 2_000_000) as i64),
    };
    Report {
        node: path.node,
        endpoint: path.endpoint,
        cluster: path.cluster,
        body: ReportBody::Attribute {
            attribute: path.attribute,
            value,
            version: None,
        },
        at: clock::now().wall,
        cause: None,
    }
}

/// A figure of the process, in MiB.
fn resident(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

/// The CPU time of the process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}
