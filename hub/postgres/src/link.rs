//! One connection's owner: a task that takes work, connects when it must, and gives the connection up
//! when it is of no use any more.
//!
//! Every call ends: after [`ANSWER`] it is told that the database is busy. Work that nobody waits for
//! any more is not begun; work that was begun is finished or broken off as a whole.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hub_runtime::Supervisor;
use hub_runtime::supervisor::Backoff;
use recorder::StoreError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::error::Fault;
use crate::session::{Role, Session, Settings};

/// How long a call waits for its answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long one piece of work may take, connecting included. The server breaks a statement off before.
const WORK: Duration = Duration::from_secs(9);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(6);
/// How long the last words may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// The first wait before a new try to connect, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// Calls that may wait: the recorder makes one at a time, people's questions come besides.
const CALLS: usize = 32;

/// Work under way on a session.
pub(crate) type Working<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;
/// Work that has told its caller the result; says whether the session is lost.
type Told<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
type Work = Box<dyn for<'a> FnOnce(Result<&'a mut Session, StoreError>) -> Told<'a> + Send>;

enum Call {
    Work {
        work: Work,
        unwanted: CancellationToken,
    },
    Close(oneshot::Sender<()>),
}

/// A way to the connection's owner.
#[derive(Debug)]
pub(crate) struct Link {
    calls: mpsc::Sender<Call>,
    closed: CancellationToken,
}

impl Link {
    /// Starts the owner of a connection of this role. It connects when it is first asked.
    pub(crate) fn start(settings: Arc<Settings>, role: Role, supervisor: &Supervisor) -> Self {
        let (calls, inbox) = mpsc::channel(CALLS);
        let owner = Owner {
            settings,
            role,
            supervisor: supervisor.clone(),
            session: None,
            backoff: Backoff::new(WAITS.0, WAITS.1),
            held: None,
        };
        supervisor.spawn("postgres", owner.serve(inbox));
        Self {
            calls,
            closed: CancellationToken::new(),
        }
    }

    /// Has work done.
    pub(crate) async fn ask<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Session) -> Working<'a, T> + Send + 'static,
    {
        if self.closed.is_cancelled() {
            return Err(StoreError::Closed);
        }
        let unwanted = CancellationToken::new();
        let _unwanted_on_return = unwanted.clone().drop_guard();
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |session| {
            Box::pin(async move {
                let done = match session {
                    Ok(session) => work(session).await,
                    Err(error) => Err(Fault {
                        error,
                        is_lost: false,
                    }),
                };
                let is_lost = done.as_ref().is_err_and(|fault| fault.is_lost);
                // Nobody waits any more: it is done all the same.
                let _ = reply.send(done.map_err(|fault| fault.error));
                is_lost
            })
        });
        let answered = async {
            let call = Call::Work { work, unwanted };
            self.calls
                .send(call)
                .await
                .map_err(|_| StoreError::Closed)?;
            answer.await.unwrap_or_else(|_| Err(self.unanswered()))
        };
        let answered = timeout(ANSWER, answered).await;
        answered.unwrap_or_else(|_| Err(self.unanswered()))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// Finishes what was asked before and lets go.
    pub(crate) async fn close(&self) {
        self.closed.cancel();
        let (reply, done) = oneshot::channel();
        let asked = async {
            if self.calls.send(Call::Close(reply)).await.is_ok() {
                let _ = done.await;
            }
        };
        // One that takes longer ends by itself.
        let _ = timeout(ANSWER, asked).await;
    }

    fn unanswered(&self) -> StoreError {
        match self.closed.is_cancelled() {
            true => StoreError::Closed,
            false => StoreError::Busy("the database does not answer in time".to_owned()),
        }
    }
}

struct Owner {
    settings: Arc<Settings>,
    role: Role,
    supervisor: Supervisor,
    session: Option<Session>,
    backoff: Backoff,
    /// Until when no connection is tried, and why the last one failed.
    held: Option<(Instant, StoreError)>,
}

impl Owner {
    async fn serve(mut self, mut inbox: mpsc::Receiver<Call>) {
        while let Some(call) = inbox.recv().await {
            match call {
                Call::Work { unwanted, .. } if unwanted.is_cancelled() => {}
                Call::Work { work, .. } => self.work(work).await,
                Call::Close(reply) => {
                    self.part().await;
                    let _ = reply.send(());
                    return;
                }
            }
        }
        self.part().await;
    }

    async fn work(&mut self, work: Work) {
        let done = timeout(WORK, async {
            let session = self.session().await;
            let connected = session.is_ok();
            (connected, work(session).await)
        });
        match done.await {
            Ok((true, false)) => self.backoff.reset(),
            Ok((false, _)) => {}
            Ok((true, true)) => self.lose("the connection was lost"),
            Err(_) => self.lose("the database did not answer in time"),
        }
    }

    async fn session(&mut self) -> Result<&mut Session, StoreError> {
        if self.session.as_ref().is_some_and(Session::is_closed) {
            self.session = None;
            info!(role = ?self.role, "the database ended the connection");
        }
        if self.session.is_none() {
            self.session = Some(self.connect().await?);
        }
        let none = || StoreError::Busy("there is no connection".to_owned());
        self.session.as_mut().ok_or_else(none)
    }

    async fn connect(&mut self) -> Result<Session, StoreError> {
        if let Some((until, why)) = &self.held
            && Instant::now() < *until
        {
            return Err(why.clone());
        }
        let opening = Session::open(&self.settings, self.role, &self.supervisor);
        let opened = match timeout(CONNECT, opening).await {
            Ok(opened) => opened.map_err(|fault| fault.error),
            Err(_) => Err(StoreError::Busy(
                "connecting to the database takes too long".to_owned(),
            )),
        };
        match &opened {
            Ok(_) => self.held = None,
            Err(error) => {
                warn!(role = ?self.role, %error, "the history's database cannot be used");
                self.held = Some((Instant::now() + self.backoff.wait(), error.clone()));
            }
        }
        opened
    }

    fn lose(&mut self, why: &'static str) {
        warn!(role = ?self.role, error = why, "the connection to the history's database is given up");
        self.session = None;
        let held = Instant::now() + self.backoff.wait();
        self.held = Some((held, StoreError::Busy(why.to_owned())));
    }

    async fn part(&mut self) {
        if let Some(session) = self.session.take() {
            // One that does not answer is dropped.
            let _ = timeout(GOODBYE, session.end()).await;
        }
    }
}
