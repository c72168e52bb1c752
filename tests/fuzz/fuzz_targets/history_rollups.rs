//! Any octets as roll-ups, with the version and checksum that they need: refused, or roll-ups that are written and
//! read back the same.

#![no_main]

use history::codec::rollups;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    // Nothing but a checksum of four octets keeps these out.
    assert!(rollups::decode(octets).is_err() || octets.len() > 4);
    let mut sealed = vec![1];
    sealed.extend(octets);
    sealed.extend(crc32fast::hash(&sealed).to_le_bytes());
    let Ok(found) = rollups::decode(&sealed) else {
        return;
    };
    let written = rollups::encode(&found).expect("what was read");
    let again = rollups::decode(&written).expect("what was written");
    // By octets, since a NaN is not equal to itself.
    assert_eq!(rollups::encode(&again).expect("what was read"), written);
});
