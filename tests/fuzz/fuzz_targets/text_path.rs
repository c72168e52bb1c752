//! Any text as a path: refused, or a path that is written and read back the same.

#![no_main]

use hub_model::{TextPath, slug};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(path) = text.parse::<TextPath>() {
        assert_eq!(path.to_string().parse(), Ok(path));
    }
    let slug = slug(text);
    assert!(slug.parse::<TextPath>().is_ok());
});
