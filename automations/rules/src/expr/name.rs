//! What a name means: a word, a variable, a device's value.

use std::sync::Arc;

use hub_model::spec::{self, Bit, Shape};
use hub_model::{AttributeId, ClusterId, EndpointId, EventId};

use super::ast::{
    Aggregate, ClockWord, DeviceRef, Function, Kind, Literal, Place, Property, Reference, Span,
    TriggerWord,
};
use super::lexer::{Token, words};
use super::parse::ParseError;
use crate::property;
use crate::schedule::Weekday;

/// What a name of an expression means.
pub(super) fn named(name: &str, span: Span) -> Result<Kind, ParseError> {
    if let Some(literal) = literal(name) {
        return Ok(Kind::Literal(literal));
    }
    let bad = |what: String| ParseError::at(span, what);
    let is_near = |word: &str| word.eq_ignore_ascii_case(name);
    if let Some(word) = ["true", "false"].into_iter().find(|word| is_near(word)) {
        return Err(
            bad(format!("{name} is written in small letters")).advise(format!("write {word}"))
        );
    }
    if let Some(word) = ["and", "or", "in", "not"]
        .into_iter()
        .find(|word| is_near(word))
    {
        return Err(match word == name {
            true => bad(format!("a value is missing before `{name}`")),
            false => {
                bad(format!("{name} is written in small letters")).advise(format!("write {word}"))
            }
        });
    }
    if let Some(word) = ClockWord::ALL.iter().find(|w| w.word() == name) {
        return Ok(Kind::Clock(*word));
    }
    if let Some(word) = TriggerWord::ALL.iter().find(|w| w.word() == name) {
        return Ok(Kind::Trigger(*word));
    }
    if let Some(local) = name.strip_prefix('$') {
        return match is_plain(local) {
            true => Ok(Kind::Local(local.into())),
            false => Err(bad(
                "after $ comes the name of a variable of the run".to_owned()
            )),
        };
    }
    match name.split_once('.') {
        Some(("home", rest)) if is_plain(rest) => return Ok(Kind::Home(rest.into())),
        Some(("home", _)) => {
            return Err(bad(
                "after `home.` comes the name of one variable".to_owned()
            ));
        }
        Some(("sun" | "trigger", _)) => return Err(no_such_word(name, span)),
        _ => {}
    }
    if name.contains(['.', '/', '@']) {
        return Ok(Kind::Reference(reference(name, span, Wanted::Value)?));
    }
    Ok(Kind::Literal(Literal::Word(name.into())))
}

fn literal(name: &str) -> Option<Literal> {
    match name {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ => name.parse::<Weekday>().ok().map(Literal::Day),
    }
}

fn no_such_word(name: &str, span: Span) -> ParseError {
    let clock = ClockWord::ALL.iter().map(|w| w.word());
    let known = TriggerWord::ALL.iter().map(|w| w.word()).chain(clock);
    let head = name.split_inclusive('.').next().unwrap_or_default();
    let known: Vec<_> = known.filter(|word| word.starts_with(head)).collect();
    let error = ParseError::at(span, format!("there is no {name}"));
    let advice = format!("there are {}", known.join(", "));
    error.advise(advice).with_nearest(name, known)
}

/// Whether a text is one name of a variable: letters, digits and `_`, with `-` only between them.
pub(crate) fn is_variable(name: &str) -> bool {
    is_plain(name) && is_inner(name) && !name.starts_with('-') && !name.ends_with('-')
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '/', '@', '$'])
}

fn is_inner(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// Whether a value or an event is looked for: some clusters have one of each under one name, and a
/// number tells neither.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Value,
    Event,
}

impl std::str::FromStr for Reference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        whole(text, Wanted::Value)
    }
}

impl Reference {
    /// The event that a text names: `front-door/1/DoorLock.LockOperation`.
    ///
    /// # Errors
    /// If it names nothing, or a value.
    pub fn event(text: &str) -> Result<Self, ParseError> {
        let of = whole(text, Wanted::Event)?;
        if matches!(of.property, Property::Event { .. }) {
            return Ok(of);
        }
        let error = ParseError::new(0, text.len(), format!("{of} is a value, not an event"));
        Err(error.advise("an event is named like front-door/1/DoorLock.LockOperation"))
    }
}

/// A text that is one reference.
fn whole(text: &str, wanted: Wanted) -> Result<Reference, ParseError> {
    let words = words(text)?;
    let Some((first, rest)) = words.split_first() else {
        return Err(ParseError::new(0, text.len(), "a name is missing"));
    };
    match (&first.token, rest) {
        (Token::Name(name), [_end]) => reference(name, first.span, wanted),
        (Token::Name(_), [next, ..]) => Err(ParseError::at(next.span, "one name ends before this")),
        (Token::End, _) => Err(ParseError::at(
            first.span,
            "a device and a name of it are missing",
        )),
        _ => Err(ParseError::at(
            first.span,
            "a device's name begins with a letter",
        )),
    }
}

/// A device's value: `hall-lamp.on`, `strip/2.on`, `strip/2/OnOff.OnOff`, `@hall.on`.
fn reference(text: &str, span: Span, wanted: Wanted) -> Result<Reference, ParseError> {
    let Some((whose, which)) = text.split_once('.') else {
        return Err(no_value(text, span));
    };
    if let Some(room) = whose.strip_prefix('@') {
        return Ok(Reference {
            of: Place::Room(room_slug(room, span)?),
            property: property(which, span, wanted)?,
        });
    }
    let mut parts = whose.splitn(3, '/');
    let slug = slug(parts.next().unwrap_or_default(), span)?;
    let endpoint = parts.next().map(|number| {
        endpoint(number).ok_or_else(|| {
            let what = format!("{number} is no endpoint, which is a number");
            let error = ParseError::at(span, what);
            error.advise("write strip/2.on for an endpoint, a / b with spaces to divide")
        })
    });
    let cluster = parts.next();
    let which = cluster.map_or_else(|| which.to_owned(), |cluster| format!("{cluster}.{which}"));
    Ok(Reference {
        of: Place::Device(DeviceRef {
            slug,
            endpoint: endpoint.transpose()?,
        }),
        property: property(&which, span, wanted)?,
    })
}

/// A name with no dot in it.
fn no_value(text: &str, span: Span) -> ParseError {
    let mut parts = text.split('/');
    let advice = match (
        text.strip_prefix('@'),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        (Some(""), ..) => "write any(@hall.on), say".to_owned(),
        (Some(_), ..) => format!("write any({text}.on), say"),
        (_, Some(a), Some(b), None) if endpoint(b).is_none() => {
            format!("write {a} / {b} to divide")
        }
        (.., None) => format!("write {text}.on, say"),
        (.., Some(cluster)) => match spec::cluster_by_name(cluster) {
            Some(known) => {
                let first = known
                    .attributes()
                    .next()
                    .map_or("0", |attribute| attribute.name);
                format!("name an attribute: {text}.{first}, say")
            }
            None => "write strip/2/OnOff.OnOff, say".to_owned(),
        },
    };
    ParseError::at(span, format!("{text} names no value of a device")).advise(advice)
}

impl std::str::FromStr for DeviceRef {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let span = Span {
            start: 0,
            end: text.len(),
        };
        let (name, number) = match text.split_once('/') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let endpoint = number.map(|number| {
            let start = name.len() + 1;
            let error =
                ParseError::new(start, text.len(), "after / comes the number of an endpoint");
            endpoint(number).ok_or_else(|| error.advise(format!("write {name}/2, say")))
        });
        Ok(Self {
            slug: slug(name, span)?,
            endpoint: endpoint.transpose()?,
        })
    }
}

/// The room that a text behind `@` names.
pub(crate) fn room(text: &str) -> Result<Arc<str>, ParseError> {
    let span = Span {
        start: 0,
        end: text.len() + 1,
    };
    room_slug(text, span)
}

fn room_slug(text: &str, span: Span) -> Result<Arc<str>, ParseError> {
    small(text).ok_or_else(|| {
        let error = ParseError::at(span, format!("@{text} is no room"));
        error.advise(match text {
            "" => "write @hall, say, or @home for all".to_owned(),
            text if text.contains('/') => "a room has no endpoints: write @hall.on, say".to_owned(),
            text => format!("write @{}", hub_model::slug(text)),
        })
    })
}

fn slug(text: &str, span: Span) -> Result<Arc<str>, ParseError> {
    small(text).ok_or_else(|| {
        if text.is_empty() {
            return ParseError::at(span, "a device's name is missing");
        }
        let what = format!("{text} is no device's name in rules");
        ParseError::at(span, what).advise(format!("write {}", hub_model::slug(text)))
    })
}

/// A name in paths in small letters: letters, digits, and dashes between them.
fn small(text: &str) -> Option<Arc<str>> {
    let small = text.to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || c == '-';
    let edge = text.starts_with('-') || text.ends_with('-');
    (!small.is_empty() && !edge && small.chars().all(fits)).then(|| small.into())
}

fn endpoint(text: &str) -> Option<EndpointId> {
    let is_number = text.bytes().all(|c| c.is_ascii_digit());
    let id = is_number.then(|| text.parse().ok()).flatten();
    // The last is no endpoint: Matter 1.6 Core §7.18.2.9.
    id.filter(|id| *id != u16::MAX).map(EndpointId)
}

fn property(text: &str, span: Span, wanted: Wanted) -> Result<Property, ParseError> {
    let Some((cluster, member)) = text.split_once('.') else {
        return match property::named(text) {
            Some(_) => Ok(Property::Named(text.into())),
            None => Err(no_property(text, span)),
        };
    };
    let id = cluster_id(cluster).ok_or_else(|| {
        let error = ParseError::at(span, format!("there is no cluster {cluster}"));
        error.with_nearest(cluster, spec::clusters().iter().map(|c| c.name))
    })?;
    let (member, part) = match member.split_once('.') {
        Some((member, part)) => (member, Some(part)),
        None => (member, None),
    };
    match member_of(id, member, wanted) {
        Some(Found::Attribute(attribute)) => Ok(Property::Attribute {
            cluster: id,
            attribute,
            bit: part
                .map(|part| bit(id, attribute, part, span))
                .transpose()?,
        }),
        Some(Found::Event(_)) if part.is_some() => {
            let error = ParseError::at(span, format!("the event {member} has no parts here"));
            Err(error.advise("ask for its fields: where = { name = value }"))
        }
        Some(Found::Event(event)) => Ok(Property::Event { cluster: id, event }),
        None => Err(no_member(id, cluster, member, span, wanted)),
    }
}

fn no_property(text: &str, span: Span) -> ParseError {
    let error = ParseError::at(span, format!("devices have no {text:?}"));
    let glued = text
        .char_indices()
        .rev()
        .filter(|(_, c)| matches!(c, '-' | '/'));
    let split = glued.filter_map(|(at, _)| text.split_at_checked(at));
    for (name, rest) in split {
        let mut rest = rest.chars();
        if property::named(name).is_some()
            && let Some(sign) = rest.next()
        {
            let rest = rest.as_str();
            return error.advise(format!(
                "to calculate put spaces there: {name} {sign} {rest}"
            ));
        }
    }
    if let Some(cluster) = spec::cluster_by_name(text) {
        let name = cluster.name;
        let first = cluster
            .attributes()
            .next()
            .map_or("0", |attribute| attribute.name);
        return error.advise(format!(
            "name an attribute of the cluster: {name}.{first}, say"
        ));
    }
    error.with_nearest(text, property::names())
}

fn no_member(id: ClusterId, cluster: &str, member: &str, span: Span, wanted: Wanted) -> ParseError {
    let error = ParseError::at(span, format!("{cluster} has no {member}"));
    let Some(known) = spec::cluster(id) else {
        return error.advise("its names are not known here: write numbers, like 0x0000");
    };
    if let Some(command) = known.command_by_name(member) {
        let name = command.name;
        let error = ParseError::at(span, format!("{name} is a command, not a value"));
        return error.advise(format!(
            "do it: invoke = {{ device = ..., command = \"{cluster}.{name}\" }}"
        ));
    }
    match wanted {
        Wanted::Value => error.with_nearest(member, known.attributes().map(|a| a.name)),
        Wanted::Event => error.with_nearest(member, known.events.iter().map(|e| e.name)),
    }
}

/// A bit of an attribute, as the specification spells it where that knows the attribute.
fn bit(
    cluster: ClusterId,
    attribute: AttributeId,
    part: &str,
    span: Span,
) -> Result<Arc<str>, ParseError> {
    let Some(known) = spec::attribute(cluster, attribute) else {
        return Ok(part.into());
    };
    let bits: &[Bit] = match known.schema.datatype.shape {
        Shape::Bitmap { bits, .. } => bits,
        _ => &[],
    };
    let found = bits.iter().find(|bit| bit.name.eq_ignore_ascii_case(part));
    found.map(|bit| bit.name.into()).ok_or_else(|| {
        let error = ParseError::at(span, format!("{} has no {part}", known.name));
        error.with_nearest(part, bits.iter().map(|bit| bit.name))
    })
}

fn cluster_id(text: &str) -> Option<ClusterId> {
    match number(text) {
        Some(id) => Some(ClusterId(id)),
        None => spec::cluster_by_name(text).map(|cluster| cluster.id),
    }
}

enum Found {
    Attribute(AttributeId),
    Event(EventId),
}

fn member_of(cluster: ClusterId, member: &str, wanted: Wanted) -> Option<Found> {
    if let Some(id) = number(member) {
        return Some(match wanted {
            Wanted::Value => Found::Attribute(AttributeId(id)),
            Wanted::Event => Found::Event(EventId(id)),
        });
    }
    let known = spec::cluster(cluster);
    let attribute = match known {
        Some(known) => known.attribute_by_name(member),
        None => spec::global_attribute_by_name(member),
    };
    let attribute = attribute.map(|attribute| Found::Attribute(attribute.id));
    let event = known.and_then(|known| known.event_by_name(member));
    let event = event.map(|event| Found::Event(event.id));
    match wanted {
        Wanted::Value => attribute.or(event),
        Wanted::Event => event.or(attribute),
    }
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    u32::from_str_radix(digits, radix).ok()
}

/// The names of all functions.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let aggregates = Aggregate::ALL.iter().map(|a| a.word());
    let functions = Function::ALL.iter().map(|f| f.word());
    functions.chain(aggregates).chain(["if"])
}
