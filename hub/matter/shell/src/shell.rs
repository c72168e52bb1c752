//! The bridge's task: everything that happens goes into the engine, and all that it wants comes
//! out, before the task waits again.
//!
//! **Back-pressure.** While the hub has not taken what the bridge told it, the socket is not
//! read: devices wait, and nothing is dropped. Commits to storage never hold the task up.
//!
//! **Order.** Whatever woke the task, the socket is read before deadlines are looked at, so that
//! an acknowledgement that came while the host was busy or asleep still counts.

use std::collections::VecDeque;
use std::error::Error;
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, Storage};
use hub_model::{AttestationPolicy, BridgeInput, BridgeOutput, Timestamp};
use hub_runtime::clock;
use matter_engine::commissioning::CommissioningConfig;
use matter_engine::{Config, Engine, Limits, Output};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::SPACE;
use crate::discovery::{Discovery, Told};
use crate::memory::Memory;
use crate::random::OsRandom;
use crate::socket::MatterSocket;
use crate::store_queue::{Committed, StoreQueue};
use crate::trust;

/// What the bridge is told once.
#[derive(Clone)]
pub struct MatterConfig {
    /// Where the fabric and the nodes' records are kept.
    pub storage: Arc<dyn Storage>,
    /// The folder of trusted product attestation authorities.
    pub paa_dir: PathBuf,
    /// The folder of trusted signers of certification declarations.
    pub cd_dir: PathBuf,
    /// What to do with a device whose attestation is not trusted.
    pub policy: AttestationPolicy,
    /// The UDP port, or 0 for a free one.
    pub port: u16,
}

/// The Matter controller as a bridge.
pub struct MatterBridge {
    config: MatterConfig,
}

impl MatterBridge {
    /// A bridge that has not started.
    #[must_use]
    pub const fn new(config: MatterConfig) -> Self {
        Self { config }
    }
}

#[async_trait]
impl Bridge for MatterBridge {
    fn name(&self) -> &'static str {
        SPACE
    }

    async fn run(
        self: Box<Self>,
        link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        let mut shell = Shell::start(&self.config, link.output).await?;
        shell.run(link.input, stop).await;
        shell.leave().await;
        Ok(())
    }
}

struct Shell {
    engine: Engine,
    socket: MatterSocket,
    discovery: Discovery,
    store: StoreQueue,
    output: mpsc::Sender<BridgeOutput>,
    /// What the hub has not taken yet.
    untold: VecDeque<BridgeOutput>,
}

enum Wake {
    Socket,
    Due,
    Input(BridgeInput),
    Told(Told),
    Committed(Committed),
    Room,
    Stop,
}

/// How long sessions and records have at the end: well within the supervisor's patience.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

impl Shell {
    async fn start(
        config: &MatterConfig,
        output: mpsc::Sender<BridgeOutput>,
    ) -> Result<Self, BridgeError> {
        let memory = Memory::load(config.storage.as_ref())
            .await
            .map_err(|source| failed("Matter cannot start from its storage", source))?;
        let (paa, cd) = (config.paa_dir.clone(), config.cd_dir.clone());
        let trust = tokio::task::spawn_blocking(move || trust::read(&paa, &cd))
            .await
            .map_err(|source| failed("the trust folders cannot be read", source))?;
        for unusable in &trust.unusable {
            warn!(error = %unusable, "left out of the trust folders");
        }
        let socket = MatterSocket::bind(config.port).map_err(|source| {
            let what = format!(
                "UDP port {} cannot be opened: free it, or choose another",
                config.port
            );
            failed(what, source)
        })?;
        info!(
            port = socket.port().unwrap_or_default(),
            nodes = memory.nodes.len(),
            authorities = trust.store.len(),
            "Matter controller started"
        );
        let settings = Config {
            fabric: memory.fabric,
            trust: Arc::new(trust.store),
            commissioning: CommissioningConfig {
                policy: config.policy,
                ..CommissioningConfig::default()
            },
            random: Box::new(OsRandom::new()),
            built_at: BUILT_AT,
            limits: Limits::default(),
        };
        Ok(Self {
            engine: Engine::new(settings, memory.nodes, clock::now()),
            socket,
            discovery: Discovery::open(),
            store: StoreQueue::new(Arc::clone(&config.storage)),
            output,
            untold: VecDeque::new(),
        })
    }

    async fn run(&mut self, mut input: mpsc::Receiver<BridgeInput>, stop: CancellationToken) {
        loop {
            self.turn();
            let wake = self.wait(&mut input, &stop).await;
            match wake {
                Wake::Stop => return,
                Wake::Input(input) => self.engine.handle_input(input, clock::now()),
                Wake::Told(Told::Discovered(discovered)) => {
                    self.engine.handle_discovery(discovered, clock::now());
                }
                Wake::Told(Told::NetworkChanged) => {
                    info!("the network has changed");
                    self.engine.handle_network_change(clock::now());
                }
                Wake::Committed(committed) => self.committed(committed),
                Wake::Socket | Wake::Due | Wake::Room => {}
            }
        }
    }

    /// All branches are cancel-safe.
    async fn wait(
        &mut self,
        input: &mut mpsc::Receiver<BridgeInput>,
        stop: &CancellationToken,
    ) -> Wake {
        let is_flowing = self.untold.is_empty();
        let due = self.engine.poll_timeout();
        tokio::select! {
            () = stop.cancelled() => Wake::Stop,
            committed = self.store.next() => Wake::Committed(committed),
            room = self.output.reserve(), if !is_flowing => match (room, self.untold.pop_front()) {
                (Ok(permit), Some(told)) => {
                    permit.send(told);
                    Wake::Room
                }
                (Ok(_), None) => Wake::Room,
                (Err(_closed), _) => Wake::Stop,
            },
            () = self.socket.readable(), if is_flowing => Wake::Socket,
            () = sleep_until(due), if is_flowing => Wake::Due,
            received = input.recv(), if is_flowing => received.map_or(Wake::Stop, Wake::Input),
            told = self.discovery.next(), if is_flowing => Wake::Told(told),
        }
    }

    /// Takes in what has come, then does all that the engine wants.
    fn turn(&mut self) {
        if self.untold.is_empty() {
            let engine = &mut self.engine;
            let now = clock::now();
            self.socket
                .receive(|datagram, from| engine.handle_datagram(from, datagram, now));
            if engine.poll_timeout().is_some_and(|due| due <= now.mono) {
                engine.handle_timeout(now);
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.engine.poll_transmit() {
            if let Err(error) = self.socket.send(&transmit.datagram, transmit.to) {
                debug!(%error, to = %transmit.to, "datagram not sent");
            }
        }
        while let Some(output) = self.engine.poll_event() {
            match output {
                Output::Bridge(told) => self.tell(told),
                Output::Discover(discover) => self.discovery.handle(discover),
                Output::Store { token, changes } => self.store.push(token, changes),
            }
        }
    }

    fn tell(&mut self, told: BridgeOutput) {
        if self.untold.is_empty() {
            match self.output.try_send(told) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(told)) => self.untold.push_back(told),
                // The hub has gone; `wait` ends the task.
                Err(mpsc::error::TrySendError::Closed(_)) => {}
            }
        } else {
            self.untold.push_back(told);
        }
    }

    fn committed(&mut self, committed: Committed) {
        if let Err(error) = &committed.result {
            error!(%error, "Matter records are not stored");
        }
        let result = committed.result.map_err(|error| error.to_string());
        for token in committed.tokens {
            self.engine
                .handle_stored(token, result.clone(), clock::now());
        }
    }

    /// Closes the sessions and waits for what is being stored.
    async fn leave(&mut self) {
        self.engine.handle_shutdown(clock::now());
        self.drain();
        let deadline = clock::now().mono + LEAVE_WITHIN;
        while !self.store.is_idle() {
            tokio::select! {
                committed = self.store.next() => self.committed(committed),
                () = sleep_until(Some(deadline)) => {
                    warn!("the last Matter records may not be stored");
                    return;
                }
            }
            self.drain();
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => pending().await,
    }
}

fn failed(what: impl Into<String>, source: impl Error + Send + Sync + 'static) -> BridgeError {
    BridgeError {
        what: what.into(),
        source: Some(Box::new(source)),
    }
}

/// No clock is believed that says earlier: the day on which this was written. A program is built
/// later than that, and certificates of ours begin earlier.
const BUILT_AT: Timestamp = Timestamp::from_secs(1_795_564_800);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStorage;
    use bridge::{HubLink, OUTPUT_CAPACITY};
    use hub_model::{CommissionRequest, JobId, JobUpdate, NodeId, Secret};
    use std::path::Path;

    type Running = tokio::task::JoinHandle<Result<(), BridgeError>>;

    fn config(storage: Arc<TestStorage>) -> MatterConfig {
        MatterConfig {
            storage,
            paa_dir: Path::new("no/such/folder").to_owned(),
            cd_dir: Path::new("no/such/folder").to_owned(),
            policy: AttestationPolicy::Strict,
            port: 0,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the test waits for it itself")]
    fn start(config: MatterConfig, stop: &CancellationToken) -> (HubLink, Running) {
        let (link, hub) = bridge::link();
        let bridge = Box::new(MatterBridge::new(config));
        (hub, tokio::spawn(bridge.run(link, stop.clone())))
    }

    fn misspelt(job: u64) -> BridgeInput {
        BridgeInput::Commission(CommissionRequest {
            job: JobId(job),
            node: NodeId(job),
            code: Secret::new("12345".to_owned()),
            policy: None,
        })
    }

    #[tokio::test]
    async fn it_ends_when_it_is_stopped() {
        let stop = CancellationToken::new();
        let storage = Arc::new(TestStorage::default());
        let (_hub, running) = start(config(Arc::clone(&storage)), &stop);
        stop.cancel();
        running.await.unwrap().unwrap();
        assert!(!storage.keys().await.is_empty());
    }

    #[tokio::test]
    async fn it_ends_when_the_hub_has_gone() {
        let (hub, running) = start(
            config(Arc::new(TestStorage::default())),
            &CancellationToken::new(),
        );
        drop(hub);
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_the_hub_has_not_taken_waits_and_nothing_is_lost() {
        let stop = CancellationToken::new();
        let (mut hub, running) = start(config(Arc::new(TestStorage::default())), &stop);
        let jobs = 2 * OUTPUT_CAPACITY as u64;
        for job in 0..jobs {
            hub.input.send(misspelt(job)).await.unwrap();
        }
        while hub.output.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        let mut failed = Vec::new();
        while failed.len() < usize::try_from(jobs).unwrap() {
            if let Some(BridgeOutput::Job {
                job,
                update: JobUpdate::Failed(failure),
            }) = hub.output.recv().await
            {
                assert_eq!(failure.code, "bad-code");
                failed.push(job.0);
            }
        }
        assert_eq!(failed, (0..jobs).collect::<Vec<_>>());
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let taken = MatterSocket::bind(0).unwrap();
        let mut config = config(Arc::new(TestStorage::default()));
        config.port = taken.port().unwrap();
        let (_hub, running) = start(config, &CancellationToken::new());
        let error = running.await.unwrap().unwrap_err();
        let port = taken.port().unwrap().to_string();
        assert!(error.what.contains(&port), "{error}");
    }

    #[tokio::test]
    async fn it_does_not_start_without_its_storage() {
        let storage = Arc::new(TestStorage::default());
        storage.refuse();
        let (_hub, running) = start(config(storage), &CancellationToken::new());
        assert!(running.await.unwrap().is_err());
    }
}
