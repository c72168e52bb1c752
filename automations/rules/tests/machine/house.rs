//! A home in virtual time: a real engine with simulated devices, the machine beside it, and stores
//! that outlive a crash of both.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hub_engine::{
    Action, Authorise, Denied, Edit, Engine, EngineConfig, Filter, Home, Object, ObjectKind,
    Principal, PrincipalKind, Request, RequestId, RevisionId, Snapshot, StoredHome,
    Transmit as EngineTransmit,
};
use hub_model::{
    AttributeId, AttributePath, BridgeInput, BridgeOutput, CauseId, ClusterId, Command,
    CommandProgress, EventId, EventPriority, NodeId, Now, Operation, Refusal, Report, ReportBody,
    Timestamp, Value,
};
use rules::face;
use rules::machine::{
    self, Config, Machine, Order, Person, Refused, RuleState, RuleView, Told, Transmit, Write,
};
use rules::problem::Problem;
use rules::schedule::{Location, Place, Zone, parse_local};
use rules::trace::{Outcome, RunId, Trace};

use crate::device::{Device, ENDPOINT, Manner};

/// How long a device may be gone before it counts as gone.
pub(crate) const GRACE: Duration = Duration::from_secs(60);
const BRIDGE: usize = 0;

/// A command that reached the engine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    pub(crate) at: Timestamp,
    pub(crate) token: u64,
    pub(crate) author: String,
    pub(crate) command: Command,
    pub(crate) when_stored: bool,
    /// How often the hub had started.
    pub(crate) boot: u32,
    /// The run and the place of the step, if the engine took it.
    pub(crate) run: Option<RunId>,
    pub(crate) place: Arc<str>,
}

/// What the disk holds.
#[derive(Clone, Debug, Default)]
struct Disk {
    objects: BTreeMap<(String, String), String>,
    values: Vec<hub_engine::StoredValue>,
    kept: BTreeMap<String, String>,
    traces: BTreeMap<RunId, Arc<Trace>>,
    revisions: u64,
}

/// See the module.
pub(crate) struct House {
    engine: Engine,
    pub(crate) machine: Machine,
    now: Now,
    pub(crate) place: Place,
    devices: Vec<Device>,
    /// What is on its way from the devices.
    link: BTreeMap<(Instant, u64), BridgeOutput>,
    sent: u64,
    events: u64,
    disk: Disk,
    asked: BTreeMap<RequestId, u64>,
    /// Answers of the engine to edits.
    refused: VecDeque<String>,
    pub(crate) told: Vec<Told>,
    pub(crate) given: Vec<Given>,
    /// All that the machine wanted stored, in order, for comparison.
    pub(crate) written: Vec<Write>,
    pub(crate) withdrawn: Vec<u64>,
    /// The hub is to stop before the next writes are on disk.
    fuse: bool,
    is_down: bool,
    boot: u32,
}

/// Everybody may do everything, but Ben may not touch locks, and who is not known nothing.
struct Rights;

impl Authorise for Rights {
    fn authorise(&self, who: &Principal, action: &Action<'_>, _: &Home) -> Result<(), Denied> {
        let rights = who.rights();
        let is_lock = matches!(action, Action::Command(command) if command.node == NodeId(0x16));
        match (rights.kind, &*rights.name) {
            (PrincipalKind::Console | PrincipalKind::Hub, _) => Ok(()),
            (PrincipalKind::Person, "anna") => Ok(()),
            (PrincipalKind::Person, "ben") if !is_lock => Ok(()),
            _ => Err(Denied::new(who, "it is not allowed to its owner")),
        }
    }
}

/// Any instant will do to begin with, but it is one for all tests.
fn beginning() -> Instant {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "time only ever goes on from here")]
    let beginning = BEGINNING.get_or_init(Instant::now);
    *beginning
}

/// Berlin.
pub(crate) fn berlin() -> Place {
    Place {
        zone: Zone::named("Europe/Berlin").unwrap(),
        location: Some(Location::new(52.52, 13.405).unwrap()),
    }
}

/// A moment of Berlin's clock: `2026-03-10 12:00`.
pub(crate) fn at(text: &str) -> Timestamp {
    parse_local(text, &berlin()).unwrap_or_else(|| panic!("{text} is no moment"))
}

/// A moment before which no hub of ours ever ran.
fn past() -> Timestamp {
    at("2026-01-01 00:00")
}

impl House {
    /// A house at noon of 10 March 2026, a Tuesday, with all devices there.
    pub(crate) fn new() -> Self {
        Self::at("2026-03-10 12:00")
    }

    /// A house at a moment of Berlin's clock.
    pub(crate) fn at(text: &str) -> Self {
        let now = Now {
            mono: beginning(),
            wall: at(text),
        };
        let place = berlin();
        let disk = Disk::default();
        let (engine, machine) = start(&disk, &place, now);
        let mut house = Self {
            engine,
            machine,
            now,
            place,
            devices: Device::all(),
            link: BTreeMap::new(),
            sent: 0,
            events: 0,
            disk,
            asked: BTreeMap::new(),
            refused: VecDeque::new(),
            told: Vec::new(),
            given: Vec::new(),
            written: Vec::new(),
            withdrawn: Vec::new(),
            fuse: false,
            is_down: false,
            boot: 0,
        };
        house.pump();
        house.connect();
        for room in ["Hall", "Office"] {
            house.edit(Edit::CreateRoom {
                name: room.to_owned(),
                floor: None,
                icon: None,
            });
        }
        let named: Vec<_> = house.devices.iter().map(|d| (d.node, d.name, d.room)).collect();
        for (node, name, room) in named {
            house.edit(Edit::RenameNode {
                node,
                name: name.to_owned(),
            });
            let rooms = house.engine.home().rooms();
            let room = rooms.iter().find(|known| room == Some(&*known.name)).map(|room| room.id);
            if room.is_some() {
                house.edit(Edit::MoveNode { node, room });
            }
        }
        house.wait_s(1);
        house
    }

    // What the world does.

    /// All devices that are there say so, and tell everything.
    pub(crate) fn connect(&mut self) {
        let there: Vec<_> = self.devices.iter().map(|d| (d.node, d.present)).collect();
        for (node, _) in &there {
            self.bridge(BridgeOutput::Joined { node: *node });
        }
        for (node, present) in there {
            if present {
                self.back(node);
            }
        }
    }

    /// A device is back, and tells everything.
    pub(crate) fn back(&mut self, node: NodeId) {
        self.device(node).present = true;
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: true,
        });
        let at = self.now.wall;
        let reports = self.device(node).reports(at);
        self.bridge(BridgeOutput::Reports(reports));
    }

    /// The bridge has forgotten a device.
    pub(crate) fn left(&mut self, node: NodeId) {
        self.bridge(BridgeOutput::Left { node });
    }

    /// A device is gone.
    pub(crate) fn leave(&mut self, node: NodeId) {
        self.device(node).present = false;
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: false,
        });
    }

    /// Something sets a value of a device, which tells it unless it is gone.
    pub(crate) fn set(&mut self, node: NodeId, cluster: u32, attribute: u32, value: Value) {
        self.device(node).put(cluster, attribute, value);
        if self.device(node).present {
            self.tell(node, cluster, attribute, self.now.wall);
        }
    }

    /// A device reports an attribute, as it was at a moment.
    pub(crate) fn tell(&mut self, node: NodeId, cluster: u32, attribute: u32, at: Timestamp) {
        let report = self.device(node).report(cluster, attribute, at);
        self.bridge(BridgeOutput::Reports(report.into_iter().collect()));
    }

    /// Several values change at once.
    pub(crate) fn set_at_once(&mut self, values: &[(NodeId, u32, u32, Value)]) {
        let at = self.now.wall;
        let mut reports = Vec::new();
        for (node, cluster, attribute, value) in values {
            self.device(*node).put(*cluster, *attribute, value.clone());
            reports.extend(self.device(*node).report(*cluster, *attribute, at));
        }
        self.bridge(BridgeOutput::Reports(reports));
    }

    /// A device tells of an event.
    pub(crate) fn happen(&mut self, node: NodeId, cluster: u32, event: u32, fields: Value) {
        self.events += 1;
        let report = Report {
            node,
            endpoint: ENDPOINT,
            cluster: ClusterId(cluster),
            body: ReportBody::Event {
                event: EventId(event),
                number: self.events,
                priority: EventPriority::Info,
                uptime: None,
                fields,
            },
            at: self.now.wall,
            cause: None,
        };
        self.bridge(BridgeOutput::Reports(vec![report]));
    }

    /// The last event comes once more.
    pub(crate) fn repeat_event(&mut self) {
        let event = self.snapshot().nodes.iter().flat_map(|node| node.events.clone()).last();
        let event = event.unwrap();
        self.events -= 1;
        self.happen(event.path.node, event.path.cluster.0, event.path.event.0, event.fields);
    }

    pub(crate) fn motion(&mut self, is: bool) {
        self.set(MOTION, 0x0406, 0, Value::Uint(is.into()));
    }

    /// Motion begins or ends while the hub is off.
    pub(crate) fn motion_unheard(&mut self, is: bool) {
        self.device(MOTION).put(0x0406, 0, Value::Uint(is.into()));
    }

    pub(crate) fn study_motion(&mut self, is: bool) {
        self.set(STUDY, 0x0406, 0, Value::Uint(is.into()));
    }

    pub(crate) fn lamp(&mut self, is: bool) {
        self.set(LAMP, 0x0006, 0, Value::Bool(is));
    }

    pub(crate) fn outdoor(&mut self, centi: i64) {
        self.set(OUTDOOR, 0x0402, 0, Value::Int(centi));
    }

    /// The door is opened or closed.
    pub(crate) fn door(&mut self, open: bool) {
        self.set(DOOR, 0x0045, 0, Value::Bool(!open));
    }

    /// How a device answers from now on.
    pub(crate) fn manner(&mut self, node: NodeId, manner: Manner) {
        self.device(node).manner = manner;
    }

    pub(crate) fn device(&mut self, node: NodeId) -> &mut Device {
        self.devices.iter_mut().find(|device| device.node == node).unwrap()
    }

    /// What a device truly shows.
    pub(crate) fn truth(&self, node: NodeId, cluster: u32, attribute: u32) -> Value {
        let device = self.devices.iter().find(|device| device.node == node).unwrap();
        device.value(cluster, attribute).cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn is_on(&self, node: NodeId) -> bool {
        self.truth(node, 0x0006, 0) == Value::Bool(true)
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn wait(&mut self, span: Duration) {
        self.wait_until(self.now + span);
    }

    fn wait_until(&mut self, end: Now) {
        loop {
            if self.is_down {
                break;
            }
            let link = self.link.keys().next().map(|(at, _)| *at);
            let next = [self.engine.poll_timeout(), self.machine.poll_timeout(), link];
            let next = next.into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end.mono) else {
                break;
            };
            self.now = self.now + at.saturating_duration_since(self.now.mono);
            while let Some(first) = self.link.first_entry()
                && first.key().0 <= self.now.mono
            {
                let output = first.remove();
                self.bridge(output);
            }
            self.engine.handle_timeout(self.now);
            self.pump();
            if self.machine.poll_timeout().is_some_and(|at| at <= self.now.mono) && !self.is_down {
                self.machine.handle_timeout(self.now);
                self.after_machine();
                self.pump();
            }
        }
        self.now = end;
    }

    pub(crate) fn wait_s(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// Lets time pass until a moment of the wall clock.
    pub(crate) fn wait_till(&mut self, text: &str) {
        let span = at(text).since(self.now.wall);
        assert!(!span.is_zero(), "{text} is past");
        self.wait(span);
    }

    /// The wall clock jumps; nothing else happens.
    pub(crate) fn set_clock(&mut self, wall: Timestamp) {
        self.now.wall = wall;
        // The next input shows it; a timer that nobody waits for will do.
        self.machine.handle_timeout(self.now);
        self.after_machine();
        self.pump();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.wall
    }

    // What people do.

    /// Saves a rule that must have no problems.
    pub(crate) fn rule(&mut self, text: &str) {
        let problems = self.check(text);
        assert_eq!(problems, [], "{text}");
        self.rule_unchecked(text);
    }

    /// What is wrong with a rule.
    pub(crate) fn check(&mut self, text: &str) -> Vec<Problem> {
        let rule = read_rule(text);
        self.machine.check_rule(&rule)
    }

    /// The errors of a rule, in words.
    pub(crate) fn errors(&mut self, text: &str) -> String {
        let problems = self.check(text);
        let errors = problems.iter().filter(|problem| problem.is_error());
        errors.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// The warnings of a rule, in words.
    pub(crate) fn warnings(&mut self, text: &str) -> String {
        let problems = self.check(text);
        assert!(!problems.iter().any(Problem::is_error), "{problems:?}");
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Saves a rule whatever is wrong with it.
    pub(crate) fn rule_unchecked(&mut self, text: &str) {
        let rule = read_rule(text);
        let body = face::rule_to_json(&rule).to_string();
        self.put(machine::RULE, &rule.id, Some(&body));
    }

    /// Saves a rule, unless it is as it is already.
    pub(crate) fn rule_if_other(&mut self, text: &str) {
        let rule = read_rule(text);
        if self.machine.rule(&rule.id).is_none_or(|view| *view.rule != rule) {
            self.rule_unchecked(text);
        }
    }

    pub(crate) fn remove_rule(&mut self, id: &str) {
        self.put(machine::RULE, id, None);
    }

    pub(crate) fn scene(&mut self, text: &str) {
        let scene = face::scene_from_text(text).unwrap_or_else(|e| panic!("{text}: {e:?}")).what;
        assert_eq!(self.machine.check_scene(&scene), []);
        let body = face::scene_to_json(&scene).to_string();
        self.put(machine::SCENE, &scene.id, Some(&body));
    }

    /// Declares a variable of the home.
    pub(crate) fn variable(&mut self, name: &str, body: &str) {
        self.put(machine::VARIABLE, name, Some(body));
    }

    /// Some variables that tests like.
    pub(crate) fn variables(&mut self) {
        let mode = r#"{"type":"choice","options":["day","evening","night"],"initial":"day"}"#;
        self.variable("mode", mode);
        self.variable("count", r#"{"type":"number","initial":0}"#);
        self.variable("flag", r#"{"type":"bool","initial":false}"#);
        self.wait_s(1);
    }

    pub(crate) fn put(&mut self, kind: &str, id: &str, body: Option<&str>) {
        self.edit(Edit::PutObject {
            kind: ObjectKind::new(kind),
            id: id.to_owned(),
            body: body.map(Into::into),
        });
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        let request = Request::Edit {
            edit,
            reason: String::new(),
        };
        self.engine.handle_request(&Principal::console(), request, self.now);
        self.pump();
        if let Some(refused) = self.refused.pop_front() {
            panic!("{refused}");
        }
    }

    pub(crate) fn order(&mut self, order: &Order) -> Result<Option<RunId>, Refused> {
        let done = self.machine.handle_order(order, &Person(Some("anna".into())), self.now);
        self.after_machine();
        self.pump();
        done
    }

    pub(crate) fn assign(&mut self, variable: &str, value: serde_json::Value) {
        let order = Order::Assign {
            variable: variable.into(),
            value,
        };
        self.order(&order).unwrap();
    }

    // The hub's own fate.

    /// The hub stops, and starts after a while; the devices say that they are there.
    pub(crate) fn restart(&mut self, off: Duration) {
        self.crash();
        self.boot(self.now + off);
        self.connect();
    }

    /// The hub stops, just like that.
    pub(crate) fn crash(&mut self) {
        if !self.is_down {
            self.keep_values();
        }
        self.is_down = true;
        self.link.clear();
    }

    fn keep_values(&mut self) {
        let snapshot = look(&self.engine);
        let paths = snapshot.nodes.iter().flat_map(|node| node.values.iter().map(|v| v.path));
        self.disk.values = paths.filter_map(|path| self.engine.stored_value(&path)).collect();
    }

    /// The hub is to stop when next there is something to store, before it is.
    pub(crate) fn crash_before_writes(&mut self) {
        self.fuse = true;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.is_down
    }

    /// The hub starts.
    pub(crate) fn boot(&mut self, now: Now) {
        assert!(self.is_down);
        self.now = now;
        self.is_down = false;
        self.fuse = false;
        self.boot += 1;
        self.asked.clear();
        (self.engine, self.machine) = start(&self.disk, &self.place, now);
        self.after_machine();
        self.pump();
    }

    /// The hub starts after a while.
    pub(crate) fn boot_after(&mut self, off: Duration) {
        self.boot(self.now + off);
    }

    /// The hub starts after a while, by its wall clock at another moment.
    pub(crate) fn boot_at(&mut self, off: Duration, wall: Timestamp) {
        let now = Now {
            mono: self.now.mono + off,
            wall,
        };
        self.boot(now);
    }

    /// The hub missed events of its engine: it takes a fresh look.
    pub(crate) fn gap(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        self.is_down = true;
        meanwhile(self);
        while self.engine.poll_event().is_some() {}
        self.is_down = false;
        self.machine.handle_gap(look(&self.engine), self.now);
        self.after_machine();
        self.pump();
    }

    // What can be seen.

    pub(crate) fn state(&self, rule: &str) -> RuleState {
        self.view(rule).state
    }

    pub(crate) fn view(&self, rule: &str) -> RuleView {
        self.machine.rule(rule).unwrap_or_else(|| panic!("no rule {rule}"))
    }

    /// The traces of a rule, newest first: those on disk, and what the machine knows better.
    pub(crate) fn traces(&self, rule: &str) -> Vec<Arc<Trace>> {
        let stored = self.disk.traces.values().filter(|trace| *trace.rule == *rule);
        let mut all: BTreeMap<_, _> = stored.map(|trace| (trace.id, Arc::clone(trace))).collect();
        let known = self.machine.traces(Some(rule), 1_000);
        all.extend(known.into_iter().map(|trace| (trace.id, trace)));
        all.into_values().rev().collect()
    }

    /// The last trace of a rule.
    pub(crate) fn last(&self, rule: &str) -> Arc<Trace> {
        let traces = self.traces(rule);
        traces.first().unwrap_or_else(|| panic!("no trace of {rule}")).clone()
    }

    /// How often a rule ran.
    pub(crate) fn runs(&self, rule: &str) -> usize {
        self.traces(rule).iter().filter(|trace| trace.outcome.ran()).count()
    }

    /// Why a rule did not run, newest first.
    pub(crate) fn not_run(&self, rule: &str) -> Vec<String> {
        let traces = self.traces(rule);
        let whys = traces.iter().filter_map(|trace| match &trace.outcome {
            Outcome::NotRun { why } => Some(why.to_string()),
            _ => None,
        });
        whys.collect()
    }

    /// The steps of the last trace of a rule, with their results.
    pub(crate) fn steps(&self, rule: &str) -> Vec<String> {
        steps(&self.last(rule))
    }

    /// What rules said to people.
    pub(crate) fn notices(&self) -> Vec<String> {
        let notices = self.told.iter().filter_map(|told| match told {
            Told::Notice { message, to, .. } => Some(match to {
                Some(to) => format!("{to}: {message}"),
                None => message.to_string(),
            }),
            _ => None,
        });
        notices.collect()
    }

    /// The value of a variable, in words.
    pub(crate) fn home(&self, name: &str) -> String {
        let variables = self.machine.variables();
        variables.get(name).map_or_else(|| "none".to_owned(), |view| view.shown.to_string())
    }

    /// The operations that were given to a device.
    pub(crate) fn operations(&self, node: NodeId) -> Vec<Operation> {
        let given = self.given.iter().filter(|given| given.command.node == node);
        given.map(|given| given.command.operation.clone()).collect()
    }

    /// The cause of the present value of an attribute.
    pub(crate) fn cause(&self, node: NodeId, cluster: u32, attribute: u32) -> Option<CauseId> {
        look(&self.engine).value(&path(node, cluster, attribute))?.cause
    }

    /// What is on the machine's disk.
    pub(crate) fn kept(&self) -> &BTreeMap<String, String> {
        &self.disk.kept
    }

    /// The traces on disk.
    pub(crate) fn stored_traces(&self) -> &BTreeMap<RunId, Arc<Trace>> {
        &self.disk.traces
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        look(&self.engine)
    }

    // How it goes on.

    fn bridge(&mut self, output: BridgeOutput) {
        self.engine.handle_bridge(BRIDGE, output, self.now);
        self.pump();
    }

    /// Carries out all that the engine and the machine want.
    fn pump(&mut self) {
        loop {
            if let Some(transmit) = self.engine.poll_transmit() {
                self.carry_out(transmit);
                continue;
            }
            if self.is_down {
                return;
            }
            let Some(event) = self.engine.poll_event() else {
                return;
            };
            self.machine.handle_event(&event, self.now);
            self.after_machine();
        }
    }

    fn after_machine(&mut self) {
        let writes = self.machine.take_writes();
        while let Some(told) = self.machine.poll_event() {
            self.told.push(told);
        }
        let is_lost = self.fuse && !writes.is_empty();
        if !is_lost {
            self.written.extend(writes.iter().cloned());
            writes.into_iter().for_each(|write| self.store(write));
        }
        while let Some(transmit) = self.machine.poll_transmit() {
            match transmit {
                Transmit::Command(command) if !(is_lost && command.when_stored) => {
                    self.give(*command);
                }
                Transmit::Withdraw { token } => self.withdrawn.push(token),
                _ => {}
            }
        }
        if is_lost {
            self.crash();
        }
    }

    fn store(&mut self, write: Write) {
        match write {
            Write::Put { key, body } => drop(self.disk.kept.insert(key, body)),
            Write::Delete { key } => drop(self.disk.kept.remove(&key)),
            Write::Trace(trace) => drop(self.disk.traces.insert(trace.id, trace)),
        }
    }

    fn give(&mut self, command: machine::Command) {
        self.given.push(Given {
            at: self.now.wall,
            token: command.token,
            author: command.author.to_string(),
            command: command.command.clone(),
            when_stored: command.when_stored,
            boot: self.boot,
            run: None,
            place: "".into(),
        });
        let owner = match &command.owner {
            Some(owner) => Principal::new(PrincipalKind::Person, Arc::clone(owner)),
            None => Principal::console(),
        };
        let who = Principal::rule(command.author, owner);
        let request = Request::Command {
            command: command.command,
            parent: command.parent,
        };
        let id = self.engine.handle_request(&who, request, self.now);
        self.asked.insert(id, command.token);
    }

    fn carry_out(&mut self, transmit: EngineTransmit) {
        match transmit {
            EngineTransmit::Bridge { input, .. } => self.obey(input),
            EngineTransmit::Commit { commit, revision } => {
                for change in revision.changes {
                    let key = (change.kind.as_str().to_owned(), change.id);
                    match change.after {
                        Some(body) => drop(self.disk.objects.insert(key, body)),
                        None => drop(self.disk.objects.remove(&key)),
                    }
                }
                self.disk.revisions += 1;
                let id = RevisionId(self.disk.revisions);
                self.engine.handle_committed(commit, Ok(id), self.now);
            }
            EngineTransmit::Answer { request, answer } => match self.asked.remove(&request) {
                Some(token) => {
                    let taken = match answer {
                        Ok(taken) => Ok(taken.cause.unwrap()),
                        Err(error) => Err(error.to_string()),
                    };
                    let cause = taken.clone().ok();
                    if !self.is_down {
                        self.machine.handle_taken(token, taken, self.now);
                        self.attribute(token, cause);
                        self.after_machine();
                    }
                }
                None => self.refused.extend(answer.err().map(|error| error.to_string())),
            },
            _ => {}
        }
    }

    /// Notes which run and step gave a command that was taken.
    fn attribute(&mut self, token: u64, cause: Option<CauseId>) {
        let run = cause.and_then(|cause| self.machine.run_of(cause));
        let trace = run.and_then(|run| self.machine.trace(run));
        let steps = trace.iter().flat_map(|trace| &trace.steps);
        let place = steps.filter(|step| step.cause == cause).map(|step| Arc::clone(&step.place));
        let place = place.last().unwrap_or_default();
        let boot = self.boot;
        let given = self.given.iter_mut().rev();
        if let Some(given) = given.into_iter().find(|g| g.token == token && g.boot == boot) {
            (given.run, given.place) = (run, place);
        }
    }

    /// The bridge's and the device's part.
    fn obey(&mut self, input: BridgeInput) {
        let BridgeInput::Command { cause, command, .. } = input else {
            return;
        };
        let progress = |progress| BridgeOutput::Progress { cause, progress };
        self.engine.handle_bridge(BRIDGE, progress(CommandProgress::Sent), self.now);
        let now = self.now;
        let device = self.device(command.node);
        let answer_at = now.mono + device.slow;
        let ack = CommandProgress::Acknowledged { response: None };
        match device.manner {
            _ if !device.present => {}
            Manner::Silent => {}
            Manner::Pretends => self.send(answer_at, progress(ack)),
            Manner::Refuses => {
                let refusal = Refusal::Status {
                    status: 0x87,
                    cluster_status: None,
                };
                self.send(answer_at, progress(CommandProgress::Refused(refusal)));
            }
            Manner::Obeys => {
                let changed = device.obey(cause, &command.operation);
                let at = now.wall + device.slow;
                let reports = changed.into_iter().filter_map(|(c, a)| device.report(c, a, at));
                let reports = reports.collect();
                self.send(answer_at, progress(ack));
                let told_at = answer_at + Duration::from_millis(10);
                self.send(told_at, BridgeOutput::Reports(reports));
            }
        }
    }

    fn send(&mut self, at: Instant, output: BridgeOutput) {
        self.sent += 1;
        self.link.insert((at, self.sent), output);
    }
}

fn start(disk: &Disk, place: &Place, now: Now) -> (Engine, Machine) {
    let config = EngineConfig {
        bridges: vec!["sim".into()],
        grace: GRACE,
        ..EngineConfig::default()
    };
    let objects = disk.objects.iter().map(|((kind, id), body)| Object {
        kind: ObjectKind::new(kind.clone()),
        id: id.clone(),
        body: body.clone(),
    });
    let stored = StoredHome {
        objects: objects.collect(),
        values: disk.values.clone(),
    };
    let engine = Engine::start(config, Arc::new(Rights), stored, now).unwrap();
    let open = disk.traces.values().filter(|trace| !trace.outcome.is_final());
    let open = open.map(|trace| {
        (format!("trace/{}", trace.id.0), serde_json::to_string(&**trace).unwrap())
    });
    let kept = disk.kept.iter().map(|(key, body)| (key.clone(), body.clone()));
    let config = Config {
        place: place.clone(),
        past: past(),
    };
    let machine = Machine::start(config, look(&engine), kept.chain(open), now);
    (engine, machine)
}

fn look(engine: &Engine) -> Snapshot {
    engine.snapshot(&Principal::console(), &Filter::default()).unwrap()
}

fn read_rule(text: &str) -> rules::tree::Rule {
    face::rule_from_text(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}")).what
}

/// The steps of a trace, with their results.
pub(crate) fn steps(trace: &Trace) -> Vec<String> {
    let steps = trace.steps.iter().map(|step| match &step.result {
        Some(result) => format!("{}: {result}", step.text),
        None => step.text.to_string(),
    });
    steps.collect()
}

/// An attribute of a device.
pub(crate) fn path(node: NodeId, cluster: u32, attribute: u32) -> AttributePath {
    AttributePath {
        node,
        endpoint: ENDPOINT,
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
    }
}

pub(crate) const MOTION: NodeId = NodeId(0x10);
pub(crate) const LAMP: NodeId = NodeId(0x11);
pub(crate) const LUX: NodeId = NodeId(0x12);
pub(crate) const OUTDOOR: NodeId = NodeId(0x13);
pub(crate) const BUTTON: NodeId = NodeId(0x14);
pub(crate) const DOOR: NodeId = NodeId(0x15);
pub(crate) const LOCK: NodeId = NodeId(0x16);
pub(crate) const HEATER: NodeId = NodeId(0x17);
pub(crate) const DESK: NodeId = NodeId(0x18);
pub(crate) const STUDY: NodeId = NodeId(0x19);
