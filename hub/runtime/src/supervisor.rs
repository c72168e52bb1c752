//! The only place that spawns tasks: each is named, told when to stop, and waited for.

mod backoff;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, error, info_span};

pub use backoff::Backoff;

/// Spawns tasks and ends them. Clones are the same supervisor.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tracker: TaskTracker,
    stop: CancellationToken,
    running: Mutex<Vec<&'static str>>,
    failed: AtomicBool,
}

/// The guarded work panicked; the panic's own words are in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task panicked")]
pub struct Panicked;

impl Supervisor {
    /// A supervisor without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the tasks are to stop; also by the supervisor itself when one panicked.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// Whether a task panicked, so that the program should end with an error.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.inner.failed.load(Ordering::Relaxed)
    }

    /// Runs a task that must end soon after the stop token is cancelled. One that panics takes the
    /// program down in good order: a hub with a part missing is worse than one that restarts.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.running().push(name);
        let this = self.clone();
        let watched = async move {
            if this.guard(name, work).await.is_err() {
                this.inner.failed.store(true, Ordering::Relaxed);
                this.inner.stop.cancel();
            }
            let mut running = this.inner.running();
            if let Some(at) = running.iter().position(|other| *other == name) {
                running.swap_remove(at);
            }
        };
        self.inner.spawn(watched);
    }

    /// Runs work as a task of its own and waits for it; dropping the wait does not end it.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn guard<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Panicked> {
        let span = info_span!("task", task = name);
        let joined = self.inner.spawn(work.instrument(span)).await;
        joined.map_err(|error| {
            error!(task = name, %error, "a task panicked");
            Panicked
        })
    }

    /// Asks all tasks to stop and waits for them, at most `within`.
    ///
    /// # Errors
    /// The names of those that still run.
    pub async fn shutdown(&self, within: Duration) -> Result<(), Vec<&'static str>> {
        self.inner.stop.cancel();
        self.inner.tracker.close();
        let all = tokio::time::timeout(within, self.inner.tracker.wait());
        all.await.map_err(|_| self.inner.running().clone())
    }
}

impl Inner {
    fn running(&self) -> std::sync::MutexGuard<'_, Vec<&'static str>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.tracker.spawn(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn shutdown_waits_for_tasks_and_names_the_stuck_ones() {
        let supervisor = Supervisor::new();
        let stop = supervisor.stop_token();
        supervisor.spawn("polite", async move { stop.cancelled().await });
        supervisor.spawn("stuck", std::future::pending());
        let left = supervisor.shutdown(Duration::from_secs(5)).await;
        assert_eq!(left, Err(vec!["stuck"]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_stops_the_others() {
        let supervisor = Supervisor::new();
        let stop = supervisor.stop_token();
        supervisor.spawn("other", async move { stop.cancelled().await });
        supervisor.spawn("broken", async { panic!("on purpose") });
        supervisor.stop_token().cancelled().await;
        assert!(supervisor.has_failed());
        assert_eq!(supervisor.shutdown(Duration::from_secs(5)).await, Ok(()));
    }
}
