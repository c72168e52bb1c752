//! How long it takes from a trigger to the command that a bridge is handed.
//!
//! `cargo run --release -p rule-runner --example latency [DIRECTORY]`
//!
//! A hub with its home, runs and recording on disk, in a temporary directory or below the given one.
//! A sensor is triggered every 50 ms, in turn one of a rule that is over with its only command, and
//! one of a rule with a later step, whose first command waits for the disk; beside them other sensors
//! report temperatures and start rules of their own. The clock runs from before the report is sent to
//! when the bridge has the command. Beside it: how long the disk takes to sync 4 KiB.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement reads the clock, and prints"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, BridgeSource};
use hub_engine::{ConsoleOnly, Edit, ObjectKind, Principal, Request};
use hub_model::{
    AttributeId, BridgeInput, BridgeOutput, ClusterId, CommandProgress, EndpointId, NodeId, Report,
    ReportBody, Timestamp, Value,
};
use hub_runtime::{HubConfig, HubHandle, Supervisor, clock};
use hub_store::{HomeDb, HomeDbOptions, RecordingDir, RunDb};
use rule_runner::{RulesHandle, RunnerConfig, TraceQuery};
use rules::face;
use rules::machine::{RULE, RuleState};
use rules::schedule::{Place, Zone};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Sensors of each kind; a rule may start thirty times in ten seconds.
const SENSORS: u64 = 20;
/// Triggers of each kind at each load.
const SAMPLES: usize = 200;
const EVERY: Duration = Duration::from_millis(50);
/// Events a second beside them.
const LOADS: [u64; 3] = [0, 500, 10_000];
/// How often the load is told.
const TICK: Duration = Duration::from_millis(1);
/// One tick in so many also starts a rule, if there is load: 40 a second.
const STARTS_EVERY: u64 = 25;
/// A command that has not come by then is lost.
const LOST_AFTER: Duration = Duration::from_secs(5);
const SYNCS: usize = 300;

const ON: (u32, u32) = (0x0006, 0);
const OCCUPANCY: (u32, u32) = (0x0406, 0);
const TEMPERATURE: (u32, u32) = (0x0402, 0);

/// What a sensor's rule is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Instant,
    Later,
    /// Starts beside those that are measured.
    Beside,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Instant, Self::Later, Self::Beside];

    fn node(self, at: u64) -> NodeId {
        NodeId(0x1000 * (1 + self as u64) + at)
    }

    fn rule(self, at: u64) -> String {
        let name = format!("{self:?}-{at}").to_lowercase();
        let rest = match self {
            Self::Instant => "",
            Self::Later | Self::Beside => {
                "[[do]]\ndelay = \"200ms\"\n[[do]]\nset = { target = \"NAME\", on = false }\n"
            }
        };
        let text = "version = 1\nid = \"NAME\"\nname = \"NAME\"\n[[when]]\nbecomes = \"NAME.occupied\"\n\
                    [[do]]\nset = { target = \"NAME\", on = true }\n";
        format!("{text}{rest}").replace("NAME", &name)
    }
}

fn main() {
    let below = std::env::args()
        .nth(1)
        .unwrap_or_else(|| std::env::temp_dir().display().to_string());
    let dir = tempfile::tempdir_in(below).expect("a directory");
    println!(
        "4 KiB to the disk:          {}",
        Times(sync_times(dir.path()))
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(measure(&dir.path().join("state")));
    println!(
        "4 KiB to the disk, after:   {}",
        Times(sync_times(dir.path()))
    );
}

async fn measure(dir: &Path) {
    let home = HomeDb::open(&HomeDbOptions::new(dir), clock::now().wall).expect("a home");
    let store = RunDb::open(dir).expect("runs");
    let recorder = RecordingDir::open(dir).expect("a recording");
    let supervisor = Supervisor::new();
    let shared = Shared {
        phase: watch::Sender::new(Phase::Quiet),
        times: Arc::default(),
        told: Arc::default(),
    };
    let hub = HubConfig::new(Arc::new(home), Arc::new(ConsoleOnly));
    let hub = hub.with_bridge(shared.source());
    let hub = hub_runtime::start(hub, &supervisor).await.expect("a hub");
    let config = RunnerConfig {
        store: Arc::new(store),
        recorder: Arc::new(recorder),
        place: Place {
            zone: Zone::utc(),
            location: None,
        },
        past: Timestamp::from_secs(1_700_000_000),
    };
    let rules = rule_runner::start(config, hub.clone(), &supervisor)
        .await
        .expect("rules");
    put_rules(&hub).await;
    ready(&rules).await;
    println!("{:<28}{:>9} {:>9} {:>9}", "", "p50 ms", "p99 ms", "max ms");
    for load in LOADS {
        let (began, before) = (Instant::now(), shared.told.load(Ordering::Relaxed));
        shared.phase.send_replace(Phase::Measured { load });
        let mut done = shared.phase.subscribe();
        done.wait_for(|phase| *phase == Phase::Quiet)
            .await
            .expect("the bridge lives");
        let told = shared.told.load(Ordering::Relaxed) - before;
        let rate = told * 1_000 / u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        println!("{load} events/s asked for, {rate} reports/s told");
        let mut times =
            std::mem::take(&mut *shared.times.lock().unwrap_or_else(PoisonError::into_inner));
        for kind in [Kind::Instant, Kind::Later] {
            let taken = times.remove(&kind).unwrap_or_default();
            let lost = SAMPLES - taken.len();
            println!(
                "{load:>6} events/s, {:<10}{} lost {lost}",
                format!("{kind:?}"),
                Times(taken)
            );
        }
    }
    for (result, steps) in unanswered(&rules).await {
        println!("steps with \"{result}\": {steps}");
    }
    let status = rules.status(&Principal::console()).await.expect("rules");
    assert_eq!(status.store_failure, None);
    ready(&rules).await;
    supervisor
        .shutdown(Duration::from_secs(10))
        .await
        .expect("all stop");
}

async fn put_rules(hub: &HubHandle) {
    for kind in Kind::ALL {
        for at in 0..SENSORS {
            let text = kind.rule(at);
            let rule = face::rule_from_text(&text).expect("a rule").what;
            let edit = Edit::PutObject {
                kind: ObjectKind::new(RULE),
                id: rule.id.to_string(),
                body: Some(face::rule_to_json(&rule).to_string().into()),
            };
            let reason = "a measurement".to_owned();
            let put = hub
                .submit(Principal::console(), Request::Edit { edit, reason })
                .await;
            put.expect("the rule is kept");
        }
    }
}

/// Steps whose command nobody was heard to carry out, by what their traces say: there are none
/// unless the rules could not keep up.
async fn unanswered(rules: &RulesHandle) -> BTreeMap<String, usize> {
    let query = TraceQuery {
        rule: None,
        before: None,
        limit: usize::MAX,
    };
    let traces = rules
        .traces(&Principal::console(), query)
        .await
        .expect("traces");
    let results = traces
        .iter()
        .flat_map(|trace| &trace.steps)
        .filter_map(|step| step.result.as_deref());
    let mut all = BTreeMap::new();
    for result in results.filter(|result| !matches!(*result, "acknowledged" | "confirmed")) {
        *all.entry(result.to_owned()).or_default() += 1;
    }
    all
}

/// Waits until all rules can start.
async fn ready(rules: &RulesHandle) {
    loop {
        let views = rules.rules(&Principal::console()).await.expect("rules");
        if views.iter().all(|view| view.state == RuleState::Ready) {
            return;
        }
        assert!(
            !views
                .iter()
                .any(|view| matches!(view.state, RuleState::Paused(_)))
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the bridge does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Quiet,
    Measured { load: u64 },
}

#[derive(Clone)]
struct Shared {
    phase: watch::Sender<Phase>,
    times: Arc<Mutex<BTreeMap<Kind, Vec<Duration>>>>,
    /// Reports that were told beside those that are measured.
    told: Arc<AtomicU64>,
}

impl Shared {
    fn source(&self) -> BridgeSource {
        let shared = self.clone();
        BridgeSource::new("bench", move || Ok(Box::new(Sensors::new(shared.clone()))))
    }
}

/// The sensors, each with a lamp in it.
struct Sensors {
    shared: Shared,
    /// Triggers whose command has not come.
    open: BTreeMap<NodeId, (Kind, Instant)>,
    asked: usize,
    ticks: u64,
}

#[async_trait]
impl Bridge for Sensors {
    fn name(&self) -> &'static str {
        "bench"
    }

    async fn run(
        mut self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        for kind in Kind::ALL {
            for at in 0..SENSORS {
                announce(kind, at, &link).await;
            }
        }
        let mut phases = self.shared.phase.subscribe();
        let (mut trigger, mut tick) = (tokio::time::interval(EVERY), tokio::time::interval(TICK));
        trigger.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let phase = *phases.borrow_and_update();
            let load = match phase {
                Phase::Quiet => 0,
                Phase::Measured { load } => load,
            };
            // All branches are cancel safe. A command is taken before anything else is begun.
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(input) = link.input.recv() => self.input(&link, input).await,
                // What was not told in a quiet phase is not told all at once after it.
                _ = phases.changed() => tick.reset(),
                _ = trigger.tick(), if phase != Phase::Quiet => self.trigger(&link).await,
                _ = tick.tick(), if load > 0 => self.tick(&link, load).await,
            }
        }
    }
}

impl Sensors {
    const fn new(shared: Shared) -> Self {
        Self {
            shared,
            open: BTreeMap::new(),
            asked: 0,
            ticks: 0,
        }
    }

    async fn trigger(&mut self, link: &BridgeLink) {
        if self.asked == 2 * SAMPLES {
            self.end();
            return;
        }
        let kind = if self.asked.is_multiple_of(2) {
            Kind::Instant
        } else {
            Kind::Later
        };
        let at = (self.asked / 2) as u64 % SENSORS;
        self.asked += 1;
        self.open.insert(kind.node(at), (kind, Instant::now()));
        tell(link, vec![report(kind.node(at), OCCUPANCY, Value::Uint(1))]).await;
    }

    /// Ends the phase when all commands have come, or will not.
    fn end(&mut self) {
        if self.open.values().all(|(_, at)| at.elapsed() > LOST_AFTER) {
            self.open.clear();
            self.asked = 0;
            self.shared.phase.send_replace(Phase::Quiet);
        }
    }

    async fn tick(&mut self, link: &BridgeLink, load: u64) {
        self.ticks += 1;
        let ticks_a_second = 1_000;
        let due = self.ticks * load / ticks_a_second - (self.ticks - 1) * load / ticks_a_second;
        let reports = (0..due).map(|at| {
            let value = i64::try_from((self.ticks * 10 + at) % 3_000).unwrap_or_default();
            let node = Kind::ALL[(at % 3) as usize].node((self.ticks + at) % SENSORS);
            report(node, TEMPERATURE, Value::Int(value))
        });
        let mut reports: Vec<_> = reports.collect();
        if self.ticks.is_multiple_of(STARTS_EVERY) {
            let node = Kind::Beside.node(self.ticks / STARTS_EVERY % SENSORS);
            reports.push(report(node, OCCUPANCY, Value::Uint(1)));
        }
        // Each by itself, as devices tell.
        self.shared
            .told
            .fetch_add(reports.len() as u64, Ordering::Relaxed);
        for report in reports {
            tell(link, vec![report]).await;
        }
    }

    async fn input(&mut self, link: &BridgeLink, input: BridgeInput) {
        let BridgeInput::Command { cause, command, .. } = input else {
            return;
        };
        let now = Instant::now();
        let node = command.node;
        if let Some((kind, asked)) = self.open.remove(&node) {
            let mut times = self
                .shared
                .times
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            times.entry(kind).or_default().push(now - asked);
        }
        let progress = CommandProgress::Acknowledged { response: None };
        let _ = link
            .output
            .send(BridgeOutput::Progress { cause, progress })
            .await;
        // The sensor sees nobody any more, so that it can be triggered again.
        tell(link, vec![report(node, OCCUPANCY, Value::Uint(0))]).await;
    }
}

async fn announce(kind: Kind, at: u64, link: &BridgeLink) {
    let node = kind.node(at);
    let _ = link.output.send(BridgeOutput::Joined { node }).await;
    let reachable = true;
    let _ = link
        .output
        .send(BridgeOutput::Reachable { node, reachable })
        .await;
    let label = Value::text(format!("{kind:?} {at}"));
    let label = Report {
        endpoint: EndpointId(0),
        ..report(node, (0x0028, 5), label)
    };
    let shown = [
        label,
        report(node, ON, Value::Bool(false)),
        report(node, OCCUPANCY, Value::Uint(0)),
        report(node, TEMPERATURE, Value::Int(2_000)),
    ];
    tell(link, shown.into()).await;
}

/// An error only says that the hub ends.
async fn tell(link: &BridgeLink, reports: Vec<Report>) {
    let _ = link.output.send(BridgeOutput::Reports(reports)).await;
}

fn report(node: NodeId, at: (u32, u32), value: Value) -> Report {
    Report {
        node,
        endpoint: EndpointId(1),
        cluster: ClusterId(at.0),
        body: ReportBody::Attribute {
            attribute: AttributeId(at.1),
            value,
            version: None,
        },
        at: clock::now().wall,
        cause: None,
    }
}

/// How long the disk takes for 4 KiB more of a file.
fn sync_times(dir: &Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(dir.join("synced")).expect("a file");
    let page = [0x5A; 4096];
    let one = |_| {
        let began = Instant::now();
        file.write_all(&page)
            .and_then(|()| file.sync_data())
            .expect("the disk takes it");
        began.elapsed()
    };
    (0..SYNCS).map(one).collect()
}

/// Prints the middle, the 99th percentile and the longest.
struct Times(Vec<Duration>);

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut times = self.0.clone();
        times.sort_unstable();
        let at = |share: usize| {
            let at = (times.len().saturating_sub(1) * share) / 100;
            times
                .get(at)
                .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
        };
        write!(f, "{:>9.2} {:>9.2} {:>9.2}", at(50), at(99), at(100))
    }
}
