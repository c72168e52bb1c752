//! An engine with a store in memory and a client that keeps a copy of the home. After every
//! input the copy must equal a fresh snapshot: that is the law that clients live by.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_engine::*;
use hub_model::*;

/// The bridge of most tests, by its place.
pub(crate) const BRIDGE: usize = 0;
/// The node of most tests; the first id that a home gives out.
pub(crate) const LAMP: NodeId = NodeId(0x10);

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
    pub(crate) stored: StoredHome,
    pub(crate) revisions: Vec<StoredRevision>,
    pub(crate) events: Vec<Event>,
    pub(crate) inputs: Vec<BridgeInput>,
    pub(crate) answers: BTreeMap<RequestId, Result<Taken, RequestError>>,
    pub(crate) progress: Vec<(CauseId, CommandProgress)>,
    pub(crate) closed: Vec<CauseId>,
    pub(crate) forgotten: Vec<NodeId>,
    pub(crate) commits: VecDeque<(CommitId, Revision)>,
    /// Commits wait in `commits` instead of being stored at once.
    pub(crate) hold_commits: bool,
    /// Commits fail.
    pub(crate) full_disk: bool,
    mirror: Snapshot,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::start(StoredHome::default(), beginning())
    }

    pub(crate) fn start(stored: StoredHome, now: Now) -> Self {
        let config = EngineConfig {
            bridges: vec!["test".into(), "other".into()],
            ..EngineConfig::default()
        };
        let engine = Engine::start(config, Arc::new(ConsoleOnly), stored.clone(), now).unwrap();
        let mirror = engine
            .snapshot(&Principal::console(), &Filter::default())
            .unwrap();
        let mut rig = Self {
            engine,
            now,
            stored,
            revisions: Vec::new(),
            events: Vec::new(),
            inputs: Vec::new(),
            answers: BTreeMap::new(),
            progress: Vec::new(),
            closed: Vec::new(),
            forgotten: Vec::new(),
            commits: VecDeque::new(),
            hold_commits: false,
            full_disk: false,
            mirror,
        };
        rig.drain();
        rig.events.clear();
        rig
    }

    /// The same home after a restart, one minute later.
    pub(crate) fn restarted(mut self) -> Self {
        let values = self.snapshot().nodes;
        let values = values.iter().flat_map(|node| &node.values);
        let kept = values.filter_map(|value| self.engine.stored_value(&value.path));
        self.stored.values = kept.collect();
        let mut rig = Self::start(self.stored, self.now + Duration::from_secs(60));
        rig.revisions.splice(0..0, self.revisions);
        rig
    }

    /// A rig whose lamp has joined and answers.
    pub(crate) fn with_lamp() -> Self {
        let mut rig = Self::new();
        rig.bridge(BridgeOutput::Joined { node: LAMP });
        rig.reachable(LAMP, true);
        rig.report(LAMP, 1, 6, 0, Value::Bool(false));
        rig.events.clear();
        rig
    }

    pub(crate) fn bridge(&mut self, output: BridgeOutput) {
        self.engine.handle_bridge(BRIDGE, output, self.now);
        self.drain();
    }

    pub(crate) fn reachable(&mut self, node: NodeId, reachable: bool) {
        self.bridge(BridgeOutput::Reachable { node, reachable });
    }

    pub(crate) fn report(
        &mut self,
        node: NodeId,
        endpoint: u16,
        cluster: u32,
        id: u32,
        value: Value,
    ) {
        let report = attribute(node, endpoint, cluster, id, value, self.now.wall);
        self.bridge(BridgeOutput::Reports(vec![report]));
    }

    pub(crate) fn tell(&mut self, cause: CauseId, progress: CommandProgress) {
        self.bridge(BridgeOutput::Progress { cause, progress });
    }

    pub(crate) fn job(&mut self, job: JobId, update: JobUpdate) {
        self.bridge(BridgeOutput::Job { job, update });
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end.mono) {
            let step = at.saturating_duration_since(self.now.mono);
            self.now = self.now + step;
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(crate) fn submit(&mut self, request: Request) -> Result<Taken, RequestError> {
        self.submit_as(&Principal::console(), request)
    }

    pub(crate) fn submit_as(
        &mut self,
        who: &Principal,
        request: Request,
    ) -> Result<Taken, RequestError> {
        let id = self.engine.handle_request(who, request, self.now);
        self.drain();
        self.answers.remove(&id).expect("answered at once")
    }

    pub(crate) fn edit(&mut self, edit: Edit) -> Result<RevisionId, RequestError> {
        let reason = String::new();
        let taken = self.submit(Request::Edit { edit, reason })?;
        Ok(taken.revision.expect("an edit has a revision"))
    }

    pub(crate) fn invoke(&mut self, cluster: u32, command: u32, fields: Value) -> CauseId {
        let command = invoke(LAMP, cluster, command, fields);
        let parent = None;
        let taken = self.submit(Request::Command { command, parent });
        taken.unwrap().cause.expect("a command has a cause")
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.engine
            .snapshot(&Principal::console(), &Filter::default())
            .unwrap()
    }

    pub(crate) fn progress_of(&self, cause: CauseId) -> Vec<CommandProgress> {
        let of = self.progress.iter().filter(|(other, _)| *other == cause);
        of.map(|(_, progress)| progress.clone()).collect()
    }

    /// The events since the last call, without their numbers and times.
    pub(crate) fn told(&mut self) -> Vec<EventKind> {
        self.events.drain(..).map(|event| event.kind).collect()
    }

    /// Stores the commit that waits longest.
    pub(crate) fn store_next(&mut self) {
        let (commit, revision) = self.commits.pop_front().expect("a commit waits");
        self.store(commit, revision);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(transmit) = self.engine.poll_transmit() {
            self.carry_out(transmit);
        }
        while let Some(event) = self.engine.poll_event() {
            self.mirror.apply(&event).unwrap();
            self.events.push(event);
        }
        let snapshot = self.snapshot();
        assert_eq!(self.mirror, snapshot, "events make the snapshot");
        let tally = self.engine.tally(&Principal::console());
        assert_eq!(
            tally,
            Ok(tally_of(&snapshot)),
            "the tally counts the snapshot"
        );
    }

    fn carry_out(&mut self, transmit: Transmit) {
        match transmit {
            Transmit::Bridge { bridge, input } => {
                assert_eq!(bridge, BRIDGE);
                self.inputs.push(input);
            }
            Transmit::Commit { commit, revision } if self.hold_commits => {
                self.commits.push_back((commit, revision));
            }
            Transmit::Commit { commit, revision } => self.store(commit, revision),
            Transmit::Fetch { request, revision } => {
                let found = self.revisions.iter().find(|stored| stored.id == revision);
                self.engine
                    .handle_fetched(request, Ok(found.cloned()), self.now);
            }
            Transmit::Forget { node } => self.forgotten.push(node),
            Transmit::Answer { request, answer } => drop(self.answers.insert(request, answer)),
            Transmit::Progress { cause, progress } => self.progress.push((cause, progress)),
            Transmit::Closed { cause } => {
                assert!(!self.closed.contains(&cause), "closed once");
                self.closed.push(cause);
            }
        }
    }

    fn store(&mut self, commit: CommitId, revision: Revision) {
        if self.full_disk {
            let error = Err("no space left".to_owned());
            return self.engine.handle_committed(commit, error, self.now);
        }
        for change in &revision.changes {
            let is_it = |o: &&Object| o.kind == change.kind && o.id == change.id;
            let held = self.stored.objects.iter().find(is_it).map(|o| &o.body);
            assert_eq!(held, change.before.as_ref(), "planned upon what is stored");
            self.stored.objects.retain(|object| !is_it(&object));
            if let Some(body) = change.after.clone() {
                let (kind, id) = (change.kind.clone(), change.id.clone());
                self.stored.objects.push(Object { kind, id, body });
            }
        }
        let id = RevisionId(self.revisions.last().map_or(1, |last| last.id.0 + 1));
        self.revisions.push(StoredRevision { id, revision });
        self.engine.handle_committed(commit, Ok(id), self.now);
    }
}

/// What the engine counts in place, counted from what it shows.
fn tally_of(snapshot: &Snapshot) -> Tally {
    let nodes = |so: fn(&NodeView) -> bool| snapshot.nodes.iter().filter(|view| so(view)).count();
    let values = snapshot.nodes.iter().flat_map(|view| &view.values);
    let of = |quality| values.clone().filter(|v| v.quality == quality).count();
    let jobs = |so: fn(&JobState) -> bool| snapshot.jobs.iter().filter(|j| so(&j.state)).count();
    Tally {
        nodes: tally::Nodes {
            unknown: nodes(|view| view.reachability == Reachability::Unknown),
            online: nodes(|view| view.reachability == Reachability::Online),
            offline: nodes(|view| matches!(view.reachability, Reachability::Offline { .. })),
            orphaned: nodes(|view| view.orphaned),
        },
        devices: snapshot.nodes.iter().map(|view| view.devices.len()).sum(),
        attributes: tally::Attributes {
            known: of(Quality::Known),
            stale: of(Quality::Stale),
        },
        jobs: tally::Jobs {
            running: jobs(|state| *state == JobState::Running),
            asking: jobs(|state| matches!(state, JobState::Asking { .. })),
            done: jobs(|state| *state == JobState::Done),
            failed: jobs(|state| matches!(state, JobState::Failed { .. })),
        },
    }
}

pub(crate) fn beginning() -> Now {
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do to begin with"
    )]
    let mono = Instant::now();
    Now {
        mono,
        wall: Timestamp::from_secs(1_800_000_000),
    }
}

pub(crate) fn attribute(
    node: NodeId,
    endpoint: u16,
    cluster: u32,
    id: u32,
    value: Value,
    at: Timestamp,
) -> Report {
    Report {
        node,
        endpoint: EndpointId(endpoint),
        cluster: ClusterId(cluster),
        body: ReportBody::Attribute {
            attribute: AttributeId(id),
            value,
            version: None,
        },
        at,
        cause: None,
    }
}

pub(crate) fn path(node: NodeId, endpoint: u16, cluster: u32, id: u32) -> AttributePath {
    AttributePath {
        node,
        endpoint: EndpointId(endpoint),
        cluster: ClusterId(cluster),
        attribute: AttributeId(id),
    }
}

pub(crate) fn invoke(node: NodeId, cluster: u32, command: u32, fields: Value) -> Command {
    Command {
        node,
        operation: Operation::Invoke {
            endpoint: EndpointId(1),
            cluster: ClusterId(cluster),
            command: CommandId(command),
            fields,
            timed: false,
        },
        within: Duration::from_secs(10),
    }
}

pub(crate) fn nothing() -> Value {
    Value::structure([])
}

pub(crate) const ACKNOWLEDGED: CommandProgress = CommandProgress::Acknowledged { response: None };
