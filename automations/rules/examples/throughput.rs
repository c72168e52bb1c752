//! How many events a second go through the engine and ten thousand rules on one core, how long the
//! rules take to load, and what one costs in memory.
//!
//! `cargo run --release -p rules --example throughput`
//!
//! A home of 2,000 nodes with five rules each. What is measured are reports that a bridge tells in
//! batches of 50, handled by a real engine whose events are handed to the machine one by one and
//! drained, as the hub's tasks do; commands go back through the engine and are answered by the
//! device. `recorded` also makes the line that the recording keeps of each input. Rates are by the
//! time that this process had a core, so that others on the machine matter less. A word as argument
//! measures only the rows that have it in their name.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement reads the clock and its memory, and prints"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use hub_engine::{
    ConsoleOnly, Engine, EngineConfig, Event, Filter, Object, ObjectKind, Principal, Request,
    RequestId, RevisionId, StoredHome, Transmit as EngineTransmit,
};
use hub_model::{
    AttributeId, BridgeInput, BridgeOutput, CauseId, ClusterId, CommandProgress, EndpointId,
    NodeId, Now, Report, ReportBody, Timestamp, Value,
};
use rules::face;
use rules::log::{Given, Writer};
use rules::machine::{Config, Machine, RULE, RuleState, Transmit, Write};
use rules::schedule::{Place, Zone};

const NODES: u64 = 2_000;
const BATCH: usize = 50;
const ROUNDS: u64 = 6;
/// Apart by more than the time over which the starts of a rule are counted.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(11);
const BRIDGE: usize = 0;

const ON: At = (0x0006, 0);
const OCCUPANCY: At = (0x0406, 0);
const TEMPERATURE: At = (0x0402, 0);
const ILLUMINANCE: At = (0x0400, 0);
const PRESSURE: At = (0x0403, 0);
const HUMIDITY: At = (0x0405, 0);
const FLOW: At = (0x0404, 0);

type At = (u32, u32);

/// The five rules of a node.
const RULES: [&str; 5] = [
    "[[when]]\nbecomes = \"NODE.temperature > 90 °C\"\n[[do]]\nset = { target = \"NODE\", on = false }",
    "[[when]]\nchanges = \"NODE.humidity\"\n[[only_if]]\nexpr = \"NODE.occupied\"\n\
     [[do]]\nset = { target = \"NODE\", on = true }",
    "[[when]]\nchanges = \"NODE.illuminance\"\n[[do]]\nset = { target = \"NODE\", on = true }",
    "mode = \"restart\"\n[[when]]\nchanges = \"NODE.pressure\"\n[[do]]\nset = { target = \"NODE\", on = true }\n\
     [[do]]\ndelay = \"1s\"\n[[do]]\nset = { target = \"NODE\", on = false }",
    "[[when]]\nbecomes = \"NODE.occupied and NODE.temperature > 50 °C\"\nfor = \"5m\"\n\
     [[only_if]]\nexpr = \"time in 22:00..06:00\"\n[[do]]\nset = { target = \"NODE\", on = true }\n\
     [[do]]\nwait = { until = \"not NODE.occupied\", for = \"1m\", timeout = \"2h\" }\n\
     [[do]]\nset = { target = \"NODE\", on = false }",
];

fn main() {
    let texts: Vec<_> = (0..NODES)
        .flat_map(|at| RULES.iter().enumerate().map(move |rule| text(at, rule)))
        .collect();
    let began = Spent::now();
    let bodies: Vec<_> = texts.iter().map(|text| body(text)).collect();
    row("texts read", format_args!("{:.0} ms", ms(began)));
    let mut bench = Bench::new(bodies);
    let load = bench.load();
    row(
        "rules loaded",
        format_args!("{} in {:.0} ms", bench.machine().rules().count(), load.0),
    );
    row("bytes a rule", format_args!("{}", load.1 / (NODES * 5)));
    row(
        "all compiled anew",
        format_args!("{:.0} ms", bench.compile_anew()),
    );
    for record in [false, true] {
        bench.record = record;
        println!("{}", if record { "recorded" } else { "not recorded" });
        bench.rate("  engine alone, no rules", |_| FLOW, false);
        bench.rate("  no rule depends on it", |_| FLOW, true);
        bench.rate("  a trigger stays false", |_| TEMPERATURE, true);
        bench.rate("  a condition is false", |_| HUMIDITY, true);
        bench.rate("  a run of one step", |_| ILLUMINANCE, true);
        bench.rate("  a run with more to do", |_| PRESSURE, true);
        // Of twenty events three are looked at, and one starts a run.
        bench.rate(
            "  mixed: 16 of 20 nobody's",
            |at| match at % 20 {
                0 => ILLUMINANCE,
                1 => HUMIDITY,
                2 | 3 => TEMPERATURE,
                _ => FLOW,
            },
            true,
        );
    }
}

fn text(node: u64, (at, rule): (usize, &&str)) -> String {
    let head = format!("version = 1\nid = \"r{node}-{at}\"\nname = \"Rule {at} of {node}\"\n");
    let rule = rule.replace("NODE", &format!("device-{node}"));
    head + &rule
}

fn body(text: &str) -> Object {
    let rule = face::rule_from_text(text)
        .unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
        .what;
    Object {
        kind: ObjectKind::new(RULE),
        id: rule.id.to_string(),
        body: face::rule_to_json(&rule).to_string(),
    }
}

struct Bench {
    engine: Engine,
    machine: Option<Machine>,
    writer: Writer,
    record: bool,
    /// So much is added to the clock.
    ahead: Duration,
    asked: BTreeMap<RequestId, u64>,
    value: u64,
    lines: usize,
    writes: usize,
    runs: usize,
}

impl Bench {
    /// The home with its nodes and rules, and no machine yet.
    fn new(objects: Vec<Object>) -> Self {
        let engine_config = EngineConfig {
            bridges: vec!["bench".into()],
            ..EngineConfig::default()
        };
        let stored = StoredHome {
            objects,
            ..StoredHome::default()
        };
        let now = now(Duration::ZERO);
        let engine =
            Engine::start(engine_config, Arc::new(ConsoleOnly), stored, now).expect("a home");
        let mut bench = Self {
            engine,
            machine: None,
            writer: Writer::begin(&config(), now).0,
            record: false,
            ahead: Duration::ZERO,
            asked: BTreeMap::new(),
            value: 1,
            lines: 0,
            writes: 0,
            runs: 0,
        };
        bench.pump();
        for at in 0..NODES {
            let node = node(at);
            bench.tell(BridgeOutput::Joined { node });
            let reachable = true;
            bench.tell(BridgeOutput::Reachable { node, reachable });
            bench.tell(BridgeOutput::Reports(device(at)));
        }
        bench
    }

    /// Starts the machine; how long that took, and how many octets it holds.
    fn load(&mut self) -> (f64, u64) {
        let home = self
            .engine
            .snapshot(&Principal::console(), &Filter::default())
            .expect("all may see");
        let before = resident_bytes();
        let began = Spent::now();
        self.machine = Some(Machine::start(config(), home, [], self.now()));
        self.pump();
        let took = ms(began);
        let held = resident_bytes().saturating_sub(before);
        for view in self.machine().rules() {
            assert_eq!(view.state, RuleState::Ready, "{}", view.rule.id);
        }
        (took, held)
    }

    /// Has the structure of the home change, and all rules compiled anew.
    fn compile_anew(&mut self) -> f64 {
        self.tell(BridgeOutput::Reports(vec![report(node(0), (0x0008, 0), 7)]));
        self.ahead += Duration::from_secs(1);
        let began = Spent::now();
        while self
            .machine()
            .poll_timeout()
            .is_some_and(|at| at <= self.now().mono)
        {
            let now = self.now();
            self.machine_mut().handle_timeout(now);
            self.after_machine();
        }
        ms(began)
    }

    /// Prints how many reports of an attribute go through a second: the middle and the extremes.
    fn rate(&mut self, name: &str, attribute: impl Fn(u64) -> At, with_rules: bool) {
        if std::env::args()
            .nth(1)
            .is_some_and(|word| !name.contains(&word))
        {
            return;
        }
        let machine = match with_rules {
            true => None,
            false => self.machine.take(),
        };
        let (writes, runs) = (self.writes, self.runs);
        let mut rates: Vec<_> = (0..ROUNDS).map(|_| self.round(&attribute)).collect();
        rates.sort_by(f64::total_cmp);
        let (slowest, fastest) = (rates[0], rates[rates.len() - 1]);
        let middle = rates[rates.len() / 2];
        let (writes, runs) = (self.writes - writes, self.runs - runs);
        let rates = format!("{middle:>9.0} /s ({slowest:.0} .. {fastest:.0})");
        row(name, format_args!("{rates}, {runs} runs, {writes} writes"));
        if let Some(machine) = machine {
            self.machine = Some(machine);
            self.refresh();
        }
    }

    /// The machine takes a fresh look at the home.
    fn refresh(&mut self) {
        let home = self
            .engine
            .snapshot(&Principal::console(), &Filter::default())
            .expect("all may see");
        let now = self.now();
        self.machine_mut().handle_gap(home, now);
        self.after_machine();
        self.pump();
    }

    fn round(&mut self, attribute: &impl Fn(u64) -> At) -> f64 {
        const TURNS: u64 = 10;
        self.ahead += BETWEEN_ROUNDS;
        let now = self.now();
        // What is under way since the round before ends; nothing of it is measured.
        self.engine.handle_timeout(now);
        self.pump();
        if let Some(machine) = &mut self.machine {
            machine.handle_timeout(now);
            self.after_machine();
            self.pump();
        }
        let mut batches = Vec::new();
        for turn in 0..TURNS {
            self.value += 1;
            let reports: Vec<_> = (0..NODES)
                .map(|at| report(node(at), attribute(at + turn), self.value))
                .collect();
            batches.extend(reports.chunks(BATCH).map(<[Report]>::to_vec));
        }
        let began = Spent::now();
        for batch in batches {
            self.tell(BridgeOutput::Reports(batch));
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = (NODES * TURNS) as f64 / began.since().as_secs_f64();
        rate
    }

    fn tell(&mut self, output: BridgeOutput) {
        let now = self.now();
        self.engine.handle_bridge(BRIDGE, output, now);
        self.pump();
    }

    /// Carries out all that the engine and the machine want.
    fn pump(&mut self) {
        loop {
            if let Some(transmit) = self.engine.poll_transmit() {
                self.carry_out(transmit);
            } else if let Some(event) = self.engine.poll_event() {
                self.event(&event);
            } else {
                return;
            }
        }
    }

    fn event(&mut self, event: &Event) {
        let now = self.now();
        if self.machine.is_none() {
            return;
        }
        self.recorded(Given::Event(event), now);
        self.machine_mut().handle_event(event, now);
        self.after_machine();
    }

    fn recorded(&mut self, given: Given<'_>, now: Now) {
        if self.record {
            let line = self.writer.line(given, now).expect("no line is too long");
            self.lines += line.map_or(0, |line| line.len());
        }
    }

    fn after_machine(&mut self) {
        let writes = self.machine_mut().take_writes();
        self.writes += writes.len();
        self.runs += writes.iter().filter(|write| is_over(write)).count();
        while self.machine_mut().poll_event().is_some() {}
        while let Some(transmit) = self.machine_mut().poll_transmit() {
            let Transmit::Command(command) = transmit else {
                continue;
            };
            let who = Principal::rule(command.author, Principal::console());
            let request = Request::Command {
                command: command.command,
                parent: command.parent,
            };
            let now = self.now();
            let id = self.engine.handle_request(&who, request, now);
            self.asked.insert(id, command.token);
        }
    }

    fn carry_out(&mut self, transmit: EngineTransmit) {
        let now = self.now();
        match transmit {
            EngineTransmit::Commit { commit, .. } => {
                self.engine.handle_committed(commit, Ok(RevisionId(1)), now);
            }
            EngineTransmit::Answer { request, answer } => {
                let Some(token) = self.asked.remove(&request) else {
                    return;
                };
                let taken = answer.map(|taken| taken.cause.expect("a command has a cause"));
                let taken = taken.map_err(|error| error.to_string());
                let given = Given::Taken {
                    token,
                    answer: &taken,
                };
                self.recorded(given, now);
                self.machine_mut().handle_taken(token, taken, now);
                self.after_machine();
            }
            EngineTransmit::Bridge {
                input: BridgeInput::Command { cause, command, .. },
                ..
            } => self.obey(cause, command.node),
            _ => {}
        }
    }

    /// The device says that it did as it was told.
    fn obey(&mut self, cause: CauseId, node: NodeId) {
        let now = self.now();
        let progress = CommandProgress::Acknowledged { response: None };
        self.engine
            .handle_bridge(BRIDGE, BridgeOutput::Progress { cause, progress }, now);
        let shown = Report {
            cause: Some(cause),
            ..report(node, ON, 1)
        };
        self.engine
            .handle_bridge(BRIDGE, BridgeOutput::Reports(vec![shown]), now);
    }

    fn machine(&self) -> &Machine {
        self.machine.as_ref().expect("the machine was started")
    }

    fn machine_mut(&mut self) -> &mut Machine {
        self.machine.as_mut().expect("the machine was started")
    }

    fn now(&self) -> Now {
        now(self.ahead)
    }
}

fn is_over(write: &Write) -> bool {
    matches!(write, Write::Trace(trace) if trace.outcome.is_final() && trace.outcome.ran())
}

fn config() -> Config {
    Config {
        place: Place {
            zone: Zone::utc(),
            location: None,
        },
        past: Timestamp::from_secs(1_700_000_000),
    }
}

/// All that a device shows.
fn device(at: u64) -> Vec<Report> {
    let name = Value::text(format!("Device {at}"));
    let label = Report {
        endpoint: EndpointId(0),
        body: attribute(5, name),
        ..report(node(at), (0x0028, 5), 0)
    };
    let shown = [
        ON,
        OCCUPANCY,
        TEMPERATURE,
        ILLUMINANCE,
        PRESSURE,
        HUMIDITY,
        FLOW,
    ];
    let shown = shown
        .into_iter()
        .map(|attribute| report(node(at), attribute, 0));
    std::iter::once(label).chain(shown).collect()
}

fn report(node: NodeId, at: At, value: u64) -> Report {
    let value = match at {
        ON => Value::Bool(value % 2 == 1),
        OCCUPANCY => Value::Uint(0),
        // Well below what any rule waits for.
        TEMPERATURE => Value::Int(i64::try_from(1_500 + value % 1_000).unwrap_or_default()),
        PRESSURE => Value::Int(i64::try_from(9_000 + value % 1_000).unwrap_or_default()),
        _ => Value::Uint(1 + value % 9_000),
    };
    Report {
        node,
        endpoint: EndpointId(1),
        cluster: ClusterId(at.0),
        body: attribute(at.1, value),
        at: now(Duration::ZERO).wall,
        cause: None,
    }
}

fn attribute(id: u32, value: Value) -> ReportBody {
    ReportBody::Attribute {
        attribute: AttributeId(id),
        value,
        version: None,
    }
}

fn node(at: u64) -> NodeId {
    NodeId(0x1000 + at)
}

fn now(ahead: Duration) -> Now {
    Now {
        mono: Instant::now() + ahead,
        wall: Timestamp::from_secs(1_800_000_000) + ahead,
    }
}

fn row(name: &str, value: std::fmt::Arguments<'_>) {
    println!("{name:<28}{value}");
}

fn ms(began: Spent) -> f64 {
    began.since().as_secs_f64() * 1e3
}

/// How long this process had a core.
#[derive(Clone, Copy)]
struct Spent(Duration);

impl Spent {
    /// Until now; by the clock where `/proc` does not tell.
    fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
        let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
        let elapsed = || {
            now(Duration::ZERO)
                .mono
                .saturating_duration_since(*BEGINNING)
        };
        Self(nanos.map_or_else(elapsed, Duration::from_nanos))
    }

    fn since(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The resident memory of this process; 0 where `/proc` does not tell.
fn resident_bytes() -> u64 {
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * PAGE
}
