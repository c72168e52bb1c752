//! Any octets as a batch of samples, with the version and checksum that they need: refused, or a batch of samples that is written and
//! read back the same.

#![no_main]

use history::codec::batch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    // Nothing but a checksum of four octets keeps these out.
    assert!(batch::decode(octets).is_err() || octets.len() > 4);
    let mut sealed = vec![1];
    sealed.extend(octets);
    sealed.extend(crc32fast::hash(&sealed).to_le_bytes());
    let Ok(found) = batch::decode(&sealed) else {
        return;
    };
    let encode = |entries: &[(u32, history::sample::Sample)]| {
        batch::encode(entries.iter().map(|(series, sample)| (*series, sample)))
    };
    let written = encode(&found).expect("what was read");
    let again = batch::decode(&written).expect("what was written");
    // By octets, since a NaN is not equal to itself.
    assert_eq!(encode(&again).expect("what was read"), written);
});
