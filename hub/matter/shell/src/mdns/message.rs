//! Multicast DNS messages: questions out, records in.
//!
//! Names are compared without case, so they are kept in lower case, labels joined by dots. Only
//! the record types that service discovery needs are kept; all others are skipped.
//!
//! Spec: RFC 1035 §4.1 (messages, compression), RFC 6762 §18 (what multicast changes),
//! RFC 6763 §6 (TXT records).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A domain name in lower case, without the last dot: `_matter._tcp.local`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(String);

impl Name {
    /// The name that the text spells; in it a dot always parts two labels.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.trim_end_matches('.').to_ascii_lowercase())
    }

    /// The first label and the rest.
    pub(crate) fn split_first(&self) -> (&str, &str) {
        self.0.split_once('.').unwrap_or((&self.0, ""))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked of a name, or told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// An IPv4 address.
    A,
    /// Another name: an instance of a service.
    Ptr,
    /// Text attributes.
    Txt,
    /// An IPv6 address.
    Aaaa,
    /// A host and port.
    Srv,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Ptr => 12,
            Self::Txt => 16,
            Self::Aaaa => 28,
            Self::Srv => 33,
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
}

/// One record of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: Name,
    /// How long it holds, in seconds; 0 takes it back.
    pub(crate) ttl_s: u32,
    /// Whether it replaces all records of its name and type that are older than a second
    /// (RFC 6762 §10.2).
    pub(crate) flush: bool,
    /// Whether it stands in the answer section, not among the additional records.
    pub(crate) is_answer: bool,
    pub(crate) data: Data,
}

/// What a record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Ptr(Name),
    Srv {
        host: Name,
        port: u16,
    },
    /// Attributes in the order sent; those without a value or not in UTF-8 are left out.
    Txt(Vec<(String, String)>),
    Address(IpAddr),
}

/// Why a message could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("the message ends within a field")]
    Truncated,
    #[error("a name is too long, or points forward")]
    Name,
    #[error("a record's length does not fit its type")]
    Length,
}

/// The largest message that we send: what an IPv6 packet of the least MTU carries.
pub(crate) const MAX_QUERY: usize = 1232;
/// The largest name (RFC 1035 §3.1).
const MAX_NAME: usize = 255;
const RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const FLUSH: u16 = 0x8000;
const CLASS_IN: u16 = 1;

/// The messages that ask these questions, each at most [`MAX_QUERY`] long. Questions whose name
/// cannot be written are left out.
pub(crate) fn encode_queries<'a>(
    questions: impl IntoIterator<Item = &'a Question>,
) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut body = Vec::new();
    let mut count: u16 = 0;
    for question in questions {
        let Some(encoded) = encode_question(question) else {
            continue;
        };
        if count > 0 && HEADER + body.len() + encoded.len() > MAX_QUERY {
            messages.push(with_header(count, &std::mem::take(&mut body)));
            count = 0;
        }
        body.extend_from_slice(&encoded);
        count += 1;
    }
    if count > 0 {
        messages.push(with_header(count, &body));
    }
    messages
}

const HEADER: usize = 12;

fn with_header(questions: u16, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + body.len());
    for field in [0, 0, questions, 0, 0, 0] {
        message.extend_from_slice(&u16::to_be_bytes(field));
    }
    message.extend_from_slice(body);
    message
}

fn encode_question(question: &Question) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for label in question.name.0.split('.') {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|n| (1..64).contains(n))?;
        out.push(length);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    if out.len() > MAX_NAME {
        return None;
    }
    out.extend_from_slice(&question.kind.number().to_be_bytes());
    out.extend_from_slice(&CLASS_IN.to_be_bytes());
    Some(out)
}

/// The records of a response, in order; none of a query.
///
/// # Errors
/// When the message is not well-formed.
pub(crate) fn decode_response(message: &[u8]) -> Result<Vec<Record>, DecodeError> {
    let mut reader = Reader { message, at: 0 };
    let _id = reader.u16()?;
    let flags = reader.u16()?;
    let questions = reader.u16()?;
    let answers = reader.u16()?;
    let authorities = reader.u16()?;
    let additionals = reader.u16()?;
    if flags & RESPONSE == 0 || flags & OPCODE != 0 {
        return Ok(Vec::new());
    }
    for _ in 0..questions {
        reader.name()?;
        reader.take(4)?;
    }
    let mut records = Vec::new();
    let total = u32::from(answers) + u32::from(authorities) + u32::from(additionals);
    for index in 0..total {
        if let Some(record) = reader.record(index < u32::from(answers))? {
            records.push(record);
        }
    }
    Ok(records)
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(count).ok_or(DecodeError::Truncated)?;
        let bytes = self
            .message
            .get(self.at..end)
            .ok_or(DecodeError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn record(&mut self, is_answer: bool) -> Result<Option<Record>, DecodeError> {
        let name = self.name()?;
        let kind = self.u16()?;
        let class = self.u16()?;
        let ttl_s = u32::from_be_bytes(self.array()?);
        let length = usize::from(self.u16()?);
        let end = self.at + length;
        if end > self.message.len() {
            return Err(DecodeError::Truncated);
        }
        let data = if class & !FLUSH == CLASS_IN {
            self.data(kind, length)?
        } else {
            None
        };
        if self.at > end {
            return Err(DecodeError::Length);
        }
        self.at = end;
        Ok(data.map(|data| Record {
            name,
            ttl_s,
            flush: class & FLUSH != 0,
            is_answer,
            data,
        }))
    }

    fn data(&mut self, kind: u16, length: usize) -> Result<Option<Data>, DecodeError> {
        let fixed = |need: usize| (length == need).then_some(()).ok_or(DecodeError::Length);
        Ok(Some(match kind {
            1 => {
                fixed(4)?;
                Data::Address(Ipv4Addr::from(self.array::<4>()?).into())
            }
            28 => {
                fixed(16)?;
                Data::Address(Ipv6Addr::from(self.array::<16>()?).into())
            }
            12 => Data::Ptr(self.name()?),
            16 => Data::Txt(attributes(self.take(length)?)?),
            33 => {
                let _priority_and_weight = self.take(4)?;
                let port = self.u16()?;
                Data::Srv {
                    port,
                    host: self.name()?,
                }
            }
            _ => return Ok(None),
        }))
    }

    /// Reads a name and follows its pointers, each of which must point further back than the
    /// last, so reading ends.
    fn name(&mut self) -> Result<Name, DecodeError> {
        let mut text = String::new();
        let mut at = self.at;
        let mut limit = self.at;
        let mut after_first_pointer = None;
        loop {
            let length = *self.message.get(at).ok_or(DecodeError::Truncated)?;
            match length {
                0 => {
                    self.at = after_first_pointer.unwrap_or(at + 1);
                    return Ok(Name(text));
                }
                1..=63 => {
                    let label = self
                        .message
                        .get(at + 1..at + 1 + usize::from(length))
                        .ok_or(DecodeError::Truncated)?;
                    push_label(&mut text, label)?;
                    at += 1 + usize::from(length);
                }
                0xC0.. => {
                    let low = *self.message.get(at + 1).ok_or(DecodeError::Truncated)?;
                    after_first_pointer.get_or_insert(at + 2);
                    at = usize::from(u16::from_be_bytes([length & 0x3F, low]));
                    if at >= limit {
                        return Err(DecodeError::Name);
                    }
                    limit = at;
                }
                _ => return Err(DecodeError::Name),
            }
        }
    }
}

fn push_label(text: &mut String, label: &[u8]) -> Result<(), DecodeError> {
    if !text.is_empty() {
        text.push('.');
    }
    text.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
    // An octet that is not UTF-8 becomes three.
    if text.len() > 3 * MAX_NAME {
        return Err(DecodeError::Name);
    }
    Ok(())
}

fn attributes(mut bytes: &[u8]) -> Result<Vec<(String, String)>, DecodeError> {
    let mut attributes = Vec::new();
    while let Some((&length, rest)) = bytes.split_first() {
        let (entry, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or(DecodeError::Length)?;
        bytes = rest;
        if let Some((key, value)) = std::str::from_utf8(entry)
            .ok()
            .and_then(|e| e.split_once('='))
        {
            attributes.push((key.to_owned(), value.to_owned()));
        }
    }
    Ok(attributes)
}

#[cfg(test)]
pub(crate) mod encode;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = Name> {
        proptest::collection::vec("[a-z0-9_-]{1,20}", 1..6).prop_map(|l| Name::new(&l.join(".")))
    }

    fn data() -> impl Strategy<Value = Data> {
        prop_oneof![
            name().prop_map(Data::Ptr),
            (name(), any::<u16>()).prop_map(|(host, port)| Data::Srv { host, port }),
            proptest::collection::vec(("[A-Z]{1,4}", "[a-z0-9+]{0,9}"), 0..5).prop_map(Data::Txt),
            any::<[u8; 4]>().prop_map(|o| Data::Address(IpAddr::from(o))),
            any::<[u8; 16]>().prop_map(|o| Data::Address(IpAddr::from(o))),
        ]
    }

    fn record() -> impl Strategy<Value = Record> {
        (name(), any::<u32>(), any::<bool>(), data()).prop_map(|(name, ttl_s, flush, data)| {
            Record {
                name,
                ttl_s,
                flush,
                is_answer: true,
                data,
            }
        })
    }

    proptest! {
        #[test]
        fn reads_back_what_was_written(records in proptest::collection::vec(record(), 0..8)) {
            prop_assert_eq!(decode_response(&encode::response(&records)), Ok(records));
        }

        #[test]
        fn no_input_panics(message in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode_response(&message);
        }

        #[test]
        fn no_altered_response_panics(
            records in proptest::collection::vec(record(), 1..5),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut message = encode::response(&records);
            for (at, to) in changes {
                let at = at.index(message.len());
                message[at] = to;
            }
            let _ = decode_response(&message);
        }
    }

    #[test]
    fn follows_pointers_back_and_no_further() {
        let mut message = vec![0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0];
        message.extend_from_slice(b"\x01a\x05local\0\0\x0c\0\x01\0\0\0\x78\0\x04\x01b\xc0\x0e");
        message.extend_from_slice(b"\xc0\x0c\0\x0c\0\x01\0\0\0\x78\0\x02\xc0\x0c");
        let records = decode_response(&message).unwrap();
        assert_eq!(records[0].data, Data::Ptr(Name::new("b.local")));
        assert_eq!(records[1].name, Name::new("a.local"));

        let mut endless = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        endless.extend_from_slice(b"\xc0\x0c\0\x0c\0\x01\0\0\0\x78\0\x00");
        assert_eq!(decode_response(&endless), Err(DecodeError::Name));
    }

    #[test]
    fn many_questions_go_out_in_several_messages() {
        let questions: Vec<_> = (0..100)
            .map(|n| Question {
                name: Name::new(&format!("{n:016X}-{n:016X}._matter._tcp.local")),
                kind: Kind::Srv,
            })
            .collect();
        let messages = encode_queries(&questions);
        assert!(messages.len() > 1);
        assert!(messages.iter().all(|m| m.len() <= MAX_QUERY));
        let count: usize = messages.iter().map(|m| usize::from(m[5])).sum();
        assert_eq!(count, questions.len());
        assert!(messages[0].ends_with(&encode::question(
            &questions[usize::from(messages[0][5]) - 1]
        )));
    }

    #[test]
    fn a_query_holds_no_records() {
        let message = encode_queries(&[Question {
            name: Name::new("_matter._tcp.local."),
            kind: Kind::Ptr,
        }]);
        assert_eq!(decode_response(&message[0]), Ok(Vec::new()));
    }
}
