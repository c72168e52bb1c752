//! Energy, money and moments as people read them.

use std::collections::BTreeMap;

use energy::{Currency, Money};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Energy that is shown in a column: all in kWh, with so many decimals.
pub(super) fn kwh(wh: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", wh / 1_000.0);
    // Nothing is not less than nothing.
    match text
        .trim_start_matches('-')
        .chars()
        .all(|c| matches!(c, '0' | '.'))
    {
        true => text.trim_start_matches('-').to_owned(),
        false => text,
    }
}

/// So many decimals that small amounts can be told apart where the largest is this.
pub(super) fn decimals(largest_wh: f64) -> usize {
    match largest_wh.abs() {
        ..10_000.0 => 3,
        10_000.0..1_000_000.0 => 2,
        _ => 0,
    }
}

/// Money of one currency with the decimals that it has: `3.42 EUR`.
pub(super) fn money(text: &str, code: &str) -> String {
    format!("{} {code}", rounded(text, code))
}

/// The same without its currency.
pub(super) fn rounded(text: &str, code: &str) -> String {
    let currency: Option<Currency> = code.parse().ok();
    let decimals = currency.map_or(2, |currency| currency.decimals());
    text.parse()
        .map_or_else(|_| text.to_owned(), |money: Money| money.rounded(decimals))
}

/// Money of several currencies: `3.42 EUR, 1.20 CHF`.
pub(super) fn all_money(money_of: &BTreeMap<String, String>) -> String {
    let texts = money_of.iter();
    let texts: Vec<String> = texts.map(|(code, text)| money(text, code)).collect();
    texts.join(", ")
}

/// A share of 0 to 1 as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A bar of at most `width` characters for a share of 0 to 1, exact to an eighth of one.
pub(super) fn bar(share: f64, width: u32) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small width"
    )]
    let eighths = (share.clamp(0.0, 1.0) * f64::from(width) * 8.0).round() as usize;
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    "█".repeat(eighths / 8) + part
}

/// A moment on the clock of a zone.
pub(super) fn clock(ms: i64, zone: &TimeZone, how: &str) -> String {
    Timestamp::from_millisecond(ms).map_or_else(
        |_| "-".to_owned(),
        |at| at.to_zoned_datetime(zone.clone()).strftime(how).to_string(),
    )
}

/// A span in hours or, when it is short, minutes.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..60 => "some seconds".to_owned(),
        60..5_400 => format!("{} min", seconds / 60),
        5_400..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        assert_eq!(money("3.4251", "EUR"), "3.43 EUR");
        assert_eq!(money("342.51", "JPY"), "343 JPY");
        assert_eq!(money("-0.004", "EUR"), "0.00 EUR");
        assert_eq!(money("strange", "EUR"), "strange EUR");
    }

    #[test]
    fn energy_that_is_nothing_has_no_sign() {
        assert_eq!(kwh(-0.2, 3), "0.000");
        assert_eq!(kwh(-20.0, 3), "-0.020");
        assert_eq!(kwh(1_234_567.0, decimals(1_234_567.0)), "1235");
    }

    #[test]
    fn a_bar_is_exact_to_an_eighth() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.53, 4), "██▏");
        assert_eq!(bar(-1.0, 4), "");
    }
}
