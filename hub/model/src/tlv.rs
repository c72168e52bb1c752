//! The wire form of values: TLV, Matter 1.6 Core Appendix A.
//!
//! No schema is needed: a value is as typed as the wire is, so [`decode`] keeps what is not known,
//! and [`encode`] writes each variant as its element type, numbers in the fewest octets. What a
//! schema adds (a signed integer that a person wrote without sign, the width of a float) is brought
//! into the value before, by [`Schema::conform`](crate::spec::Schema::conform).
//!
//! Left out on purpose: profile tags, which no cluster uses, and the TLV list type, which is for
//! paths. A list whose members are tagged alike is read as what it then looks like.

mod decode;
mod element;
mod encode;

pub use decode::{DecodeError, MAX_DEPTH, decode};
pub use encode::{encode, encode_tagged};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::FieldId;
    use crate::testing::any_value;
    use crate::value::Value;

    /// The examples of Matter 1.6 Core §A.12.
    #[test]
    fn keeps_the_specifications_examples() {
        let examples: Vec<(&[u8], Value)> = vec![
            (&[0x08], Value::Bool(false)),
            (&[0x09], Value::Bool(true)),
            (&[0x00, 0x2a], Value::Int(42)),
            (&[0x00, 0xef], Value::Int(-17)),
            (&[0x04, 0x2a], Value::Uint(42)),
            (&[0x02, 0xf0, 0x67, 0xfd, 0xff], Value::Int(-170_000)),
            (
                &[0x03, 0x00, 0x90, 0x2f, 0x50, 0x09, 0x00, 0x00, 0x00],
                Value::Int(40_000_000_000),
            ),
            (
                &[0x0c, 0x06, b'H', b'e', b'l', b'l', b'o', b'!'],
                Value::from("Hello!"),
            ),
            (
                &[0x0c, 0x07, b'T', b's', b'c', b'h', 0xc3, 0xbc, b's'],
                Value::from("Tschüs"),
            ),
            (
                &[0x10, 0x05, 0, 1, 2, 3, 4],
                Value::Bytes([0, 1, 2, 3, 4].into()),
            ),
            (&[0x14], Value::Null),
            (&[0x0a, 0x00, 0x00, 0x00, 0x00], Value::Single(0.0)),
            (&[0x0a, 0xab, 0xaa, 0xaa, 0x3e], Value::Single(1.0 / 3.0)),
            (&[0x0a, 0x33, 0x33, 0x8f, 0x41], Value::Single(17.9)),
            (
                &[0x0a, 0x00, 0x00, 0x80, 0x7f],
                Value::Single(f32::INFINITY),
            ),
            (
                &[0x0b, 0x66, 0x66, 0x66, 0x66, 0x66, 0xe6, 0x31, 0x40],
                Value::Double(17.9),
            ),
            (&[0x15, 0x18], Value::structure([])),
            (&[0x16, 0x18], Value::list([])),
            (
                &[0x15, 0x20, 0x00, 0x2a, 0x20, 0x01, 0xef, 0x18],
                Value::structure([(0, Value::Int(42)), (1, Value::Int(-17))]),
            ),
            (
                &[0x16, 0x00, 0, 0x00, 1, 0x00, 2, 0x00, 3, 0x00, 4, 0x18],
                Value::list((0..5).map(Value::Int)),
            ),
        ];
        for (wire, value) in examples {
            assert_eq!(decode(wire), Ok(value.clone()), "{wire:02x?}");
            assert_eq!(encode(&value), wire, "{value:?}");
        }
    }

    #[test]
    fn the_outermost_tag_is_where_it_stood() {
        assert_eq!(decode(&[0x24, 0x02, 0x2a]), Ok(Value::Uint(42)));
        assert_eq!(
            encode_tagged(FieldId(2), &Value::Uint(42)),
            Some(vec![0x24, 0x02, 0x2a])
        );
        assert_eq!(encode_tagged(FieldId(256), &Value::Null), None);
    }

    #[test]
    fn wider_than_needed_is_read() {
        let wide = [0x07, 0x2a, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(decode(&wide), Ok(Value::Uint(42)));
    }

    #[test]
    fn each_fault_has_its_error() {
        let cases: Vec<(&[u8], DecodeError)> = vec![
            (&[], DecodeError::Truncated { at: 0 }),
            (&[0x05, 0x2a], DecodeError::Truncated { at: 0 }),
            (&[0x15, 0x20], DecodeError::Truncated { at: 1 }),
            (&[0x15], DecodeError::Unclosed),
            (&[0x08, 0x08], DecodeError::Trailing { at: 1 }),
            (&[0x18], DecodeError::UnexpectedEnd { at: 0 }),
            (&[0x19], DecodeError::UnknownElement { at: 0, kind: 0x19 }),
            (&[0x0c, 0x01, 0xff], DecodeError::NotUtf8 { at: 0 }),
            (&[0x15, 0x04, 0x01, 0x18], DecodeError::Untagged { at: 1 }),
            (
                &[0x16, 0x24, 0x00, 0x01, 0x18],
                DecodeError::Tagged { at: 1 },
            ),
            (
                &[0x15, 0x84, 0x01, 0x00, 0x00, 0x01, 0x18],
                DecodeError::ProfileTag { at: 1 },
            ),
            (
                &[0x0f, 255, 255, 255, 255, 255, 255, 255, 255],
                DecodeError::Truncated { at: 0 },
            ),
        ];
        for (wire, error) in cases {
            assert_eq!(decode(wire), Err(error), "{wire:02x?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| [vec![0x16; depth], vec![0x18; depth]].concat();
        assert!(decode(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            decode(&nested(MAX_DEPTH + 1)),
            Err(DecodeError::TooDeep { at: MAX_DEPTH })
        );
        assert!(decode(&vec![0x15; 1 << 20]).is_err());
    }

    #[test]
    fn a_list_is_read_as_what_it_looks_like() {
        assert_eq!(
            decode(&[0x17, 0x04, 1, 0x18]),
            Ok(Value::list([Value::Uint(1)]))
        );
        assert_eq!(
            decode(&[0x17, 0x24, 3, 1, 0x18]),
            Ok(Value::structure([(3, Value::Uint(1))]))
        );
        assert_eq!(
            decode(&[0x17, 0x04, 1, 0x24, 3, 1, 0x18]),
            Err(DecodeError::Tagged { at: 3 })
        );
    }

    /// The same value as another implementation has it.
    fn foreign(value: &Value) -> matter_codec::Value {
        use matter_codec::{Tag, Value as Foreign};
        match value {
            Value::Null => Foreign::Null,
            Value::Bool(b) => Foreign::Bool(*b),
            Value::Int(n) => Foreign::Int(*n),
            Value::Uint(n) => Foreign::Uint(*n),
            Value::Single(n) => Foreign::Float(*n),
            Value::Double(n) => Foreign::Double(*n),
            Value::Text(text) => Foreign::Utf8(text.to_string()),
            Value::Bytes(bytes) => Foreign::Bytes(bytes.to_vec()),
            Value::List(entries) => Foreign::Array(entries.iter().map(foreign).collect()),
            Value::Struct(members) => Foreign::Structure(
                members
                    .iter()
                    .map(|(id, member)| {
                        (Tag::Context(u8::try_from(id.0).unwrap()), foreign(member))
                    })
                    .collect(),
            ),
        }
    }

    proptest! {
        #[test]
        fn writes_what_another_implementation_writes(value in any_value()) {
            let mut theirs = Vec::new();
            matter_codec::TlvWriter::new(&mut theirs)
                .write_value(matter_codec::Tag::Anonymous, &foreign(&value))
                .unwrap();
            prop_assert_eq!(encode(&value), theirs);
        }

        /// But for TLV lists, and for what follows the octet 1F in a text, which is left out there.
        #[test]
        fn reads_what_another_implementation_reads(wire in proptest::collection::vec(0u8..0x40, 0..60)) {
            let theirs = matter_codec::TlvReader::new(&wire).read_value();
            if let (Ok(ours), Ok((_, theirs))) = (decode(&wire), theirs)
                && !wire.contains(&0x1f)
                && !wire.contains(&0x17)
            {
                prop_assert_eq!(format!("{:?}", foreign(&ours)), format!("{theirs:?}"));
            }
        }

        #[test]
        fn decodes_what_it_encodes(value in any_value()) {
            prop_assert_eq!(decode(&encode(&value)), Ok(value));
        }

        #[test]
        fn no_input_panics(wire in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = decode(&wire) {
                prop_assert_eq!(&decode(&encode(&value)), &Ok(value));
            }
        }

        /// Random octets seldom open containers; these often do.
        #[test]
        fn no_container_soup_panics(
            wire in proptest::collection::vec(
                prop_oneof![Just(0x15u8), Just(0x16), Just(0x17), Just(0x18), Just(0x35), 0u8..0x40],
                0..100,
            )
        ) {
            let _ = decode(&wire);
        }
    }
}
