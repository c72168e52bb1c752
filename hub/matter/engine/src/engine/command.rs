//! Commands: from the hub's words to an interaction, and its outcome back.
//!
//! A command waits for a session until its deadline. One that the device certainly never
//! received is sent again on the next session; one that it did receive is not, as it may have
//! been carried out.

use std::time::Instant;

use hub_model::{
    AttributePattern, BridgeOutput, CauseId, Command, CommandId, CommandProgress, NodeId, Now,
    Operation, Refusal, Value,
};
use matter_interaction::{AttributePath, CommandPath, ReadPath};
use tracing::debug;

use super::node::Node;
use super::{Engine, Timer};
use crate::commissioning::ExchangeError;
use crate::net::interaction::{Outcome, Request, SUCCESS, Written};
use crate::net::invoke_response::InvokeReply;
use crate::net::{Purpose, TOO_LARGE, Within};
use crate::report::reports;
use crate::value::{self, ValueError};

impl Engine {
    /// Takes a command of the hub.
    pub(super) fn take_command(
        &mut self,
        cause: CauseId,
        command: Command,
        deadline: Instant,
        now: Now,
    ) {
        let id = command.node;
        let limit = self.limits.commands_waiting;
        let Some(node) = self.nodes.get_mut(&id).filter(|node| !node.joining) else {
            self.progress(cause, CommandProgress::Refused(Refusal::NoBridge));
            return;
        };
        if !node.commands.push(cause, command, deadline, limit) {
            self.progress(cause, CommandProgress::Refused(Refusal::Busy));
            return;
        }
        if node.session().is_none() {
            // Somebody waits: do not sit out the rest of a long back-off.
            self.dial_soon(id, true);
        }
        self.send_commands(id, now);
    }

    /// Sends what may go out to a node with a session.
    pub(super) fn send_commands(&mut self, id: NodeId, now: Now) {
        let in_flight = self.limits.commands_in_flight;
        while let Some(node) = self.nodes.get_mut(&id) {
            let Some(session) = node.session() else { break };
            let Some(queued) = node.commands.next(in_flight) else {
                break;
            };
            let (cause, deadline) = (queued.cause, queued.deadline);
            let first = !std::mem::replace(&mut queued.told_sent, true);
            let request = match request(&queued.command.operation) {
                Ok(request) => request,
                Err(error) => {
                    node.commands.remove(cause);
                    let refusal = Refusal::Unsupported(error.to_string());
                    self.progress(cause, CommandProgress::Refused(refusal));
                    continue;
                }
            };
            if first {
                self.progress(cause, CommandProgress::Sent);
            }
            let within = Within::Deadline(deadline);
            self.net.request(
                session,
                Purpose::Command(id, cause),
                request,
                within,
                now.mono,
            );
        }
        self.schedule_commands(id);
    }

    /// Something came of a command.
    pub(super) fn commanded(&mut self, id: NodeId, cause: CauseId, outcome: Outcome, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Some(queued) = node.commands.get_mut(cause) else {
            return;
        };
        let unheard = matches!(
            outcome,
            Outcome::Failed {
                error: ExchangeError::TimedOut,
                received: false,
            }
        );
        let progress = match outcome {
            Outcome::Chunk(chunk) => {
                queued.values |= !chunk.values.is_empty();
                let refusal = chunk.statuses.first().map(|(_, status)| status.to_u8());
                queued.refused = queued.refused.or(refusal);
                let (reports, _) = reports(id, chunk, now.wall, Some(cause));
                if !reports.is_empty() {
                    self.tell(BridgeOutput::Reports(reports));
                }
                return;
            }
            Outcome::Failed {
                error: ExchangeError::SessionLost,
                received: false,
            } if queued.deadline > now.mono => {
                debug!(node = %id, %cause, "not received: to be sent again");
                queued.under_way = false;
                self.schedule_commands(id);
                return;
            }
            Outcome::Read => match queued.refused.filter(|_| !queued.values) {
                Some(status) => refused(status, None),
                None => CommandProgress::Acknowledged { response: None },
            },
            Outcome::Invoked(reply) => invoked(reply),
            Outcome::Written(statuses) => written(&statuses),
            Outcome::Failed { error, .. } => failed(error),
            Outcome::Subscribed { .. } => return,
        };
        node.commands.remove(cause);
        self.progress(cause, progress);
        if unheard {
            // Its silence would show only when a report is overdue.
            self.probe(id, now);
        }
        self.send_commands(id, now);
    }

    /// The first of a node's waiting commands has waited too long.
    pub(super) fn commands_expired(&mut self, id: NodeId, now: Now) {
        while let Some(node) = self.nodes.get_mut(&id) {
            let Some(queued) = node.commands.take_expired(now.mono) else {
                break;
            };
            let progress = if queued.told_sent || node.session().is_some() {
                CommandProgress::TimedOut
            } else {
                CommandProgress::Refused(Refusal::Offline)
            };
            self.progress(queued.cause, progress);
        }
        self.send_commands(id, now);
    }

    /// Refuses all commands of a node that is going.
    pub(super) fn refuse_all(&mut self, node: &mut Node) {
        for queued in node.commands.drain() {
            self.net
                .give_up(Purpose::Command(node.record.node, queued.cause));
            self.outputs
                .push_back(crate::door::Output::Bridge(BridgeOutput::Progress {
                    cause: queued.cause,
                    progress: CommandProgress::Refused(Refusal::Offline),
                }));
        }
    }

    pub(super) fn schedule_commands(&mut self, id: NodeId) {
        let deadline = self
            .nodes
            .get(&id)
            .and_then(|node| node.commands.deadline());
        self.timers.set(Timer::Command(id), deadline);
    }

    fn progress(&mut self, cause: CauseId, progress: CommandProgress) {
        self.tell(BridgeOutput::Progress { cause, progress });
    }
}

fn request(operation: &Operation) -> Result<Request, ValueError> {
    Ok(match operation {
        Operation::Invoke {
            endpoint,
            cluster,
            command,
            fields,
            timed,
        } => Request::Invoke {
            path: CommandPath {
                endpoint: endpoint.0,
                cluster: cluster.0,
                command: command.0,
            },
            fields: value::encode(fields)?,
            timed: *timed,
        },
        Operation::Write {
            endpoint,
            cluster,
            attribute,
            value,
            timed,
        } => Request::Write {
            path: AttributePath {
                endpoint: endpoint.0,
                cluster: cluster.0,
                attribute: attribute.0,
            },
            value: to_write(value)?,
            timed: *timed,
        },
        Operation::Read { attributes } => Request::Read {
            paths: attributes.iter().map(read_path).collect(),
        },
    })
}

fn to_write(value: &Value) -> Result<Written, ValueError> {
    match value {
        Value::List(entries) => {
            let entries: Result<_, _> = entries.iter().map(value::encode).collect();
            Ok(Written::List(entries?))
        }
        value => Ok(Written::Whole(value::encode(value)?)),
    }
}

fn read_path(pattern: &AttributePattern) -> ReadPath {
    ReadPath::new(
        pattern.endpoint.map(|id| id.0),
        pattern.cluster.map(|id| id.0),
        pattern.attribute.map(|id| id.0),
    )
}

fn invoked(reply: InvokeReply) -> CommandProgress {
    match reply {
        InvokeReply::Status {
            status: SUCCESS, ..
        } => CommandProgress::Acknowledged { response: None },
        InvokeReply::Status { status, cluster } => refused(status, cluster),
        InvokeReply::Command { path, fields } => match value::decode(&fields) {
            Ok(fields) => CommandProgress::Acknowledged {
                response: Some((CommandId(path.command), fields)),
            },
            Err(error) => {
                CommandProgress::Refused(Refusal::Unsupported(format!("its response: {error}")))
            }
        },
    }
}

/// The first refusal of a write's parts counts.
fn written(statuses: &[(AttributePath, u8)]) -> CommandProgress {
    statuses
        .iter()
        .find(|(_, status)| *status != SUCCESS)
        .map_or(
            CommandProgress::Acknowledged { response: None },
            |(_, status)| refused(*status, None),
        )
}

fn failed(error: ExchangeError) -> CommandProgress {
    match error {
        ExchangeError::Status(status) => refused(status, None),
        ExchangeError::TimedOut | ExchangeError::SessionLost => CommandProgress::TimedOut,
        ExchangeError::Unreadable(what) if what == TOO_LARGE => {
            CommandProgress::Refused(Refusal::Unsupported(what))
        }
        error => CommandProgress::Refused(Refusal::Unsupported(format!("its answer: {error}"))),
    }
}

const fn refused(status: u8, cluster_status: Option<u8>) -> CommandProgress {
    CommandProgress::Refused(Refusal::Status {
        status,
        cluster_status,
    })
}
