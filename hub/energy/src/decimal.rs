//! Decimal numbers as text, read and written exactly: `0.3142`, `-12`, `.5` is refused.
//!
//! A number is kept as a whole number of its smallest places; nothing goes through a binary fraction.

/// Why a text is no decimal number of so many places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// It is not written as one.
    #[error("must be a decimal number such as 0.3142")]
    Malformed,
    /// It has digits beyond the smallest place.
    #[error("must have at most {0} decimals")]
    TooFine(usize),
    /// It is too large.
    #[error("must be between -{0} and {0}")]
    TooLarge(i64),
}

/// The number in `text` as a count of its smallest places.
pub(crate) fn parse(text: &str, places: usize) -> Result<i128, DecimalError> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(DecimalError::TooFine(places));
    }
    let number: i128 = format!("{whole}{fraction:0<places$}")
        .parse()
        .map_err(|_| DecimalError::TooLarge(i64::MAX))?;
    Ok(if is_negative { -number } else { number })
}

/// The canonical text of so many smallest places: no zeros that say nothing.
pub(crate) fn show(number: i128, places: usize) -> String {
    let text = show_all(number, places);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// The text with all its places.
pub(crate) fn show_all(number: i128, places: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::repeatable;

    #[test]
    fn numbers_are_read_to_the_last_place() {
        for (text, number, canonical) in [
            ("0.3142", 314_200_000, "0.3142"),
            ("-0.05", -50_000_000, "-0.05"),
            ("12", 12_000_000_000, "12"),
            ("007.10", 7_100_000_000, "7.1"),
            ("0.000000001", 1, "0.000000001"),
            ("-0", 0, "0"),
            ("1.0000000000000", 1_000_000_000, "1"),
        ] {
            assert_eq!(parse(text, 9), Ok(number), "{text}");
            assert_eq!(show(number, 9), canonical);
        }
        assert_eq!(show_all(-5, 2), "-0.05");
        assert_eq!(show_all(10, 0), "10");
        assert_eq!(show(10, 0), "10");
    }

    #[test]
    fn what_is_no_such_number_is_refused() {
        for text in [
            "", ".5", "5.", "1,5", "1e3", "+1", "--1", "1.2.3", " 1", "٣",
        ] {
            assert_eq!(parse(text, 9), Err(DecimalError::Malformed), "{text}");
        }
        assert_eq!(parse("0.0000000001", 9), Err(DecimalError::TooFine(9)));
        assert!(parse(&"9".repeat(60), 9).is_err());
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn numbers_survive_their_text(number: i64, places in 0_usize..=15) {
            let number = i128::from(number);
            prop_assert_eq!(parse(&show(number, places), places), Ok(number));
            prop_assert_eq!(parse(&show_all(number, places), places), Ok(number));
        }

        #[test]
        fn no_text_panics(text in ".*", near in "[-0-9.]{0,50}", places in 0_usize..=15) {
            let _ = parse(&text, places);
            let _ = parse(&near, places);
        }
    }
}
