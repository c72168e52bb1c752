//! Any bytes as the stored record of a fabric.

#![no_main]

use hub_pki::{Fabric, FabricParts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| {
    if let Ok(parts) = FabricParts::decode(record) {
        let _ = Fabric::open(&parts);
        let again = parts.encode().expect("parts that were read can be written");
        assert_eq!(
            FabricParts::decode(again.expose()).as_ref().ok(),
            Some(&parts)
        );
    }
});
