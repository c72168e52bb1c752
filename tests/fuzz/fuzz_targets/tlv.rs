//! Any bytes as TLV: refused, or a value that survives TLV, JSON and being shown.

#![no_main]

use hub_model::json::untyped;
use hub_model::{AttributeId, ClusterId, present, tlv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|wire: &[u8]| {
    let Ok(value) = tlv::decode(wire) else {
        return;
    };
    // By octets, since a NaN is not equal to itself.
    let encoded = tlv::encode(&value);
    let again = tlv::decode(&encoded).expect("what was encoded");
    assert_eq!(tlv::encode(&again), encoded);
    let from_json = untyped::from_json(&untyped::to_json(&value)).expect("our own JSON");
    assert_eq!(tlv::encode(&from_json).len(), encoded.len());
    assert!(!present::value(ClusterId(0xFFF1_FC00), AttributeId(0), &value).is_empty());
});
