//! Numbers with their units.

use super::moment;
use crate::units::{Scale, Unit};

/// A number in its unit.
pub(super) fn quantity(unit: Unit, raw: f64) -> String {
    if unit.is_moment() {
        return moment::moment(unit, raw);
    }
    let shown = unit.shown(raw);
    let scale = unit.scale();
    match unit {
        Unit::LogLux if raw < 1.0 => "below 1 lx".to_owned(),
        // The lowest level is dim, not off.
        Unit::Level254 if raw > 0.0 => with_symbol(shown.max(1.0), scale),
        Unit::Millisecond | Unit::Decisecond | Unit::Second | Unit::Minute | Unit::Hour => {
            moment::duration(shown)
        }
        _ if has_prefixes(unit) => prefixed(shown, scale),
        _ => with_symbol(shown, scale),
    }
}

/// A concentration, its unit by the cluster's `MeasurementUnit`.
pub(super) fn concentration(n: f64, unit: i64) -> String {
    let symbol = match unit {
        0 => "ppm",
        1 => "ppb",
        2 => "ppt",
        3 => "mg/m³",
        4 => "µg/m³",
        5 => "ng/m³",
        6 => "/m³",
        7 => "Bq/m³",
        _ => "",
    };
    let decimals = if n.abs() < 10.0 { 2 } else { 0 };
    joined(&plain(n, decimals), symbol)
}

/// A pressure that the cluster's `Scale` scales, in hectopascal.
pub(super) fn scaled_pascal(n: f64, scale: i64) -> String {
    let exponent = i32::try_from(scale.clamp(-127, 127)).unwrap_or_default();
    joined(&plain(n / 10f64.powi(exponent) / 100.0, 1), "hPa")
}

/// The number with at most so many decimals, without zeros at the end.
pub(super) fn plain(n: f64, decimals: usize) -> String {
    let fixed = format!("{n:.decimals$}");
    let trimmed = match fixed.split_once('.') {
        Some(_) => fixed.trim_end_matches('0').trim_end_matches('.'),
        None => &fixed,
    };
    // Rounded to nothing there is no sign.
    if trimmed == "-0" {
        "0".to_owned()
    } else {
        trimmed.to_owned()
    }
}

fn with_symbol(shown: f64, scale: Scale) -> String {
    joined(&plain(shown, scale.decimals), scale.symbol)
}

/// Degrees of angle follow the number at once, other symbols after a space.
fn joined(number: &str, symbol: &str) -> String {
    match symbol {
        "" => number.to_owned(),
        "°" => format!("{number}°"),
        symbol => format!("{number} {symbol}"),
    }
}

/// Units whose large numbers people read in thousands and millions.
const fn has_prefixes(unit: Unit) -> bool {
    matches!(
        unit,
        Unit::Milliwatt
            | Unit::Watt
            | Unit::MilliVoltAmpere
            | Unit::MilliVar
            | Unit::MilliwattHour
            | Unit::KilowattHour
            | Unit::MilliVoltAmpereHour
            | Unit::MilliVarHour
            | Unit::Octet
            | Unit::BitPerSecond
            | Unit::PixelPerSecond
            | Unit::Hertz
    )
}

fn prefixed(shown: f64, scale: Scale) -> String {
    let (over, prefix) = match shown.abs() {
        n if n >= 1e9 => (1e9, "G"),
        n if n >= 1e6 => (1e6, "M"),
        n if n >= 1e3 => (1e3, "k"),
        _ => return with_symbol(shown, scale),
    };
    let symbol = format!("{prefix}{}", scale.symbol);
    joined(&plain(shown / over, scale.decimals.max(1)), &symbol)
}
