//! `ingle demo`: the hub with a virtual home of genuine Matter devices on this machine.
//!
//! The devices are a child process. The hub adds each by its setup code, as it would a real one:
//! found by mDNS, PASE, attestation, certificate, CASE. At a second start they are known.

mod adding;
mod child;
mod energy;
mod placing;
mod rules;

use std::process::ExitCode;

use hub_model::AttestationPolicy;
use hub_runtime::HubHandle;
use rule_runner::RulesHandle;

use crate::cli::{DemoArgs, Global};
use crate::config::{self, Config};
use crate::hub::Hub;
use crate::log;
use crate::output::print;
use crate::serve::runtime;
use crate::state_dir::StateDir;

/// Runs the demo until it is asked to end.
pub(crate) fn run(args: &DemoArgs, dir: StateDir, global: &Global) -> anyhow::Result<ExitCode> {
    log::start(global, &config::Log::quiet())?;
    let mut config = Config {
        listen: args.listen,
        ..Config::default()
    };
    config.matter.attestation = AttestationPolicy::AllowTest;
    // In the middle of Berlin, so that its evening has a sunset.
    config.home.latitude = Some(52.52);
    config.home.longitude = Some(13.405);
    runtime()?.block_on(async {
        let hub = Hub::start(&config, &dir).await?;
        print(&format!("ready {}", hub.bound.url));
        eprintln!("open {} in a browser; Ctrl+C ends the demo", hub.bound.url);
        let (handle, rules) = (hub.handle.clone(), hub.rules.clone());
        hub.run_while(live(handle, rules, &dir, args.speed, global))
            .await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Switches the devices on, adds the new ones, and lives until they end.
async fn live(
    hub: HubHandle,
    rules: RulesHandle,
    dir: &StateDir,
    speed: f64,
    global: &Global,
) -> anyhow::Result<()> {
    let mut devices = child::Devices::start(dir, speed, global)?;
    let listening = devices.listening().await?;
    tokio::select! {
        ended = devices.ended() => ended,
        failed = adding::add_all(&hub, &rules, &listening) => failed,
    }
}
