//! The one question that nodes ask: where is this operational peer?
//! Spec: RFC 1035 §4.1, Matter 1.6 Core §4.3.2.

const HEADER: usize = 12;
const FLAGS_AT: usize = 2;
const RESPONSE: u8 = 0x80;
const TYPE_ANY: u16 = 255;
const CLASS_IN: u16 = 1;

/// A query for all records of an instance, by its labels without `local`.
pub(crate) fn resolve_query(labels: &[&str]) -> Vec<u8> {
    let mut query = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in labels.iter().chain(&["local"]) {
        // Labels here are hex ids and service names, far below the limit of 63.
        let length = u8::try_from(label.len()).unwrap_or(u8::MAX).min(63);
        query.push(length);
        query.extend(label.bytes().take(length.into()));
    }
    query.push(0);
    query.extend(TYPE_ANY.to_be_bytes());
    query.extend(CLASS_IN.to_be_bytes());
    query
}

/// Whether a packet is a response.
pub(crate) fn is_response(packet: &[u8]) -> bool {
    packet.len() >= HEADER
        && packet
            .get(FLAGS_AT)
            .is_some_and(|flags| flags & RESPONSE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_any_record_of_the_instance() {
        let query = resolve_query(&["AB-CD", "_matter", "_tcp"]);
        assert!(!is_response(&query));
        assert_eq!(
            &query[HEADER..],
            b"\x05AB-CD\x07_matter\x04_tcp\x05local\x00\x00\xff\x00\x01"
        );
    }
}
