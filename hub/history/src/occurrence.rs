//! What happens besides that values change, as samples: commands with what came of them, and what the
//! hub itself went through.
//!
//! Each is a struct value, so that stores and exports need to know no other kind of sample.

use std::sync::Arc;

use hub_model::{CauseId, Origin, Timestamp, Value};

/// A command, or what came of one. Of one command there are two samples or more: that it was asked,
/// and each word on how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its link of the causal chain, which is its name.
    pub cause: CauseId,
    /// What led to it.
    pub parent: Option<CauseId>,
    /// Who asked; none in what came of it.
    pub origin: Option<Origin>,
    /// What was asked, or how it went, in words.
    pub what: Arc<str>,
}

const CAUSE: u32 = 0;
const PARENT: u32 = 1;
const KIND: u32 = 2;
const WHO: u32 = 3;
const WHAT: u32 = 4;

impl Asked {
    /// As a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = vec![(CAUSE, Value::Uint(self.cause.0))];
        members.extend(self.parent.map(|parent| (PARENT, Value::Uint(parent.0))));
        if let Some(origin) = &self.origin {
            let (kind, who) = origin_parts(origin);
            members.push((KIND, Value::from(kind)));
            members.extend(who.map(|who| (WHO, Value::Text(who))));
        }
        members.push((WHAT, Value::Text(Arc::clone(&self.what))));
        Value::structure(members)
    }

    /// From a value; none when it is no such thing.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let kind = value.field(KIND).and_then(Value::as_text);
        let who = value.field(WHO).and_then(Value::as_text);
        Some(Self {
            cause: CauseId(value.field(CAUSE)?.as_u64()?),
            parent: value.field(PARENT).and_then(Value::as_u64).map(CauseId),
            origin: kind.and_then(|kind| origin_of(kind, who)),
            what: value.field(WHAT)?.as_text()?.into(),
        })
    }
}

/// The origin as a word and a name.
fn origin_parts(origin: &Origin) -> (&'static str, Option<Arc<str>>) {
    match origin {
        Origin::Console => ("console", None),
        Origin::Person(name) => ("person", Some(Arc::clone(name))),
        Origin::Token(name) => ("token", Some(Arc::clone(name))),
        Origin::Rule(name) => ("rule", Some(Arc::clone(name))),
        Origin::Timer => ("timer", None),
        Origin::Device(node) => ("device", Some(format!("{:#x}", node.0).into())),
        _ => ("hub", None),
    }
}

fn origin_of(kind: &str, who: Option<&str>) -> Option<Origin> {
    let name = || Some(Arc::from(who?));
    match kind {
        "console" => Some(Origin::Console),
        "person" => name().map(Origin::Person),
        "token" => name().map(Origin::Token),
        "rule" => name().map(Origin::Rule),
        "timer" => Some(Origin::Timer),
        "device" => {
            let node = u64::from_str_radix(who?.strip_prefix("0x")?, 16).ok()?;
            Some(Origin::Device(hub_model::NodeId(node)))
        }
        "hub" => Some(Origin::Hub),
        _ => None,
    }
}

/// What the hub went through. Samples of [`crate::series::SeriesKey::Hub`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hub {
    /// It began to record.
    Started {
        /// When it had recorded last before; none when it never had.
        last: Option<Timestamp>,
    },
    /// It ceased to record, in good order.
    Stopped,
    /// Its clock was set.
    ClockSet {
        /// What it would have shown.
        instead_of: Timestamp,
    },
    /// Some of what happened could not be recorded: from then until now.
    Lost {
        /// From when on.
        since: Timestamp,
        /// How many samples, as far as that is known.
        samples: u64,
    },
}

impl Hub {
    /// As a value.
    #[must_use]
    pub fn to_value(self) -> Value {
        let micros = |at: Timestamp| Value::Int(at.0);
        match self {
            Self::Started { last } => {
                let word = [(0, Value::from("started"))];
                let last = last.map(|last| (1, micros(last)));
                Value::structure(word.into_iter().chain(last))
            }
            Self::Stopped => Value::structure([(0, Value::from("stopped"))]),
            Self::ClockSet { instead_of } => {
                Value::structure([(0, Value::from("clock set")), (1, micros(instead_of))])
            }
            Self::Lost { since, samples } => Value::structure([
                (0, Value::from("lost")),
                (1, micros(since)),
                (2, Value::Uint(samples)),
            ]),
        }
    }

    /// From a value; none when it is no such thing.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let at = value.field(1).and_then(Value::as_i64).map(Timestamp);
        match value.field(0)?.as_text()? {
            "started" => Some(Self::Started { last: at }),
            "stopped" => Some(Self::Stopped),
            "clock set" => Some(Self::ClockSet { instead_of: at? }),
            "lost" => Some(Self::Lost {
                since: at?,
                samples: value.field(2)?.as_u64()?,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_model::NodeId;

    use super::*;

    #[test]
    fn a_command_comes_back_as_it_was() {
        let origins = [
            None,
            Some(Origin::Console),
            Some(Origin::Person("mia".into())),
            Some(Origin::Token("panel".into())),
            Some(Origin::Rule("hall-light@3".into())),
            Some(Origin::Timer),
            Some(Origin::Device(NodeId(0x12))),
            Some(Origin::Hub),
        ];
        for origin in origins {
            for parent in [None, Some(CauseId(u64::MAX))] {
                let asked = Asked {
                    cause: CauseId(77),
                    parent,
                    origin: origin.clone(),
                    what: "On".into(),
                };
                assert_eq!(Asked::from_value(&asked.to_value()), Some(asked));
            }
        }
    }

    #[test]
    fn what_the_hub_went_through_comes_back_as_it_was() {
        for hub in [
            Hub::Started { last: None },
            Hub::Started {
                last: Some(Timestamp(5)),
            },
            Hub::Stopped,
            Hub::ClockSet {
                instead_of: Timestamp(-5),
            },
            Hub::Lost {
                since: Timestamp(5),
                samples: u64::MAX,
            },
        ] {
            assert_eq!(Hub::from_value(&hub.to_value()), Some(hub));
        }
        assert_eq!(Hub::from_value(&Value::Null), None);
    }
}
