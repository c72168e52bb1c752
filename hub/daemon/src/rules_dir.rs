//! The folder of rules: each rule is a file that may be edited by hand.
//!
//! `rules/ID.toml` in the state directory. What is written there is checked and taken up; what is
//! changed elsewhere is written there. A file that cannot be used stops no other, and is told in
//! `ingle rules list` and the log. Deleting a file deletes its rule, as any change can be undone.
//!
//! The kernel tells of changes; nothing is polled.

mod files;
mod sync;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use hub_api::BadFiles;
use hub_engine::{EventKind, Filter, Principal};
use hub_runtime::{HubHandle, Subscription, Supervisor, Update};
use inotify::{Inotify, WatchMask};
use rule_runner::RulesHandle;
use tracing::warn;

use sync::Sync;

/// How long after a change the folder is looked at: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(150);
/// Room for the names of some dozen changed files.
const BUFFER: usize = 4096;

/// Begins to keep the folder and the home's rules in step.
///
/// # Errors
/// When the folder cannot be made or watched.
pub(crate) async fn start(
    dir: PathBuf,
    hub: HubHandle,
    rules: RulesHandle,
    bad: BadFiles,
    supervisor: &Supervisor,
) -> anyhow::Result<()> {
    files::create(&dir)?;
    let inotify = Inotify::init().context("watch the folder of rules")?;
    let mask =
        WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::MOVED_FROM | WatchMask::DELETE;
    inotify
        .watches()
        .add(&dir, mask)
        .with_context(|| format!("watch {}", dir.display()))?;
    let nothing = Filter {
        nodes: Some([].into()),
        ..Filter::default()
    };
    let events = hub.subscribe(&Principal::hub(), nothing).await?;
    let mut sync = Sync::new(dir, hub, rules, bad);
    sync.first().await;
    let stop = supervisor.stop_token();
    supervisor.spawn("rules-folder", async move {
        let keep = keep(sync, inotify, events);
        if let Some(Err(error)) = stop.run_until_cancelled(keep).await {
            warn!(error = %format!("{error:#}"), "the folder of rules is not watched any more");
        }
    });
    Ok(())
}

/// Keeps both in step; ends only with an error.
async fn keep(mut sync: Sync, inotify: Inotify, mut events: Subscription) -> anyhow::Result<()> {
    let mut changes = inotify
        .into_event_stream([0; BUFFER])
        .context("watch the folder")?;
    loop {
        // Both are cancel safe: a stream and a subscription.
        tokio::select! {
            change = changes.next() => {
                change.context("the watch has ended")?.context("watch the folder")?;
                // What comes meanwhile is looked at with it.
                tokio::time::sleep(SETTLE).await;
                sync.files_changed().await;
            }
            update = events.next() => match update.context("the hub has stopped")? {
                Update::Events(batch) => {
                    let is_ours = batch.iter().any(|event| match &event.kind {
                        EventKind::HomeChanged { changes, .. } => {
                            changes.iter().any(|change| change.kind.as_str() == rules::machine::RULE)
                        }
                        _ => false,
                    });
                    if is_ours {
                        sync.home_changed().await;
                    }
                }
                Update::Lagged => {
                    events.renew().await?;
                    sync.home_changed().await;
                }
            },
        }
    }
}
