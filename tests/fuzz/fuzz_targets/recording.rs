//! A recording or an incident, as somebody may send it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::replay::incident::Incident;

fuzz_target!(|text: &str| {
    let _ = rules::log::read(text);
    let _ = Incident::read(text);
});
