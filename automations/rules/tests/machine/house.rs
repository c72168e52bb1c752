//! A home in virtual time: a real engine with simulated devices, the machine beside it, and stores
//! that outlive a crash of both.

mod fate;
mod hub;
mod people;
mod sight;
mod world;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hub_engine::{
    Action, Authorise, Denied, Edit, Engine, EngineConfig, Filter, Home, Object, ObjectKind,
    Principal, PrincipalKind, RequestId, Snapshot, StoredHome,
};
use hub_model::{
    AttributeId, AttributePath, BridgeOutput, ClusterId, Command, NodeId, Now, Timestamp,
};
use rules::face;
use rules::machine::{Config, Machine, Told, Write};
use rules::schedule::{Location, Place, Zone, parse_local};
use rules::trace::{RunId, Trace};

use crate::device::{Device, ENDPOINT};

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
    #[expect(
        clippy::disallowed_methods,
        reason = "time only ever goes on from here"
    )]
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
        let named: Vec<_> = house
            .devices
            .iter()
            .map(|d| (d.node, d.name, d.room))
            .collect();
        for (node, name, room) in named {
            house.edit(Edit::RenameNode {
                node,
                name: name.to_owned(),
            });
            let rooms = house.engine.home().rooms();
            let room = rooms
                .iter()
                .find(|known| room == Some(&*known.name))
                .map(|room| room.id);
            if room.is_some() {
                house.edit(Edit::MoveNode { node, room });
            }
        }
        house.wait_s(1);
        house
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
    let open = disk
        .traces
        .values()
        .filter(|trace| !trace.outcome.is_final());
    let open = open.map(|trace| {
        (
            format!("trace/{}", trace.id.0),
            serde_json::to_string(&**trace).unwrap(),
        )
    });
    let kept = disk
        .kept
        .iter()
        .map(|(key, body)| (key.clone(), body.clone()));
    let config = Config {
        place: place.clone(),
        past: past(),
    };
    let machine = Machine::start(config, look(&engine), kept.chain(open), now);
    (engine, machine)
}

fn look(engine: &Engine) -> Snapshot {
    engine
        .snapshot(&Principal::console(), &Filter::default())
        .unwrap()
}

fn read_rule(text: &str) -> rules::tree::Rule {
    face::rule_from_text(text)
        .unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
        .what
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
