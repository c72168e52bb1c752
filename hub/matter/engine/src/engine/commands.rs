//! The commands of one node: which waits, which is under way.
//!
//! Commands for the same endpoint go out strictly in order, one after the answer to the other.
//! Those for different endpoints do not wait for each other, so behind a bridge a slow device
//! delays itself alone. A command for the whole node waits for all before it.

use std::collections::VecDeque;
use std::time::Instant;

use hub_model::{CauseId, Command, EndpointId, Operation};

/// The commands of a node, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    queue: VecDeque<Queued>,
}

/// A command that is not answered yet.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) cause: CauseId,
    pub(crate) command: Command,
    pub(crate) deadline: Instant,
    /// Whether the hub knows that it was sent.
    pub(crate) told_sent: bool,
    pub(crate) under_way: bool,
    /// Of a read: whether any value came, and the first refusal.
    pub(crate) values: bool,
    pub(crate) refused: Option<u8>,
}

impl Commands {
    /// Takes a command; false when too many wait.
    pub(crate) fn push(
        &mut self,
        cause: CauseId,
        command: Command,
        deadline: Instant,
        limit: usize,
    ) -> bool {
        if self.queue.len() >= limit {
            return false;
        }
        self.queue.push_back(Queued {
            cause,
            command,
            deadline,
            told_sent: false,
            under_way: false,
            values: false,
            refused: None,
        });
        true
    }

    /// The next command that may go out now; it is under way from now on.
    pub(crate) fn next(&mut self, in_flight: usize) -> Option<&mut Queued> {
        if self.queue.iter().filter(|one| one.under_way).count() >= in_flight {
            return None;
        }
        let at = (0..self.queue.len()).find(|&at| self.is_free(at))?;
        let next = self.queue.get_mut(at)?;
        next.under_way = true;
        Some(next)
    }

    /// Whether a command waits for none before it.
    fn is_free(&self, at: usize) -> bool {
        let Some(command) = self.queue.get(at).filter(|one| !one.under_way) else {
            return false;
        };
        let lane = lane(&command.command);
        self.queue
            .iter()
            .take(at)
            .all(|before| apart(lane, self::lane(&before.command)))
    }

    pub(crate) fn get_mut(&mut self, cause: CauseId) -> Option<&mut Queued> {
        self.queue.iter_mut().find(|one| one.cause == cause)
    }

    /// Takes a command out.
    pub(crate) fn remove(&mut self, cause: CauseId) -> Option<Queued> {
        let at = self.queue.iter().position(|one| one.cause == cause)?;
        self.queue.remove(at)
    }

    /// Takes out a command that waits and whose deadline has come.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<Queued> {
        let at = self
            .queue
            .iter()
            .position(|one| !one.under_way && one.deadline <= now)?;
        self.queue.remove(at)
    }

    /// The next deadline of those that wait.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.queue
            .iter()
            .filter(|one| !one.under_way)
            .map(|one| one.deadline)
            .min()
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Queued> + '_ {
        self.queue.drain(..)
    }
}

/// The endpoint that a command is for; none for the whole node.
fn lane(command: &Command) -> Option<EndpointId> {
    match &command.operation {
        Operation::Invoke { endpoint, .. } | Operation::Write { endpoint, .. } => Some(*endpoint),
        Operation::Read { attributes } => match attributes.as_slice() {
            [first, rest @ ..] if rest.iter().all(|one| one.endpoint == first.endpoint) => {
                first.endpoint
            }
            _ => None,
        },
    }
}

fn apart(one: Option<EndpointId>, other: Option<EndpointId>) -> bool {
    one.is_some() && other.is_some() && one != other
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hub_model::{AttributePattern, NodeId};

    use super::*;

    fn read(endpoint: Option<u16>) -> Command {
        Command {
            node: NodeId(1),
            operation: Operation::Read {
                attributes: vec![AttributePattern {
                    endpoint: endpoint.map(EndpointId),
                    ..AttributePattern::default()
                }],
            },
            within: Duration::from_secs(1),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn commands(endpoints: &[Option<u16>]) -> Commands {
        let mut commands = Commands::default();
        let now = Instant::now();
        for (cause, endpoint) in (1..).zip(endpoints) {
            assert!(commands.push(CauseId(cause), read(*endpoint), now, 64));
        }
        commands
    }

    fn next(commands: &mut Commands) -> Option<u64> {
        commands.next(4).map(|queued| queued.cause.0)
    }

    #[test]
    fn one_endpoint_is_in_order_and_others_do_not_wait() {
        let mut commands = commands(&[Some(1), Some(1), Some(2), None, Some(3)]);
        assert_eq!(next(&mut commands), Some(1));
        assert_eq!(next(&mut commands), Some(3));
        assert_eq!(next(&mut commands), None);
        commands.remove(CauseId(1));
        assert_eq!(next(&mut commands), Some(2));
        commands.remove(CauseId(2));
        commands.remove(CauseId(3));
        assert_eq!(next(&mut commands), Some(4), "the whole node, alone");
        assert_eq!(next(&mut commands), None);
    }

    #[test]
    fn no_more_are_under_way_or_wait_than_allowed() {
        let mut commands = commands(&[Some(1), Some(2), Some(3)]);
        assert!(commands.next(2).is_some());
        assert!(commands.next(2).is_some());
        assert!(commands.next(2).is_none());
        let deadline = commands.deadline().unwrap();
        assert!(!commands.push(CauseId(9), read(None), deadline, 3));
        assert_eq!(commands.take_expired(deadline).unwrap().cause, CauseId(3));
        assert!(commands.take_expired(deadline).is_none());
    }
}
