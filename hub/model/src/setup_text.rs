//! A setup code as text: one QR payload may hold the codes of several devices.
//!
//! Only their separation is here; what a code says is read by whoever adds the device.
//! Spec: Matter 1.6 Core §5.1.3.2 (concatenation of QR payloads).

/// How a QR payload begins.
const PREFIX: &str = "MT:";

/// The codes that a text holds, each as it would stand alone. A text that is no QR payload, or
/// holds one code, is returned as it is.
#[must_use]
pub fn separate(text: &str) -> Vec<String> {
    let Some(payload) = text.trim().strip_prefix(PREFIX) else {
        return vec![text.to_owned()];
    };
    let parts = payload.split('*').map(str::trim);
    let codes: Vec<_> = parts
        .filter(|part| !part.is_empty())
        .map(|part| format!("{PREFIX}{}", part.trim_start_matches(PREFIX)))
        .collect();
    if codes.len() > 1 {
        codes
    } else {
        vec![text.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_payload_of_several_devices_is_separated() {
        assert_eq!(separate(" MT:AB*CD*MT:EF "), ["MT:AB", "MT:CD", "MT:EF"]);
    }

    #[test]
    fn one_code_is_left_as_it_is() {
        for text in [
            "MT:AB",
            "34970112332",
            "MT:AB*",
            "",
            "MT:",
            "3497-011-2332*5",
        ] {
            assert_eq!(separate(text), [text]);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_none_is_lost(text in "\\PC{0,80}") {
            prop_assert!(!separate(&text).is_empty());
        }
    }
}
