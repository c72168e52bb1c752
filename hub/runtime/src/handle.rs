//! The one way in: every client of the home holds a [`HubHandle`].

use std::sync::Arc;

use hub_engine::{
    Action, Event, Filter, Link, Principal, Request, RequestError, RevisionId, Snapshot,
    StoredRevision, Taken, Tally,
};
use hub_model::{AttributePath, CauseId, CommandProgress, JobId};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::meters::{Counter, Meters};
use crate::store::{HomeStore, StoreError};
use crate::subscription::Subscription;

/// Events that were made by one input.
pub(crate) type Batch = Arc<[Event]>;

/// Why the hub did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The engine refused.
    #[error(transparent)]
    Refused(#[from] RequestError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hub has stopped, or is about to.
    #[error("the hub has stopped")]
    Stopped,
}

/// A client's hold on the hub. Clones are cheap.
#[derive(Clone)]
pub struct HubHandle {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) store: Arc<dyn HomeStore>,
    pub(crate) meters: Meters,
    /// Counts subscriptions that were too slow.
    pub(crate) lagged: Counter,
}

impl std::fmt::Debug for HubHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubHandle").finish_non_exhaustive()
    }
}

/// What a handle asks the engine's task.
pub(crate) enum Ask {
    Snapshot(Principal, Filter, Reply<Snapshot>),
    Subscribe(
        Principal,
        Filter,
        Reply<(Snapshot, broadcast::Receiver<Batch>)>,
    ),
    Submit(Principal, Box<Request>, Reply<Ticket>),
    Why(Principal, AttributePath, Reply<Vec<Link>>),
    Tally(Principal, Reply<Tally>),
    May(Principal, Door, Reply<()>),
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, HubError>>;

impl HubHandle {
    /// The home at this moment.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn snapshot(&self, who: &Principal, filter: Filter) -> Result<Snapshot, HubError> {
        let who = who.clone();
        self.ask(|reply| Ask::Snapshot(who, filter, reply)).await
    }

    /// The home at this moment, and every event after it.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn subscribe(
        &self,
        who: &Principal,
        filter: Filter,
    ) -> Result<Subscription, HubError> {
        let (asker, wanted) = (who.clone(), filter.clone());
        let (snapshot, events) = self
            .ask(|reply| Ask::Subscribe(asker, wanted, reply))
            .await?;
        Ok(Subscription::new(
            self.clone(),
            who.clone(),
            filter,
            snapshot,
            events,
        ))
    }

    /// Asks the hub to do something. An edit is on disk when this returns; a command or job is
    /// under way.
    ///
    /// # Errors
    /// When it was not taken. What a device refuses comes as progress of the ticket.
    pub async fn submit(&self, who: Principal, request: Request) -> Result<Ticket, HubError> {
        let request = Box::new(request);
        self.ask(|reply| Ask::Submit(who, request, reply)).await
    }

    /// The same in two parts, so that requests are taken in the order in which they were sent and
    /// their answers awaited later. Cancel safe.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn send(&self, who: Principal, request: Request) -> Result<Submission, HubError> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Submit(who, Box::new(request), reply);
        let sent = self.asks.send(ask).await;
        sent.map_err(|_| HubError::Stopped)?;
        Ok(Submission(answer))
    }

    /// Why an attribute has the value that it has: the chain of causes, nearest first. Empty when
    /// it has none, or one of before the hub's start.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn why(&self, who: &Principal, path: AttributePath) -> Result<Vec<Link>, HubError> {
        let who = who.clone();
        self.ask(|reply| Ask::Why(who, path, reply)).await
    }

    /// How much there is in the home at this moment, counted in place.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn tally(&self, who: &Principal) -> Result<Tally, HubError> {
        let who = who.clone();
        self.ask(|reply| Ask::Tally(who, reply)).await
    }

    /// The table of the hub's numbers, to add to.
    #[must_use]
    pub const fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Whether a principal may pass a door that the engine does not see.
    ///
    /// # Errors
    /// When not, or the hub has stopped.
    pub async fn may(&self, who: &Principal, door: Door) -> Result<(), HubError> {
        let who = who.clone();
        self.ask(|reply| Ask::May(who, door, reply)).await
    }

    /// At most `limit` revisions of the home older than `before`, or the newest, newest first.
    ///
    /// # Errors
    /// When that is not allowed, the store fails, or the hub has stopped.
    pub async fn revisions(
        &self,
        who: &Principal,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<StoredRevision>, HubError> {
        self.may(who, Door::SeeRevisions).await?;
        Ok(self.store.revisions(before, limit).await?)
    }

    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> Result<T, HubError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.asks.send(ask(reply)).await;
        sent.map_err(|_| HubError::Stopped)?;
        answer.await.map_err(|_| HubError::Stopped)?
    }
}

/// A request that was sent.
#[derive(Debug)]
pub struct Submission(oneshot::Receiver<Result<Ticket, HubError>>);

impl Submission {
    /// Waits for the answer; see [`HubHandle::submit`].
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn ticket(self) -> Result<Ticket, HubError> {
        self.0.await.map_err(|_| HubError::Stopped)?
    }
}

/// What is asked for at a door that the engine does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// See the home.
    See,
    /// See who changed what.
    SeeRevisions,
    /// Run a rule, apply a scene, set a variable of the home, end a run.
    Order,
}

impl Door {
    pub(crate) const fn action(self) -> Action<'static> {
        match self {
            Self::See => Action::See,
            Self::SeeRevisions => Action::SeeRevisions,
            Self::Order => Action::Order,
        }
    }
}

/// What became of a request that was taken.
#[derive(Debug)]
pub struct Ticket {
    /// Its link of the causal chain; of a command, its name in events.
    pub cause: Option<CauseId>,
    /// The job that does it.
    pub job: Option<JobId>,
    /// The revision that holds it, on disk.
    pub revision: Option<RevisionId>,
    /// How the command goes; ends when nothing can follow. At once of other requests.
    pub progress: mpsc::Receiver<CommandProgress>,
}

impl Ticket {
    pub(crate) fn new(taken: Taken, progress: mpsc::Receiver<CommandProgress>) -> Self {
        Self {
            cause: taken.cause,
            job: taken.job,
            revision: taken.revision,
            progress,
        }
    }

    /// Waits for the first progress that answers the command: acknowledged, refused or timed out.
    /// Cancel safe. `TimedOut` also when the hub stops meanwhile.
    pub async fn answer(&mut self) -> CommandProgress {
        while let Some(progress) = self.progress.recv().await {
            if progress.is_answer() {
                return progress;
            }
        }
        CommandProgress::TimedOut
    }
}
