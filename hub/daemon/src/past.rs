//! The past: where it is kept, what is recorded of it, and its start.

mod import;

use std::sync::Arc;

use anyhow::Context;
use history_postgres::PgHistory;
use hub_api::KeptHistory;
use hub_runtime::{HubHandle, Supervisor, clock};
use hub_store::HistoryDb;
use recorder::{HistoryStore, RecorderConfig};
use rules::schedule::Zone;

use self::import::Imports;
use crate::config::History;
use crate::state_dir::StateDir;

/// What the recorder is made of, with its store opened; none when nothing is to be recorded.
///
/// # Errors
/// When the configuration makes no sense, or the store cannot be opened.
pub(crate) fn open(
    config: &History,
    dir: &StateDir,
    zone: &Zone,
    supervisor: &Supervisor,
) -> anyhow::Result<Option<RecorderConfig>> {
    let (wishes, retention) = (config.wishes()?, config.retention()?);
    let commit_every = config.commit_every()?;
    if !config.record {
        return Ok(None);
    }
    Ok(Some(RecorderConfig {
        store: store(config, dir, supervisor)?,
        wishes,
        retention,
        zone: zone.to_jiff().clone(),
        commit_every,
    }))
}

/// Where the past is kept. A server that is not there yet is no reason not to start: it is tried again.
fn store(
    config: &History,
    dir: &StateDir,
    supervisor: &Supervisor,
) -> anyhow::Result<Arc<dyn HistoryStore>> {
    if let Some(postgres) = &config.postgres {
        let store = PgHistory::new(&postgres.config()?, supervisor);
        return Ok(Arc::new(store.context("set up history.postgres")?));
    }
    let store = HistoryDb::open(dir.path(), clock::now().wall).context("open the history")?;
    Ok(Arc::new(store))
}

/// Begins to record. The recorder writes its last samples when the supervisor stops, and closes its
/// store itself.
///
/// # Errors
/// When the home cannot be seen.
pub(crate) async fn start(
    config: Option<RecorderConfig>,
    hub: &HubHandle,
    supervisor: &Supervisor,
) -> anyhow::Result<Option<KeptHistory>> {
    let Some(config) = config else {
        return Ok(None);
    };
    let retention = config.retention;
    let handle = recorder::start(config, hub.clone(), supervisor)
        .await
        .context("start the recorder")?;
    let import = Imports::new(hub.clone(), handle.clone(), supervisor.clone());
    Ok(Some(KeptHistory {
        handle,
        retention,
        import: Arc::new(import),
    }))
}
