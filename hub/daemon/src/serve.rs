//! `ingle serve`: the hub, in the foreground.

use std::process::ExitCode;

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::cli::{Global, ServeArgs};
use crate::config::Config;
use crate::hub::Hub;
use crate::log;
use crate::output::print;
use crate::state_dir::StateDir;

/// Runs the hub until it is asked to end.
pub(crate) fn run(args: &ServeArgs, dir: StateDir, global: &Global) -> anyhow::Result<ExitCode> {
    let mut config = Config::read(args.config.as_deref())?;
    log::start(global, &config.log)?;
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if let Some(policy) = args.attestation {
        config.matter.attestation = policy.into();
    }
    runtime()?.block_on(async {
        let hub = Hub::start(&config, &dir).await?;
        print(&format!("ready {}", hub.bound.url));
        hub.run().await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The hub's runtime: one thread for the Matter core and one for everything else is enough.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")
}
