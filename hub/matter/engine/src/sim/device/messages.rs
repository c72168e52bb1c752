//! Interaction model messages as a device reads and writes them.

use matter_codec::{Tag, TlvReader, TlvWriter, Value};

/// An attribute, event or pattern of them: endpoint, cluster, member.
pub(crate) type Path = (u16, u32, u32);
pub(crate) type Pattern = (Option<u16>, Option<u32>, Option<u32>);

/// An event in the device's log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) path: Path,
    pub(crate) value: Value,
}

/// What a read or subscribe request asks for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) attributes: Vec<Pattern>,
    pub(crate) events: bool,
    pub(crate) event_min: u64,
    pub(crate) max_interval_s: u16,
    pub(crate) keep: bool,
}

pub(crate) fn structure(bytes: &[u8]) -> Vec<(Tag, Value)> {
    match TlvReader::new(bytes).read_value().unwrap() {
        (_, Value::Structure(members)) => members,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn field(members: &[(Tag, Value)], tag: u8) -> Option<&Value> {
    members
        .iter()
        .find(|(found, _)| *found == Tag::Context(tag))
        .map(|(_, value)| value)
}

fn members(value: &Value) -> &[(Tag, Value)] {
    match value {
        Value::Structure(members) | Value::List(members) => members,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn number(value: Option<&Value>) -> Option<u64> {
    match value {
        Some(Value::Uint(number)) => Some(*number),
        _ => None,
    }
}

fn pattern(path: &Value) -> Pattern {
    let part = |tag| number(field(members(path), tag));
    (
        part(2).map(|n| u16::try_from(n).unwrap()),
        part(3).map(|n| u32::try_from(n).unwrap()),
        part(4).map(|n| u32::try_from(n).unwrap()),
    )
}

fn array(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(entries)) => entries,
        _ => &[],
    }
}

pub(crate) fn read_request(bytes: &[u8]) -> Asked {
    let request = structure(bytes);
    Asked {
        attributes: array(field(&request, 0)).iter().map(pattern).collect(),
        events: field(&request, 1).is_some(),
        event_min: event_min(field(&request, 2)),
        ..Asked::default()
    }
}

pub(crate) fn subscribe_request(bytes: &[u8]) -> Asked {
    let request = structure(bytes);
    Asked {
        keep: field(&request, 0) == Some(&Value::Bool(true)),
        max_interval_s: number(field(&request, 2)).unwrap().try_into().unwrap(),
        attributes: array(field(&request, 3)).iter().map(pattern).collect(),
        events: field(&request, 4).is_some(),
        event_min: event_min(field(&request, 5)),
    }
}

fn event_min(filters: Option<&Value>) -> u64 {
    array(filters)
        .first()
        .and_then(|filter| number(field(members(filter), 1)))
        .unwrap_or(0)
}

/// The writes of a request: path, value, and whether it is appended to a list.
pub(crate) fn write_request(bytes: &[u8]) -> (Vec<(Path, Value, bool)>, bool) {
    let request = structure(bytes);
    let writes = array(field(&request, 2))
        .iter()
        .map(|write| {
            let path = field(members(write), 1).unwrap();
            let (endpoint, cluster, attribute) = pattern(path);
            let append = field(members(path), 5) == Some(&Value::Null);
            let value = field(members(write), 2).unwrap().clone();
            let path = (endpoint.unwrap(), cluster.unwrap(), attribute.unwrap());
            (path, value, append)
        })
        .collect();
    (writes, field(&request, 3) == Some(&Value::Bool(true)))
}

pub(crate) fn write_response(statuses: &[(Path, u8)]) -> Vec<u8> {
    build(|to| {
        to.start_array(Tag::Context(0)).unwrap();
        for (path, status) in statuses {
            to.start_structure(Tag::Anonymous).unwrap();
            put_path(to, 0, *path, false);
            to.start_structure(Tag::Context(1)).unwrap();
            to.put_uint(Tag::Context(0), (*status).into()).unwrap();
            to.end_container().unwrap();
            to.end_container().unwrap();
        }
        to.end_container().unwrap();
    })
}

pub(crate) fn subscribe_response(id: u32, max_interval_s: u16) -> Vec<u8> {
    build(|to| {
        to.put_uint(Tag::Context(0), id.into()).unwrap();
        to.put_uint(Tag::Context(2), max_interval_s.into()).unwrap();
    })
}

/// A report, in as many messages as it takes.
pub(crate) fn report(
    subscription: Option<u32>,
    values: &[(Path, Value)],
    statuses: &[(Path, u8)],
    events: &[Event],
    quiet: bool,
) -> Vec<Vec<u8>> {
    let mut items: Vec<Vec<u8>> = Vec::new();
    for (path, value) in values {
        match value {
            Value::Array(entries) if encoded(value).len() > WHOLE => {
                items.push(attribute(*path, &Value::Array(vec![]), false));
                items.extend(entries.iter().map(|entry| attribute(*path, entry, true)));
            }
            value => items.push(attribute(*path, value, false)),
        }
    }
    items.extend(statuses.iter().map(|(path, code)| status(*path, *code)));
    let events: Vec<_> = events.iter().map(event).collect();
    let mut chunks: Vec<(Items, Items)> = vec![Default::default()];
    let mut room = ROOM;
    for (is_event, item) in items
        .into_iter()
        .map(|item| (false, item))
        .chain(events.into_iter().map(|item| (true, item)))
    {
        if item.len() > room {
            chunks.push(Default::default());
            room = ROOM;
        }
        room -= item.len();
        let last = chunks.last_mut().unwrap();
        if is_event { &mut last.1 } else { &mut last.0 }.push(item);
    }
    let last = chunks.len() - 1;
    chunks
        .into_iter()
        .enumerate()
        .map(|(at, (items, events))| message(subscription, &items, &events, at < last, quiet))
        .collect()
}

/// Encoded attribute or event reports.
type Items = Vec<Vec<u8>>;

fn message(
    subscription: Option<u32>,
    items: &[Vec<u8>],
    events: &[Vec<u8>],
    more: bool,
    quiet: bool,
) -> Vec<u8> {
    build(|to| {
        if let Some(id) = subscription {
            to.put_uint(Tag::Context(0), id.into()).unwrap();
        }
        for (tag, list) in [(1, items), (2, events)] {
            if !list.is_empty() {
                to.start_array(Tag::Context(tag)).unwrap();
                for item in list {
                    to.put_preencoded(Tag::Anonymous, item).unwrap();
                }
                to.end_container().unwrap();
            }
        }
        if more {
            to.put_bool(Tag::Context(3), true).unwrap();
        }
        if quiet && !more {
            to.put_bool(Tag::Context(4), true).unwrap();
        }
    })
}

fn attribute(path: Path, value: &Value, append: bool) -> Vec<u8> {
    bare(|to| {
        to.start_structure(Tag::Context(1)).unwrap();
        to.put_uint(Tag::Context(0), 1).unwrap();
        put_path(to, 1, path, append);
        to.write_value(Tag::Context(2), value).unwrap();
        to.end_container().unwrap();
    })
}

fn status(path: Path, status: u8) -> Vec<u8> {
    bare(|to| {
        to.start_structure(Tag::Context(0)).unwrap();
        put_path(to, 0, path, false);
        to.start_structure(Tag::Context(1)).unwrap();
        to.put_uint(Tag::Context(0), status.into()).unwrap();
        to.end_container().unwrap();
        to.end_container().unwrap();
    })
}

fn event(event: &Event) -> Vec<u8> {
    let (endpoint, cluster, id) = event.path;
    bare(|to| {
        to.start_structure(Tag::Context(1)).unwrap();
        to.start_list(Tag::Context(0)).unwrap();
        to.put_uint(Tag::Context(1), endpoint.into()).unwrap();
        to.put_uint(Tag::Context(2), cluster.into()).unwrap();
        to.put_uint(Tag::Context(3), id.into()).unwrap();
        to.end_container().unwrap();
        to.put_uint(Tag::Context(1), event.number).unwrap();
        to.put_uint(Tag::Context(2), 1).unwrap();
        to.put_uint(Tag::Context(4), 5000).unwrap();
        to.write_value(Tag::Context(7), &event.value).unwrap();
        to.end_container().unwrap();
    })
}

fn put_path(to: &mut TlvWriter<'_>, tag: u8, path: Path, append: bool) {
    to.start_list(Tag::Context(tag)).unwrap();
    to.put_uint(Tag::Context(2), path.0.into()).unwrap();
    to.put_uint(Tag::Context(3), path.1.into()).unwrap();
    to.put_uint(Tag::Context(4), path.2.into()).unwrap();
    if append {
        to.put_null(Tag::Context(5)).unwrap();
    }
    to.end_container().unwrap();
}

pub(crate) fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    TlvWriter::new(&mut bytes)
        .write_value(Tag::Anonymous, value)
        .unwrap();
    bytes
}

fn bare(fields: impl FnOnce(&mut TlvWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut to = TlvWriter::new(&mut bytes);
    to.start_structure(Tag::Anonymous).unwrap();
    fields(&mut to);
    to.end_container().unwrap();
    bytes
}

fn build(fields: impl FnOnce(&mut TlvWriter<'_>)) -> Vec<u8> {
    bare(|to| {
        fields(to);
        to.put_uint(Tag::Context(0xff), 11).unwrap();
    })
}

/// Octets of items in a message.
const ROOM: usize = 850;
/// Lists larger than this are sent by entries.
const WHOLE: usize = 300;
