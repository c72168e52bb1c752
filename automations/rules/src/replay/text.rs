//! The canonical text of a replay.

use hub_model::json::untyped;
use hub_model::{AttributeId, CauseId, ClusterId, CommandId, EndpointId, NodeId, Operation};
use serde::Serialize;
use serde_json::Value as Json;

use super::{Out, Replay};
use crate::machine::{self, Told, Transmit, Write};
use crate::trace::{RunId, Trace};

/// All that came out, input by input: what to carry out, what was told, what to store.
pub(super) fn of(replay: &Replay) -> String {
    let mut lines = Vec::new();
    lines.extend(
        replay
            .transmits
            .iter()
            .map(|out| line(out, 0, Line::transmit)),
    );
    lines.extend(replay.told.iter().map(|out| line(out, 1, Line::told)));
    lines.extend(replay.writes.iter().map(|out| line(out, 2, Line::write)));
    // Stable: what came of one input by one door stays in its order.
    lines.sort_by_key(|(place, _)| *place);
    let mut text = String::new();
    for (_, line) in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// One thing that came out. Structs and not maps, whose order could be another one day.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Command {
        token: u64,
        author: &'a str,
        owner: Option<&'a str>,
        parent: Option<CauseId>,
        when_stored: bool,
        node: NodeId,
        within_us: u64,
        operation: Asked,
    },
    Withdraw(u64),
    Trace(&'a Trace),
    Paused {
        rule: &'a str,
        owner: Option<&'a str>,
        why: &'a str,
    },
    Resumed(&'a str),
    Notice {
        rule: &'a str,
        run: RunId,
        to: Option<&'a str>,
        message: &'a str,
    },
    Variable(&'a str, &'a str),
    ClockTrusted(bool),
    Put(&'a str, &'a str),
    Delete(&'a str),
    Keep(&'a Trace),
}

type Pattern = (Option<EndpointId>, Option<ClusterId>, Option<AttributeId>);

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Invoke(EndpointId, ClusterId, CommandId, Json, bool),
    Write(EndpointId, ClusterId, AttributeId, Json, bool),
    Read(Vec<Pattern>),
}

fn line<'a, T>(
    out: &'a Out<T>,
    door: u8,
    show: impl Fn(&'a T) -> Line<'a>,
) -> ((usize, u8), String) {
    let line = serde_json::to_string(&(out.entry, show(&out.what)));
    let line = line.expect("own structs of text and numbers become JSON");
    ((out.entry, door), line)
}

impl<'a> Line<'a> {
    fn transmit(transmit: &'a Transmit) -> Self {
        match transmit {
            Transmit::Command(command) => Self::command(command),
            Transmit::Withdraw { token } => Self::Withdraw(*token),
        }
    }

    fn command(given: &'a machine::Command) -> Self {
        let command = &given.command;
        Self::Command {
            token: given.token,
            author: &given.author,
            owner: given.owner.as_deref(),
            parent: given.parent,
            when_stored: given.when_stored,
            node: command.node,
            within_us: u64::try_from(command.within.as_micros()).unwrap_or(u64::MAX),
            operation: Asked::of(&command.operation),
        }
    }

    fn told(told: &'a Told) -> Self {
        match told {
            Told::Trace(trace) => Self::Trace(trace),
            Told::Paused { rule, owner, why } => Self::Paused {
                rule,
                owner: owner.as_deref(),
                why,
            },
            Told::Resumed { rule } => Self::Resumed(rule),
            Told::Notice {
                rule,
                run,
                to,
                message,
            } => Self::Notice {
                rule,
                run: *run,
                to: to.as_deref(),
                message,
            },
            Told::Variable { name, value } => Self::Variable(name, value),
            Told::Clock { trusted } => Self::ClockTrusted(*trusted),
        }
    }

    fn write(write: &'a Write) -> Self {
        match write {
            Write::Put { key, body } => Self::Put(key, body),
            Write::Delete { key } => Self::Delete(key),
            Write::Trace(trace) => Self::Keep(trace),
        }
    }
}

impl Asked {
    fn of(operation: &Operation) -> Self {
        match operation {
            Operation::Invoke {
                endpoint,
                cluster,
                command,
                fields,
                timed,
            } => Self::Invoke(
                *endpoint,
                *cluster,
                *command,
                untyped::to_json(fields),
                *timed,
            ),
            Operation::Write {
                endpoint,
                cluster,
                attribute,
                value,
                timed,
            } => Self::Write(
                *endpoint,
                *cluster,
                *attribute,
                untyped::to_json(value),
                *timed,
            ),
            Operation::Read { attributes } => {
                let attributes = attributes.iter();
                Self::Read(
                    attributes
                        .map(|of| (of.endpoint, of.cluster, of.attribute))
                        .collect(),
                )
            }
        }
    }
}
