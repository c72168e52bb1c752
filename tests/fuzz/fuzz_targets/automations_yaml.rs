//! Automations of another hub, as somebody may find them on the web.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules_import::{EntityTable, import};

fuzz_target!(|text: &str| {
    let _ = import(text, &EntityTable::empty(), &[]);
});
