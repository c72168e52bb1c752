//! Any text as a setup code: it is refused, or survives a round trip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use matter_engine::setup::SetupCode;

fuzz_target!(|text: &str| {
    let Ok(codes) = SetupCode::parse(text) else {
        return;
    };
    assert!(!codes.is_empty());
    for code in codes {
        if let Ok(payload) = code.to_qr() {
            assert_eq!(SetupCode::parse(&payload), Ok(vec![code]));
        }
        let manual = SetupCode::parse(&code.to_manual()).expect("our own manual code");
        assert_eq!(manual[0].passcode, code.passcode);
    }
});
