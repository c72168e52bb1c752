//! Commands of rules on their way to the hub: in order, some only when their run is on disk.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use hub_engine::{Principal, PrincipalKind, Request};
use hub_model::{CauseId, NodeId};
use hub_runtime::{HubError, HubHandle};
use rules::machine::Command;

use crate::storing::Mark;

/// The engine's word on a command.
pub(crate) type Taken = (u64, Result<CauseId, String>);

/// Commands on their way.
pub(crate) struct Commands {
    hub: HubHandle,
    /// Those that wait for their run to be on disk, oldest first.
    held: VecDeque<(Mark, Command)>,
    asked: FuturesUnordered<BoxFuture<'static, Taken>>,
}

impl Commands {
    pub(crate) fn new(hub: HubHandle) -> Self {
        Self {
            hub,
            held: VecDeque::new(),
            asked: FuturesUnordered::new(),
        }
    }

    /// Keeps a command until all up to the mark is on disk.
    pub(crate) fn hold(&mut self, mark: Mark, command: Command) {
        self.held.push_back((mark, command));
    }

    /// Drops a command that was not sent yet.
    pub(crate) fn withdraw(&mut self, token: u64) {
        self.held.retain(|(_, command)| command.token != token);
    }

    /// Whether a command to this node waits for the disk, so that a later one must wait its turn.
    pub(crate) fn holds(&self, node: NodeId) -> bool {
        self.held
            .iter()
            .any(|(_, command)| command.command.node == node)
    }

    /// Whether a command waits for the disk.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether a command is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.held.is_empty() || !self.asked.is_empty()
    }

    /// The next command that may go now that all up to the mark is on disk.
    pub(crate) fn release(&mut self, stored: Mark) -> Option<Command> {
        let (mark, _) = self.held.front()?;
        if *mark > stored {
            return None;
        }
        self.held.pop_front().map(|(_, command)| command)
    }

    /// The next command, whatever is on disk: a home whose disk is full still has light.
    pub(crate) fn release_anyway(&mut self) -> Option<Command> {
        self.held.pop_front().map(|(_, command)| command)
    }

    /// Sends a command. Its answer comes from [`Commands::taken`].
    pub(crate) async fn send(&mut self, command: Command) {
        let token = command.token;
        let owner = match &command.owner {
            Some(owner) => Principal::new(PrincipalKind::Person, Arc::clone(owner)),
            None => Principal::console(),
        };
        let who = Principal::rule(command.author, owner);
        let request = Request::Command {
            command: command.command,
            parent: command.parent,
        };
        let sent = self.hub.send(who, request).await;
        self.asked.push(Box::pin(async move {
            let answer = match sent {
                Ok(submission) => submission.ticket().await,
                Err(error) => Err(error),
            };
            (token, cause_of(answer))
        }));
    }

    /// An answer of the engine that has come already.
    pub(crate) fn taken_now(&mut self) -> Option<Taken> {
        // What is there must be seen, however much this task has done in its turn already.
        let next = tokio::task::coop::unconstrained(self.asked.next());
        next.now_or_never().flatten()
    }

    /// The next answer of the engine. Never ends while none is awaited. Cancel safe.
    pub(crate) async fn taken(&mut self) -> Taken {
        match self.asked.next().await {
            Some(taken) => taken,
            None => std::future::pending().await,
        }
    }
}

fn cause_of(answer: Result<hub_runtime::Ticket, HubError>) -> Result<CauseId, String> {
    let ticket = answer.map_err(|error| error.to_string())?;
    ticket
        .cause
        .ok_or_else(|| "the hub gave it no name".to_owned())
}
