//! The answer to one invoked command, with the cluster's own status.
//!
//! Spec: Matter 1.6 Core §10.6.12 (InvokeResponseIB), §10.6.17 (StatusIB).

use matter_codec::{ContainerKind, Element, Tag, TlvReader, Value};
use matter_interaction::{self as im, CommandPath, ImError, InvokeResponse};

/// What a device answers to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvokeReply {
    /// A response command.
    Command {
        path: CommandPath,
        /// Its fields, an anonymous TLV structure.
        fields: Vec<u8>,
    },
    /// A status; 0 for success.
    Status { status: u8, cluster: Option<u8> },
}

/// Reads the answer to a single command.
pub(crate) fn parse(payload: &[u8]) -> Result<InvokeReply, ImError> {
    Ok(match im::parse_invoke_response(payload)? {
        InvokeResponse::Command { path, fields_tlv } => InvokeReply::Command {
            path,
            fields: fields_tlv,
        },
        InvokeResponse::Status(status) => InvokeReply::Status {
            status: status.to_u8(),
            cluster: cluster_status(payload),
        },
    })
}

/// The cluster's status of a command that was answered by a status:
/// `{ 1: [ { 1: { 1: { 0: status, 1: cluster status } } } ] }`.
fn cluster_status(payload: &[u8]) -> Option<u8> {
    let mut reader = TlvReader::new(payload);
    im::expect_message_struct(&mut reader).ok()?;
    for (tag, kind) in [
        (Tag::Context(1), ContainerKind::Array),
        (Tag::Anonymous, ContainerKind::Structure),
        (Tag::Context(1), ContainerKind::Structure),
        (Tag::Context(1), ContainerKind::Structure),
    ] {
        enter(&mut reader, tag, kind)?;
    }
    loop {
        match reader.next().ok()?? {
            Element::Scalar {
                tag: Tag::Context(1),
                value: Value::Uint(status),
            } => return u8::try_from(status).ok(),
            Element::ContainerStart { .. } => reader.skip_container().ok()?,
            Element::ContainerEnd => return None,
            _ => {}
        }
    }
}

/// Enters the first container with this tag among the members that follow.
fn enter(reader: &mut TlvReader<'_>, tag: Tag, kind: ContainerKind) -> Option<()> {
    loop {
        match reader.next().ok()?? {
            Element::ContainerStart {
                tag: found,
                kind: of,
            } if found == tag && of == kind => return Some(()),
            Element::ContainerStart { .. } => reader.skip_container().ok()?,
            Element::ContainerEnd => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use matter_codec::TlvWriter;
    use proptest::prelude::*;

    use super::*;

    fn status_response(status: u64, cluster: Option<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut w = TlvWriter::new(&mut bytes);
        w.start_structure(Tag::Anonymous).unwrap();
        w.put_bool(Tag::Context(0), false).unwrap();
        w.start_array(Tag::Context(1)).unwrap();
        w.start_structure(Tag::Anonymous).unwrap();
        w.start_structure(Tag::Context(1)).unwrap();
        w.start_list(Tag::Context(0)).unwrap();
        w.put_uint(Tag::Context(0), 1).unwrap();
        w.put_uint(Tag::Context(1), 0x101).unwrap();
        w.put_uint(Tag::Context(2), 0).unwrap();
        w.end_container().unwrap();
        w.start_structure(Tag::Context(1)).unwrap();
        w.put_uint(Tag::Context(0), status).unwrap();
        if let Some(cluster) = cluster {
            w.put_uint(Tag::Context(1), cluster).unwrap();
        }
        for _ in 0..4 {
            w.end_container().unwrap();
        }
        w.put_uint(Tag::Context(0xff), 11).unwrap();
        w.end_container().unwrap();
        bytes
    }

    #[test]
    fn the_clusters_own_status_is_kept() {
        for (cluster, expected) in [(None, None), (Some(2), Some(2)), (Some(999), None)] {
            let reply = parse(&status_response(1, cluster)).unwrap();
            assert_eq!(
                reply,
                InvokeReply::Status {
                    status: 1,
                    cluster: expected
                }
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, cut in 0usize..64) {
            let _ = parse(&bytes);
            let mut whole = status_response(1, Some(3));
            whole.truncate(whole.len().saturating_sub(cut));
            let _ = parse(&whole);
        }
    }
}
