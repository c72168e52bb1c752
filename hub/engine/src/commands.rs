//! Commands under way: their answers, their deadlines, and which report is their doing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::{CauseId, Command, CommandProgress, NodeId, Value};

use crate::expect::{Expectation, Shows};
use crate::state::Key;

/// Commands that may wait for one node: what a person or a scene may ask of it at once.
pub(crate) const WAITING_PER_NODE: usize = 32;
/// The longest that a command may take.
pub(crate) const LONGEST: Duration = Duration::from_secs(600);
/// How long after its answer a command's effects may still come.
pub(crate) const EFFECTS_WITHIN: Duration = Duration::from_secs(5);

/// Commands of all nodes.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    under_way: BTreeMap<CauseId, UnderWay>,
    /// Oldest first. A node that has none is not in it.
    by_node: BTreeMap<NodeId, Vec<CauseId>>,
}

/// A command under way, or whose effects may still come.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pub(crate) command: Arc<Command>,
    pub(crate) deadline: Instant,
    expected: Expectation,
    answered: bool,
    acknowledged: bool,
    confirmed: bool,
}

/// What a progress means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progressed {
    /// It is news, and to be told.
    pub(crate) news: bool,
    /// It is confirmed by what is known already.
    pub(crate) confirmed: bool,
    /// Nothing can follow: tell nobody any more.
    pub(crate) closed: bool,
    /// Its effects may come until then; none ends it now.
    pub(crate) effects_until: Option<Instant>,
}

impl Commands {
    /// Whether the node can take another.
    pub(crate) fn has_room(&self, node: NodeId) -> bool {
        let of_node = self.by_node.get(&node).into_iter().flatten();
        let waiting = of_node.filter(|cause| {
            let under_way = self.under_way.get(cause);
            under_way.is_some_and(|command| !command.answered)
        });
        waiting.count() < WAITING_PER_NODE
    }

    /// Begins to follow a command.
    pub(crate) fn begin(
        &mut self,
        cause: CauseId,
        command: Arc<Command>,
        expected: Expectation,
        deadline: Instant,
    ) {
        self.by_node.entry(command.node).or_default().push(cause);
        let under_way = UnderWay {
            command,
            deadline,
            expected,
            answered: false,
            acknowledged: false,
            confirmed: false,
        };
        self.under_way.insert(cause, under_way);
    }

    pub(crate) fn get(&self, cause: CauseId) -> Option<&UnderWay> {
        self.under_way.get(&cause)
    }

    /// Whether any command of the node is followed.
    pub(crate) fn follows(&self, node: NodeId) -> bool {
        self.by_node.contains_key(&node)
    }

    /// Takes a bridge's word of how a command goes.
    pub(crate) fn progress(
        &mut self,
        cause: CauseId,
        progress: &CommandProgress,
        now: Instant,
        is_known: impl Fn(Key) -> Option<Value>,
    ) -> Progressed {
        let Some(command) = self.under_way.get_mut(&cause) else {
            return Progressed::default();
        };
        if command.answered {
            return Progressed::default();
        }
        let news = true;
        match progress {
            CommandProgress::Sent => Progressed {
                news,
                ..Progressed::default()
            },
            CommandProgress::Acknowledged { .. } => {
                command.answered = true;
                command.acknowledged = true;
                for goal in &mut command.expected.goals {
                    let known = is_known(goal.key);
                    goal.met |= known.is_some_and(|v| goal.want.shows(&v) == Shows::Reached);
                }
                let confirmed = command.confirm();
                let settled = now + EFFECTS_WITHIN;
                let closed = confirmed || command.expected.goals.is_empty();
                let until = if closed {
                    settled
                } else {
                    settled.max(command.deadline)
                };
                Progressed {
                    news,
                    confirmed,
                    closed,
                    effects_until: Some(until),
                }
            }
            // Only the engine confirms.
            CommandProgress::Confirmed => Progressed::default(),
            CommandProgress::Refused(_) | CommandProgress::TimedOut => {
                command.answered = true;
                Progressed {
                    news,
                    closed: true,
                    ..Progressed::default()
                }
            }
        }
    }

    /// Stops following a command; whether it was followed.
    pub(crate) fn end(&mut self, cause: CauseId) -> Option<UnderWay> {
        let command = self.under_way.remove(&cause)?;
        if let Some(causes) = self.by_node.get_mut(&command.command.node) {
            causes.retain(|other| *other != cause);
            if causes.is_empty() {
                self.by_node.remove(&command.command.node);
            }
        }
        Some(command)
    }

    /// The commands of a node, oldest first.
    pub(crate) fn of_node(&self, node: NodeId) -> Vec<CauseId> {
        self.by_node.get(&node).cloned().unwrap_or_default()
    }

    /// Which command a reported value is the doing of, newest first, and whether that confirms it.
    /// `by` is the command that the bridge itself names.
    pub(crate) fn observe(
        &mut self,
        node: NodeId,
        key: Key,
        value: &Value,
        by: Option<CauseId>,
    ) -> Observed {
        let mut observed = Observed::default();
        for cause in self.by_node.get(&node).into_iter().flatten().rev() {
            let Some(command) = self.under_way.get_mut(cause) else {
                continue;
            };
            if by.is_some_and(|by| by != *cause) || !command.shows_in(key, value) {
                continue;
            }
            observed.cause = Some(*cause);
            observed.confirmed = command.confirm();
            break;
        }
        observed.cause = observed.cause.or(by);
        observed
    }
}

/// What a reported value says of the commands under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) cause: Option<CauseId>,
    pub(crate) confirmed: bool,
}

impl UnderWay {
    pub(crate) const fn is_answered(&self) -> bool {
        self.answered
    }

    /// Whether clients are told of it no more.
    pub(crate) fn is_closed(&self) -> bool {
        self.confirmed || (self.answered && self.expected.goals.is_empty())
    }

    /// Whether the value is its doing; notes a goal that is reached.
    fn shows_in(&mut self, key: Key, value: &Value) -> bool {
        let mut is_goal = false;
        for goal in self.expected.goals.iter_mut().filter(|g| g.key == key) {
            is_goal = true;
            match goal.want.shows(value) {
                Shows::Reached => {
                    goal.met = true;
                    return true;
                }
                Shows::OnTheWay if !self.confirmed => return true,
                Shows::OnTheWay | Shows::Other => {}
            }
        }
        !is_goal && self.expected.touches.contains(&(key.endpoint, key.cluster))
    }

    /// Becomes confirmed once it is acknowledged and shown; whether it did so now.
    fn confirm(&mut self) -> bool {
        let goals = &self.expected.goals;
        let shown = !goals.is_empty() && goals.iter().all(|goal| goal.met);
        let now = self.acknowledged && shown && !self.confirmed;
        self.confirmed |= now;
        now
    }
}
