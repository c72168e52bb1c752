//! The composition root: the parts of a hub, put together and taken apart again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bridge::{BridgeSource, Storage};
use hub_api::{About, ApiConfig, BadFiles, Bound, KeptHistory};
use hub_engine::ConsoleOnly;
use hub_matter::{MatterBridge, MatterConfig};
use hub_runtime::{HomeStore, HubConfig, HubHandle, Supervisor, clock};
use hub_store::{HomeDb, HomeDbOptions, Protection, RecordingDir, RunDb};
use rule_runner::{RulesHandle, RunnerConfig};
use tracing::warn;

use crate::assets::Page;
use crate::config::{Config, Matter};
use crate::past;
use crate::place;
use crate::rules_dir;
use crate::state_dir::StateDir;
use crate::version;

/// How long the parts have to leave politely.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(5);

/// A hub that runs.
pub(crate) struct Hub {
    pub(crate) handle: HubHandle,
    pub(crate) rules: RulesHandle,
    pub(crate) bound: Bound,
    supervisor: Supervisor,
    store: HomeDb,
}

impl Hub {
    /// Starts every part; the API answers when this returns.
    pub(crate) async fn start(config: &Config, dir: &StateDir) -> anyhow::Result<Self> {
        dir.create()?;
        let options = HomeDbOptions {
            credential: dir.credential(),
            ..HomeDbOptions::new(dir.path())
        };
        let store = HomeDb::open(&options, clock::now().wall).context("open the home")?;
        let place = place::of(&config.home)?;
        let supervisor = Supervisor::new();
        let recorder = past::open(&config.history, dir, &place.zone, &supervisor)?;
        let mut hub = HubConfig::new(
            Arc::new(store.clone()) as Arc<dyn HomeStore>,
            Arc::new(ConsoleOnly),
        )
        .with_bridge(matter(&config.matter, dir, &store));
        hub.grace = Duration::from_secs(config.home.offline_after_s.into());
        let handle = hub_runtime::start(hub, &supervisor)
            .await
            .context("start the hub")?;
        // Before all else that listens or asks, so that nothing is missed.
        let history = past::start(recorder, &handle, &supervisor).await?;
        let runner = RunnerConfig {
            store: Arc::new(RunDb::open(dir.path()).context("open the runs of rules")?),
            recorder: Arc::new(RecordingDir::open(dir.path()).context("open the recording")?),
            place,
            past: place::BUILT,
        };
        let rules = rule_runner::start(runner, handle.clone(), &supervisor)
            .await
            .context("start the rules")?;
        let bad = BadFiles::default();
        let folder = rules_dir::start(
            dir.rules(),
            handle.clone(),
            rules.clone(),
            bad.clone(),
            &supervisor,
        );
        folder.await?;
        let api = Api {
            listen: config.listen,
            dir,
            store: &store,
            hub: &handle,
            rules: &rules,
            history,
            bad,
        };
        let bound = api.serve(&supervisor).await?;
        Ok(Self {
            handle,
            rules,
            bound,
            supervisor,
            store,
        })
    }

    /// Runs until the program is asked to end or a part failed, then ends every part.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        self.run_while(std::future::pending()).await
    }

    /// Runs until the program is asked to end, a part failed, or `work` ended; then ends every
    /// part.
    pub(crate) async fn run_while(
        self,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let stop = self.supervisor.stop_token();
        let ended = tokio::select! {
            asked = crate::signals::asked_to_end() => asked,
            ended = work => ended,
            () = stop.cancelled() => Ok(()),
        };
        self.end().await.and(ended)
    }

    /// Ends every part.
    async fn end(self) -> anyhow::Result<()> {
        if let Err(left) = self.supervisor.shutdown(SHUTDOWN_WITHIN).await {
            warn!(?left, "some parts did not end in time");
        }
        self.store.close().await;
        anyhow::ensure!(
            !self.supervisor.has_failed(),
            "a part of the hub failed; see the log"
        );
        Ok(())
    }
}

/// The Matter controller, made anew after a failure.
fn matter(config: &Matter, dir: &StateDir, store: &HomeDb) -> BridgeSource {
    let config = MatterConfig {
        storage: Arc::new(store.clone()) as Arc<dyn Storage>,
        paa_dir: config.paa_dir.clone().unwrap_or_else(|| dir.paa()),
        cd_dir: config.cd_dir.clone().unwrap_or_else(|| dir.cd()),
        policy: config.attestation,
        port: config.port,
    };
    BridgeSource::new("matter", move || {
        Ok(Box::new(MatterBridge::new(config.clone())))
    })
}

/// What the API is served from.
struct Api<'a> {
    listen: SocketAddr,
    dir: &'a StateDir,
    store: &'a HomeDb,
    hub: &'a HubHandle,
    rules: &'a RulesHandle,
    history: Option<KeptHistory>,
    bad: BadFiles,
}

impl Api<'_> {
    async fn serve(self, supervisor: &Supervisor) -> anyhow::Result<Bound> {
        let config = ApiConfig {
            listen: self.listen,
            socket: self.dir.socket(),
            assets: Arc::new(Page),
            about: About {
                version: version::LONG.into(),
                protection: protection(self.store.protection()).into(),
                bridges: vec!["matter".into()],
                files: self.bad,
            },
        };
        let (hub, rules) = (self.hub.clone(), self.rules.clone());
        hub_api::serve(config, hub, rules, self.history, supervisor)
            .await
            .context("open the API")
    }
}

/// How well secrets are kept, in words.
const fn protection(level: Protection) -> &'static str {
    match level {
        Protection::Credential => "sealed under a systemd credential",
        _ => "sealed under a key file beside them, readable by the hub's user alone",
    }
}
