//! The world around the engine: its devices, the network between them, DNS-SD, the disk, and
//! virtual time. Everything follows from the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::{
    BridgeInput, BridgeOutput, CauseId, Command, CommandProgress, CommissionRequest, JobFailure,
    JobId, JobUpdate, NodeId, NodeInfo, Now, Operation, Report, Secret, Timestamp,
};
use hub_pki::{Fabric, Random};

use super::device::Device;
use crate::attestation::minted::{Flaw, Maker};
use crate::commissioning::CommissioningConfig;
use crate::commissioning::testing::Seeded;
use crate::discovery::{Discriminator, Location, Pace, ScopedAddr};
use crate::setup::{Discovery, Flow, Passcode, SetupCode};
use crate::timers::Timers;
use crate::{
    Config, Discover, Discovered, Engine, Limits, NodeRecord, Output, Phase, RecordChange,
    StoreToken,
};

/// How the network treats datagrams.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Datagrams lost, of a hundred.
    pub(crate) loss: u8,
    /// Datagrams sent twice, of a hundred.
    pub(crate) repeats: u8,
    /// Datagrams that take up to 50 ms longer, and so come out of order, of a hundred.
    pub(crate) late: u8,
}

pub(crate) struct World {
    pub(crate) engine: Option<Engine>,
    pub(crate) devices: BTreeMap<SocketAddr, Device>,
    pub(crate) weather: Weather,
    pub(crate) now: Now,
    pub(crate) told: Told,
    pub(crate) disk: BTreeMap<String, Vec<u8>>,
    pub(crate) disk_fails: bool,
    /// Does not tell the hub where devices are.
    pub(crate) mdns_off: bool,
    pub(crate) limits: Limits,
    pub(crate) maker: Rc<Maker>,
    /// Datagrams that arrived at the hub and at devices.
    pub(crate) delivered: usize,
    begun: Instant,
    fabric: Arc<Fabric>,
    random: Seeded,
    happenings: BTreeMap<(Instant, u64), Happening>,
    sequence: u64,
    /// Devices that may have something to say, and when the others will.
    touched: BTreeSet<SocketAddr>,
    device_timers: Timers<SocketAddr>,
    finding: BTreeMap<JobId, Discriminator>,
    watching: BTreeSet<NodeId>,
    resolving: BTreeSet<NodeId>,
    next_cause: u64,
}

enum Happening {
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        datagram: Vec<u8>,
    },
    Stored {
        token: StoreToken,
        changes: Vec<RecordChange>,
    },
    Heard(Discovered),
}

/// What the hub was told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) joined: Vec<NodeId>,
    pub(crate) left: Vec<NodeId>,
    pub(crate) reachable: BTreeMap<NodeId, bool>,
    pub(crate) blinks: BTreeMap<NodeId, usize>,
    pub(crate) reports: Vec<Report>,
    pub(crate) progress: BTreeMap<CauseId, Vec<CommandProgress>>,
    pub(crate) jobs: BTreeMap<JobId, Vec<JobUpdate>>,
    pub(crate) info: BTreeMap<NodeId, NodeInfo>,
}

pub(crate) const HUB: &str = "[fd00::1]:5540";

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        println!("seed {seed}");
        let mut random = Seeded::new(seed);
        let founded = Fabric::found(&mut random).unwrap();
        let now = crate::commissioning::testing::start();
        let mut world = Self {
            engine: None,
            devices: BTreeMap::new(),
            weather: Weather::default(),
            begun: now.mono,
            now,
            told: Told::default(),
            disk: BTreeMap::new(),
            disk_fails: false,
            mdns_off: false,
            limits: Limits::default(),
            maker: Rc::new(Maker::mint(Flaw::None, &mut random)),
            delivered: 0,
            fabric: Arc::new(Fabric::open(&founded.parts).unwrap()),
            random,
            happenings: BTreeMap::new(),
            sequence: 0,
            touched: BTreeSet::new(),
            device_timers: Timers::new(),
            finding: BTreeMap::new(),
            watching: BTreeSet::new(),
            resolving: BTreeSet::new(),
            next_cause: 1,
        };
        world.start_hub();
        world
    }

    /// Starts the hub from its disk.
    pub(crate) fn start_hub(&mut self) {
        let records = self
            .disk
            .iter()
            .filter(|(key, _)| key.starts_with(NodeRecord::KEY_PREFIX))
            .map(|(_, bytes)| NodeRecord::from_bytes(bytes).unwrap())
            .collect();
        let mut seed = [0; 8];
        self.random.fill(&mut seed);
        let config = Config {
            fabric: self.fabric.clone(),
            trust: Arc::new(self.maker.trusted()),
            commissioning: CommissioningConfig::default(),
            random: Box::new(Seeded::new(u64::from_le_bytes(seed))),
            built_at: Timestamp::from_secs(1_760_000_000),
            limits: self.limits,
        };
        self.engine = Some(Engine::new(config, records, self.now));
        self.drain();
    }

    /// The hub is killed: all that is not on disk is lost.
    pub(crate) fn kill_hub(&mut self) {
        self.engine = None;
        self.happenings
            .retain(|_, one| matches!(one, Happening::Datagram { to, .. } if *to != hub()));
        self.finding.clear();
        self.watching.clear();
        self.resolving.clear();
    }

    /// Adds a device to the network, ready to be commissioned.
    pub(crate) fn add_device(&mut self, number: u16) -> SocketAddr {
        let addr = format!("[fd00::1:{number:x}]:5540").parse().unwrap();
        let passcode = 30_000_000 + u32::from(number);
        let maker = self.maker.clone();
        let device = Device::new(addr, number & 0xfff, passcode, maker);
        self.devices.insert(addr, device);
        addr
    }

    pub(crate) fn device(&mut self, addr: SocketAddr) -> &mut Device {
        self.touched.insert(addr);
        self.devices.get_mut(&addr).unwrap()
    }

    /// The QR payload of a device.
    pub(crate) fn code(&self, addr: SocketAddr) -> String {
        let device = &self.devices[&addr];
        qr(device.discriminator, device.passcode)
    }

    pub(crate) fn commission(&mut self, job: u64, node: u64, code: &str) {
        self.input(BridgeInput::Commission(CommissionRequest {
            job: JobId(job),
            node: NodeId(node),
            code: Secret::new(code.to_owned()),
            policy: None,
        }));
    }

    /// Commissions a device and waits until it is live.
    pub(crate) fn commissioned(&mut self, number: u16, node: u64) -> SocketAddr {
        let addr = self.add_device(number);
        let code = self.code(addr);
        self.commission(node, node, &code);
        self.until("commissioned", secs(120), |world| {
            world.outcome(node).is_some()
        });
        assert_eq!(self.outcome(node), Some(Ok(())));
        self.until("live", secs(60), |world| world.is_live(node));
        addr
    }

    /// A device that is on the fabric and on the hub's disk already.
    pub(crate) fn provisioned(&mut self, number: u16, node: u64) -> SocketAddr {
        let addr = self.add_device(number);
        let (fabric, node) = (self.fabric.clone(), NodeId(node));
        let device = self.devices.get_mut(&addr).unwrap();
        device.provision(&fabric, node, &mut self.random);
        let mut record = NodeRecord::new(node, Phase::Commissioned);
        record.addresses.push(addr);
        self.disk
            .insert(record.key(), record.to_bytes().expose().clone());
        addr
    }

    /// How a job ended, if it has.
    pub(crate) fn outcome(&self, job: u64) -> Option<Result<(), JobFailure>> {
        let updates = self.told.jobs.get(&JobId(job))?;
        updates.iter().find_map(|update| match update {
            JobUpdate::Done => Some(Ok(())),
            JobUpdate::Failed(failure) => Some(Err(failure.clone())),
            _ => None,
        })
    }

    pub(crate) fn is_live(&self, node: u64) -> bool {
        let info = self.told.info.get(&NodeId(node));
        info.is_some_and(|info| info.max_interval_s.is_some())
            && self.told.reachable.get(&NodeId(node)) == Some(&true)
    }

    pub(crate) fn command(&mut self, node: u64, operation: Operation, within: Duration) -> CauseId {
        let cause = CauseId(self.next_cause);
        self.next_cause += 1;
        self.input(BridgeInput::Command {
            cause,
            command: Command {
                node: NodeId(node),
                operation,
                within,
            },
            deadline: self.now.mono + within,
        });
        cause
    }

    pub(crate) fn answer(&self, cause: CauseId) -> Option<&CommandProgress> {
        let progress = self.told.progress.get(&cause)?;
        progress.iter().find(|one| one.is_answer())
    }

    pub(crate) fn input(&mut self, input: BridgeInput) {
        let now = self.now;
        self.hub(|engine| engine.handle_input(input, now));
    }

    pub(crate) fn hub(&mut self, act: impl FnOnce(&mut Engine)) {
        if let Some(engine) = &mut self.engine {
            act(engine);
        }
        self.drain();
    }

    /// Acts on a device and sends what it says.
    pub(crate) fn at(&mut self, addr: SocketAddr, act: impl FnOnce(&mut Device, Now)) {
        let now = self.now;
        act(self.device(addr), now);
        self.drain();
    }

    /// A device loses power and is back at once; it announces itself if it is on a fabric.
    pub(crate) fn restart(&mut self, addr: SocketAddr) {
        self.device(addr).restart();
        self.announce(addr);
    }

    /// A device announces itself, twice.
    pub(crate) fn announce(&mut self, addr: SocketAddr) {
        let device = &self.devices[&addr];
        let Some(fabric) = device.fabric.as_ref().filter(|_| !device.off) else {
            return;
        };
        if self.watching.contains(&fabric.node) && !self.mdns_off {
            let heard = Discovered::Operational {
                node: fabric.node,
                at: location(addr),
                fresh: true,
            };
            for wait in [5, 1005] {
                self.happen(ms(wait), Happening::Heard(heard.clone()));
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now.mono + time;
        while self.step(end) {}
    }

    /// Lets time pass until something holds.
    pub(crate) fn until(&mut self, what: &str, within: Duration, holds: impl Fn(&Self) -> bool) {
        let end = self.now.mono + within;
        while !holds(self) {
            assert!(
                self.step(end),
                "not {what} within {within:?}, at {:?}: {:?} {:?}",
                self.now.mono - self.begun,
                self.told.jobs,
                self.engine,
            );
        }
    }

    /// The time since the world began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now.mono - self.begun
    }

    /// Goes on to the next thing that happens before `end`; false when there is none.
    fn step(&mut self, end: Instant) -> bool {
        let next = self
            .happenings
            .keys()
            .next()
            .map(|(at, _)| *at)
            .into_iter()
            .chain(self.engine.as_ref().and_then(Engine::poll_timeout))
            .chain(self.device_timers.next())
            .min()
            .filter(|at| *at <= end);
        let Some(at) = next else {
            self.pass_to(end);
            return false;
        };
        self.pass_to(at);
        self.due();
        self.drain();
        true
    }

    fn pass_to(&mut self, at: Instant) {
        self.now = self.now + at.saturating_duration_since(self.now.mono);
    }

    fn due(&mut self) {
        let now = self.now;
        while let Some(entry) = self.happenings.first_entry() {
            if entry.key().0 > now.mono {
                break;
            }
            let happening = entry.remove();
            self.carry_out(happening);
        }
        if let Some(engine) = &mut self.engine
            && engine.poll_timeout().is_some_and(|at| at <= now.mono)
        {
            engine.handle_timeout(now);
            let again = engine.poll_timeout();
            assert!(again.is_none_or(|at| at > now.mono), "a timer spins");
        }
        while let Some(addr) = self.device_timers.pop_due(now.mono) {
            if self.devices.contains_key(&addr) {
                self.device(addr).handle_timeout(now);
            }
        }
    }

    fn carry_out(&mut self, happening: Happening) {
        let now = self.now;
        match happening {
            Happening::Datagram { from, to, datagram } if to == hub() => {
                self.delivered += 1;
                if let Some(engine) = &mut self.engine {
                    engine.handle_datagram(from, &datagram, now);
                }
            }
            Happening::Datagram { from, to, datagram } => {
                self.delivered += 1;
                let had_fabric = self.is_on_fabric(to);
                if self.devices.contains_key(&to) {
                    self.device(to).handle_datagram(from, &datagram, now);
                }
                if !had_fabric && self.is_on_fabric(to) {
                    self.announce(to);
                }
            }
            Happening::Stored { token, changes } => {
                let result = if self.disk_fails {
                    Err("no room".to_owned())
                } else {
                    self.write(changes);
                    Ok(())
                };
                if let Some(engine) = &mut self.engine {
                    engine.handle_stored(token, result, now);
                }
            }
            Happening::Heard(discovered) => {
                if let Some(engine) = &mut self.engine {
                    engine.handle_discovery(discovered, now);
                }
            }
        }
        self.drain();
    }

    fn is_on_fabric(&self, addr: SocketAddr) -> bool {
        let device = self.devices.get(&addr);
        device.is_some_and(|device| device.fabric.is_some())
    }

    fn write(&mut self, changes: Vec<RecordChange>) {
        for change in changes {
            match change {
                RecordChange::Put { key, value } => {
                    self.disk.insert(key, value.expose().clone());
                }
                RecordChange::Delete { key } => {
                    self.disk.remove(&key);
                }
            }
        }
    }

    /// Takes all that the hub and the devices say.
    fn drain(&mut self) {
        loop {
            let mut said = Vec::new();
            let mut outputs = Vec::new();
            if let Some(engine) = &mut self.engine {
                while let Some(transmit) = engine.poll_transmit() {
                    said.push((hub(), transmit.to, transmit.datagram));
                }
                outputs.extend(std::iter::from_fn(|| engine.poll_event()));
            }
            for from in std::mem::take(&mut self.touched) {
                let Some(device) = self.devices.get_mut(&from) else {
                    continue;
                };
                let out = device.take_out().into_iter();
                said.extend(out.map(|(to, datagram)| (from, to, datagram)));
                self.device_timers.set(from, device.poll_timeout());
            }
            if said.is_empty() && outputs.is_empty() {
                return;
            }
            for (from, to, datagram) in said {
                self.send(from, to, datagram);
            }
            for output in outputs {
                self.take(output);
            }
        }
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, datagram: Vec<u8>) {
        let copies = if self.chance(self.weather.repeats) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            if self.chance(self.weather.loss) {
                continue;
            }
            let late = if self.chance(self.weather.late) {
                u64::from(self.byte()) / 5
            } else {
                0
            };
            let datagram = datagram.clone();
            self.happen(ms(1 + late), Happening::Datagram { from, to, datagram });
        }
    }

    fn chance(&mut self, percent: u8) -> bool {
        percent > 0 && u32::from(self.byte()) * 100 < u32::from(percent) * 256
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.random.fill(&mut byte);
        byte[0]
    }

    fn happen(&mut self, wait: Duration, happening: Happening) {
        self.sequence += 1;
        let key = (self.now.mono + wait, self.sequence);
        self.happenings.insert(key, happening);
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Bridge(output) => self.told.take(output),
            Output::Store { token, changes } => {
                self.happen(ms(2), Happening::Stored { token, changes });
            }
            Output::Discover(discover) => self.discover(discover),
        }
    }

    fn discover(&mut self, discover: Discover) {
        match discover {
            Discover::Find { job, device } => {
                self.finding.insert(job, device.discriminator);
                self.find(job);
            }
            Discover::StopFinding { job } => {
                self.finding.remove(&job);
            }
            Discover::Watch { node, .. } => {
                self.watching.insert(node);
            }
            Discover::Resolve { node } => {
                assert!(self.watching.contains(&node), "resolved, but not watched");
                self.resolving.insert(node);
                self.answer_resolve(node);
            }
            Discover::StopResolving { node } => {
                self.resolving.remove(&node);
            }
            Discover::Unwatch { node } => {
                self.watching.remove(&node);
                self.resolving.remove(&node);
            }
        }
    }

    fn find(&mut self, job: JobId) {
        let wanted = self.finding[&job];
        let matching: Vec<_> = self
            .devices
            .values()
            .filter(|device| device.is_open() && !self.mdns_off)
            .filter(|device| match wanted {
                Discriminator::Long(long) => device.discriminator == long,
                Discriminator::Short(short) => device.discriminator >> 8 == u16::from(short),
            })
            .map(|device| device.addr)
            .collect();
        for addr in matching {
            let heard = Discovered::Commissionable {
                job,
                instance: addr.to_string(),
                at: location(addr),
                vendor_product: None,
                open: true,
            };
            self.happen(ms(5), Happening::Heard(heard));
        }
    }

    fn answer_resolve(&mut self, node: NodeId) {
        let found = self.devices.values().find(|device| {
            !device.off
                && device
                    .fabric
                    .as_ref()
                    .is_some_and(|fabric| fabric.node == node)
        });
        let addr = found.map(|device| device.addr).filter(|_| !self.mdns_off);
        if let Some(addr) = addr {
            let heard = Discovered::Operational {
                node,
                at: location(addr),
                fresh: false,
            };
            self.happen(ms(5), Happening::Heard(heard));
        }
    }
}

impl Told {
    fn take(&mut self, output: BridgeOutput) {
        match output {
            BridgeOutput::Joined { node } => self.joined.push(node),
            BridgeOutput::Left { node } => self.left.push(node),
            BridgeOutput::Reachable { node, reachable } => {
                if !reachable {
                    *self.blinks.entry(node).or_default() += 1;
                }
                self.reachable.insert(node, reachable);
            }
            BridgeOutput::Reports(reports) => self.reports.extend(reports),
            BridgeOutput::Progress { cause, progress } => {
                self.progress.entry(cause).or_default().push(progress);
            }
            BridgeOutput::Job { job, update } => self.jobs.entry(job).or_default().push(update),
            BridgeOutput::Info { node, info } => {
                self.info.insert(node, info);
            }
        }
    }
}

/// The QR payload of a device with these.
pub(crate) fn qr(discriminator: u16, passcode: u32) -> String {
    let code = SetupCode {
        passcode: Passcode::new(passcode).unwrap(),
        discriminator: Discriminator::Long(discriminator),
        identity: None,
        flow: Flow::Standard,
        discovery: Some(Discovery::ON_NETWORK),
    };
    let with_identity = SetupCode {
        identity: Some((hub_model::VendorId(0x1234), hub_model::ProductId(0x5678))),
        ..code
    };
    with_identity.to_qr().unwrap()
}

pub(crate) fn hub() -> SocketAddr {
    HUB.parse().unwrap()
}

fn location(addr: SocketAddr) -> Location {
    Location {
        addresses: vec![ScopedAddr {
            ip: addr.ip(),
            scope: 0,
        }],
        port: addr.port(),
        pace: Pace::default(),
    }
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
