//! Any JSON as the value of any attribute: refused, or a value that survives JSON and TLV.

#![no_main]

use hub_model::{ClusterId, json, present, spec, tlv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, &str)| {
    let (cluster, attribute, text) = input;
    let Ok(given) = serde_json::from_str(text) else {
        return;
    };
    let clusters = spec::clusters();
    let cluster = &clusters[usize::from(cluster) % clusters.len()];
    let attributes: Vec<_> = cluster.attributes().collect();
    let attribute = attributes[usize::from(attribute) % attributes.len()];
    if let Ok(value) = json::from_json(&attribute.schema, &given) {
        let shown = json::to_json(&attribute.schema, &value);
        if let Ok(back) = json::from_json(&attribute.schema, &shown) {
            assert_eq!(tlv::encode(&back).len(), tlv::encode(&value).len());
        }
        assert!(!present::value(cluster.id, attribute.id, &value).is_empty());
    }
    for command in cluster.commands {
        let _ = json::fields_from_json(command.fields, &given);
    }
    let _ = json::attribute_from_json(ClusterId(0xFFF1_FC00), attribute.id, &given);
});
