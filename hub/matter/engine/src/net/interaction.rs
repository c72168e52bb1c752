//! One interaction that we start: read, write, invoke or subscribe, timed or not.
//!
//! A state machine over one exchange. It is given the peer's messages and tells what to answer
//! and what came of it; sending is [`super::Net`]'s.
//!
//! Spec: Matter 1.6 Core §8.4 (read), §8.5 (subscribe), §8.6 (report), §8.7 (write),
//! §8.8 (invoke), §8.9 (timed request).

use std::collections::VecDeque;

use matter_interaction::{
    self as im, AttributePath, AttributeWriteRequest, CommandPath, EventFilter, EventPath,
    ReadPath, SubscribeRequest,
};

use super::chunk::{Chunk, Lists};
use super::invoke_response::{self, InvokeReply};
use crate::commissioning::ExchangeError;

/// What we ask of a node.
#[derive(Clone, PartialEq)]
pub(crate) enum Request {
    Invoke {
        path: CommandPath,
        /// An anonymous TLV structure.
        fields: Vec<u8>,
        timed: bool,
    },
    Write {
        path: AttributePath,
        value: Written,
        timed: bool,
    },
    Read {
        paths: Vec<ReadPath>,
    },
    /// All attributes and events of the node.
    Subscribe {
        max_interval_s: u16,
        /// Events from this number on.
        event_min: Option<u64>,
    },
}

/// A value to write, in TLV.
#[derive(Clone, PartialEq)]
pub(crate) enum Written {
    Whole(Vec<u8>),
    /// A list, by entries, so that it can be sent in several messages.
    List(Vec<Vec<u8>>),
}

/// What came of an interaction.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A part of what was read, or of a subscription's first report. More follows.
    Chunk(Chunk),
    /// All was read.
    Read,
    /// The command was answered.
    Invoked(InvokeReply),
    /// The write was answered, each path with its status.
    Written(Vec<(AttributePath, u8)>),
    /// The subscription stands.
    Subscribed {
        subscription: u32,
        max_interval_s: u16,
    },
    /// No answer that counts.
    Failed {
        error: ExchangeError,
        /// Whether the device certainly received the request.
        received: bool,
    },
}

/// What an interaction does with a message.
pub(crate) struct Next {
    /// What to answer on the exchange.
    pub(crate) answer: Option<(u8, Vec<u8>)>,
    pub(crate) outcome: Option<Outcome>,
    /// Whether it has ended.
    pub(crate) over: bool,
}

/// An interaction under way.
pub(crate) struct Interaction {
    stage: Stage,
    /// The message counter of the last that we sent.
    pub(crate) counter: u32,
    /// Whether the device has acknowledged the request proper.
    pub(crate) received: bool,
}

enum Stage {
    /// The device is to agree to a timed request first.
    Timed {
        then: Request,
    },
    Invoke,
    Write {
        rest: VecDeque<Vec<u8>>,
        statuses: Vec<(AttributePath, u8)>,
    },
    Read {
        lists: Lists,
    },
    Subscribe {
        lists: Lists,
    },
}

impl Request {
    /// The first message, and the interaction that waits for its answer.
    pub(crate) fn begin(self) -> (u8, Vec<u8>, Interaction) {
        let timed = match &self {
            Self::Invoke { timed, .. } | Self::Write { timed, .. } => *timed,
            Self::Read { .. } | Self::Subscribe { .. } => false,
        };
        let (opcode, payload, stage) = if timed {
            let payload = im::build_timed_request(TIMED_WITHIN_MS);
            (TIMED_REQUEST, payload, Stage::Timed { then: self })
        } else {
            self.message()
        };
        let interaction = Interaction {
            stage,
            counter: 0,
            received: false,
        };
        (opcode, payload, interaction)
    }

    fn message(self) -> (u8, Vec<u8>, Stage) {
        match self {
            Self::Invoke {
                path,
                fields,
                timed,
            } => {
                let payload = if timed {
                    im::build_invoke_request_timed(path, &fields)
                } else {
                    im::build_invoke_request(path, &fields)
                };
                (INVOKE_REQUEST, payload, Stage::Invoke)
            }
            Self::Write { path, value, timed } => {
                let mut messages: VecDeque<_> = write_messages(path, value, timed).into();
                let first = messages.pop_front().unwrap_or_default();
                let stage = Stage::Write {
                    rest: messages,
                    statuses: Vec::new(),
                };
                (WRITE_REQUEST, first, stage)
            }
            Self::Read { paths } => {
                let lists = Lists::default();
                let payload = im::build_read_request_paths(&paths);
                (READ_REQUEST, payload, Stage::Read { lists })
            }
            Self::Subscribe {
                max_interval_s,
                event_min,
            } => {
                let payload = im::build_subscribe_request(&SubscribeRequest {
                    keep_subscriptions: false,
                    min_interval_floor: 0,
                    max_interval_ceiling: max_interval_s,
                    paths: vec![ReadPath::all()],
                    event_paths: vec![every_event()],
                    event_filters: event_min
                        .map(EventFilter::from_event_min)
                        .into_iter()
                        .collect(),
                });
                let lists = Lists::default();
                (SUBSCRIBE_REQUEST, payload, Stage::Subscribe { lists })
            }
        }
    }
}

fn write_messages(path: AttributePath, value: Written, timed: bool) -> Vec<Vec<u8>> {
    match value {
        Written::List(entries) => im::build_list_write_chunks(path, &entries, ROOM, timed),
        Written::Whole(value_tlv) => {
            let writes = [AttributeWriteRequest { path, value_tlv }];
            vec![if timed {
                im::build_write_request_timed(&writes)
            } else {
                im::build_write_request(&writes)
            }]
        }
    }
}

impl Interaction {
    /// Takes a message of the device on this exchange.
    pub(crate) fn handle(&mut self, opcode: u8, payload: &[u8]) -> Next {
        self.received |= !matches!(self.stage, Stage::Timed { .. });
        let next = match opcode {
            STATUS_RESPONSE => self.status(payload),
            REPORT_DATA => self.report(payload),
            _ => self.answer(opcode, payload),
        };
        next.unwrap_or_else(|error| Next::end(self.failed(error)))
    }

    /// The outcome when it ends for a reason outside the interaction.
    pub(crate) fn failed(&self, error: ExchangeError) -> Outcome {
        Outcome::Failed {
            error,
            received: self.received,
        }
    }

    /// Notes that the device has received the message with this counter.
    pub(crate) fn acknowledged(&mut self, counter: u32) {
        self.received |= counter == self.counter && !matches!(self.stage, Stage::Timed { .. });
    }

    fn status(&mut self, payload: &[u8]) -> Result<Next, ExchangeError> {
        let status = im::parse_status_response(payload)
            .map_err(unreadable)?
            .ok_or_else(|| ExchangeError::Unreadable("no status".to_owned()))?;
        match &self.stage {
            Stage::Timed { then } if status == SUCCESS => {
                let (opcode, payload, stage) = then.clone().message();
                self.stage = stage;
                Ok(Next::answer(opcode, payload))
            }
            _ => Err(ExchangeError::Status(status)),
        }
    }

    fn report(&mut self, payload: &[u8]) -> Result<Next, ExchangeError> {
        let (Stage::Read { lists } | Stage::Subscribe { lists }) = &mut self.stage else {
            return Err(out_of_turn(REPORT_DATA));
        };
        let data = im::parse_report_data(payload).map_err(unreadable)?;
        let more = data.more_chunked_messages;
        let acknowledge = more || !data.suppress_response;
        let chunk = Chunk::of(data, lists);
        let over = !more && matches!(self.stage, Stage::Read { .. });
        Ok(Next {
            answer: acknowledge.then(|| (STATUS_RESPONSE, im::build_status_response(SUCCESS))),
            outcome: Some(Outcome::Chunk(chunk)),
            over,
        })
    }

    fn answer(&mut self, opcode: u8, payload: &[u8]) -> Result<Next, ExchangeError> {
        match (&mut self.stage, opcode) {
            (Stage::Invoke, INVOKE_RESPONSE) => {
                let reply = invoke_response::parse(payload).map_err(unreadable)?;
                Ok(Next::end(Outcome::Invoked(reply)))
            }
            (Stage::Write { rest, statuses }, WRITE_RESPONSE) => {
                let answered = im::parse_write_response(payload).map_err(unreadable)?;
                statuses.extend(
                    answered
                        .into_iter()
                        .map(|(path, status)| (path, status.to_u8())),
                );
                match rest.pop_front() {
                    Some(next) => Ok(Next::answer(WRITE_REQUEST, next)),
                    None => Ok(Next::end(Outcome::Written(std::mem::take(statuses)))),
                }
            }
            (Stage::Subscribe { .. }, SUBSCRIBE_RESPONSE) => {
                let response = im::parse_subscribe_response(payload).map_err(unreadable)?;
                Ok(Next::end(Outcome::Subscribed {
                    subscription: response.subscription_id,
                    max_interval_s: response.max_interval,
                }))
            }
            (_, opcode) => Err(out_of_turn(opcode)),
        }
    }
}

impl Next {
    fn answer(opcode: u8, payload: Vec<u8>) -> Self {
        Self {
            answer: Some((opcode, payload)),
            outcome: None,
            over: false,
        }
    }

    fn end(outcome: Outcome) -> Self {
        Self {
            answer: None,
            outcome: Some(outcome),
            over: true,
        }
    }
}

impl std::fmt::Debug for Interaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage = match self.stage {
            Stage::Timed { .. } => "Timed",
            Stage::Invoke => "Invoke",
            Stage::Write { .. } => "Write",
            Stage::Read { .. } => "Read",
            Stage::Subscribe { .. } => "Subscribe",
        };
        f.debug_struct("Interaction")
            .field("stage", &stage)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

fn unreadable(error: im::ImError) -> ExchangeError {
    ExchangeError::Unreadable(error.to_string())
}

fn out_of_turn(opcode: u8) -> ExchangeError {
    ExchangeError::Unreadable(format!("message {opcode:#04x} out of turn"))
}

/// Opcodes of the interaction model (Matter 1.6 Core §10.2.1).
pub(crate) const STATUS_RESPONSE: u8 = 0x01;
const READ_REQUEST: u8 = 0x02;
const SUBSCRIBE_REQUEST: u8 = 0x03;
const SUBSCRIBE_RESPONSE: u8 = 0x04;
pub(crate) const REPORT_DATA: u8 = 0x05;
const WRITE_REQUEST: u8 = 0x06;
const WRITE_RESPONSE: u8 = 0x07;
const INVOKE_REQUEST: u8 = 0x08;
const INVOKE_RESPONSE: u8 = 0x09;
const TIMED_REQUEST: u8 = 0x0a;

/// Status codes (§8.10.1).
pub(crate) const SUCCESS: u8 = 0x00;
pub(crate) const INVALID_SUBSCRIPTION: u8 = 0x7d;
pub(crate) const INVALID_ACTION: u8 = 0x80;

/// How long after a timed request the request proper may come.
const TIMED_WITHIN_MS: u16 = 10_000;
/// Octets of a message of a chunked write: what a datagram holds, less its headers.
const ROOM: usize = 1000;

/// Every event of the node, told when it happens: one that is not urgent may wait for the next
/// report, up to the maximum interval. Matter 1.6 Core §8.5.6 (urgent events).
fn every_event() -> EventPath {
    let mut path = EventPath::default();
    path.is_urgent = Some(true);
    path
}
