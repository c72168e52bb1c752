//! Any octets as a block of samples, with the version and checksum that they need: refused, or a block of samples that is written and
//! read back the same.

#![no_main]

use history::codec::block;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    // Nothing but a checksum of four octets keeps these out.
    assert!(block::decode(octets).is_err() || octets.len() > 4);
    let mut sealed = vec![1];
    sealed.extend(octets);
    sealed.extend(crc32fast::hash(&sealed).to_le_bytes());
    let Ok(found) = block::decode(&sealed) else {
        return;
    };
    let written = block::encode(&found).expect("what was read");
    let again = block::decode(&written).expect("what was written");
    // By octets, since a NaN is not equal to itself.
    assert_eq!(block::encode(&again).expect("what was read"), written);
});
