//! The text of a rule or scene, as a person or another hub's import may write it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::face;

fuzz_target!(|text: &str| {
    if let Ok(read) = face::rule_from_text(text) {
        let canonical = face::rule_to_text(&read.what);
        let again = face::rule_from_text(&canonical).expect("canonical text can be read");
        assert_eq!(again.what, read.what);
    }
    let _ = face::scene_from_text(text);
    let _ = face::rule_from_json(text);
});
