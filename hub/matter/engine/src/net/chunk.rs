//! One message's worth of reported data, with lists put together again.
//!
//! A device that cannot fit a list into a message sends its first entries as the value and the
//! rest as single appended entries, also across messages. Nothing else is kept between messages:
//! a report of any size passes through chunk by chunk.
//!
//! Spec: Matter 1.6 Core §8.6.2 (report), §10.6.4.3.1 (lists in several parts).

use matter_codec::Value;
use matter_interaction::{AttributePath, EventReport, ImStatus, ReportData, ReportOp};
use tracing::debug;

/// What a message reported.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) subscription: Option<u32>,
    pub(crate) values: Vec<Reported>,
    pub(crate) events: Vec<EventReport>,
    pub(crate) statuses: Vec<(AttributePath, ImStatus)>,
}

/// The whole value of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reported {
    pub(crate) path: AttributePath,
    pub(crate) value: Value,
    pub(crate) version: Option<u32>,
}

/// The list that may still grow: the last one of the message before.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    growing: Option<Reported>,
}

impl Chunk {
    /// Takes a message's data apart; `lists` carries what may grow into the next message.
    pub(crate) fn of(data: ReportData, lists: &mut Lists) -> Self {
        let more = data.more_chunked_messages;
        let mut values = Vec::with_capacity(data.items.len());
        for item in data.items {
            match item.op {
                ReportOp::Append => lists.append(item.path, item.value),
                _ => {
                    values.extend(lists.growing.take());
                    let whole = Reported {
                        path: item.path,
                        value: item.value,
                        version: item.data_version,
                    };
                    if matches!(whole.value, Value::Array(_)) {
                        lists.growing = Some(whole);
                    } else {
                        values.push(whole);
                    }
                }
            }
        }
        if !more {
            values.extend(lists.growing.take());
        }
        Self {
            subscription: data.subscription_id,
            values,
            events: data.events,
            statuses: data.statuses,
        }
    }
}

impl Lists {
    fn append(&mut self, path: AttributePath, entry: Value) {
        match &mut self.growing {
            Some(Reported {
                path: growing,
                value: Value::Array(entries),
                ..
            }) if *growing == path => entries.push(entry),
            _ => debug!(?path, "an entry of no list that was begun"),
        }
    }
}

#[cfg(test)]
mod tests {
    use matter_interaction::AttributeReportItem;

    use super::*;

    fn item(attribute: u32, op: ReportOp, value: Value) -> AttributeReportItem {
        let path = AttributePath {
            endpoint: 1,
            cluster: 6,
            attribute,
        };
        AttributeReportItem::new(path, op, value, Some(1))
    }

    fn message(items: Vec<AttributeReportItem>, more: bool) -> ReportData {
        ReportData::new(items, None, more, false)
    }

    #[test]
    fn a_list_in_parts_comes_out_whole_and_once() {
        let mut lists = Lists::default();
        let one = Chunk::of(
            message(
                vec![
                    item(1, ReportOp::Replace, Value::Bool(true)),
                    item(2, ReportOp::Replace, Value::Array(vec![Value::Uint(1)])),
                ],
                true,
            ),
            &mut lists,
        );
        assert_eq!(one.values.len(), 1);
        let two = Chunk::of(
            message(vec![item(2, ReportOp::Append, Value::Uint(2))], true),
            &mut lists,
        );
        assert!(two.values.is_empty());
        let three = Chunk::of(
            message(
                vec![
                    item(2, ReportOp::Append, Value::Uint(3)),
                    item(3, ReportOp::Replace, Value::Array(vec![])),
                ],
                false,
            ),
            &mut lists,
        );
        let values: Vec<_> = three.values.into_iter().map(|value| value.value).collect();
        let whole = Value::Array(vec![Value::Uint(1), Value::Uint(2), Value::Uint(3)]);
        assert_eq!(values, [whole, Value::Array(vec![])]);
    }

    #[test]
    fn an_entry_of_no_list_is_left_out() {
        let mut lists = Lists::default();
        let stray = vec![item(2, ReportOp::Append, Value::Uint(2))];
        assert!(
            Chunk::of(message(stray, false), &mut lists)
                .values
                .is_empty()
        );
    }
}
