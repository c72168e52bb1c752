//! A small real home for tests: the engine, a machine beside it whose inputs are logged, and devices
//! that obey. Time is virtual.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_engine::{
    CommitId, ConsoleOnly, Edit, Engine, EngineConfig, Event, Filter, Object, ObjectKind,
    Principal, Request, RequestId, Revision, RevisionId, RoomId, Snapshot, StoredHome, Taken,
    Transmit as EngineTransmit,
};
use hub_model::{
    AttributeId, BridgeInput, BridgeOutput, CauseId, ClusterId, CommandProgress, EndpointId,
    EventId, EventPriority, NodeId, Now, Operation, Report, ReportBody, Timestamp, Value,
};

use super::{Out, Replay};
use crate::face;
use crate::log::{Given, Writer, is_read};
use crate::machine::{Config, Machine, Order, Person, RULE, Transmit, VARIABLE, Write};
use crate::schedule::{Location, Place, Zone, parse_local};

pub(crate) const LAMP: NodeId = NodeId(0x10);
pub(crate) const MOTION: NodeId = NodeId(0x11);
pub(crate) const BUTTON: NodeId = NodeId(0x12);

const ON_OFF: u32 = 0x0006;
const DESCRIPTOR: u32 = 0x001D;
const LEVEL: u32 = 0x0008;
const SWITCH: u32 = 0x003B;
const OCCUPANCY: u32 = 0x0406;

/// Engine, machine and devices.
pub(crate) struct Living {
    engine: Engine,
    config: Config,
    pub(crate) now: Now,
    objects: Vec<Object>,
    revisions: u64,
    taken: BTreeMap<RequestId, Taken>,
    asked: VecDeque<(RequestId, u64)>,
    to_devices: VecDeque<(CauseId, NodeId, Operation)>,
    pub(crate) is_deaf: bool,
    /// All that happened since the machine began.
    pub(crate) events: Vec<Event>,
    machine: Option<(Machine, Writer)>,
    pub(crate) log: String,
    entries: usize,
    pub(crate) stored: BTreeMap<String, String>,
    /// What came out of the machine.
    pub(crate) lived: Replay,
}

pub(crate) fn berlin() -> Place {
    Place {
        zone: Zone::named("Europe/Berlin").unwrap(),
        location: Some(Location::new(52.52, 13.405).unwrap()),
    }
}

/// A moment of the local clock.
pub(crate) fn local(text: &str) -> Timestamp {
    parse_local(text, &berlin()).unwrap()
}

pub(crate) fn any_instant() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do to begin with"
    )]
    Instant::now()
}

impl Living {
    /// A hall with a lamp, a motion sensor and a button, at noon of a Friday.
    pub(crate) fn hall() -> Self {
        let now = Now {
            mono: any_instant(),
            wall: local("2026-11-20 12:00"),
        };
        let config = EngineConfig {
            bridges: vec!["test".into()],
            ..EngineConfig::default()
        };
        let stored = StoredHome::default();
        let engine = Engine::start(config, Arc::new(ConsoleOnly), stored, now).unwrap();
        let mut living = Self {
            engine,
            config: Config {
                place: berlin(),
                past: local("2026-06-01"),
            },
            now,
            objects: Vec::new(),
            revisions: 0,
            taken: BTreeMap::new(),
            asked: VecDeque::new(),
            to_devices: VecDeque::new(),
            is_deaf: false,
            events: Vec::new(),
            machine: None,
            log: String::new(),
            entries: 0,
            stored: BTreeMap::new(),
            lived: Replay::default(),
        };
        living.drain();
        for node in [LAMP, MOTION, BUTTON] {
            living.bridge(BridgeOutput::Joined { node });
            living.reachable(node, true);
        }
        living.report(LAMP, ON_OFF, 0, Value::Bool(false));
        living.report(LAMP, LEVEL, 0, Value::Uint(254));
        living.report(MOTION, OCCUPANCY, 0, Value::Uint(0));
        living.report(BUTTON, SWITCH, 1, Value::Uint(0));
        let floor = None;
        let (name, icon) = ("Hall".to_owned(), None);
        living.edit(Edit::CreateRoom { name, floor, icon });
        for (node, name) in [
            (LAMP, "hall lamp"),
            (MOTION, "hall motion"),
            (BUTTON, "hall button"),
        ] {
            let name = name.to_owned();
            living.edit(Edit::RenameNode { node, name });
            let room = Some(RoomId(1));
            living.edit(Edit::MoveNode { node, room });
        }
        living.events.clear();
        living
    }

    /// Starts the machine, with what an earlier one stored.
    pub(crate) fn begin(&mut self) {
        let (writer, first) = Writer::begin(&self.config, self.now);
        self.log = first + "\n";
        self.entries = 0;
        self.lived = Replay::default();
        let home = self.snapshot();
        let stored: Vec<_> = std::mem::take(&mut self.stored).into_iter().collect();
        self.stored = stored.iter().cloned().collect();
        let given = Given::Start {
            home: &home,
            stored: &stored,
        };
        self.log_line(writer, given);
        let config = self.config.clone();
        let machine = Machine::start(config, home.clone(), stored.clone(), self.now);
        self.machine = Some((machine, writer));
        self.drain_machine();
        self.drain();
    }

    /// The machine has lost events, and looks at the home anew.
    pub(crate) fn gap(&mut self, missed: impl FnOnce(&mut Self)) {
        let machine = self.machine.take().unwrap();
        missed(self);
        self.machine = Some(machine);
        let home = self.snapshot();
        self.give(Given::Gap { home: &home }, |machine, now| {
            machine.handle_gap(home.clone(), now)
        });
    }

    pub(crate) fn rule(&mut self, text: &str) {
        let rule = face::rule_from_text(text).unwrap().what;
        let body = face::rule_to_json(&rule).to_string();
        self.object(RULE, &rule.id, &body);
    }

    pub(crate) fn variable(&mut self, name: &str, json: &str) {
        self.object(VARIABLE, name, json);
    }

    pub(crate) fn object(&mut self, kind: &str, id: &str, body: &str) {
        let (kind, id) = (ObjectKind::new(kind), id.to_owned());
        let body = Some(body.into());
        self.edit(Edit::PutObject { kind, id, body });
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        let reason = "test".to_owned();
        let request = Request::Edit { edit, reason };
        let id = self
            .engine
            .handle_request(&Principal::console(), request, self.now);
        self.drain();
        assert!(self.taken.contains_key(&id), "the edit was made");
    }

    pub(crate) fn order(&mut self, order: &Order) {
        let by = Person(Some("anna".into()));
        let given = Given::Order { order, by: &by };
        self.give(given, |machine, now| {
            drop(machine.handle_order(order, &by, now))
        });
        self.drain();
    }

    pub(crate) fn motion(&mut self, occupied: bool) {
        self.report(MOTION, OCCUPANCY, 0, Value::Uint(occupied.into()));
    }

    /// A device of another maker joins, says strange things, loses a part, and leaves.
    pub(crate) fn guests(&mut self) {
        const GUEST: NodeId = NodeId(0x13);
        let parts = |parts: &[u64]| Value::list(parts.iter().map(|part| Value::Uint(*part)));
        self.bridge(BridgeOutput::Joined { node: GUEST });
        self.reachable(GUEST, true);
        self.report_of(GUEST, 0, DESCRIPTOR, 3, parts(&[1, 2]));
        self.report_of(GUEST, 2, ON_OFF, 0, Value::Bool(true));
        for (attribute, value) in [
            Value::Single(0.1),
            Value::Double(-0.0),
            Value::Int(5),
            Value::Int(i64::MIN),
            Value::Uint(u64::MAX),
            Value::Bytes([0, 255].into()),
            Value::structure([
                (7, Value::Null),
                (1, Value::from("ä\n")),
                (7, Value::list([])),
            ]),
        ]
        .into_iter()
        .enumerate()
        {
            let attribute = u32::try_from(attribute).unwrap();
            self.report_of(GUEST, 1, 0xFFF1_FC00, attribute, value);
        }
        self.report_of(GUEST, 0, DESCRIPTOR, 3, parts(&[1]));
        self.bridge(BridgeOutput::Left { node: GUEST });
    }

    pub(crate) fn press(&mut self, number: u64) {
        let body = ReportBody::Event {
            event: EventId(1),
            number,
            priority: EventPriority::Info,
            uptime: Some(Duration::from_micros(1_234_567)),
            fields: Value::structure([(0, Value::Uint(1))]),
        };
        self.tell(BUTTON, 1, SWITCH, body);
    }

    pub(crate) fn report(&mut self, node: NodeId, cluster: u32, attribute: u32, value: Value) {
        self.report_of(node, 1, cluster, attribute, value);
    }

    fn report_of(
        &mut self,
        node: NodeId,
        endpoint: u16,
        cluster: u32,
        attribute: u32,
        value: Value,
    ) {
        let body = ReportBody::Attribute {
            attribute: AttributeId(attribute),
            value,
            version: None,
        };
        self.tell(node, endpoint, cluster, body);
    }

    fn tell(&mut self, node: NodeId, endpoint: u16, cluster: u32, body: ReportBody) {
        let report = Report {
            node,
            endpoint: EndpointId(endpoint),
            cluster: ClusterId(cluster),
            body,
            at: self.now.wall,
            cause: None,
        };
        self.bridge(BridgeOutput::Reports(vec![report]));
    }

    pub(crate) fn reachable(&mut self, node: NodeId, reachable: bool) {
        self.bridge(BridgeOutput::Reachable { node, reachable });
    }

    pub(crate) fn bridge(&mut self, output: BridgeOutput) {
        self.engine.handle_bridge(0, output, self.now);
        self.drain();
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let machine = self
                .machine
                .as_ref()
                .and_then(|(machine, _)| machine.poll_timeout());
            let next = machine.into_iter().chain(self.engine.poll_timeout()).min();
            let Some(at) = next.filter(|at| *at <= end.mono) else {
                break;
            };
            self.now = self.now + at.saturating_duration_since(self.now.mono);
            if self
                .engine
                .poll_timeout()
                .is_some_and(|at| at <= self.now.mono)
            {
                self.engine.handle_timeout(self.now);
            } else {
                self.give(Given::Timeout, |machine, now| machine.handle_timeout(now));
            }
            self.drain();
        }
        self.now = end;
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.engine
            .snapshot(&Principal::console(), &Filter::default())
            .unwrap()
    }

    fn give(&mut self, given: Given<'_>, give: impl FnOnce(&mut Machine, Now)) {
        let Some((mut machine, writer)) = self.machine.take() else {
            return;
        };
        self.log_line(writer, given);
        give(&mut machine, self.now);
        self.machine = Some((machine, writer));
        self.drain_machine();
    }

    fn log_line(&mut self, writer: Writer, given: Given<'_>) {
        let line = writer.line(given, self.now).unwrap().unwrap();
        self.log += &line;
        self.log.push('\n');
        self.entries += 1;
    }

    fn drain_machine(&mut self) {
        let Some((mut machine, writer)) = self.machine.take() else {
            return;
        };
        let before = self.lived.transmits.len();
        let first_write = self.lived.writes.len();
        self.lived.drain(self.entries - 1, &mut machine);
        self.machine = Some((machine, writer));
        let writes: Vec<_> = self.lived.writes[first_write..].to_vec();
        for write in writes {
            self.store(write.what);
        }
        let transmits: Vec<_> = self.lived.transmits[before..].to_vec();
        for Out { what, .. } in transmits {
            if let Transmit::Command(command) = what {
                let who = Principal::rule(Arc::clone(&command.author), Principal::console());
                let request = Request::Command {
                    command: command.command.clone(),
                    parent: command.parent,
                };
                let id = self.engine.handle_request(&who, request, self.now);
                self.asked.push_back((id, command.token));
            }
        }
    }

    fn store(&mut self, write: Write) {
        match write {
            Write::Put { key, body } => drop(self.stored.insert(key, body)),
            Write::Delete { key } => drop(self.stored.remove(&key)),
            Write::Trace(trace) => {
                let key = format!("trace/{}", trace.id.0);
                match trace.outcome.is_final() {
                    true => drop(self.stored.remove(&key)),
                    false => {
                        let body = serde_json::to_string(&*trace).unwrap();
                        self.stored.insert(key, body);
                    }
                }
            }
        }
    }

    fn drain(&mut self) {
        loop {
            while let Some(transmit) = self.engine.poll_transmit() {
                self.carry_out(transmit);
            }
            if let Some((id, token)) = self.asked.pop_front() {
                let answer = match self.taken.get(&id).and_then(|taken| taken.cause) {
                    Some(cause) => Ok(cause),
                    None => Err("it was not taken".to_owned()),
                };
                let given = Given::Taken {
                    token,
                    answer: &answer,
                };
                self.give(given, |machine, now| {
                    machine.handle_taken(token, answer.clone(), now)
                });
            } else if let Some(event) = self.engine.poll_event() {
                self.events.push(event.clone());
                if is_read(&event.kind) {
                    let given = Given::Event(&event);
                    self.give(given, |machine, now| machine.handle_event(&event, now));
                }
            } else if let Some((cause, node, operation)) = self.to_devices.pop_front() {
                self.obey(cause, node, &operation);
            } else {
                return;
            }
        }
    }

    fn carry_out(&mut self, transmit: EngineTransmit) {
        match transmit {
            EngineTransmit::Bridge {
                input: BridgeInput::Command { cause, command, .. },
                ..
            } => {
                self.to_devices
                    .push_back((cause, command.node, command.operation));
            }
            EngineTransmit::Commit { commit, revision } => self.commit(commit, &revision),
            EngineTransmit::Answer {
                request,
                answer: Ok(taken),
            } => {
                self.taken.insert(request, taken);
            }
            _ => {}
        }
    }

    fn commit(&mut self, commit: CommitId, revision: &Revision) {
        for change in &revision.changes {
            let is_it = |o: &Object| o.kind == change.kind && o.id == change.id;
            self.objects.retain(|object| !is_it(object));
            if let Some(body) = change.after.clone() {
                let (kind, id) = (change.kind.clone(), change.id.clone());
                self.objects.push(Object { kind, id, body });
            }
        }
        self.revisions += 1;
        self.engine
            .handle_committed(commit, Ok(RevisionId(self.revisions)), self.now);
    }

    /// A device does what it is asked, a little later, and says so.
    fn obey(&mut self, cause: CauseId, node: NodeId, operation: &Operation) {
        if self.is_deaf {
            return;
        }
        self.now = self.now + Duration::from_nanos(20_000_321);
        let acknowledged = CommandProgress::Acknowledged { response: None };
        for progress in [CommandProgress::Sent, acknowledged] {
            let output = BridgeOutput::Progress { cause, progress };
            self.engine.handle_bridge(0, output, self.now);
        }
        if let Operation::Invoke {
            cluster, command, ..
        } = operation
            && cluster.0 == ON_OFF
        {
            let body = ReportBody::Attribute {
                attribute: AttributeId(0),
                value: Value::Bool(command.0 == 1),
                version: None,
            };
            let report = Report {
                node,
                endpoint: EndpointId(1),
                cluster: *cluster,
                body,
                at: self.now.wall,
                cause: Some(cause),
            };
            self.engine
                .handle_bridge(0, BridgeOutput::Reports(vec![report]), self.now);
        }
    }
}
