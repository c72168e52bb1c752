//! Random interleavings against a reference model so simple that it is plainly right, and twice
//! with the same inputs.

use std::collections::BTreeMap;
use std::time::Duration;

use hub_engine::*;
use hub_model::*;
use proptest::prelude::*;

use crate::rig::*;

const GRACE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
enum Step {
    Joined(u8),
    Left(u8),
    Reachable(u8, bool),
    Report(u8, u8, u8),
    Command(u8, u8),
    Progress(u8, u8),
    Edit(u8, u8),
    Wait(u16),
    HoldStore(bool),
    Store,
    StopBridge,
}

fn step() -> impl Strategy<Value = Step> {
    let node = 0_u8..3;
    prop_oneof![
        2 => node.clone().prop_map(Step::Joined),
        1 => node.clone().prop_map(Step::Left),
        4 => (node.clone(), any::<bool>()).prop_map(|(n, r)| Step::Reachable(n, r)),
        8 => (node.clone(), 0_u8..4, 0_u8..3).prop_map(|(n, a, v)| Step::Report(n, a, v)),
        4 => (node.clone(), 0_u8..3).prop_map(|(n, c)| Step::Command(n, c)),
        4 => (0_u8..8, 0_u8..4).prop_map(|(c, p)| Step::Progress(c, p)),
        3 => (node, 0_u8..6).prop_map(|(n, e)| Step::Edit(n, e)),
        4 => (0_u16..100).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::HoldStore),
        2 => Just(Step::Store),
        1 => Just(Step::StopBridge),
    ]
}

/// What a node must look like, worked out the slow way.
#[derive(Clone, Debug)]
struct Reference {
    /// When it was last told to be gone, if it is.
    gone: Option<Now>,
    heard: bool,
    offline: Option<Timestamp>,
    values: BTreeMap<AttributePath, (Value, Quality)>,
}

impl Reference {
    fn new(now: Now) -> Self {
        Self {
            gone: Some(now),
            heard: false,
            offline: None,
            values: BTreeMap::new(),
        }
    }

    fn told(&mut self, reachable: bool, now: Now) {
        if reachable {
            (self.gone, self.heard, self.offline) = (None, true, None);
        } else if self.offline.is_none() && self.gone.is_none() {
            self.gone = Some(now);
        }
    }

    fn passed(&mut self, now: Now) {
        let Some(gone) = self.gone.filter(|gone| gone.mono + GRACE <= now.mono) else {
            return;
        };
        (self.gone, self.offline) = (None, Some(gone.wall));
        let values = self.values.values_mut();
        values.for_each(|(_, quality)| *quality = Quality::Stale);
    }

    fn reachability(&self) -> Reachability {
        match (self.offline, self.heard) {
            (Some(since), _) => Reachability::Offline { since },
            (None, true) => Reachability::Online,
            (None, false) => Reachability::Unknown,
        }
    }
}

struct World {
    rig: Rig,
    nodes: BTreeMap<NodeId, Reference>,
    causes: Vec<CauseId>,
    outputs: Vec<String>,
}

impl World {
    fn new(now: Now) -> Self {
        Self {
            rig: Rig::start(StoredHome::default(), now),
            nodes: BTreeMap::new(),
            causes: Vec::new(),
            outputs: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Joined(n) => {
                let node = id(*n);
                self.nodes
                    .entry(node)
                    .or_insert_with(|| Reference::new(self.rig.now));
                self.rig.bridge(BridgeOutput::Joined { node });
            }
            Step::Left(n) => {
                // With a store at rest a node that left is gone at once.
                self.store_all();
                self.nodes.remove(&id(*n));
                self.rig.bridge(BridgeOutput::Left { node: id(*n) });
                self.store_all();
            }
            Step::Reachable(n, reachable) => {
                if let Some(node) = self.nodes.get_mut(&id(*n)) {
                    node.told(*reachable, self.rig.now);
                }
                self.rig.reachable(id(*n), *reachable);
            }
            Step::Report(n, attribute, value) => self.report(id(*n), *attribute, *value),
            Step::Command(n, which) => self.command(id(*n), *which),
            Step::Progress(at, which) => {
                if let Some(cause) = self.causes.iter().rev().nth(usize::from(*at)) {
                    self.rig.tell(*cause, progress(*which));
                }
            }
            Step::Edit(n, which) => self.edit(id(*n), *which),
            Step::Wait(seconds) => {
                self.rig.wait(Duration::from_secs((*seconds).into()));
                let now = self.rig.now;
                self.nodes.values_mut().for_each(|node| node.passed(now));
            }
            Step::HoldStore(hold) => {
                self.rig.hold_commits = *hold;
                if !hold {
                    self.store_all();
                }
            }
            Step::Store => {
                if !self.rig.commits.is_empty() {
                    self.rig.store_next();
                }
            }
            Step::StopBridge => {
                let now = self.rig.now;
                self.nodes.values_mut().for_each(|n| n.told(false, now));
                self.rig.engine.handle_bridge_stopped(BRIDGE, now);
                self.rig.drain();
            }
        }
        let events = self.rig.events.drain(..);
        self.outputs
            .extend(events.map(|event| format!("{event:?}")));
    }

    fn report(&mut self, node: NodeId, attribute: u8, value: u8) {
        let value = match attribute {
            0 => Value::Bool(value > 0),
            _ => Value::Uint(value.into()),
        };
        let cluster = if attribute == 0 { 6 } else { 8 };
        let path = path(node, 1, cluster, u32::from(attribute / 2));
        if let Some(reference) = self.nodes.get_mut(&node) {
            let known = (value.clone(), Quality::Known);
            reference.values.insert(path, known);
        }
        self.rig.report(node, 1, cluster, path.attribute.0, value);
    }

    fn command(&mut self, node: NodeId, which: u8) {
        let command = match which {
            2 => invoke(node, 8, 0, Value::structure([(0, Value::Uint(2))])),
            on_off => invoke(node, 6, on_off.into(), nothing()),
        };
        let parent = self.causes.last().copied();
        let taken = self.rig.submit(Request::Command { command, parent });
        self.causes.extend(taken.ok().and_then(|taken| taken.cause));
    }

    fn edit(&mut self, node: NodeId, which: u8) {
        let home = self.rig.snapshot().home;
        let room = home.rooms().first().map(|room| room.id);
        let edit = match (which, room) {
            (0, _) | (_, None) => Edit::CreateRoom {
                name: format!("Room {}", home.rooms().len()),
                floor: None,
                icon: None,
            },
            (1, room) => Edit::MoveNode { node, room },
            (2, Some(room)) => Edit::DeleteRoom { room },
            (3, _) => Edit::RenameNode {
                node,
                name: "Lamp".to_owned(),
            },
            (4, _) => Edit::Group {
                node,
                endpoints: vec![EndpointId(1)],
            },
            _ => Edit::RenameHome {
                name: format!("Home {}", self.outputs.len()),
            },
        };
        let reason = String::new();
        let request = Request::Edit { edit, reason };
        let console = Principal::console();
        self.rig
            .engine
            .handle_request(&console, request, self.rig.now);
        self.rig.drain();
    }

    fn store_all(&mut self) {
        while !self.rig.commits.is_empty() {
            self.rig.store_next();
        }
    }

    /// The engine shows what the reference says, of the nodes that are stored.
    fn check(&self) {
        let snapshot = self.rig.snapshot();
        for view in &snapshot.nodes {
            let reference = &self.nodes[&view.node.id];
            assert_eq!(view.reachability, reference.reachability());
            let values = view.values.iter();
            let values: BTreeMap<_, _> = values
                .map(|value| (value.path, (value.value.clone(), value.quality)))
                .collect();
            assert_eq!(values, reference.values);
        }
        if self.rig.commits.is_empty() {
            assert_eq!(snapshot.nodes.len(), self.nodes.len());
        }
    }

    /// In the end every command that was taken is closed, and answered at most once.
    fn finish(&mut self) {
        self.rig.hold_commits = false;
        self.store_all();
        self.rig.wait(Duration::from_secs(3600));
        for cause in &self.causes {
            assert!(self.rig.closed.contains(cause), "{cause} is closed");
            let told = self.rig.progress_of(*cause);
            let answer =
                |p: &&CommandProgress| p.is_answer() && !matches!(p, CommandProgress::Confirmed);
            assert_eq!(told.iter().filter(answer).count(), 1, "{told:?}");
        }
        assert!(self.rig.engine.is_settled());
    }
}

fn id(n: u8) -> NodeId {
    NodeId(LAMP.0 + u64::from(n))
}

fn progress(which: u8) -> CommandProgress {
    match which {
        0 => CommandProgress::Sent,
        1 => CommandProgress::TimedOut,
        2 => CommandProgress::Refused(Refusal::Status {
            status: 1,
            cluster_status: None,
        }),
        _ => ACKNOWLEDGED,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_engine_does_what_the_reference_does(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new(beginning());
        for step in &steps {
            world.take(step);
            world.check();
        }
        world.finish();
    }

    #[test]
    fn the_same_inputs_make_the_same_outputs(steps in prop::collection::vec(step(), 1..60)) {
        let now = beginning();
        let run = || {
            let mut world = World::new(now);
            steps.iter().for_each(|step| world.take(step));
            (world.outputs, world.rig.progress, format!("{:?}", world.rig.inputs))
        };
        prop_assert_eq!(run(), run());
    }
}
