//! Rules of every kind in a home that has everything: none panics, and none costs more than was known
//! when it was saved. How the machine behaves in a home is tested in `tests/machine`.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hub_engine::{
    ConsoleOnly, DeviceEvent, Edit, Engine, EngineConfig, Event, EventKind, Filter, ObjectChange,
    ObjectKind, Principal, Quality, Reachability, Request, RevisionId, Snapshot, StoredHome,
    Transmit as EngineTransmit,
};
use hub_model::{
    AttributePath, BridgeOutput, CauseId, ClusterId, EndpointId, EventId, EventPath, EventPriority,
    NodeId, Now, Origin, Report, ReportBody, Timestamp, Value,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::run::MOST_AT_ONCE;
use super::{Config, Machine, Order, Person, RULE, Transmit};
use crate::compile::cost;
use crate::face;
use crate::property;
use crate::schedule::{Location, Place, Zone};
use crate::testing::{self, repeatable};
use crate::tree::{Action, Choice, Repeat, Rule, Step};

/// The devices that the strategies name.
const NAMES: &[&str] = &[
    "hall-lamp",
    "hall-motion",
    "strip",
    "outdoor-2",
    "küche",
    "客厅灯",
    "max",
];

fn beginning() -> Instant {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do to begin with"
    )]
    let beginning = BEGINNING.get_or_init(Instant::now);
    *beginning
}

fn noon() -> Now {
    Now {
        mono: beginning(),
        wall: Timestamp::from_secs(1_773_140_400),
    }
}

/// A home whose devices all have everything.
fn home() -> Snapshot {
    static HOME: OnceLock<Snapshot> = OnceLock::new();
    HOME.get_or_init(furnished).clone()
}

fn furnished() -> Snapshot {
    let config = EngineConfig {
        bridges: vec!["sim".into()],
        ..EngineConfig::default()
    };
    let now = noon();
    let mut engine =
        Engine::start(config, Arc::new(ConsoleOnly), StoredHome::default(), now).unwrap();
    settle(&mut engine, now);
    for (at, name) in NAMES.iter().enumerate() {
        let node = NodeId(0x10 + at as u64);
        engine.handle_bridge(0, BridgeOutput::Joined { node }, now);
        settle(&mut engine, now);
        let reports = everything(node).map(|(path, value)| Report {
            node,
            endpoint: path.endpoint,
            cluster: path.cluster,
            body: ReportBody::Attribute {
                attribute: path.attribute,
                value,
                version: None,
            },
            at: now.wall,
            cause: None,
        });
        engine.handle_bridge(0, BridgeOutput::Reports(reports.collect()), now);
        engine.handle_bridge(
            0,
            BridgeOutput::Reachable {
                node,
                reachable: true,
            },
            now,
        );
        let edit = Edit::RenameNode {
            node,
            name: (*name).to_owned(),
        };
        let request = Request::Edit {
            edit,
            reason: String::new(),
        };
        engine.handle_request(&Principal::console(), request, now);
        settle(&mut engine, now);
    }
    while engine.poll_event().is_some() {}
    engine
        .snapshot(&Principal::console(), &Filter::default())
        .unwrap()
}

fn settle(engine: &mut Engine, now: Now) {
    let mut revision = 0;
    while let Some(transmit) = engine.poll_transmit() {
        if let EngineTransmit::Commit { commit, .. } = transmit {
            revision += 1;
            engine.handle_committed(commit, Ok(RevisionId(revision)), now);
        }
    }
}

fn everything(node: NodeId) -> impl Iterator<Item = (AttributePath, Value)> {
    property::all().map(move |def| {
        let path = AttributePath {
            node,
            endpoint: EndpointId(1),
            cluster: def.cluster,
            attribute: def.attribute,
        };
        let value = match def.view() {
            property::View::Bool | property::View::NotBool => Value::Bool(false),
            property::View::Text => Value::text("text"),
            _ => Value::Uint(1),
        };
        (path, value)
    })
}

fn machine(home: Snapshot) -> Machine {
    let config = Config {
        place: Place {
            zone: Zone::named("Europe/Berlin").unwrap(),
            location: Some(Location::new(52.52, 13.405).unwrap()),
        },
        past: Timestamp::from_secs(1_700_000_000),
    };
    Machine::start(config, home, [], noon())
}

/// A machine with its engine's part: events in a row, and a clock.
struct Bench {
    machine: Machine,
    now: Now,
    seq: u64,
    cause: u64,
    commands: usize,
    spent: u64,
}

impl Bench {
    fn new(home: Snapshot) -> Self {
        Self {
            seq: home.seq,
            machine: machine(home),
            now: noon(),
            cause: 0,
            commands: 0,
            spent: 0,
        }
    }

    fn event(&mut self, kind: EventKind) {
        self.seq += 1;
        let event = Event {
            seq: self.seq,
            at: self.now.wall,
            kind,
        };
        self.machine.handle_event(&event, self.now);
        self.drain();
    }

    fn put(&mut self, rule: &Rule) {
        let change = ObjectChange {
            kind: ObjectKind::new(RULE),
            id: rule.id.to_string(),
            before: None,
            after: Some(face::rule_to_json(rule).to_string()),
        };
        self.event(EventKind::HomeChanged {
            revision: RevisionId(self.seq),
            author: Origin::Console,
            reason: "".into(),
            changes: [change].into(),
        });
    }

    /// A rule with only those of its parts that have a meaning in this home.
    fn mended(&mut self, rule: &Rule) -> Rule {
        let mut means = |part: Rule| {
            let problems = self.machine.check_rule(&part);
            !problems.iter().any(crate::problem::Problem::is_error)
        };
        let empty = Rule::new("part");
        let mut rule = rule.clone();
        rule.when.retain(|when| {
            means(Rule {
                when: vec![when.clone()],
                ..empty.clone()
            })
        });
        rule.only_if.retain(|only| {
            means(Rule {
                only_if: vec![only.clone()],
                ..empty.clone()
            })
        });
        rule.steps.retain(|step| {
            means(Rule {
                steps: vec![step.clone()],
                ..empty.clone()
            })
        });
        if rule.steps.is_empty() {
            rule.steps.push(plain(let_x()));
        }
        rule
    }

    fn run(&mut self, rule: &Rule) {
        let order = Order::Run {
            rule: Arc::clone(&rule.id),
        };
        // One that is broken or runs already does not start.
        let _ = self.machine.handle_order(&order, &Person(None), self.now);
        self.drain();
    }

    /// Takes every command, which are answered by silence.
    fn drain(&mut self) {
        self.spent += (MOST_AT_ONCE - self.machine.budget) as u64;
        while self.machine.poll_event().is_some() {}
        self.machine.take_writes();
        let mut tokens = Vec::new();
        while let Some(transmit) = self.machine.poll_transmit() {
            if let Transmit::Command(command) = transmit {
                tokens.push(command.token);
            }
        }
        self.commands += tokens.len();
        for token in tokens {
            self.cause += 1;
            self.machine
                .handle_taken(token, Ok(CauseId(self.cause)), self.now);
            self.drain();
        }
    }

    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end.mono) {
            self.now = self.now + at.saturating_duration_since(self.now.mono);
            self.machine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }
}

/// What devices tell, sense or not.
fn told() -> impl Strategy<Value = EventKind> {
    let node = (0_u64..NAMES.len() as u64).prop_map(|at| NodeId(0x10 + at));
    let defs: Vec<_> = property::all()
        .map(|def| (def.cluster, def.attribute))
        .collect();
    let value = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (0_u64..300).prop_map(Value::Uint),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        Just(Value::Null),
        Just(Value::text("odd")),
        Just(Value::structure([(0, Value::Uint(7))])),
    ];
    let quality = select(&[Quality::Known, Quality::Stale] as &[_]);
    let changed = (node.clone(), select(defs), value.clone(), quality.clone());
    let changed = changed.prop_map(|(node, (cluster, attribute), value, quality)| {
        EventKind::AttributeChanged {
            path: AttributePath {
                node,
                endpoint: EndpointId(1),
                cluster,
                attribute,
            },
            value,
            previous: Some((Value::Uint(0), quality)),
            reported_at: noon().wall,
            version: None,
            cause: CauseId(0),
        }
    });
    let reach = prop_oneof![
        Just(Reachability::Online),
        Just(Reachability::Unknown),
        Just(Reachability::Offline { since: noon().wall }),
    ];
    let reach = (node.clone(), reach)
        .prop_map(|(node, reachability)| EventKind::Reachability { node, reachability });
    let happened = (node, 0_u32..7, value).prop_map(|(node, event, value)| {
        EventKind::DeviceEvent(DeviceEvent {
            path: EventPath {
                node,
                endpoint: EndpointId(1),
                cluster: ClusterId(0x003B),
                event: EventId(event),
            },
            number: 1,
            priority: EventPriority::Info,
            happened_at: noon().wall,
            uptime: None,
            fields: Value::structure([(0, Value::Uint(1)), (1, value)]),
            cause: CauseId(0),
        })
    });
    prop_oneof![8 => changed, 1 => reach, 1 => happened]
}

/// Steps that wait for nothing, one within the other.
fn steps(depth: u32) -> BoxedStrategy<Vec<Step>> {
    if depth == 0 {
        return (1_usize..4)
            .prop_map(move |n| (0..n).map(|_| plain(let_x())).collect())
            .boxed();
    }
    let block = || steps(depth - 1);
    let condition = || select(&["1 < 2", "2 < 1", "hall-lamp.on", "1 / 0 > 1"] as &[_]);
    let condition = move || condition().prop_map(|text: &str| text.parse().unwrap());
    let one = prop_oneof![
        2 => Just(let_x()),
        1 => (condition(), block(), block()).prop_map(|(condition, then, otherwise)| Action::If {
            condition,
            then,
            otherwise,
        }),
        1 => (vec((condition(), block()), 1..3), block()).prop_map(|(choices, otherwise)| {
            let choices = choices.into_iter().map(|(condition, steps)| Choice {
                condition,
                steps,
                note: None,
            });
            Action::Choose {
                choices: choices.collect(),
                otherwise,
            }
        }),
        2 => (1_u16..40, block()).prop_map(|(count, steps)| Action::Repeat {
            until: Repeat::Count(count),
            steps,
        }),
        1 => (condition(), block()).prop_map(|(condition, steps)| Action::Repeat {
            until: Repeat::Until {
                condition,
                timeout: Duration::from_secs(60),
            },
            steps,
        }),
        1 => vec(block(), 1..4).prop_map(Action::Parallel),
    ];
    vec(one.prop_map(plain), 1..4).boxed()
}

fn let_x() -> Action {
    Action::Let {
        name: "x".into(),
        value: "1".parse().unwrap(),
    }
}

fn plain(action: Action) -> Step {
    Step { action, note: None }
}

proptest! {
    #![proptest_config(repeatable(32))]

    #[test]
    fn no_rule_panics_whatever_it_says_and_hears(
        rules in vec(testing::rule(), 1..12),
        told in vec(told(), 0..40),
    ) {
        let mut bench = Bench::new(home());
        for rule in &rules {
            bench.machine.check_rule(rule);
            bench.put(rule);
        }
        let rules: Vec<_> = rules.iter().map(|rule| bench.mended(rule)).collect();
        for rule in &rules {
            bench.put(rule);
        }
        for kind in told {
            bench.event(kind);
            bench.wait(Duration::from_secs(20));
        }
        for rule in &rules {
            bench.run(rule);
        }
        bench.wait(Duration::from_secs(3_600));
        for view in bench.machine.rules() {
            prop_assert!(view.rule.id.len() < 1_000);
        }
    }

    #[test]
    fn a_run_costs_no_more_than_was_known(steps in steps(3)) {
        let mut bench = Bench::new(home());
        let rule = Rule { steps, ..Rule::new("costly") };
        let (program, problems) = bench.machine.compile_only(&rule);
        let Some(program) = program else {
            let dear = |problem: &crate::problem::Problem| problem.what.contains("at most");
            prop_assert!(problems.iter().any(dear), "{problems:?}");
            return Ok(());
        };
        let most = cost(&rule, &program.ops, &program.places);
        bench.put(&rule);
        bench.spent = 0;
        bench.run(&rule);
        bench.wait(Duration::from_secs(1));
        prop_assert_eq!(bench.machine.runs.len(), 0);
        // The end itself is an operation too.
        prop_assert!(bench.spent <= most + 1, "{} of {most}", bench.spent);
        prop_assert!(bench.spent > 1);
    }
}
